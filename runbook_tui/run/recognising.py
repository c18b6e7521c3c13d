"""Secrets that nobody declared, recognised by their form in one line of text.

The rules are those of Betterleaks (MIT, secret_rules.LICENSE), kept as data. Hyperscan looks in whole blocks for what
each of them asks at least, RE2 judges the lines that have it; both in linear time, whatever the text. A few rules of
our own stand beside them for what has no form but its surroundings.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache, lru_cache
from threading import Lock
from typing import Any, NamedTuple

import msgspec

from runbook_tui.prepared import SECRETS

_LARGEST = 64 << 20  # bytes of automata a pattern may build

# A word before it says what it is; the value itself has no form.
_NAMED = r"(?:password|passwd|passphrase|pwd|secret|token|credentials?|(?:api|access|auth|private|signing)[_-]?key)"
_OWN: tuple[tuple[str, str], ...] = (
    ("authorization", r"(?i)\bAuthorization[\"']?\s*[:=]\s*[\"']?(?:Basic|Bearer|Token)?\s*([A-Za-z0-9._~+/=-]{8,})"),
    ("bearer", r"(?i)\bBearer\s+([A-Za-z0-9._~+/-]{16,}=*)"),
    ("assignment", rf"(?i)\b[\w.-]*{_NAMED}[\"']?(?:=|:\s*|\s+=\s*)[\"']?([^\s\"'<>${{}}\[\]`|;,()]{{8,}})"),
    ("option", r"\b(?:mysql|mysqldump|mysqladmin|mariadb|sshpass)\b[^|;&]*\s-p([^\s-][^\s\"'$]{3,})"),
)
_NO_SECRET = re.compile(
    rb"example|sample|dummy|placeholder|change[-_]?me|your|x{4}|^x+$|\.\.\.|redacted|password|passwd|secret|todo|masked"
    rb"|^(.)\1+$|^[./~]|://|(?-i:^[A-Z_]+$)|[_-](?:token|key|id|name|file|path)$|\.(?:json|ya?ml|txt|pem|crt|key)$"
    rb"|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$|^sha\d+[:-]|^\d{4}-\d\d-\d\d",
    re.IGNORECASE,
)
_MIXED = re.compile(rb"[A-Za-z].*\d|\d.*[A-Za-z]|(?:[a-z]+[A-Z]+){3}")  # no word is written so
_NOT_THE_SECRET = frozenset({"username", "host", "scheme", "uri", "authdb", "options"})
PEM_DASHES = b"-----BEGIN"  # what begins it
PEM_BEGIN = re.compile(rb"-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----")
PEM_END = re.compile(rb"-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----")


class Secret(NamedTuple):
    """Where a secret stands in a line, and by which rule."""

    start: int
    end: int
    rule: str


class _Rule(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    pattern: str
    near: str  # what a line must have for it to match: tests/secret_nearness.py
    group: int = 0
    entropy: float = 0.0
    none: tuple[str, ...] = msgspec.field(default=(), name="not")  # the secret matches one: it is none
    without: tuple[str, ...] = ()  # the secret contains one: it is none
    only: tuple[str, ...] = ()  # the secret must match all


class _Book(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    none: tuple[str, ...] = msgspec.field(name="not")
    without: tuple[str, ...]
    rules: tuple[_Rule, ...]
    own: dict[str, str]  # what the rules of this module ask at least


class Recogniser:
    """All rules: what they ask at least in one automaton for whole blocks, each of them by RE2 once a line needs it.

    Making one takes about a second: `recogniser()` keeps it.
    """

    def __init__(self) -> None:
        from importlib.resources import files  # late, both: the first frame is made without them

        import hyperscan

        folder = files("runbook_tui.run")
        book = msgspec.json.decode(folder.joinpath("secret_rules.json").read_bytes(), type=_Book)
        own = tuple(_Rule(id=name, pattern=pattern, near=book.own[name]) for name, pattern in _OWN)
        self._rules = (*book.rules, *own)
        self._first_own = len(book.rules)
        self._none = _compiled("|".join(f"(?:{pattern})" for pattern in book.none))
        self._without = tuple(word.encode() for word in book.without)
        near = [(rule.near.encode(), int(hyperscan.HS_FLAG_CASELESS)) for rule in self._rules]
        self._near = _automaton((*near, (PEM_DASHES, int(hyperscan.HS_FLAG_SINGLEMATCH))))
        self._one_at_a_time = Lock()  # the automaton has one working memory

    def __len__(self) -> int:
        return len(self._rules)

    def near(self, block: bytes) -> list[tuple[int, int]]:
        """Where a rule may find something, and which: (end, rule), in order of the block.

        Whether a line is among them depends on that line alone.
        """
        return self.looked(block)[0]

    def looked(self, block: bytes) -> tuple[list[tuple[int, int]], bool]:
        """The same, and whether a private key may begin in the block."""
        found: list[tuple[int, int]] = []
        if block:
            with self._one_at_a_time:
                self._near.scan(block, match_event_handler=lambda rule, _, end, *__: found.append((end, rule)))
            found.sort()
        keys = len(self._rules)
        if not any(rule == keys for _, rule in found):
            return found, False
        return [(end, rule) for end, rule in found if rule != keys], True

    def secrets(self, line: bytes, rules: Iterable[int] | None = None) -> list[Secret]:
        """The secrets in one line, in order; what overlaps is one. `rules`: those that may find any."""
        if rules is None:
            rules = {rule for _, rule in self.near(line)}
        found = sorted(secret for number in rules for secret in self._of_rule(number, line))
        apart: list[Secret] = []
        for secret in found:
            if apart and secret.start < apart[-1].end:
                apart[-1] = apart[-1]._replace(end=max(secret.end, apart[-1].end))
            else:
                apart.append(secret)
        return apart

    def _of_rule(self, number: int, line: bytes) -> Iterator[Secret]:
        rule = self._rules[number]
        alone, groups = self._alone(number)
        for match in alone.finditer(line):
            start, end = _place(groups, match)
            secret = line[start:end]
            if end > start and not (
                self._is_none(rule, secret) or (number >= self._first_own and _unlikely(rule.id, secret))
            ):
                yield Secret(start, end, rule.id)

    def _is_none(self, rule: _Rule, secret: bytes) -> bool:
        if rule.entropy and entropy(secret) < rule.entropy:
            return True
        lower = secret.lower()
        return (
            any(word in lower for word in self._without)
            or any(word.encode() in lower for word in rule.without)
            or self._none.search(secret)
            or any(_compiled(pattern).search(secret) for pattern in rule.none)
            or not all(_compiled(pattern).search(secret) for pattern in rule.only)
        )

    @lru_cache(maxsize=1024)  # noqa: B019  # there is one recogniser
    def _alone(self, number: int) -> tuple[Any, tuple[int, ...]]:
        """The rule's expression, and its groups that may hold the secret, the first that is there."""
        rule = self._rules[number]
        pattern = _compiled(rule.pattern)
        names = pattern.groupindex
        if "password" in names:
            return pattern, (names["password"],)
        if rule.group:
            return pattern, (rule.group,)
        beside = {place for name, place in names.items() if name in _NOT_THE_SECRET}
        return pattern, (*(place for place in range(1, pattern.groups + 1) if place not in beside), 0)


