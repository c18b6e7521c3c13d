"""How far each run has come, noted beside the database after each commit.

A note is never ahead of what is durable, so a database that knows less than its notes has lost events: its -wal was
deleted, or an older copy was put in its place. SQLite itself finds nothing wrong with such a file.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from runbook_tui.journal import place

FOLDER = "heads"
_LONGEST = 90  # bytes: a number of at most 18 digits, a blank, 64 digits, a newline


class Heads:
    """The notes beside one journal. Used in the database's threads; a note that fails is no error."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._open: dict[str, int] = {}

    def note(self, run: str, seq: int, head: str) -> None:
        """After COMMIT."""
        with suppress(OSError):
            handle = self._open.get(run)
            if handle is None:
                handle = self._open[run] = self._file(run)
            os.pwrite(handle, f"{seq:018d} {head}\n".encode(), 0)

    def _file(self, run: str) -> int:
        shared = place.is_shared(self._folder.parent)
        if not self._folder.is_dir():
            self._folder.mkdir(exist_ok=True, mode=0o770)
            if shared:
                self._folder.chmod(0o2770)
        handle = os.open(self._folder / run, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o660)
        if shared:
            with suppress(PermissionError):  # a colleague's, who has done so
                os.fchmod(handle, 0o660)
        return handle

    def close(self) -> None:
        while self._open:
            with suppress(OSError):
                os.close(self._open.popitem()[1])


def noted(folder: Path) -> dict[str, tuple[int, str]]:
    """By run: the newest event known to have been durable, and its hash. Empty where nothing was noted."""
    found = {}
    with suppress(OSError):
        for path in (folder / FOLDER).iterdir():
            with suppress(OSError, ValueError):
                seq, head = path.read_text()[:_LONGEST].split()
                found[path.name] = (int(seq), head)
    return found


def forget(folder: Path) -> None:
    """The notes count no more: somebody has decided that an older state is the record now."""
    with suppress(OSError):
        for path in (folder / FOLDER).iterdir():
            path.unlink(missing_ok=True)
