"""Where the conditions of a document get their values from on the stage, and how fast time runs there."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.gates.stated import Timing, alerts_of
from runbook_tui.rehearsal.alerts import asks_the_lab
from runbook_tui.rehearsal.measured import on_stage
from runbook_tui.rehearsal.rules import Rules
from runbook_tui.rehearsal.stage import guessed_parts
from runbook_tui.sources import settings

DOCUMENT = """---
rbt:
  prometheus: https://prometheus.example
  signals:
    error rate: {query: 'sum(rate(http_errors[5m]))', unit: ratio}
    queue depth: {query: 'depth'}
    p95 latency: {text: 'http://127.0.0.1:8400/admin/metrics', query: 'max(rate(x[2m]))', unit: s, keep: 5m}
  canary:
    httproute: web
    stable: v1
    canary: v2
    stages: 5% 300s, 25% 600s, 100% 900s
    every: 30s
    checks: [Canary error rate < 5%]
    requests: canary requests
    least: 500
---
# T

- [ ] step

## Rollback criteria

Roll back immediately if:

- [ ] Error rate > 10% for 5 minutes
- [ ] p95 latency > 500ms for 5 minutes
- [ ] Queue depth > 100 for 5 minutes
- [ ] GPU utilization > 95% for 10 minutes
- [ ] Disk usage > 80%
"""


def staged(**rules):
    runbook = read(DOCUMENT.encode(), "t.md")
    found = on_stage(runbook, None, Rules(**rules), gateway=8400, metrics=9000)
    return found, settings(found.runbook.front_matter, found.sidecar)


def test_nothing_is_asked_of_production():
    found, said = staged()
    assert "prometheus.example" not in repr(said)
    assert found.runbook.front_matter == {}
    assert set(found.left_out) == {"queue depth"}
    assert "error rate" in found.taken_over
    assert "lab_gateway_errors_total" in said["signals"]["error rate"]["query"]
    assert said["signals"]["canary error rate"]["query"].count('version="v2"') == 2


def test_what_speaks_of_the_lab_already_stays_and_is_hurried():
    _, said = staged()
    assert said["signals"]["p95 latency"] == {
        "text": "http://127.0.0.1:8400/admin/metrics", "query": "max(rate(x[2s]))", "unit": "s", "keep": 3.0,
    }  # fmt: skip


def test_conditions_and_canaries_wait_so_many_times_less():
    found, said = staged(faster=100)
    assert {one.duration for one in found.runbook.triggers} == {3.0, 6.0, None}
    assert (said["canary"]["stages"], said["canary"]["every"]) == ("5% 3s, 25% 6s, 100% 9s", 0.5)
    assert said["canary"]["lab"] is True
    assert "httproute" not in said["canary"]
    assert said["canary"]["least"] == 5
    assert "for" not in said["canary"]
    slow, _ = staged(faster=1)
    assert {one.duration for one in slow.runbook.triggers} == {300.0, 600.0, None}


def test_the_times_of_a_canarys_checks_are_hurried():
    held = DOCUMENT.replace("[Canary error rate < 5%]", "[Canary error rate < 5% for 5 minutes]")
    found = on_stage(read(held.encode(), "t.md"), None, Rules(faster=100), gateway=8400, metrics=9000)
    assert settings({}, found.sidecar)["canary"]["for"] == 3.0


def test_a_rule_answers_what_cannot_be_guessed():
    rule = {"queue depth": {"text": "{metrics}", "query": "lab_store_jobs"}}
    found, said = staged(signals=rule)
    assert said["signals"]["queue depth"]["text"] == "http://127.0.0.1:9000/metrics"
    assert found.left_out == ()


def test_the_parts_a_document_needs_are_guessed():
    runbook = read(DOCUMENT.encode(), "t.md")
    assert guessed_parts(runbook) == ("store", "metrics", "traffic", "gpu")
    assert guessed_parts(read(b"# T\n\n```bash\nls\n```\n", "t.md")) == ()
    assert guessed_parts(read(b"# T\n\n<!-- rbt: target=web-1 -->\n```bash\nls\n```\n", "t.md")) == ("ssh",)


@pytest.mark.parametrize("place", ["lab", "http://127.0.0.1:8400/admin/metrics"])
def test_queries_that_go_to_the_lab_are_asked_as_they_stand(place):
    """Also where one word says so for all of them."""
    text = f"""---
rbt:
  text: {place}
  signals:
    error rate: {{query: 'rate(lab_gateway_errors_total{{version="v2"}}[5m])', unit: ratio}}
    damage: {{text: lab/metrics, query: lab_store_damaged}}
    depth: {{prometheus: 'https://prometheus.example', query: depth}}
---
# T

Roll back if error rate > 10% for 5 minutes.
"""
    found = on_stage(read(text.encode(), "t.md"), None, Rules(), gateway=8400, metrics=9000)
    signals = settings(found.runbook.front_matter, found.sidecar)["signals"]
    assert signals["error rate"] == {
        "query": 'rate(lab_gateway_errors_total{version="v2"}[3s])', "unit": "ratio", "text": place,
    }  # fmt: skip
    assert signals["damage"] == {"text": "lab/metrics", "query": "lab_store_damaged"}
    assert found.left_out == ("depth",)
    assert found.taken_over == ()


RULES = {"groups": [{"name": "x", "rules": [
    {"alert": "HighErrors", "expr": 'sum(rate(lab_gateway_errors_total{version="v2"}[5m])) by (version) > 0.5', "for": "5m"},
    {"alert": "QueueDeep", "expr": "depth > 100", "for": "10m"},
    {"alert": "Foreign", "expr": "rate(http_errors_total[5m]) / rate(http_requests_total[5m]) > 0.05"},
    {"alert": "NoThreshold", "expr": "absent(up)"},
    {"alert": "Chatter", "expr": "noise > 1", "labels": {"severity": "info"}},
]}]}  # fmt: skip


def test_alerts_of_rule_files_are_asked_of_the_lab_or_named():
    runbook = read(b"# T\n\n- [ ] step\n", "t.md")
    alerts = alerts_of(RULES, timing=Timing(every=15.0))
    rules = Rules(signals={"QueueDeep": {"query": "lab_store_jobs"}}, faster=100)
    found = on_stage(runbook, None, rules, gateway=8400, metrics=9000, alerts=alerts)
    assert found.left_out == ("alert Foreign", "alert NoThreshold")
    errors, queue = found.alerts
    assert errors.query == 'max(sum(rate(lab_gateway_errors_total{version="v2"}[3s])) by (version))'
    assert (queue.query, queue.check.threshold, queue.check.lasting) == ("lab_store_jobs", 100, 6.0)
    assert {one.page for one in found.alerts} == {"http://127.0.0.1:9000/metrics"}
    assert guessed_parts(runbook, alerts=True) == ("metrics", "traffic")


@pytest.mark.parametrize(
    ("query", "ours"),
    [
        ("lab_store_jobs", True),
        ("max(DCGM_FI_DEV_GPU_UTIL{gpu='x'})", True),
        ('sum(lab_gateway_requests_total{code=~"5.{2}"})', True),
        ('sum by (version) (rate(lab_gateway_errors_total{job="prod"}[5m])) * 100', True),
        ("lab_store_jobs / prod_jobs", False),
        ("lab_store_jobs and on (x) prod_jobs", False),
        ("vector(1)", False),
        ("prod_jobs_lab_total", False),
    ],
)
def test_what_asks_the_lab_and_nothing_else(query, ours):
    assert asks_the_lab(query) is ours
