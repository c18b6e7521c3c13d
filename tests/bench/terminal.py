"""A program in a real pseudo-terminal, timed from outside."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Sequence

DOWN, UP = b"\x1b[B", b"\x1b[A"


class Terminal:
    """Starts a program on its own pty; everything it paints is read here."""

    def __init__(
        self, argv: Sequence[str], *, columns: int = 120, rows: int = 36, env: dict[str, str] | None = None
    ) -> None:
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(
                argv[0], list(argv), {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
            )
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.painted = b""

    def read(self, seconds: float) -> bytes:
        """What was painted within that time; empty when nothing was."""
        ready, _, _ = select.select([self._fd], [], [], max(0.0, seconds))
        if not ready:
            return b""
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            return b""
        self.painted += data
        self._answer(data)
        return data

    def _answer(self, data: bytes) -> None:
        """Answer the questions that a terminal is asked at start, as a terminal does."""
        if b"\x1b[?2026$p" in data:
            os.write(self._fd, b"\x1b[?2026;2$y")
        if b"\x1b[c" in data:
            os.write(self._fd, b"\x1b[?62;4c")

    def wait_for(self, text: bytes, seconds: float = 30.0) -> float:
        """Seconds from now until this text is painted. Raises TimeoutError."""
        begin = time.perf_counter()
        seen = b""
        while time.perf_counter() - begin < seconds:
            seen = seen[-len(text) :] + self.read(seconds)
            if text in seen:
                return time.perf_counter() - begin
        raise TimeoutError(f"{text!r} was not painted within {seconds} s; the last was {self.painted[-400:]!r}")

    def wait_from_start(self, text: bytes, seconds: float = 30.0) -> float:
        self.wait_for(text, seconds)
        return time.perf_counter() - self.started

    def press(self, keys: bytes) -> None:
        os.write(self._fd, keys)

    def settle(self, quiet: float = 0.3, seconds: float = 10.0) -> None:
        """Read until nothing was painted for a while."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end and self.read(quiet):
            pass

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)

    def cpu_seconds(self) -> float:
        """User and system time of the program so far (Linux)."""
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def walk(self, title: str, first: int, last: int) -> list[float]:
        """Key to paint, seconds, of each step down through boxes called `title` with a number, and back up again.

        The first key goes to box `first`; the way back ends there.
        """
        times = []
        ways = [(DOWN, number) for number in range(first, last + 1)]
        ways += [(UP, number) for number in reversed(range(first, last))]
        for key, number in ways:
            begin = time.perf_counter()
            self.press(key)
            self.wait_for(title.format(number).encode(), 20)
            times.append(time.perf_counter() - begin)
            quiet = time.perf_counter() + 0.06
            while time.perf_counter() < quiet:
                self.read(quiet - time.perf_counter())
            self.painted = b""
        return times
