"""A copy put back in the place of the journal: never over something newer without saying so."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from runbook_tui.journal import book, connector, faults, heads, place, schema, swap
from runbook_tui.journal.backup import BUSY, Copy, copy_pages, look_at
from runbook_tui.journal.soundness import Soundness
from runbook_tui.run.events import RecordRestored
from runbook_tui.run.ports import Clock, JournalError

NEW = "runs.db.restored"


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal holds of a run and the copy does not."""

    run: str
    events: int
    whole: bool = False  # the copy does not know the run at all

    @property
    def sentence(self) -> str:
        many = "1 event" if self.events == 1 else f"{self.events} events"
        return f"run {self.run}, {many}: not in the copy at all" if self.whole else f"run {self.run}: the last {many}"


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    path: Path  # the copy
    aside: Path | None  # where what was there before lies now
    losses: tuple[Loss, ...]
    runs: int
    events: int


class WouldLose(JournalError):
    """The journal holds more than the copy."""

    exit_code = 3

    def __init__(self, copy: Path, losses: Sequence[Loss]) -> None:
        told = "; ".join(loss.sentence for loss in losses[:5]) + ("; …" if len(losses) > 5 else "")
        super().__init__(
            f"{copy.name} is older than the journal. Restoring it would take away: {told}. Nothing was changed. "
            f"To do it all the same: --older (what is there now is set aside, not deleted)."
        )
        self.losses = tuple(losses)


def losses(state: Path, copy: Path) -> list[Loss]:
    """What would be gone. What is known of a damaged journal counts: the notes beside it tell how far it had come."""
    engine = connector.choose()
    now = {run: seq for run, (seq, _) in heads.noted(state).items()}
    current = state / place.DATABASE
    if current.is_file() and current.stat().st_size:
        with (
            suppress(*engine.unreadable),  # damaged: the notes say what is known
            closing(connector.connect(engine, current, read_only=True, busy_timeout=BUSY)) as db,
        ):
            for run, seq in db.execute("SELECT id, seq FROM run"):
                if isinstance(run, str) and isinstance(seq, int):
                    now[run] = max(seq, now.get(run, 0))
    with closing(connector.connect(engine, copy, read_only=True, busy_timeout=BUSY)) as db:
        then = dict(db.execute("SELECT id, seq FROM run").fetchall())
    found = [Loss(run=run, events=seq - then.get(run, 0), whole=run not in then) for run, seq in sorted(now.items())]
    return [loss for loss in found if loss.events > 0]


def restore(state: Path, copy: Copy, *, clock: Clock, actor: str, older: bool = False) -> Restored:
    """Put the copy in the journal's place; blocking.

    Raises StillDriven while a run is driven, WouldLose unless `older`, JournalError when the copy is not sound, or
    when somebody writes to it meanwhile.
    """
    swap.refuse_while_driven(state)
    found = look_at(copy.path)
    if not found.sound:
        raise faults.damaged_file(copy.path, found.flaws[0].what)
    place.prepare(state)
    new = swap.fresh(state, NEW)
    try:
        _fetch(copy.path, new, found)
        with swap.alone(state) as seen:
            gone = losses(state, new)
            if gone and not older:
                raise WouldLose(copy.path, gone)
            say_so(new, {loss.run: loss.events for loss in gone}, copy.path.name, clock=clock, actor=actor)
            swap.finish(new)
            aside = swap.put_in_place(state, new, seen, now=clock.now())
    except (OSError, connector.choose().error) as error:
        raise JournalError(f"{copy.path} could not be put in place: {error}. The journal is as it was.") from error
    finally:
        new.unlink(missing_ok=True)
    return Restored(path=copy.path, aside=aside, losses=tuple(gone), runs=len(found.runs), events=found.events)


def _fetch(copy: Path, new: Path, found: Soundness) -> None:
    """What was looked at, and nothing less: the newest of it may lie in a -wal beside the copy."""
    copy_pages(connector.choose(), copy, new)
    if look_at(new) != found:
        raise JournalError(
            f"{copy} was written to while it was read. The journal is as it was. See that nobody has it open, or make "
            f"a copy of it first (rbt backup), then try again."
        )


def say_so(new: Path, lost: dict[str, int], source: str, *, clock: Clock, actor: str) -> None:
    """The record itself tells that events of it are gone."""
    engine = connector.choose()
    with closing(engine.module.connect(str(new), isolation_level=None)) as db:
        schema.migrate(db)
        db.execute("BEGIN IMMEDIATE")
        for (run,) in db.execute("SELECT id FROM run").fetchall():
            if lost.get(run):
                event = RecordRestored(source=source, lost=lost[run])
                book.add(db, run, [event], epoch=0, actor=actor, clock=clock)
        db.execute("COMMIT")
