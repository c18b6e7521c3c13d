"""Published tables to the digits, and data from which nothing may be concluded."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.gates.statistics import (
    ImpossibleDesign,
    Statistic,
    TestKind,
    bca,
    benjamini_hochberg,
    design,
    difference,
    not_inferior,
    parity,
    smallest_p,
)
from runbook_tui.gates.verdict import Verdict, worst

# Benjamini & Hochberg 1995, their fifteen p-values.
P = [.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1.000]  # fmt: skip
ADJUSTED = [.0015, .0030, .0095, .035625, .0603, .06385714, .06385714, .0645, .0765, .486, .58118182, .714875, .75323077, .81321429, 1]  # fmt: skip
# Efron & Tibshirani 1993, table 14.2: spatial test A.
SPATIAL = [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41]
# R's boot, sixteen values.
R_BOOT = [10, 12, 12.5, 12.5, 13.9, 15, 21, 22, 23, 34, 50, 81, 89, 121, 134, 213]
LSAT = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594]
GPA = [3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96]
CD4 = [
    2.12, 4.35, 3.39, 2.51, 4.04, 5.10, 3.77, 3.35, 4.10, 3.35,
    4.15, 3.56, 3.39, 1.88, 2.56, 2.96, 2.49, 3.03, 2.66, 3.00,
]  # fmt: skip
CD4_LATER = [
    2.47, 4.61, 5.26, 3.02, 6.36, 5.93, 3.93, 4.09, 4.88, 3.81,
    4.74, 3.29, 5.55, 2.82, 4.23, 3.23, 2.56, 4.31, 4.37, 2.40,
]  # fmt: skip


def test_benjamini_hochberg_1995():
    found = benjamini_hochberg(P)
    assert [one.p_adjusted for one in found] == pytest.approx(ADJUSTED, abs=5e-9)
    assert sum(one.verdict is Verdict.PASS for one in found) == 4


def test_a_missing_p_counts_as_one():
    with_missing = benjamini_hochberg([*P[:14], math.nan])
    assert [one.p_adjusted for one in with_missing] == pytest.approx(ADJUSTED, abs=5e-9)
    assert with_missing[-1].p is None
    assert with_missing[-1].verdict is Verdict.INSUFFICIENT


def test_an_empty_family_shows_nothing():
    assert benjamini_hochberg([]) == []
    assert worst(one.verdict for one in benjamini_hochberg([])) is Verdict.NO_DATA


def test_no_p_value_lies_outside():
    with pytest.raises(ImpossibleDesign, match="between 0 and 1"):
        benjamini_hochberg([0.01, 1.2])


def test_efron_spatial_variance():
    def biased(x, axis=-1):
        return np.var(x, axis=axis)

    found = bca(SPATIAL, statistic=biased, confidence=0.9, resamples=200_000)
    assert found.estimate == pytest.approx(171.534, abs=5e-4)
    assert found.low == pytest.approx(115.8, abs=3)
    assert found.high == pytest.approx(259.6, abs=3)  # the book resampled 2,000 times
    assert found.high == pytest.approx(261.2, abs=0.7)


def test_r_boot_mean():
    found = bca(R_BOOT, resamples=100_000)
    assert (found.low, found.high) == pytest.approx((32.31, 91.43), rel=0.005)


def test_law_school_correlation():
    found = bca(LSAT, GPA, statistic=Statistic.CORR, confidence=0.9, resamples=50_000)
    assert found.estimate == pytest.approx(0.776374491289407, abs=1e-12)
    assert (found.low, found.high) == pytest.approx((0.429, 0.927), abs=0.01)
    wider = bca(LSAT, GPA, statistic=Statistic.CORR, confidence=0.95, resamples=50_000)
    assert (wider.low, wider.high) == pytest.approx((0.33, 0.942), abs=0.01)


@pytest.mark.parametrize(("confidence", "low", "high"), [(0.9, 0.543, 0.840), (0.95, 0.501, 0.861)])
def test_cd4_correlation(confidence, low, high):
    """DiCiccio and Efron 1996, the counts as R's boot keeps them."""
    found = bca(CD4, CD4_LATER, statistic=Statistic.CORR, confidence=confidence, resamples=50_000)
    assert found.estimate == pytest.approx(0.7231653678920305, abs=1e-12)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.006)


def test_the_seed_makes_it_repeatable():
    assert bca(R_BOOT, seed=7) == bca(R_BOOT, seed=7)
    assert bca(R_BOOT, seed=7).low != bca(R_BOOT, seed=8).low
    assert bca(R_BOOT, seed=7).seed == 7


@pytest.mark.parametrize(
    "values",
    [[10000.0] * 35, [1, 2, math.nan, 4] * 10, [1.0, math.inf] * 20, [], [1.0], [1, 2], [1, 2, 2, 2, 5]],
    ids=["constant", "nan", "infinite", "none", "one", "two", "no jackknife variance"],
)
@pytest.mark.parametrize("statistic", [Statistic.MEAN, Statistic.MEDIAN])
def test_degenerate_data_decide_nothing(values, statistic):
    found = bca(values, statistic=statistic, at_most=1e9)
    assert found.verdict is Verdict.INSUFFICIENT
    assert found.low is None or math.isfinite(found.low)
    assert found.notes


