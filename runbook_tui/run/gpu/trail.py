"""What a device did lately: bounded, for plots, for what lasts, and for evidence."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import pairwise

import msgspec

from runbook_tui.run.gpu.model import Gpu
from runbook_tui.run.gpu.words import HARD_THROTTLE, SOFT_THROTTLE

LENGTH = 900  # readings: a quarter of an hour at one a second


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One reading; None where the device gave no value."""

    at: float
    util: float | None = None
    memory: float | None = None  # share, 0 to 100
    power: float | None = None
    temperature: float | None = None
    clock: float | None = None
    throttle: tuple[str, ...] | None = None
    replays: int | None = None
    link_errors: int | None = None

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
            throttle=gpu.throttle,
            replays=gpu.pcie_replay,
            link_errors=gpu.nvlink.errors if gpu.nvlink else None,
        )


class Trail:
    """The last readings of one device, oldest first."""

    def __init__(self, length: int = LENGTH) -> None:
        self._points: deque[Point] = deque(maxlen=length)

    def add(self, gpu: Gpu) -> None:
        """Take a reading in, once: the same one is often told again with a greater age."""
        if gpu.at and (not self._points or gpu.at > self._points[-1].at):
            self._points.append(Point.of(gpu))

    def points(self, last: int | None = None) -> list[Point]:
        return list(self._points) if last is None else list(self._points)[-last:]

    def since(self, at: float) -> list[Point]:
        return [point for point in self._points if point.at >= at]

    def window(self, seconds: float) -> Window | None:
        """What the last so many seconds say; None without two readings."""
        if len(self._points) < 2:
            return None
        return Window.of([point for point in self._points if point.at >= self._points[-1].at - seconds])


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

    @classmethod
    def of(cls, points: list[Point]) -> Window:
        told = [point for point in points if point.throttle is not None]
        hard = [point for point in told if HARD_THROTTLE.intersection(point.throttle or ())]
        soft = [point for point in told if SOFT_THROTTLE.intersection(point.throttle or ())]
        return cls(
            seconds=points[-1].at - points[0].at if points else 0.0,
            readings=len(points),
            hard=tuple(sorted({name for point in hard for name in point.throttle or () if name in HARD_THROTTLE})),
            hard_share=len(hard) / len(told) if told else 0.0,
            soft_share=len(soft) / len(told) if told else 0.0,
            told=len(told),
            replays=_added(point.replays for point in points),
            link_errors=_added(point.link_errors for point in points),
        )


def _added(counts: Iterable[int | None]) -> int | None:
    """What a counter grew by; a counter that went back was set to 0 in between."""
    known = [count for count in counts if count is not None]
    if len(known) < 2:
        return None
    return sum(after - before if after >= before else after for before, after in pairwise(known))
