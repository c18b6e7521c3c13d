"""What can go wrong with the file, in words for the operator: what happened, what is safe, what to do."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from runbook_tui.run.ports import JournalError

# https://sqlite.org/rescode.html
BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, CONSTRAINT, NOTADB = 5, 6, 8, 10, 11, 13, 14, 19, 26
READONLY_DBMOVED = 1032


class Damaged(JournalError):
    """The record is not what was written: integrity is violated."""

    exit_code = 5

    def __init__(self, run: str, seq: int, what: str) -> None:
        super().__init__(
            f"Event {seq} of run {run} is not what was recorded: {what}. Nothing was changed by looking. "
            f"Do not go on with this run; copy the journal's folder aside and compare with a report or a backup."
        )
        self.run = run
        self.seq = seq


def primary_code(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def explain(error: Exception, path: Path, *, busy_timeout: float) -> JournalError:
    """SQLite's error as the operator needs it."""
    code = primary_code(error)
    detail = f"SQLite: {getattr(error, 'sqlite_errorname', type(error).__name__)}, {error}"
    if code in {BUSY, LOCKED}:
        who = holder_of(path) or "another process"
        return JournalError(
            f"The journal {path} is being written by {who}, which did not let go within {busy_timeout:g} s. "
            f"Nothing was written, so nothing was done. Try again; if that process is stopped (Ctrl-Z), "
            f"let it go on or end it."
        )
    if code == FULL:
        return JournalError(
            f"The disk of {path} is full. The event was not written, so nothing was done; all that was recorded "
            f"before is safe. Free some space there and do the step again."
        )
    if getattr(error, "sqlite_errorcode", 0) == READONLY_DBMOVED:
        return moved_file(path)
    if code == READONLY:
        return JournalError(
            f"The journal {path} may not be written by this user. Nothing was written, so nothing was done. "
            f"Make the file and its folder writable for {_me()}, or open the run for reading only."
        )
    if code == CANTOPEN:
        return JournalError(
            f"The journal {path} could not be opened. Nothing was written, so nothing was done. "
            f"See that its folder exists, that {_me()} may write to it and that the disk is not full ({detail})."
        )
    if code in {CORRUPT, NOTADB}:
        return damaged_file(path, str(error))
    if code == IOERR:
        return JournalError(
            f"The disk failed under the journal {path}. Whether the last event was kept is not known, so nothing more "
            f"is done in this terminal. Look at the disk, then open the run again: it shows what was kept ({detail})."
        )
    if code == CONSTRAINT:
        return JournalError(f"The journal refused an event that does not fit: {error}. Nothing was written or done.")
    return JournalError(f"The journal {path} could not be used. Nothing was written, so nothing was done ({detail}).")


class DamagedFile(JournalError):
    """The file is no database, or no longer a whole one."""

    exit_code = 5


def damaged_file(path: Path, detail: str) -> DamagedFile:
    return DamagedFile(
        f"The journal {path} is damaged or is no journal ({detail}). Nothing in it was touched. Copy its whole folder "
        f"aside, with -wal and -shm, then restore a backup or name another folder."
    )


def moved_file(path: Path) -> JournalError:
    return JournalError(
        f"The journal {path} was moved, deleted or replaced while it was open. Nothing was written, so nothing was "
        f"done. Put the file back (with its -wal) and open the run again."
    )


def holder_of(path: Path, locks: Path = Path("/proc/locks")) -> str | None:
    """The process that holds a write lock on the database, as the kernel tells it."""
    inodes = set()
    for beside in (path, path.with_name(path.name + "-shm")):
        with suppress(OSError):
            inodes.add(str(beside.stat().st_ino))
    try:
        lines = locks.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        # 1: POSIX  ADVISORY  WRITE 4711 fe:00:1234 120 120
        fields = line.split()
        if len(fields) < 6 or fields[1] != "POSIX" or fields[3] != "WRITE":
            continue
        pid = fields[4]
        if fields[5].rsplit(":", 1)[-1] in inodes and pid.isdigit() and int(pid) not in {0, os.getpid()}:
            return f"process {pid}{_name_of(pid)}"
    return None


def _name_of(pid: str) -> str:
    try:
        return f" ({Path('/proc', pid, 'comm').read_text().strip()})"
    except OSError:
        return ""


def _me() -> str:
    return f"uid {os.geteuid()}"
