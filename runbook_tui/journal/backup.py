"""Copies of the journal: made while it is in use, looked over before they count, thinned out with time."""

from __future__ import annotations

import os
import re
import sqlite3
import uuid
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from runbook_tui.journal import connector, faults, heads, place, schema
from runbook_tui.journal.connector import Engine
from runbook_tui.journal.soundness import RunHead, Soundness, examine
from runbook_tui.run.ports import JournalError

FOLDER = "backup"
EVERY = 15 * 60.0  # seconds between two automatic copies of a run that is driven
NEWEST = 4  # copies that are kept in any case
HOURLY = timedelta(days=1)  # for which one an hour is kept
DAILY = timedelta(days=30)  # for which one a day is kept
LABELLED = 5  # copies made before something grave, kept beside
BUSY = 10.0  # seconds

_NAME = re.compile(r"runs-(\d{8}T\d{6}Z)(?:\.\d+)?(?:-([a-z0-9-]+))?\.db")


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """A copy in the folder of copies."""

    path: Path
    at: datetime
    bytes: int
    label: str = ""  # why it was made, when not by the clock


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A copy just made, and what is in it."""

    copy: Copy
    runs: tuple[RunHead, ...]
    events: int
    seconds: float = 0.0
    removed: int = 0  # older copies that were thinned out


def folder_of(state: Path) -> Path:
    """Where copies lie: $RBT_BACKUP, better on another disk, else beside the journal."""
    chosen = os.environ.get("RBT_BACKUP")
    return Path(chosen).expanduser().absolute() if chosen else state / FOLDER


def copies(folder: Path) -> list[Copy]:
    """Newest first."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            if match := _NAME.fullmatch(path.name):
                at = datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
                found.append(Copy(path=path, at=at, bytes=path.stat().st_size, label=match[2] or ""))
    return sorted(found, key=lambda copy: (copy.at, copy.path.name), reverse=True)


def make(state: Path, *, now: datetime, folder: Path | None = None, label: str = "") -> Made:
    """Copy the journal of this state folder, whoever writes to it meanwhile; blocking.

    The copy is one file, looked over to the last hash before it gets its name. Raises JournalError when there is
    nothing to copy, when the copy cannot be made, and when what was copied is not sound: then no copy is left.
    """
    engine = connector.choose()
    source = state / place.DATABASE
    if not source.is_file() or not source.stat().st_size:
        raise JournalError(f"There is no journal in {state} yet: nothing to copy.")
    folder = folder or folder_of(state)
    shared = place.is_shared(state)
    _prepare(folder, shared=shared)
    now = _after_all(folder, now)
    part = folder / f"{uuid.uuid4().hex}.part"  # another terminal may make a copy in this very second
    begun = datetime.now(UTC)
    try:
        place.touch(part, shared=shared)
        copy_pages(engine, source, part)
        found = look_at(part, engine)
        if not found.sound:
            raise _unsound(source, found)
        place.sync(part)
        path = _named(part, folder, now, label)
        place.sync(folder)
    except (OSError, engine.error) as error:
        raise _failed(source, folder, error) from error
    finally:
        for name in (part.name, part.name + "-journal", part.name + "-wal", part.name + "-shm"):
            with suppress(OSError):
                (folder / name).unlink(missing_ok=True)
    removed = thin_out(folder, now)
    copy = Copy(path=path, at=now, bytes=path.stat().st_size, label=label)
    took = (datetime.now(UTC) - begun).total_seconds()
    return Made(copy=copy, runs=found.runs, events=found.events, seconds=took, removed=removed)


def before_migration(db: sqlite3.Connection, path: Path, version: int, *, now: datetime) -> None:
    """A copy of the file as it is, before its tables are changed. Raises JournalError; then nothing was changed."""
    engine = connector.choose()
    folder = folder_of(path.parent)
    shared = place.is_shared(path.parent)
    try:
        _prepare(folder, shared=shared)
        to = _free_name(folder, now, f"schema-{version}")
        place.touch(to, shared=shared)
        with closing(engine.module.connect(str(to), isolation_level=None)) as copy:
            db.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        place.sync(to)
    except (OSError, engine.error) as error:
        raise _failed(path, folder, error) from error


