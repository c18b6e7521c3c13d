"""A second yes in the record: good by the other person's key for these commands, and for nothing else."""

import msgspec
import pytest

from runbook_tui.run import events as e
from runbook_tui.run.people import Who
from runbook_tui.run.second import digest, statement
from runbook_tui.signing.names import SECOND
from tests.integration.signing.bed import POLICY, Run

ASKED = e.SecondAsked(
    request="r1", step="drop", commands=("dropdb prod",), places=("local",), effect="destroy", person="eve",
    principal="eve@example.org", digest=digest("brave-otter", "drop", ("dropdb prod",), ("local",)),
)  # fmt: skip


def said(team, run: Run, person: str, *, namespace: str = SECOND, **fields) -> e.SecondGiven:
    """The yes of that person, signed as the app signs it."""
    principal = f"{person}@example.org"
    text = statement(
        run.name, run.state.seconds["r1"], Who(person=principal, principal=principal), "2026-03-02T10:00:00Z"
    )
    given = e.SecondGiven(
        request="r1", digest=ASKED.digest, person=principal, principal=principal, statement=text,
        signature=team.sign(person, text.encode(), namespace=namespace).decode(),
    )  # fmt: skip
    return msgspec.structs.replace(given, **fields)


@pytest.fixture
def run(team) -> Run:
    run = Run(team)
    run.add(ASKED)
    return run


def why(run: Run) -> str:
    found = [one.text for one in run.verify().findings if one.code == "second"]
    return found[-1] if found else ""


def test_the_other_persons_yes_is_good(team, run) -> None:
    run.add(said(team, run, "ben"))
    assert run.verify().findings == ()


def test_a_yes_without_a_key_is_told(run) -> None:
    run.add(e.SecondGiven(request="r1", digest=ASKED.digest, person="ben"))
    assert "proved by no key" in why(run)
    assert not run.verify().violated


@pytest.mark.parametrize(
    ("person", "fields", "says"),
    [
        ("eve", {}, "is no second person"),
        ("mallory", {}, "not in allowed_signers"),
        ("ben", {"namespace": "signoff-v1@runbook-tui"}, "another purpose"),
        ("ben", {"principal": "ana@example.org"}, "in another name"),
        ("ben", {"digest": "0" * 64}, "something else"),
        ("ben", {"request": "r2"}, "nobody had asked"),
        ("ben", {"statement": "{}"}, "another run"),
        ("ben", {"signature": ""}, "proved by no key"),
        ("ben", {"signature": "x"}, "not one SSH signature"),
    ],
)
def test_what_is_none_is_refused_with_its_reason(team, run, person, fields, says) -> None:
    run.add(said(team, run, person, **fields))
    assert says in why(run)


WANTS = POLICY + b"second_person: [read, change, destroy, unknown]\nsecond: [QA Lead]\n"


def started(run: Run, second: str = "", shown: str = "touch applied", **fields) -> None:
    """The command of the document's second step."""
    step = next(step for step in run.runbook.steps if step.commands)
    told = {"command": step.commands[0]} | fields
    run.add(e.JobStarted(job="j", step=step.id, text=shown, shown=shown, target="local", second=second, **told))


def asked_for(run: Run) -> None:
    step = next(step for step in run.runbook.steps if step.commands).id
    shown, places = ("touch applied",), ("local",)
    run.add(
        msgspec.structs.replace(
            ASKED, step=step, commands=shown, places=places, digest=digest(run.name, step, shown, places)
        )
    )


def yes_of(team, run: Run, person: str) -> e.SecondGiven:
    return said(team, run, person, digest=run.state.seconds["r1"].digest)


def test_a_command_that_wanted_a_second_person_and_had_one(team) -> None:
    run = Run(team, policy=WANTS, walked=False)
    asked_for(run)
    run.add(yes_of(team, run, "ben"))
    started(run, "r1")
    assert run.verify().findings == ()


def test_a_command_that_started_without_one_is_told(team) -> None:
    run = Run(team, policy=WANTS, walked=False)
    started(run)
    assert "wanted a second person, and nobody was asked" in why(run)
    assert run.verify().exit_code == 1
    started(run, purpose=e.Purpose.ROLLBACK)
    assert len(run.verify().findings) == 1