def _automaton(near: tuple[tuple[bytes, int], ...]) -> Any:
    """One that finds each of these expressions by its number, as its flags say; of kept tables where there are any."""
    import hyperscan

    key = (near, getattr(hyperscan, "__version__", ""))
    if (kept := SECRETS.get(key)) is not None:
        with suppress(hyperscan.error):  # of another processor: it is made again
            database = hyperscan.loadb(kept, mode=hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
            return database
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[one for one, _ in near],
        ids=list(range(len(near))),
        flags=[flags for _, flags in near],
    )
    SECRETS.put(key, hyperscan.dumpb(database))
    return database


_MAKING = Lock()


def recogniser() -> Recogniser:
    """The one of this process, made by whoever wants it first."""
    with _MAKING:
        return _made()


@cache
def _made() -> Recogniser:
    return Recogniser()


@cache
def options() -> Any:
    """Of RE2, for expressions that may be large."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _LARGEST
    return options


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    import re2

    return re2.compile(pattern.encode(), options())


def _place(groups: tuple[int, ...], match: Any) -> tuple[int, int]:
    for group in groups[:-1]:
        start, end = match.span(group)
        if end > start >= 0:
            return start, end
    return match.span(groups[-1])  # type: ignore[no-any-return]


def _unlikely(rule: str, secret: bytes) -> bool:
    """What a word before it alone makes no secret: words, numbers, paths, dates, names of other things."""
    if rule in ("assignment", "bearer") and not _MIXED.search(secret):
        return True
    return _NO_SECRET.search(secret) is not None or entropy(secret) < 2.5


def entropy(text: bytes) -> float:
    """Bits per byte (Shannon)."""
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values()) if size else 0.0
