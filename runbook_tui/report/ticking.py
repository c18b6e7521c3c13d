"""The document byte for byte, its boxes ticked, and beside each place what became of it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import islice

import msgspec
from markdown_it import MarkdownIt

_LINE = re.compile(r"\r\n|\r|\n")
_BOX = re.compile(r"\\?\[(?P<blank>[ \u00a0~/>-]{1,3})\\?\]|(?P<glyph>[☐⬜□▢◻🔲❏❑])")
_HEADING = re.compile(r"^ {0,3}#{1,6}\s")


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What is written at a line (1-based): the box ticked, a remark beside it, remarks below it."""

    line: int
    last: int  # line of the step's end
    tick: bool = False
    box: int = 0  # which of the line's open boxes
    beside: str = ""  # Markdown on one line
    below: tuple[str, ...] = ()


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """`new` takes the place of the characters from `start` to `end`; nothing else is touched."""

    start: int
    end: int
    new: str


def ticked(text: str, marks: Sequence[Mark]) -> str:
    """The text with the marks in it."""
    out, position = [], 0
    for edit in edits(text, marks):
        out += [text[position : edit.start], edit.new]
        position = edit.end
    return "".join([*out, text[position:]])


def edits(text: str, marks: Sequence[Mark]) -> list[Edit]:
    """What has to change, in order: boxes get their tick, remarks are put in; no other character is touched."""
    page = _Page(text)
    starts = sorted({mark.line for mark in marks})
    found: list[Edit] = []
    boxes: set[tuple[int, int]] = set()
    below: dict[int, tuple[int, list[str]]] = {}  # by the last line of a block: a line of it, and what follows it
    for mark in marks:
        if not 0 < mark.line <= len(page.lines):
            continue
        if mark.tick and (mark.line, mark.box) not in boxes and (box := page.box(mark.line, mark.box)):
            boxes.add((mark.line, mark.box))
            found.append(box)
        after = bisect_right(starts, mark.line)
        before_next = starts[after] - 1 if after < len(starts) else len(page.lines)
        remarks = list(mark.below)
        if mark.beside and page.has_room(mark.line):
            found.append(page.beside(mark.line, min(page.paragraph_end(mark.line), before_next), mark.beside))
        elif mark.beside:
            remarks.insert(0, mark.beside)
        if remarks:
            line = mark.last if mark.below else mark.line
            below.setdefault(page.block_end(line), (line, []))[1].extend(remarks)
    found += [page.below(last, line, remarks) for last, (line, remarks) in below.items()]
    order = sorted(range(len(found)), key=lambda index: (found[index].start, found[index].end, index))
    return [found[index] for index in order]


class _Page:
    """The text by its lines, and what blocks they stand in."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.end_of_line = (_LINE.search(text) or re.match("", text) or _LINE).group() or "\n"  # type: ignore[union-attr]
        self.lines: list[tuple[int, int]] = []
        position = 0
        for match in _LINE.finditer(text):
            self.lines.append((position, match.start()))
            position = match.end()
        if position < len(text):
            self.lines.append((position, len(text)))
        self._fences: dict[int, int] = {}  # every line of a fence -> its last line
        self._inline: dict[int, int] = {}  # every line of a paragraph -> its last line
        self._tables: set[int] = set()
        self._read()

    def _read(self) -> None:
        parser = MarkdownIt("commonmark").enable("table")
        for token in parser.parse(_LINE.sub("\n", self.text)):
            if token.map is None:
                continue
            first, stop = token.map[0] + 1, token.map[1]
            if token.type in ("fence", "code_block", "html_block"):
                self._fences.update(dict.fromkeys(range(first, stop + 1), stop))
            elif token.type == "inline":
                self._inline.update(dict.fromkeys(range(first, stop + 1), stop))
            elif token.type == "table_open":
                self._tables.update(range(first, stop + 1))

    def paragraph_end(self, line: int) -> int:
        return line if line in self._tables else max(line, self._inline.get(line, line))

    def line(self, number: int) -> str:
        start, end = self.lines[number - 1]
        return self.text[start:end]

    def box(self, number: int, nth: int) -> Edit | None:
        start, _ = self.lines[number - 1]
        match = next(islice(_BOX.finditer(self.line(number)), nth, None), None)
        if match is None:
            return None
        if match["glyph"]:
            return Edit(start=start + match.start(), end=start + match.end(), new="☑")
        return Edit(start=start + match.start("blank"), end=start + match.end("blank"), new="x")

    def has_room(self, line: int) -> bool:
        """Whether words may stand at the end of the line: not in a heading, not in a block of code."""
        return line not in self._fences and not _HEADING.match(self.line(line))

    def beside(self, first: int, last: int, remark: str) -> Edit:
        """At the end of the paragraph's text; in the last cell of a table's row."""
        start, _ = self.lines[last - 1]
        text = self.line(last).rstrip()
        if first in self._tables and text.endswith("|") and not text.endswith("\\|"):
            place = start + len(text[:-1].rstrip())
            return Edit(start=place, end=place, new=f" {remark.replace('|', chr(92) + '|')}")
        place = start + len(text)
        return Edit(start=place, end=place, new=f" — {remark}")

    def block_end(self, line: int) -> int:
        """The last line of the block in which that line stands."""
        return min(max(self._fences.get(line, self.paragraph_end(line)), line), len(self.lines))

    def below(self, last: int, line: int, remarks: Sequence[str]) -> Edit:
        """A quotation after the block that ends with the line `last`, indented as the block is."""
        indent = ""
        if line in self._fences:
            first = next((one for one in range(line, 0, -1) if self._fences.get(one) != last), 0) + 1
            lead = self.line(first)
            indent = lead[: len(lead) - len(lead.lstrip(" \t"))]
        end = self.end_of_line
        closed = _LINE.match(self.text, self.lines[last - 1][1])
        place = closed.end() if closed else len(self.text)
        blank = last < len(self.lines) and not self.line(last + 1).strip()
        quoted = f"\\{end}".join(f"{indent}> {remark}" for remark in remarks)
        return Edit(start=place, end=place, new=("" if closed else end) + end + quoted + end + ("" if blank else end))
