"""One line of output as it is drawn: what was searched for in reverse, cut to the width."""

from __future__ import annotations

from itertools import pairwise

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from runbook_tui.tui.terminal_text import segments

_HIT = Style(reverse=True)


def drawn(line: bytes, needle: str) -> Strip:
    """The line with its colours; every place that holds the text stands in reverse."""
    strip = Strip(segments(line))
    if not needle:
        return strip
    text = strip.text
    exact = needle != needle.lower()
    hay, wanted = (text, needle) if exact else (text.lower(), needle.lower())
    if len(hay) != len(text):  # a letter whose small form is longer
        return strip
    cuts: list[int] = []
    at = hay.find(wanted)
    while at >= 0:
        start = cell_len(text[:at])
        cuts += [start, start + cell_len(text[at : at + len(needle)])]
        at = hay.find(wanted, at + len(needle))
    if not cuts:
        return strip
    edges = [0, *cuts, strip.cell_length]
    parts = [strip.crop(start, end) for start, end in pairwise(edges)]
    return Strip.join([part.apply_style(_HIT) if number % 2 else part for number, part in enumerate(parts)])


def plainly(line: bytes, width: int, ground: Style, *, before: int = 0, all_columns: int = 0) -> Strip | None:
    """The line on that ground, cut to the width, where it is made of nothing but printable ASCII.

    `before` columns are left free, and all of them filled. Of a flood nearly all lines are such, and a screen of them
    is drawn ten times a second.
    """
    if not line.isascii():
        return None
    text = line.decode("ascii")
    if text and not text.isprintable():
        return None
    columns = (all_columns or before + width) - before
    drawn = Segment(text[:width].ljust(columns), ground)
    if not before:
        return Strip([drawn], columns)
    return Strip([Segment(" " * before, Style(bgcolor=ground.bgcolor)), drawn], before + columns)


def wrapped(strip: Strip, width: int) -> list[Strip]:
    """The line in as many rows as it takes."""
    length = strip.cell_length
    if length <= width:
        return [strip.adjust_cell_length(width)]
    return [strip.crop(at, at + width).adjust_cell_length(width) for at in range(0, length, width)]
