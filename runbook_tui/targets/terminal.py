"""Hands the caller's terminal to a job and takes it back as it was."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pexpect

from runbook_tui.run.ports import TargetError
from runbook_tui.targets import order as wire

LOOK = 0.1  # seconds between looks at the window's size and at whether the job has ended
READ = 64 * 1024


class Handover:
    """One job on a pty of its own: keys go in, what comes out goes to the screen and into the job's `out`.

    The supervisor leads the pty's session. pexpect's own `interact` is not used: it waits for the pty to close, which a
    `server &` left behind never does, and it follows the window's size by a signal only the main thread may take.
    """

    def __init__(self, command: list[str], folder: Path, payload: bytes, environ: Mapping[str, str]) -> None:
        self._command = command
        self._folder = folder
        self._payload = payload
        self._environ = dict(environ)
        self._order = folder.parent / f".new.{folder.name}.tty{os.getpid()}"
        self._report = folder.parent / f".new.{folder.name}.report{os.getpid()}"
        self._stdin = sys.stdin.fileno()
        self._stdout = sys.stdout.fileno()
        self._copy: int | None = None

    def run(self) -> None:
        """Blocks until the job has ended (in a thread). Raises TargetError when it was not started by this call."""
        try:
            self._write_order()
            self._with_terminal()
            answer = self._report.read_text("utf-8", "replace") if self._report.exists() else ""
        except OSError as error:
            raise TargetError(f"The terminal could not be handed over: {error.strerror or error}.") from error
        finally:
            for leaving in (self._order, self._report):
                leaving.unlink(missing_ok=True)
        words = wire.understood("start", answer)
        if "attached" in words:
            raise TargetError("This command was started before; it was not run again.")
        if "started" not in words:
            raise TargetError("The supervisor gave no answer; whether the command started is not known: ask for it.")

    def _write_order(self) -> None:
        for place in (self._folder.parent.parent, self._folder.parent):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self._order, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(self._payload)

    def _with_terminal(self) -> None:
        before = termios.tcgetattr(self._stdin)
        program, *words = [*self._command, str(self._order), str(self._report)]
        child = pexpect.spawn(program, words, env=self._environ, cwd="/", timeout=None, dimensions=self._size())
        try:
            tty.setraw(self._stdin)
            self._carry(child)
        finally:
            termios.tcsetattr(self._stdin, termios.TCSADRAIN, before)
            with suppress(pexpect.ExceptionPexpect):
                child.close(force=False)
            if self._copy is not None:
                os.close(self._copy)

    def _carry(self, child: pexpect.spawn[bytes]) -> None:
        size = self._size()
        keys = b""
        sources = [self._stdin, child.child_fd]
        while True:
            ended = not child.isalive()  # looked at before reading, so that nothing written before the end is missed
            if (now := self._size()) != size:
                size = now
                child.setwinsize(*size)
            sinks = [child.child_fd] if keys else []
            readable, writable, _ = select.select(sources, sinks, [], 0 if ended else LOOK)
            if child.child_fd in readable:
                try:
                    data = os.read(child.child_fd, READ)
                except OSError:  # EIO: nobody has the other side open
                    data = b""
                if data:
                    self._show(data)
                else:
                    sources.remove(child.child_fd)
            elif ended:
                return
            if writable:
                keys = keys[os.write(child.child_fd, keys[:512]) :]
            if self._stdin in readable:
                typed = os.read(self._stdin, READ)
                if not typed:
                    sources.remove(self._stdin)
                keys += typed

    def _show(self, data: bytes) -> None:
        if self._copy is None and self._report.exists():
            with suppress(OSError):
                self._copy = os.open(self._folder / "out", os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
        if self._copy is not None:
            _write_all(self._copy, data)
        _write_all(self._stdout, data)

    def _size(self) -> tuple[int, int]:
        columns, rows = os.get_terminal_size(self._stdout)
        return rows, columns


def _write_all(fd: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]
