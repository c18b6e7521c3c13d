"""Who drives a run: a lock the kernel lets go of when its process dies, one file for each epoch.

The lease in the database says which epoch counts; the lock on that epoch's file says whether its holder lives.
A take-over by force therefore never has to wrest a lock from anybody: it locks the next epoch's file.
All this happens inside the transaction that writes the lease, so two takers cannot cross.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from runbook_tui.journal import book, place
from runbook_tui.journal.thread import Transact
from runbook_tui.run.ports import Fenced

T = TypeVar("T")

Lock = Callable[[int], None]
"""Locks the file of an epoch."""


@dataclass(frozen=True, slots=True)
class Drive:
    """A held drive; `handle` keeps the lock."""

    epoch: int
    path: Path
    handle: int

    def release(self) -> None:
        with suppress(OSError):
            self.path.unlink()  # of no use to anybody: the next drive has another epoch
        with suppress(OSError):
            os.close(self.handle)


def lock_file(folder: Path, run: str, epoch: int) -> Path:
    return folder / f"{run}.{epoch}.lock"


def hold(folder: Path, run: str, epoch: int) -> Drive:
    """Lock an epoch's file. Raises OSError."""
    path = lock_file(folder, run, epoch)
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o660)
    try:
        if place.is_shared(folder):
            with suppress(PermissionError):  # left over from a colleague who died while taking it
                os.fchmod(handle, 0o660)  # so that a colleague can ask
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(handle)
        raise
    return Drive(epoch=epoch, path=path, handle=handle)


def is_held(folder: Path, run: str, epoch: int) -> bool:
    """Whether the holder of that epoch lives. Asking takes a shared lock for a moment; askers do not disturb askers."""
    try:
        handle = os.open(lock_file(folder, run, epoch), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # cannot be told: the careful answer
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


class Drives:
    """The drives this process holds. Used in the database's threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: dict[str, Drive] = {}

    def epoch(self, run: str) -> int | None:
        """Under which we drive, as far as we know."""
        held = self._held.get(run)
        return held.epoch if held else None

    def taking(self, transact: Transact, run: str, work: Callable[[sqlite3.Connection, Lock], T]) -> T:
        """A transaction in which the lock of a new epoch is taken: kept if it commits, let go if not."""
        taken: list[Drive] = []
        try:
            result = transact(lambda db: work(db, lambda epoch: taken.append(hold(self.folder, run, epoch))))
        except BaseException:
            for drive in taken:
                drive.release()
            raise
        for drive in taken:
            self.let_go(run)
            self._held[run] = drive
            with suppress(OSError):
                lock_file(self.folder, run, drive.epoch - 1).unlink()
        return result

    def fence(self, db: sqlite3.Connection, run: str) -> int:
        """The epoch under which we drive, inside a transaction. Raises Fenced when it is not the run's."""
        epoch, holder = book.lease(db, run)
        mine = self.epoch(run)
        if mine is None:
            raise Fenced(f"This terminal does not drive run {run}. Nothing was written, so nothing was done.")
        if mine != epoch:
            raise Fenced(
                f"{holder} took over run {run}. Nothing was written, so nothing was done; this terminal may only read. "
                f"A command that was running goes on; its result is for {holder} to see."
            )
        return epoch

    def fenced(self, run: str, work: Callable[[], T]) -> T:
        """Do work that may find that somebody took over; then our lock is of no use any more."""
        try:
            return work()
        except Fenced:
            self.let_go(run)
            raise

    def let_go(self, run: str) -> None:
        held = self._held.pop(run, None)
        if held is not None:
            held.release()

    def let_go_of_all(self) -> None:
        for run in list(self._held):
            self.let_go(run)
