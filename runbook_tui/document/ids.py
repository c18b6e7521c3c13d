"""Names for steps and commands that survive an edit elsewhere in the document."""

from __future__ import annotations

import hashlib
import unicodedata

from runbook_tui.document.patterns import expression

LONGEST = 48

_APART = expression(r"[\W_]+")
_BLANKS = {char: " " for char in range(128) if not chr(char).isalnum()}  # the same of ASCII, in a third of the time


def slug(text: str) -> str:
    """Lower-case words joined by hyphens; a long text keeps its start and a short hash of the whole."""
    plain = text.isascii()
    words = text.lower().translate(_BLANKS).split() if plain else [one for one in _APART.split(_folded(text)) if one]
    if not plain and any(word.isascii() for word in words):  # left-overs of broken emoji are no name
        words = [word for word in words if word.isascii() or len(word) > 2]
    joined = "-".join(words)
    if not joined:
        return f"x{digest(text, 6)}"
    if len(joined) > LONGEST:
        cut = joined[:LONGEST].rpartition("-")[0] or joined[:LONGEST]
        return f"{cut}-{digest(text, 4)}"
    return joined


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


class Names:
    """Hands out each name once; the second of the same gets `~2`."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def claim(self, name: str) -> str:
        count = self._seen.get(name, 0) + 1
        self._seen[name] = count
        return name if count == 1 else f"{name}~{count}"
