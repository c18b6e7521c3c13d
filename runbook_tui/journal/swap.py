"""Another file in the place of the journal: the old one is set aside first, nothing is ever deleted."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from runbook_tui.journal import connector, drive, faults, heads, place
from runbook_tui.run.ports import JournalError

BUSY = 5.0  # seconds
_BESIDE = ("", "-wal", "-shm", "-journal")

Seen = tuple[int, int] | None
"""Which file the journal is; None while there is none."""


class StillDriven(JournalError):
    """Somebody drives a run of this journal."""

    exit_code = 3


def driven(state: Path) -> list[str]:
    """The runs that a live process drives, by the locks it holds; the database is not needed to tell."""
    folder, found = state / place.DRIVE, []
    with suppress(OSError):
        for path in sorted(folder.glob("*.lock")):
            run, _, epoch = path.stem.rpartition(".")
            if run and epoch.isdigit() and drive.is_held(folder, run, int(epoch)):
                found.append(run)
    return found


def refuse_while_driven(state: Path) -> None:
    if runs := driven(state):
        raise StillDriven(
            f"{', '.join(runs)} {'is' if len(runs) == 1 else 'are'} being driven. Nothing was changed. "
            f"Leave the run in that terminal first; its commands go on."
        )


@contextmanager
def alone(state: Path) -> Iterator[Seen]:
    """Nobody writes to the journal meanwhile, drives a run of it or opens it; which file it is.

    What is read of it now is still all there is when another is put in its place. Raises StillDriven, JournalError.
    """
    current = state / place.DATABASE
    with ExitStack() as stack:
        try:
            stack.enter_context(place.gate(state, alone=True, patience=BUSY))
            seen = place.identity(current)
        except OSError as error:
            raise JournalError(f"The journal's folder {state} cannot be used: {error}. Nothing was changed.") from error
        if seen is not None:
            stack.enter_context(_nobody_writes(current))
        _refuse_another(current, seen)
        refuse_while_driven(state)
        yield seen


def put_in_place(state: Path, new: Path, seen: Seen, *, now: datetime) -> Path | None:
    """Make `new` the journal; where the old one lies now, with its -wal and -shm. Raises JournalError, OSError.

    Only while `alone`. `new` is in the state folder, complete and synced. Whoever has the old one open is told that it
    was replaced: they look which file it is once they may write.
    """
    current = state / place.DATABASE
    _refuse_another(current, seen)
    refuse_while_driven(state)
    there = any(current.with_name(current.name + tail).exists() for tail in _BESIDE)
    aside = _set_aside(state, now) if there else None
    for tail in _BESIDE[1:]:  # a -wal that stayed would be replayed over a file that is not its own
        current.with_name(current.name + tail).unlink(missing_ok=True)
    # Still under the old one's lock. Who closes it now leaves a -wal alone: SQLite sees that its file was moved.
    new.rename(current)
    place.sync(state)
    heads.forget(state)
    return aside


def _refuse_another(current: Path, seen: Seen) -> None:
    if place.identity(current) != seen:
        raise JournalError(f"{current} was replaced by another process meanwhile. Nothing was changed; try again.")


def _set_aside(state: Path, now: datetime) -> Path:
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (f"replaced-{stamp}", *(f"replaced-{stamp}.{number}" for number in range(1, 100)))
    aside = next(state / name for name in names if not (state / name).exists())
    aside.mkdir(mode=0o700)
    for tail in _BESIDE:
        source = state / (place.DATABASE + tail)
        if source.exists():
            _keep(source, aside / source.name)
    place.sync(aside)
    place.sync(state)
    return aside


def _keep(source: Path, to: Path) -> None:
    """The same file under another name, or a copy where the filesystem has no such thing.

    Never opened here: closing it would let go of every lock that SQLite has on it in this process
    (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        to.hardlink_to(source)
    except OSError:
        done = subprocess.run(["cp", "-p", "--", str(source), str(to)], capture_output=True, check=False)
        if done.returncode:
            raise OSError(
                f"{source.name} could not be set aside: {done.stderr.decode(errors='replace').strip()}"
            ) from None
        place.sync(to)


@contextmanager
def _nobody_writes(path: Path) -> Iterator[None]:
    """Hold the write lock of the old file meanwhile, as far as it is still a database."""
    engine = connector.choose()
    held: sqlite3.Connection | None = None
    try:
        held = connector.connect(engine, path, read_only=False, busy_timeout=BUSY)
        held.execute("BEGIN IMMEDIATE")
    except engine.error as error:
        code = faults.primary_code(error)
        if held is not None:
            held.close()
        if code in (faults.BUSY, faults.LOCKED):
            raise JournalError(
                f"{path} is being written by another process. Nothing was changed; try again."
            ) from error
        yield  # no database any more: nobody can write to it either
        return
    try:
        yield
    finally:
        with suppress(engine.error):
            held.execute("ROLLBACK")
        held.close()


def fresh(state: Path, name: str) -> Path:
    """An empty file in the state folder for the journal to be."""
    path = state / name
    for tail in _BESIDE:
        (state / (name + tail)).unlink(missing_ok=True)
    place.touch(path, shared=place.is_shared(state))
    return path


def finish(path: Path) -> None:
    """One file, nothing beside it, synced."""
    engine = connector.choose()
    with closing(engine.module.connect(str(path), isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE").fetchall()
    place.sync(path)
