"""When: "Hour 1", "Week 2-4", "(30 minutes)", "First 24 Hours". The phrase is always kept as written."""

from __future__ import annotations

import re

from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Window
from runbook_tui.document.stems import Stems

SECONDS = {"second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "m": 60, "hour": 3600, "hr": 3600, "h": 3600,
           "day": 86_400, "d": 86_400, "week": 604_800, "w": 604_800, "month": 2_592_000}  # fmt: skip
LONGEST = 400  # characters of a title that are searched
_UNIT = r"(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|months?)"
_NUMBER = r"(\d{1,4}(?:\.\d+)?)"
_LABEL = expression(
    r"\b(hour|day|week|month|minute)s?\s+(\d{1,4})(?:\s*(?:[-–—]|to)\s*(?:(?:hour|day|week|month"
    r"|minute)s?\s+)?(\d{1,4})|(\+))?(?!\d|[.:]\d)",
    re.IGNORECASE,
)
_FIRST = expression(rf"\bfirst\s+{_NUMBER}\s*{_UNIT}\b", re.IGNORECASE)
_WITHIN = expression(rf"\bwithin\s+(?:the\s+(?:first|next)\s+)?{_NUMBER}[\s-]*{_UNIT}\b", re.IGNORECASE)
_EVERY = expression(rf"\bevery\s+{_NUMBER}[\s-]*{_UNIT}\b", re.IGNORECASE)
_BEFORE = expression(rf"\b{_NUMBER}\s*[- ]?{_UNIT}\s+(before|prior|after|post)\b", re.IGNORECASE)
_SPAN = expression(
    rf"\(\s*(?:≤|<=?|~|about |approx\.? |max\.? |est\.? |estimated:? "
    rf"|duration:? )?\s*{_NUMBER}(?:\s*(?:[-–—]|to)\s*{_NUMBER})?\s*{_UNIT}\b[^)]*\)",
    re.IGNORECASE,
)
_DURATION = expression(
    rf"\b(?:duration|estimated time|time required|estimated duration|expected duration"
    rf"|time estimate)\W{{1,6}}{_NUMBER}(?:\s*[-–—]\s*{_NUMBER})?\s*{_UNIT}\b",
    re.IGNORECASE,
)
_ADJECTIVE = expression(rf"\b{_NUMBER}-(minute|hour|day|week)\b", re.IGNORECASE)
_MINUS = expression(
    rf"\bT\s?(?P<sign>[-+−–])\s?(?P<number>\d{{1,3}})(?:(?P<clock>:\d{{2}})|(?:\s?-?\s?(?P<unit>{_UNIT[1:-1]})\b)?)"
    rf"(?:\s*(?:to|[-–—]|→)\s*T\s?(?P<sign2>[-+−–])\s?(?P<number2>\d{{1,3}})(?:(?P<clock2>:\d{{2}})"
    rf"|(?:\s?(?P<unit2>{_UNIT[1:-1]})\b)?))?",
    re.IGNORECASE,
)
_LONG = expression(r"\b(?:total|each|estimated|est|approx)\b", re.IGNORECASE)
_CLOCK = expression(
    r"(?<![\d:.])(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)\s*(?:[-–—]|to|until)\s*(?:(?P<h2>[01]?\d"
    r"|2[0-4]):(?P<m2>[0-5]\d)(?![\d:.])|(?=…|\.\.\.|$))",
    re.IGNORECASE,
)
_TITLE = expression(
    r"^(?:(?:hour|day|week|month|minute)s?\s+\d|first\s+\d+\s*(?:hours?|days?|weeks?|minutes?|min|h"
    r"|d)\b|T\s?[-+−–]\s?\d"
    r"|\d+\s*(?:hours?|days?|weeks?|minutes?|min)\s+(?:before|prior|after|post)\b"
    r"|within\s+\d+\s*(?:hours?|days?|weeks?|minutes?|min|h)\b"
    r"|(?:[01]?\d|2[0-3]):[0-5]\d\s*[-–—])",
    re.IGNORECASE,
)
_LABELLED = expression(
    r"^\W*(?:(?:estimated|expected|total|max(?:imum)?)\s+)?(?:duration|time(?:\s+(?:required|estimate"
    r"|window))?|(?:maintenance|change|deployment)?\s*window|when|schedule|timing|frequency)\W*:",
    re.IGNORECASE,
)
_DIGIT = expression(r"\d")
_HINT = Stems(  # the last of them stand for s and i as well
    ("hour", "day", "week", "month", "min", "sec", "ı", "ſ", "i\u0307"),
    r"\bt[-+−–]|\bt$|\d[smhd]\b|^[smhd]\b|\d:\d\d",
)


