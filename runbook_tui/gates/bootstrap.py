"""The BCa bootstrap interval, with SciPy's numbers at a fraction of its cost.

The same resamples (the same stream of the same generator) and formulas as `scipy.stats.bootstrap(method="BCa")`; the
jackknife, which SciPy does with n samples of n - 1 values, is worked out from sums and order instead.
Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 14.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

BATCH = 20  # resamples held at a time: they stay in the processor's cache


def interval(
    numpy: Any, data: Sequence[Any], statistic: Callable[..., Any], jackknife: Callable[..., Any],
    *, resamples: int, confidence: float, seed: int,
) -> tuple[float, float]:  # fmt: skip
    """Low and high end; (nan, nan) where the values leave none. Several arrays are resampled together, row by row.

    `statistic` works along the last axis, `jackknife` gives its value without each row in turn.
    """
    from scipy.special import ndtr, ndtri

    estimate = float(statistic(*data, axis=-1))
    drawn = _drawn(numpy, data, statistic, resamples=resamples, seed=seed)
    without = jackknife(numpy, *data)
    if not numpy.isfinite(without).all() or numpy.ptp(without) == 0:
        return math.nan, math.nan
    rest = (len(without) - 1) * (without.mean() - without)
    with numpy.errstate(all="ignore"):
        acceleration = (rest**3).sum() / (6 * (rest**2).sum() ** 1.5)
        below = ((drawn < estimate).mean() + (drawn <= estimate).mean()) / 2
        bias, edge = ndtri(below), ndtri((1 - confidence) / 2)
        shifted = numpy.array([bias + edge, bias - edge])
        shares = ndtr(bias + shifted / (1 - acceleration * shifted))
    if not numpy.isfinite(shares).all() or not numpy.isfinite(drawn).all():
        return math.nan, math.nan
    low, high = numpy.percentile(drawn, 100 * shares)
    return float(low), float(high)


def _drawn(numpy: Any, data: Sequence[Any], statistic: Callable[..., Any], *, resamples: int, seed: int) -> Any:
    """The statistic of every resample."""
    random, n = numpy.random.default_rng(seed), len(data[0])
    found = numpy.empty(resamples)
    taken = [numpy.empty((BATCH, n)) for _ in data]
    for start in range(0, resamples, BATCH):
        size = min(BATCH, resamples - start)
        rows = random.integers(0, n, (size, n))
        for sample, into in zip(data, taken, strict=True):
            sample.take(rows, out=into[:size], mode="clip")  # in range anyway; "raise" would copy
        found[start : start + size] = statistic(*(into[:size] for into in taken), axis=-1)
    return found


def of_mean(numpy: Any, values: Any) -> Any:
    """The mean without each value."""
    centre = values.mean()
    return centre - (values - centre) / (len(values) - 1) if len(values) > 1 else numpy.full(1, math.nan)


def of_quantile(share: float) -> Callable[..., Any]:
    """A quantile, interpolated linearly, without each value."""

    def jackknife(numpy: Any, values: Any) -> Any:
        ordered, n = numpy.sort(values), len(values)
        if n < 2:
            return numpy.full(1, math.nan)
        place = (n - 2) * share
        first = math.floor(place)
        gone = numpy.arange(n)
        low = ordered[numpy.where(gone > first, first, first + 1)]
        second = min(first + 1, n - 2)
        high = ordered[numpy.where(gone > second, second, second + 1)]
        return low + (high - low) * (place - first)

    return jackknife


def of_correlation(numpy: Any, x: Any, y: Any) -> Any:
    """Pearson's correlation without each pair."""
    x, y, n = x - x.mean(), y - y.mean(), len(x) - 1
    sx, sy = x.sum() - x, y.sum() - y
    with numpy.errstate(all="ignore"):
        both = (x * y).sum() - x * y - sx * sy / n
        across = ((x * x).sum() - x * x - sx * sx / n) * ((y * y).sum() - y * y - sy * sy / n)
        return both / numpy.sqrt(across)
