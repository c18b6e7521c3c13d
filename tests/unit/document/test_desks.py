"""Tables of desks that give their word, statements somebody makes, and boxes that are the kinds of one thing."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepRole


def signers(text: str) -> list[str]:
    return [slot.role for slot in read(f"# Show\n\n## Before\n\n{text}\n".encode(), "x.md").signoffs]


def table(*rows: str) -> str:
    return "\n".join([rows[0], "|" + "---|" * (rows[0].count("|") - 1), *rows[1:]])


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        (
            table("| Station | go / hold | initials |", "| Rigging | | |", "| Sound | | |", "| Front of house | | |"),
            ["Rigging", "Sound", "Front of house"],
        ),
        (table("| Who | Verdict | Handle |", "| Lights | [ ] | @ |", "| Video | [ ] | @ |"), ["Lights", "Video"]),
        (table("| Funktion | Name | Freigabe |", "| Bühne | | [ ] |", "| Ton | | [ ] |"), ["Bühne", "Ton"]),
        (
            table("| | Name | Time | Signature |", "| Executor | | | |", "| Observer | | | |", "| House word | | | |"),
            ["Executor", "Observer", "House word"],
        ),
    ],
)
def test_desks_give_their_word(text: str, roles: list[str]) -> None:
    assert signers(text) == roles


def test_who_has_signed_already_stands_among_those_who_have_not() -> None:
    rows = ["| Function | Name | Date | Visa |", "| Author | P. Moll | 3.2. | PM |", "| Reviewer | | | |"]
    book = read(f"# Show\n\n## Releases\n\n{table(*rows, '| Head of Stage | | | |')}\n".encode(), "x.md")
    assert [slot.role for slot in book.signoffs] == ["Author", "Reviewer", "Head of Stage"]
    assert [step.checked for step in book.steps] == [True, False, False]


@pytest.mark.parametrize(
    "text",
    [
        table(
            "| No. | Prerequisite | Verified by | OK |",
            "| 1 | Fire curtain was tested this week | Stage manager | [ ] |",
            "| 2 | All exits are lit and free | House manager | [ ] |",
        ),
        table(
            "| Area | Must be so | ok |",
            "| Sound | all desks answer on the line | [ ] |",
            "| Rigging | load below limit at each point | [ ] |",
        ),
        table("| Desk | OK? |", "| load test 14 | |", "| load test 15 | |"),
        table("| Show | | ", "| Version | `____` |", "| Stage lead | `____` |", "| Ticket | `____` |"),
    ],
)
def test_rows_of_tasks_and_of_facts_do_not_sign(text: str) -> None:
    assert signers(text) == []


@pytest.mark.parametrize(
    "box",
    [
        "House manager confirms no fire drill is under way",
        "Stage lead confirms all exits are free",
        "Duty officer for the hall confirmed",
    ],
)
def test_a_check_that_somebody_makes_is_a_task_also_where_others_sign(box: str) -> None:
    book = read(f"# Show\n\n## Go / No-Go\n\n- [ ] {box}\n- [ ] doors closed\n".encode(), "x.md")
    assert [step.role for step in book.steps] == [StepRole.TODO, StepRole.TODO]


def test_the_yes_of_those_below_is_theirs() -> None:
    text = "It needs the explicit yes of both people below, with the time:\n\n- Stage lead: ________\n- House owner: ________"
    assert signers(text) == ["Stage lead", "House owner"]


def options(text: str) -> list[bool]:
    steps = read(f"# Show\n\n{text}\n".encode(), "x.md").steps
    return [step.role is StepRole.OPTION for step in steps]


@pytest.mark.parametrize(
    "text",
    [
        "## Release type\n\n- [ ] major\n- [ ] minor\n- [ ] patch",
        "## What are we launching?\n\n- [ ] final\n- [ ] release candidate (number: __)\n- [ ] hotfix (other page)",
        "## Kind of change\n\n- [ ] update\n- [ ] restart",
    ],
)
def test_boxes_that_are_the_kinds_of_one_thing(text: str) -> None:
    assert set(options(text)) == {True}


@pytest.mark.parametrize(
    "text",
    [
        "## What do we need to check?\n\n- [ ] disk space\n- [ ] certificates",
        "## What is this?\n\n- [ ] restart the cache nodes\n- [ ] clear the queue",
        "## Release\n\n- [ ] tag\n- [ ] upload",
        "## What is left?\n\n- [ ] docs\n- [ ] changelog",
    ],
)
def test_boxes_that_are_work(text: str) -> None:
    assert not any(options(text))
