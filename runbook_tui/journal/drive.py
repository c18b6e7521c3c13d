"""Who drives a run: a lock the kernel lets go of when its process dies, one file for each epoch.

The lease in the database says which epoch counts; the lock on that epoch's file says whether its holder lives.
A take-over by force therefore never has to wrest a lock from anybody: it locks the next epoch's file.
All this happens inside the transaction that writes the lease, so two takers cannot cross.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runbook_tui.journal import place


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
            os.fchmod(handle, 0o660)  # a colleague has to be able to ask
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
