"""Sign-offs of runs in which one of several answers was ticked."""

import msgspec
import pytest

from runbook_tui.run import events as e
from runbook_tui.signing.findings import Standing
from runbook_tui.signing.statement import SignedStep, canonical, read_statement
from tests.integration.signing.bed import DOCUMENT, Run

ASKS = DOCUMENT.replace(b"## Deploy\n", b"## Deploy\n\nSeverity (tick one):\n\n- [ ] minor\n- [ ] major\n\nThen:\n")


@pytest.fixture
def run(team) -> Run:
    """Everything is done; of the answers the second was ticked."""
    run = Run(team, document=ASKS, walked=False)
    run.add(e.DriveTaken(epoch=1, holder="eve@b"))
    for step in run.runbook.steps:
        for command in step.commands:
            run.job(step.id, command)
        if step.signoff is None and step.title != "minor":
            run.add(e.StepTicked(step=step.id))
    return run


def passed_over(run: Run, state: str = "open") -> SignedStep:
    step = next(step for step in run.runbook.steps if step.title == "minor")
    return SignedStep(id=step.id, title=step.title, state=state)


def test_the_other_answer_is_not_said_to_be_open(run) -> None:
    statement = read_statement(run.sign("ben", "QA Lead"))
    assert statement.open == 0
    assert statement.scope == "final"
    assert "minor" not in {step.title for step in statement.steps}
    assert run.verify().exit_code == 0


def test_a_statement_from_before_tells_it_and_stays_good(run, team) -> None:
    told = read_statement(run.request("ben", "QA Lead"))
    data = canonical(msgspec.structs.replace(told, steps=(passed_over(run), *told.steps)))
    run.force(data, team.sign("ben", data))
    assert run.verify().exit_code == 0


@pytest.mark.parametrize("state", ["done", "ticked in the document"])
def test_what_it_never_was_is_not_let_pass(run, team, state) -> None:
    told = read_statement(run.request("ben", "QA Lead"))
    data = canonical(msgspec.structs.replace(told, steps=(passed_over(run, state), *told.steps)))
    run.force(data, team.sign("ben", data))
    assert run.reasons()
    assert run.verify().exit_code == 5


def test_an_answer_left_out_while_the_question_is_open_is_told(team) -> None:
    run = Run(team, document=ASKS, walked=False)
    run.add(e.DriveTaken(epoch=1, holder="eve@b"))
    told = read_statement(run.request("ben", "QA Lead"))
    assert [step.title for step in told.steps if step.title in ("minor", "major")] == ["minor"]
    data = canonical(msgspec.structs.replace(told, steps=tuple(one for one in told.steps if one.title != "minor")))
    run.force(data, team.sign("ben", data))
    assert "it leaves out the open step “minor”" in run.reasons()


def test_another_answer_ticked_after_a_final_sign_off_voids_it(run) -> None:
    run.sign("ben", "QA Lead")
    assert run.verify().exit_code == 0
    run.add(e.StepTicked(step=passed_over(run).id))
    found = run.verify()
    assert (found.exit_code, found.signoffs[-1].standing) == (1, Standing.VOID)
