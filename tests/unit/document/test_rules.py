"""Thresholds in YAML shown by a document: taken when certain, whatever else the block holds."""

import pytest

from runbook_tui.document import conditions, rules


def of(text, first_line=1):
    return conditions.of_yaml(text.split("\n"), first_line)


RULES = """groups:
- name: api
  rules:
  - alert: HighErrors
    expr: |
      (
        sum(rate(http_requests_total{code=~"5..", why!="test > 5"}[5m]))
        / sum(rate(http_requests_total[5m]))
      ) > 0.05
    for: 2m
    labels:
      severity: critical
    annotations:
      summary: "{{ $value }} is above 5 %"
  - alert: Down
    expr: up == 0
    for: 1h30m
    labels: {severity: page}
  - record: job:errors
    expr: sum(errors) > 3
  - alert: Joined
    expr: a > 1 and b > 2
  - alert: Compared
    expr: a > b
  - alert: Other
    expr: a != 1
"""


def test_a_rule_file_gives_expression_sign_value_time_and_severity():
    errors, down = of(RULES, 10)
    assert errors.metric.startswith("( sum(rate(http_requests_total{")
    assert errors.metric.endswith("[5m])) )")
    assert (errors.op, errors.value, errors.duration, errors.severity, errors.line) == (">", 0.05, 120, "critical", 14)
    assert (down.metric, down.op, down.value, down.duration, down.severity) == ("up", "==", 0, 5400, "page")


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("rate(x[5m]) >= 1e-3", ("rate(x[5m])", ">=", 0.001)),
        ("(up == 0)", ("up", "==", 0)),
        ("up == bool 0", ("up", "==", 0)),
        ('x{a="(>1"} < 2', ('x{a="(>1"}', "<", 2)),
        ("a > 1 > 0", None),
        ("a > on(job) b", None),
        ("sum(a)", None),
        ("a unless b > 1", None),
        ("band > 1", ("band", ">", 1)),
        ("3 < a", None),
        ("a ) > 1", None),
    ],
)
def test_the_outermost_comparison_of_an_expression(expression, parts):
    assert rules.comparison(expression) == parts or (parts is None and rules.comparison(expression) is None)


def test_trigger_and_alert_lists():
    found = of(
        'rollback:\n  trigger_conditions:\n    - "failure_rate > 0.1"\n    - "significance_lost"\nalerts:\n  warning:\n    - p95 > baseline * 1.15\n',
        5,
    )
    assert [(one.line, one.metric, one.value, one.baseline_factor, one.severity) for one in found] == [
        (7, "failure_rate", 0.1, None, "gate"),
        (11, "p95", None, 1.15, "warning"),
    ]


def test_limits_whose_name_says_which_side():
    found = of(
        'thresholds:\n  max_error_rate: 5%\n  min_availability: 99.9\n  cpu_threshold: "70%"\nlimits:\n  max_memory: 4 things\nother:\n  max_size: 3\n'
    )
    assert [(one.metric, one.op, one.value, one.unit) for one in found] == [
        ("error_rate", "<=", 5, "%"),
        ("availability", ">=", 99.9, None),
    ]


@pytest.mark.parametrize(
    "text",
    ["a: [", "- {{ x }} > 1", "\t- a > 1", "a: &x [*x, *x]\nb > 1", "- " * 5000 + "a > 1", "x: " + "[" * 5000, "{" * 900 + "> 1", "a > 1\n" * 30_000, "!!python/object:x > 1", "- !<> > 1"],
)  # fmt: skip
def test_bad_yaml_gives_nothing_and_no_trouble(text):
    assert isinstance(of(text), tuple)
