"""A step that waits for sign-offs: blocked until they hold, again when they are void, open when overridden."""

from datetime import timedelta

import msgspec
import pytest

from runbook_tui.document.reader import read
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.fold import fold
from runbook_tui.run.gauges import Gauge
from runbook_tui.run.policy import Refused, check, check_measured
from runbook_tui.run.preview import Action, preview
from runbook_tui.run.progress import phase_of, progress, unfinished
from runbook_tui.run.state import StepPhase
from tests.unit.run.documents import START, records

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
        check(i.Tick(step=SWITCH.id), RUNBOOK, state, START)


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


def test_an_override_that_is_over_holds_it_up_again_though_nothing_happened_since() -> None:
    """The run's last event lies before the override's end; the clock does not."""
    until = START + timedelta(hours=1)
    state = fold(records(e.GateOverridden(step=SIGN.id, reason="at night", until=until)))
    assert state.last is not None
    assert state.last < until
    for intent in (i.Tick(step=SWITCH.id), i.Skip(step=SWITCH.id, reason="x"), i.RunStep(step=SWITCH.id)):
        check(intent, RUNBOOK, state, until - timedelta(seconds=1))
        with pytest.raises(Refused, match="waits for the sign-off"):
            check(intent, RUNBOOK, state, until)


def test_a_criterion_that_was_overridden_wants_its_signal_again_afterwards() -> None:
    until = START + timedelta(hours=1)
    book = read(b"# R\n\n## Success Criteria\n\n- [ ] Error rate < 5%\n", "r.md")
    step = book.steps[0].id
    judged = e.ConditionJudged(condition=step, text="Error rate < 5%", verdict="fail", step=step, gate=True)
    state = fold(records(judged, e.GateOverridden(step=step, reason="known", until=until)))
    check(i.Tick(step=step), book, state, until - timedelta(seconds=1))
    with pytest.raises(Refused, match="its signal says fail"):
        check(i.Tick(step=step), book, state, until + timedelta(hours=2))


@pytest.mark.parametrize("verdict", [None, "no_data", "error", "insufficient", "fail"])
def test_a_criterion_is_not_called_done_before_its_signal_says_so(verdict) -> None:
    """The record may know nothing of it yet: that is no pass."""
    gauge = Gauge(condition="c", text="c", verdict=verdict, step=SWITCH.id, gate=True)
    over = fold(records(e.GateOverridden(step=SWITCH.id, reason="known", until=START + timedelta(hours=1))))
    for intent in (i.Tick(step=SWITCH.id), i.DoByHand(step=SWITCH.id, succeeded=True)):
        with pytest.raises(Refused, match="its signal says"):
            check_measured(intent, [gauge], fold(records()), START)
        check_measured(intent, [gauge], over, START)
    for silent in (msgspec.structs.replace(gauge, manual=True), msgspec.structs.replace(gauge, verdict="pass")):
        check_measured(i.Tick(step=SWITCH.id), [silent], fold(records()), START)
    check_measured(i.Skip(step=SWITCH.id, reason="x"), [gauge], fold(records()), START)