def seconds(number: str, unit: str) -> float:
    unit = unit.lower()
    return float(number) * SECONDS.get(unit, SECONDS.get(unit.rstrip("s"), 0))


def names_window(title: str) -> bool:
    """Whether a heading is a stretch of time: "Day 3-7"."""
    return bool(_TITLE.match(title))


def labelled(text: str) -> bool:
    """Whether a line of prose is a label with its time: "**Duration:** 15 minutes"."""
    return len(text) < 120 and bool(_LABELLED.match(text))


def find(text: str, line: int) -> tuple[Window, ...]:
    """The stretches of time a text names.

    A bare `T+20` is shown as it stands: whether it means minutes or hours is known to its writer only.
    """
    text = text[:LONGEST]
    if not _DIGIT.search(text) or not _HINT.found(text):
        return ()
    found: list[tuple[int, int, Window]] = []
    low = text.lower()
    odd = not text.isascii()  # other letters and dashes may stand for those of ASCII

    def has(*pieces: str) -> bool:
        return odd or any(map(low.__contains__, pieces))

    def add(
        match: re.Match[str], *, start: float | None = None, end: float | None = None, duration: float | None = None
    ) -> None:
        if any(first < match.end() and match.start() < last for first, last, _ in found):
            return
        window = Window(text=match.group().strip("() "), line=line, start=start, end=end, duration=duration)
        found.append((match.start(), match.end(), window))

    for match in _MINUS.finditer(text):
        start = _moment(match["sign"], match["number"], match["clock"], match["unit"])
        if match["number2"]:
            add(match, start=start, end=_moment(match["sign2"], match["number2"], match["clock2"], match["unit2"]))
        else:
            add(match, start=start)
    for match in _CLOCK.finditer(text) if has(":") else ():
        if match["h2"]:
            length = (int(match["h2"]) - int(match["h"])) * 3600 + (int(match["m2"]) - int(match["m"])) * 60
            add(match, duration=length if length > 0 else length + SECONDS["day"])
        else:
            add(match)
    for match in _LABEL.finditer(text):
        unit, first, last, open_end = match.groups()
        if last and int(last) < int(first):
            add(match)
            continue
        begin = max(float(first) - 1, 0) * SECONDS[unit.lower()]
        add(match, start=begin, end=None if open_end else seconds(last or first, unit))
    for match in _FIRST.finditer(text) if has("first") else ():
        add(match, start=0, end=seconds(*match.groups()))
    for match in _WITHIN.finditer(text) if has("within") else ():
        add(match, start=0, end=seconds(*match.groups()))
    for match in _BEFORE.finditer(text) if has("before", "prior", "after", "post") else ():
        number, unit, side = match.groups()
        add(match, start=seconds(number, unit) * (-1 if side.lower() in {"before", "prior"} else 1))
    for match in _SPAN.finditer(text) if has("(") else ():
        first, last, unit = match.groups()
        if last and unit.lower().startswith("s"):
            continue  # (3-5s) is how long a probe takes, not when to look
        if last and _LONG.search(match.group()):
            add(match)
        elif last:
            add(match, start=seconds(first, unit), end=seconds(last, unit))
        else:
            add(match, duration=seconds(first, unit))
    for match in _DURATION.finditer(text) if has("duration", "time") else ():
        number, last, unit = match.groups()
        add(match, duration=None if last else seconds(number, unit))
    for match in _ADJECTIVE.finditer(text) if has("-") else ():
        add(match, duration=seconds(*match.groups()))
    for match in _EVERY.finditer(text) if has("every") else ():
        add(match)
    return tuple(window for _, _, window in sorted(found, key=lambda entry: entry[0]))


def _moment(sign: str, number: str, clock: str | None, unit: str | None) -> float | None:
    """Seconds from T; None where the unit would be a guess. `T-1:45` is hours and minutes, `T-0` is T itself."""
    way = 1 if sign == "+" else -1
    if clock:
        return way * (int(number) * 3600 + int(clock[1:]) * 60)
    if unit:
        return way * seconds(number, unit)
    return 0.0 if int(number) == 0 else None
