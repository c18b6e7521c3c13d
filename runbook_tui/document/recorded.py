"""Boxes below the commands of a way back that record that it was gone: "Old image restored", "Reason written"."""

from __future__ import annotations

import re

from runbook_tui.document import lists, triggers
from runbook_tui.document.draft import Place
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression

_CODE = frozenset({"fence", "indented"})
_DONE = expression(
    r"^\W*(?:\d+(?:\.\d+)+\.?\s+)?(?!(?:no|not|if|when|any)\b)(?:[\w'’-]+\s+){1,5}?(?:(?:was|were|is|are|has\s+been|have\s+been|all)\s+)*"
    r"(?:restored|performed|executed|carried\s+out|completed|done|written|recorded|documented|noted|logged|filed|informed|notified|told|announced|posted|sent"
    r"|reverted|rolled\s+back|re-?(?:deployed|installed|instated|opened|enabled|started|loaded|connected|activated)|switched\s+back|put\s+back|set\s+back"
    r"|closed|attached|verified|confirmed|checked|saved|archived)\b(?!\s+(?:twice|late|wrong\w*|too)\b)",
    re.IGNORECASE,
)


def behind_commands(block: Block, place: Place) -> bool:
    """Whether each box of a list is one, below code among what sends back."""
    if triggers.firm(place.ask) or not any(one.kind in _CODE and one.line < block.line for one in place.part.blocks):
        return False
    said = [box.rest for item in block.children if (box := lists.box_of(item)) is not None]
    return len(said) == len(block.children) and all(map(_DONE.match, said))
