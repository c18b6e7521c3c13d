"""Boxes that are the kinds of one thing are a choice of one, and nothing to tick off."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepKind, StepRole


def options(text):
    book = read(f"# T\n\n## Before\n\n{text}\n".encode(), "kinds.md")
    return [step.title for step in book.steps if step.role is StepRole.OPTION]


@pytest.mark.parametrize(
    "lead",
    [
        "Type of this migration:",
        "Change criticality:",
        "Which cluster:",
        "Purpose of the visit (one):",
        "Pick the window:",
        "**Reason**",
    ],
)
def test_one_of_a_kind_is_chosen(lead):
    assert options(f"{lead}\n\n- [ ] blue\n- [ ] green (the new one)\n- [ ] neither") == [
        "blue",
        "green (the new one)",
        "neither",
    ]


def test_a_box_over_those_to_pick_from_is_a_task():
    assert options("- [ ] Kind of this run\n  - [ ] heads only\n  - [ ] heads + tails\n- [ ] Ring the bell") == [
        "heads only",
        "heads + tails",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Clusters:\n\n- [ ] north\n- [ ] south",
        "Check the type:\n\n- [ ] north\n- [ ] south",
        "Cluster:\n\n- [ ] nodes are healthy\n- [ ] disks checked",
        "Environment:\n\n- [ ] Open the door\n- [ ] Switch on the light",
        "Window:\n\n- [ ] start: ____\n- [ ] end: ____",
        "Scope:\n\n- [ ] north",
    ],
)
def test_what_is_all_to_be_done(text):
    assert options(text) == []


def test_a_question_over_those_to_pick_from_is_a_task():
    assert options("- [ ] Does the key change? pick one:\n  - [ ] no\n  - [ ] the root only") == ["no", "the root only"]


def test_a_box_that_tells_to_pick_is_a_task():
    assert options("- [ ] Pick the slot:\n  - [ ] Tuesday 02:00\n  - [ ] Thursday 02:00") == [
        "Tuesday 02:00",
        "Thursday 02:00",
    ]


@pytest.mark.parametrize("lead", ["Pick:", "Then choose:", "How far do we go? Select:"])
def test_a_word_asks_for_one(lead):
    assert options(f"{lead}\n\n- [ ] a third (30/70)\n- [ ] everything") == ["a third (30/70)", "everything"]


def test_a_heading_names_a_kind_and_one_of_it_begins_like_an_order():
    text = "### Kind of release\n\n- [ ] Patch release (no schema)\n- [ ] Feature release\n- [ ] Config only"
    assert len(options(text)) == 3
    assert options(text.replace("Config only", "Patch the balancer first")) == []


FORM = "| Input | Value |\n|---|---|\n| Archive | `s3://tapes/...` |\n"


def test_the_values_of_one_field_of_a_table():
    assert options(FORM + "| Compression | [ ] zstd |\n| | [ ] none |\n| Owner | |") == ["zstd", "none"]


@pytest.mark.parametrize(
    "rows",
    [
        "| Before | [ ] Copy the tapes |\n| | [ ] Ring the desk |",
        "| Before | [ ] copies are complete |\n| | [ ] desk informed |",
        "| Compression | [ ] zstd |\n| Owner | |",
    ],
)
def test_tasks_in_a_table_stay_tasks(rows):
    assert options(FORM + rows) == []


def test_where_every_row_has_a_box_all_are_tasks():
    assert options("| Host | Drained |\n|---|---|\n| north | [ ] a |\n| | [ ] b |") == []


def fields(text):
    book = read(f"# T\n\n## Before\n\n{text}\n".encode(), "fields.md")
    return [field.label for field in book.fields if book.step_by_id[field.step].kind is StepKind.FIELD]


@pytest.mark.parametrize(
    ("row", "label"),
    [
        ("first night: ________", "first night"),
        ("start date: ________", "start date"),
        ("last night (exclusive!): ____", "last night (exclusive!)"),
        ("ticket: OPS-____", "ticket"),
        ("carrier of the next round: ........", "carrier of the next round"),
    ],
)
def test_a_box_before_a_blank_alone_is_a_field(row, label):
    assert fields(f"- [ ] {row}") == [label]


@pytest.mark.parametrize(
    "row",
    [
        "Checksum noted: ____",
        "Started at: ____",
        "Stop the queue, time: ____",
        "Write down the count: ____",
        "North done, time: ____",
    ],
)
def test_a_task_that_leaves_a_value_stays_a_task(row):
    assert fields(f"- [ ] {row}") == []


def test_a_cell_with_a_choice_on_two_lines():
    book = read(b"# T\n\n| Test | Result |\n|---|---|\n| Bell rings | [ ] ok <br> [ ] not ok |\n", "cells.md")
    assert [(field.label, field.choices) for field in book.fields] == [("Bell rings", ("ok", "not ok"))]


def test_actions_with_their_commands_are_no_conditions():
    rows = "| # | Action | Command | Done |\n|---|---|---|---|\n| 1 | Stop the mixers | `mixctl hold --all` | [ ] |\n| 2 | Count the drums | `mixctl count` | [ ] |"
    book = read(f"# T\n\n## 3 Freeze\n\n{rows}\n".encode(), "freeze.md")
    assert book.triggers == ()
    assert [(step.title, step.role) for step in book.steps] == [
        ("Stop the mixers", StepRole.TODO),
        ("Count the drums", StepRole.TODO),
    ]


def test_verdicts_with_what_they_want_are_a_choice():
    text = "Decision:\n\n- [ ] Go\n- [ ] Go with restrictions: ____\n- [ ] No go, new date: ____"
    assert options(text) == ["Go", "Go with restrictions: ____", "No go, new date: ____"]
