"""Which lines of an output are rows on the screen: all of them, only those with a text, or one for many alike. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import Protocol

from runbook_tui.run.output import OutputBuffer
from runbook_tui.tui.output_sweeps import ALIKE, Alike, Search


class Rows(Protocol):
    """Rows from 0 on, each the number of a line."""

    def count(self) -> int: ...

    def line(self, row: int) -> int: ...

    def row(self, line: int) -> int:
        """The row that shows the line, or the one before it."""
        ...

    def note(self, row: int) -> str:
        """What is said behind the line."""
        ...


class Every:
    """All lines."""

    def __init__(self, buffer: OutputBuffer) -> None:
        self._buffer = buffer

    def count(self) -> int:
        return self._buffer.end - self._buffer.first

    def line(self, row: int) -> int:
        return self._buffer.first + row

    def row(self, line: int) -> int:
        return line - self._buffer.first

    def note(self, row: int) -> str:  # noqa: ARG002
        return ""


class Only:
    """The lines a search has found."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def count(self) -> int:
        return len(self._search.found)

    def line(self, row: int) -> int:
        found = self._search.found
        return found[row] if 0 <= row < len(found) else -1

    def row(self, line: int) -> int:
        return max(0, bisect_right(self._search.found, line) - 1)

    def note(self, row: int) -> str:
        return f"  · line {self.line(row) + 1:,}"


class Folded:
    """Runs of lines that are alike stand as one, the shorter ones as they are."""

    def __init__(self, alike: Alike) -> None:
        self._alike = alike
        self._rows = array("Q")  # lines
        self._more = array("Q")  # how many more each stands for
        self._taken = 0  # runs that are rows already; the newest may still grow

    def _follow(self) -> None:
        runs = len(self._alike.starts)
        while self._taken < runs - 1:
            self._add(self._taken)
            self._taken += 1

    def _add(self, run: int) -> None:
        start, count = self._alike.starts[run], self._alike.counts[run]
        if count >= ALIKE:
            self._rows.append(start)
            self._more.append(count - 1)
        else:
            self._rows.extend(range(start, start + count))
            self._more.extend([0] * count)

    def count(self) -> int:
        self._follow()
        return len(self._rows) + len(self._newest())

    def _newest(self) -> range:
        """Lines of the run that may still grow."""
        if self._taken >= len(self._alike.starts):
            return range(0)
        start, count = self._alike.starts[-1], self._alike.counts[-1]
        return range(start, start + (1 if count >= ALIKE else count))

    def line(self, row: int) -> int:
        if row < len(self._rows):
            return self._rows[row]
        newest = self._newest()
        return newest[row - len(self._rows)] if row - len(self._rows) < len(newest) else -1

    def row(self, line: int) -> int:
        newest = self._newest()
        if newest and line >= newest[0]:
            return len(self._rows) + min(line - newest[0], len(newest) - 1)
        return max(0, bisect_right(self._rows, line) - 1)

    def note(self, row: int) -> str:
        if row < len(self._rows):
            more = self._more[row]
        else:
            more = self._alike.counts[-1] - 1 if len(self._newest()) == 1 and self._alike.counts[-1] >= ALIKE else 0
        return f"  ⋯ and {more:,} more like it" if more else ""
