"""Output of many hosts, the same said once: fed in chunks, bounded, as `clush -b` shows it. Pure.

Whether two outputs are the same is decided by all their bytes (a hash), also when only their ends are kept.
A newline at the very end makes no difference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

import msgspec

from runbook_tui.run.hostnames import folded, natural
from runbook_tui.run.output import joined
from runbook_tui.run.ports import OutputRange

KEPT_END = 32 * 1024  # bytes kept of the beginning, and of the end, of an output
MANY = 200  # different outputs from which on less is kept of each further one
KEPT_OF_MANY = 1024
SHOWN_RUNNING = 2048  # bytes of each end that are given of an output still coming
COMPARED = 400  # lines that differ are set side by side up to this many
AROUND = 2  # lines shown before and after a difference


class Difference(NamedTuple):
    """A line that only the most hosts have (`-`), only these have (`+`), both have (` `), or what is left out (`…`)."""

    sign: str
    line: bytes


class Fold(msgspec.Struct, frozen=True, kw_only=True):
    """Hosts whose outcome and output are the same."""

    hosts: tuple[str, ...]  # in natural order
    outcome: str  # as given to `finish`, e.g. "exit 0"; empty while they run
    data: bytes  # what is kept of the output
    bytes: int  # of the whole output
    running: bool = False
    difference: tuple[Difference, ...] = ()  # against the first fold; empty for that one and for equal output

    @property
    def nodes(self) -> str:
        """The hosts as few words: `gpu-[01-16]`."""
        return folded(self.hosts)


class Folding:
    """Gathers what hosts print. Memory: two ends of each host that runs, and of each different output."""

    def __init__(self) -> None:
        self._open: dict[str, _Stream] = {}
        self._ended: dict[tuple[str, bytes], tuple[list[str], bytes, int]] = {}
        self._differences: dict[tuple[bytes, bytes], tuple[Difference, ...]] = {}
        self.version = 0  # moves with every change

    def feed(self, host: str, data: bytes) -> None:
        self.version += 1
        self._open.setdefault(host, _Stream()).feed(data)

    def finish(self, host: str, outcome: str = "") -> None:
        """The host printed all it had to print, and ended so."""
        self.version += 1
        stream = self._open.pop(host, None) or _Stream()
        key = (outcome, stream.digest)
        if key in self._ended:
            self._ended[key][0].append(host)
        else:
            kept = stream.kept(KEPT_END if len(self._ended) < MANY else KEPT_OF_MANY)
            self._ended[key] = ([host], kept, stream.bytes)

    def again(self, host: str) -> None:
        """Forget what the host has printed: it runs anew."""
        self.version += 1
        self._open.pop(host, None)
        for key, (hosts, _, _) in list(self._ended.items()):
            if host in hosts:
                hosts.remove(host)
            if not hosts:
                del self._ended[key]

    def folds(self) -> tuple[Fold, ...]:
        """Those that have ended, most hosts first, each with its difference to the first; then those that run."""
        ended = [
            (tuple(sorted(hosts, key=natural)), outcome, digest)
            for (outcome, digest), (hosts, _, _) in self._ended.items()
        ]
        ended.sort(key=lambda item: (-len(item[0]), natural(item[0][0])))
        found = []
        for hosts, outcome, digest in ended:
            _, data, size = self._ended[outcome, digest]
            against = self._difference(ended[0][1:], (outcome, digest))
            found.append(Fold(hosts=hosts, outcome=outcome, data=data, bytes=size, difference=against))
        running = sorted(self._open.items(), key=lambda item: natural(item[0]))
        for host, stream in running:
            found.append(
                Fold(hosts=(host,), outcome="", data=stream.kept(SHOWN_RUNNING), bytes=stream.bytes, running=True)
            )
        return tuple(found)

    def _difference(self, most: tuple[str, bytes], other: tuple[str, bytes]) -> tuple[Difference, ...]:
        """Found once: a screen asks several times a second."""
        key = (most[1], other[1])
        if key not in self._differences:
            if len(self._differences) > 4 * MANY:
                self._differences.clear()
            self._differences[key] = difference(self._ended[most][1], self._ended[other][1])
        return self._differences[key]


def difference(most: bytes, other: bytes) -> tuple[Difference, ...]:
    """What tells one output from that of the most hosts, with a little around it; nothing when they are equal.

    Lines that both begin or end with are not compared again, and of very different ones the first lines only, so that
    the time stays small whatever was printed.
    """
    if most == other:
        return ()
    old, new = _lines(most), _lines(other)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    before = old[max(0, start - AROUND) : start]
    after = old[len(old) - end : len(old) - end + AROUND] if end else []
    left, right = old[start : len(old) - end], new[start : len(new) - end]
    found = [Difference(" ", line) for line in before]
    if len(left) + len(right) <= COMPARED:
        found += _side_by_side(left, right)
    else:
        found += _first_lines("-", left) + _first_lines("+", right)
    return (*found, *(Difference(" ", line) for line in after))


class _Stream:
    """One host's output while it comes: a hash of all of it, its two ends."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._head = bytearray()
        self._tail = bytearray()
        self._newline = b""  # held back: at the very end it does not count
        self.bytes = 0

    def feed(self, data: bytes) -> None:
        if not data:
            return
        self.bytes += len(data)
        data = self._newline + data
        self._newline = b"\n" if data.endswith(b"\n") else b""
        data = data.removesuffix(b"\n")
        self._hash.update(data)
        if len(self._head) < KEPT_END:
            cut = KEPT_END - len(self._head)
            self._head += data[:cut]
            data = data[cut:]
        self._tail += data[-KEPT_END:]
        if len(self._tail) > 2 * KEPT_END:  # in large steps: each one moves what is kept
            del self._tail[:-KEPT_END]

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    def kept(self, end: int) -> bytes:
        """The beginning and the end, with a line between them that says how much is missing."""
        size = self.bytes - len(self._newline)
        head = bytes(self._head[:end])
        tail = bytes((self._tail or self._head[end:])[-end:])
        ranges = [OutputRange(offset=0, data=head)]
        if tail:
            ranges.append(OutputRange(offset=size - len(tail), data=tail))
        return joined(ranges)


def _lines(data: bytes) -> list[bytes]:
    return data.split(b"\n") if data else []


def _common(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    """How many lines both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _side_by_side(old: list[bytes], new: list[bytes]) -> list[Difference]:
    found: list[Difference] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            same = old[a:b]
            if len(same) > 2 * AROUND + 1:
                same = [*same[:AROUND], f"{len(same) - 2 * AROUND} equal lines".encode(), *same[-AROUND:]]
                found += [Difference("…" if at == AROUND else " ", line) for at, line in enumerate(same)]
            else:
                found += [Difference(" ", line) for line in same]
        else:
            found += [Difference("-", line) for line in old[a:b]]
            found += [Difference("+", line) for line in new[c:d]]
    return found


def _first_lines(sign: str, lines: list[bytes]) -> list[Difference]:
    shown = lines[: COMPARED // 4]
    found = [Difference(sign, line) for line in shown]
    if len(lines) > len(shown):
        whose = "lines of the most hosts" if sign == "-" else "lines of these"
        found.append(Difference("…", f"{len(lines) - len(shown)} more {whose}".encode()))
    return found
