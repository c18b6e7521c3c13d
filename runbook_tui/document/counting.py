"""Numbers and what they count, in words."""

from __future__ import annotations


def counted(number: int, noun: str, one: str = "", many: str = "") -> str:
    """`1 item`, `2 items`; with the two forms of a verb `1 box was`, `2 boxes were`."""
    ending = "" if number == 1 else "es" if noun.endswith("x") else "s"
    verb = one if number == 1 else many
    return f"{number} {noun}{ending} {verb}".rstrip()
