"""How a figure is taken and told."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence


def median_of(runs: int, measure: Callable[[], float]) -> float:
    """The median of several measurements, after one that is not counted."""
    measure()
    return statistics.median(measure() for _ in range(runs))


def interleaved(runs: int, *measures: Callable[[], float]) -> list[float]:
    """Medians of several contenders measured in turn, so that a drifting machine is fair to all."""
    for measure in measures:
        measure()
    samples: list[list[float]] = [[] for _ in measures]
    for _ in range(runs):
        for index, measure in enumerate(measures):
            samples[index].append(measure())
    return [statistics.median(values) for values in samples]


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def tell(name: str, value: str, aim: str = "") -> None:
    print(f"{name:<58} {value:<34} {aim}".rstrip(), flush=True)


def ratio(ours: float, floor: float) -> str:
    return f"{ours * 1000:.0f} ms / {floor * 1000:.0f} ms = {ours / floor:.1f}×"
