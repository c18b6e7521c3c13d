"""Other forms of an output: JSON spread out, what differs from an earlier attempt, plain text to take away. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from runbook_tui.run.output import OutputBuffer
from runbook_tui.tui.terminal_text import plain, searchable

LARGEST_JSON = 8 * 1024 * 1024  # bytes
MOST_COMPARED = 4_000  # lines of each attempt, the last ones
AROUND = 2  # lines shown around what differs

_CYAN, _GREEN, _YELLOW, _RED, _QUIET, _BOLD, _OFF = (f"\x1b[{code}m" for code in (36, 32, 33, 31, 2, 1, 0))
_NUMBERS = re.compile(rb"(?:0x)?[0-9a-fA-F]*[0-9][0-9a-fA-F]*")
_PRETTY = re.compile(r'^(\s*)("(?:[^"\\]|\\.)*")(: )?(.*)$')
_SCALAR = re.compile(r"^(\s*)(-?\d[\d.eE+-]*|true|false|null)(,?)$")


def buffer_of(text: str) -> OutputBuffer:
    """Text of ours as lines to draw."""
    buffer = OutputBuffer()
    buffer.feed(text.encode("utf-8", "replace"))
    buffer.finish()
    return buffer


# --- JSON ---


def json_of(line: bytes, pieces: Iterable[bytes]) -> str | None:
    """The JSON of one line, else of the whole output (or of its lines), spread out and coloured; None without any."""
    if (found := _json_in(plain(line))) is not None:
        return _spread(found)
    whole = bytearray()
    for piece in pieces:
        whole += piece
        if len(whole) > LARGEST_JSON:
            return None
    text = searchable(bytes(whole)).decode("utf-8", "replace")
    try:
        return _spread(json.loads(text))
    except (ValueError, RecursionError):
        pass
    lines = text.split("\n")
    parsed = [_json_in(each) for each in lines]
    if not any(each is not None for each in parsed):
        return None
    return "\n".join(each if value is None else _spread(value) for each, value in zip(lines, parsed, strict=True))


def _json_in(line: str) -> object | None:
    """An object or a list that is the line, or its end (as loggers write it)."""
    text = line.strip()
    start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    if start < 0 or text[-1] not in "}]":
        return None
    try:
        found = json.loads(text[start:])
    except (ValueError, RecursionError):
        return None
    return found or None


def _spread(value: object) -> str:
    return "\n".join(_coloured(line) for line in json.dumps(value, indent=2, ensure_ascii=False).split("\n"))


def _coloured(line: str) -> str:
    if (found := _PRETTY.match(line)) is not None:
        space, word, colon, rest = found.groups()
        if colon:
            return f"{space}{_CYAN}{word}{_OFF}{colon}{_value(rest)}"
        return f"{space}{_GREEN}{word}{_OFF}{rest}"
    return _value(line)


def _value(text: str) -> str:
    if (found := _SCALAR.match(text)) is not None:
        return f"{found.group(1)}{_YELLOW}{found.group(2)}{_OFF}{found.group(3)}"
    if text.startswith('"'):
        return f"{_GREEN}{text.removesuffix(',')}{_OFF}{',' if text.endswith(',') else ''}"
    return text


# --- two attempts ---


def difference(old: bytes, new: bytes, *, names: tuple[str, str]) -> str:
    """What the newer output has that the older has not, and the other way round.

    Lines that differ in their numbers only (times, sizes, identities) count as the same.
    """
    before, after = _compared(old), _compared(new)
    shapes = [[_NUMBERS.sub(b"#", line) for line in lines] for lines in (before, after)]
    out = [f"{_BOLD}{names[1]}{_OFF} against {_BOLD}{names[0]}{_OFF}{_QUIET}; numbers and times do not count{_OFF}"]
    if max(old.count(b"\n"), new.count(b"\n")) > MOST_COMPARED:
        out.append(f"{_QUIET}the last {MOST_COMPARED:,} lines of each{_OFF}")
    matcher = SequenceMatcher(None, shapes[0], shapes[1])
    groups = list(matcher.get_grouped_opcodes(AROUND))
    if not groups:
        return "\n".join([*out, "", "Nothing differs."])
    for group in groups:
        out += ["", f"{_QUIET}line {group[0][3] + 1:,}{_OFF}"]
        for tag, start, end, from_, to in group:
            if tag == "equal":
                out += [f"  {_QUIET}{plain(line)}{_OFF}" for line in after[from_:to]]
                continue
            out += [f"{_RED}- {plain(line)}{_OFF}" for line in before[start:end]]
            out += [f"{_GREEN}+ {plain(line)}{_OFF}" for line in after[from_:to]]
    return "\n".join(out)


def _compared(data: bytes) -> list[bytes]:
    return data.rstrip(b"\n").split(b"\n")[-MOST_COMPARED:]


# --- to take away ---


def text_of(lines: Sequence[bytes]) -> str:
    """Lines as they are copied: no colours, nothing a terminal would obey."""
    return "\n".join(plain(line) for line in lines)
