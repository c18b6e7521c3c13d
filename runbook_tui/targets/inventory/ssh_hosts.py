"""The names an OpenSSH client configuration speaks of. What it says of them stays ssh_config's business.

ssh_config(5): `Host` takes several patterns with `*` and `?`, `!` in front takes back; `Include` takes several paths
with wildcards, relative ones below ~/.ssh.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from glob import glob
from pathlib import Path

import msgspec

_DEEPEST = 16  # files that include each other, as in OpenSSH
_LARGEST = 4 * 1024 * 1024  # bytes of a file
_KEYWORD = re.compile(r"^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*)$")


class SshNames(msgspec.Struct, frozen=True):
    """Names written out, in file order, and the lists of patterns of every `Host` line."""

    names: tuple[str, ...] = ()
    hosts: tuple[tuple[str, ...], ...] = ()
    unread: tuple[str, ...] = ()  # files that are there and could not be read, with the reason

    def matching(self, patterns: str) -> tuple[str, ...]:
        """The names written out that a `Host` line with these patterns would be for."""
        words = [word for word in re.split(r"[\s,]+", patterns) if word]
        return tuple(name for name in self.names if _matches(name, words))

    def knows(self, name: str) -> bool:
        """Whether a `Host` line is for that name more than for every name."""
        return any(
            _matches(name, words) and any(not word.startswith("!") and word.strip("*?") for word in words)
            for words in self.hosts
        )


def ssh_names(config: Path) -> SshNames:
    """Read a configuration and what it includes. A file that is not there says nothing."""
    unread: list[str] = []
    hosts = list(_lines(config, config.parent, 0, unread))
    plain = (word for words in hosts for word in words if not set(word) & set("*?!"))
    return SshNames(tuple(dict.fromkeys(plain)), tuple(hosts), tuple(unread))


def _lines(path: Path, top: Path, depth: int, unread: list[str]) -> Iterator[tuple[str, ...]]:
    try:
        if path.stat().st_size > _LARGEST:
            unread.append(f"{path}: larger than {_LARGEST // 1024 // 1024} MiB")
            return
        text = path.read_text("utf-8", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        unread.append(f"{path}: {error.strerror}")
        return
    for number, line in enumerate(text.splitlines(), 1):
        match = _KEYWORD.match(line)
        keyword = match[1].lower() if match else ""
        if match is None or keyword not in ("host", "include"):
            continue
        try:
            words = shlex.split(match[2], comments=True, posix=True)
        except ValueError:
            unread.append(f"{path}:{number}: a quotation mark is open")
            continue
        if keyword == "host":
            yield tuple(words)
        elif depth >= _DEEPEST:
            unread.append(f"{path}:{number}: included too deep")
        else:
            for word in words:
                yield from _included(word, top, depth, unread)


def _included(word: str, top: Path, depth: int, unread: list[str]) -> Iterator[tuple[str, ...]]:
    """The files of one word of an `Include` line."""
    try:
        found = Path(word).expanduser()
    except RuntimeError:
        unread.append(f"{word}: that home folder is not known")
        return
    pattern = str(found if found.is_absolute() else top / found)
    for item in sorted(glob(pattern)):  # noqa: PTH207 - Path.glob takes no absolute patterns
        yield from _lines(Path(item), top, depth + 1, unread)


def _matches(name: str, words: list[str] | tuple[str, ...]) -> bool:
    taken = False
    for word in words:
        if word.startswith("!"):
            if _fits(name, word[1:]):
                return False
        elif _fits(name, word):
            taken = True
    return taken


def _fits(name: str, pattern: str) -> bool:
    """`*` and `?` as in OpenSSH's match_pattern, without its backtracking over every star."""
    at, of, star, mark = 0, 0, -1, 0
    while at < len(name):
        if of < len(pattern) and pattern[of] == "*":
            star, mark = of, at
            of += 1
        elif of < len(pattern) and pattern[of] in ("?", name[at]):
            at, of = at + 1, of + 1
        elif star >= 0:
            mark += 1
            at, of = mark, star + 1
        else:
            return False
    return not pattern[of:].strip("*")
