"""Going through a whole output in small pieces, so that no key waits: searching it, and folding lines that are alike.

A sweep is asked to go on for a few milliseconds at a time; what it has found so far can be used at any moment, and it
goes on where it stopped when more output came.
"""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_left, bisect_right

from runbook_tui.document.counting import counted
from runbook_tui.run.output import OutputBuffer
from runbook_tui.tui.terminal_text import searchable

SLICE = 0.003  # seconds of one step
ALIKE = 3  # lines that are alike from which on they are folded

_NUMBERS = re.compile(rb"(?:0x)?[0-9a-fA-F]*[0-9][0-9a-fA-F]*")


class Sweep:
    """One pass over the whole lines of a buffer, from the oldest on."""

    def __init__(self, buffer: OutputBuffer) -> None:
        self.buffer = buffer
        self.at = buffer.first  # the line that is looked at next

    def step(self, seconds: float = SLICE) -> bool:
        """Go on for so long; whether all that has come so far was looked at."""
        until = time.perf_counter() + seconds
        while self.at < self.buffer.end:
            first, data = self.buffer.block(max(self.at, self.buffer.first))
            if not data or (not data.endswith(b"\n") and not self.buffer.ended):
                return True
            skipped = 0
            for _ in range(self.at - first):
                skipped = data.index(b"\n", skipped) + 1
            self._take(max(self.at, first), data[skipped:] if skipped else data)
            self.at = max(self.at, first) + data.count(b"\n", skipped) + (not data.endswith(b"\n"))
            if time.perf_counter() >= until:
                return self.at >= self.buffer.end
        return True

    def _take(self, first: int, data: bytes) -> None:
        raise NotImplementedError


class Search(Sweep):
    """The lines that hold a text; capital letters in it make case matter."""

    def __init__(self, buffer: OutputBuffer, needle: str) -> None:
        super().__init__(buffer)
        self.needle = needle
        self.found = array("Q")  # line numbers, ascending
        self._exact = needle != needle.lower()
        self._awaited: tuple[int, int] | None = None  # the line to look from, and the one where one stands meanwhile

    @property
    def _more(self) -> bool:
        """Whether there are whole lines that were not looked at yet."""
        return self.buffer.end - self.at > 1

    def told(self, here: int) -> str:
        """How many lines match, and which of them this is."""
        more = " so far" if self._more else ""
        if not self.found:
            return f"“{self.needle}” is not in this output{more}"
        place = self.place(here)
        which = f"{place:,} of " if place is not None else ""
        return f"“{self.needle}”: {which}{counted(len(self.found), 'line')}{more}"

    def _take(self, first: int, data: bytes) -> None:
        self.found.extend(self._lines(first, data))

    def _lines(self, first: int, data: bytes) -> list[int]:
        if self.needle.isascii():
            hay = searchable(data)
            return _lines_with(first, hay if self._exact else hay.lower(), self._raw)
        text = searchable(data).decode("utf-8", "replace")
        wanted = self.needle if self._exact else self.needle.lower()
        lines = (text if self._exact else text.lower()).split("\n")
        return [first + at for at, line in enumerate(lines) if wanted in line]

    @property
    def _raw(self) -> bytes:
        return (self.needle if self._exact else self.needle.lower()).encode()

    def near(self, number: int, direction: int, seconds: float = SLICE * 5) -> int | None:
        """The next match from a line on (that line included), looked for around it; None when not found so soon."""
        until = time.perf_counter() + seconds
        buffer = self.buffer
        while buffer.first <= number < buffer.end:
            first, data = buffer.block(number)
            if not data:
                return None
            lines = self._lines(first, data)
            if direction > 0:
                at = bisect_left(lines, number)
                if at < len(lines):
                    return lines[at]
                number = first + data.count(b"\n") + (not data.endswith(b"\n"))
            else:
                at = bisect_right(lines, number)
                if at:
                    return lines[at - 1]
                number = first - 1
            if time.perf_counter() >= until:
                return None
        return None

    def next(self, number: int, direction: int) -> int | None:
        """The match after (or before) a line, of those found so far, wrapping round."""
        self._drop()
        if not self.found:
            return None
        if direction > 0:
            return self.found[bisect_right(self.found, number) % len(self.found)]
        return self.found[bisect_left(self.found, number) - 1]

    def await_first(self, number: int, *, here: int) -> None:
        """The first match from a line on is to be gone to when it is found, unless one has left `here` by then."""
        self._awaited = (number, here)

    def awaited(self, here: int) -> int | None:
        """That match, once; where all was looked at in vain, the first before that line."""
        if self._awaited is None:
            return None
        number, stood = self._awaited
        at = bisect_left(self.found, number)
        if here == stood and at == len(self.found):
            if self._more:
                return None
            at = 0
        self._awaited = None
        return self.found[at] if here == stood and self.found else None

    def place(self, number: int) -> int | None:
        """Which of the matches found so far that line is, from 1."""
        at = bisect_left(self.found, number)
        return at + 1 if at < len(self.found) and self.found[at] == number else None

    def _drop(self) -> None:
        """Matches that can no longer be read are none."""
        if self.found and self.found[0] < self.buffer.first:
            del self.found[: bisect_left(self.found, self.buffer.first)]


def _lines_with(first: int, hay: bytes, raw: bytes) -> list[int]:
    out: list[int] = []
    number, counted, at = first, 0, hay.find(raw)
    while at >= 0:
        number += hay.count(b"\n", counted, at)
        out.append(number)
        counted = at
        end = hay.find(b"\n", at)
        if end < 0:
            break
        at = hay.find(raw, end + 1)
    return out


class Alike(Sweep):
    """Where runs of lines begin that differ in their numbers only, and how long each run is."""

    def __init__(self, buffer: OutputBuffer) -> None:
        super().__init__(buffer)
        self.starts = array("Q")
        self.counts = array("Q")
        self._last: bytes | None = None

    def _take(self, first: int, data: bytes) -> None:
        lines = _NUMBERS.sub(b"#", searchable(data)).split(b"\n")
        if data.endswith(b"\n"):
            lines.pop()
        for number, line in enumerate(lines, first):
            if line == self._last:
                self.counts[-1] += 1
            else:
                self.starts.append(number)
                self.counts.append(1)
                self._last = line
