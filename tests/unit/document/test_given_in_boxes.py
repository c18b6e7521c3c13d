"""Boxes ticked for an assent that was given, and places for hands below conditions."""

import pytest

from runbook_tui.document.reader import read


def roles(text: str, heading: str = "## Sign-off") -> list[str]:
    book = read(f"# Move the archive\n\n{heading}\n\n{text}\n".encode(), "given.md")
    return [str(step.role) for step in book.steps if step.box]


OPEN = "\n- [ ] **Archive lead:** ____________ Date: ________"


@pytest.mark.parametrize(
    "row",
    [
        "✅ **Reading Room:** approved",
        "**Paper quality (Jo):** approved 2024-02-11",
        "Night desk: signed off, 11 May",
        "Map collection: accepted 12.05.2024 (by mail)",
    ],
)
def test_a_box_ticked_for_an_assent_is_a_sign_off_whatever_the_desk_is_called(row: str) -> None:
    assert roles(f"- [x] {row}{OPEN}") == ["signoff", "signoff"]


@pytest.mark.parametrize(
    "row",
    [
        "Moving plan: approved",
        "Test reports: accepted",
        "Shelf 14 labels: approved",
        "Check the catalogue: approved",
    ],
)
def test_what_was_approved_is_a_task(row: str) -> None:
    assert roles(f"- [x] {row}{OPEN}") == ["todo", "signoff"]


def test_an_assent_needs_words_above_that_ask_for_it() -> None:
    assert roles("- [x] Reading Room: approved", "## Preparation") == ["todo"]


def test_hands_below_the_answer_to_what_stops_the_work_are_sign_offs() -> None:
    text = (
        "No-go if one of these is true:\n\n- [ ] shelves damp\n- [ ] more than 3 boxes lost\n\n"
        "Result: [ ] go [ ] no-go\n\n- [ ] Legal: ______\n- [ ] Archive team: ______"
    )
    assert roles(text, "## Go / no-go")[:2] == ["trigger", "trigger"]
    assert roles(text, "## Go / no-go")[-2:] == ["signoff", "signoff"]
