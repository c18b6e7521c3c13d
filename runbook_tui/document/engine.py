"""The code of an expression in an order that lets the engine pass over most of a text; what it finds is the same.

The engine tries every alternative at every character. Here it is told the characters that a match can begin with, and
alternatives that begin alike are asked once for what they share. Where case does not count it asks each alternative
in full: a text in lower case is searched instead, by letters in lower case.

All of it is made of the tree that `re` itself makes (CPython 3.11 to 3.14); what cannot be done with it raises.
"""

from __future__ import annotations

import re
from array import array
from contextlib import suppress
from typing import Any, NamedTuple

VERSION = 1  # of what is made here: a part of the name that it is kept under
ASCII, WHOLE = 128, 256
_REST = 1 << WHOLE  # stands for every character that is not in the first 256
_ALL = (1 << (WHOLE + 1)) - 1
_FLAGS = int(re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE | re.UNICODE | re.ASCII)
_NO_CASE = int(re.IGNORECASE)


class Untouched(Exception):
    """The expression has something that is left to `re`."""


class Code(NamedTuple):
    """What `_sre.compile` takes, and how well the engine searches with it."""

    flags: int
    words: bytes
    groups: int
    names: dict[str, int]
    anchored: bool  # it can only match at the start of a text
    slow: bool  # it is tried at every character


def code_of(source: str, flags: int, *, lower: bool = False) -> Code:
    """The code that finds what `re.compile(source, flags)` finds; `lower`: in a text that is in lower case.

    Raises Untouched, or whatever the insides of another interpreter's `re` raise.
    """
    from re import _compiler, _parser  # type: ignore[attr-defined]

    parsed = _parser.parse(source, flags)
    flags |= parsed.state.flags
    tree = _Tree(parsed.state, flags)
    plain = parsed
    if lower:
        if flags & ~_FLAGS or flags & re.ASCII:
            raise Untouched
        flags &= ~_NO_CASE
        plain = tree.lowered(parsed)
    if not flags & _NO_CASE and not flags & ~_FLAGS:
        with suppress(Untouched):
            plain = tree.grouped(plain)
    words: list[int] = []
    _compiler._compile_info(words, plain, flags)  # noqa: SLF001
    if plain is not parsed and not flags & _NO_CASE:
        words = tree.beginning(words, plain)
    slow = not words[2]
    _compiler._compile(words, plain.data, flags)  # noqa: SLF001
    words.append(_compiler.SUCCESS)
    groups = parsed.state.groups - 1
    names = dict(parsed.state.groupdict)
    return Code(flags, array("I", words).tobytes(), groups, names, tree.anchored(parsed), slow)


def compiled(source: str, code: Code) -> re.Pattern[str]:
    """The pattern of some code, which the engine looks over first. Raises RuntimeError for what is none."""
    import _sre  # type: ignore[import-not-found]

    by_number: list[str | None] = [None] * (code.groups + 1)
    for name, number in code.names.items():
        by_number[number] = name
    words = array("I", code.words).tolist()
    pattern: re.Pattern[str] = _sre.compile(source, code.flags, words, code.groups, code.names, tuple(by_number))
    return pattern


