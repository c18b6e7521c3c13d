"""Patterns that are compiled when they are first asked: a document is read without most of the hundreds there are.

Compiling those it does ask takes longer than reading it, and gives the same code each time: it is kept (`prepared`).
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Callable, Iterator
from typing import Any

from runbook_tui.prepared import EXPRESSIONS

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split")


def expression(source: str, flags: int = 0) -> Pattern:
    """A pattern that finds what `re.compile(source, flags)` finds."""
    return Pattern(source, int(flags))


class Pattern:
    """A regular expression. Asked once, its methods are those of the compiled one."""

    def __init__(self, source: str, flags: int) -> None:
        self.pattern = source
        self.flags = flags

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        return self._compiled().search(text, start, end)

    def match(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        return self._compiled().match(text, start, end)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self._compiled().fullmatch(text)

    def finditer(self, text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
        return self._compiled().finditer(text, start, end)

    def findall(self, text: str) -> list[Any]:
        return self._compiled().findall(text)

    def sub(self, new: str | Callable[[re.Match[str]], str], text: str, count: int = 0) -> str:
        return self._compiled().sub(new, text, count)

    def split(self, text: str, maxsplit: int = 0) -> list[str | Any]:
        return self._compiled().split(text, maxsplit)

    def _compiled(self) -> re.Pattern[str]:
        compiled = compiled_as(self.pattern, self.flags)
        for name in _METHODS:
            setattr(self, name, getattr(compiled, name))
        return compiled


def compiled_as(source: str, flags: int) -> re.Pattern[str]:
    """What `re.compile` gives, of the code that it gave before where that is kept. Raises re.error.

    The engine looks over the code that it is given. An interpreter that makes its patterns otherwise keeps nothing.
    """
    key = (source, flags)
    if (code := EXPRESSIONS.get(key)) is not None:
        try:
            return _of_code(source, *code)
        except (ImportError, LookupError, AttributeError, TypeError, ValueError, RuntimeError):
            return re.compile(source, flags)
    try:
        code = _code_of(source, flags)
        compiled = _of_code(source, *code)
    except (ImportError, LookupError, AttributeError, TypeError, ValueError, RuntimeError):
        return re.compile(source, flags)
    EXPRESSIONS.put(key, code)
    return compiled


def _code_of(source: str, flags: int) -> tuple[int, bytes, int, dict[str, int]]:
    """Flags, code, number of groups and their names, as `re._compiler.compile` finds them (CPython 3.11 to 3.14)."""
    from re import _compiler, _parser  # type: ignore[attr-defined]

    parsed = _parser.parse(source, flags)
    code = array("I", _compiler._code(parsed, flags)).tobytes()  # noqa: SLF001
    return flags | parsed.state.flags, code, parsed.state.groups - 1, dict(parsed.state.groupdict)


def _of_code(source: str, flags: int, code: bytes, groups: int, names: dict[str, int]) -> re.Pattern[str]:
    import _sre  # type: ignore[import-not-found]

    words: list[int] = array("I", code).tolist()
    by_number: list[str | None] = [None] * (groups + 1)
    for name, number in names.items():
        by_number[number] = name
    compiled: re.Pattern[str] = _sre.compile(source, flags, words, groups, names, tuple(by_number))
    return compiled
