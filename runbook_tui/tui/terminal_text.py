"""Bytes a program wrote, as text that is safe to draw: colours are kept, every other control is not obeyed.

A command's output may hold anything: sequences that move the cursor, rename the window, write the clipboard
(OSC 52) or turn the reading direction (CVE-2021-42574). Only SGR (ECMA-48 §8.3.117) is understood here.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from runbook_tui.run.looks import PLAIN, Colour, Look, look_after, look_with
from runbook_tui.tui.progress_lines import as_bar

TAB = 8

_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)(?P<sgr>[0-9;:]*)m"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_HIDDEN = re.compile(  # controls, reading direction, invisible and width-changing characters
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e01ef]"
)
_NAMES = {
    0x061C: "ALM",
    0x200E: "LRM",
    0x200F: "RLM",
    0x2028: "LS",
    0x2029: "PS",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
}
_SILENT = frozenset({0x00AD, 0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10)})


def safe(text: str) -> str:
    """The text on one line, with everything a terminal would obey shown or left out."""
    return _HIDDEN.sub(_shown, _SEQUENCE.sub("", text)).replace("\t", " ")


@lru_cache(maxsize=2048)
def segments(line: bytes) -> tuple[Segment, ...]:
    """One line of output, ready to draw. Of a progress line (carriage returns) the last state is drawn, as a bar."""
    drawn = _drawn(line)
    if moving(line) and (bar := as_bar("".join(segment.text for segment in drawn))) is not None:
        return (Segment(bar),)
    return drawn


_SEQUENCE_BYTES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]?|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?")


def searchable(data: bytes) -> bytes:
    """Many lines without what a terminal would obey; their number stays the same."""
    if b"\x1b" in data:
        data = _SEQUENCE_BYTES.sub(b"", data)
    return data.replace(b"\r", b"") if b"\r" in data else data


def printable(data: bytes) -> bytes:
    """Many lines that may be printed to a terminal or a file: nothing in them is obeyed but tabs and ends of lines."""
    data = searchable(data).translate(_CONTROLS)
    if data.isascii():
        return data
    text = data.decode("utf-8", "replace")
    return "\n".join(_HIDDEN.sub(_shown, line) for line in text.split("\n")).encode()


_CONTROLS = bytes(63 if (code < 32 and code not in (9, 10)) or code == 127 else code for code in range(256))


def moving(line: bytes) -> bool:
    """Whether it was written over, as programs do that show how far they are."""
    return b"\r" in line.rstrip(b"\r")


def _drawn(line: bytes) -> tuple[Segment, ...]:
    before, moves, last = line.rstrip(b"\r").rpartition(b"\r")
    text = (look_after(b"", before) + last if moves else last).decode("utf-8", "replace")
    if text.isascii() and text.isprintable():
        return (Segment(text),) if text else ()
    out: list[Segment] = []
    look = PLAIN
    column = 0
    position = 0
    for match in _SEQUENCE.finditer(text):
        column = _add(out, text[position : match.start()], look, column)
        position = match.end()
        if (codes := match.group("sgr")) is not None:
            look = look_with(look, codes)
    _add(out, text[position:], look, column)
    return tuple(out)


def plain(line: bytes) -> str:
    """The same line without its colours and as it was written, for searching and copying."""
    return "".join(segment.text for segment in _drawn(line))


def _add(out: list[Segment], text: str, look: Look, column: int) -> int:
    if not text:
        return column
    if "\b" in text:
        text = _overstruck(text)
    text = _HIDDEN.sub(_shown, text)
    if "\t" in text:
        text = _untabbed(text, column)
    if text:
        out.append(Segment(text, _style(look)))
    return column + cell_len(text)


def _shown(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code in _SILENT or code >= 0xE0000:
        return ""
    if code in _NAMES:
        return f"‹{_NAMES[code]}›"
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"‹{code:02X}›"


def _overstruck(text: str) -> str:
    """What is left when each backspace takes the character before it (as `man` writes bold)."""
    kept: list[str] = []
    for char in text:
        if char != "\b":
            kept.append(char)
        elif kept:
            kept.pop()
    return "".join(kept)


def _untabbed(text: str, column: int) -> str:
    out: list[str] = []
    for index, piece in enumerate(text.split("\t")):
        if index:
            gap = TAB - column % TAB
            out.append(" " * gap)
            column += gap
        out.append(piece)
        column += cell_len(piece)
    return "".join(out)


@lru_cache(maxsize=1024)
def _style(look: Look) -> Style | None:
    if look == PLAIN:
        return None
    return Style(
        color=_colour(look.foreground),
        bgcolor=_colour(look.background),
        **dict.fromkeys(look.flags, True),  # type: ignore[arg-type]
    )


def _colour(colour: Colour) -> Color | str | None:
    return Color.from_ansi(colour) if isinstance(colour, int) else colour
