"""What a device did lately: bounded, for plots, for what lasts, and for evidence."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from typing import NamedTuple

import msgspec

from runbook_tui.run.gpu.model import Gpu
from runbook_tui.run.gpu.words import HARD_THROTTLE, SOFT_THROTTLE

LENGTH = 900  # readings: a quarter of an hour at one a second
SPACED = 0.8  # seconds between two readings that a window may begin at: quicker ones fill it no sooner


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One reading; None where the device gave no value."""

    at: float
    util: float | None = None
    memory: float | None = None  # share, 0 to 100
    power: float | None = None
    temperature: float | None = None
    clock: float | None = None

    @classmethod
    def of(cls, gpu: Gpu) -> Point:
        share = gpu.memory_share
        return cls(
            at=gpu.at,
            util=gpu.util,
            memory=None if share is None else 100 * share,
            power=gpu.power,
            temperature=gpu.temperature,
            clock=gpu.clock_sm,
        )


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of a stretch of time, as the health table wants them."""

    seconds: float
    readings: int
    hard: tuple[str, ...] = ()  # reasons of the hardware to slow down, seen at least once
    hard_share: float = 0.0  # of the readings that told
    soft_share: float = 0.0
    told: int = 0  # readings that told reasons at all
    replays: int | None = None  # PCIe replays that were added
    link_errors: int | None = None


class _Counter(NamedTuple):
    """A counter of the driver, followed over readings; one that went back was set to 0 in between."""

    last: int | None = None
    known: int = 0  # readings that had it
    added: int = 0

    def then(self, value: int | None) -> _Counter:
        if value is None:
            return self
        grown = 0 if self.last is None else value - self.last if value >= self.last else value
        return _Counter(value, self.known + 1, self.added + grown)

    def since(self, before: _Counter, own: _Counter) -> int | None:
        """What was added from one reading on: `before` it and `own`, with it."""
        return None if self.known - before.known < 2 else self.added - own.added


class _Sums(NamedTuple):
    """Everything counted so far, before and with a reading: a window is the difference of two of them."""

    at: float
    readings: int
    told: int
    hard: int
    soft: int
    replays: tuple[_Counter, _Counter]
    links: tuple[_Counter, _Counter]


class Trail:
    """The last readings of one device, oldest first."""

    def __init__(self, length: int = LENGTH) -> None:
        self._points: deque[Point] = deque(maxlen=length)
        self._sums: deque[_Sums] = deque(maxlen=length)
        self._newest = self._seldom = 0.0
        self._readings = 0
        self._counts = (0, 0, 0)  # told, hard, soft
        self._replays, self._links = _Counter(), _Counter()
        self._seen: dict[str, float] = {}  # hard reason -> when it was last told

    def add(self, gpu: Gpu) -> None:
        """Take a reading in, once: the same one is often told again with a greater age."""
        if not gpu.at or gpu.at <= self._newest:
            return
        self._newest = gpu.at
        self._points.append(Point.of(gpu))
        told, hard, soft = self._counts
        new = not gpu.seldom_at or gpu.seldom_at > self._seldom  # what was read once is counted once
        self._seldom = max(self._seldom, gpu.seldom_at)
        replays = self._replays.then(gpu.pcie_replay if new else None)
        links = self._links.then(gpu.nvlink.errors if new and gpu.nvlink else None)
        if not self._sums or gpu.at - self._sums[-1].at >= SPACED:
            before = (self._replays, replays), (self._links, links)
            self._sums.append(_Sums(gpu.at, self._readings, told, hard, soft, *before))
        self._readings += 1
        self._replays, self._links = replays, links
        if gpu.throttle is not None:
            reasons = HARD_THROTTLE.intersection(gpu.throttle)
            self._counts = (told + 1, hard + bool(reasons), soft + bool(SOFT_THROTTLE.intersection(gpu.throttle)))
            self._seen.update(dict.fromkeys(reasons, gpu.at))

    def points(self, last: int | None = None) -> list[Point]:
        count = len(self._points) if last is None else min(last, len(self._points))
        return [self._points[place] for place in range(-count, 0)]

    def window(self, seconds: float) -> Window | None:
        """What the last so many seconds say; None without two readings."""
        if self._readings < 2 or not self._sums:
            return None
        place = bisect_left(self._sums, self._newest - seconds, key=lambda one: one.at)
        first = self._sums[min(place, len(self._sums) - 1)]
        told = self._counts[0] - first.told
        return Window(
            seconds=self._newest - first.at,
            readings=self._readings - first.readings,
            hard=tuple(sorted(reason for reason, at in self._seen.items() if at >= first.at)),
            hard_share=(self._counts[1] - first.hard) / told if told else 0.0,
            soft_share=(self._counts[2] - first.soft) / told if told else 0.0,
            told=told,
            replays=self._replays.since(*first.replays),
            link_errors=self._links.since(*first.links),
        )
