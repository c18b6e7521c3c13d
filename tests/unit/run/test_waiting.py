"""A step that waits for sign-offs: blocked until they hold, again when they are void, open when overridden."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.fold import fold
from runbook_tui.run.policy import Refused, check
from runbook_tui.run.preview import Action, preview
from runbook_tui.run.progress import phase_of, progress, unfinished
from runbook_tui.run.state import StepPhase
from tests.unit.run.documents import records

RUNBOOK = read(
    b"# R\n\n## Sign-off before the deployment\n\n- [ ] **QA Lead**: ____ Date: ____\n\n## Deploy\n\n- [ ] Switch\n",
    "r.md",
)
SIGN, SWITCH = RUNBOOK.steps
GIVEN = e.SignOffGiven(step=SIGN.id, role="QA Lead", name="Ben", meaning="go")


def test_it_is_blocked_and_still_counts() -> None:
    state = fold(records())
    assert phase_of(RUNBOOK, state, SWITCH) is StepPhase.BLOCKED
    assert preview(RUNBOOK, state, SWITCH.id).action is Action.NONE
    assert progress(RUNBOOK, state).total == 2
    assert SWITCH in unfinished(RUNBOOK, state)
    with pytest.raises(Refused, match="waits for the sign-off “QA Lead”"):
        check(i.Tick(step=SWITCH.id), RUNBOOK, state)


@pytest.mark.parametrize(
    "event", [GIVEN, e.StepSkipped(step=SIGN.id, reason="x"), e.GateOverridden(step=SIGN.id, reason="at night")]
)
def test_a_sign_off_a_skip_or_an_override_with_a_reason_lets_it_go_on(event) -> None:
    assert phase_of(RUNBOOK, fold(records(event)), SWITCH) is StepPhase.PENDING


@pytest.mark.parametrize(
    "then",
    [
        e.SignOffVoided(step=SIGN.id, reason="x"),
        e.SignOffRejected(step=SIGN.id, role="QA Lead", name="Ben", meaning="no"),
    ],
)
def test_a_void_one_or_a_no_holds_it_up_again(then) -> None:
    assert phase_of(RUNBOOK, fold(records(GIVEN, then)), SWITCH) is StepPhase.BLOCKED


def test_one_of_two_signatures_is_not_enough() -> None:
    first = e.SignOffGiven(step=SIGN.id, role="QA Lead", name="Ben", meaning="go", complete=False)
    assert phase_of(RUNBOOK, fold(records(first)), SWITCH) is StepPhase.BLOCKED
