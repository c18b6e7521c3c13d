"""Four people sign for what they saw, in any order; what changes afterwards voids it, and they sign again."""

import itertools

import msgspec
import pytest

from runbook_tui.run import events as e
from runbook_tui.run.state import StepPhase
from runbook_tui.signing.findings import Standing
from runbook_tui.signing.offering import NotSigned
from tests.integration.signing.bed import Run

FOUR = (("ana", "Engineering Lead"), ("ben", "QA Lead"), ("cy", "Security Lead"), ("dee", "Product Owner"))


@pytest.mark.parametrize("order", list(itertools.permutations(FOUR))[::7])
def test_four_people_sign_in_any_order(team, order) -> None:
    run = Run(team)
    for person, role in order:
        run.sign(person, role)
    run.add(e.RunFinished(outcome=e.Outcome.COMPLETED))
    found = run.verify()
    assert found.findings == ()
    assert found.exit_code == 0
    assert [off.standing for off in found.signoffs] == [Standing.VALID] * 4
    assert {off.name for off in found.signoffs} == {"Ana Lovelace", "Ben Bitdiddle", "Cy Security", "Dee Owner"}


def test_requests_made_at_the_same_moment_are_signed_elsewhere_and_come_back_in_any_order(team) -> None:
    run = Run(team)
    made = [(person, run.request(person, role)) for person, role in FOUR]
    for person, data in reversed(made):
        run.take(data, team.sign(person, data))
    assert run.verify().exit_code == 0
    assert all(off.standing is Standing.VALID for off in run.verify().signoffs)


def test_what_comes_after_voids_all_visibly_and_they_sign_again(team) -> None:
    run = Run(team)
    run.sign("ana", "Engineering Lead")
    run.sign("ben", "QA Lead")
    run.add(e.StepReopened(step=run.runbook.steps[0].id, reason="looked again"))
    assert [run.state.step(run.step(role).id).phase for _, role in FOUR[:2]] == [StepPhase.PENDING] * 2
    assert "step reopened" in run.state.signoffs[run.step("QA Lead").id].void
    found = run.verify()
    assert [off.standing for off in found.signoffs] == [Standing.VOID] * 2
    assert found.exit_code == 1
    assert not found.violated
    run.add(e.StepTicked(step=run.runbook.steps[0].id))
    run.sign("ben", "QA Lead")
    again = run.verify()
    assert [off.standing for off in again.signoffs] == [Standing.VOID, Standing.SUPERSEDED, Standing.VALID]


def test_a_request_for_a_state_that_is_gone_is_not_taken(team) -> None:
    run = Run(team)
    data = run.request("ana", "Engineering Lead")
    run.add(e.NoteAdded(step=run.runbook.steps[0].id, text="it smells"))
    with pytest.raises(NotSigned, match="the run has gone on since"):
        run.take(data, team.sign("ana", data))


def test_a_signature_recorded_beside_a_change_is_void_from_the_start(team) -> None:
    run = Run(team)
    data = run.request("ana", "Engineering Lead")
    run.add(e.NoteAdded(step=run.runbook.steps[0].id, text="it smells"))
    run.force(data, team.sign("ana", data))
    assert run.state.step(run.step("Engineering Lead").id).phase is StepPhase.PENDING
    assert run.verify().signoffs[-1].standing is Standing.VOID


def test_a_no_is_signed_too_and_stops(team) -> None:
    run = Run(team)
    data = run.request("cy", "Security Lead", "the scan is red", decision="reject")
    run.take(data, team.sign("cy", data))
    step = run.state.step(run.step("Security Lead").id)
    assert step.phase is StepPhase.FAILED
    assert "the scan is red" in step.reason
    assert run.verify().findings == ()


