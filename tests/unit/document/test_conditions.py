"""Thresholds are parsed when certain; the sentence stays."""

import pytest

from runbook_tui.document import conditions


@pytest.mark.parametrize(
    ("text", "metric", "op", "value", "unit", "duration"),
    [
        ("Error rate > 10% for 5+ minutes", "error rate", ">", 10, "%", 300),
        ("P95 latency >500ms for 5 minutes", "p95 latency", ">", 500, "ms", 300),
        ("More than 50% of pods failing health checks", "pods failing health checks", ">", 50, "%", None),
        ("More than three pods restarting for five minutes", "pods restarting", ">", 3, None, 300),
        ("GPU utilization exceeds 95% for >10 minutes", "gpu utilization", ">", 95, "%", 600),
        ("Failure rate exceeds 10% over 1 hour window", "failure rate", ">", 10, "%", 3600),
        ("Failure rate exceeds 10% over the last hour", "failure rate", ">", 10, "%", 3600),
        ("Completion rate drops below 90%", "completion rate", "<", 90, "%", None),
        ("Response time consistently > 10s", "response time", ">", 10, "s", None),
        ("Response time over 5 seconds", "response time", ">", 5, "s", None),
        ("Latency requirements met (P95 < 100ms)", "p95", "<", 100, "ms", None),
        ("3+ health check failures", "health check failures", ">=", 3, None, None),
        ("App error rate exceeds 5% for more than 2 minutes", "app error rate", ">", 5, "%", 120),
        ("Error rate >3% sustained 10+ min (vs >5% standard)", "error rate", ">", 3, "%", 600),
        ("**Error rate >5%** sustained for 10+ minutes (Day 0)", "error rate", ">", 5, "%", 600),
        ("`Error rate` > 5% (for 2 minutes)", "error rate", ">", 5, "%", 120),
        ("Availability < 95% for 10 minutes", "availability", "<", 95, "%", 600),
        ("Availability must not drop below 99.9%", "availability", ">=", 99.9, "%", None),
        ("Sign-in success rate <95%", "sign-in success rate", "<", 95, "%", None),
        ("Fix time > 30 minutes", "fix time", ">", 30, "min", None),
        ("The deployment takes longer than half an hour", None, None, None, None, None),
        ("Completion rate = 100%", "completion rate", "==", 100, "%", None),
        ("Uptime 99.9% or higher", "uptime", ">=", 99.9, "%", None),
        ("Throughput 1000+ RPS", "throughput", ">=", 1000, "rps", None),
        ("Queue depth no more than 10k messages", "queue depth", "<=", 10_000, None, None),
        ("Requests >= 1,250,000", "requests", ">=", 1_250_000, None, None),
        ("Memory ≤1.4 GB", "memory", "<=", 1.4, "GB", None),
        ("Memory (RSS) > 4 GiB for 10m", "memory", ">", 4, "GiB", 600),
        ("HTTP 500 errors > 10 in 5 min", "http 500 errors", ">", 10, None, 300),
        ("Cost > $500", "cost", ">", 500, "$", None),
        ("RTO: 4 hours", "rto", "<=", 4, "h", None),
        ("Maximum error rate: 5%", "error rate", "<=", 5, "%", None),
        ("HighErrors: error rate > 5% for 2 minutes", "error rate", ">", 5, "%", 120),
        ("Response time: < 200ms", "response time", "<", 200, "ms", None),
        ("Roll back when the error rate > 5%", "error rate", ">", 5, "%", None),
        ("If error rate exceeds 5%, call the lead", "error rate", ">", 5, "%", None),
        ("Verify response times < 1s", "response times", "<", 1, "s", None),
        ("Throughput drops by more than 10%", "throughput drops", ">", 10, "%", None),
        ("Error rate > 5% over a 10-minute window → page", "error rate", ">", 5, "%", 600),
    ],
)
def test_a_certain_threshold(text, metric, op, value, unit, duration):
    read = conditions.read(text, 7)
    assert (read.metric, read.op, read.value, read.unit, read.duration) == (metric, op, value, unit, duration)
    assert read.text == text
    assert conditions.certain(read) == (metric is not None)


