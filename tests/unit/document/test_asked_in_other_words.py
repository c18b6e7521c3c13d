"""Hands asked for in words of one's own, people who only have work, and how it ended: each with what only looks alike."""

import pytest

from runbook_tui.document.reader import read


def seen(text):
    book = read(f"# Move of the yard service\n\n{text}".encode(), "x.md")
    return [(slot.line, slot.role) for slot in book.signoffs], [
        (step.line, str(role)) for step in book.steps for role in step.boxes
    ]


def test_owners_confirm_in_a_list():
    slots, boxes = seen(
        "## Readers\n\nReader moved, owner confirms:\n\n- [x] invoices-export, Anneke (billing)\n- [ ] ledger, Tomás (finance)\n"
        "- [ ] yard board, duty desk Ghent\n- [ ] sms, Ludmila\n"
    )
    assert [line for line, _ in slots] == [7, 8, 9, 10]
    assert {role for _, role in boxes} == {"signoff"}


def test_things_that_are_confirmed_are_tasks():
    slots, boxes = seen("## Readers\n\nConfirm:\n\n- [ ] invoices are exported\n- [ ] the ledger is closed\n")
    assert slots == []
    assert {role for _, role in boxes} == {"todo"}


def test_a_table_of_whose_word_it_needs():
    slots, _ = seen(
        "## Before\n\nNeeds OK:\n\n| Whose OK | Name | Time |\n|---|---|---|\n| Duty editor | | |\n| Head of platform | | |\n"
    )
    assert slots == [(9, "Duty editor"), (10, "Head of platform")]


@pytest.mark.parametrize("title", ["Who are you?", "Hats"])
def test_who_has_which_work_signs_nothing(title):
    slots, boxes = seen(f"## {title}\n\n- [ ] Incident commander: @\n- [ ] DB operator: @\n- [ ] Scribe: @\n")
    assert slots == []
    assert len(boxes) == 3


def test_who_signs_for_which_gate():
    slots, _ = seen(
        "## Go\n\n- [ ] Do it\n\n## OKs\n\nG1 → ML serving: ............\nG3 → Trust & Safety: ............\n"
    )
    assert slots == [(9, "ML serving"), (10, "Trust & Safety")]


def test_how_it_went_is_one_of_them():
    _, boxes = seen("## End\n\nHow did it go?\n\n- [ ] Fine\n- [ ] With trouble, see the thread\n- [ ] Rolled back\n")
    assert {role for _, role in boxes} == {"option"}
