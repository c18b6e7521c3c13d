"""Sentences that only sound like a condition: entries of a timetable, facts about the way back, forms, how a thing is done."""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

_SAYS_WHEN = expression(
    r"\b(?:if|when|unless|until|not|no|nothing|nobody|still|otherwise|else|any|fails?|failed)\b|[<>≥≤]|n['’]t\b",
    re.IGNORECASE,
)
# "05:40 - Stop the old engine", "Step 3: go back to the console", "T+10: hold"
_TIMETABLE = expression(
    r"^\W*(?:T\s?[+-]\s?\d[\w:]*|\d{1,2}[:.]\d\d(?:\s*(?:-|–|to)\s*\d{1,2}[:.]\d\d)?(?:\s*(?:h|hrs|uhr|utc|cet|cest|am|pm))?|(?:step|phase|stage|day|week|part|slot)\s+[\w.]{1,4})"
    r"\s*(?::(?=\s)|–|—|-(?=\s)|→|->|=>)\s*(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
# "GO / NO-GO   Time: ____", "continue ( ) / fallback ( )   Sign: ____"
_FORM = expression(r"_{3,}|\(\s*\)[^()]*\(\s*\)|\[\s*\][^\[\]]*\[\s*\]")
_TELLS = 4  # words
# said of the way back, asked of nobody
_NO_WAY = expression(
    r"\bno\s+(?:\w+\s+)?(?:way|road|path)\s+back\b(?!.*(?:\b(?:do(?:es)?\s+not|stop|abort|no)\b|n['’]t\b))|\b(?:roll-?\s?back|abort|undo|revert|back-?out)\s+(?:does\s+not|doesn['’]t|will\s+not|won['’]t|no\s+longer)\s+works?\b|\bpoint\s+of\s+no\s+return\b(?!.*\bif\b)|\b(?:you|we|one)\s+(?:can['’]?t|cannot|can\s+not|could\s+not|couldn['’]t)\s+(?:\w+\s+)?(?:take|get|bring|roll|call|pull|have)\b[^.,;]*\bback\b|^\W*(?:to\s+(?:stop|abort|pause|roll\s?back|undo|revert|go\s+back)\b[^,]*,\s+)(?:there\s+is|it\s+is|this\s+is)\b",
    re.IGNORECASE,
)
# "do it by hand", "Resume after a halt", "Don't run without --throttle"
_HOW = expression(
    r",\s+(?:then\s+)?(?:just\s+)?do\s+(?:it|this|that|so)\s+(?:by\s+hand|manually|again|yourself|with|from|on\s+(?:the|each|every)|in\s+(?:the|a))\b|^\W*(?:to\s+)?(?:resum|restart|unpaus)\w*\s+(?:\w+\s+){0,2}?after\b"
    r"|^\W*(?:please\s+)?(?:do\s+not|don['’]t|never)\s+(?:\w+\s+){1,4}?without\s+(?:the\s+)?(?:-|\S+\s+(?:flag|option|switch|parameter)\b)",
    re.IGNORECASE,
)
# "They print nothing when all is fine"
_WELL = expression(
    r"\b(?:when|if|once|as\s+long\s+as)\s+(?:all|everything|it\s+all)\s+(?:is|went|goes|works)\s+(?:\w+\s+)?(?:fine|well|good|ok(?:ay)?|right|normal|green)\W*$",
    re.IGNORECASE,
)


def sounds_so(sentence: str, polarity: Polarity) -> bool:
    """Whether a sentence that was read as a condition of some polarity is none."""
    if _form(sentence) or _timetable(sentence):
        return True
    if polarity is Polarity.DO:
        return _NO_WAY.search(sentence) is not None or _HOW.search(sentence) is not None
    return polarity is Polarity.DONT and _WELL.search(sentence) is not None


def _form(sentence: str) -> bool:
    if "__" not in sentence and "( )" not in sentence and "[ ]" not in sentence:
        return False
    places = list(_FORM.finditer(sentence))
    return bool(places) and len(sentence[places[-1].end() :].split()) < _TELLS  # a sentence may stand behind a form


def _timetable(sentence: str) -> bool:
    found = _TIMETABLE.match(sentence)
    return found is not None and _SAYS_WHEN.search(found["rest"]) is None
