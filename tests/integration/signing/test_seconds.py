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
    run.add(
        e.JobStarted(
            job="j", step=step.id, command=step.commands[0], text=shown, shown=shown, target="local", second=second,
            **fields,
        )
    )  # fmt: skip


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
