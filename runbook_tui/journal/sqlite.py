"""The journal in a SQLite file, for the terminals of one host."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from runbook_tui.journal import book, chain, drive, output, place, stored, summary
from runbook_tui.journal.bell import Bell
from runbook_tui.journal.connector import Engine, choose
from runbook_tui.journal.drive import Drives, Lock
from runbook_tui.journal.heads import Heads
from runbook_tui.journal.output import Keep, Shelf
from runbook_tui.journal.thread import Database, Transact, Work, snapshot
from runbook_tui.run.events import AnyEvent, DriveGiven, DriveTaken, Record
from runbook_tui.run.ports import (
    Clock,
    Conflict,
    Driven,
    JournalError,
    KeptOutput,
    OutputPiece,
    OutputRange,
    RunSummary,
    UnknownRun,
)
from runbook_tui.run.stored import StoredRun

BUSY_TIMEOUT = 5.0  # seconds to wait for another process's transaction
DYING = (0.05, 0.25)  # seconds: what a killed driver was just starting holds its lock until it becomes another program

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # a run's name is also a file's


class SqliteJournal:
    """Implements `run.ports.Journal`.

    Events, output and reading have a connection and thread each, so that neither a flood of output
    nor a long reading delays an event. All but the first are opened when first needed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        actor: str,
        read_only: bool,
        keep: Keep,
        busy_timeout: float,
        engine: Engine,
    ) -> None:
        self._folder = folder
        self._path = folder / place.DATABASE
        self._bell = Bell(folder / place.BELL)
        self._clock = clock
        self._actor = actor
        self._read_only = read_only
        self._busy_timeout = busy_timeout
        self._engine = engine
        self._drives = Drives(folder / place.DRIVE)
        self._shelf = Shelf(keep)
        self._heads = Heads(folder)
        self._written: dict[str, Record] = {}  # the newest of each run, not yet noted beside the database
        self._databases: dict[str, Database] = {}
        self._opening = asyncio.Lock()
        self._turn = asyncio.Lock()  # SQLite's own waiting is no queue: a flood of output would starve the events
        self._closed = False

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        clock: Clock,
        actor: str,
        read_only: bool = False,
        keep: Keep | None = None,
        busy_timeout: float = BUSY_TIMEOUT,
        engine: Engine | None = None,
    ) -> Self:
        """Open the journal in that folder, making it when missing.

        Read-only it makes nothing, and a missing journal is one without runs.
        """
        journal = cls(
            folder,
            clock=clock,
            actor=actor,
            read_only=read_only,
            keep=keep or Keep(),
            busy_timeout=busy_timeout,
            engine=engine or choose(),
        )
        try:
            if read_only:
                await journal._reader()
            else:
                place.prepare(journal._folder)
                await journal._database("events")
        except BaseException:
            await journal.close()
            raise
        return journal

    async def close(self) -> None:
        """Let every write under way end, let go of all drives, end the threads. May be called twice."""
        self._closed = True
        async with self._opening:
            databases, self._databases = list(self._databases.values()), {}
        try:
            await asyncio.gather(*(database.close() for database in databases))
        finally:
            self._drives.let_go_of_all()
            self._heads.close()

    # --- events ---

    async def open_run(self, run: str, first: Sequence[AnyEvent], blobs: Mapping[str, bytes]) -> list[Record]:
        """Adds a DriveTaken of epoch 1 when `first` has none."""
        _check_name(run)
        if not first:
            raise JournalError("A run starts with an event. Nothing was written.")
        if not any(isinstance(event, DriveTaken) for event in first):
            first = [*first, DriveTaken(epoch=1, holder=self._actor)]

        def create(db: sqlite3.Connection, lock: Lock) -> list[Record]:
            if db.execute("SELECT 1 FROM run WHERE id = ?", (run,)).fetchone():
                raise Conflict(f"There is a run {run} already. Nothing was written; resume it or choose another name.")
            at = chain.timestamp(self._clock.now())
            db.execute("INSERT INTO run (id, created, seq, head) VALUES (?, ?, 0, ?)", (run, at, chain.genesis(run)))
            db.execute(
                "INSERT INTO lease (run_id, epoch, holder, pid, taken) VALUES (?, 1, ?, ?, ?)",
                (run, self._actor, os.getpid(), at),
            )
            lock(1)
            book.store(db, blobs)
            return self._insert(db, run, first, epoch=1)

        return await self._write(lambda transact: self._drives.taking(transact, run, create))

    async def take_drive(
        self, run: str, holder: str, *, force: bool = False, reason: str = ""
    ) -> tuple[int, list[Record]]:
        """Taking a drive that this journal holds already changes nothing and gives its epoch."""

        def take(db: sqlite3.Connection, lock: Lock) -> tuple[int, list[Record]]:
            epoch, other = book.lease(db, run)
            if self._drives.epoch(run) == epoch:
                return epoch, []
            if not force and drive.is_held(self._drives.folder, run, epoch):
                raise Driven(
                    f"{other} drives run {run} and is alive. Nothing was written. "
                    f"Ask for the drive, or take it over by force.",
                    other,
                )
            epoch += 1
            lock(epoch)
            db.execute(
                "UPDATE lease SET epoch = ?, holder = ?, pid = ?, taken = ? WHERE run_id = ?",
                (epoch, holder, os.getpid(), chain.timestamp(self._clock.now()), run),
            )
            return epoch, self._insert(db, run, [DriveTaken(epoch=epoch, holder=holder, reason=reason)], epoch=epoch)

        for pause in DYING:
            with suppress(Driven):
                return await self._write(lambda transact: self._drives.taking(transact, run, take))
            await asyncio.sleep(pause)
        return await self._write(lambda transact: self._drives.taking(transact, run, take))

    async def give_drive(self, run: str, *, to: str = "") -> None:
        """Records DriveGiven, then lets go; a journal that does not drive has nothing to give."""

        def give(db: sqlite3.Connection) -> None:
            epoch = self._drives.epoch(run)
            if epoch is None or book.lease(db, run)[0] != epoch:
                return
            last = db.execute("SELECT kind FROM event WHERE run_id = ? ORDER BY seq DESC LIMIT 1", (run,)).fetchone()
            if last != ("DriveGiven",):
                self._insert(db, run, [DriveGiven(epoch=epoch, to=to)], epoch=epoch)

        def work(transact: Transact) -> None:
            try:
                transact(give)
            finally:
                self._drives.let_go(run)

        await self._write(work)

    async def append(
        self, run: str, events: Sequence[AnyEvent], *, expected: int, blobs: Mapping[str, bytes] | None = None
    ) -> list[Record]:
        def add(db: sqlite3.Connection) -> list[Record]:
            epoch = self._drives.fence(db, run)
            _still_at(db, run, expected)
            book.store(db, blobs or {})
            return self._insert(db, run, events, epoch=epoch)

        return await self._write(lambda transact: self._drives.fenced(run, lambda: transact(add)))

    async def add_note(
        self, run: str, events: Sequence[AnyEvent], *, blobs: Mapping[str, bytes] | None = None,
        expected: int | None = None,
    ) -> list[Record]:  # fmt: skip
        """The head is read inside the transaction, so a note never loses a race. Its epoch is 0."""

        def add(db: sqlite3.Connection) -> list[Record]:
            if expected is not None:
                _still_at(db, run, expected)
            book.store(db, blobs or {})
            return self._insert(db, run, events, epoch=0)

        return await self._write(lambda transact: transact(add))

    async def read(self, run: str, after: int = 0) -> list[Record]:
        return await self._read(run, lambda db: book.read(db, run, after))

    async def runs(self) -> list[RunSummary]:
        """Newest first."""
        reader = await self._reader()
        if reader is None:
            return []
        return await reader.call(lambda db: snapshot(db, lambda db: summary.runs(db, self._drives.folder)))

    async def changes(self, run: str, after: int) -> AsyncIterator[list[Record]]:
        async for _ in self._bell.listen():
            records = await self.read(run, after)
            if records:
                after = records[-1].seq
                yield records

    async def blob(self, sha256: str) -> bytes:
        return await self._read("", lambda db: book.blob(db, sha256))

    # --- as it lies there, for whoever verifies or exports it ---

    async def stored(self, run: str) -> StoredRun:
        """The rows of a run, nothing about them checked. Raises UnknownRun."""
        return await self._read(run, lambda db: stored.read(db, run))

    async def stored_blobs(self, names: Iterable[str]) -> dict[str, bytes]:
        """Those that are there, under their names, unchecked."""
        wanted = list(names)
        return await self._read("", lambda db: stored.blobs(db, wanted))

    # --- output ---

    async def write_outputs(self, run: str, pieces: Sequence[OutputPiece]) -> None:
        """Only the driver writes. See `output` for what happens to the hash when a job is taken over."""
        pieces = [piece for piece in pieces if piece.data]
        if not pieces:
            return

        def write(db: sqlite3.Connection) -> list[output.Digest | None]:
            self._drives.fence(db, run)
            return [self._shelf.write(db, run, piece.job, piece.offset, piece.data) for piece in pieces]

        def work(transact: Transact) -> None:
            digests = self._drives.fenced(run, lambda: transact(write))
            for piece, digest in zip(pieces, digests, strict=True):
                self._shelf.remember(run, piece.job, digest)

        await self._call("output", work)

    async def pass_output(self, run: str, pieces: Sequence[OutputPiece], *, ahead: int) -> bool:
        database = await self._database("output")
        job, offset = pieces[0].job, pieces[0].offset
        data = [piece.data for piece in pieces]
        return await database.call(lambda db: self._shelf.pass_over(db, run, job, offset, *data, ahead=ahead))

    async def read_output(self, run: str, job: str, after: int = 0) -> list[OutputRange]:
        return await self._read(run, lambda db: output.read(db, run, job, after))

    async def output_size(self, run: str, job: str) -> int:
        """For the driver: 0 when the stream must be fed again from its start for its hash to be right."""
        if self._drives.epoch(run) is None:
            return await self._read(run, lambda db: output.size(db, run, job))
        database = await self._database("output")
        return await database.call(lambda db: snapshot(db, lambda db: self._shelf.resume_at(db, run, job)))

    async def finish_output(self, run: str, job: str, last: Sequence[OutputPiece] = ()) -> KeptOutput:
        offset, data = last[0].offset if last else 0, [piece.data for piece in last]
        most = min(offset + sum(map(len, data)), self._shelf.keep.most)

        def finish(db: sqlite3.Connection) -> KeptOutput:
            self._drives.fence(db, run)
            return self._shelf.finish(db, run, job, offset, *data)

        def work(transact: Transact) -> KeptOutput:
            kept = self._drives.fenced(run, lambda: transact(finish))
            self._shelf.remember(run, job, None)
            return kept

        return await self._call("output", work, size=most)

    # --- inside the database's threads ---

    def _insert(self, db: sqlite3.Connection, run: str, events: Sequence[AnyEvent], *, epoch: int) -> list[Record]:
        records = book.add(db, run, events, epoch=epoch, actor=self._actor, clock=self._clock)
        if records:
            self._written[run] = records[-1]
        return records

    # --- connections ---

    async def _database(self, name: str) -> Database:
        reading = name == "reading"
        if self._read_only and not reading:
            raise JournalError("This journal was opened for reading only. Nothing was written, so nothing was done.")
        async with self._opening:
            if self._closed:
                raise JournalError("The journal is closed. Nothing was written, so nothing was done.")
            if name in self._databases and self._databases[name].is_outdated():
                await self._databases.pop(name).close()
            if name not in self._databases:
                database = Database(self._path, self._engine, read_only=reading, busy_timeout=self._busy_timeout)
                await database.open(check=not self._databases)
                self._databases[name] = database
            return self._databases[name]

    async def _reader(self) -> Database | None:
        """None while there is no database yet."""
        if self._read_only and "reading" not in self._databases:
            try:
                if not self._path.stat().st_size:
                    return None
            except FileNotFoundError:
                return None
            except OSError as error:
                raise JournalError(f"The journal {self._path} cannot be read: {error.strerror}.") from error
            place.refuse_network(self._folder)
            place.refuse_world_writable(self._path)
        return await self._database("reading")

    async def _read(self, run: str, work: Work[T]) -> T:
        reader = await self._reader()
        if reader is None:
            raise UnknownRun(f"There is no run {run}: there is no journal in {self._folder} yet.")
        return await reader.call(lambda db: snapshot(db, work))

    async def _write(self, work: Callable[[Transact], T]) -> T:
        def work_and_ring(transact: Transact) -> T:
            self._written.clear()
            result = work(transact)
            for run, record in self._written.items():
                self._heads.note(run, record.seq, record.hash)
            self._bell.ring()
            return result

        return await self._call("events", work_and_ring)

    async def _call(self, name: str, work: Callable[[Transact], T], *, size: int = 0) -> T:
        """`size`: bytes that it writes, where they may be many."""
        database = await self._database(name)
        large = size >= output.LARGE
        transact = partial(database.transact_large, size=size) if large else database.transact
        async with self._turn:
            result = await database.call(lambda _: work(transact))
        if large:
            database.move_in()
        return result


def _still_at(db: sqlite3.Connection, run: str, expected: int) -> None:
    seq, _ = book.head(db, run)
    if seq != expected:
        raise Conflict(
            f"Run {run} is at event {seq}, not {expected}: somebody else wrote to it first. "
            f"Nothing was written, so nothing was done; read again, then decide."
        )


def _check_name(run: str) -> None:
    if not _NAME.fullmatch(run):
        raise JournalError(
            f"{run!r} cannot be the name of a run. Nothing was written. Use letters, digits, dots, dashes, underscores."
        )
