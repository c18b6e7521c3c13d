"""Intervals and tests on SciPy, each with a verdict that a degenerate sample can never turn into a pass.

SciPy is imported in the functions: it costs a second and 90 MB, and only those who ask for statistics pay.
Sources: Efron & Tibshirani 1993 (BCa); Benjamini & Hochberg 1995; Colas et al. 2018, arXiv 1806.08295 (few seeds).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from runbook_tui.gates import bootstrap
from runbook_tui.gates.verdict import Verdict
from runbook_tui.run.ports import OperatorError

RESAMPLES = 10_000
BATCH = 100  # resamples held at a time: the same interval, 38 MB instead of 2.4 GB at 10,000 values
ENOUGH_TO_DECIDE = 20  # values below which a bootstrap interval decides nothing: at 5 its 95 % covers 83 %
FEW = 3  # below this no interval of any kind


class StatisticsMissing(OperatorError):
    """SciPy is not installed here; nothing was computed."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. Numbers that could not be computed are None, never NaN."""

    method: str
    n: int
    verdict: Verdict
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    name: str = ""
    seed: int | None = None
    notes: tuple[str, ...] = ()


class Statistic(StrEnum):
    MEAN = "mean"
    MEDIAN = "median"
    P95 = "p95"
    CORR = "corr"


