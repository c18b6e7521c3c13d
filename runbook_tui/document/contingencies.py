"""What is done only where something goes wrong, told by the words before it: "If the pods do not come up:"."""

from __future__ import annotations

import re

from runbook_tui.document.patterns import expression

LONGEST = 200  # characters of the words before it

_LAST = expression(r"(?<=[.!?])\s+")
_IF = expression(r"(?:(?:only|but|and)\s+)?(?:if|in\s+case|should|whenever)\b[^:]*:$", re.IGNORECASE)
_BAD = expression(
    r"\b(?:fail\w*|wrong|errors?|broken|breaks?|problems?|issues?|not|never|bad|degrad\w+|spikes?|unhealthy|crash\w*"
    r"|trouble|unexpected\w*|stuck|hangs?|hung|full|missing|slow|times?\s+out|timeouts?|lost|dead|rejected|refused"
    r"|denied|corrupt\w*|stale|behind|red|pending|too\s+\w+)\b|n['’]t\b",
    re.IGNORECASE,
)
_WELL = expression(
    r"\b(?:no|without|zero|not\s+a(?:ny)?)\s+(?:\w+\s+)?(?:errors?|problems?|issues?|failures?)\b|\bnothing\b"
    r"|\bnot\s+(?:fail|already|yet|done|installed|set|exist|present|have)|n['’]t\s+(?:already|yet|have|done|exist|fail)"
    r"|\balready\b|\byet\b|,\s*(?:please\s+)?(?:continue|proceed|go\s+(?:on|ahead)|skip|move\s+on)\b",
    re.IGNORECASE,
)


def only_then(words: str) -> bool:
    """Whether words before code or a list say that it is for a failure; not "If no errors are shown, go on:"."""
    text = _LAST.split(words.strip(" *_>#\n"))[-1].strip(" *_>#")
    if len(text) > LONGEST or not _IF.match(text):
        return False
    return _BAD.search(text) is not None and _WELL.search(text) is None
