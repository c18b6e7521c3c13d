"""A run's rows as they lie in the file. Nothing is checked here: that is what they are read for."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from runbook_tui.journal import book
from runbook_tui.journal.faults import DamagedFile
from runbook_tui.run.stored import StoredEvent, StoredOutput, StoredRun


def read(db: sqlite3.Connection, run: str) -> StoredRun:
    """Raises UnknownRun, and DamagedFile for tables that cannot be read as such any more."""
    try:
        return _rows(db, run)
    except (UnicodeError, OverflowError, TypeError, ValueError) as error:  # sqlite3's own words may be damaged too
        raise _unreadable(error) from None


def _rows(db: sqlite3.Connection, run: str) -> StoredRun:
    seq, head = book.head(db, run)
    rows = db.execute(
        "SELECT seq, CAST(prev AS BLOB), CAST(hash AS BLOB), CAST(body AS BLOB) FROM event "
        "WHERE run_id = ? ORDER BY seq",
        (run,),
    )
    outputs = db.execute("SELECT job, total, blob, sha256 FROM output WHERE run_id = ?", (run,))
    return StoredRun(
        run=run,
        events=tuple(StoredEvent(row[0], *map(_text, row[1:])) for row in rows),
        outputs={job: StoredOutput(total=total, kept=kept, sha256=sha256) for job, total, kept, sha256 in outputs},
        seq=seq,
        head=head,
    )


def blobs(db: sqlite3.Connection, names: Sequence[str]) -> dict[str, bytes]:
    try:
        return _blobs(db, names)
    except (UnicodeError, OverflowError, TypeError, ValueError) as error:
        raise _unreadable(error) from None


def _blobs(db: sqlite3.Connection, names: Sequence[str]) -> dict[str, bytes]:
    found = {}
    for name in names:
        row = db.execute("SELECT data FROM blob WHERE sha256 = ?", (name,)).fetchone()
        if row is not None:
            found[name] = row[0] if isinstance(row[0], bytes) else str(row[0]).encode()
    return found


def _unreadable(error: Exception) -> DamagedFile:
    return DamagedFile(
        f"The journal's tables cannot be read any more ({type(error).__name__}). Nothing in them was touched. Copy the "
        "whole folder aside, then restore a backup (rbt restore)."
    )


def _text(data: bytes | None) -> str | bytes | None:
    """Bytes that are no text are left as they are: somebody changed them."""
    try:
        return data.decode() if data is not None else None
    except UnicodeDecodeError:
        return data
