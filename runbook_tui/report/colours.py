"""Bytes a program wrote as HTML: its colours kept, everything else a terminal would obey left out."""

from __future__ import annotations

import re
from html import escape

from runbook_tui.run.looks import PLAIN, Colour, Look, look_with

_SEQUENCE = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]*)m|\x1b\[[0-?]*[ -/]*[@-~]?|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_CUBE = (0, 95, 135, 175, 215, 255)
_BACKSPACES = re.compile("[^\x08\n]\x08")


def html(text: str) -> str:
    """Lines of output as spans; of a line written over with carriage returns the last state."""
    text = text.replace("\r\n", "\n")
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    while "\x08" in text and _BACKSPACES.search(text):
        text = _BACKSPACES.sub("", text)
    out: list[str] = []
    look, position = PLAIN, 0
    for match in _SEQUENCE.finditer(text):
        _add(out, text[position : match.start()], look)
        position = match.end()
        if (codes := match["sgr"]) is not None:
            look = look_with(look, codes)
    _add(out, text[position:], look)
    return "".join(out)


def _add(out: list[str], text: str, look: Look) -> None:
    if not text:
        return
    safe = escape(_CONTROLS.sub("", text), quote=False)
    if look == PLAIN:
        out.append(safe)
        return
    grounds = (("f", "color", _own(look.foreground)), ("g", "background", _own(look.background)))
    classes = [f"{letter}{colour}" for letter, _, colour in grounds if isinstance(colour, int)]
    classes += sorted(f"t{flag[0]}" for flag in look.flags)
    style = "".join(f"{name}:{colour};" for _, name, colour in grounds if isinstance(colour, str))
    attributes = (f' class="{" ".join(classes)}"' if classes else "") + (f' style="{style}"' if style else "")
    out.append(f"<span{attributes}>{safe}</span>" if attributes else safe)


def _own(colour: Colour) -> Colour:
    """Of 256, the first sixteen are the page's own; then come a cube of six and greys."""
    if not isinstance(colour, int) or colour < 16:
        return colour
    if colour < 232:
        return "#" + "".join(f"{_CUBE[(colour - 16) // 6**power % 6]:02x}" for power in (2, 1, 0))
    return "#" + f"{8 + 10 * (colour - 232):02x}" * 3
