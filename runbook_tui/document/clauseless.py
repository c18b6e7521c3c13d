"""Sentences that say it of a thing, with no clause for when: "A red smoke test ends the deployment", "never after the switch".

What ends the work, what is somebody's call between two limits, and from where on going back is forbidden.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import retreat, substance
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity
from runbook_tui.document.stems import Stems

_TAKES_NO_LONGER = expression(r"\bno\s+longer\s+than\b", re.IGNORECASE)
_NEVER_AFTER = expression(
    r"^\W*(?:under\s+no\s+circumstances?|never|do\s+not|don['’]t|no)\b.*\b(?:after|once|past|beyond|across|between|in\s+the\s+middle\s+of)\s+\w+\s+\w+",
    re.IGNORECASE,
)
_FROM_NOW = expression(
    r"\b(?:from\s+(?:this|that|here|then|now)|after|once|that\s+(?:has|have|is|was)|which|past|beyond|since|any\s?more|no\s+longer|whatever)\b",
    re.IGNORECASE,
)
_FOR_THAT = expression(
    r"\b(?:for|because\s+of|over|on\s+account\s+of)\s+(?:that|this|it|them|these|those|such)\b(?!\s+to\b)|\balone\b|\b(?:us|anybody|anyone)$|\bany\s?more$",
    re.IGNORECASE,
)
_LEAVE = expression(r"^\W*(?:please\s+)?leave\s[^,;]*\balone\W*$", re.IGNORECASE)  # with nothing seen
_MUST_NOT_STOP = expression(
    r"\b(?:do(?:es)?|must|should|need|shall|will|may)(?:n['’]t|\s+not)\s+(?:(?:stop|block)\s+(?:us|you|anyone|anybody|the|a|any|our)|trip|(?:count\s+(?:as|towards?|against)))\b",
    re.IGNORECASE,
)
_STOPS = Stems(("stop", "block", "trip", "count"))
_DIGIT = expression(r"\d")
_WHETHER = expression(r"\b(?:whether|if\s+we|about)\b")


# "After 24 hours there's no rollback any more, we fix forward", where "After this" says only where one stands
_ONE_WAY = expression(
    r"^\W*(?:after|once|from|past|beyond)\s+(?!(?:this|that|these|those|it|here|then|step|phase|stage)\b)(?P<when>(?:[^,;:]|:(?=\d)){2,80}?),?\s+(?:there(?:['’]s|\s+is)\s+|we\s+have\s+|you\s+have\s+|it\s+is\s+|it['’]s\s+)?(?:no\s+(?:way\s+back|roll-?\s?back|going\s+back|return|back-?out|fall-?back)\b|only\s+forwards?\b)(?P<rest>.*)$",
    re.IGNORECASE,
)
_FORWARD = expression(
    r"\b(?:fix|roll|fail|mend|patch)(?:es|s|ed)?[\s-]forwards?\b|\bonly\s+forwards?\b|\bwe\s+(?:only\s+)?(?:repair|mend|fix)\b",
    re.IGNORECASE,
)

_TIME = expression(r"\d\s*(?:h|hours?|days?|weeks?|min(?:utes?)?|o['’]clock|am|pm|uhr)\b|\d[:.]\d\d\b", re.IGNORECASE)


def one_way(body: str) -> bool:
    """Whether a sentence says from which time or event on nobody goes back any more."""
    if " no " not in body and "forward" not in body:
        return False
    found = _ONE_WAY.match(body)
    return found is not None and (_TIME.search(found["when"]) is not None or _FORWARD.search(body) is not None)


def judge(body: str) -> list[Polarity]:
    """What a sentence asks for; nothing where it asks for none of it."""
    if _ends(body):
        return [Polarity.DO]
    if _wonders(body):
        return [Polarity.CONSIDER]
    return [Polarity.DONT] if _forbids(body) else []


def _ends(body: str) -> bool:
    """C ends the deployment."""
    subject = retreat.ends(body)
    return subject is not None and substance.COUNTED.search(subject) is not None and substance.names_something(subject)


def _wonders(body: str) -> bool:
    """Between two limits somebody is to judge: "Between 1 % and 2 % it's the captain's call whether we revert"."""
    if not _DIGIT.search(body) or not _WHETHER.search(body):
        return False
    return retreat.mood(body) is Polarity.CONSIDER


def _forbids(body: str) -> bool:
    """After C, going back is forbidden; who has done C must not be downgraded; "one does not go back for that"."""
    if not _TAKES_NO_LONGER.search(body) and retreat.forbids(body) and _FROM_NOW.search(body):
        return True
    if _NEVER_AFTER.match(body) and retreat.mood(body) is Polarity.DONT:
        return True
    if _FOR_THAT.search(body) and not _LEAVE.match(body) and retreat.mood(body) is Polarity.DONT:
        return True
    return _STOPS.found(body) and _MUST_NOT_STOP.search(body) is not None and len(body.split()) > 4
