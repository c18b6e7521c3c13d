"""The file beside a document is of the record: what it says is held against what was signed."""

import hashlib

import msgspec
import pytest

from runbook_tui.run import events as e
from runbook_tui.signing.findings import Standing, Weight
from runbook_tui.signing.offering import NotSigned
from runbook_tui.signing.statement import canonical, read_statement
from tests.integration.signing.bed import DOCUMENT, Run

LATER = DOCUMENT + b"\n## Afterwards\n\n- [ ] Watch it\n- [ ] Sweep up\n"
LEAVES_OUT = b"steps:\n  Watch it: {skip: true}\n  Sweep up: {skip: true}\n"
SKIPS = b"sections:\n  Afterwards: {tag: later}\nsteps:\n  Tell the others: {target: web-1}\n"


def edited(data: bytes, **fields) -> bytes:
    return canonical(msgspec.structs.replace(read_statement(data), **fields))


def deployed(team, sidecar: bytes) -> Run:
    """Nobody has done anything about what comes afterwards."""
    run = Run(team, document=LATER, sidecar=sidecar, walked=False)
    run.add(e.DriveTaken(epoch=1, holder="eve@b"))
    for step in run.runbook.steps[:3]:
        for command in step.commands:
            run.job(step.id, command)
        run.add(e.StepTicked(step=step.id))
    return run


def codes(run: Run, **fields) -> dict[str, Weight]:
    return {one.code: one.weight for one in run.verify(**fields).findings}


def test_what_is_signed_names_it(team) -> None:
    run = Run(team, sidecar=SKIPS)
    statement = read_statement(run.sign("ben", "QA Lead"))
    assert statement.sidecar == hashlib.sha256(SKIPS).hexdigest()
    assert run.verify().exit_code == 0
    assert not any("lay beside" in one for one in run.verify().cannot_tell)


@pytest.mark.parametrize("data", [None, SKIPS + b"# edited\n"], ids=["gone", "another"])
def test_one_that_is_missing_or_another_is_found(team, data) -> None:
    run = Run(team, sidecar=SKIPS)
    run.sign("ben", "QA Lead")
    name = hashlib.sha256(SKIPS).hexdigest()
    run.blobs.pop(name)
    if data is not None:
        run.blobs[name] = data
    assert codes(run)["blob"] is Weight.VIOLATED
    assert run.verify().exit_code == 5


def test_a_statement_about_another_file_is_refused(team) -> None:
    run = Run(team, sidecar=SKIPS)
    data = edited(run.request("ben", "QA Lead"), sidecar="")
    signature = team.sign("ben", data)
    with pytest.raises(NotSigned, match="another file beside the document"):
        run.take(data, signature)
    run.force(data, signature)
    assert run.verify().exit_code == 5


def test_a_sign_off_that_it_makes_final_is_held_to_that(team) -> None:
    """By the text alone something is left to do after it."""
    run = deployed(team, LEAVES_OUT)
    assert read_statement(run.sign("ben", "QA Lead")).scope == "final"
    found = run.verify()
    assert (found.exit_code, found.signoffs[-1].standing) == (0, Standing.VALID)
    data = edited(run.request("cy", "Security Lead"), scope="gate")
    run.force(data, team.sign("cy", data))
    assert "it calls itself a gate" in run.reasons()
    assert run.verify().exit_code == 5


def test_what_it_leaves_out_is_told(team) -> None:
    run = deployed(team, LEAVES_OUT)
    run.sign("ben", "QA Lead")
    assert [one.text for one in run.verify().findings] == [
        "the file beside the document leaves out “Watch it”, “Sweep up”: nobody had to do that"
    ]


def test_steps_left_out_under_a_file_that_does_not_say_so(team) -> None:
    """A host reads one file and records another."""
    run = deployed(team, LEAVES_OUT)
    data = run.request("ben", "QA Lead")
    again = deployed(team, b"")
    told = read_statement(data)
    case = again.case()
    made = canonical(
        msgspec.structs.replace(
            told, origin=case.records[0].hash, seq=case.state.seq, head=case.state.head, material=case.state.material,
            sidecar="", plan=read_statement(again.request("ben", "QA Lead")).plan, values={},
        )
    )  # fmt: skip
    again.force(made, team.sign("ben", made))
    assert "it calls itself final, and steps are left to do after it" in again.reasons()
    assert "it leaves out the open step “Watch it”" in again.reasons()
    assert again.verify().exit_code == 5


def test_a_record_that_stops_keeping_it(team) -> None:
    run = Run(team, sidecar=SKIPS)
    run.sign("ben", "QA Lead")
    run.add(e.DocumentChanged(document=run.keep(DOCUMENT)))
    found = run.verify()
    assert codes(run)["beside"] is Weight.OPEN
    assert any("from event" in one and "beside the document" in one for one in found.cannot_tell)


@pytest.mark.parametrize(
    "sidecar",
    [b"- a list\n", b"a: [\n", b"at: 2026-99-99\n", b"[" * 50_000, b"a: &a [x, x]\nb: &b [*a, *a]\n" + b"".join(
        f"{chr(99 + n)}: &{chr(99 + n)} [*{chr(98 + n)}, *{chr(98 + n)}]\n".encode() for n in range(20)
    )],
    ids=["list", "broken", "no date", "deep", "aliases"],
)  # fmt: skip
def test_one_that_no_rbt_could_have_followed(team, sidecar) -> None:
    run = Run(team)
    first = msgspec.structs.replace(run.records[0].event, sidecar=run.keep(sidecar))
    again = Run(team, walked=False)
    again.blobs |= run.blobs
    again.rows.clear()
    again.records.clear()
    again.add(first)
    again.rules(b"", team.signers())
    again.walk()
    again.sign("ben", "QA Lead")
    assert codes(again)["document"] is Weight.OPEN
    assert again.verify().exit_code == 1


def test_old_statements_stand_as_they_were_written(team) -> None:
    run = Run(team, keeps=False)
    data = run.sign("ben", "QA Lead")
    assert b"sidecar" not in data
    assert b"beside" not in data
    found = run.verify()
    assert (found.exit_code, found.signoffs[-1].standing) == (0, Standing.VALID)
