"""`rbt gate` as a process, over a text endpoint and a real Prometheus: verdicts, exit codes, JSON."""

import json
import os
import subprocess
import sys

import jsonschema
import pytest

from tests.integration.gates.conftest import exporter, needs, past, prometheus, until  # noqa: F401
from tests.rbt import run as run_rbt

pytestmark = pytest.mark.timeout(100)
ANSWER = {
    "type": "object",
    "required": ["schema", "verdict", "checks"],
    "properties": {
        "schema": {"const": "runbook-tui/gate@1"},
        "verdict": {"enum": ["pass", "fail", "no_data", "insufficient", "error"]},
        "checks": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["condition", "verdict", "value", "threshold", "samples", "expected", "series", "at"],
                "properties": {
                    "value": {"type": ["number", "null"]},
                    "threshold": {"type": ["number", "null"]},
                    "samples": {"type": "integer"},
                    "expected": {"type": "integer"},
                    "series": {"type": "integer"},
                    "at": {"type": ["string", "null"]},
                },
            },
        },
    },
}
RUNBOOK = """---
rbt:
  prometheus: {url}
  signals:
    error rate: {{query: errors, unit: ratio}}
    p95 latency: {{query: latency, unit: s}}
---
# Release

## Success Criteria

- [ ] Error rate < 5%
- [ ] p95 latency < 500ms
{more}
## Rollback Triggers

Immediately roll back if:

- Error rate > 10% for 2 minutes
"""


@pytest.fixture
def gate(tmp_path):
    def run(*arguments, code=0):
        done = run_rbt("gate", *arguments, env={**os.environ, "RBT_STATE": str(tmp_path)}, cwd=tmp_path)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def test_expressions_over_a_server(gate, prometheus, exporter):  # noqa: F811
    exporter.text = "errors 0.02\nlatency 0.2\n"
    prometheus.until("latency", 0.2)
    at = ("--prometheus", prometheus.url)
    assert "now 0.02" in gate("errors < 0.05", *at).stdout
    gate("errors < 0.01", *at, code=1)
    gate("gone < 1", *at, code=3)
    gate("errors < 0.05", "gone < 1", *at, code=3)
    gate("errors < 0.05", "gone < 1", "latency < 0.1", *at, code=1)
    answer = json.loads(gate("errors < 0.05 for 1s", *at, "--every", "0.5s", "--json").stdout)
    jsonschema.validate(answer, ANSWER)
    assert answer["checks"][0]["samples"] >= 2
    assert gate("errors", *at, code=2).stderr.startswith("rbt: 'errors' states no threshold")


def test_a_runbook_s_success_criteria(gate, prometheus, exporter, tmp_path):  # noqa: F811
    exporter.text = "errors 0.02\nlatency 0.2\n"
    prometheus.until("latency", 0.2)
    (tmp_path / "release.md").write_text(RUNBOOK.format(url=prometheus.url, more=""))
    assert gate("release.md").stdout.count("✔") == 2
    assert gate("release.md", "--triggers").stdout.count("✔") == 3
    (tmp_path / "release.md").write_text(RUNBOOK.format(url=prometheus.url, more="- [ ] Memory < 80%\n"))
    answer = json.loads(gate("release.md", "--json", code=3).stdout)
    jsonschema.validate(answer, ANSWER)
    assert "no signal is called “memory”" in answer["checks"][-1]["detail"]


def test_a_prometheus_rule_file(gate, prometheus, exporter, tmp_path):  # noqa: F811
    exporter.text = 'errors{pod="a"} 0.02\nerrors{pod="b"} 0.03\nlatency 0.9\n'
    prometheus.until("latency", 0.9)
    rules = """groups: [{name: g, rules: [
        {alert: Errors, expr: errors > 0.05},
        {alert: Latency, expr: latency > 0.5},
        {alert: Down, expr: absent(up)},
        {record: x, expr: errors}]}]"""
    (tmp_path / "rules.yml").write_text(rules)
    subprocess.run(["promtool", "check", "rules", tmp_path / "rules.yml"], check=True, capture_output=True)
    done = gate("rules.yml", "--prometheus", prometheus.url, code=1)
    assert "✔ Errors: errors > 0.05  now 0.03" in done.stdout
    assert "✖ Latency" in done.stdout
    assert "! Down  (its expression has no threshold" in done.stdout


def test_without_a_server(gate, exporter):  # noqa: F811
    exporter.text = 'requests{code="200"} 90\nrequests{code="500"} 10\n'
    url = f"http://127.0.0.1:{exporter.port}/metrics"
    gate('requests{code="500"} / sum(requests) <= 0.1', "--text", url)
    gate('requests{code="500"} / sum(requests) < 0.1', "--text", url, code=1)
    gate("--http", url)
    gate("latency < 5000", "--http", url)
    gate("--http", url, "--contains", "nowhere", code=1)
    gate("disk <= 100", "--host")
    assert "Connection refused" in gate("up == 1", "--prometheus", "http://127.0.0.1:9", code=3).stdout
    assert "nothing says of which server" in gate("up == 1", code=2).stderr


def test_a_mistake_is_told_in_a_sentence(gate, tmp_path):
    assert "no time between two questions" in gate("disk <= 100", "--host", "--every", "0", code=2).stderr
    text = RUNBOOK.format(url="http://127.0.0.1:9", more="").replace(
        "{query: errors, unit: ratio}", "{http: x, status: 2xx}"
    )
    (tmp_path / "release.md").write_text(text)
    told = gate("release.md", code=2).stderr
    assert "status is a number like 200" in told
    assert "defect" not in told


def test_what_stands_in_an_answer_s_json(gate, exporter):  # noqa: F811
    exporter.text = '{"ok": true, "count": 1, "state": "up", "text": "1"}'
    at = ("--http", f"http://127.0.0.1:{exporter.port}/")
    for path, wanted, code in (
        ("ok", "true", 0),
        ("count", "1", 0),
        ("state", "up", 0),
        ("ok", "1", 1),
        ("ok", "false", 1),
    ):
        gate(*at, "--path", f"$.{path}", "--equals", wanted, code=code)


HANGS = """
import os, sys, time
if "gate" in sys.argv:
    os.statvfs = lambda path: time.sleep(600)
    import runbook_tui.signals.host as host, runbook_tui.watching as watching
    watching.DEADLINE = 1.0
"""


def test_a_file_system_that_hangs_ends_no_gate(tmp_path):
    """The read never comes back; the gate says so, and its process ends."""
    (tmp_path / "sitecustomize.py").write_text(HANGS)
    done = subprocess.run(
        [sys.executable, "-m", "runbook_tui", "gate", "disk < 90", "--host"],
        env={**os.environ, "RBT_STATE": str(tmp_path), "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True,
        timeout=40,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (3, "")
    assert "answer" in done.stdout
