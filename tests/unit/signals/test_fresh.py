import pytest

from runbook_tui.signals.fresh import fresh


def bound(selector):
    return f"({selector} and (time() - timestamp({selector}) <= 60))"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("up", bound("up")),
        ('up{job="a,(b"}', bound('up{job="a,(b"}')),
        ('{__name__="up"}', bound('{__name__="up"}')),
        ("rate(x[5m])", "rate(x[5m])"),
        ('sum(rate(x{code=~"5.."}[1m])) / sum(rate(x[1m]))', 'sum(rate(x{code=~"5.."}[1m])) / sum(rate(x[1m]))'),
        ("max(up)", f"max({bound('up')})"),
        ("sum by (job) (up)", f"sum by (job) ({bound('up')})"),
        ("sum(up) without (job)", f"sum({bound('up')}) without (job)"),
        ("a / on(x) group_left(y) b", f"{bound('a')} / on(x) group_left(y) {bound('b')}"),
        ("a and b or c", f"{bound('a')} and {bound('b')} or {bound('c')}"),
        ("up offset 5m", "up offset 5m"),
        ("up @ start()", "up @ start()"),
        ("timestamp(up)", "timestamp(up)"),
        ("x[5m:30s]", "x[5m:30s]"),
        ("time() - 3", "time() - 3"),
        ("1e3 + 0x1f + Inf", "1e3 + 0x1f + Inf"),
        ("vector(1)", "vector(1)"),
        ("a > bool 3", f"{bound('a')} > bool 3"),
        ("histogram_quantile(0.9, sum by (le) (rate(b[1m])))", "histogram_quantile(0.9, sum by (le) (rate(b[1m])))"),
        ("job:errors:rate5m", bound("job:errors:rate5m")),
        ("", ""),
        ("sum(", "sum("),
    ],
)  # fmt: skip
def test_instant_selectors_want_fresh_samples(query, expected):
    assert fresh(query, 60) == expected
