"""A small grammar over tagged words: what the words of a line are, and which orders of them mean something.

A `Vocabulary` gives each word its kind (a role, a verb of assent, a negator); a `Grammar` names phrases made of kinds
and of other phrases, and says which of them a line may be. A rule reads `<who> HAVE GIVEN any*`: words in capitals are
kinds, small ones are phrases of the same grammar, `<who>` is a phrase whose words are wanted, `?*+{2,3}|()` as usual.
No phrase holds itself, so that a grammar is matched in one pass over one letter for each word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from runbook_tui.document.patterns import expression

_TOKEN = expression(
    r"(?P<BLANK>_{2,}|\.{5,}|…{2,}|(?<=[:\s])_(?=\s|$))|(?P<BOX>\\?\[[ xX]?\\?\](?![(\[:\w])|[☐☑☒⬜□])"
    r"|(?P<HANDLE>@[\w./-]*|<[^<>\n]{2,40}>)|(?P<NUM>\d+(?:[.,:]\d+)*)|(?P<word>[^\W\d_](?:[\w'’]*\w)?)|(?P<mark>[^\w\s])"
)
_MARKS = {
    **dict.fromkeys(";.!", "STOP"),
    **dict.fromkeys("–—-", "DASH"),
    **dict.fromkeys("→=", "ARROW"),
    **dict.fromkeys("&+", "AND"),
    **dict.fromkeys("✅✓", "HAND"),
    "👍": "NOUN",
    ":": "COLON",
    ",": "COMMA",
    "(": "OPEN",
    ")": "CLOSE",
    "/": "SLASH",
    "?": "ASKS",
}


class Tagged(NamedTuple):
    """A word or mark: its kind, and where it stands in the text."""

    kind: str
    start: int
    end: int


class Found(NamedTuple):
    """What a rule found: its name, its place in the text, and the places of the phrases that were wanted."""

    rule: str
    start: int
    end: int
    parts: Mapping[str, tuple[int, int]]


class Vocabulary:
    """Words by kind; a family is a text of words, `_` joins what may be written apart or with a hyphen.

    A word in two families is of the first. `guess` names the kind of a word that is in none, from it as written.
    """

    def __init__(self, families: Mapping[str, str], guess: Callable[[str], str]) -> None:
        self.kinds = frozenset([*families, *_MARKS.values(), "BLANK", "BOX", "HANDLE", "NUM", "MARK", "POSS"])
        self._guess = guess
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        known: set[tuple[str, ...]] = set()
        for kind, words in families.items():
            for word in words.split():
                parts = tuple(re.split(r"[_-]", word.lower()))
                for spelt in {parts, ("".join(parts),)}:
                    if spelt not in known:
                        known.add(spelt)
                        self._phrases.setdefault(spelt[0], []).append((spelt, kind))
        for phrases in self._phrases.values():
            phrases.sort(key=lambda one: -len(one[0]))

    def tag(self, text: str) -> list[Tagged]:
        """The words of a text with their kinds, in order; a family's phrase is one word."""
        found = list(_TOKEN.finditer(text))
        low = [match["word"].lower().replace("’", "'") if match["word"] else "" for match in found]
        tags: list[Tagged] = []
        at = 0
        while at < len(found):
            match = found[at]
            if not low[at]:
                kind = str(match.lastgroup)
                kind = _MARKS.get(match["mark"], "MARK") if kind == "mark" else kind
                tags.append(Tagged(kind, match.start(), match.end()))
                at += 1
                continue
            said, taken = self._longest(found, low, at)
            if said is not None:
                tags.append(Tagged(said, match.start(), found[at + taken - 1].end()))
            elif low[at].endswith("'s") and len(low[at]) > 3:
                own = low[at][:-2]
                said = next((kind for words, kind in self._phrases.get(own, []) if words == (own,)), None)
                tags.append(Tagged(said or self._guess(match["word"][:-2]), match.start(), match.end() - 2))
                tags.append(Tagged("POSS", match.end() - 2, match.end()))
            else:
                tags.append(Tagged(self._guess(match["word"]), match.start(), match.end()))
            at += max(taken, 1)
        return tags

    def _longest(self, found: list[re.Match[str]], low: list[str], at: int) -> tuple[str | None, int]:
        """The kind of the longest known phrase that starts here, and how many tokens it has; hyphens join words."""
        for words, kind in self._phrases.get(low[at], ()):
            here, matched = at, True
            for word in words[1:]:
                here += 1
                if here < len(found) and found[here].group() == "-":
                    here += 1
                if here >= len(found) or low[here] != word:
                    matched = False
                    break
            if matched:
                return kind, here - at + 1
        return None, 0


class Grammar:
    """Rules over the kinds of a vocabulary, tried in their order. `kinds`: those beside the vocabulary's own."""

    def __init__(self, kinds: frozenset[str], phrases: Mapping[str, str], rules: Mapping[str, str]) -> None:
        self._letters = {kind: chr(0x100 + at) for at, kind in enumerate(sorted(kinds))}
        self._phrases = phrases
        self.rules = {name: expression(self._spelt(rule)) for name, rule in rules.items()}

    def _spelt(self, rule: str) -> str:
        def letter(match: re.Match[str]) -> str:
            name = match["name"]
            if name == "any":
                return "."
            if name.isupper():
                return self._letters[name]
            inner = self._spelt(self._phrases[name])
            return f"(?P<{name}>{inner})" if match.group().startswith("<") else f"(?:{inner})"

        groups = re.sub(r"\((?!\?)", "(?:", rule)
        return re.sub(r"<?(?P<name>[A-Za-z_]+)>?", letter, groups).replace(" ", "")

    def find(self, words: list[Tagged]) -> Found | None:
        """What the first rule that fits says of the words; a rule fits from the first word on."""
        said = "".join(self._letters[word.kind] for word in words)
        for name, pattern in self.rules.items():
            match = pattern.match(said)
            if match is not None and match.end() > match.start():
                return self._found(name, match, words)
        return None

    def each(self, rule: str, words: list[Tagged]) -> Iterator[Found]:
        """Every place where one rule fits, none over another."""
        said = "".join(self._letters[word.kind] for word in words)
        for match in self.rules[rule].finditer(said):
            yield self._found(rule, match, words)

    def _found(self, name: str, match: re.Match[str], words: list[Tagged]) -> Found:
        parts = {
            part: (words[match.start(part)].start, words[match.end(part) - 1].end)
            for part in match.re.groupindex
            if match[part]
        }
        return Found(name, words[match.start()].start, words[match.end() - 1].end, parts)
