"""When: "Hour 1", "Week 2-4", "(30 minutes)", "First 24 Hours". The phrase is always kept as written."""

from __future__ import annotations

import re

from runbook_tui.document.runbook import Window

SECONDS = {"second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "m": 60, "hour": 3600, "hr": 3600, "h": 3600,
           "day": 86_400, "d": 86_400, "week": 604_800, "w": 604_800, "month": 2_592_000}  # fmt: skip
_UNIT = r"(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|months?)"
_NUMBER = r"(\d{1,4}(?:\.\d+)?)"
_LABEL = re.compile(
    r"\b(hour|day|week|month|minute)s?\s+(\d{1,4})(?:\s*[-–—]\s*(\d{1,4})|(\+))?(?!\d|[.:]\d)", re.IGNORECASE
)
_FIRST = re.compile(rf"\bfirst\s+{_NUMBER}\s*{_UNIT}\b", re.IGNORECASE)
_WITHIN = re.compile(rf"\bwithin\s+{_NUMBER}\s*{_UNIT}\b", re.IGNORECASE)
_SPAN = re.compile(
    rf"\(\s*(?:≤|<|~|about |approx\.? )?\s*{_NUMBER}(?:\s*[-–—]\s*{_NUMBER})?\s*{_UNIT}\b[^)]*\)", re.IGNORECASE
)
_DURATION = re.compile(rf"\b(?:duration|estimated time|time required)\W{{1,6}}{_NUMBER}\s*{_UNIT}\b", re.IGNORECASE)
_ADJECTIVE = re.compile(rf"\b{_NUMBER}-(minute|hour|day|week)\b", re.IGNORECASE)
_MINUS = re.compile(r"\bT\s?([-+])\s?(\d{1,3})\s*(seconds?|minutes?|min|hours?|h|days?|d|weeks?|w)\b", re.IGNORECASE)
_TITLE = re.compile(
    r"^(?:(?:hour|day|week|month|minute)s?\s+\d|first\s+\d+\s*(?:hours?|days?|weeks?|minutes?)\b|T\s?[-+]\s?\d)",
    re.IGNORECASE,
)
_HINT = re.compile(r"hour|day|week|month|min|sec|\bT\s?[-+]|\d\s?[smhd]\b", re.IGNORECASE)


def seconds(number: str, unit: str) -> float:
    unit = unit.lower()
    return float(number) * SECONDS.get(unit, SECONDS.get(unit.rstrip("s"), 0))


def names_window(title: str) -> bool:
    """Whether a heading is a stretch of time: "Day 3-7"."""
    return bool(_TITLE.match(title))


def find(text: str, line: int) -> tuple[Window, ...]:
    """The stretches of time a heading or a task names."""
    if not _HINT.search(text):
        return ()
    found: list[tuple[int, Window]] = []

    def add(
        match: re.Match[str], *, start: float | None = None, end: float | None = None, duration: float | None = None
    ) -> None:
        window = Window(text=match.group().strip("() "), line=line, start=start, end=end, duration=duration)
        found.append((match.start(), window))

    for match in _LABEL.finditer(text):
        unit, first, last, open_end = match.groups()
        start = max(float(first) - 1, 0) * SECONDS[unit.lower()]
        end = None if open_end else seconds(last or first, unit)
        add(match, start=start, end=end)
    for match in _FIRST.finditer(text):
        add(match, start=0, end=seconds(*match.groups()))
    for match in _WITHIN.finditer(text):
        add(match, start=0, end=seconds(*match.groups()))
    for match in _SPAN.finditer(text):
        first, last, unit = match.groups()
        if last and unit.lower().startswith("s"):
            continue  # (3-5s) is how long a probe takes, not when to look
        if last:
            add(match, start=seconds(first, unit), end=seconds(last, unit))
        else:
            add(match, duration=seconds(first, unit))
    for match in (*_DURATION.finditer(text), *_ADJECTIVE.finditer(text)):
        add(match, duration=seconds(*match.groups()))
    for match in _MINUS.finditer(text):
        sign, number, unit = match.groups()
        add(match, start=seconds(number, unit) * (1 if sign == "+" else -1))
    return tuple(window for _, window in sorted(found, key=lambda pair: pair[0]))
