"""Thresholds are parsed when certain; the sentence stays."""

import pytest

from runbook_tui.document import conditions
from runbook_tui.document.runbook import Polarity


@pytest.mark.parametrize(
    ("text", "metric", "op", "value", "unit", "duration"),
    [
        ("Error rate > 10% for 5+ minutes", "Error rate", ">", 10, "%", 300),
        ("P95 latency >500ms for 5 minutes", "P95 latency", ">", 500, "ms", 300),
        ("More than 50% of pods failing health checks", "pods failing health checks", ">", 50, "%", None),
        ("GPU utilization exceeds 95% for >10 minutes", "GPU utilization", ">", 95, "%", 600),
        ("Failure rate exceeds 10% over 1 hour window", "Failure rate", ">", 10, "%", 3600),
        ("Completion rate drops below 90%", "Completion rate", "<", 90, "%", None),
        ("Response time consistently > 10s", "Response time", ">", 10, "s", None),
        ("Latency requirements met (P95 < 100ms)", "P95", "<", 100, "ms", None),
        ("3+ health check failures", "health check failures", ">=", 3, None, None),
        ("App error rate exceeds 5% for more than 2 minutes", "App error rate", ">", 5, "%", 120),
        ("Memory ≤1.4 GB", "Memory", "<=", 1.4, "GB", None),
    ],
)
def test_a_certain_threshold(text, metric, op, value, unit, duration):
    read = conditions.read(text, 7)
    assert (read.metric, read.op, read.value, read.unit, read.duration) == (metric, op, value, unit, duration)
    assert read.text == text
    assert conditions.certain(read)


@pytest.mark.parametrize(
    ("text", "op", "factor"),
    [
        ("Latency P99 >2x baseline for 5 minutes", ">", 2),
        ("Error rate >50% above baseline", ">", 1.5),
        ("latency_p95 > baseline * 1.15", ">", 1.15),
        ("p50 ≤ +15%", "<=", 1.15),
        ("Latency within 15% of baseline", "<=", 1.15),
    ],
)
def test_a_threshold_relative_to_the_baseline(text, op, factor):
    read = conditions.read(text, 1)
    assert (read.op, read.baseline_factor, read.value) == (op, factor, None)


@pytest.mark.parametrize(
    "text",
    [
        "Data corruption detected",
        "Error rate 1-5%",
        "Memory usage exceeding limits",
        "Dashboard unreachable for >5 minutes",
    ],
)
def test_no_guess_without_certainty(text):
    read = conditions.read(text, 1)
    assert not conditions.certain(read)
    assert read.text == text


def test_a_duration_alone_is_kept():
    assert conditions.read("Dashboard unreachable for >5 minutes", 1).duration == 300


@pytest.mark.parametrize(
    ("lead", "polarity"),
    [
        ("Immediately rollback if:", Polarity.DO),
        ("ROLL BACK IMMEDIATELY IF ANY OF:", Polarity.DO),
        ("Trigger rollback when ANY of these fire:", Polarity.DO),
        ("Consider rollback if:", Polarity.CONSIDER),
        ("DO NOT ROLLBACK if:", Polarity.DONT),
        ("NO-GO if:", Polarity.DO),
        ("Rollback is COMPLETE when:", None),
        ("If rollback occurs:", None),
        ("After the deployment check:", None),
    ],
)
def test_what_a_lead_in_asks_for(lead, polarity):
    assert conditions.polarity(lead) is polarity


def test_thresholds_of_an_alert_file():
    code = ["critical:", "  - failures > 0.05", "warning:", "  - latency > baseline * 1.2", "  - phase_done"]
    found = conditions.of_yaml(code, 10)
    assert [(item.line, item.severity, item.metric) for item in found] == [
        (11, "critical", "failures"),
        (13, "warning", "latency"),
    ]


def test_a_prometheus_rule_with_its_time():
    code = ["- alert: Hot", "  expr: gpu_temp > 90", "  for: 10m", "  labels:", "    severity: critical"]
    (rule,) = conditions.of_yaml(code, 1)
    assert (rule.metric, rule.value, rule.duration, rule.severity) == ("gpu_temp", 90, 600, "critical")
