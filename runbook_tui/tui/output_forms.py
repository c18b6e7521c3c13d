"""Other forms of an output: JSON spread out, what differs from an earlier attempt, plain text to take away. Pure."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter
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

Opcode = tuple[str, int, int, int, int]  # as difflib has it


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
    groups = _grouped(_opcodes((before, after), shapes))
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


def _opcodes(texts: Sequence[list[bytes]], shapes: Sequence[list[bytes]]) -> list[Opcode]:
    """As difflib's, over the shapes of the lines; where a line stands once in both, the two belong together.

    Without these anchors (as in a patience diff) fifty lines that differ in a number only could be any of each other.
    """
    codes: list[Opcode] = []
    one, two = 0, 0
    for end, to in [*_anchors(*texts), (len(texts[0]), len(texts[1]))]:
        matcher = SequenceMatcher(None, shapes[0][one:end], shapes[1][two:to])
        found = [(tag, a + one, b + one, c + two, d + two) for tag, a, b, c, d in matcher.get_opcodes()]
        if end < len(texts[0]):
            found.append(("equal", end, end + 1, to, to + 1))
        for code in found:
            if codes and codes[-1][0] == code[0] == "equal":
                codes[-1] = ("equal", codes[-1][1], code[2], codes[-1][3], code[4])
            else:
                codes.append(code)
        one, two = end + 1, to + 1
    return codes


def _anchors(before: list[bytes], after: list[bytes]) -> list[tuple[int, int]]:
    """Lines that stand once in each, as many as are in the same order in both."""
    often = Counter(before), Counter(after)
    places = {line: number for number, line in enumerate(after)}
    both = [(n, places[line]) for n, line in enumerate(before) if often[0][line] == often[1][line] == 1]
    ends: list[int] = []  # the smallest place in `after` that a rising chain of each length ends with
    links: list[tuple[int, int]] = []  # of each pair: how long its chain is, and the pair before it
    last: list[int] = []
    for number, (_, place) in enumerate(both):
        at = bisect_left(ends, place)
        if at == len(ends):
            ends.append(place)
            last.append(number)
        else:
            ends[at], last[at] = place, number
        links.append((at, last[at - 1] if at else -1))
    chain, here = [], last[-1] if last else -1
    while here >= 0:
        chain.append(both[here])
        here = links[here][1]
    return chain[::-1]


def _grouped(codes: list[Opcode]) -> list[list[Opcode]]:
    """What differs with a few lines around it, as difflib's get_grouped_opcodes."""
    groups: list[list[Opcode]] = []
    for number, (tag, one, end, two, to) in enumerate(codes):
        if tag != "equal":
            groups = groups or [[]]
            groups[-1].append((tag, one, end, two, to))
            continue
        first, final = number == 0, number == len(codes) - 1
        if not first and not final and end - one <= 2 * AROUND:
            groups[-1].append((tag, one, end, two, to))
            continue
        if not first:
            groups[-1].append((tag, one, min(end, one + AROUND), two, min(to, two + AROUND)))
        if not final:
            groups.append([(tag, max(one, end - AROUND), end, max(two, to - AROUND), to)])
    return [group for group in groups if any(code[0] != "equal" for code in group)]


def _compared(data: bytes) -> list[bytes]:
    return data.rstrip(b"\n").split(b"\n")[-MOST_COMPARED:]


# --- to take away ---


def text_of(lines: Sequence[bytes]) -> str:
    """Lines as they are copied: no colours, nothing a terminal would obey."""
    return "\n".join(plain(line) for line in lines)
