"""A signer edits the file they were given and signs that: good by their own key, and refused for what it says.

Somebody else signs in between, so that it is no longer the last event that it covers. What a host takes and what a
verification lets pass are tried apart: the second is put into the record by force.
"""

import msgspec
import pytest

from runbook_tui.run import events as e
from runbook_tui.run.state import StepPhase
from runbook_tui.signing.findings import Standing
from runbook_tui.signing.offering import NotSigned
from runbook_tui.signing.statement import SignedGate, SignedOverride, SignedStep, Statement, canonical, read_statement
from tests.integration.signing.bed import DOCUMENT, Run

LATER = DOCUMENT.replace(b"## Sign-off", b"## Pre-deployment sign-off") + b"\n## Deploy\n\n- [ ] Watch it\n"


def edited(data: bytes, **fields) -> bytes:
    return canonical(msgspec.structs.replace(read_statement(data), **fields))


def after_another(team, run: Run, data: bytes, /, **fields) -> bytes:
    """Ben's statement with these fields, when somebody else has signed since it was made."""
    run.sign("cy", "Security Lead")
    return edited(data, **fields)


def refused(team, run: Run, changed: bytes) -> None:
    signature = team.sign("ben", changed)
    with pytest.raises(NotSigned):
        run.take(changed, signature)
    run.force(changed, signature)
    assert run.reasons()
    assert run.verify().exit_code == 5


@pytest.mark.parametrize("place", ["Product Owner", "Apply it", "Look at the dashboard"])
@pytest.mark.parametrize("document", [DOCUMENT, LATER], ids=["final", "gate"])
def test_another_place(team, place, document) -> None:
    run = Run(team, document=document)
    step = next(step for step in run.runbook.steps if step.title == place)
    refused(team, run, after_another(team, run, run.request("ben", "QA Lead"), step=step.id))


def test_a_place_that_is_none(team) -> None:
    run = Run(team)
    refused(team, run, after_another(team, run, run.request("ben", "QA Lead"), step="nowhere"))


def test_a_no_at_another_place(team) -> None:
    run = Run(team)
    step = next(step for step in run.runbook.steps if step.title == "Apply it")
    data = after_another(team, run, run.request("ben", "QA Lead", "no", decision="reject"), step=step.id)
    with pytest.raises(NotSigned, match="no sign-off at that step"):
        run.take(data, team.sign("ben", data))
    assert run.state.step(step.id).phase is StepPhase.DONE


def test_a_final_one_called_a_gate_that_nothing_voids(team) -> None:
    run = Run(team)
    refused(team, run, after_another(team, run, run.request("ben", "QA Lead"), scope="gate", covers=()))


def test_a_gate_that_covers_less(team) -> None:
    run = Run(team, document=LATER)
    data = run.request("ben", "QA Lead")
    covers = read_statement(data).covers
    assert covers
    refused(team, run, after_another(team, run, data, covers=covers[1:]))


def test_a_gate_that_covers_a_step_too_many(team) -> None:
    run = Run(team, document=LATER)
    data = run.request("ben", "QA Lead")
    refused(team, run, after_another(team, run, data, covers=(*read_statement(data).covers, "~")))


def test_a_gate_called_final(team) -> None:
    run = Run(team, document=LATER)
    refused(team, run, after_another(team, run, run.request("ben", "QA Lead"), scope="final", covers=()))


def test_a_gate_called_final_is_the_stricter_one_and_still_not_taken(team) -> None:
    run = Run(team, document=LATER, keeps=False)
    data = after_another(team, run, run.request("ben", "QA Lead"), scope="final", covers=())
    with pytest.raises(NotSigned, match="changed: scope, covers"):
        run.take(data, team.sign("ben", data))
    run.force(data, team.sign("ben", data))
    assert run.verify().signoffs[-1].standing is Standing.VALID
    run.add(e.StepTicked(step=run.runbook.steps[-1].id))
    assert run.verify().signoffs[-1].standing is Standing.VOID


