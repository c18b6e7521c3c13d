"""Task boxes: `- [ ]`, `1. [x]`, and the glyphs people paste instead."""

from __future__ import annotations

import re
from typing import NamedTuple

_BOX = re.compile(r"^(?:\[(?P<mark>[ xX\u00a0])\]|(?P<open>[☐⬜□])|(?P<done>☑))(?:\ufe0f)?(?:\s+|$)")
_ANYWHERE = re.compile(r"(?:(?<=^)|(?<=[\s|>]))(?:\[[ xX]\](?=\s|$|\|)|[☐⬜□☑])")
_LISTED = re.compile(r"^\s*(?:>\s*)*(?:(?:[-*+]|\d{1,9}[.)])\s+)*(?:\[[ xX]\]|[☐⬜□☑])(?:\s|$)")
_OPTIONAL = re.compile(
    r"\((?:optional|recommended|if (?:required|applicable|needed|necessary|desired))\b", re.IGNORECASE
)


class Box(NamedTuple):
    checked: bool
    rest: str  # the Markdown after the box


def match(raw: str) -> Box | None:
    """The box an item's text starts with."""
    found = _BOX.match(raw)
    if found is None:
        return None
    return Box((found["mark"] or " ") in "xX" or found["done"] is not None, raw[found.end() :])


def inside(line: str) -> int:
    """How many boxes stand anywhere in a line of text."""
    return len(_ANYWHERE.findall(line)) if "[" in line or not line.isascii() else 0


def listed(line: str) -> bool:
    """Whether a line of code or comment is a task."""
    return bool(_LISTED.match(line))


def optional(raw: str) -> bool:
    """Whether a task says it may be left out, or is struck through."""
    return bool(_OPTIONAL.search(raw)) or raw.lstrip("* ").startswith("~~")
