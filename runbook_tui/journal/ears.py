"""Hears that a file was touched: told by the kernel where it does (inotify), else by looking at the file's time.

The kernel is spoken to directly: three calls, where packages for it start programs to find the C library.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_ATTRIB, _CREATE, _MOVED_TO = 0x4, 0x100, 0x80  # inotify(7)
_ROOM = 64 * 1024  # bytes of events read at once


class Ears:
    """Of one listener, between `with` and its end, on the running loop."""

    def __init__(self, path: Path, *, every: float) -> None:
        """`every`: seconds between two looks where the kernel does not tell, and between two answers at least."""
        self._path = path
        self._every = every
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._told: int | None = None  # by this descriptor
        self._stamp = -1
        self._again = False
        self._answered = 0.0

    def __enter__(self) -> Self:
        self._told = _watching(self._path.parent)
        if self._told is not None:
            self._loop.add_reader(self._told, self._read)
        self._stamp = self._time()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._look_instead()

    def wake(self) -> None:
        """Answer now."""
        self._woken.set()

    async def heard(self, patience: float) -> bool:
        """Wait until the file was touched since the last answer, or for so many seconds; whether it was."""
        await asyncio.sleep(self._answered + self._every - self._loop.time())
        if self._told is None and self._again:
            patience = 0.0  # two touches can share a tick of the file clock
        until = self._loop.time() + patience
        touched = False
        while not touched and not self._woken.is_set() and (left := until - self._loop.time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left if self._told is not None else min(left, self._every)):
                    await self._woken.wait()
            touched = self._time() != self._stamp
            if touched:
                self._read()  # the kernel may have told it in this very moment
            if touched and not self._woken.is_set():
                self._look_instead()  # of a file system of another machine, for instance, nothing is told
        touched = self._time() != self._stamp
        self._woken.clear()
        self._again, self._stamp, self._answered = touched, self._time(), self._loop.time()
        return touched

    def _read(self) -> None:
        if self._told is None:
            return
        with suppress(BlockingIOError):
            if self._path.name.encode() + b"\0" in os.read(self._told, _ROOM):
                self._woken.set()

    def _look_instead(self) -> None:
        told, self._told = self._told, None
        if told is not None:
            self._loop.remove_reader(told)
            os.close(told)

    def _time(self) -> int:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return 0


def _watching(folder: Path) -> int | None:
    """A descriptor that tells of files touched in it; None where there is none to be had."""
    try:
        libc = ctypes.CDLL(None)
        told: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if told < 0:
            return None
        if libc.inotify_add_watch(told, os.fsencode(folder), _ATTRIB | _CREATE | _MOVED_TO) < 0:
            os.close(told)
            return None
    except (OSError, AttributeError):
        return None
    return told
