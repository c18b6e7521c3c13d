"""Who is at a run and where everybody looks: a small file for each terminal, beside the journal and not in it.

Only its own terminal writes a file, and holds a lock on it while it lives: what nobody holds any more is swept away.
Signs of life are by the clock since the machine was started, which nobody sets.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from runbook_tui.journal import place
from runbook_tui.run.people import Someone, Who

FOLDER = "present"
BELL = "bell"
SIZE = 4096  # bytes of a file: always written whole, padded
SIGN = 5.0  # seconds between two signs of life


class _Page(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a file."""

    run: str
    id: str
    who: Who
    doing: str
    step: str
    asks: int
    alive: float  # CLOCK_BOOTTIME, seconds


_decoder = msgspec.json.Decoder(_Page)


def since_boot() -> float:
    """Seconds since the machine was started, sleep included; the same in every process."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Presence:
    """One terminal's file, and a look at the others'. Everything here is a few system calls; none waits."""

    def __init__(self, state: Path, run: str, me: Someone, *, now: Callable[[], float] = since_boot) -> None:
        self._folder = state / FOLDER
        self._run = run
        self._now = now
        self._handle: int | None = None
        self._known: dict[str, _Page] = {}
        self.me = me

    @property
    def path(self) -> Path:
        return self._folder / f"{self._run}~{self.me.id}"

    def enter(self) -> None:
        """Be seen from now on. Raises OSError."""
        shared = place.is_shared(self._folder.parent)
        if not self._folder.is_dir():
            self._folder.mkdir(exist_ok=True, mode=0o770 if shared else 0o700)
            if shared:
                self._folder.chmod(0o2770)
        mode = 0o660 if shared else 0o600
        with suppress(FileExistsError):
            os.close(os.open(self._folder / BELL, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, mode))
            if shared:
                (self._folder / BELL).chmod(mode)
        unnamed = self._folder / f".{self.me.id}"  # whoever met it unlocked would take it for a dead one's
        handle = os.open(unnamed, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, mode)
        if shared:
            os.fchmod(handle, mode)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._handle = handle
        self.say(self.me, ring=False)
        unnamed.rename(self.path)
        self.say(self.me)

    def say(self, me: Someone, *, ring: bool = True) -> None:
        """What others see of this terminal. Raises OSError."""
        self.me = me
        if self._handle is None:
            return
        page = _Page(run=self._run, id=me.id, who=me.who, doing=me.doing, step=me.step, asks=me.asks, alive=self._now())
        data = msgspec.json.encode(page)
        if len(data) < SIZE:
            os.pwrite(self._handle, data.ljust(SIZE - 1) + b"\n", 0)
        if ring:
            with suppress(OSError):
                os.utime(self._folder / BELL)

    def leave(self) -> None:
        """Be seen no more."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        with suppress(OSError):
            self.path.unlink()
        with suppress(OSError):
            os.utime(self._folder / BELL)
        os.close(handle)

    @property
    def bell(self) -> Path:
        """Touched when anybody has said anything."""
        return self._folder / BELL

    def others(self) -> tuple[Someone, ...]:
        """The other terminals at this run whose process lives, those that drive first."""
        found, names = [], set()
        with suppress(OSError):
            names = {path.name for path in self._folder.iterdir() if path.name.startswith(f"{self._run}~")}
        for name in names - {self.path.name}:
            page = self._read(self._folder / name)
            if page is None or page.run != self._run:
                continue
            silent = max(0.0, self._now() - page.alive)
            found.append(
                Someone(id=page.id, who=page.who, doing=page.doing, step=page.step, asks=page.asks, silent=silent)
            )
        self._known = {name: page for name, page in self._known.items() if name in names}
        return tuple(sorted(found, key=lambda one: (one.doing != "driving", one.who.person, one.id)))

    def _read(self, path: Path) -> _Page | None:
        """None when its terminal is gone; then the file is swept away."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            data, owner = os.pread(handle, SIZE, 0), os.fstat(handle).st_uid
        else:
            with suppress(OSError):
                path.unlink()
            return None
        finally:
            os.close(handle)
        try:
            page = _decoder.decode(data)
        except msgspec.MsgspecError:  # read while it was written
            return self._known.get(path.name)
        # the kernel knows whose file it is, whatever stands in it
        page = msgspec.structs.replace(page, who=msgspec.structs.replace(page.who, uid=owner))
        self._known[path.name] = page
        return page
