"""The runbooks of this house open as they were meant: counted by hand, compared with what the parser sees."""

from pathlib import Path

import pytest

from runbook_tui.document.lint import lint
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import SectionRole, Severity

FOLDER = Path(__file__).parents[3] / "runbooks"

# boxes, of them triggers and sign-offs, and the commands of the rollback procedure
COUNTED = {
    "quickstart": (15, 3, 2, 3),
    "bem-fleet": (101, 4, 2, 1),
    "bem-v13": (47, 4, 2, 3),
    "bci2token": (66, 4, 3, 1),
    "ppo-scheduler": (162, 4, 8, 0),
    "mlsdm": (231, 6, 4, 3),
}


def load(name):
    path = FOLDER / f"{name}.md"
    return read(path.read_bytes(), str(path))


@pytest.mark.parametrize("name", COUNTED)
def test_it_has_what_was_counted_by_hand(name):
    runbook = load(name)
    seen = (
        sum(step.box for step in runbook.steps),
        len(runbook.triggers),
        len(runbook.signoffs),
        len(runbook.rollback_commands),
    )
    assert seen == COUNTED[name]


@pytest.mark.parametrize("name", COUNTED)
def test_it_lints_clean(name):
    assert [f for f in lint(load(name)) if f.severity is not Severity.INFO] == []


@pytest.mark.parametrize("name", COUNTED)
def test_its_text_is_plain(name):
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    assert text.isascii()
    assert text.endswith("\n")
    assert not load(name).encoding_repaired


# thresholds that alert, by severity, as the source has them
ALERTS = {
    "bem-fleet": {
        "critical": [(">", 0.05), (">", 0.95), ("<", 0.8)],
        "warning": [(">", None), ("<", 0.8)],  # the first is a factor of the baseline
    },
    "bem-v13": {"critical": [(">", 5), (">", 0)], "warning": [(">", 2), (">", 90), (">", 2)]},
    "bci2token": {"critical": [(">", 5), (">", 10), (">", 90)], "warning": [(">", 1), (">", 5), ("<", 80), (">", 80)]},
    "ppo-scheduler": {"critical": [("<", 95), (">", 5), (">", 90)], "warning": []},
}


@pytest.mark.parametrize("name", ALERTS)
def test_its_alert_thresholds_are_understood(name):
    conditions = load(name).conditions
    seen = {
        severity: [(c.op, c.value) for c in conditions if c.severity == severity]
        for severity in ("critical", "warning")
    }
    assert seen == ALERTS[name]


# triggers with a figure: operator, value, seconds
TRIGGERS = {
    "quickstart": [(">", 5, 120), (">", 500, 120)],
    "bem-fleet": [(">", 95, 600), (">", 10, 3600)],
    "bem-v13": [(">", 5, 120), (">", 2, 300), (">", 0, None)],
    "bci2token": [(">", 5, None), (">", 10, None), (">", 90, None)],
    "ppo-scheduler": [("<", 90, None), (">", 10, None)],
    "mlsdm": [(">", 10, 300), (">", 500, 300), (">", 50, None)],
}


@pytest.mark.parametrize("name", TRIGGERS)
def test_its_triggers_are_understood(name):
    assert [(t.op, t.value, t.duration) for t in load(name).triggers if t.op] == TRIGGERS[name]


def test_only_the_option_that_was_chosen_is_taken_back():
    runbook = load("bci2token")
    options = [section.id for section in runbook.sections if section.role is SectionRole.OPTION]
    undone = {c.section: c.undo for c in runbook.commands if c.undo}
    assert list(undone) == options
    assert not any("docker" in c.text or "systemctl" in c.text for c in runbook.commands if c.rollback)


def test_what_is_for_another_day_is_off_the_path():
    off = {SectionRole.EMERGENCY, SectionRole.REFERENCE}
    runbook = load("bem-v13")
    patch = next(c for c in runbook.commands if c.text.startswith("kubectl patch"))
    assert {section.role for section in runbook.section_path(patch.section)} & off


def test_the_quickstart_asks_for_one_name_and_shows_one_way_back():
    runbook = load("quickstart")
    assert [(p.text, p.count) for p in runbook.placeholders] == [("<your-name>", 2)]
    assert [c.undo for c in runbook.commands if c.undo] == ["rbt lab weights v1=100 v2=0"]