@pytest.mark.parametrize(
    ("person", "second", "shown", "late", "says"),
    [
        ("ben", "r1", "touch applied", True, "nobody had said a yes that counts"),
        ("ben", "r2", "touch applied", False, "nobody was asked"),
        ("ben", "r1", "rm -rf /srv", False, "was for something else"),
        ("cy", "r1", "touch applied", False, "does not allow cy@example.org"),
    ],
)
def test_a_yes_that_does_not_hold_for_it_is_none(team, person, second, shown, late, says) -> None:
    run = Run(team, policy=WANTS, walked=False)
    asked_for(run)
    yes = yes_of(team, run, person)
    if not late:
        run.add(yes)
    started(run, second, shown)
    if late:
        run.add(yes)
    assert says in why(run)


def asked_of(run: Run, request: str = "r1", principal: str = "eve@example.org") -> None:
    asked_for(run)
    run.rows.pop()
    asked = run.records.pop().event
    run.add(msgspec.structs.replace(asked, request=request, principal=principal))


def test_a_name_without_a_signature_is_nobodys(team) -> None:
    run = Run(team, policy=WANTS, walked=False)
    asked_for(run)
    run.add(msgspec.structs.replace(yes_of(team, run, "ben"), signature="", statement=""))
    started(run, "r1")
    assert "nobody has proved to be one of them" in why(run)
    assert run.verify().exit_code == 1


@pytest.mark.parametrize("host", ["prod-2", "local"])
def test_one_yes_is_for_one_start_at_its_place(team, host) -> None:
    run = Run(team, policy=WANTS, walked=False)
    asked_for(run)
    run.add(yes_of(team, run, "ben"))
    started(run, "r1")
    assert run.verify().findings == ()
    step = next(step for step in run.runbook.steps if step.commands)
    again = e.JobStarted(
        job="again", step=step.id, command=step.commands[0], text="touch applied", shown="touch applied", target=host,
        second="r1",
    )  # fmt: skip
    run.add(again)
    assert ("another place than prod-2" if host != "local" else "was for one start") in why(run)
    assert run.verify().exit_code == 1


def test_one_yes_is_for_each_host_of_a_fleet_once(team) -> None:
    run = Run(team, policy=WANTS, walked=False)
    step = next(step for step in run.runbook.steps if step.commands).id
    shown, places = ("touch applied",), ("gpu: gpu-01, gpu-02",)
    run.add(
        msgspec.structs.replace(
            ASKED, step=step, commands=shown, places=places, digest=digest(run.name, step, shown, places)
        )
    )
    run.add(yes_of(team, run, "ben"))
    command = run.runbook.step_by_id[step].commands[0]
    for number, (host, says) in enumerate(
        [("gpu-01", ""), ("gpu-02", ""), ("gpu-03", "another place"), ("gpu-01", "one start")]
    ):
        run.add(
            e.JobStarted(
                job=f"j{number}", step=step, command=command, text="touch applied", shown="touch applied", target=host,
                second="r1",
            )
        )  # fmt: skip
        assert says in why(run)
        assert bool(why(run)) is bool(says)


@pytest.mark.parametrize("claims", ["", "ben@example.org"])
def test_whoever_proved_to_drive_is_no_second_person_whatever_the_request_says(team, claims) -> None:
    policy = WANTS.replace(b"roles: [Engineering Lead, SRE]", b"roles: [QA Lead, SRE]")
    run = Run(team, policy=policy, walked=False)
    run.prove("ana")
    asked_of(run, principal=claims)
    run.add(yes_of(team, run, "ana"))
    started(run, "r1")
    assert "it is ana@example.org again" in why(run)
    assert run.verify().exit_code == 1


def test_whoever_drove_before_may_be_the_second_person_of_who_drives_now(team) -> None:
    policy = WANTS.replace(b"roles: [Engineering Lead, SRE]", b"roles: [QA Lead, SRE]")
    run = Run(team, policy=policy, walked=False)
    run.prove("ana")
    run.prove("eve")
    asked_for(run)
    run.add(yes_of(team, run, "ana"))
    started(run, "r1")
    assert run.verify().findings == ()


@pytest.mark.parametrize(
    "end", [e.SecondClosed(request="r1", reason="withdrawn"), e.SecondRefused(request="r1", person="cy")]
)
def test_a_yes_to_what_is_asked_no_more_is_none(team, end) -> None:
    run = Run(team, policy=WANTS, walked=False)
    asked_for(run)
    yes = yes_of(team, run, "ben")
    run.add(end)
    run.add(yes)
    started(run, "r1")
    assert "nobody had said a yes that counts" in why(run)


