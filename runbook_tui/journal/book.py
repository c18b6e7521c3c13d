"""Events and blobs as rows: what is done inside a transaction that somebody else has opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from hashlib import sha256

from runbook_tui.journal import chain
from runbook_tui.journal.faults import Damaged
from runbook_tui.run.events import AnyEvent, Record
from runbook_tui.run.named import named_blobs
from runbook_tui.run.ports import Clock, JournalError, UnknownRun


def add(
    db: sqlite3.Connection, run: str, events: Sequence[AnyEvent], *, epoch: int, actor: str, clock: Clock
) -> list[Record]:
    """Write the events after the run's last one. The records are as they will be read."""
    seq, last = head(db, run)
    records = []
    for event in events:
        seq, prev = seq + 1, last
        body = chain.encode(run=run, seq=seq, at=clock.now(), actor=actor, epoch=epoch, event=event)
        last = chain.link(prev, body)
        row = (seq, prev, last, body.decode())
        db.execute("INSERT INTO event (run_id, seq, prev, hash, body) VALUES (?, ?, ?, ?, ?)", (run, *row))
        _check_evidence(db, event)
        records.append(chain.decode(run, row))
    db.execute("UPDATE run SET seq = ?, head = ? WHERE id = ?", (seq, last, run))
    return records


def read(db: sqlite3.Connection, run: str, after: int) -> list[Record]:
    """The records that follow event `after`, every hash computed again. Raises Damaged."""
    last, _ = head(db, run)
    if after > last:
        raise Damaged(run, last + 1, f"events up to {after} were seen here before, and they are gone")
    prev = None
    if after:
        row = db.execute("SELECT hash FROM event WHERE run_id = ? AND seq = ?", (run, after)).fetchone()
        if row is None:
            raise Damaged(run, after, "it is missing")
        prev = row[0]
    rows = db.execute("SELECT seq, prev, hash, body FROM event WHERE run_id = ? AND seq > ? ORDER BY seq", (run, after))
    records = chain.verify(run, rows, after=after, head=prev)
    if after + len(records) != last:
        raise Damaged(run, after + len(records) + 1, f"it is missing, there were {last}")
    return records


def head(db: sqlite3.Connection, run: str) -> tuple[int, str]:
    row = db.execute("SELECT seq, head FROM run WHERE id = ?", (run,)).fetchone()
    if row is None:
        raise UnknownRun(
            f"There is no run {run} in this journal. Nothing was written. `rbt runs` lists those there are."
        )
    return row[0], row[1]


def lease(db: sqlite3.Connection, run: str) -> tuple[int, str]:
    head(db, run)
    row = db.execute("SELECT epoch, holder FROM lease WHERE run_id = ?", (run,)).fetchone()
    return (row[0], row[1]) if row else (0, "")


def store(db: sqlite3.Connection, blobs: Mapping[str, bytes]) -> None:
    for name, data in blobs.items():
        if sha256(data).hexdigest() != name:
            raise JournalError(f"What was to be kept as {name} is something else. Nothing was written or done.")
        db.execute("INSERT OR IGNORE INTO blob (sha256, data) VALUES (?, ?)", (name, data))


def _check_evidence(db: sqlite3.Connection, event: AnyEvent) -> None:
    """What an event names by its hash is in the journal, in the same transaction at the latest."""
    for what, named in named_blobs(event):
        if what == "snapshot":
            continue  # its writer keeps it in the same transaction, or says why not
        if not db.execute("SELECT 1 FROM blob WHERE sha256 = ?", (named,)).fetchone():
            raise JournalError(
                f"{type(event).__name__} names {named}, which the journal does not hold. Nothing was written or done."
            )


def blob(db: sqlite3.Connection, name: str) -> bytes:
    row = db.execute("SELECT data FROM blob WHERE sha256 = ?", (name,)).fetchone()
    if row is None:
        raise JournalError(f"The journal holds nothing named {name}. Nothing was changed.")
    data = bytes(row[0])
    if sha256(data).hexdigest() != name:
        raise JournalError(
            f"What the journal holds as {name} was changed after it was recorded. Nothing was changed by looking. "
            f"Copy the journal's folder aside and compare with a report or a backup."
        )
    return data
