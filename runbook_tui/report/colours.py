"""Bytes a program wrote as HTML: its colours kept, everything else a terminal would obey left out."""

from __future__ import annotations

import re
from html import escape

_SEQUENCE = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]*)m|\x1b\[[0-?]*[ -/]*[@-~]?|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BACKSPACES = re.compile("[^\x08\n]\x08")
_FLAGS = {1: "b", 2: "d", 3: "i", 4: "u", 7: "r", 9: "s"}  # ECMA-48 §8.3.117
_OFF = {22: "bd", 23: "i", 24: "u", 27: "r", 29: "s"}
_CUBE = (0, 95, 135, 175, 215, 255)

Look = tuple[str, str, str]  # foreground, background, flags
_PLAIN: Look = ("", "", "")


def html(text: str) -> str:
    """Lines of output as spans; of a line written over with carriage returns the last state."""
    text = text.replace("\r\n", "\n")
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    while "\x08" in text and _BACKSPACES.search(text):
        text = _BACKSPACES.sub("", text)
    out: list[str] = []
    look, position = _PLAIN, 0
    for match in _SEQUENCE.finditer(text):
        _add(out, text[position : match.start()], look)
        position = match.end()
        if (codes := match["sgr"]) is not None:
            look = _after(look, codes)
    _add(out, text[position:], look)
    return "".join(out)


def _add(out: list[str], text: str, look: Look) -> None:
    if not text:
        return
    safe = escape(_CONTROLS.sub("", text), quote=False)
    if look == _PLAIN:
        out.append(safe)
        return
    foreground, background, flags = look
    classes = [
        *(f"f{foreground}" for _ in "x" if foreground.isdigit()),
        *(f"g{background}" for _ in "x" if background.isdigit()),
    ]
    style = "".join(
        f"{name}:{value};"
        for name, value in (("color", foreground), ("background", background))
        if value.startswith("#")
    )
    classes += [f"t{flag}" for flag in flags]
    attributes = (f' class="{" ".join(classes)}"' if classes else "") + (f' style="{style}"' if style else "")
    out.append(f"<span{attributes}>{safe}</span>" if attributes else safe)


def _after(look: Look, codes: str) -> Look:
    foreground, background, flags = look
    numbers = [int(code[:6] or 0) for code in re.split("[;:]", codes)]
    index = 0
    while index < len(numbers):
        code = numbers[index]
        index += 1
        if code == 0:
            foreground, background, flags = _PLAIN
        elif code in _FLAGS:
            flags = "".join(sorted({*flags, _FLAGS[code]}))
        elif code in _OFF:
            flags = "".join(flag for flag in flags if flag not in _OFF[code])
        elif code in (38, 48):
            colour, index = _extended(numbers, index)
            foreground, background = (colour, background) if code == 38 else (foreground, colour)
        elif code in (39, 49):
            foreground, background = ("", background) if code == 39 else (foreground, "")
        elif 30 <= code <= 37 or 90 <= code <= 97:
            foreground = str(code - 30 if code < 90 else code - 82)
        elif 40 <= code <= 47 or 100 <= code <= 107:
            background = str(code - 40 if code < 100 else code - 92)
    return foreground, background, flags


def _extended(numbers: list[int], index: int) -> tuple[str, int]:
    kind = numbers[index] if index < len(numbers) else None
    if kind == 5 and index + 1 < len(numbers):
        return _indexed(min(numbers[index + 1], 255)), index + 2
    if kind == 2 and index + 3 < len(numbers):
        red, green, blue = (min(number, 255) for number in numbers[index + 1 : index + 4])
        return f"#{red:02x}{green:02x}{blue:02x}", index + 4
    return "", len(numbers)


def _indexed(number: int) -> str:
    """One of 256: the first sixteen are the page's own, then a cube of six, then greys."""
    if number < 16:
        return str(number)
    if number < 232:
        cube = number - 16
        return "#" + "".join(f"{_CUBE[cube // 6**power % 6]:02x}" for power in (2, 1, 0))
    return "#" + f"{8 + 10 * (number - 232):02x}" * 3
