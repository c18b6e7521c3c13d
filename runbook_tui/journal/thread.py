"""The database's own thread: one function in, one result out, nothing in between."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

import aiosqlite

from runbook_tui.journal import backup, connector, faults, place, schema
from runbook_tui.journal.connector import Engine
from runbook_tui.run.ports import JournalError

T = TypeVar("T")
CHECKED_UP_TO = 200 * 1024 * 1024  # bytes
PAGES = 2000  # KiB of a database that are held in memory, SQLite's own measure
CHECKPOINT = 1000  # pages in the -wal from which on a commit moves them into the database's own file: SQLite's own, too
CLOSED = "The journal is closed. Nothing was written, so nothing was done."

Work = Callable[[sqlite3.Connection], T]


class Transact(Protocol):
    """Does the work between BEGIN IMMEDIATE and COMMIT, or leaves no trace of it."""

    def __call__(self, work: Work[T]) -> T: ...


def snapshot(connection: sqlite3.Connection, work: Work[T]) -> T:
    """Read several things as they were at one moment."""
    connection.execute("BEGIN")
    try:
        return work(connection)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


class Database:
    """One connection in one thread.

    A chain of awaits over one connection loses acknowledged writes to somebody else's rollback
    (https://github.com/omnilib/aiosqlite/issues/19), so a whole transaction is sent as one function.
    """

    def __init__(self, path: Path, engine: Engine, *, read_only: bool, busy_timeout: float) -> None:
        self._path = path
        self._engine = engine
        self._read_only = read_only
        self._busy_timeout = busy_timeout
        self._closing = False
        self._file: tuple[int, int] | None = None
        self._fixed: tuple[int, int] | None = None
        self._raw: sqlite3.Connection | None = None
        self._failed: JournalError | None = None
        self._under_way: set[asyncio.Task[object]] = set()
        self._connection = aiosqlite.Connection(self._connect, 64)

    async def open(self, *, check: bool) -> None:
        """Start the thread, connect, look the file over and bring it up to date. When that fails the thread is gone."""
        self._check = check
        opening = asyncio.ensure_future(self._open())
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            await asyncio.wait([opening])  # a thread left half-way would report to a loop that is gone
            await self.close()
            raise

    async def _open(self) -> None:
        thread = self._connection._thread  # noqa: SLF001  a forgotten close must not keep the process alive
        thread.daemon = True
        try:
            await self._connection
        except BaseException:
            await asyncio.to_thread(thread.join)
            raise

    def _connect(self) -> sqlite3.Connection:
        try:
            with place.gate(self._path.parent, alone=False, patience=self._busy_timeout):
                return self._connected()
        except OSError as error:
            raise JournalError(f"The journal {self._path} cannot be opened: {error}. Nothing was done.") from error

    def _connected(self) -> sqlite3.Connection:
        try:
            self._file, stamp = self._stat()
            self._fixed = stamp if self._read_only and connector.is_closed_and_not_ours(self._path) else None
            raw = connector.connect(
                self._engine, self._path, read_only=self._read_only, busy_timeout=self._busy_timeout
            )
        except self._engine.error as error:
            raise self._explained(error) from error
        try:
            schema.version_of(raw)
            if self._check:
                self._quick_check(raw)
            connector.settle(raw, self._engine, read_only=self._read_only, busy_timeout=self._busy_timeout)
            if not self._read_only:
                if 0 < (version := schema.version_of(raw)) < schema.VERSION:
                    backup.before_migration(raw, self._path, version, now=datetime.now(UTC))
                schema.migrate(raw)
        except self._engine.error as error:
            raw.close()
            raise self._explained(error) from error
        except BaseException:
            raw.close()
            raise
        self._raw = raw
        return raw

    def is_outdated(self) -> bool:
        """Whether a reader should open it anew.

        Another file lies there now; or it was opened as fixed, because it may not be written here, and its owner wrote.
        """
        try:
            if self._read_only and place.identity(self._path) not in (None, self._file):
                return True
            if self._fixed is None:
                return False
            return self._stat()[1] != self._fixed or not connector.is_closed_and_not_ours(self._path)
        except OSError:
            return True

    def _stat(self) -> tuple[tuple[int, int], tuple[int, int]]:
        found = self._path.stat()
        return (found.st_dev, found.st_ino), (found.st_mtime_ns, found.st_size)

    def _quick_check(self, raw: sqlite3.Connection) -> None:
        """0.1 s for 190 MB that are in the cache; a larger file is only looked at as it is used."""
        if self._path.stat().st_size > CHECKED_UP_TO:
            return
        found = [str(row[0]) for row in raw.execute("PRAGMA quick_check(3)")]
        if found != ["ok"]:
            raise faults.damaged_file(self._path, "; ".join(found))

    async def call(self, work: Work[T]) -> T:
        """Run the function in the thread. A cancelled caller does not stop it once it is sent."""
        if self._failed is not None:
            raise self._failed
        if self._closing:
            raise JournalError(CLOSED)
        sent = self._connection._execute(self._guarded, work)  # type: ignore[no-untyped-call]  # noqa: SLF001  the one hop
        task: asyncio.Task[T] = asyncio.ensure_future(sent)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    def _guarded(self, work: Work[T]) -> T:
        if self._raw is None:
            raise JournalError(CLOSED)
        try:
            self._refuse_when_moved()
            return work(self._raw)
        except self._engine.error as error:
            explained = self._explained(error)
            if faults.primary_code(error) == faults.IOERR and not self._read_only:
                self._failed = explained  # after a failed fsync the page cache tells nothing: never try again
            raise explained from error
        except OSError as error:
            raise JournalError(
                f"The journal's folder {self._path.parent} failed: {error}. Nothing was written, so nothing was done."
            ) from error

    def transact(self, work: Work[T]) -> T:
        """In the thread: do the work between BEGIN IMMEDIATE and COMMIT, or leave no trace of it.

        BEGIN may have waited for somebody who put another file in this one's place.
        """
        if self._raw is None:
            raise JournalError(CLOSED)
        self._raw.execute("BEGIN IMMEDIATE")
        try:
            self._refuse_when_moved()
            result = work(self._raw)
            self._raw.execute("COMMIT")
        except BaseException:
            if self._raw.in_transaction:  # SQLite rolls back by itself when the disk is full
                self._raw.execute("ROLLBACK")
            raise
        return result

    def transact_large(self, work: Work[T], size: int) -> T:
        """The same for a change of so many bytes, which SQLite would else write several times before it is committed.

        Into the database's own file it goes by `move_in`, when nobody waits for it any more.
        """
        if self._raw is None:
            raise JournalError(CLOSED)
        room = size // 1024 * 9 // 8 + PAGES
        self._raw.execute(f"PRAGMA cache_size = -{room}")
        self._raw.execute("PRAGMA wal_autocheckpoint = 0")
        try:
            return self.transact(work)
        finally:
            self._raw.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}").fetchall()
            self._raw.execute(f"PRAGMA cache_size = -{PAGES}")
            self._raw.execute("PRAGMA shrink_memory")

    def move_in(self) -> None:
        """Have what lies in the -wal moved into the database's own file; the next to commit would have to."""
        task = asyncio.ensure_future(self._move_in())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _move_in(self) -> None:
        def moved(raw: sqlite3.Connection) -> None:
            with suppress(self._engine.error):  # as after a commit: the -wal still holds everything
                raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

        with suppress(JournalError):
            await self.call(moved)

    def _refuse_when_moved(self) -> None:
        if place.identity(self._path) != self._file:  # SQLite would go on writing to a file that nobody finds
            raise faults.moved_file(self._path)

    def _explained(self, error: Exception) -> JournalError:
        return faults.explain(error, self._path, busy_timeout=self._busy_timeout)

    async def close(self) -> None:
        """End the thread after what is under way; also when the caller is cancelled."""
        self._closing = True
        if self._raw is None:
            return
        closing = asyncio.ensure_future(self._close())
        await asyncio.shield(closing)

    async def _close(self) -> None:
        await asyncio.gather(*self._under_way, return_exceptions=True)
        with suppress(self._engine.error):  # a checkpoint that failed: the -wal still holds everything
            await self._connection.close()