def test_a_request_that_was_withdrawn_after_the_yes_starts_nothing(team) -> None:
    run = Run(team, policy=WANTS, walked=False)
    asked_for(run)
    run.add(yes_of(team, run, "ben"))
    run.add(e.SecondClosed(request="r1", reason="what would run is another command now"))
    started(run, "r1")
    assert "stood no more" in why(run)


def test_a_good_yes_that_came_too_late_does_not_heal_a_bad_one(team) -> None:
    run = Run(team, policy=WANTS, walked=False)
    asked_for(run)
    good = yes_of(team, run, "ben")
    run.add(msgspec.structs.replace(good, signature="", statement=""))
    started(run, "r1")
    run.add(good)
    assert run.verify().exit_code == 1


def test_a_yes_that_is_none_and_started_nothing_is_no_offence(team, run) -> None:
    """Somebody says yes to their own request at another terminal: it is turned down, and the run goes on."""
    run.add(said(team, run, "eve"))
    assert "nothing was started under it" in why(run)
    assert run.verify().exit_code == 0
    run.add(
        e.JobStarted(
            job="j", step="drop", command="c", text="dropdb prod", shown="dropdb prod", target="local", second="r1"
        )
    )
    assert run.verify().violated


def test_a_command_of_no_text_is_told_like_any_other(team) -> None:
    run = Run(team, policy=WANTS, walked=False)
    started(run, shown="")
    assert "wanted a second person" in why(run)


def test_a_proof_of_who_drives_is_good_once(team) -> None:
    run = Run(team, walked=False)
    run.prove("eve")
    run.add(run.records[-1].event)
    found = run.verify()
    assert found.exit_code == 5
    assert "was signed once before" in found.findings[-1].text


def test_a_yes_nested_deeply_is_refused(team, run) -> None:
    run.add(said(team, run, "ben", statement="[" * 40_000 + "]" * 40_000))
    assert "what was signed cannot be read" in why(run)


# --- a canary's weights ---


def weighed(run: Run, second: str, weight: int = 5) -> None:
    step = run.runbook.steps[0]
    shown = f"split {weight}"
    run.add(
        e.JobStarted(
            job=f"w{weight}", step=step.id, command=f"{step.id}!weight-{weight}", text=shown, shown=shown, target="local",
            second=second,
        )
    )  # fmt: skip


def walking(team, *, keeps: bool = True, yes: bool = True, second: str = "r1") -> Run:
    """A canary that Eve walks, under a yes of Ben."""
    run = Run(team, policy=WANTS, keeps=keeps, walked=False)
    run.prove("eve")
    step, shown, places = run.runbook.steps[0].id, ("split 5", "split 100"), ("local", "local")
    asked = msgspec.structs.replace(
        ASKED, step=step, commands=shown, places=places, digest=digest(run.name, step, shown, places)
    )
    if yes:
        run.add(asked)
        run.add(said(team, run, "ben", digest=asked.digest))
    stages = (e.CanaryStage(weight=5, seconds=1.0), e.CanaryStage(weight=100, seconds=1.0))
    run.add(e.CanaryStarted(step=step, stages=stages, every=1.0, second=second))
    return run


def test_the_weights_of_a_canary_are_held_against_the_yes_to_it(team) -> None:
    run = walking(team)
    weighed(run, "r1")
    weighed(run, "r1")  # set again after a crash
    weighed(run, "r1", 100)
    assert why(run) == ""
    weighed(run, "r1", 50)
    assert "was for something else" in why(run)


def test_weights_without_a_yes_are_told(team) -> None:
    run = walking(team, yes=False, second="")
    weighed(run, "")
    assert "“split 5” wanted a second person, and nobody was asked" in why(run)


def test_a_yes_to_a_canary_is_over_with_it(team) -> None:
    run = walking(team)
    weighed(run, "r1")
    run.add(e.CanaryEnded(outcome="aborted", reason="x"))
    weighed(run, "r1")
    assert "the document has no such command" in why(run)


def test_a_command_under_a_name_that_the_document_does_not_have_is_told(team) -> None:
    run = Run(team, policy=WANTS, walked=False)
    started(run, command="invented")
    assert "may have wanted a second person, as the document has no such command, and nobody was asked" in why(run)


def test_weights_of_an_old_record_are_let_pass_as_they_were(team) -> None:
    run = walking(team, keeps=False, yes=False, second="")
    weighed(run, "")
    assert why(run) == ""
