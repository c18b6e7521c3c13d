"""The interval against SciPy's own, on the same resamples: the same numbers."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from runbook_tui.gates.statistics import Statistic, _vectorised, bca

ALONE = (Statistic.MEAN, Statistic.MEDIAN, Statistic.P95)
VALUES = st.lists(st.one_of(st.integers(-50, 50), st.floats(-1e6, 1e6)), min_size=2, max_size=60)


def by_scipy(statistic, *data, seed, resamples, confidence):
    with warnings.catch_warnings(action="ignore"):
        found = stats.bootstrap(
            [np.asarray(sample, float) for sample in data], _vectorised(np, statistic), n_resamples=resamples,
            batch=100, vectorized=True, paired=len(data) > 1, confidence_level=confidence, method="BCa",
            rng=np.random.default_rng(seed),
        ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)


def same(ours, theirs, scale):
    """Equal but for the noise of sums; where SciPy finds no interval, we find none."""
    for one, other in zip((ours.low, ours.high), theirs, strict=True):
        if not math.isfinite(other):
            assert one is None
        else:
            assert one == pytest.approx(other, rel=1e-9, abs=1e-9 * scale)


@pytest.mark.parametrize("statistic", ALONE)
@settings(max_examples=60, deadline=None)
@given(values=VALUES, seed=st.integers(0, 3), confidence=st.sampled_from([0.9, 0.95]))
def test_of_one_sample(statistic, values, seed, confidence):
    ours = bca(values, statistic=statistic, seed=seed, resamples=300, confidence=confidence)
    theirs = by_scipy(statistic, values, seed=seed, resamples=300, confidence=confidence)
    if ours.low is None and math.isfinite(theirs[0]):
        assert len(set(values)) < len(values) or len(values) < 5  # ties: noise of SciPy's sums is no interval to us
        return
    same(ours, theirs, max(map(abs, values)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=8, max_size=40), st.integers(0, 3))
def test_of_pairs(pairs, seed):
    x, y = (np.round(column, 2) for column in zip(*pairs, strict=True))
    if len(set(x)) < 8 or len(set(y)) < 8:
        return
    ours = bca(x, y, statistic=Statistic.CORR, seed=seed, resamples=300)
    same(ours, by_scipy(Statistic.CORR, x, y, seed=seed, resamples=300, confidence=0.95), 1.0)


@pytest.mark.parametrize("statistic", ALONE)
@pytest.mark.parametrize("size", [20, 1000])
def test_of_lognormal_values_with_all_resamples(statistic, size):
    values = np.random.default_rng(7).lognormal(size=size)
    same(
        bca(values, statistic=statistic, seed=3),
        by_scipy(statistic, values, seed=3, resamples=10_000, confidence=0.95),
        1.0,
    )


@pytest.mark.parametrize("values", [[1, 2, 2, 2, 5], [3, 3, 3], [0.1] * 35, [1.0, 2.0]])
def test_what_leaves_no_interval_is_never_a_pass(values):
    found = bca(values, statistic=Statistic.MEDIAN, at_least=0.0)
    assert found.verdict.value == "insufficient"
