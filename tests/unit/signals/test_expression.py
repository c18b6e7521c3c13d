import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.signals.expression import BadExpression, Expression, Scrape


def scrape(at, **series):
    out = {}
    for name, value in series.items():
        metric, _, version = name.partition("__")
        out[metric, (("version", version),) if version else ()] = float(value)
    return Scrape(at=at, series=out)


def value(text, *scrapes):
    found = Expression(text).evaluate(scrapes)
    return next(iter(found.values())) if len(found) == 1 else found


NOW = scrape(30, total__v1=130, total__v2=60, errors__v2=6, one=4)
BEFORE = scrape(0, total__v1=100, total__v2=10, errors__v2=0, one=4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one", 4), ("one * 2 + 1", 9), ("-(one - 6) / 2", 1), ("2 + 3 * 4", 14),
        ('total{version="v2"}', 60), ('total{version!="v2"}', 130), ('total{version=~"v2|v3"}', 60), ('total{version!~"v.",}', {}),
        ("sum(total)", 190), ("max(total)", 130), ("min(total)", 60), ("count(total)", 2),
        ('rate(total{version="v1"})', 1), ("increase(errors)", 6),
        ('increase(errors) / increase(total{version="v2"}) * 100', 12),
        ("sum(increase(errors)) / sum(increase(total))", 0.075),
        ("max(total / 0)", math.nan), ("max(total / (errors / errors))", 60), ("sum by (version) (errors)", 6),
        ("max(sum by (version) (total))", 130), ("count(sum by () (total))", 1), ("sum by (none)(nothing)", {}),
        ("nothing", {}), ("rate(nothing)", {}), ("one / 0", math.nan),
    ],
)  # fmt: skip
def test_expressions_over_two_scrapes(text, expected):
    assert value(text, BEFORE, NOW) == pytest.approx(expected, nan_ok=True)


def test_growth_wants_two_scrapes():
    assert value("rate(one)", NOW) == {}
    assert value("one", NOW) == 4


def test_a_counter_reset_is_counted_from_zero():
    scrapes = [scrape(at, total=count) for at, count in ((0, 100), (10, 110), (20, 4), (30, 9))]
    assert value("increase(total[30s])", *scrapes) == 10 + 4 + 5
    assert value("rate(total[30s])", *scrapes) == pytest.approx(19 / 30)
    assert value("increase(total)", *scrapes) == 5


def test_a_range_takes_the_scrapes_in_it():
    scrapes = [scrape(at, total=at * 2) for at in range(0, 100, 10)]
    assert value("increase(total[20s])", *scrapes) == 40
    assert value("increase(total[5s])", *scrapes) == 20
    assert Expression("rate(total[1m]) + rate(total[2m])").longest == 120


def test_a_series_that_vanished_has_no_growth():
    assert value("rate(total)", scrape(0, total=5), scrape(10, other=1)) == {}
    assert value("increase(total)", scrape(0, other=1), scrape(10, total=3)) == 3


def test_a_quantile_of_buckets():
    def buckets(*counts):
        bounds = ("0.1", "0.5", "1", "+Inf")
        return {("b", (("le", bound),)): float(count) for bound, count in zip(bounds, counts, strict=True)}

    scrapes = [Scrape(at=0, series=buckets(0, 0, 0, 0)), Scrape(at=10, series=buckets(50, 90, 100, 100))]
    assert value("histogram_quantile(0.5, rate(b))", *scrapes) == pytest.approx(0.1)
    assert value("histogram_quantile(0.95, rate(b))", *scrapes) == pytest.approx(0.75)
    scrapes[1] = Scrape(at=10, series=buckets(0, 0, 10, 20))
    assert value("histogram_quantile(0.95, rate(b))", *scrapes) == 1
    scrapes[1] = Scrape(at=10, series=buckets(0, 0, 0, 0))
    assert math.isnan(value("histogram_quantile(0.95, rate(b))", *scrapes))


@pytest.mark.parametrize(
    "text", ["", "sum(", "a b", "avg_over_time(x[5m])", "x[5m]", 'x{a=~"("}', "rate(1)", "sum(a, b)"]
)
def test_what_cannot_be_computed_is_said(text):
    with pytest.raises(BadExpression):
        Expression(text).evaluate([BEFORE, NOW])


@given(st.text(alphabet='sum(rate)xy{}="[]5m+-*/ ,.1', max_size=30))
def test_any_text_is_computed_or_refused(text):
    try:
        Expression(text).evaluate([BEFORE, NOW])
    except BadExpression:
        return


def test_quantiles_over_all_versions_are_those_of_the_sums():
    def buckets(at, **counts):
        rows = {
            ("b_bucket", (("le", le), ("version", v))): float(n) for v, of in counts.items() for le, n in of.items()
        }
        return Scrape(at=at, series=rows)

    before = buckets(0, v1={"0.1": 0, "+Inf": 0}, v2={"0.1": 0, "+Inf": 0})
    now = buckets(30, v1={"0.1": 90, "+Inf": 90}, v2={"0.1": 0, "+Inf": 10})
    assert value("histogram_quantile(0.45, sum by (le) (rate(b_bucket[30s])))", before, now) == pytest.approx(0.05)
    with pytest.raises(BadExpression, match="topk by"):
        value("topk by (le) (b_bucket)", now)
