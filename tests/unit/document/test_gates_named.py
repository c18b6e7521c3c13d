"""A gate that is misspelled or has nothing to judge by stops; it is not passed by."""

from datetime import UTC, datetime

import pytest

from runbook_tui.document.gates import mute, named
from runbook_tui.document.lint import lint
from runbook_tui.document.reader import read
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.fold import fold
from runbook_tui.run.policy import Refused, check
from runbook_tui.run.state import RunState
from tests.unit.run.documents import records


def book(gate, command):
    return read(f"# D\n\n<!-- rbt: gate={gate} -->\n```bash\n{command}\n```\n".encode(), "d.md")


@pytest.mark.parametrize("gate", ["gpu", "kernels", "canary"])
def test_a_gate_that_is_known_may_speak(gate):
    found = book(gate, "systemctl restart api")
    assert mute(found, found.steps[0]) is None
    assert "RB215" not in [finding.code for finding in lint(found)]


@pytest.mark.parametrize(
    ("gate", "command", "why"),
    [
        ("kernel", "systemctl restart api", "gate=kernel is no gate: canary, gpu, kernels and stats are"),
        ("stats", "systemctl restart api", "gate=stats wants a command of its step that runs rbt stats"),
    ],
)
def test_a_gate_that_can_never_say_no_is_refused_until_somebody_overrides_it(gate, command, why):
    found = book(gate, command)
    step = found.steps[0].id
    assert [one.line for one in lint(found) if one.code == "RB215" and why in one.message]
    for intent in (i.RunStep(step=step), i.Tick(step=step)):
        with pytest.raises(Refused, match=why):
            check(intent, found, RunState(), datetime.now(UTC))
    check(
        i.RunStep(step=step),
        found,
        fold(records(e.GateOverridden(step=step, reason="agreed with ana"))),
        datetime.now(UTC),
    )


def test_statistics_speak_by_the_command_that_makes_them():
    found = book("stats", "rbt stats compare before.csv after.csv")
    assert mute(found, found.steps[0]) is None


def test_several_gates_are_a_list_in_any_form():
    assert named({"gate": "gpu, kernels"}) == named({"gate": ["gpu", "kernels"]}) == ("gpu", "kernels")
    assert named({}) == ()
