"""Small pictures as inline SVG: when things ran, how conditions stood, what GPUs did. No script, no network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

import msgspec

from runbook_tui.report.account import lasting, one_line

WIDTH = 960
_LABEL = 250  # of them for the names
_ROW = 20


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """Something that lasted."""

    label: str
    start: datetime
    end: datetime
    look: str  # ok, no, maybe, none or bar
    title: str = ""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """How a condition stood from then on."""

    at: datetime
    verdict: str
    value: float | None = None


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one quantity of one device."""

    label: str
    low: float
    mean: float
    high: float
    most: float  # end of the scale
    unit: str = ""


LOOKS = {"pass": "ok", "fail": "no", "fired": "no", "no_data": "none", "insufficient": "maybe", "error": "maybe"}


def timeline(bars: Sequence[Bar], start: datetime, end: datetime) -> str:
    """One row a bar, on one axis of time."""
    span = max((end - start).total_seconds(), 1.0)
    width = WIDTH - _LABEL - 70
    parts = []
    for row, bar in enumerate(bars):
        left = _LABEL + max(0.0, (bar.start - start).total_seconds()) / span * width
        wide = max(3.0, (bar.end - bar.start).total_seconds() / span * width)
        top = row * _ROW
        parts.append(_text(0, top + 14, _cut(bar.label, 40)))
        parts.append(_text(_LABEL + width + 66, top + 14, lasting((bar.end - bar.start).total_seconds()), "q", "end"))
        parts.append(
            f'<rect class="{bar.look}" x="{left:.1f}" y="{top + 4}" width="{wide:.1f}" height="12" rx="2">'
            f"<title>{escape(bar.title or bar.label)}</title></rect>"
        )
    bottom = len(bars) * _ROW
    for tick in range(5):
        x = _LABEL + width * tick / 4
        at = start + (end - start) * tick / 4
        parts.append(f'<line class="axis" x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{bottom + 4}"/>')
        parts.append(_text(x, bottom + 18, f"{at:%H:%M:%S}" if span < 3600 * 12 else f"{at:%d. %H:%M}", "q", "middle"))
    return _svg(bottom + 24, "When commands ran", parts)


def condition(seen: Sequence[Seen], end: datetime, *, threshold: float | None, unit: str) -> str:
    """A band of verdicts over time, and above it the values where there were any."""
    start = seen[0].at
    span = max((end - start).total_seconds(), 1.0)
    wide, tall, left = 420, 64, 4
    values = [one.value for one in seen if one.value is not None]
    parts = []

    def x(at: datetime) -> float:
        return left + (at - start).total_seconds() / span * (wide - 2 * left)

    if values:
        bounds = values + ([threshold] if threshold is not None else [])
        low, high = min(0.0, *bounds), max(bounds) or 1.0
        reach = (high - low) or 1.0

        def y(value: float) -> float:
            return 44 - (value - low) / reach * 38

        path = ""
        for one in seen:
            if one.value is not None:
                path += f" H{x(one.at):.1f} V{y(one.value):.1f}" if path else f"M{x(one.at):.1f} {y(one.value):.1f}"
        parts.append(f'<path class="curve" d="{path} H{wide - left}"/>')
        if threshold is not None:
            parts.append(
                f'<line class="limit" x1="{left}" y1="{y(threshold):.1f}" x2="{wide - left}" y2="{y(threshold):.1f}"/>'
            )
            parts.append(_text(wide + 6, min(46, max(10, y(threshold) + 4)), f"{threshold:g} {unit}".strip(), "q"))
    top = 50 if values else 4
    for index, one in enumerate(seen):
        until = seen[index + 1].at if index + 1 < len(seen) else end
        long = max(2.0, x(until) - x(one.at))
        parts.append(
            f'<rect class="{LOOKS.get(one.verdict, "none")}" x="{x(one.at):.1f}" y="{top}" '
            f'width="{long:.1f}" height="8">'
            f"<title>{escape(one.verdict)} from {one.at:%H:%M:%S}</title></rect>"
        )
    return _svg(tall if values else 16, "Verdicts over time", parts, wide=wide + 90)


def ranges(rows: Sequence[Range]) -> str:
    """From the least to the greatest value, with the mean as a line across."""
    parts = []
    left, wide = _LABEL, 480
    for row, one in enumerate(rows):
        top = row * _ROW
        scale = wide / (one.most or 1.0)
        parts.append(_text(0, top + 14, _cut(one.label, 40)))
        parts.append(f'<line class="axis" x1="{left}" y1="{top + 10}" x2="{left + wide}" y2="{top + 10}"/>')
        parts.append(
            f'<rect class="range" x="{left + one.low * scale:.1f}" y="{top + 4}" '
            f'width="{max(2.0, (one.high - one.low) * scale):.1f}" height="12" rx="2"/>'
        )
        x = left + one.mean * scale
        parts.append(f'<line class="mean" x1="{x:.1f}" y1="{top + 3}" x2="{x:.1f}" y2="{top + 17}"/>')
        parts.append(_text(left + wide + 12, top + 14, f"{one.low:.4g} · {one.mean:.4g} · {one.high:.4g} {one.unit}"))
    return _svg(len(rows) * _ROW + 4, "Least, mean and greatest value of each device", parts)


def _svg(tall: float, title: str, parts: Sequence[str], *, wide: int = WIDTH) -> str:
    return (
        f'<svg viewBox="0 0 {wide} {tall:.0f}" width="{wide}" height="{tall:.0f}" role="img" '
        f'aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, text: str, look: str = "", anchor: str = "start") -> str:
    look = f' class="{look}"' if look else ""
    return f'<text{look} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(one_line(text))}</text>'


def _cut(text: str, most: int) -> str:
    text = one_line(text)
    return text if len(text) <= most else text[: most - 1] + "…"