ELSE = {
    "type": "runbook-tui/signoff@2",
    "run": "calm-heron",
    "origin": "0" * 64,
    "title": "Release 8",
    "document": "0" * 64,
    "sidecar": "0" * 64,
    "beside": {"alerts.yml": "0" * 64},
    "plan": "0" * 64,
    "seq": 3,
    "head": "0" * 64,
    "material": "0" * 64,
    "step": "nowhere",
    "role": "Product Owner",
    "scope": "gate",
    "covers": ("a",),
    "decision": "perhaps",
    "signer": "cy@example.org",
    "name": "Ben Bitdiddle, CTO",
    "meaning": "approved\u202e",
    "signers": "",
    "policy": "",
    "signed_at": "yesterday",
    "values": {"<version>": "8"},
    "steps": (),
    "gates": (SignedGate(condition="c", verdict="pass"),),
    "overrides": (SignedOverride(about="a", by="b", reason="c"),),
    "outputs": 0,
}


FIELDS = [field for field in Statement.__struct_fields__ if field != "tool"]  # that decides the weight of a doubt


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_the_hosts_but_the_signers_own(team, field) -> None:
    run = Run(team)
    refused(team, run, after_another(team, run, run.request("ben", "QA Lead"), **{field: ELSE[field]}))


@pytest.mark.parametrize("meaning", ["", " ", "approved\x1b[2J", "approved  twice", "approved\n"])
def test_a_meaning_that_nobody_could_have_typed(team, meaning) -> None:
    run = Run(team)
    refused(team, run, after_another(team, run, run.request("ben", "QA Lead"), meaning=meaning))


def test_steps_told_otherwise_than_the_document_has_them(team) -> None:
    run = Run(team, walked=False)
    run.add(e.StepTicked(step=run.runbook.steps[0].id))
    data = run.request("ben", "QA Lead")
    run.sign("cy", "Security Lead")
    steps = read_statement(data).steps
    opened = next(at for at, step in enumerate(steps) if step.state == "open")
    for told in (
        replace(steps, 0, title="Look at nothing"),
        replace(steps, opened, title="Nothing"),
        replace(steps, opened, state="ticked in the document"),
        (*steps, SignedStep(id="invented", title="Ask the lawyers", state="open")),
    ):
        refused(team, run, edited(data, steps=told))
    left_out = edited(data, steps=steps[:opened] + steps[opened + 1 :])
    refused(team, run, left_out)


def test_an_open_step_left_out_of_an_old_record(team) -> None:
    """A host notices it; a verification cannot tell, and says so."""
    run = Run(team, walked=False, keeps=False)
    data = run.request("ben", "QA Lead")
    left_out = edited(data, steps=read_statement(data).steps[1:])
    with pytest.raises(NotSigned, match="changed: steps"):
        run.take(left_out, team.sign("ben", left_out))
    run.force(left_out, team.sign("ben", left_out))
    found = run.verify()
    assert found.exit_code == 0
    assert any("left an open step out" in one for one in found.cannot_tell)


def replace(steps: tuple[SignedStep, ...], at: int, **fields) -> tuple[SignedStep, ...]:
    return (*steps[:at], msgspec.structs.replace(steps[at], **fields), *steps[at + 1 :])


def test_what_another_version_wrote_is_doubted_and_not_called_forged(team) -> None:
    run = Run(team)
    data = edited(run.request("ben", "QA Lead"), step="nowhere", tool="rbt 0.0.1")
    run.force(data, team.sign("ben", data))
    found = run.verify()
    assert found.signoffs[-1].standing is Standing.REFUSED
    assert found.exit_code == 1
    assert "rbt 0.0.1 may have read it otherwise" in found.findings[-1].text


def test_a_name_typed_at_a_step_that_is_no_sign_off(team) -> None:
    run = Run(team, policy=b"", signers=b"")
    command = next(step for step in run.runbook.steps if step.commands).id
    run.add(e.SignOffGiven(step=command, role="Security Lead", name="Ben", meaning="fine"))
    assert "asks for no sign-off at that step" in run.reasons()
