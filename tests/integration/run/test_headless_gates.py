"""`rbt run --headless` with watched conditions: nothing is changed against them, or blindly."""

import json
import os
import subprocess
import sys
import time

import pytest

from tests.integration.gates.conftest import until

DOCUMENT = """---
rbt:
  text: {url}
  every: 0.2s
  signals:
    error rate: {{query: errors, unit: '%', stale: 2s}}
    p95 latency: {{query: latency, unit: ms, stale: 2s}}
---
# Release

## Deploy

```bash
echo new > {folder}/version
```

<!-- rbt: rollback="echo old > {folder}/version" -->

```bash
{wait}
```

```bash
echo newer > {folder}/version
```

## Success Criteria

- [ ] p95 latency < 500ms

## Rollback

### Rollback Triggers

Immediately roll back if:

- [ ] Error rate > 10% for 1 second

### Rollback Procedure

```bash
echo old > {folder}/version
```
"""
SLOW = """
import os, time
if os.environ.get("RBT_STATE"):
    import runbook_tui.gate_policy as policy, runbook_tui.run.headless_gates as gates
    gates.PATIENCE = 1.0
    real = policy.read_gate_policy
    policy.read_gate_policy = lambda: (time.sleep(4), real())[1]
"""
pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def rbt(tmp_path, service):
    document = tmp_path / "release.md"
    url = f"http://127.0.0.1:{service.port}/metrics"

    def run(*arguments, wait="sleep 0.1", during=None, code=0, instead=("", "")):
        text = DOCUMENT.format(url=url, folder=tmp_path, wait=wait)
        assert instead[0] in text
        document.write_text(text.replace(*instead))
        process = subprocess.Popen(
            [sys.executable, "-m", "runbook_tui", "run", document, "--headless", "--yes", "--json", *arguments],
            env={**os.environ, "RBT_STATE": str(tmp_path / "state")}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        if during is not None:
            during()
        out, errors = process.communicate(timeout=60)
        assert "Traceback" not in errors
        assert process.returncode == code, out + errors
        return json.loads(out)

    return run


def states(run):
    return {step["title"]: step["state"] for step in run["steps"]}


def until_there(path):
    until(path.exists, str(path))


def test_a_healthy_release_is_walked_to_its_end(rbt, tmp_path):
    run = rbt()
    assert run["outcome"] == "completed"
    assert states(run)["p95 latency < 500ms"] == "done", "the measured criterion was met"
    assert {gate["condition"]: gate["state"] for gate in run["gates"]}["Error rate > 10% for 1 second"] == "pass"


def test_nothing_is_changed_blindly(rbt, tmp_path, service):
    service.text = "latency 100\n"
    run = rbt(code=3)
    assert "no data" in run["waiting_for"]
    assert not (tmp_path / "version").exists()


def test_an_unmet_criterion_stops_the_walk(rbt, tmp_path, service):
    service.text = "errors 0.5\nlatency 900\n"
    run = rbt(code=1)
    assert "“p95 latency < 500ms”: fail (now 900 ms)" in run["waiting_for"]
    assert (tmp_path / "version").read_text() == "newer\n"


OF_THE_RUN = ("- [ ] p95 latency < 500ms", "| Metric | Target |\n|---|---|\n| p95 latency | < 500ms |")


def test_a_criterion_of_the_whole_run_is_asked_before_it_is_called_done(rbt, tmp_path, service):
    run = rbt(instead=OF_THE_RUN)
    assert run["outcome"] == "completed"
    assert {gate["condition"]: gate["state"] for gate in run["gates"]}["p95 latency < 500ms"] == "pass"
    service.text = "errors 0.5\nlatency 900\n"
    run = rbt(code=1, instead=OF_THE_RUN)
    assert (run["outcome"], (tmp_path / "version").read_text()) == ("waiting", "newer\n")
    assert "“p95 latency < 500ms”: fail (now 900 ms)" in run["waiting_for"]
    service.text = "errors 0.5\n"
    assert "“p95 latency < 500ms”: no data" in rbt(code=3, instead=OF_THE_RUN)["waiting_for"]


def test_a_criterion_of_the_whole_run_with_a_time_is_observed_at_its_end(rbt, tmp_path):
    before, table = OF_THE_RUN
    run = rbt(instead=(before, table.replace("500ms", "500ms for 2 seconds")))
    assert run["outcome"] == "completed"
    assert time.time() - (tmp_path / "version").stat().st_mtime >= 2


FOR_A_WHILE = ("p95 latency < 500ms", "p95 latency < 500ms for 3 seconds")


def test_a_criterion_with_a_time_is_observed_for_that_long(rbt, tmp_path):
    """Longer than from the first good value on: from the last change on, whatever was measured before it."""
    run = rbt(wait="sleep 4", instead=FOR_A_WHILE)
    passed = time.time() - (tmp_path / "version").stat().st_mtime
    assert run["outcome"] == "completed"
    assert states(run)["p95 latency < 500ms for 3 seconds"] == "done"
    assert passed >= 3


def test_a_criterion_that_does_not_stay_good_stops_the_walk(rbt, tmp_path, service):
    def worsens():
        until(lambda: (tmp_path / "version").exists() and (tmp_path / "version").read_text() == "newer\n", "the change")
        time.sleep(1)
        service.text = "errors 0.5\nlatency 900\n"

    run = rbt(instead=FOR_A_WHILE, during=worsens, code=1)
    assert "“p95 latency < 500ms for 3 seconds”: fail (now 900 ms)" in run["waiting_for"]


def test_a_criterion_of_which_nothing_is_heard_any_more_is_not_waited_for(rbt, tmp_path, service):
    def silent():
        until(lambda: (tmp_path / "version").exists() and (tmp_path / "version").read_text() == "newer\n", "the change")
        service.text = "errors 0.5\n"

    run = rbt(instead=FOR_A_WHILE, during=silent, code=3)
    assert "“p95 latency < 500ms for 3 seconds”: no data" in run["waiting_for"]


def worse(tmp_path, service):
    def change():
        until_there(tmp_path / "version")
        service.text = "errors 30\nlatency 100\n"

    return change


def test_a_fired_condition_stops_the_walk(rbt, tmp_path, service):
    run = rbt(wait="sleep 4", during=worse(tmp_path, service), code=1)
    assert "Error rate > 10% for 1 second” holds" in run["waiting_for"]
    assert (tmp_path / "version").read_text() == "new\n", "the next change was not made"
    assert run["gates"][0]["state"] == "fired"


@pytest.mark.parametrize("instead", [("", ""), ("- [ ] Error rate > 10%", "- Error rate > 10%")])
def test_with_the_policy_the_run_is_taken_back(rbt, tmp_path, service, instead):
    """Also by a condition that has no box."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "policy.yaml").write_text("automatic_rollback: {on: true, countdown: 1s}\n")
    run = rbt(wait="sleep 4", during=worse(tmp_path, service), code=4, instead=instead)
    assert run["outcome"] == "rolled_back"
    assert (tmp_path / "version").read_text() == "old\n"


def test_what_is_only_to_be_considered_takes_nothing_back(rbt, tmp_path, service):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "policy.yaml").write_text("automatic_rollback: {on: true, countdown: 1s}\n")
    softer = ("Immediately roll back if:\n\n- [ ] Error", "Consider rolling back if:\n\n- Error")
    run = rbt(wait="sleep 4", during=worse(tmp_path, service), code=1, instead=softer)
    assert run["outcome"] == "waiting"
    assert (tmp_path / "version").read_text() == "new\n"


def test_a_policy_that_cannot_be_read_stops_before_anything(rbt, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "policy.yaml").write_text("automatic_rollback: perhaps\n")
    run = rbt(code=3)
    assert "is on or off" in run["waiting_for"]
    assert not (tmp_path / "version").exists()


@pytest.mark.parametrize(
    ("instead", "why"),
    [
        (("{query: errors, unit: '%', stale: 2s}", "{http: 'http://127.0.0.1:1/', status: 2xx}"), "status is a number"),
        (("every: 0.2s", "every: 0"), "no time between two questions"),
        (("unit: '%', stale: 2s", "unit: ms"), "the signal is in ms"),
        (("    error rate:", "    eror rate:"), "nothing asks for the signal “eror rate”"),
        (("    p95 latency:", "    p59 latency:"), "nothing asks for the signal “p59 latency”"),
        (("unit: ms, stale: 2s", "unit: '%', stale: 2s"), "the signal is in %"),
    ],
)
def test_a_mistake_in_what_is_said_of_signals_changes_nothing(rbt, tmp_path, instead, why):
    run = rbt(code=3, instead=instead)
    assert why in run["waiting_for"]
    assert not (tmp_path / "version").exists()


CANARY = """
  canary: {{command: 'echo {{weight}} > {folder}/weight', stages: 100% 1s, every: 0.3s, checks: [p95 latency < 500ms]}}
---
# Release

- [ ] Walk the canary <!-- rbt: gate=canary -->
"""


def test_no_canary_is_begun_blindly(rbt, tmp_path, service):
    service.text = "latency 100\n"
    run = rbt(code=3, instead=("\n---\n# Release\n", CANARY.format(folder=tmp_path)))
    assert "no data" in run["waiting_for"]
    assert not (tmp_path / "weight").exists()


RULES = """groups:
- name: service
  rules:
  - {alert: Slow, expr: latency > 500, for: 1s, labels: {severity: critical}}
  - {alert: Slow, expr: latency > 100, labels: {severity: info}}
  - {record: x, expr: latency}
"""


def with_rules(tmp_path, text, said="alerts.yml"):
    (tmp_path / "alerts.yml").write_text(text)
    return ("  every: 0.2s\n", f"  every: 0.2s\n  rules: {said}\n")


def test_alerts_of_a_rule_file_are_conditions_of_the_run(rbt, tmp_path, service):
    run = rbt(instead=with_rules(tmp_path, RULES))
    assert run["outcome"] == "completed"
    assert {gate["condition"]: gate["state"] for gate in run["gates"]}[
        "Slow: latency > 500 for 1s (critical)"
    ] == "pass"


def test_an_alert_that_holds_stops_the_walk(rbt, tmp_path, service):
    def worsens():
        until_there(tmp_path / "version")
        service.text = "errors 0.5\nlatency 900\n"

    run = rbt(wait="sleep 4", during=worsens, code=1, instead=with_rules(tmp_path, RULES))
    assert "Slow: latency > 500 for 1s (critical)” holds" in run["waiting_for"]
    assert (tmp_path / "version").read_text() == "new\n"


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        (RULES, "gone.yml", "gone.yml is no file of rules"),
        (RULES.replace("latency > 500", "absent(latency)"), "alerts.yml", "quiet could not be told from gone"),
        (RULES, "{file: alerts.yml, only: [Fast]}", "no alert of alerts.yml is called Fast"),
    ],
)
def test_rules_that_cannot_be_watched_change_nothing(rbt, tmp_path, text, said, why):
    run = rbt(code=3, instead=with_rules(tmp_path, text, said))
    assert why in run["waiting_for"]
    assert not (tmp_path / "version").exists()


def test_a_watch_that_never_begins_changes_nothing(rbt, tmp_path, monkeypatch):
    """The reader of the policy hangs, and with it whoever would begin the watch."""
    (tmp_path / "sitecustomize.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run = rbt(code=3)
    assert "nothing is changed blindly" in run["waiting_for"]
    assert not (tmp_path / "version").exists()
