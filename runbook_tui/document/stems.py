"""Whether one of many pieces of words stands in a text: a quick look before a grammar, asked of most of a document.

Words come back, so each is searched once: what remains of most texts is a look at the words that were seen before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from runbook_tui.document.patterns import expression

MOST = 20_000  # words that are remembered
LONGEST = 40  # characters of one


class Words:
    """Whether one of the words of a text has something to it, or a phrase stands in it."""

    def __init__(self, speaks: Callable[[str], object], phrases: Iterable[str] = ()) -> None:
        self._speaks = speaks
        self._phrases = list(phrases)
        self._begins = re.compile("|".join(map(_part, self._phrases)) or "(?!)")
        self._with: set[str] = set()
        self._begun: set[str] = set()  # with what a phrase cannot do without
        self._without: set[str] = set()

    def found(self, text: str) -> bool:
        """Whether it is so, in whatever case."""
        low = text.lower()
        words = low.split()
        if self._without.issuperset(words):
            return False
        return not self._with.isdisjoint(words) or self._any(low, words)

    def _any(self, low: str, words: list[str]) -> bool:
        if len(self._without) + len(self._begun) + len(self._with) > MOST:
            self._without.clear()
            self._begun.clear()
            self._with.clear()
        begun = False
        for word in words:
            if word in self._without:
                continue
            if word not in self._begun:
                speaks = bool(self._speaks(word))
                starts = not speaks and self._begins.search(word) is not None
                if len(word) <= LONGEST:
                    (self._with if speaks else self._begun if starts else self._without).add(word)
                if speaks:
                    return True
                if not starts:
                    continue
            begun = True
        return begun and any(map(low.__contains__, self._phrases))


def _part(phrase: str) -> str:
    """An expression of the words one of which stands where a phrase does: the longest of its own."""
    parts = phrase.split(" ")
    at = max(range(len(parts)), key=lambda at: len(parts[at]))
    before, behind = r"\A" if at else "", r"\Z" if at < len(parts) - 1 else ""
    return before + re.escape(parts[at]) + behind


class Stems(Words):
    """Pieces of words in lower case, and phrases, which hold a blank. `within`: an expression of more within a word."""

    def __init__(self, pieces: Iterable[str], within: str = "") -> None:
        every = set(pieces)
        self.pieces = sorted(one for one in every if not any(other in one for other in every - {one}))
        ways = [re.escape(piece) for piece in self.pieces if " " not in piece]
        self._within = expression("|".join([*ways, within] if within else ways))
        super().__init__(self._holds, [piece for piece in self.pieces if " " in piece])

    def _holds(self, word: str) -> bool:
        return self._within.search(word) is not None
