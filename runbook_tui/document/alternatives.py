"""Conditions set side by side in one sentence: "in case it needs longer, reports another hash, or loses its peers"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_tui.document.patterns import expression

_LISTING = expression(
    r"\b(?:if|when(?:ever)?|as\s+soon\s+as|in\s+case(?:\s+of)?|in\s+the\s+(?:case|event)\s+of|for|because\s+of|over|due\s+to|once)\s+(?P<list>.+?)$",
    re.IGNORECASE,
)
_OR_CLAUSE = expression(
    r"\s+or\s+(?=(?:the|an?|any|no|one)\s+(?:[\w-]+\s+){1,3}?(?:is|are|has|have|was|were|fails?|stays?|remains?|drops?|rises?|exceeds?|falls?|goes|gets|does|cannot|can['’]t|reports?|shows?|loses?|differs?)\b)",
    re.IGNORECASE,
)
# "for A or for B"
_OR_AGAIN = expression(r"\s+or\s+(?:for|because\s+of|over|due\s+to|in\s+case\s+of)\s+(?=\w)", re.IGNORECASE)
_LIST_SPLIT = expression(r",\s+(?:or\s+|and\s+|nor\s+)?|\s+(?:or|nor)\s+(?=(?:a|an|the|any)\s)")
_SENTENCE_END = expression(
    r"(?<=[.!])[)\"'”*]*\s+(?=[^a-z\s])|(?<=[.!])\s+(?=`)|;\s+|(?<=[.!])\s+(?=\W{1,4}[A-Z])|(?<=[\w)%][\w)%]\.)\s+(?=(?:if|when|unless|otherwise|should|any|more|less|then)\s+\w)(?<!\be\.g\.\s)|(?<=\?)\s+(?=(?:Is|Are|Did|Does|Do|Was|Were|Has|Have|Can)\b)"
)
_ASIDE = expression(r"\([^()]*\)|,\s+(?:which|who)\s[^,]*$")


_STOP = expression(r"[.!?]\s+")
_NEXT = expression(r"(?<=[.!?])\s+(?=[^a-z\s])")


def last(words: str) -> str:
    """The last sentence of some words; "approx. ten" is one, because the next begins with no small letter."""
    return _NEXT.split(words)[-1]


def parted(words: str) -> list[str]:
    """Some words, parted at each full stop, and mark like it, with a blank behind."""
    found: list[str] = []
    start = 0
    for match in _STOP.finditer(words):
        found.append(words[start : match.start() + 1])
        start = match.end()
    return [*found, words[start:]]


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Each sentence of a text, and clause before a semicolon, with its place."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        yield start, text[start : match.start()]
        start = match.end()
    yield start, text[start:]


def after_first(sentence: str, *, short: bool) -> list[tuple[int, str]]:
    """The alternatives after the first with their places; none where the sentence has one condition.

    `short`: they may be single words, as after "do not roll back for". What stands before the verdict is read with it.
    """
    listing = _LISTING.search(sentence)
    if listing is None or listing.start() < 3:  # "If A or B, V"
        return []
    tail = listing["list"]
    hidden = _ASIDE.sub(lambda aside: "x" * len(aside.group()), tail)
    if re.search(r",\s+or\s", hidden):
        marks = list(re.finditer(r",\s+(?:or\s+)?", hidden))
    elif "," in hidden and re.search(r"\s+or\s+(?:an?|the|any|no)\s", hidden):
        marks = list(re.finditer(r",\s+|\s+or\s+", hidden))
    elif short and "," in hidden and re.search(r"\s(?:or|and)\s+\S+(?:\s+\S+){0,2}$", hidden):
        marks = list(re.finditer(r",\s+|\s+(?:or|and)\s+(?=\S+(?:\s+\S+){0,2}$)", hidden))  # "for A, B or C"
    elif "," not in hidden and (again := list(_OR_AGAIN.finditer(hidden))):
        marks = again
    else:
        marks = list(_OR_CLAUSE.finditer(hidden))
    starts = [0, *(mark.end() for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(tail)]
    pieces = [tail[start:end] for start, end in zip(starts, ends, strict=True)]
    if not short and any(len(piece.split()) < 3 for piece in pieces):
        return []
    return [(listing.start("list") + start, piece) for start, piece in zip(starts[1:], pieces[1:], strict=True)]


def listed(tail: str) -> list[tuple[str, int]]:
    """The members of an enumeration: commas inside parentheses join."""
    hidden = re.sub(r"\([^()]*\)", lambda match: "x" * len(match.group()), tail)
    pieces: list[tuple[str, int]] = []
    start = 0
    for match in _LIST_SPLIT.finditer(hidden):
        if tail[start : match.start()].strip():
            pieces.append((tail[start : match.start()].strip(" .;"), start))
        start = match.end()
    if tail[start:].strip(" ."):
        pieces.append((tail[start:].strip(" .;"), start))
    return pieces
