"""Another file in the place of the journal: the old one is set aside first, nothing is ever deleted."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from runbook_tui.journal import connector, drive, heads, place
from runbook_tui.run.ports import JournalError

BUSY = 5.0  # seconds
_BESIDE = ("", "-wal", "-shm", "-journal")


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
            f"Leave the run in that terminal (q) first; its commands go on."
        )


def put_in_place(state: Path, new: Path, *, now: datetime) -> Path | None:
    """Make `new` the journal; where the old one lies now, with its -wal and -shm. Raises JournalError.

    `new` is in the state folder, complete and synced. Whoever has the old one open is told that it was replaced.
    """
    current = state / place.DATABASE
    with _nobody_writes(current):
        refuse_while_driven(state)
        aside = _set_aside(state, now) if current.exists() else None
    # not under the lock: closing a connection checks a -wal in and deletes it, by its name
    for tail in _BESIDE[1:]:  # a -wal that stayed would be replayed over a file that is not its own
        current.with_name(current.name + tail).unlink(missing_ok=True)
    new.rename(current)
    place.sync(state)
    heads.forget(state)
    return aside


def _set_aside(state: Path, now: datetime) -> Path:
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (f"replaced-{stamp}", *(f"replaced-{stamp}.{number}" for number in range(1, 100)))
    aside = next(state / name for name in names if not (state / name).exists())
    aside.mkdir(mode=0o700)
    for tail in _BESIDE:
        source = state / (place.DATABASE + tail)
        if source.exists():
            shutil.copy2(source, aside / source.name)
            place.sync(aside / source.name)
    place.sync(aside)
    return aside


@contextmanager
def _nobody_writes(path: Path) -> Iterator[None]:
    """Hold the write lock of the old file meanwhile, as far as it is still a database."""
    engine = connector.choose()
    if not path.exists() or not path.stat().st_size:
        yield
        return
    held: sqlite3.Connection | None = None
    try:
        held = engine.module.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None, timeout=BUSY)
        held.execute("BEGIN IMMEDIATE")
    except engine.error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if held is not None:
            held.close()
        if code in (5, 6):
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
