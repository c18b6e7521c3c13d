"""Boxes that tell what was seen to be so, with places for a note and none for a hand; and who was told or is there."""

import pytest

from runbook_tui.document.reader import read


def roles(text: str, heading: str = "## Before the flood gate opens") -> list[str]:
    book = read(f"# Open the lock\n\n{heading}\n\n{text}\n".encode(), "lock.md")
    return [str(role) for step in book.steps for role in step.boxes]


@pytest.mark.parametrize(
    "row",
    [
        "Test barge 1 (____________) confirms normal operation",
        "Gate accepts (message hash: ______)",
        "Water level checked by the warden, reading no.: ____________",
        "**GM:** Council approval in place (C-118)",
        "@mira accepted in writing (the towpath is closed for a day)",
        "Set up the gauge log: first warden ____________ second warden ____________",
        "Flow matches the value agreed with the river team: ______ %",
        "Council approval number: ______________",
    ],
)
def test_what_was_seen_or_noted_is_a_task(row: str) -> None:
    assert roles(f"- [ ] {row}") == ["todo"]


def test_what_somebody_has_confirmed_is_a_task_among_what_must_hold() -> None:
    text = "GO only when all of these hold:\n\n- [ ] Flood assessor has confirmed the levels\n- [ ] No barge inside"
    assert roles(text, "## Go / No-Go") == ["todo", "todo"]


@pytest.mark.parametrize(
    "row",
    [
        "Duty manager accepts: ____________",
        "Duty manager confirms: ____________",
        "Duty manager approval: ____________",
    ],
)
def test_a_place_for_the_hand_is_a_sign_off(row: str) -> None:
    assert roles(f"- [ ] {row}") == ["signoff"]


def test_who_was_there_is_ticked_and_who_is_asked_signs() -> None:
    people = "    - [ ] Lock Operations\n    - [ ] River Operations\n    - [ ] Duty manager"
    assert roles(f"- [ ] Roll call completed\n{people}") == ["todo"] * 4
    assert roles(f"- [ ] Roll call, each says GO:\n{people}")[1:] == ["signoff"] * 3


def test_who_was_told_is_ticked_in_a_table() -> None:
    rows = "| Rowing club | Ida | [ ] | |\n| Canal office | Per | [ ] | |\n| Own crew | all | [ ] | |"
    table = "| Group | Contact | {} | Remarks |\n|---|---|---|---|\n"
    assert roles(table.format("Informed") + rows) == ["todo"] * 3


def test_an_answer_beside_each_box_is_a_choice() -> None:
    table = (
        "| Role | Name | Decision | Date |\n|---|---|---|---|\n| Lock owner | I. Moe | ☐ Approved ☐ Rework needed | |\n"
    )
    assert set(roles(table, "## Sign-off")) == {"option"}
