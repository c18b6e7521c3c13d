"""How far an unfinished run has come, how old it is and whose: before somebody goes on with it. Imports no Textual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from runbook_tui.tui.ports import LibraryEntry
from runbook_tui.tui.spans import age

DAY = timedelta(days=1)


def how_far(entry: LibraryEntry) -> str:
    """In a sentence or two."""
    if entry.trouble:
        return f"{entry.run}: {entry.trouble}"
    far = f"{entry.done} of {entry.total} steps done, " if entry.total is not None else ""
    by = f", driven by {' and '.join(entry.people)}" if entry.people else ""
    said = f"{entry.run}: {far}last used {_when(entry.last)}{by}."
    return f"{said} {entry.driver.partition('@')[0]} drives it now, in another terminal." if entry.driver else said


def _when(at: datetime | None) -> str:
    """How long ago; the day and the hour too where that was long ago."""
    if at is None or datetime.now(UTC) - at < DAY:
        return age(at)
    return f"{age(at)} ({at.astimezone():%a %d %b, %H:%M})"