def test_five_values_decide_nothing_by_bootstrap():
    found = bca([1.0, 1.1, 0.9, 1.05, 0.95], at_most=5)
    assert found.verdict is Verdict.INSUFFICIENT
    assert "too narrow" in found.notes[0]
    assert bca([1.0, 1.1, 0.9, 1.05, 0.95] * 5, at_most=5).verdict is Verdict.PASS


@given(st.lists(st.sampled_from([0.0, 1.0, 2.5, math.nan, math.inf, 1e300]), max_size=8), st.booleans())
def test_never_a_pass_from_what_is_not_finite(values, paired):
    other = [1.0] * len(values)
    for found in (
        difference(other, values, paired=paired),
        not_inferior(other, values, paired=paired),
        bca(values, at_most=10, resamples=99),
    ):
        if not all(map(math.isfinite, values)) or len(values) < 3:
            assert found.verdict is not Verdict.PASS
        assert all(v is None or math.isfinite(v) for v in (found.estimate, found.low, found.high, found.p))


def test_five_paired_seeds():
    base = [0.812, 0.805, 0.820, 0.808, 0.815]
    worse = [value + shift for value, shift in zip(base, [0.030, 0.034, 0.031, 0.036, 0.033], strict=True)]
    found = difference(base, worse, paired=True)
    assert found.verdict is Verdict.FAIL
    assert found.estimate == pytest.approx(0.0328)
    assert (found.low, found.high) == pytest.approx((0.0298357, 0.0357643), abs=1e-6)
    assert difference(base, worse, paired=True, better="higher").verdict is Verdict.PASS
    assert difference(base, [*base[1:], base[0]], paired=True).verdict is Verdict.INSUFFICIENT


def test_pairs_go_together():
    found = difference([1.0, 2.0, 3.0], [1.0, 2.0], paired=True)
    assert found.verdict is Verdict.INSUFFICIENT
    assert "3 and 2" in found.notes[0]


def test_latency_may_rise_by_fifteen_percent():
    random = np.random.default_rng(3)
    base = random.lognormal(4, 0.1, 200)
    assert not_inferior(base, base * 1.05).verdict is Verdict.PASS
    assert not_inferior(base, base * 1.4).verdict is Verdict.FAIL
    assert not_inferior(base, base * 1.15).verdict is Verdict.INSUFFICIENT
    assert not_inferior(base[:5], base[:5] * 1.05).verdict is Verdict.INSUFFICIENT


def test_paired_latency_uses_ratios():
    base = [100.0, 120, 90, 110, 105]
    found = not_inferior(base, [x * f for x, f in zip(base, [1.03, 1.05, 1.04, 1.06, 1.02], strict=True)], paired=True)
    assert found.verdict is Verdict.PASS
    assert found.estimate == pytest.approx(1.04, abs=1e-3)
    assert not_inferior([0.0, 1, 2], [1.0, 1, 2], paired=True).verdict is Verdict.INSUFFICIENT


@pytest.mark.parametrize(
    ("base", "candidate", "verdict"),
    [(100, 105, "pass"), (100, 95, "pass"), (100, 105.01, "fail"), (100, 94.9, "fail"), (0, 0, "insufficient"),
     (math.nan, 1, "insufficient"), (100, math.nan, "insufficient")],
)  # fmt: skip
def test_parity(base, candidate, verdict):
    assert parity(base, candidate).verdict == verdict


def test_what_exact_tests_can_give():
    assert [smallest_p(TestKind.SIGN_FLIP, n) for n in (5, 6, 8)] == pytest.approx([0.0625, 0.03125, 0.0078125])
    assert [round(smallest_p(TestKind.MANN_WHITNEY, n), 4) for n in (3, 4, 5)] == [0.1, 0.0286, 0.0079]


def test_impossible_designs_are_refused():
    with pytest.raises(ImpossibleDesign, match="never reject"):
        design(TestKind.SIGN_FLIP, 5, q=0.05)
    assert design(TestKind.MANN_WHITNEY, 5, family=6).verdict is Verdict.PASS
    assert design(TestKind.MANN_WHITNEY, 5, family=7).verdict is Verdict.INSUFFICIENT


def test_power_of_five_seeds():
    power = [design(TestKind.WELCH, 5, effect=effect).estimate for effect in (1, 2, 3)]
    assert power == pytest.approx([0.27, 0.77, 0.98], abs=0.03)
    power = [design(TestKind.PAIRED_T, 5, effect=effect).estimate for effect in (1, 2, 3)]
    assert power == pytest.approx([0.40, 0.92, 1.0], abs=0.02)


def test_the_worst_verdict_speaks_for_all():
    order = [Verdict.PASS, Verdict.INSUFFICIENT, Verdict.NO_DATA, Verdict.ERROR, Verdict.FAIL]
    for index, verdict in enumerate(order):
        assert worst(order[: index + 1]) is verdict
        assert worst(reversed(order[: index + 1])) is verdict
    assert worst([]) is Verdict.NO_DATA
