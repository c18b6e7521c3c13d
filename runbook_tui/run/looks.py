"""Which colours are in force after some output: SGR (ECMA-48 §8.3.117) carried from line to line. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

MOST = 16  # sequences remembered since the last reset; more than that are no colours but noise

_SGR = re.compile(rb"\x1b\[([0-9;:]*)m")
_RESETS = (b"", b"0", b"00")
_FLAGS = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
_UNFLAGS = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}

Colour = int | str | None  # one of the 256 by number, "#rrggbb", or the colour of plain text


class Look(msgspec.Struct, frozen=True):
    """How a piece of text is drawn."""

    foreground: Colour = None
    background: Colour = None
    flags: frozenset[str] = frozenset()  # bold, dim, italic, underline, reverse, strike


PLAIN = Look()


def look_after(look: bytes, data: bytes) -> bytes:
    """The sequences since the last reset, for a reader that begins after `data`; `look` was in force before it."""
    if b"\x1b" not in data or b"\x1b[" not in data:  # one byte is looked for many times faster than two
        return look
    reset = max(data.rfind(b"\x1b[m"), data.rfind(b"\x1b[0m"))
    kept = [] if reset >= 0 else [match.group() for match in _SGR.finditer(look)]
    for match in _SGR.finditer(data, max(0, reset)):
        codes = match.group(1)
        if codes in _RESETS:
            kept = []
        elif codes.startswith(b"0;"):
            kept = [match.group()]
        else:
            if match.group() in kept:
                kept.remove(match.group())
            kept.append(match.group())
    return b"".join(kept[-MOST:])


def last_state(line: bytes) -> bytes:
    """Of a line that was written over again and again (carriage returns), the last that it said, with its colours.

    It begins with a carriage return, which tells a screen that it moves.
    """
    body = line.rstrip(b"\r")
    head, _, last = body.rpartition(b"\r")
    if not head:
        return body
    return b"\r" + look_after(b"", head) + last


@lru_cache(maxsize=1024)
def look_with(look: Look, codes: str) -> Look:
    """The look after one SGR sequence: its numbers, with `;` or `:` between them. Unknown ones change nothing."""
    foreground, background, flags = look.foreground, look.background, look.flags
    numbers = [int(code[:6] or 0) for code in re.split("[;:]", codes)]
    index = 0
    while index < len(numbers):
        code = numbers[index]
        index += 1
        if code == 0:
            foreground, background, flags = None, None, frozenset()
        elif code in _FLAGS:
            flags |= {_FLAGS[code]}
        elif code in _UNFLAGS:
            flags -= set(_UNFLAGS[code])
        elif code in (38, 48):
            colour, index = _extended(numbers, index)
            foreground, background = (colour, background) if code == 38 else (foreground, colour)
        elif code == 39:
            foreground = None
        elif code == 49:
            background = None
        elif 30 <= code <= 37 or 90 <= code <= 97:
            foreground = code - 30 if code < 90 else code - 82
        elif 40 <= code <= 47 or 100 <= code <= 107:
            background = code - 40 if code < 100 else code - 92
    return Look(foreground, background, flags)


def _extended(numbers: list[int], index: int) -> tuple[Colour, int]:
    kind = numbers[index] if index < len(numbers) else None
    if kind == 5 and index + 1 < len(numbers):
        return min(numbers[index + 1], 255), index + 2
    if kind == 2 and index + 3 < len(numbers):
        red, green, blue = (min(number, 255) for number in numbers[index + 1 : index + 4])
        return f"#{red:02x}{green:02x}{blue:02x}", index + 4
    return None, len(numbers)
