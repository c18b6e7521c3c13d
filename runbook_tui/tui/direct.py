"""Pictures on their way to the terminal: written where they were made as long as the terminal takes them.

The library hands each to a thread, since a terminal that is slow (a link that hangs) would else hold the app. That
thread has to get a core and the interpreter first, which under load takes longer than to make the picture.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, cast

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

from runbook_tui.tui.lull import lull_of


class Behind:
    """The file of the thread that may wait: it takes, as bytes, what the terminal had no room for."""

    def __init__(self, terminal: TextIOWrapper) -> None:
        self._terminal = terminal
        self._taken = 0
        self.out = 0  # pieces

    def write(self, piece: bytes) -> None:
        self._terminal.buffer.write(piece)
        self._taken += 1

    def flush(self) -> None:
        self._terminal.flush()
        self.out = self._taken

    def fileno(self) -> int:
        return self._terminal.fileno()

    def isatty(self) -> bool:
        return self._terminal.isatty()


class Outlet:
    """Writes to a terminal without ever waiting for it; `later` puts what it did not take into the thread's queue."""

    def __init__(self, terminal: TextIOWrapper, later: Callable[[bytes], None]) -> None:
        self.behind = Behind(terminal)
        self._terminal = terminal
        self._later = later
        self._put = 0  # pieces
        self._door: int | None = None  # to the same terminal, for this alone: who shares the other one may wait there
        with suppress(OSError):  # a terminal of another user's, as after su: then the thread writes all
            name = os.ttyname(terminal.fileno())
            self._door = os.open(name, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)

    def write(self, text: str) -> None:
        data = text.encode(self._terminal.encoding, self._terminal.errors or "strict")
        if self._door is not None and self._put == self.behind.out:  # else it would pass what is on its way
            with suppress(OSError):  # no room at all, or no terminal any more: the thread learns which
                data = data[os.write(self._door, data) :]
        if data:
            self._put += 1
            self._later(data)

    def close(self) -> None:
        door, self._door = self._door, None
        if door is not None:
            os.close(door)


class DirectDriver(LinuxDriver):
    """A picture goes out as one piece; the newest key is known from the moment it was read."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        shown = self._file if self._file is not None and self._file.isatty() else sys.__stdout__  # rbt 2> errors
        self._terminal = cast("TextIOWrapper", shown)
        self._outlet: Outlet | None = None
        self._picture: list[str] | None = None  # that is being made
        self._painter = 0  # the thread that makes it

    def start_application_mode(self) -> None:
        self._outlet = Outlet(self._terminal, self._later)
        self._file = cast("Any", self._outlet.behind)
        self._picture, self._painter = None, threading.get_ident()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        super().close()
        if self._outlet is not None:
            self._outlet.close()

    def process_message(self, message: Message) -> None:
        """In the thread that reads."""
        if isinstance(message, Key):
            lull_of(self._app).pressed(message.time)
        super().process_message(message)

    def write(self, data: str) -> None:
        if threading.get_ident() != self._painter:
            self._out(data)
        elif data == SYNC_START:
            self._picture = [data]
        elif self._picture is None:
            self._out(data)
        else:
            self._picture.append(data)
            if data == SYNC_END:
                picture, self._picture = "".join(self._picture), None
                self._out(picture)

    def _out(self, text: str) -> None:
        if self._outlet is None:
            super().write(text)
        else:
            self._outlet.write(text)

    def _later(self, data: bytes) -> None:
        super().write(cast("str", data))  # the thread passes it on as it is
