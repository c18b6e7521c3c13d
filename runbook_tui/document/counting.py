"""Numbers and what they count, in words."""

from __future__ import annotations

import re

from runbook_tui.document.patterns import expression


def counted(number: int, noun: str, one: str = "", many: str = "") -> str:
    """`1 item`, `2 items`; with the two forms of a verb `1 box was`, `2 boxes were`."""
    ending = "" if number == 1 else "es" if noun.endswith("x") else "s"
    verb = one if number == 1 else many
    return f"{number} {noun}{ending} {verb}".rstrip()


_COMPARED = expression(
    r"[<>≥≤%]|\b\d|\b(?:more|less|fewer|longer|later|higher|lower|above|below|past|beyond|exceed\w*)\b", re.IGNORECASE
)


def compared(condition: str) -> bool:
    """Whether a condition has a number or a comparison: then a pronoun is enough ("kill it")."""
    return _COMPARED.search(condition) is not None