class _Tree:
    """Changes to the tree of an expression that do not change what it finds."""

    def __init__(self, state: Any, flags: int) -> None:
        import _sre
        from re import _compiler, _parser  # type: ignore[attr-defined]

        self._cased, self._lower, self._compile = _sre.unicode_iscased, _sre.unicode_tolower, _sre.compile
        self._is = _compiler
        self._new = _parser.SubPattern
        self._state = state
        self._flags = flags
        self._firsts: dict[int, tuple[Any, int, bool]] = {}

    def lowered(self, pattern: Any) -> Any:
        """The tree for text in lower case, without regard to case."""
        return self._of([self._lowered(op, what) for op, what in pattern.data])

    def grouped(self, pattern: Any) -> Any:
        """The tree with what begins alike brought together."""
        found: list[Any] = []
        for op, what in pattern.data:
            if op is self._is.BRANCH:
                found += self._branch(what[1])
            else:
                found.append((op, self._inside(op, what, self.grouped)))
        return self._of(found)

    def anchored(self, pattern: Any) -> bool:
        """Whether it can only match at the start of a text."""
        for op, what in pattern.data:
            if op is self._is.AT:
                at_line = what is self._is.AT_BEGINNING and self._flags & re.MULTILINE
                return what is self._is.AT_BEGINNING_STRING or (what is self._is.AT_BEGINNING and not at_line)
            if op is self._is.BRANCH:
                return all(map(self.anchored, what[1]))
            return op is self._is.SUBPATTERN and self.anchored(what[3])
        return False

    def beginning(self, words: list[int], pattern: Any) -> list[int]:
        """The head of the code with the characters that a match begins with, where `re` tells none."""
        told, shortest, longest = words[2:5]
        if told or not shortest:
            return words
        chars, empty = self._first(pattern)
        if empty or chars & _ALL == _ALL:
            return words
        bits = bytearray(chars >> at & 1 for at in range(WHOLE))
        charset = [self._is.CHARSET, *self._is._mk_bitmap(bits)]  # noqa: SLF001
        charset += [self._is.RANGE, WHOLE, 0x10FFFF] if chars & _REST else []
        told = self._is.SRE_INFO_CHARSET
        return [self._is.INFO, len(charset) + 5, told, shortest, longest, *charset, self._is.FAILURE]

    def _of(self, items: list[Any]) -> Any:
        return self._new(self._state, items)

    def _inside(self, op: Any, what: Any, change: Any) -> Any:
        """An item's own with what it holds changed."""
        of = self._is
        if op is of.SUBPATTERN:
            group, added, taken, inner = what
            if added or taken:
                raise Untouched
            return group, added, taken, change(inner)
        if op in (of.MAX_REPEAT, of.MIN_REPEAT, of.POSSESSIVE_REPEAT):
            return what[0], what[1], change(what[2])
        if op in (of.ASSERT, of.ASSERT_NOT):
            return what[0], change(what[1])
        if op is of.ATOMIC_GROUP:
            return change(what)
        if op is of.BRANCH:
            return what[0], [change(one) for one in what[1]]
        if op in (of.LITERAL, of.NOT_LITERAL, of.IN, of.ANY, of.AT, of.GROUPREF, of.FAILURE):
            return what
        raise Untouched

    def _lowered(self, op: Any, what: Any) -> tuple[Any, Any]:
        of = self._is
        fixes = of._EXTRA_CASES  # noqa: SLF001
        if op in (of.LITERAL, of.NOT_LITERAL) and self._cased(what):
            low = self._lower(what)
            if low < ASCII or low not in fixes:  # who asks has seen to it that ı and ſ are not in the text
                return op, low
            alike = [(of.LITERAL, one) for one in {low, *fixes[low]}]
            return of.IN, alike if op is of.LITERAL else [(of.NEGATE, None), *alike]
        if op is of.IN:
            folded, cased = of._optimize_charset(  # noqa: SLF001
                what, self._cased, self._lower, fixes
            )
            return op, folded if cased else what
        return op, self._inside(op, what, self.lowered)

    def _branch(self, ways: list[Any]) -> list[Any]:
        """Alternatives, those with the same first letter together where none between them can match the same text."""
        groups: list[tuple[Any, list[Any], list[Any]]] = []  # what they begin with, [their characters, empty], they
        for way in ways:
            chars, empty = self._first(way)
            begins = way.data[0] if way.data and way.data[0][0] in (self._is.LITERAL, self._is.AT) else None
            for key, said, among in reversed(groups) if begins is not None and not empty else ():
                if key == begins:
                    said[0] |= chars
                    among.append(way)
                    break
                if said[1] or said[0] & chars:
                    groups.append((begins, [chars, empty], [way]))
                    break
            else:
                groups.append((begins, [chars, empty], [way]))
        made = [self._together(key, among) for key, _, among in groups]
        return list(made[0].data) if len(made) == 1 else [(self._is.BRANCH, (None, made))]

    def _together(self, key: Any, ways: list[Any]) -> Any:
        if len(ways) == 1:
            return self.grouped(ways[0])
        return self._of([key, *self._branch([self._of(way.data[1:]) for way in ways])])

    def _first(self, pattern: Any) -> tuple[int, bool]:
        """The characters that a match can begin with, as bits, and whether it may be empty."""
        if (known := self._firsts.get(id(pattern))) is not None:
            return known[1], known[2]
        found, empty = 0, True
        for op, what in pattern.data:
            chars, empty = self._begins(op, what)
            found |= chars
            if not empty:
                break
        self._firsts[id(pattern)] = pattern, found, empty  # held, so that no other gets its id
        return found, empty

    def _begins(self, op: Any, what: Any) -> tuple[int, bool]:
        of = self._is
        if op is of.LITERAL:
            return (1 << what if what < WHOLE else _REST), False
        if op in (of.NOT_LITERAL, of.ANY):
            return _ALL, False
        if op is of.IN:
            return self._set(what), False
        if op is of.BRANCH:
            each = [self._first(way) for way in what[1]]
            chars = 0
            for one, _ in each:
                chars |= one
            return chars, any(empty for _, empty in each)
        if op in (of.AT, of.ASSERT, of.ASSERT_NOT):
            return 0, True
        if op is of.SUBPATTERN:
            if what[1] or what[2]:
                raise Untouched
            return self._first(what[3])
        if op is of.ATOMIC_GROUP:
            return self._first(what)
        if op in (of.MAX_REPEAT, of.MIN_REPEAT, of.POSSESSIVE_REPEAT):
            chars, empty = self._first(what[2])
            return chars, empty or what[0] == 0
        if op is of.FAILURE:
            return 0, False
        return _ALL, True

    def _set(self, items: list[Any]) -> int:
        """The characters of a set, asked of the engine."""
        name = repr((self._flags & int(re.ASCII), items))
        if name not in _SETS:
            words: list[int] = []
            self._is._compile(words, [(self._is.IN, items)], self._flags & ~_NO_CASE)  # noqa: SLF001
            one = self._compile("", self._flags & ~_NO_CASE, [*words, self._is.SUCCESS], 0, {}, (None,))
            _SETS[name] = sum(1 << ord(char) for char in one.findall(_CHARS)) | _REST
        return _SETS[name]


_CHARS = "".join(map(chr, range(WHOLE)))
_SETS: dict[str, int] = {}  # by what they hold; there are some hundred
