"""Secret values are masked before anything is kept or shown, also when they are split over chunks.

Two stages: values that are known, in every form programs give them; then what has the form of a secret. What comes out
depends on the stream alone and not on where it was cut into chunks, so that a stream read again gives the same bytes.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterable, Mapping
from functools import lru_cache
from threading import Lock
from typing import Any
from urllib.parse import quote, quote_plus

from runbook_tui.run.recognising import PEM_BEGIN, PEM_END, options, recogniser

MASK = b"***"
LONGEST = 16 * 1024  # bytes of a line that are looked at as one
_BACK = 2 * 1024  # of these, how many the next look begins with
_PEM_LINES = 400  # a private key is no longer
_SHORTEST = 4  # shorter values would mask half of the output and protect nothing
_LONG = -1  # in place of a rule: the line is too long to be looked at as one
# Looking closer at a line is paid with the bytes that pass, so that what comes out depends on the stream alone.
_PER_RULE = 150  # bytes that pass in the time that one rule takes for a line
_PER_SECRET = 1000
_SAVED = 4 << 20  # what a burst may take: some 3,500 secrets
_LINE_END = re.compile(rb"[\r\n]")
_MUCH = 16 * 1024  # bytes from which on it pays to look first whether any known value is there at all
_BEGINNING = 64  # bytes of a value that are looked for then
_MANY = 2000  # forms of values from which on it takes too long to make what looks for them


def forms(value: str) -> set[bytes]:
    """The value as it may come out of programs: raw, base64, URL, JSON-escaped, shell-quoted."""
    raw = value.encode("utf-8", "surrogateescape")
    if len(raw) < _SHORTEST:
        return set()
    return {
        raw,
        *_base64_forms(raw),
        quote(raw, safe="").encode(),
        quote_plus(raw).encode(),
        json.dumps(value)[1:-1].encode(),
        json.dumps(value, ensure_ascii=False)[1:-1].encode("utf-8", "surrogateescape"),
        shlex.quote(value).encode("utf-8", "surrogateescape"),
    }


def _base64_forms(raw: bytes) -> set[bytes]:
    """Alone, and inside of something longer: the three ways it can stand to the groups of three bytes."""
    found = set()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        alone = encode(raw)
        found |= {alone, alone.rstrip(b"=")}
        if len(raw) >= 2 * _SHORTEST:
            for before in range(3):
                encoded = encode(b"\0" * before + raw).rstrip(b"=")
                start = (0, 2, 3)[before]  # characters that hold bits of what stands before
                stop = len(encoded) - (0 if (before + len(raw)) % 3 == 0 else 1)  # and after
                found.add(encoded[start:stop])
    return found


class Masker:
    """Masks one stream of bytes. `feed` may hold back a line that has no end yet, `finish` gives the rest.

    `secrets` may be a mapping that grows: what is added is masked from the next chunk on.
    """

    def __init__(self, secrets: Iterable[str] | Mapping[str, str] = (), *, recognise: bool = True) -> None:
        self._known = _Known(secrets)
        self._lines = _Lines() if recognise else None

    def feed(self, data: bytes) -> bytes:
        clean = self._known.feed(data)
        return self._lines.feed(clean) if self._lines is not None else clean

    def finish(self) -> bytes:
        rest = self._known.finish()
        return self._lines.feed(rest) + self._lines.finish() if self._lines is not None else rest

    @property
    def withheld(self) -> int:
        """Lines that were masked as a whole, because there was too much to be judged in too few bytes."""
        return self._lines.withheld if self._lines is not None else 0

    @property
    def waiting(self) -> bytes:
        """What of an unfinished line a screen may show meanwhile: nothing that could still become a secret."""
        return self._lines.waiting if self._lines is not None else b""


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """A text for people without the secrets in it."""
    data = text.encode("utf-8", "surrogateescape")
    masker = Masker(secrets)
    clean = masker.feed(data) + masker.finish()
    return text if clean == data else clean.decode("utf-8", "surrogateescape")


class _Known:
    """Values that were given to us."""

    def __init__(self, secrets: Iterable[str] | Mapping[str, str]) -> None:
        self._source = secrets if isinstance(secrets, Mapping) else None
        self._values = frozenset(secrets.values() if isinstance(secrets, Mapping) else secrets)
        self._held = b""
        self._compile()

    def _compile(self) -> None:
        self._search = _search_for(self._values)

    def feed(self, data: bytes) -> bytes:
        if self._source is not None and not self._values.issuperset(now := self._source.values()):
            self._values |= frozenset(now)
            self._compile()
        if (search := self._search) is None:
            return data
        if len(data) >= _MUCH:  # of a flood nothing is copied that is not held
            cut = search.safe_up_to(data)
            whole = cut == len(data) and not self._held
            text, rest = data if whole else b"".join((self._held, memoryview(data)[:cut])), data[cut:]
            if not search.may_be_in(text) and not search.pattern.search(text[-search.longest :] + rest):
                self._held = rest
                return text
        text = self._held + data
        cut = search.safe_up_to(text)
        out: list[bytes] = []
        position = 0
        if search.may_be_in(text):
            for match in search.pattern.finditer(text):
                if match.start() >= cut:
                    break
                out += [text[position : match.start()], MASK]
                position = match.end()
        cut = max(cut, position)
        out.append(text[position:cut])
        self._held = text[cut:]
        return b"".join(out)

    def finish(self) -> bytes:
        held, self._held = self._held, b""
        return self._search.pattern.sub(MASK, held) if self._search is not None and held else held


class _Search:
    """Finds values in all their forms, the longest that begins at a place."""

    def __init__(self, values: Iterable[bytes]) -> None:
        import re2  # late: the first frame is made without it

        longest_first = sorted(values, key=lambda value: (-len(value), value))
        self.pattern = re2.compile(b"|".join(map(re2.escape, longest_first)), options())
        self.longest = len(longest_first[0])
        self.within_lines = not any(b"\n" in value for value in longest_first)  # none goes over the end of a line
        # Hyperscan's literals end with a NUL and are not long: one begins with the other.
        self._beginnings = sorted({value[:_BEGINNING].partition(b"\0")[0] for value in longest_first})
        self._literals: Any = None
        self._one_at_a_time = Lock()  # the automaton has one working memory

    def safe_up_to(self, text: bytes) -> int:
        """Where what may be the start of a value begins, at the end of what has come."""
        return max(0, len(text) - self.longest + 1, text.rfind(b"\n") + 1 if self.within_lines else 0)

    def may_be_in(self, text: bytes) -> bool:
        """Whether it pays to search: Hyperscan tells that none is there in a fifteenth of the time RE2 takes."""
        if len(text) < _MUCH or len(self._beginnings) > _MANY or not self._beginnings[0]:
            return True
        found: list[int] = []
        with self._one_at_a_time:
            self._literals = self._literals or _literals(self._beginnings)
            self._literals.scan(text, match_event_handler=lambda number, *_: found.append(number))
        return bool(found)


@lru_cache(maxsize=8)
def _search_for(secrets: frozenset[str]) -> _Search | None:
    values = {form for secret in secrets for form in forms(secret)}
    return _Search(values) if values else None


def _literals(values: list[bytes]) -> Any:
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=values,
        ids=list(range(len(values))),  # with one for all it takes a hundred times as long
        elements=len(values),
        flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(values),
        literal=True,
    )
    return database


class _Lines:
    """What has the form of a secret, line by line.

    Lines are judged each for itself; looking at many at once only tells which of them need it.
    """

    def __init__(self) -> None:
        self._rules = recogniser()
        self._held = b""
        self._key = 0  # lines of a private key that may still come
        self._budget = _SAVED  # bytes' worth of looking closer
        self._blind = False  # the rest of a long line is withheld
        self.withheld = 0  # lines masked as a whole

    def feed(self, data: bytes) -> bytes:
        # What is held has no line end. A carriage return counts only behind the last line feed.
        feed = data.rfind(b"\n")
        end = max(feed, data.rfind(b"\r", feed + 1)) + 1
        if not end:
            out, rest = b"", self._held + data
        else:
            whole = end == len(data)
            start = data if whole else memoryview(data)[:end]
            out = self._block(b"".join((self._held, start)) if self._held or not whole else data)
            rest = b"" if whole else data[end:]
        while len(rest) >= LONGEST:
            clean, rest = self._piece(rest)
            out += clean
        self._held = rest
        return out

    def finish(self) -> bytes:
        held, self._held = self._held, b""
        return self._line(held) if held else b""

    @property
    def waiting(self) -> bytes:
        held = self._held
        cut = max(held.rfind(b" "), held.rfind(b"\t")) + 1
        if held and not held.strip(b".#=-*+~> \t"):
            cut = len(held)  # dots of something that waits
        if not cut or self._key or self._blind or len(held) > _BACK or self._rules.near(held):
            return b""
        return held[:cut]

    def _block(self, block: bytes) -> bytes:
        """Whole lines."""
        out: list[bytes] = []
        position = 0
        if self._blind:
            position = _after_line(block, 0)
            out.append(self._line(block[:position]))
        if not position and not self._key:
            marks, keys = self._rules.looked(block)
            if not keys:
                return self._many(block, marks)
        while position < len(block):
            first = position
            if not self._key:
                begin = PEM_BEGIN.search(block, position)
                if begin is None:
                    out.append(self._many(block[position:] if position else block))
                    break
                first = _line_of(block, begin.start(), position)
                out.append(self._many(block[position:first]))
            position = _after_line(block, first)
            out.append(self._line(block[first:position]))
        return b"".join(out)

    def _many(self, block: bytes, near: list[tuple[int, int]] | None = None) -> bytes:
        """Whole lines, none of a private key. `near`: what the rules are near to in it, where that is known."""
        marks = [(end - 1, rule) for end, rule in (self._rules.near(block) if near is None else near)]
        if longs := _long_lines(block):
            marks = sorted([*marks, *((start, _LONG) for start, _ in longs)])
        out: list[bytes] = []
        position = past = 0  # what is in `out`, and how far the budget is told
        at = 0
        while at < len(marks):
            first = _line_of(block, marks[at][0], past)
            last = _after_line(block, marks[at][0])
            rules = set()
            while at < len(marks) and marks[at][0] < last:
                rules.add(marks[at][1])
                at += 1
            line = block[first:last]
            long = len(line) >= LONGEST
            self._pass((first if long else last) - past)
            past = last
            clean = self._line(line) if long else self._judged(line, rules)
            if clean is not line:
                out += [block[position:first], clean]
                position = last
        self._pass(len(block) - past)
        return b"".join([*out, block[position:]]) if out else block

    def _judged(self, line: bytes, rules: set[int]) -> bytes:
        """A line in which these rules may find something; withheld as a whole when too much was to be judged before."""
        if self._budget <= 0:
            return self._withhold(line)
        secrets = self._rules.secrets(line, rules)
        self._budget -= _PER_RULE * len(rules) + _PER_SECRET * len(secrets)
        return _without(line, secrets)

    def _withhold(self, line: bytes) -> bytes:
        self.withheld += 1
        return MASK + line[len(line.rstrip(b"\r\n")) :]

    def _line(self, line: bytes) -> bytes:
        """One line with its end, of any length."""
        out = []
        while len(line) >= LONGEST:
            clean, line = self._piece(line)
            out.append(clean)
        self._pass(len(line))
        if self._blind:
            self._blind = False
            return b"".join([*out, line[len(line.rstrip(b"\r\n")) :]])
        return b"".join([*out, self._short(line)])

    def _piece(self, line: bytes) -> tuple[bytes, bytes]:
        """The first part of a long line, masked, and what is to be looked at next."""
        if self._blind:
            self._pass(LONGEST)
            return b"", line[LONGEST:]
        part = line[:LONGEST]
        rules = {rule for _, rule in self._rules.near(part)}
        if rules and self._budget <= 0:  # the rest of the line, whatever comes: a part of a token would be none
            self._blind = True
            self.withheld += 1
            return self._piece(line)[0] + MASK, line[LONGEST:]
        found = self._rules.secrets(part, rules) if rules else []
        secrets = [secret for secret in found if secret.start < LONGEST - _BACK]
        cut = max([LONGEST - _BACK, *(secret.end for secret in secrets)])
        self._pass(cut)
        self._budget -= (_PER_RULE + LONGEST // 8) * len(rules) + _PER_SECRET * len(found)
        return _without(part[:cut], secrets), line[cut:]

    def _pass(self, size: int) -> None:
        self._budget = min(_SAVED, self._budget + size)

    def _short(self, line: bytes) -> bytes:
        if self._key:
            return self._of_key(line)
        if begin := PEM_BEGIN.search(line):
            rest = line[begin.end() :]
            if stop := PEM_END.search(rest):
                return line[: begin.end()] + MASK + rest[stop.start() :]
            self._key = _PEM_LINES
            ending = rest[len(rest.rstrip(b"\r\n")) :]
            return line[: begin.end()] + (MASK if rest.strip() else b"") + ending
        rules = {rule for _, rule in self._rules.near(line)}
        return self._judged(line, rules) if rules else line

    def _of_key(self, line: bytes) -> bytes:
        self._key -= 1
        if stop := PEM_END.search(line):
            self._key = 0
            return (MASK if line[: stop.start()].strip() else b"") + line[stop.start() :]
        if line.strip() and not _PEM_LINE.fullmatch(line.strip(b" \t\r\n\"'>|+")):
            self._key = 0  # it ended without saying so
            return _without(line, self._rules.secrets(line))
        ending = line[len(line.rstrip(b"\r\n")) :]
        return (MASK if line.strip() else b"") + ending


_PEM_LINE = re.compile(rb"(?:[A-Za-z0-9+/=]{1,100}|[A-Za-z-]+: .*|(?:[A-Za-z0-9+/=]|\\[nr])+)?")


def _without(text: bytes, secrets: Iterable[Any]) -> bytes:
    out: list[bytes] = []
    position = 0
    for secret in secrets:
        out += [text[position : secret.start], MASK]
        position = secret.end
    return b"".join([*out, text[position:]]) if out else text


def _line_of(block: bytes, place: int, least: int) -> int:
    """Where the line begins in which that byte stands, not before `least`."""
    return max(least, block.rfind(b"\n", least, place) + 1, block.rfind(b"\r", least, place) + 1)


def _after_line(block: bytes, place: int) -> int:
    """Where the line ends in which that byte stands."""
    found = _LINE_END.search(block, place)
    return found.end() if found else len(block)


def _long_lines(block: bytes) -> list[tuple[int, int]]:
    """Lines too long to be looked at as one."""
    found: list[tuple[int, int]] = []
    position = 0
    while len(block) - position > LONGEST:
        stop = position + LONGEST
        last = block.rfind(b"\n", position, stop)
        if last < 0:
            last = block.rfind(b"\r", position, stop)
        if last >= 0:
            position = last + 1
            continue
        end = _after_line(block, stop - 1)
        found.append((position, end))
        position = end
    return found
