"""Secrets that nobody declared, recognised by their form in one line of text.

The rules are those of Betterleaks (MIT, secret_rules.LICENSE), kept as data; RE2 looks for all of them at once and in
linear time, whatever the text. A few of our own stand beside them for what has no form but its surroundings.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec
import re2

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 64 << 20  # bytes of automata a pattern may build
_WITHOUT_GROUPS = re2.Options()
_WITHOUT_GROUPS.log_errors = False
_WITHOUT_GROUPS.max_mem = 64 << 20
_WITHOUT_GROUPS.never_capture = True
_PASSES = 48  # that are kept
_REMEMBERED = 256
_OFTEN = 6  # times that rules were wanted together before a pass is made for them
_TOGETHER = 40  # rules in one pass

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


class Recogniser:
    """All rules, compiled. Making one takes a tenth of a second: `recogniser()` keeps it."""

    def __init__(self) -> None:
        folder = files("runbook_tui.run")
        book = msgspec.json.decode(folder.joinpath("secret_rules.json").read_bytes(), type=_Book)
        own = tuple(_Rule(id=name, pattern=pattern) for name, pattern in _OWN)
        self._rules = (*book.rules, *own)
        self._first_own = len(book.rules)
        self._none = _compiled("|".join(f"(?:{pattern})" for pattern in book.none))
        self._without = tuple(word.encode() for word in book.without)
        self._filter = re2.Filter()
        for rule in self._rules:
            self._filter.Add(rule.pattern.encode(), _OPTIONS)
        self._filter.Compile()
        self._passes: dict[frozenset[int], Any] = {}
        self._wanted: Counter[frozenset[int]] = Counter()

    def __len__(self) -> int:
        return len(self._rules)

    def touched(self, block: bytes) -> list[tuple[int, int]]:
        """Stretches of a block of lines where a secret may be; every line with one is touched."""
        candidates = frozenset(self._filter.Match(block, True))
        if not candidates:
            return []
        together = self._together(candidates)
        passes = [together] if together is not None else [self._alone(number, True) for number in candidates]
        return [match.span() for one in passes for match in one.finditer(block)]

    def rules_of(self, lines: Sequence[bytes]) -> list[list[int]]:
        """For each line, each with its end, the rules that may find something in it."""
        block = b"".join(lines)
        starts = list(accumulate(map(len, lines), initial=0))
        found: list[list[int]] = [[] for _ in lines]
        for number in self._filter.Match(block, True):
            for match in self._alone(number, True).finditer(block):
                first = bisect_right(starts, match.start()) - 1
                last = bisect_right(starts, max(match.start(), match.end() - 1)) - 1
                for line in range(max(0, first), min(last + 1, len(lines))):
                    if not found[line] or found[line][-1] != number:
                        found[line].append(number)
        return found

    def secrets(self, line: bytes, rules: Sequence[int] | None = None) -> list[Secret]:
        """The secrets in one line, in order; what overlaps is one. `rules`: those that may find any."""
        if rules is None:
            rules = tuple(self._filter.Match(line, True))
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
        for match in self._alone(number, False).finditer(line):
            start, end = _place(rule, match)
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
            any(word in lower for word in (*self._without, *(word.encode() for word in rule.without)))
            or self._none.search(secret)
            or any(_compiled(pattern).search(secret) for pattern in rule.none)
            or not all(_compiled(pattern).search(secret) for pattern in rule.only)
        )

    @lru_cache(maxsize=1024)  # noqa: B019  # there is one recogniser
    def _alone(self, number: int, in_block: bool) -> Any:
        return _compiled(("(?m)" if in_block else "") + self._rules[number].pattern)

    def _together(self, rules: frozenset[int]) -> Any | None:
        """One pass that finds where any of these rules may match.

        None where it would not be worth making: for rules that were seldom wanted together, or too many for memory.
        """
        if rules in self._passes:
            return self._passes[rules]
        if len(rules) > _TOGETHER:
            return None
        if len(self._wanted) > _REMEMBERED:
            self._wanted.clear()
        self._wanted[rules] += 1
        if self._wanted[rules] < _OFTEN:
            return None
        if len(self._passes) >= _PASSES:
            del self._passes[next(iter(self._passes))]
        patterns = "|".join(f"(?:{self._rules[number].pattern})" for number in sorted(rules))
        self._passes[rules] = re2.compile(f"(?m){patterns}".encode(), _WITHOUT_GROUPS)
        return self._passes[rules]


@cache
def recogniser() -> Recogniser:
    """The one of this process."""
    return Recogniser()


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    return re2.compile(pattern.encode(), _OPTIONS)


def _place(rule: _Rule, match: Any) -> tuple[int, int]:
    names = match.re.groupindex
    if "password" in names:
        return match.span("password")  # type: ignore[no-any-return]
    if rule.group:
        return match.span(rule.group)  # type: ignore[no-any-return]
    beside = {number for name, number in names.items() if name in _NOT_THE_SECRET}
    for number in range(1, match.re.groups + 1):
        if number not in beside and match.start(number) >= 0 and match.end(number) > match.start(number):
            return match.span(number)  # type: ignore[no-any-return]
    return match.span()  # type: ignore[no-any-return]


def _unlikely(rule: str, secret: bytes) -> bool:
    """What a word before it alone makes no secret: words, numbers, paths, dates, names of other things."""
    if rule in ("assignment", "bearer") and not _MIXED.search(secret):
        return True
    return _NO_SECRET.search(secret) is not None or entropy(secret) < 2.5


def entropy(text: bytes) -> float:
    """Bits per byte (Shannon)."""
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values()) if size else 0.0
