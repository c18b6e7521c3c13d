"""Ranges of host names: `gpu-[01-16]` as sixteen names, and many names as few words.

ClusterShell's NodeSet reads and folds. It is asked without its group resolvers, which may run programs
(https://clustershell.readthedocs.io/en/latest/config.html#node-groups), and only for what is known to stay small:
it keeps every name of a range in memory, and folding names with several free numbers takes time by their square.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from runbook_tui.document.patterns import expression
from runbook_tui.run.fleet import FleetError

LARGEST = 10_000  # hosts one expression may stand for
_LONGEST = 4_000  # characters of an expression
_ITEM = expression(r"(?:[^\s,\[\]]|\[[^\[\]]*\])+")
_BRACKET = expression(r"\[([^\[\]]*)\]")
_RANGE = expression(r"^\s*([0-9]{1,9})(?:-([0-9]{1,9}))?(?:/([0-9]{1,9}))?\s*$")
_NUMBER_AT_END = expression(r"^(.*?)([0-9]{1,9})([^0-9]*)$")
_OPERATORS = frozenset("!&^")
_SMALL = 16  # groups of names with one free number that are cheap to fold further


def expanded(text: str, *, largest: int = LARGEST) -> tuple[str, ...]:
    """The names that `gpu-[01-16]`, `web1,web2`, `r[1-2]n[1-8/2]` or `gpu-[1-9]!gpu-3` stand for, each once.

    In the order written, ranges upwards; with `!`, `&` or `^` in their natural order. Raises FleetError for what is no
    such expression and for more than `largest` hosts.
    """
    text = text.strip()
    shown = text if len(text) <= 60 else text[:57] + "…"
    if not text or len(text) > _LONGEST:
        raise FleetError(f"{shown!r} is not a list of hosts: write names like web1 or ranges like gpu-[01-16].")
    plain = _BRACKET.sub("", text)
    if "[" in plain or "]" in plain:
        raise FleetError(f"A square bracket is open in {shown!r}: a range is written gpu-[01-16].")
    if set(plain) & set("@*?"):
        raise FleetError(f"{shown!r} holds `@`, `*` or `?`: name the hosts, or a range like gpu-[01-16].")
    if _size(text, shown, largest) > largest:
        raise FleetError(f"{shown!r} stands for more than {largest} hosts: name fewer.")
    if set(plain) & _OPERATORS:
        found = list(_read(text, shown))
    else:
        found = [name for item in _ITEM.findall(text) for name in (_read(item, shown) if "[" in item else (item,))]
    names = tuple(dict.fromkeys(found))
    if not names:
        raise FleetError(f"{shown!r} stands for no host at all.")
    return names


def folded(names: Iterable[str]) -> str:
    """Names as few words in their natural order: `gpu-[01-16],web1`."""
    groups, alone = _by_number(dict.fromkeys(names))
    members = [f"{before}{number}{after}" for (before, after), numbers in groups.items() for number in numbers]
    if 1 < len(groups) <= _SMALL:
        from ClusterShell.NodeSet import RESOLVER_NOGROUP, NodeSet  # 60 ms

        words = [str(NodeSet.fromlist(members, resolver=RESOLVER_NOGROUP))] if members else []
    else:
        words = [_group(before, numbers, after) for (before, after), numbers in sorted(groups.items())]
    return ",".join([*words, *sorted(alone)])


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts node-2 before node-10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((0, int(part), part) if part[0] in "0123456789" else (1, 0, part) for part in parts)


def _size(text: str, shown: str, largest: int) -> int:
    """Never less than the number of names an expression stands for, found without making them."""
    total = 0
    for item in re.split(r"[\s,!&^]+(?![^\[]*\])", text):
        size = 1
        for inside in _BRACKET.findall(item):
            size *= _numbers(inside, shown)
            if size > largest:
                return size
        total += size
    return total


def _numbers(inside: str, shown: str) -> int:
    total = 0
    for part in inside.split(","):
        match = _RANGE.match(part)
        if match is None:
            raise FleetError(f"“{part}” in {shown!r} is no range of numbers: a range is written gpu-[01-16].")
        first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
        if last < first or not step:
            raise FleetError(f"“{part}” in {shown!r} runs backwards or has no step: write [01-16] or [0-16/4].")
        total += (last - first) // step + 1
    return total


def _read(text: str, shown: str) -> Iterator[str]:
    from ClusterShell.NodeSet import RESOLVER_NOGROUP, NodeSet, NodeSetException

    try:
        yield from NodeSet(text, resolver=RESOLVER_NOGROUP)
    except (NodeSetException, ValueError, IndexError, TypeError) as error:
        raise FleetError(f"{shown!r} is not a list of hosts ({error}).") from None


def _by_number(names: Iterable[str]) -> tuple[dict[tuple[str, str], list[str]], list[str]]:
    """Names by what stands around their last number, and those without one."""
    groups: dict[tuple[str, str], list[str]] = {}
    alone: list[str] = []
    for name in names:
        match = _NUMBER_AT_END.match(name)
        if match is None or ":" in name or "%" in name:
            alone.append(name)
        else:
            groups.setdefault((match[1], match[3]), []).append(match[2])
    return groups, alone


def _group(before: str, numbers: Sequence[str], after: str) -> str:
    if len(numbers) == 1:
        return f"{before}{numbers[0]}{after}"
    from ClusterShell.RangeSet import RangeSet

    return f"{before}[{RangeSet.fromlist(numbers)}]{after}"
