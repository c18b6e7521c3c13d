"""Histories drawn with block characters. Pure."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = " ▁▂▃▄▅▆▇█"
GAP = "·"  # no value was given then


def spark(values: Sequence[float | None], width: int, *, low: float = 0.0, high: float) -> str:
    """One row: the newest values at the right, one a column."""
    return plot(values, width, 1, low=low, high=high)[0]


def plot(values: Sequence[float | None], width: int, height: int, *, low: float = 0.0, high: float) -> list[str]:
    """Rows from the top; each column is the newest but so many. A value that is there is never drawn as nothing."""
    columns = list(values)[-width:]
    span = max(high - low, 1e-9)
    most = height * 8 - 1  # one eighth stays free: plots under each other do not grow together
    levels: list[int | None] = [
        None if value is None else max(1, round(min(max(value - low, 0.0), span) / span * most)) for value in columns
    ]
    rows = []
    for row in range(height):
        floor = (height - 1 - row) * 8
        text = "".join(
            (GAP if floor == 0 else " ") if level is None else BLOCKS[min(max(level - floor, 0), 8)] for level in levels
        )
        rows.append(text.rjust(width))
    return rows


def bar(share: float | None, width: int) -> str:
    """A filled bar with its rest as dots; a share that is not known is all dots."""
    if share is None:
        return "·" * width
    full = round(min(max(share, 0.0), 1.0) * width)
    return "━" * full + "─" * (width - full)
