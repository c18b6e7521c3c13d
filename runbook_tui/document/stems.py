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
        self._with: set[str] = set()
        self._without: set[str] = set()

    def found(self, text: str) -> bool:
        """Whether it is so, in whatever case."""
        low = text.lower()
        words = low.split()
        if not self._without.issuperset(words) and (not self._with.isdisjoint(words) or self._any(words)):
            return True
        return any(map(low.__contains__, self._phrases))

    def _any(self, words: list[str]) -> bool:
        if len(self._without) + len(self._with) > MOST:
            self._without.clear()
            self._with.clear()
        for word in words:
            if word not in self._without:
                speaks = bool(self._speaks(word))
                if len(word) <= LONGEST:
                    (self._with if speaks else self._without).add(word)
                if speaks:
                    return True
        return False


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
