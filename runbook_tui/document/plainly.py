"""Sentences that say in few plain words that the work waits, or that something seen does not count.

"No work starts until all four are present", "Messages of the importer may be disregarded", "Chatter is not a criterion",
"`Inconclusive` isn't failure", "… can be repaired later". What is seen is named, never only pointed to.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import retreat
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

LOOK = (
    "criteri",
    "disregard",
    "neglect",
    "ignored",
    "failure",
    "be repaired",
    "be fixed",
    "be mended",
    "be sorted",
    " later",
    "void",
    "not stop",
    "n't stop",
    "never stop",
    "not end",
    "never end",
    "not cancel",
    " over ",
    "account of",
    "make us",
    "send us",
    "sends us",
    "makes us",
)  # a quick look, with that of `stances`
_WORK = rf"(?:{retreat.UNDER_WAY}|art[ei]facts?|builds?|images?|packages?|tags?|versions?|traffic|tasks?|orders?|parcels?|[\w-]+ing)"
_WAITS = expression(
    rf"^\W*(?:no\s+(?:[\w-]+\s+)?{_WORK}|nothing)\s+(?:[\w-]+\s+)?(?:starts?|begins?|leaves?|goes|ships?|happens|takes\s+place|proceeds?|opens?|moves?)\b[^.;]*?\b(?:until|till|before|unless|without)\s+\S+\s+\S",
    re.IGNORECASE,
)
_SEEN = r"(?P<seen>(?!(?:it|this|that|these|they|those|there|all|everything|which|what|who|if|when|once|you|we|the\s+(?:step|section|rest|following))\b)\S[^.;]{3,140}?)"
_NO_CRITERION = expression(
    rf"^\W*{_SEEN}\s+(?:alone\s+|by\s+(?:itself|themselves)\s+)?(?:(?:is|are)\s+(?:not|no|never)|(?:is|are)n['’]t)\s+(?:an?\s+|any\s+|one\s+of\s+the\s+|among\s+the\s+)?(?:(?:stop|abort|roll-?back|exit|no[\s-]?go|go)[\s-]+)?(?:criteri(?:on|a)|triggers?)\b",
    re.IGNORECASE,
)
_DISREGARDED = expression(
    rf"^\W*{_SEEN}\s+(?:may|can|should|must|are\s+to|is\s+to)\s+(?:safely\s+|all\s+)?be\s+(?:safely\s+)?(?:disregarded|neglected|ignored)(?=\W*$|[,;:(–—])",
    re.IGNORECASE,
)
_NO_FAILURE = expression(
    rf"^\W*{_SEEN}\s+(?:(?:is|are)\s+not|(?:is|are)n['’]t)\s+(?:an?\s+|yet\s+an?\s+)?(?:failure|outage|incident|regression)s?(?=\W*$|\s*[,;:(–—])",
    re.IGNORECASE,
)
_LATER = expression(
    rf"^\W*{_SEEN}\s+(?:may|can)\s+be\s+(?:repaired|fixed|mended|corrected|sorted\s+out|cleaned\s+up|dealt\s+with|put\s+right|re-?sent|caught\s+up)\s+(?:later|afterwards|tomorrow|the\s+next\s+day|after\s+the\s+\w+)\b",
    re.IGNORECASE,
)
# "One slow host does not void the exercise", "A missing label never stops the release"
_NO_END = expression(
    rf"^\W*{_SEEN}\s+(?:do(?:es)?\s+not|do(?:es)?n['’]t|never|will\s+not|won['’]t)\s+(?:by\s+itself\s+)?"
    rf"(?:(?:void|invalidate|end|stop|cancel|abort|halt)s?\s+(?:the|this|our|a)\s+(?:[\w-]+\s+)?{retreat.UNDER_WAY}\b"
    r"|(?:make|send|force)s?\s+us\s+(?:to\s+)?(?:go\s+back|back|home|roll\s?back|revert|stop|abort)\b)",
    re.IGNORECASE,
)
# "We will not pull the plug over angry tweets"
_NOT_OVER = expression(
    r"^\W*(?:we|you|nobody)\s+(?:will\s+not|won['’]t|will\s+never|do\s+not|don['’]t|never|shall\s+not|should\s+not|are\s+not\s+going\s+to|would\s+not|wouldn['’]t)\s+(?P<back>\S+(?:\s+\S+){0,4}?)\s+(?:only\s+|just\s+|merely\s+)?(?:over|on\s+account\s+of|because\s+of)\s+(?!it\b|this\b|that\b|the\s+(?:wire|vpn|network|air|phone|line|link)\b)\S+\s+\S",
    re.IGNORECASE,
)
_NOT_BACK = expression(
    r"\b(?:do\s+not|don['’]t|never)\s+(?:run|start|use|try|attempt|execute|begin|apply|trigger)\s+(?:the\s+|a\s+|this\s+|any\s+)?(?:[\w-]+\s+)?(?:roll-?\s?back|back-?\s?out|undo|down[\s-]migrations?|way\s+back|revert)\b(?!\s+(?:twice|again|by\s+hand|as\b|with(?:out)?\b|from\b|until\b|before\b))",
    re.IGNORECASE,
)
_IF = expression(
    r"^\W*(?:(?:but|and|only|however)[\s,]+)?(?:if|when|once|where|should|after|as\s+soon\s+as)\b", re.IGNORECASE
)


def judge(body: str) -> Polarity | None:
    """What a sentence without its full stop says; None where it says nothing of the kind."""
    if _WAITS.match(body):
        return Polarity.DO
    for way in (_NO_CRITERION, _DISREGARDED, _NO_FAILURE, _LATER):
        if (found := way.match(body)) is not None and not retreat.retreats(found["seen"]):
            return Polarity.DONT
    if _NO_END.match(body):
        return Polarity.DONT
    over = _NOT_OVER.match(body)
    return Polarity.DONT if over is not None and retreat.retreats(over["back"]) else None


def not_back(body: str) -> bool:
    """Whether in some case the way back is forbidden, whatever is stopped: "If …, STOP, do not run the rollback"."""
    return "n" in body and _IF.match(body) is not None and _NOT_BACK.search(body) is not None
