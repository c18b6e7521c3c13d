"""The lines of a job's output that a screen can show: bounded, fed in chunks, read at the screen's own pace."""

from __future__ import annotations

from collections.abc import Iterable

from runbook_tui.run.ports import OutputRange

KEPT_LINES = 100_000
LONGEST_LINE = 64 * 1024  # a line without end is cut into pieces of this many bytes


def joined(pieces: Iterable[OutputRange]) -> bytes:
    """What is kept of an output as one, with a line where something is left out."""
    out = bytearray()
    position = 0
    for piece in pieces:
        if piece.offset > position:
            out += f"\n[… {piece.offset - position} bytes not kept …]\n".encode()
        out += piece.data
        position = piece.offset + len(piece.data)
    return bytes(out)


class OutputBuffer:
    """The newest lines of a stream, as bytes without their line ends.

    Line numbers count from 0 over the whole stream; `first` is the number of the oldest line still held.
    Nothing is decoded or styled here: that is done for the few lines that are on the screen.
    """

    def __init__(self, keep: int = KEPT_LINES) -> None:
        self._keep = keep
        self._lines: list[bytes] = []
        self._open = b""  # the line that has no end yet
        self.first = 0
        self.bytes = 0
        self.ended = False
        self.version = 0  # moves with every change, so that a screen can tell whether to paint

    @property
    def end(self) -> int:
        """The number of the line after the last, an unfinished one included."""
        return self.first + len(self._lines) + (1 if self._open else 0)

    def feed(self, data: bytes) -> None:
        if not data:
            return
        self.bytes += len(data)
        self.version += 1
        pieces = (self._open + data).split(b"\n")
        self._open = pieces.pop()
        self._lines += pieces
        while len(self._open) > LONGEST_LINE:
            self._lines.append(self._open[:LONGEST_LINE])
            self._open = self._open[LONGEST_LINE:]
        # trimmed in large steps: deleting from the front of a list moves all of it
        if len(self._lines) > self._keep + self._keep // 4:
            extra = len(self._lines) - self._keep
            del self._lines[:extra]
            self.first += extra

    def finish(self) -> None:
        self.ended = True
        self.version += 1

    def line(self, number: int) -> bytes:
        """The line of that number; empty when it is no longer or not yet held."""
        index = number - self.first
        if 0 <= index < len(self._lines):
            return self._lines[index]
        if index == len(self._lines):
            return self._open
        return b""

    def lines(self, start: int, stop: int) -> list[bytes]:
        return [self.line(number) for number in range(max(start, self.first), min(stop, self.end))]