def bca(
    values: Sequence[float],
    other: Sequence[float] | None = None,
    *,
    statistic: Statistic | Callable[..., Any] = Statistic.MEAN,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = RESAMPLES,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Estimate:
    """Bias-corrected and accelerated bootstrap interval; `other` is the second variable of a correlation.

    With a limit the verdict is PASS when the whole interval keeps it, FAIL when all of it breaks it, else INSUFFICIENT;
    without one it is PASS when there is an interval. Seed and number of resamples belong to the result.
    """
    numpy, stats = _scipy()
    name = statistic.value if isinstance(statistic, Statistic) else "statistic"
    method = f"BCa bootstrap of the {name}, {resamples} resamples"
    data = (numpy.asarray(values, float),) if other is None else (numpy.asarray(values, float), numpy.asarray(other))
    refused = _unfit(data)
    if refused:
        return Estimate(method=method, n=len(data[0]), verdict=Verdict.INSUFFICIENT, seed=seed, notes=(refused,))
    function = _vectorised(numpy, statistic) if isinstance(statistic, Statistic) else statistic
    estimate = float(function(*data, axis=-1))
    low = high = math.nan
    if not all(numpy.ptp(sample) == 0 for sample in data):
        if isinstance(statistic, Statistic):
            low, high = bootstrap.interval(
                numpy, data, function, _JACKKNIFES[statistic], resamples=resamples, confidence=confidence, seed=seed
            )
        else:
            low, high = _by_scipy(numpy, stats, data, function, resamples=resamples, confidence=confidence, seed=seed)
    notes = []
    if not (math.isfinite(low) and math.isfinite(high)):
        notes.append("the values leave no interval (all equal, or too few distinct): nothing can be concluded")
        verdict = Verdict.INSUFFICIENT
    else:
        verdict = _within(low, high, at_least, at_most)
        if len(data[0]) < ENOUGH_TO_DECIDE:
            notes.append(f"of {len(data[0])} values: below {ENOUGH_TO_DECIDE} such an interval is too narrow")
            if at_least is not None or at_most is not None:
                verdict = Verdict.INSUFFICIENT
    return Estimate(
        method=method, n=len(data[0]), verdict=verdict, estimate=_finite(estimate), low=_finite(low),
        high=_finite(high), confidence=confidence, seed=seed, notes=tuple(notes),
    )  # fmt: skip


def difference(
    base: Sequence[float],
    candidate: Sequence[float],
    *,
    paired: bool = False,
    confidence: float = 0.95,
    better: str = "lower",
) -> Estimate:
    """Mean of the candidate less that of the base, by the paired t-test or Welch's.

    PASS when the interval shows the candidate not worse, FAIL when it shows it worse, else INSUFFICIENT.
    """
    numpy, stats = _scipy()
    method = "paired t" if paired else "Welch t"
    a, b = numpy.asarray(base, float), numpy.asarray(candidate, float)
    size = len(a) if paired else len(a) + len(b)
    refused = _unfit_pair(a, b, paired=paired)
    if not refused:
        spread = numpy.ptp(_differences(numpy, a, b)) if paired else max(numpy.ptp(a), numpy.ptp(b))
        if spread == 0:
            refused = "the values do not vary: a t-test has nothing to judge by"
    if refused:
        return Estimate(method=method, n=size, verdict=Verdict.INSUFFICIENT, notes=(refused,))
    with _silently():
        test = stats.ttest_1samp(_differences(numpy, a, b), 0.0) if paired else stats.ttest_ind(b, a, equal_var=False)
        interval = test.confidence_interval(confidence)
    low, high, p = float(interval.low), float(interval.high), float(test.pvalue)
    shift = float(b.mean() - a.mean())
    if not all(map(math.isfinite, (low, high, p))):
        return Estimate(method=method, n=size, verdict=Verdict.INSUFFICIENT, notes=("the test has no finite result",))
    notes = [f"{len(a)} pairs" if paired else f"{len(a)} against {len(b)} values"]
    if min(len(a), len(b)) < 10:
        notes.append("few values: the test assumes they are about normally distributed; look at every point")
    limits = {"at_most": 0.0} if better == "lower" else {"at_least": 0.0}
    return Estimate(
        method=method, n=size, verdict=_within(low, high, **limits), estimate=shift, low=low, high=high,
        confidence=confidence, p=p, notes=tuple(notes),
    )  # fmt: skip


def not_inferior(
    base: Sequence[float],
    candidate: Sequence[float],
    *,
    margin: float = 0.15,
    paired: bool = False,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Whether the candidate's latency is at most `margin` (0.15: +15 %) above the base's, by the ratio's interval.

    Unpaired: ratio of medians, BCa bootstrap. Paired (same seeds): geometric mean of the ratios, t on logarithms.
    PASS when the upper bound keeps the margin, FAIL when the lower bound is above it, else INSUFFICIENT.
    """
    numpy, stats = _scipy()
    a, b = numpy.asarray(base, float), numpy.asarray(candidate, float)
    method = "ratio, paired t on logarithms" if paired else f"ratio of medians, BCa bootstrap, {RESAMPLES} resamples"
    size = len(a) if paired else len(a) + len(b)
    refused = _unfit_pair(a, b, paired=paired)
    if not refused and (a <= 0).any() | (b <= 0).any():
        refused = "a ratio wants values above 0"
    if not refused and not paired and min(len(a), len(b)) < ENOUGH_TO_DECIDE:
        refused = f"{min(len(a), len(b))} values: a ratio of medians wants {ENOUGH_TO_DECIDE} on each side"
    if refused:
        return Estimate(method=method, n=size, verdict=Verdict.INSUFFICIENT, notes=(refused,))
    p = None
    with _silently():
        if paired:
            logs = numpy.round(numpy.log(b) - numpy.log(a), 12)
            if numpy.ptp(logs) == 0:
                low = high = ratio = math.nan
            else:
                test = stats.ttest_1samp(logs, math.log1p(margin))
                interval = test.confidence_interval(confidence)
                low, ratio, high = (float(numpy.exp(x)) for x in (interval.low, logs.mean(), interval.high))
                p = float(test.pvalue)
        else:
            ratio = float(numpy.median(b) / numpy.median(a))

            def medians(x: Any, y: Any, axis: int) -> Any:
                return numpy.median(x, axis=axis) / numpy.median(y, axis=axis)

            found = stats.bootstrap(
                (b, a), medians, n_resamples=RESAMPLES, batch=BATCH, vectorized=True, confidence_level=confidence,
                method="BCa", rng=numpy.random.default_rng(seed),
            ).confidence_interval  # fmt: skip
            low, high = float(found.low), float(found.high)
    if not (math.isfinite(low) and math.isfinite(high)):
        notes = ("the values do not vary enough for an interval: nothing can be concluded",)
        return Estimate(method=method, n=size, verdict=Verdict.INSUFFICIENT, estimate=_finite(ratio), notes=notes)
    return Estimate(
        method=method, n=size, verdict=_within(low, high, at_most=1 + margin), estimate=ratio, low=low, high=high,
        confidence=confidence, p=p, seed=None if paired else seed,
        notes=(f"the ratio may be at most {1 + margin:g}",),
    )  # fmt: skip


def benjamini_hochberg(p_values: Sequence[float], *, q: float = 0.05, names: Sequence[str] = ()) -> list[Estimate]:
    """The family's adjusted p-values. One that is missing counts as 1, so that nothing is gained by dropping it.

    `verdict` is PASS for a rejected hypothesis (the effect is shown at false discovery rate q), else INSUFFICIENT.
    An empty family has no answer: the list is empty and the caller must not take it for a pass.
    """
    if not p_values:
        return []
    outside = [p for p in p_values if math.isfinite(p) and not 0 <= p <= 1]
    if outside:
        raise ImpossibleDesign(f"{outside[0]:g} is no p-value: they lie between 0 and 1")
    numpy, stats = _scipy()
    known = [p if math.isfinite(p) else 1.0 for p in p_values]
    adjusted = stats.false_discovery_control(numpy.asarray(known), method="bh")
    out = []
    for index, (raw, fixed) in enumerate(zip(p_values, adjusted, strict=True)):
        missing = not math.isfinite(raw)
        out.append(
            Estimate(
                method="Benjamini-Hochberg",
                n=len(known),
                verdict=Verdict.PASS if fixed <= q else Verdict.INSUFFICIENT,
                p=None if missing else raw,
                p_adjusted=float(fixed),
                name=names[index] if index < len(names) else str(index + 1),
                notes=("no p-value: counted as 1",) if missing else (),
            )
        )
    return out


def parity(base: float, candidate: float, *, tolerance: float = 0.05, name: str = "") -> Estimate:
    """Whether a budget (parameters, FLOPs) is within ±`tolerance` of the base's. Arithmetic, not a test."""
    if not (math.isfinite(base) and math.isfinite(candidate)) or base <= 0:
        notes = ("a budget is a number above 0",)
        return Estimate(method="parity", n=1, verdict=Verdict.INSUFFICIENT, name=name, notes=notes)
    ratio = candidate / base
    within = abs(candidate - base) <= tolerance * base * (1 + 1e-12)
    return Estimate(
        method="parity", n=1, verdict=Verdict.PASS if within else Verdict.FAIL, estimate=ratio,
        low=1 - tolerance, high=1 + tolerance, name=name,
    )  # fmt: skip


# --- designs -------------------------------------------------------------------------------------


class ImpossibleDesign(OperatorError):
    """The design cannot give the answer asked of it, whatever the data; nothing was computed."""


class TestKind(StrEnum):
    __test__ = False  # not one of pytest's

    PAIRED_T = "paired-t"
    WELCH = "welch"
    SIGN_FLIP = "sign-flip"
    WILCOXON = "wilcoxon"
    MANN_WHITNEY = "mann-whitney"


def smallest_p(test: TestKind, n: int) -> float:
    """The smallest two-sided p the exact test can give with n pairs (or n against n); 0 for a t-test."""
    if test in (TestKind.SIGN_FLIP, TestKind.WILCOXON):
        return min(1.0, 2.0 / float(2**n))
    if test is TestKind.MANN_WHITNEY:
        return min(1.0, 2.0 / math.comb(2 * n, n))
    return 0.0


def design(
    test: TestKind, n: int, *, family: int = 1, q: float = 0.05, effect: float = 1.0, correlation: float = 0.5
) -> Estimate:
    """What the design can show: smallest attainable p, and power for a shift of `effect` standard deviations.

    Raises ImpossibleDesign when it can never reject. Power is of the t-tests (noncentral t, equal variances),
    paired values correlated by `correlation`; exact tests have none here.
    """
    least = smallest_p(test, n)
    if n < 2:
        raise ImpossibleDesign(f"{n} value is no sample: a test wants at least 2")
    if least > q:
        raise ImpossibleDesign(
            f"{test.value} with {n} cannot give p below {least:.4g}: at a level of {q:g} it can never reject. "
            f"Take more ({_needed(test, q)} are enough for one question), or a paired t-test with its interval"
        )
    notes = []
    if least > q / family:
        notes.append(
            f"one effect alone among {family} questions cannot be shown: its p is at least {least:.4g}, "
            f"it would have to be below {q / family:.4g}"
        )
    power = None
    if test in (TestKind.PAIRED_T, TestKind.WELCH):
        power = _power(test, n, effect, correlation, q / family)
        notes.append(f"power {power:.2f} for a shift of {effect:g} standard deviations at level {q / family:.4g}")
    weak = bool(least > q / family) or (power is not None and power < 0.8)
    return Estimate(
        method=f"design: {test.value}", n=n, verdict=Verdict.INSUFFICIENT if weak else Verdict.PASS, estimate=power,
        p=least or None, notes=tuple(notes),
    )  # fmt: skip


def _needed(test: TestKind, level: float) -> int:
    return next(n for n in range(2, 64) if smallest_p(test, n) <= level)


def _power(test: TestKind, n: int, effect: float, correlation: float, level: float) -> float:
    _, stats = _scipy()
    if test is TestKind.PAIRED_T:
        freedom, shift = n - 1, effect / math.sqrt(2 * (1 - correlation)) * math.sqrt(n)
    else:
        freedom, shift = 2 * n - 2, effect * math.sqrt(n / 2)
    critical = stats.t.ppf(1 - level / 2, freedom)
    return float(stats.nct.sf(critical, freedom, shift) + stats.nct.cdf(-critical, freedom, shift))


# --- inside --------------------------------------------------------------------------------------


def _scipy() -> tuple[Any, Any]:
    try:
        import numpy as np
        from scipy import stats
    except ImportError:
        raise StatisticsMissing(
            "this wants SciPy, which is not installed here: pip install 'runbook-tui[stats]'"
        ) from None
    return np, stats


def _silently() -> Any:
    import warnings

    return warnings.catch_warnings(action="ignore")


def _vectorised(numpy: Any, statistic: Statistic) -> Callable[..., Any]:
    def corr(x: Any, y: Any, axis: int = -1) -> Any:
        dx, dy = x - x.mean(axis=axis, keepdims=True), y - y.mean(axis=axis, keepdims=True)
        with numpy.errstate(invalid="ignore", divide="ignore"):
            return (dx * dy).sum(axis=axis) / numpy.sqrt((dx**2).sum(axis=axis) * (dy**2).sum(axis=axis))

    functions: dict[Statistic, Callable[..., Any]] = {
        Statistic.MEAN: numpy.mean,
        Statistic.MEDIAN: numpy.median,
        Statistic.P95: lambda x, axis=-1: numpy.percentile(x, 95, axis=axis),
        Statistic.CORR: corr,
    }
    return functions[statistic]


_JACKKNIFES: dict[Statistic, Callable[..., Any]] = {
    Statistic.MEAN: bootstrap.of_mean,
    Statistic.MEDIAN: bootstrap.of_quantile(0.5),
    Statistic.P95: bootstrap.of_quantile(0.95),
    Statistic.CORR: bootstrap.of_correlation,
}


def _by_scipy(
    numpy: Any, stats: Any, data: Sequence[Any], function: Callable[..., Any],
    *, resamples: int, confidence: float, seed: int,
) -> tuple[float, float]:  # fmt: skip
    """A statistic of somebody else's: its jackknife has no short way."""
    with _silently():
        found = stats.bootstrap(
            data, function, n_resamples=resamples, batch=BATCH, vectorized=True, paired=len(data) > 1,
            confidence_level=confidence, method="BCa", rng=numpy.random.default_rng(seed),
        ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)


def _differences(numpy: Any, base: Any, candidate: Any) -> Any:
    """Rounded far below any meaning: ties that only float noise breaks would move a bootstrap limit."""
    raw = candidate - base
    scale = float(max(numpy.abs(base).max(), numpy.abs(candidate).max(), 1e-300))
    return numpy.round(raw / scale, 12) * scale


def _unfit(data: Sequence[Any]) -> str | None:
    import numpy as np

    if len({len(sample) for sample in data}) > 1:
        return "the two columns are of different lengths"
    if len(data[0]) < FEW:
        return f"{len(data[0])} values are too few"
    bad = int(sum((~np.isfinite(sample)).sum() for sample in data))
    return f"{bad} of the values {'is' if bad == 1 else 'are'} not finite numbers" if bad else None


def _unfit_pair(base: Any, candidate: Any, *, paired: bool) -> str | None:
    if paired and len(base) != len(candidate):
        return f"pairs want as many values on both sides, there are {len(base)} and {len(candidate)}"
    return _unfit([base]) or _unfit([candidate])


def _within(low: float, high: float, at_least: float | None = None, at_most: float | None = None) -> Verdict:
    if not (math.isfinite(low) and math.isfinite(high)):
        return Verdict.INSUFFICIENT
    if (at_least is not None and high < at_least) or (at_most is not None and low > at_most):
        return Verdict.FAIL
    if (at_least is not None and low < at_least) or (at_most is not None and high > at_most):
        return Verdict.INSUFFICIENT
    return Verdict.PASS


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