def test_two_of_three_have_to_sign(team) -> None:
    policy = b"people: {ana@example.org: [QA Lead], ben@example.org: [QA Lead], cy@example.org: [QA Lead]}\nsign: {QA Lead: {count: 2}}\n"
    run = Run(team, policy=policy)
    run.sign("ana", "QA Lead")
    assert run.state.step(run.step("QA Lead").id).phase is StepPhase.PENDING
    with pytest.raises(NotSigned, match="has signed here already"):
        run.sign("ana", "QA Lead")
    run.sign("cy", "QA Lead")
    assert run.state.step(run.step("QA Lead").id).phase is StepPhase.DONE
    assert [off.standing for off in run.verify().signoffs] == [Standing.VALID] * 2
    run.add(e.NoteAdded(step=run.runbook.steps[0].id, text="hm"))
    assert [off.standing for off in run.verify().signoffs] == [Standing.VOID] * 2
    assert run.state.step(run.step("QA Lead").id).phase is StepPhase.PENDING


def test_one_of_two_called_complete_in_the_record_is_refused(team) -> None:
    policy = b"people: {ana@example.org: [QA Lead]}\nsign: {QA Lead: {count: 2}}\n"
    run = Run(team, policy=policy)
    data = run.request("ana", "QA Lead")
    run.force(data, team.sign("ana", data), name="ana@example.org", complete=True)
    assert "more people have to sign" in run.reasons()


def test_roles_sign_in_their_order_and_deputies_are_named_as_such(team) -> None:
    policy = b"""
people: {ana@example.org: [Engineering Lead], ben@example.org: [QA Lead], cy@example.org: []}
sign:
  Engineering Lead: {after: [QA Lead], deputies: [cy@example.org]}
  QA Lead: {}
"""
    run = Run(team, policy=policy)
    with pytest.raises(NotSigned, match="QA Lead signs before Engineering Lead"):
        run.sign("ana", "Engineering Lead")
    run.sign("ben", "QA Lead")
    run.sign("cy", "Engineering Lead")
    found = run.verify()
    assert [off.deputy for off in found.signoffs] == [False, True]
    assert found.exit_code == 0


def test_a_gate_lets_the_plan_be_carried_out_and_not_be_changed(team) -> None:
    document = b"# Release\n\n## Sign-off\n\nEach signs before anything goes to production.\n\n- [ ] **QA Lead**: ____ Date: ____\n\n## Deploy\n\n- [ ] Look\n\n```bash\n# Apply <version>\ntouch <version>\n```\n"
    run = Run(team, document=document, walked=False)
    run.add(e.VariableSet(name="<version>", value="7"))
    run.sign("ben", "QA Lead")
    signed = run.step("QA Lead").id
    later = next(step for step in run.runbook.steps if step.commands)
    run.job(later.id, later.commands[0])
    run.add(e.StepTicked(step=later.id))
    run.add(e.VariableSet(name="<version>", value="7"))
    assert run.state.signoffs[signed].void is None
    assert run.verify().signoffs[-1].standing is Standing.VALID
    run.add(e.VariableSet(name="<version>", value="8"))
    assert run.verify().signoffs[-1].standing is Standing.VOID


def test_a_criterion_that_held_when_it_was_ticked_may_move_afterwards(team) -> None:
    document = b"# Release\n\n## Tests\n\n- [ ] P95 latency < 100ms\n\n## Sign-off\n\nBefore anything goes to production.\n\n- [ ] **QA Lead**: ____ Date: ____\n\n## Deploy\n\n- [ ] Look\n"
    run = Run(team, document=document, walked=False)
    measured = run.runbook.steps[0].id
    said = e.ConditionJudged(condition="p95", text="P95 latency < 100ms", verdict="pass", step=measured, gate=True)
    run.add(said)
    run.add(e.StepTicked(step=measured))
    run.sign("ben", "QA Lead")
    run.add(msgspec.structs.replace(said, verdict="fail"))
    assert run.verify().signoffs[-1].standing is Standing.VALID
    run.add(e.StepReopened(step=measured))
    assert run.verify().signoffs[-1].standing is Standing.VOID


