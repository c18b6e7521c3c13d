"""Durations, ages and counts as a person says them."""

from __future__ import annotations

from datetime import UTC, datetime


def of_seconds(seconds: float) -> str:
    """For a command: 0.4 s, 12 s, 3 min 05 s, 1 h 10 min; a whole number was never a fraction: 4 s."""
    if seconds < 10 and not isinstance(seconds, int):
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def of_span(seconds: float) -> str:
    """For a time that was set, not measured: 4 s, 5 min, 90 s, 2 h."""
    for size, word in ((3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size:.0f} {word}"
    return f"{seconds:g} s" if seconds < 120 else of_seconds(seconds)


def elapsed(since: datetime | None, until: datetime | None = None) -> str:
    """For a run: hours and minutes."""
    if since is None:
        return "--:--"
    minutes = int(((until or datetime.now(UTC)) - since).total_seconds()) // 60
    return f"{max(0, minutes) // 60:02}:{max(0, minutes) % 60:02}"


def age(at: datetime | None) -> str:
    """For a list: how long ago."""
    if at is None:
        return ""
    seconds = (datetime.now(UTC) - at).total_seconds()
    for size, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {word} ago"
    return "just now"