def look_at(path: Path, engine: Engine | None = None) -> Soundness:
    """Everything in a copy, checked; it is not changed. Raises JournalError when it is no journal."""
    engine = engine or connector.choose()
    try:
        with closing(connector.connect(engine, path, read_only=True, busy_timeout=BUSY)) as db:
            db.execute("PRAGMA query_only = 1")
            _refuse_another_program(db, path)
            return examine(db, errors=engine.unreadable)
    except engine.unreadable as error:
        raise faults.damaged_file(path, str(error)) from error


def examine_journal(state: Path) -> Soundness:
    """Everything in the journal itself, held against the notes beside it; blocking. Raises JournalError."""
    engine, path = connector.choose(), state / place.DATABASE
    known = heads.noted(state)
    try:
        with closing(connector.connect(engine, path, read_only=True, busy_timeout=BUSY)) as db:
            db.execute("PRAGMA query_only = 1")
            _refuse_another_program(db, path)
            return examine(db, errors=engine.unreadable, noted=known)
    except engine.unreadable as error:
        raise faults.damaged_file(path, str(error)) from error


def _refuse_another_program(db: sqlite3.Connection, path: Path) -> None:
    if db.execute("PRAGMA application_id").fetchone() != (schema.APPLICATION,):
        raise faults.damaged_file(path, "it is no journal of rbt")
    schema.version_of(db)


def thin_out(folder: Path, now: datetime) -> int:
    """Remove what the rule no longer keeps: the newest four, one an hour for a day, one a day for thirty days.

    The last of an hour or day is the one that stays. Copies made before something grave are counted apart.
    """
    every = copies(folder)
    plain = [copy for copy in every if not copy.label]
    kept = set(plain[:NEWEST])
    for copy in plain:
        age = now - copy.at
        if age <= HOURLY:
            kept.add(_last_of(plain, copy, "%Y%m%d%H"))
        elif age <= DAILY:
            kept.add(_last_of(plain, copy, "%Y%m%d"))
    kept |= set([copy for copy in every if copy.label][:LABELLED])
    gone = [copy for copy in every if copy not in kept]
    for copy in gone:
        with suppress(OSError):
            copy.path.unlink()
    return len(gone)


def _last_of(plain: Sequence[Copy], copy: Copy, span: str) -> Copy:
    return next(one for one in plain if one.at.strftime(span) == copy.at.strftime(span))


def copy_pages(engine: Engine, source: Path, part: Path) -> None:
    """Everything that is committed, what lies in a -wal too; `part` is one file. Raises the engine's errors.

    All pages in one go: copying by pieces would begin again at each commit of somebody else, for ever.
    """
    with (
        closing(connector.connect(engine, source, read_only=True, busy_timeout=BUSY)) as db,
        closing(engine.module.connect(str(part), isolation_level=None)) as copy,
    ):
        db.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()  # one file, to be read wherever it is put


def _prepare(folder: Path, *, shared: bool) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True, mode=0o770 if shared else 0o700)
        if shared:
            folder.chmod(0o2770)


def _after_all(folder: Path, now: datetime) -> datetime:
    """A copy made now is the newest, also when the clock was set back since the last one."""
    newest = next(iter(copies(folder)), None)
    return now if newest is None or now > newest.at else newest.at + timedelta(seconds=1)


def _free_name(folder: Path, now: datetime, label: str) -> Path:
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    tail = f"-{label}" if label else ""
    names = [f"runs-{stamp}{tail}.db", *(f"runs-{stamp}.{number}{tail}.db" for number in range(1, 100))]
    return next(folder / name for name in names if not (folder / name).exists())


def _named(part: Path, folder: Path, now: datetime, label: str) -> Path:
    """The finished copy under the first name that is free; no other copy is written over. Raises OSError."""
    while True:
        path = _free_name(folder, now, label)
        try:
            os.link(part, path)
        except FileExistsError:
            continue  # another terminal was faster
        except OSError:  # a disk that knows no links
            part.rename(path)
        return path


def _unsound(source: Path, found: Soundness) -> faults.DamagedFile:
    first = found.flaws[0].what
    more = f", and {len(found.flaws) - 1} more" if len(found.flaws) > 1 else ""
    return faults.DamagedFile(
        f"The journal {source} is not sound, so no copy was kept: {first}{more}. The copies made before are untouched. "
        f"rbt doctor tells everything and what can be saved."
    )


def _failed(source: Path, folder: Path, error: Exception) -> JournalError:
    return JournalError(
        f"No copy of the journal {source} could be made in {folder}: {error}. The journal itself is as it was. "
        f"See that there is room and that the folder may be written, or name another with RBT_BACKUP."
    )
