"""Alerts of Prometheus rule files as conditions of a run."""

import pytest

from runbook_tui.alerting import alerts_in, alerts_said, watched_alerts
from runbook_tui.gates.stated import Timing
from runbook_tui.sources import BadMapping, Sources, settings

RULES = """groups:
- name: a
  rules:
  - {alert: Errors, expr: 'sum(rate(errors[1m])) > 0.05', for: 5m, keep_firing_for: 2m, labels: {severity: Critical}}
  - {alert: Errors, expr: 'sum(rate(errors[1m])) > 0.01', for: 15m, labels: {severity: warning}}
  - {alert: Few, expr: available < 2}
  - {record: x, expr: errors}
- name: b
  rules:
  - {alert: Gone, expr: absent(up)}
  - {alert: Odd, expr: errors > 1, for: soon}
  - {alert: Told, expr: errors > 0, labels: {severity: info}}
- name: c
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "alerts.yml").write_text(RULES)
    return tmp_path


def found(folder, rules, **said):
    said = {"prometheus": "http://127.0.0.1:1", "rules": rules, **said}
    return watched_alerts(alerts_said(said, folder), Sources(said))


def test_each_is_what_is_bad_as_it_is_written(folder):
    watched, _ = found(folder, "alerts.yml", every="30s")
    checks = [one.check for one in watched]
    assert [(one.breach, one.threshold, one.lasting, one.keep, one.interval) for one in checks] == [
        (">", 0.05, 300, 120, 30),
        (">", 0.01, 900, 0, 30),
        ("<", 2, 0, 0, 30),
    ]
    assert checks[0].text == "Errors: sum(rate(errors[1m])) > 0.05 for 5m (critical)"
    assert len({one.id for one in checks}) == 3, "alerts may share their name, and never their verdict"
    assert [one.question for one in watched] == ["max(sum(rate(errors[1m])))"] * 2 + ["min(available)"]


def test_what_cannot_be_watched_is_an_error_and_what_is_only_told_is_not(folder):
    _, manual = found(folder, ["alerts.yml"])
    assert [(one.condition.text.split(":")[0], one.mistaken) for one in manual] == [
        ("Gone", True),
        ("Odd", True),
        ("Told", False),
    ]


def test_some_of_them_by_name(folder):
    watched, manual = found(folder, {"file": "alerts.yml", "only": ["Few", "Told"]})
    assert (len(watched), len(manual)) == (1, 1)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ("gone.yml", "is no file of rules"),
        (".", "is no file of rules"),
        ([], "names Prometheus rule files"),
        (7, "names Prometheus rule files"),
        ({"files": "alerts.yml"}, "names Prometheus rule files"),
        ({"file": "alerts.yml", "only": ["Fast"]}, "is called Fast"),
        ({"file": "alerts.yml", "only": []}, "names no alert"),
        ("empty.yml", "has no alert"),
        ("broken.yml", "is not readable YAML"),
        ("other.yml", "no list `groups`"),
        ("deep.yml", "is not readable YAML"),
    ],
)
def test_a_mistake_is_told(folder, rules, why):
    (folder / "empty.yml").write_text(
        "groups: [{name: a, rules: [{record: x, expr: up}]}, 7, {name: b, rules: {a: b}}]"
    )
    (folder / "broken.yml").write_text("groups: [")
    (folder / "other.yml").write_text("- a\n")
    (folder / "deep.yml").write_text("[" * 3000)
    with pytest.raises(BadMapping, match=why):
        found(folder, rules)


def test_a_front_matter_s_own_rules_are_not_ours():
    assert "rules" not in settings({"rules": "be kind"})
    assert settings({"rbt": {"rules": "a.yml"}})["rules"] == "a.yml"
    assert settings({"rbt": {"rules": "a.yml"}}, {"rules": "b.yml"})["rules"] == "b.yml"


def test_a_server_is_wanted(folder, monkeypatch):
    monkeypatch.delenv("RBT_PROMETHEUS", raising=False)
    with pytest.raises(BadMapping, match="nothing says of which server"):
        watched_alerts(alerts_in(folder / "alerts.yml", Timing()), Sources({}))
