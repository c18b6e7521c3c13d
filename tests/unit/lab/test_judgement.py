"""What the lab decides without a process: weights, percentiles, verdicts, which version answers next."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.lab.check import Limits, judge, percentile
from runbook_tui.lab.gateway import Balance, Refused, checked_weights
from runbook_tui.lab.process import Record, alive, start_mark
from runbook_tui.lab.server import Metrics


@given(st.integers(0, 100))
def test_weights_are_kept_to_the_request_over_any_hundred(share):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "weights.json").write_text(f'{{"v1": {100 - share}, "v2": {share}}}')
        balance = Balance(Path(folder))
    chosen = [balance.choose() for _ in range(300)]
    for start in (0, 100, 200):
        assert chosen[start : start + 100].count("v2") == share


@pytest.mark.parametrize(
    ("weights", "complaint"),
    [
        ({"v1": 90}, "add up to 100"),
        ({"v3": 100}, "no version v3"),
        ({"v1": 120, "v2": -20}, "not a percentage"),
        ({"v1": 90, "v2": 10}, "v2 is not deployed"),
    ],
)
def test_weights_that_would_harm_are_refused(weights, complaint):
    with pytest.raises(Refused, match=complaint):
        checked_weights(weights, {"v1"})


def test_a_version_that_is_not_named_gets_nothing():
    assert checked_weights({"v1": 100}, {"v1"}) == {"v1": 100, "v2": 0}


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_a_percentile_is_a_value_that_was_measured(values):
    p95 = percentile(values, 95)
    assert p95 in values
    assert sum(v <= p95 for v in values) >= 0.95 * len(values)


def test_a_check_passes_at_its_limits_and_fails_beyond_them():
    limits = Limits(errors=2, p95=100, only="v2")
    assert judge(50, {"v2": 50}, 1, 100.0, limits).passed
    assert len(judge(50, {"v1": 1, "v2": 49}, 2, 100.1, limits).complaints) == 3


def test_a_reused_pid_is_not_taken_for_the_process_that_had_it():
    mark = start_mark(os.getpid())
    assert mark is not None
    assert alive(Record(name="v1", pid=os.getpid(), mark=mark, port=1))
    assert not alive(Record(name="v1", pid=os.getpid(), mark=f"{mark}1", port=1))


def test_metrics_are_prometheus_text_with_cumulative_buckets():
    metrics = Metrics("lab")
    metrics.count("v1", 200, 0.004)
    metrics.count("v1", 502, 0.2)
    lines = metrics.text().splitlines()
    assert 'lab_requests_total{version="v1",status="200"} 1' in lines
    assert 'lab_errors_total{version="v1"} 1' in lines
    assert 'lab_request_duration_seconds_bucket{version="v1",le="0.0025"} 0' in lines
    assert 'lab_request_duration_seconds_bucket{version="v1",le="0.005"} 1' in lines
    assert 'lab_request_duration_seconds_bucket{version="v1",le="+Inf"} 2' in lines
    assert 'lab_request_duration_seconds_count{version="v1"} 2' in lines
