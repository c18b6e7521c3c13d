"""Whether words tell somebody to do something: "Restart the node", but not "Restart loops detected"."""

from __future__ import annotations

import re
from functools import lru_cache

from runbook_tui.document.patterns import expression

_IMPERATIVE = expression(
    r"^(?:\W*(?:step\s+\d+\W+)?)(?:stop|run|switch|restore|notify|execute|roll|scale|deploy|verify"
    r"|check|confirm|announce|purge|disable|enable"
    r"|update|restart|redeploy|inform|document|open|communicate|post|create|contact|identify|assess"
    r"|monitor|revert|re-?run|apply"
    r"|delete|remove|set|get|put|take|make|use|go|log|login|ssh|connect|install|configure|ensure"
    r"|validate|test|start|wait|watch|review"
    r"|follow|click|select|choose|add|copy|move|edit|save|download|upload|build|push|pull|merge|tag"
    r"|clone|export|import|drain|cordon"
    r"|uncordon|promote|demote|attach|detach|mount|unmount|freeze|unfreeze|close|collect|gather|record"
    r"|note|find|look|search|list|describe"
    r"|inspect|examine|investigate|determine|compare|increase|decrease|reduce|raise|lower|change"
    r"|replace|rename|rotate|revoke|grant|request"
    r"|ask|call|page|send|mail|email|tell|join|leave|prepare|plan|schedule|trigger|initiate|begin"
    r"|continue|proceed|finish|complete"
    r"|clean|clear|flush|reset|reboot|shut|power|boot|kill|terminate|pause|resume|repeat|retry"
    r"|escalate|engage|navigate|visit|enter|type|paste"
    r"|write|read|view|fetch|pick|mark|sign|approve|reconcile|backup|back|dump|load|seed|migrate|sync"
    r"|resync|rebuild|reindex|fail|perform|warm|shift"
    r"|route|redirect|point|unlock|lock|activate|deactivate|turn|bring|keep|isolate|brief|remind|invite|assign|appoint|obtain|block|unblock|un-?(?:draft|publish|pin|hide|archive|silence|mute|taint|stage)"
    r"|patch|upgrade|downgrade|provision|destroy|recreate)\b(?!(?<=increase|decrease)\s+(?:in|of)\b)(?!\s*(?:rate|time|count|is|are|was|has"
    r"|fails?\b))",
    re.IGNORECASE,
)
_HAPPENS = expression(
    r"[<>≥≤]\s?=?\s*\d|^\W*\w+(?:\s+\w+)?\s+up\s+to\s+[~\d]|^\W*\w+\s+(?:above|below|over|under|beyond|past)\s+[~\d]|^\W*\w+\s+(?:not|stops|finishes|ends|takes|drops|rises|grows|hangs|still|slower|faster|longer|later"
    r"|shows|reports|says|lists|displays|refuses|returns|prints|complains|goes|falls|stays|remains|aborts|dies|differs|breaks|loses|stuck|late)\b|\b(?:detected|exceed(?:s|ed|ing)?|unavailable|crash(?:es|ed|ing)|corrupt(?:ed"
    r"|ion)|outage|spikes?|unable|degraded|breach(?:ed)?"
    r"|fail(?:s|ures?|ing)|errors? (?:rates?|in)|unresponsive|(?:is|are|was|were|has|have|does not"
    r"|do not|cannot|can't|not) \w+(?:ing|ed)?$)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=512)  # several rooms ask for the same words
def imperative(text: str) -> bool:
    """A text like "Restart the node", but not "Restart loops detected" nor "Build errors > 5"."""
    return bool(_IMPERATIVE.match(text)) and not _HAPPENS.search(text[:80])
