"""Patterns that are compiled when they are first asked: a document is read without most of the hundreds there are.

Compiling those it does ask takes longer than reading it, and gives the same code each time: it is kept (`prepared`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from runbook_tui.document import engine
from runbook_tui.prepared import EXPRESSIONS

OFTEN = 150  # searches
_SEARCHES = ("search", "finditer", "findall", "sub", "split")
_METHODS = ("match", "fullmatch", *_SEARCHES)


def expression(source: str, flags: int = 0) -> Pattern:
    """A pattern that finds what `re.compile(source, flags)` finds."""
    return Pattern(source, int(flags))


def either(patterns: Sequence[Pattern]) -> Pattern:
    """A pattern that finds something where one of several with the same flags does; none of them has names."""
    return Pattern("|".join(f"(?:{one.pattern})" for one in patterns), patterns[0].flags)


class Pattern:
    """A regular expression. Asked once, its methods are those of the compiled one."""

    def __init__(self, source: str, flags: int) -> None:
        self.pattern = source
        self.flags = flags
        self._low: tuple[re.Pattern[str], bool, bool] | tuple[()] | None = None  # for a text in lower case

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

    def for_matching(self, text: str) -> tuple[Callable[[str, int], re.Match[str] | None], str]:
        """What matches a text at a place, and what to ask it of: the text, or the same in lower case."""
        lower = text.lower()
        if self.flags & re.IGNORECASE and (text.isascii() or not _odd(text, lower)):
            if self._low is None:
                self._low = _kept(self.pattern, self.flags, lower=True) or ()
            if self._low:
                return self._low[0].match, lower
        return self.match, text

    def _compiled(self) -> re.Pattern[str]:
        compiled, anchored, slow = _compiled(self.pattern, self.flags)
        for name in _METHODS:
            setattr(self, name, getattr(compiled, name))
        if anchored:
            setattr(self, "search", compiled.match)  # noqa: B010 - it is asked as the others are
        elif slow and self.flags & re.IGNORECASE:
            low = _kept(self.pattern, self.flags, lower=True, make=False)
            if low is not None:
                self._in_lower_case(compiled, low[0].search)
            else:
                self._until_often(compiled)
        return compiled

    def _until_often(self, compiled: re.Pattern[str]) -> None:
        """Make the pattern for lower case when it is asked often: to make it takes as long as many searches."""
        asked = 0

        def counted(plain: Callable[..., Any]) -> Callable[..., Any]:
            def ask(*given: Any, **named: Any) -> Any:
                nonlocal asked
                asked += 1
                if asked == OFTEN and (low := _kept(self.pattern, self.flags, lower=True)) is not None:
                    self._in_lower_case(compiled, low[0].search)
                return plain(*given, **named)

            return ask

        for name in _SEARCHES:
            setattr(self, name, counted(getattr(compiled, name)))

    def _in_lower_case(self, compiled: re.Pattern[str], find: Callable[..., re.Match[str] | None]) -> None:
        """Ask of a text in lower case first, which is many times as fast; most texts have nothing that is found."""
        found_at, plain = compiled.match, compiled.search

        def search(text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
            lower = text.lower()
            if not text.isascii() and _odd(text, lower):
                return plain(text, start, end)
            found = find(lower, start, end)
            return None if found is None else found_at(text, found.start(), end)

        def none(text: str) -> bool:
            lower = text.lower()
            return find(lower) is None and (text.isascii() or not _odd(text, lower))

        def finditer(text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
            lower = text.lower()
            odd = not text.isascii() and _odd(text, lower)
            return compiled.finditer(text, start, end) if odd else each(text, lower, start, end)

        def each(text: str, lower: str, start: int, end: int) -> Iterator[re.Match[str]]:
            while (low := find(lower, start, end)) is not None:
                found = found_at(text, low.start(), end)
                if found is None or found.end() == found.start():  # where the next one may begin is left to `re`
                    yield from compiled.finditer(text, start, end)
                    return
                yield found
                start = found.end()

        def findall(text: str) -> list[Any]:
            return [] if none(text) else compiled.findall(text)

        def sub(new: str | Callable[[re.Match[str]], str], text: str, count: int = 0) -> str:
            if none(text):
                return text
            if isinstance(new, str) and "\\" in new:
                return compiled.sub(new, text, count)
            made, at = "", 0
            for number, found in enumerate(finditer(text), 1):
                made += text[at : found.start()] + (new if isinstance(new, str) else new(found))
                at = found.end()
                if number == count:
                    break
            return made + text[at:]

        def split(text: str, maxsplit: int = 0) -> list[str | Any]:
            return [text] if none(text) else compiled.split(text, maxsplit)

        for method in (search, finditer, findall, sub, split):
            setattr(self, method.__name__, method)


def _odd(text: str, lower: str) -> bool:
    """Whether a text in lower case is not what `re` compares where case does not count, letter for letter."""
    return len(lower) != len(text) or any(letter in text for letter in "\u0131\u017f\u03a3")


def compiled_as(source: str, flags: int) -> re.Pattern[str]:
    """What `re.compile` gives, of the code that it gave before where that is kept. Raises re.error.

    The engine looks over the code that it is given. An interpreter that makes its patterns otherwise keeps nothing.
    """
    return _compiled(source, flags)[0]


def _compiled(source: str, flags: int) -> tuple[re.Pattern[str], bool, bool]:
    """The pattern, whether it can only match at the start of a text, and whether it is tried at every character."""
    return _kept(source, flags) or (re.compile(source, flags), False, False)


def _kept(
    source: str, flags: int, *, lower: bool = False, make: bool = True
) -> tuple[re.Pattern[str], bool, bool] | None:
    key = (engine.VERSION, source, flags, lower)
    try:
        if (kept := EXPRESSIONS.get(key)) is not None:
            code = engine.Code(*kept)
            return engine.compiled(source, code), code.anchored, code.slow
        if not make:
            return None
        code = engine.code_of(source, flags, lower=lower)
        pattern = engine.compiled(source, code)
    except _OTHERWISE:
        return None
    EXPRESSIONS.put(key, tuple(code))
    return pattern, code.anchored, code.slow


_OTHERWISE = (engine.Untouched, ImportError, LookupError, AttributeError, TypeError, ValueError, RuntimeError)