@pytest.mark.parametrize(
    ("text", "op", "factor"),
    [
        ("Latency P99 >2x baseline for 5 minutes → Automated rollback", ">", 2),
        ("Error rate >50% above baseline", ">", 1.5),
        ("Throughput falls more than 20% below baseline", "<", 0.8),
        ("Throughput no more than 20% below the baseline", ">=", 0.8),
        ("CPU > 120% of baseline", ">", 1.2),
        ("latency_p95 > baseline * 1.15", ">", 1.15),
        ("p95 > 1.5 * baseline", ">", 1.5),
        ("p95 > baseline + 20%", ">", 1.2),
        ("p95 latency exceeds baseline by 20%", ">", 1.2),
        ("Latency more than twice the baseline", ">", 2),
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
        "Error rate between 1% and 5%",
        "Memory usage exceeding limits",
        "Dashboard unreachable for >5 minutes",
        "CPU > 80% and memory > 90%",
        "Error rate > 5% or data loss",
        "Error rate > 5% unless a backup runs",
        "Error rate ≠ 0",
        "Latency > 2 standard deviations above the mean",
        "Latency > 20% higher than yesterday",
        "Latency > 20% increase",
        "CPU > 20% of baseline",
        "error rate > threshold",
        "Error rate spikes (e.g. > 5%)",
        "Python >= 3.11",
        "Wait 5+ minutes",
        "kubectl get pods > 5.txt",
        "it > 5",
        "Latency within 15%",
        "Budget parity ±5%",
        "Route 10% of traffic when ready",
        "x" * 500 + " > 5",
    ],
)
def test_no_guess_without_certainty(text):
    read = conditions.read(text, 1)
    assert not conditions.certain(read)
    assert (read.metric, read.op, read.value, read.unit, read.baseline_factor) == (None,) * 5
    assert read.text == text


def test_a_duration_alone_is_kept():
    assert conditions.read("Dashboard unreachable for >5 minutes", 1).duration == 300


def test_the_time_in_a_lead_in_goes_for_its_list():
    lead = "Roll back if any of these hold beyond 10 minutes:"
    assert conditions.read("Checkout is down", 1, lead_in=lead).duration == 600
    assert conditions.read("Error rate > 5%", 1, lead_in=lead).duration == 600
    assert conditions.read("Error rate > 5% for 2 minutes", 1, lead_in=lead).duration == 120


def test_both_sides_of_a_range_are_two_gates_and_no_single_trigger():
    text = "GPU utilization optimized (>70%, <95% average)"
    both = conditions.read_all(text, 4)
    assert [(one.metric, one.op, one.value) for one in both] == [
        ("gpu utilization", ">", 70),
        ("gpu utilization", "<", 95),
    ]
    assert not conditions.certain(conditions.read(text, 4))


def test_a_label_says_how_grave_it_is():
    assert conditions.read("Critical: error rate > 5%", 1).severity == "critical"
    assert conditions.read("Error rate > 5%", 1, severity="warning").severity == "warning"


def test_a_table_of_metrics_with_a_column_for_each_severity():
    header = ["Metric", "Warning", "Critical", "Owner"]
    rows = [
        (3, ["Error rate", "> 1%", "> 5% for 5 min", "ana"]),
        (4, ["p95 latency", ">300ms", "see dashboard", "ben"]),
    ]
    found = conditions.of_table(header, rows)
    assert [(one.line, one.metric, one.op, one.value, one.duration, one.severity) for one in found] == [
        (3, "error rate", ">", 1, None, "warning"),
        (3, "error rate", ">", 5, 300, "critical"),
        (4, "p95 latency", ">", 300, None, "warning"),
    ]


def test_a_table_with_a_condition_in_each_row():
    rows = [
        (9, ["critical", "error rate > 5%"]),
        (10, ["warning", "disk usage above 80%"]),
        (11, ["info", "phase done"]),
    ]
    found = conditions.of_table(["Severity", "Condition"], rows)
    assert [(one.line, one.metric, one.severity) for one in found] == [
        (9, "error rate", "critical"),
        (10, "disk usage", "warning"),
    ]


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
