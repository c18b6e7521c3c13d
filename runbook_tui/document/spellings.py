"""The ways in which the commands of a text can be written, for a pattern to be held against."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runbook_tui.document import placeholders, programs, syntax
from runbook_tui.document.effects import VALUES, inner
from runbook_tui.document.patterns import expression
from runbook_tui.document.programs import SHELLS, WRAPPERS, name_of

_QUOTING = expression(r"[\"'\\]")
_DEEPEST = 4  # scripts within scripts
_FIRST = 4  # words after sudo, nice and the like among which the program is
_HANDS_ON = frozenset({"-exec", "-execdir", "-ok", "-okdir", "--"})  # what follows is another command


def spellings(text: str) -> Iterator[str]:
    """The text itself, and each simple command in it, with one blank between words.

    As typed, without sudo, env and the like in front, without the folder of its program, without options. What another
    shell, ssh, xargs, find or a container is given to run counts too. Nothing is decided here: too many spellings
    cost a question, one too few a guard.
    """
    yield from dict.fromkeys(_of_text(text, 0))


def _of_text(text: str, depth: int) -> Iterator[str]:
    yield " ".join(text.split())
    root = syntax.parse(placeholders.neutralised(text) + "\n")
    bare = [[_QUOTING.sub("", word) for word in words] for words, _, _ in syntax.commands(root)]
    for words, _, _ in syntax.commands(root):
        fed = any(name_of(word) == "xargs" for word in words[:-1])
        yield from _of_words([*words, "{}"] if fed else words, depth)
    if any(name_of(word) in SHELLS or word == "ssh" for words in bare for word in words) and depth < _DEEPEST:
        for body in syntax.heredocs(root):
            yield from _of_text(body, depth + 1)


def _of_words(words: Sequence[str], depth: int) -> Iterator[str]:
    for said in _unwrapped([word for word in words if word.strip()]):
        plain = [_QUOTING.sub("", word) for word in said]
        named = [name_of(plain[0]), *plain[1:]]
        yield " ".join(said)
        yield " ".join(plain)
        yield " ".join(named)
        yield " ".join(_without_options(named))
        if depth >= _DEEPEST:
            continue
        if (script := inner(said)) is not None:
            yield from _of_text(script, depth + 1)
        handed = next((at + 1 for at, word in enumerate(said[:-1]) if at and word in _HANDS_ON), None)
        if handed is not None:
            yield from _of_words(said[handed:], depth + 1)


def _unwrapped(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """The command itself, and what sudo, timeout and the like in front of it may run: an option's value may look so."""
    starts = [0] if words else []
    for start in starts:  # grows meanwhile
        yield words[start:]
        if name_of(_QUOTING.sub("", words[start])) not in WRAPPERS:
            continue
        tried = 0
        for at in range(start + 1, len(words)):
            if words[at].startswith("-") or re.match(r"\w+=", words[at]):
                continue
            if at not in starts:
                starts.append(at)
            tried += 1
            if tried == _FIRST or programs.known(name_of(words[at])):
                break


def _without_options(words: Sequence[str]) -> Iterator[str]:
    skip = False
    for word in words:
        if not skip and not word.startswith("-"):
            yield word
        skip = not skip and word in VALUES
