"""Which colours are in force after some output: SGR (ECMA-48 §8.3.117) carried from line to line. Pure, on bytes."""

from __future__ import annotations

import re

MOST = 16  # sequences remembered since the last reset; more than that are no colours but noise

_SGR = re.compile(rb"\x1b\[([0-9;:]*)m")
_RESETS = (b"", b"0", b"00")


def look_after(look: bytes, data: bytes) -> bytes:
    """The sequences since the last reset, for a reader that begins after `data`; `look` was in force before it."""
    if b"\x1b[" not in data:
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
