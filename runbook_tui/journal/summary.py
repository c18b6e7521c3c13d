"""The list of runs, from three rows of each and no folding."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from runbook_tui.journal import chain, drive
from runbook_tui.run.events import Record, RunFinished, RunStarted
from runbook_tui.run.ports import JournalError, RunSummary

_QUERY = """
    SELECT run.id, run.created, run.seq, run.head, lease.epoch, lease.holder,
        (SELECT body FROM event WHERE run_id = run.id AND seq = 1),
        (SELECT body FROM event WHERE run_id = run.id AND seq = run.seq),
        (SELECT body FROM event WHERE run_id = run.id AND kind IN ('RunFinished', 'RollbackStarted')
            ORDER BY seq DESC LIMIT 1)
    FROM run LEFT JOIN lease ON lease.run_id = run.id
    ORDER BY run.created DESC, run.id
"""


def runs(db: sqlite3.Connection, locks: Path) -> list[RunSummary]:
    """Newest first. A run whose first event cannot be read is listed by its name; reading it says what is wrong."""
    found = []
    for run, created, events, head, epoch, holder, first, last, turn in db.execute(_QUERY):
        started = _record(run, first)
        ended = _record(run, turn)
        opened = started.event if started and isinstance(started.event, RunStarted) else None
        # a rollback begun after the end opens the run again
        outcome = ended.event.outcome.value if ended and isinstance(ended.event, RunFinished) else None
        newest = _record(run, last)
        began = started.at if started else _moment(created)
        found.append(
            RunSummary(
                run=run,
                title=opened.title if opened else run,
                source=opened.source if opened else "",
                ticket=opened.ticket if opened else "",
                document=opened.document if opened else "",
                started=began,
                last=newest.at if newest else began,
                events=events,
                head=head,
                outcome=outcome,
                rehearsal=opened.rehearsal if opened else False,
                driver=holder if epoch is not None and drive.is_held(locks, run, epoch) else None,
            )
        )
    return found


def _record(run: str, body: str | None) -> Record | None:
    if body is None:
        return None
    try:
        return chain.decode(run, (chain.seq_of(body), "", "", body))
    except JournalError:
        return None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
