"""Boxes in a row that each have an answer of their own beside them: "CAB: [ ] yes [ ] no", "GO [ ] NO-GO [ ]".

Whoever signs there says which it is: the line is somebody's, its boxes are a choice.
"""

from __future__ import annotations

import re

from runbook_tui.document import capacities, forms
from runbook_tui.document.patterns import expression

_WORD = (
    r"(?:yes|no|go|no-?\s?go|approved?|reject(?:ed)?|declined?|denied|deny|deferr?(?:ed)?|accept(?:ed)?|refused?|granted|agreed?|disagreed?"
    r"|(?:not\s+)?ok(?:ay)?|n\.?\s?ok|pass(?:ed)?|fail(?:ed)?|conditional(?:ly)?|postponed?|hold|stop|proceed|continue|abort(?:ed)?|n/?a"
    r"|(?:changes|rework)\s+(?:requested|needed|required|wanted)|(?:request|needs?)\s+(?:changes|rework)|rework"
    r"|released|rolled\s+back|successful|unsuccessful|not\s+\w+|ja|nein|freigegeben|genehmigt|abgelehnt|oui|non|s[ií])"
)
_FIRST = expression(rf"^\W*{_WORD}(?![\w-])", re.IGNORECASE)
_LAST = expression(rf"(?:^|[\s:/|,;(*-]){_WORD}\W*$", re.IGNORECASE)
_ATTRIBUTE = expression(r"\W*(?:name|date|time|signature|signed|initials|sign)\b.*", re.IGNORECASE)
_LONGEST = 4  # words of an answer that is no common one


def answers(row: str, own: int) -> bool:
    """Whether each box of a row after its own first ones, two or more, has an answer beside it."""
    pieces = forms.BOX.split(forms.bare(row))[own:]
    if len(pieces) < 3:
        return False
    before, *behind = pieces
    if all(map(_FIRST.match, behind)) or all(map(_LAST.search, [before, *behind[:-1]])):
        return True
    if not before.rstrip().endswith((":", "?")):
        return False
    words = [one.strip(" \t|/,;.·") for one in behind]
    return all(0 < len(one.split()) <= _LONGEST and not _somebody(one) for one in words)


def _somebody(words: str) -> bool:
    """Whether a word names who signs, or what is signed with."""
    return capacities.is_person(words, loose=True) or _ATTRIBUTE.fullmatch(words) is not None