def test_who_signed_may_drive_once_that_is_void(team) -> None:
    run = Run(team)
    run.sign("ana", "Engineering Lead")
    run.add(e.StepReopened(step=run.runbook.steps[0].id, reason="looked again"))
    run.prove("ana")
    found = run.verify()
    assert [off.standing for off in found.signoffs] == [Standing.VOID]
    assert found.exit_code == 1
    with pytest.raises(NotSigned, match="drove this run"):
        run.sign("ana", "Engineering Lead")


def test_who_drives_while_their_signature_holds_is_told_though_it_is_void_by_now(team) -> None:
    run = Run(team)
    run.sign("ana", "Engineering Lead")
    run.prove("ana")
    run.add(e.StepReopened(step=run.runbook.steps[0].id, reason="looked again"))
    assert "ana@example.org drove this run" in run.reasons()
    assert run.verify().exit_code == 5


def test_whoever_might_sign_may_say_no_before_their_turn_and_after_driving(team) -> None:
    policy = b"people: {ana@example.org: [Engineering Lead], ben@example.org: [QA Lead]}\nsign: {Engineering Lead: {after: [QA Lead]}}\n"
    run = Run(team, policy=policy)
    run.prove("ana")
    data = run.request("ana", "Engineering Lead", "the scan is red", decision="reject")
    run.take(data, team.sign("ana", data))
    assert run.verify().exit_code == 0


def material_events(run: Run) -> list[tuple[e.AnyEvent, bool]]:
    """Each kind that may come after a signature, and whether it voids it."""
    step, last = run.runbook.steps[0].id, list(run.state.jobs)[-1]
    return [
        (e.DriveTaken(epoch=2, holder="ana@b"), False),
        (e.DriveGiven(epoch=2), False),
        (e.CanaryChecked(stage=0, verdict="pass"), False),
        (e.WatchStarted(), False),
        (e.WatchKept(window="Hour 1", seconds=60.0), False),
        (e.BreakerChanged(target="local", state="open"), False),
        (e.ConditionJudged(condition="c", text="errors > 1 %", verdict="no_data"), False),
        (e.RunFinished(outcome=e.Outcome.COMPLETED), False),
        (e.WindowClosed(window="Hour 1", verdict="pass"), False),
        (e.ConditionJudged(condition="c", text="errors < 1 %", verdict="fail", gate=True), True),
        (e.WindowClosed(window="Hour 1", verdict="fail"), True),
        (e.DocumentChanged(document=run.keep(b"other")), True),
        (e.VariableSet(name="<x>", value="1"), True),
        (e.StepTicked(step=step), True),
        (e.StepReopened(step=step), True),
        (e.StepSkipped(step=step, reason="x"), True),
        (e.NoteAdded(step=step, text="x"), True),
        (e.FieldFilled(step=step, value="x"), True),
        (e.OptionChosen(step=step, option="x"), True),
        (e.ConditionFired(step=step, text="x"), True),
        (e.GateOverridden(step=step, reason="x"), True),
        (e.PlaceGiven(said="a", target="b"), True),
        (e.PreflightAccepted(hosts=("a",)), True),
        (e.JobStarted(job="n", step=step, command="c", text="ls", shown="ls", target="local"), True),
        (e.JobLost(job=last, reason="x"), True),
        (e.RunHeld(reason="x"), True),
        (e.RunReleased(), True),
        (e.RollbackStarted(reason="x", items=()), True),
        (e.RunFinished(outcome=e.Outcome.ABORTED, reason="x"), True),
        (e.RulesTaken(), True),
    ]


@pytest.mark.parametrize("number", range(30))
def test_each_material_event_voids_and_no_other_does(team, number) -> None:
    run = Run(team)
    run.sign("ana", "Engineering Lead")
    event, voids = material_events(run)[number]
    run.add(event)
    assert (run.verify().signoffs[-1].standing is Standing.VOID) is voids, type(event).__name__
