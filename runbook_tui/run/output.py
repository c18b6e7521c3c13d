"""The lines of a job's output that a screen can show: bounded in memory, fed in chunks, read at the screen's own pace.

Whole lines are kept together in blocks; only the few blocks that are looked at are taken apart. Blocks that no longer
fit into memory go to a shelf (a file), and are read back one at a time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Protocol

from runbook_tui.run.looks import last_state, look_after
from runbook_tui.run.ports import OutputRange

KEPT_LINES = 100_000  # at least so many of the newest lines are held, where there is no shelf
HELD = 8 * 1024 * 1024  # bytes in memory
HELD_BESIDE = 4 * 1024 * 1024  # bytes in memory where the rest lies on a shelf
BLOCK = 64 * 1024  # bytes; a line is never in two blocks
LONGEST_LINE = 64 * 1024  # a line without end is cut into pieces of this many bytes
PAGES = 8  # blocks that are held taken apart


class Shelf(Protocol):
    """Where blocks go that no longer fit into memory. Forgets the oldest first when it is full."""

    def put(self, data: bytes) -> int:
        """Keep it; a number that grows with each."""
        ...

    def get(self, number: int) -> bytes:
        """As it was put; empty when it could not be kept."""
        ...

    @property
    def oldest(self) -> int:
        """The smallest number that is still kept."""
        ...

    def close(self) -> None: ...


def shelved(shelf: Shelf | None) -> OutputBuffer:
    """For a long output: little of it in memory where the rest can lie on a shelf."""
    return OutputBuffer() if shelf is None else OutputBuffer(held=HELD_BESIDE, shelf=shelf)


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


class Block:
    """Whole lines, the number of the first, and the colours in force where they begin."""

    __slots__ = ("count", "data", "first", "look", "place", "size")

    def __init__(self, first: int, look: bytes) -> None:
        self.first = first
        self.look = look
        self.data = b""
        self.count = 0
        self.size = 0
        self.place: int | None = None  # on the shelf; its data is not held here then


class _Page:
    """A block taken apart."""

    __slots__ = ("lines", "looks", "plain", "size")

    def __init__(self, data: bytes, look: bytes) -> None:
        self.size = len(data)
        self.lines = data.split(b"\n")
        self.lines.pop()
        self.looks = [look]
        self.plain = not look and b"\x1b[" not in data

    def look(self, index: int) -> bytes:
        """The colours in force where that line begins."""
        while len(self.looks) <= index:
            number = len(self.looks) - 1
            self.looks.append(look_after(self.looks[number], self.lines[number]))
        return self.looks[index]


class OutputBuffer:
    """The lines of a stream, as bytes without their line ends.

    Line numbers count from 0 over the whole stream; `first` is the number of the oldest line that can be read.
    Nothing is decoded or styled here: that is done for the few lines that are on the screen.
    """

    def __init__(self, keep: int = KEPT_LINES, *, held: int = HELD, shelf: Shelf | None = None) -> None:
        self._keep = keep
        self._most = held
        self._shelf = shelf
        self._blocks: list[Block] = []
        self._starts: list[int] = []  # first line of each block
        self._held = 0  # bytes of blocks in memory
        self._in_memory = 0  # index of the first block that is not on the shelf
        self._filling: list[bytes] = []  # pieces of the newest block
        self._open = b""  # the line that has no end yet
        self._end = 0  # whole lines so far
        self._pages: OrderedDict[int, _Page] = OrderedDict()  # by first line
        self._waiting = b""  # of it, what may be shown although it is not settled
        self.first = 0
        self.bytes = 0
        self.ended = False
        self.version = 0  # moves with every change, so that a screen can tell whether to paint

    @property
    def end(self) -> int:
        """The number of the line after the last, an unfinished one included."""
        return self._end + (1 if self._open or self._waiting else 0)

    def feed(self, data: bytes, waiting: bytes = b"") -> None:
        """`waiting`: what may be shown of what will come with the next data."""
        if waiting != self._waiting:
            self._waiting = waiting
            self.version += 1
        if not data:
            return
        self.bytes += len(data)
        self.version += 1
        cut = data.rfind(b"\n") + 1
        if cut:
            whole = data if not self._open and cut == len(data) else b"".join((self._open, memoryview(data)[:cut]))
            self._open = data[cut:]
            if b"\r" in whole:
                if whole.count(b"\r") == whole.count(b"\r\n"):
                    whole = whole.replace(b"\r\n", b"\n")
                else:
                    whole = b"\n".join(last_state(line) if b"\r" in line else line for line in whole.split(b"\n"))
            self._take(whole)
        else:
            self._open += data
        if len(self._open) > LONGEST_LINE // 16 and b"\r" in self._open.rstrip(b"\r"):
            self._open = last_state(self._open)
        while len(self._open) > LONGEST_LINE:
            self._take(self._open[:LONGEST_LINE] + b"\n")
            self._open = self._open[LONGEST_LINE:]

    def finish(self) -> None:
        self.ended = True
        self._waiting = b""
        self.version += 1

    def close(self) -> None:
        """Nobody reads it any more."""
        if self._shelf is not None:
            self._shelf.close()

    # --- reading ---

    def line(self, number: int) -> bytes:
        """The line of that number; empty when it is no longer or not yet there."""
        if number == self._end:
            return self._open + self._waiting
        found = self._page(number)
        return found[0].lines[found[1]] if found else b""

    def coloured(self, number: int) -> bytes:
        """The same line, and before it the colours that earlier lines left switched on."""
        if number == self._end:
            found = self._page(number - 1)
            return (
                (look_after(found[0].look(found[1]), found[0].lines[found[1]]) if found else b"")
                + self._open
                + self._waiting
            )
        found = self._page(number)
        if found is None:
            return b""
        page, index = found
        return page.lines[index] if page.plain else page.look(index) + page.lines[index]

    def lines(self, start: int, stop: int) -> list[bytes]:
        return [self.line(number) for number in range(max(start, self.first), min(stop, self.end))]

    def block(self, number: int) -> tuple[int, bytes]:
        """All lines of the block that line is in: the number of the first, and the lines with their ends.

        The unfinished line is a block of its own. Empty when there is no such line.
        """
        if number == self._end:
            return number, self._open + self._waiting
        at = self._at(number)
        if at is None:
            return number, b""
        block = self._blocks[at]
        return block.first, self._data(block)

    def whole(self) -> Iterator[bytes]:
        """All that can be read as it stands now, in pieces; may be taken to another thread."""
        shelf = self._shelf
        blocks = [block for block in self._blocks if block.first >= self.first]
        pieces = [(block.place, b"" if block.place is not None else self._data(block)) for block in blocks]
        pieces.append((None, self._open))
        return (shelf.get(place) if place is not None and shelf is not None else data for place, data in pieces)

    def _at(self, number: int) -> int | None:
        if not self.first <= number < self._end:
            return None
        return bisect_right(self._starts, number) - 1

    def _page(self, number: int) -> tuple[_Page, int] | None:
        at = self._at(number)
        if at is None:
            return None
        block = self._blocks[at]
        page = self._pages.get(block.first)
        if page is None or page.size != block.size:
            page = self._pages[block.first] = _Page(self._data(block), block.look)
            while len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(block.first)
        index = number - block.first
        return (page, index) if index < len(page.lines) else None

    def _data(self, block: Block) -> bytes:
        if block is self._blocks[-1] and self._filling:
            block.data = b"".join((block.data, *self._filling))
            self._filling.clear()
        if block.place is not None and self._shelf is not None:
            return self._shelf.get(block.place) or b"[these lines could not be kept]\n" * block.count
        return block.data

    # --- keeping ---

    def _take(self, whole: bytes) -> None:
        """Add whole lines, in blocks of a fair size."""
        at = 0
        while at < len(whole):
            last = self._blocks[-1] if self._blocks else None
            if last is None or last.size >= BLOCK:
                last = self._next_block()
            room = BLOCK - last.size
            until = len(whole)
            if until - at > room + BLOCK:
                until = whole.find(b"\n", at + room) + 1 or len(whole)
            piece = whole[at:until] if at or until < len(whole) else whole
            self._filling.append(piece)
            count = piece.count(b"\n")
            last.count += count
            last.size += len(piece)
            self._held += len(piece)
            self._end += count
            at = until
        self._make_room()

    def _next_block(self) -> Block:
        look = b""
        if self._blocks:
            last = self._blocks[-1]
            look = look_after(last.look, self._data(last))
        block = Block(self._end, look)
        self._blocks.append(block)
        self._starts.append(block.first)
        return block

    def _make_room(self) -> None:
        while self._held > self._most and self._in_memory < len(self._blocks) - 1:
            block = self._blocks[self._in_memory]
            self._held -= block.size
            if self._shelf is not None:
                block.place = self._shelf.put(block.data)
            block.data = b""
            self._in_memory += 1
        if self._shelf is None:
            self._forget(max(self._in_memory, self._beyond()))
        elif self._in_memory and (self._blocks[0].place or 0) < self._shelf.oldest:
            oldest = self._shelf.oldest
            gone = next((n for n in range(self._in_memory) if (self._blocks[n].place or 0) >= oldest), self._in_memory)
            self._forget(gone)

    def _beyond(self) -> int:
        """How many blocks hold only lines that need not be held."""
        wanted = self._end - self._keep
        return max(0, bisect_right(self._starts, wanted) - 1) if wanted > 0 else 0

    def _forget(self, count: int) -> None:
        """Leave out the oldest blocks, in large steps: deleting from the front of a list moves all of it."""
        if not count:
            return
        for block in self._blocks[self._in_memory : count]:
            self._held -= block.size
        if count >= max(16, len(self._blocks) // 4) or self._shelf is None:
            del self._blocks[:count], self._starts[:count]
            self._in_memory = max(0, self._in_memory - count)
            self.first = self._blocks[0].first if self._blocks else self._end
        else:
            self.first = self._blocks[count].first
