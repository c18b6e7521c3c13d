"""A rehearsal is in the record as one, and is never taken for a run."""

import json
from pathlib import Path

import jsonschema

DOCUMENT = """
# Deploy

## Do it (3 minutes)

```bash
# Start
rbt lab deploy v2 --image <image>
```

```bash
# Ship
docker push <image>
```

- [ ] Somebody looks at it
- [ ] Error rate < 5%

## Sign-off

- [ ] **Operator**: ______ Date: ____

## Rollback procedure

```bash
rbt lab remove v2
```

- [ ] Tell everybody
"""
RULES = "rehearse: {parts: [traffic], faster: 1000, values: {<image>: 'service:9'}}"
SCHEMA = json.loads(Path(__file__).with_name("rehearsal.schema.json").read_text())


def test_the_whole_of_a_report_and_what_the_record_says(rehearse, rbt):
    text = DOCUMENT.replace("# Start\n", "# Start\nrbt lab build <image>\n")
    done = rehearse(text, sidecar=RULES)
    report = done.report
    jsonschema.validate(report, SCHEMA)
    assert (done.code, report["ready"], report["ending"]) == (0, True, "completed"), done.said
    assert report["placeholders"] == {"<image>": "given"}
    assert report["missing"] == ["docker"]
    assert [one["act"] for one in report["commands"]] == ["run", "run", "would", "run"]
    assert report["commands"][2]["command"] == "docker push service:9"
    assert [one["how"] for one in report["steps"]] == ["done", "would run", "by hand", "measured", "signature"]
    assert (report["phases"][0]["planned"], report["phases"][0]["title"]) == (180, "Do it (3 minutes)")
    assert report["rollback"]["succeeded"]
    assert report["rollback"]["by_hand"] == 1
    assert report["gates"][0]["verdict"] == "pass"
    run = report["run"]

    code, said = rbt("runs")
    assert "rehearsal" in said
    status = json.loads(rbt("status", run, "--json")[1])
    assert status["rehearsal"] is True
    assert status["title"] == "REHEARSAL · Deploy"
    assert [one["state"] for one in status["signoffs"]] == ["open"]
    assert "a rehearsal" in rbt("status", run)[1]
    code, said = rbt("resume", run, "--headless")
    assert (code, f"{run} is a rehearsal" in said) == (2, True)
    code, said = rbt("rollback", run, "--headless", "--yes")
    assert (code, f"{run} is a rehearsal" in said) == (2, True)
    code, said = rbt("resume", "--headless")
    assert "no run is unfinished" in said


def test_a_step_that_left_nothing_on_another_machine_is_a_failure(rehearse):
    text = """# Ship

<!-- rbt: target=web-1 evidence="shipped field=version equals=2" -->
```bash
# Ship it
mkdir -p here && cd here
echo version=VERSION > shipped
```

<!-- rbt: target=web-1 -->
```bash
echo over
```

## Rollback procedure

<!-- rbt: target=web-1 -->
```bash
rm -f shipped
```
"""
    good = rehearse(text.replace("VERSION", "2"))
    assert (good.code, good.report["ending"]) == (0, "completed"), good.said
    bad = rehearse(text.replace("VERSION", "1"))
    assert bad.code == 1
    assert "exit status 0, but it left no evidence: version is 1, not 2" in bad.report["why"]


RULE_FILE = """
groups:
- name: release
  rules:
  - alert: HighErrors
    expr: sum(rate(lab_gateway_errors_total[5m])) / sum(rate(lab_gateway_requests_total[5m])) > 0.05
    for: 5m
  - alert: Foreign
    expr: depth > 100
"""
ALERTED = """
# Deploy

## Do it (3 minutes)

```bash
# Start
rbt lab deploy v2
```

```bash
# Half of the traffic
rbt lab weights v1=50 v2=50
```

```bash
# Let it work
sleep 5
```

```bash
# Announce
echo out
```

## Rollback procedure

```bash
rbt lab weights v1=100 v2=0
```
"""


def test_alerts_of_a_rule_file_are_asked_of_the_lab_and_a_person_reads_what_was_not(rehearse, rbt, tmp_path):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "alerts.yml").write_text(RULE_FILE)
    sidecar = "rbt: {prometheus: 'https://prometheus.example', rules: alerts.yml}\nrehearse: {faster: 1000}\n"
    done = rehearse(ALERTED, "--fault", "error-rate=100@Let it work", sidecar=sidecar)
    assert done.report["ending"] != "completed", done.said
    assert "HighErrors" in done.report["why"], done.report["why"]
    assert [gate["verdict"] for gate in done.report["gates"] if "HighErrors" in gate["condition"]] == ["fail"]
    assert done.report["signals"]["left_out"] == ["alert Foreign"]
    code, said = rbt("rehearse", str(tmp_path / "documents" / "deploy.md"))
    assert code == 0, said
    assert "nothing on the stage answers “alert Foreign”" in said
    assert "plan 3 min, 4 steps" in said
    assert said.index("✔ Start: ") < said.index("✔ Let it work: 5")


def test_what_is_wrong_is_said_before_anything_is_built(rehearse, rbt, tmp_path):
    file = tmp_path / "x.md"
    file.write_text(DOCUMENT)
    for words, why in (
        (("--fault", "fire"), "There is no fault 'fire'"),
        (("--fault", "latency=x"), "'x' is no number"),
        (("--var", "x"), "--var wants NAME=VALUE"),
    ):
        code, said = rbt("rehearse", str(file), *words)
        assert (code, why in said) == (2, True), said
    file.with_suffix(".runbook.yaml").write_text("rehearse: {parts: [moon]}")
    code, said = rbt("rehearse", str(file))
    assert (code, "the lab has no part 'moon'" in said) == (2, True), said
    for elsewhere in ("..", "/etc", "none"):
        file.with_suffix(".runbook.yaml").write_text(f"rehearse: {{files: '{elsewhere}'}}")
        code, said = rbt("rehearse", str(file))
        assert (code, "is no folder beside the document" in said) == (2, True), said
    assert not list((tmp_path / "state" / "rehearsals").glob("*"))


def test_the_policy_can_want_it_before_the_real_run(rehearse, rbt, tmp_path):
    text = "# Small\n\n```bash\nrbt lab status || true\n```\n"
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "policy.yaml").write_text("rehearsal: required\n")
    file = tmp_path / "documents" / "deploy.md"
    file.parent.mkdir()
    file.write_text(text)
    run = ("run", str(file), "--headless", "--yes")
    code, said = rbt(*run)
    assert (code, "the policy wants a rehearsal before this run, and this text of the document has none" in said) == (
        3,
        True,
    )
    assert rehearse(text).code == 0
    assert rbt(*run)[0] == 0
    file.write_text(text + "\nchanged\n")
    assert rbt(*run)[0] == 3
    bad = text.replace("|| true", "&& false")
    assert rehearse(bad).code == 1
    code, said = rbt(*run)
    assert (code, "came out as not ready" in said) == (3, True)
