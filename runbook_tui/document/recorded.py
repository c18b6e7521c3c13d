"""Boxes below the commands of a way back that record that it was gone: "Old image restored", "Reason written"."""

from __future__ import annotations

import re

from runbook_tui.document import lists, orders, triggers
from runbook_tui.document.draft import Place
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression

_CODE = frozenset({"fence", "indented"})
_LISTED = frozenset({"list", "table"})
_LIMIT = expression(r"(?:[<>≥≤]|\b(?:more|less|above|below|over|under)\s+(?:than\s+)?)\s*\d", re.IGNORECASE)
_DONE_AT_ALL = expression(r"\b\w{2,}ed\b|\b(?:told|sent|written|done|put|set|switched|back)\b", re.IGNORECASE)
_DONE = expression(
    r"^\W*(?:\d+(?:\.\d+)+\.?\s+)?(?!(?:no|not|if|when|any)\b)(?:[\w'’-]+\s+){1,5}?(?:(?:was|were|is|are|has\s+been|have\s+been|all)\s+)*"
    r"(?:restored|performed|executed|carried\s+out|completed|done|written|recorded|documented|noted|logged|filed|informed|notified|told|announced|posted|sent"
    r"|reverted|rolled\s+back|re-?(?:deployed|installed|instated|opened|enabled|started|loaded|connected|activated)|switched\s+back|put\s+back|set\s+back"
    r"|closed|attached|verified|confirmed|checked|saved|archived)\b(?!\s+(?:twice|late|wrong\w*|too)\b)",
    re.IGNORECASE,
)


def behind_commands(block: Block, place: Place) -> bool:
    """Whether each box of a list is a task of the way back, below what sends back: it records it, or is an order."""
    before = [one for one in place.part.blocks if one.line < block.line]
    if triggers.firm(place.ask) or not before:
        return False
    said = [box.rest for item in block.children if (box := lists.box_of(item)) is not None]
    if len(said) != len(block.children):
        return False
    coded = any(one.kind in _CODE for one in before)
    if coded and all(map(_DONE.match, said)):
        return True
    if not any(one.kind in _LISTED for one in before):
        return False  # these boxes are the first that is listed: what sends back
    if before[-1].kind in _CODE and any(map(_DONE_AT_ALL.search, said)):
        return not any(map(_LIMIT.search, said))
    return sum(map(orders.imperative, said)) * 2 > len(said) and not any(map(_LIMIT.search, said))
