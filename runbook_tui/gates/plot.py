"""Samples as lines of text: every point where it lies, the interval below. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

WIDTH = 60
LONGEST_NAME = 16
_MARKS = ((1, "·"), (3, "•"), (9, "●"))
_MANY = "█"


def strip_plot(
    samples: Mapping[str, Sequence[float]], interval: tuple[float, float, float] | None = None, *, width: int = WIDTH
) -> list[str]:
    """One line a sample, a mark for every place where points lie (· one, • up to 3, ● up to 9, █ more), and the scale.

    `interval` is (low, estimate, high), drawn on a line of its own where it is finite. Values that are no numbers
    are counted beside their line.
    """
    finite = [value for sample in samples.values() for value in sample if math.isfinite(value)]
    bounds = [value for value in interval or () if math.isfinite(value)]
    if not finite:
        return []
    low, high = min(finite + bounds), max(finite + bounds)
    span = high - low or 1.0

    def column(value: float) -> int:
        return min(width - 1, int((value - low) / span * width))

    wide = min(LONGEST_NAME, max(len(name) for name in samples))
    lines = []
    for name, sample in samples.items():
        count = Counter(column(value) for value in sample if math.isfinite(value))
        marks = "".join(_mark(count[at]) for at in range(width))
        missing = sum(not math.isfinite(value) for value in sample)
        lines.append(
            f"{_short(name):>{wide}} │{marks}│" + (f" {missing} are no numbers" if missing else f" n={len(sample)}")
        )
    if interval and len(bounds) == 3:
        first, middle, last = (column(value) for value in interval)
        cells = [" "] * width
        cells[first : last + 1] = "─" * (last + 1 - first)
        cells[first], cells[last], cells[middle] = "├", "┤", "┼"
        lines.append(f"{'':>{wide}} │{''.join(cells)}│")
    left, right = f"{low:.6g}", f"{high:.6g}"
    lines.append(f"{'':>{wide}}  {left}{' ' * max(1, width - len(left) - len(right))}{right}")
    return lines


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"


def _mark(count: int) -> str:
    if not count:
        return " "
    return next((mark for most, mark in _MARKS if count <= most), _MANY)
