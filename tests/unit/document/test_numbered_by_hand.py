"""A box behind a number, a letter, a time or a code that Markdown takes for text is a box."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Runbook


def book(text: str) -> Runbook:
    return read(f"# Move of the archive\n\n## Before\n\n{text}\n".encode(), "numbered.md")


@pytest.mark.parametrize(
    ("row", "title"),
    [
        ("3.2 [ ] Order the tapes", "3.2 Order the tapes"),
        ("Step 7: [ ] Close the hatch", "Step 7: Close the hatch"),
        ("Step 7 ☐ Close the hatch", "Step 7 Close the hatch"),
        ("T-45 [ ] Tell the porter", "T-45 Tell the porter"),
        ("T+5 min [ ] Tell the porter", "T+5 min Tell the porter"),
        ("21:30 [ ] Start the copy", "21:30 Start the copy"),
        ("**2.** [ ] Lock the door", "2. Lock the door"),
        ("ARC-04 [ ] Count the boxes", "ARC-04 Count the boxes"),
        ("B.2 [ ] Count the boxes", "B.2 Count the boxes"),
        ("1.b) [ ] Count the boxes", "1.b) Count the boxes"),
        (r"4\.1 [ ] Count the boxes", "4.1 Count the boxes"),
    ],
)
@pytest.mark.parametrize("before", ["", "- "])
def test_a_label_stays_in_the_title(row: str, title: str, before: str) -> None:
    found = book(before + row)
    assert [(step.line, step.title, step.box) for step in found.steps] == [(5, title, True)]
    assert found.findings == ()


def test_rows_right_below_each_other_are_a_step_each() -> None:
    found = book("1.1 [ ] Order the tapes\n1.2 [x] Pay for them\n1.3 [ ] Fetch them\nfrom the desk below")
    assert [(step.line, step.end_line, step.checked) for step in found.steps] == [
        (5, 5, False),
        (6, 6, True),
        (7, 8, False),
    ]


def test_one_letter_with_a_bracket_is_enough() -> None:
    assert [step.title for step in book("a) [ ] Ring the desk").steps] == ["Ring the desk"]


def test_a_heading_with_a_number_and_a_box() -> None:
    assert [step.title for step in book("### 2.4 [ ] Drain the node\n\nSlowly.").steps] == ["2.4 Drain the node"]


@pytest.mark.parametrize(
    "text",
    [
        "The mark 2.1 [ ] means that nobody looked.",
        "Shelf 3 [x] was emptied before.",
        "See note 2 [x]",
        "4.1 [x](https://example.org) is the list",
    ],
)
def test_a_sentence_with_a_box_in_it_is_no_step(text: str) -> None:
    assert not any(step.box for step in book(text).steps)


@pytest.mark.parametrize(
    "row", ["[ ] tapes counted  [x] desk informed  [ ] bell", "Rooms: [ ] north locked  [x] south locked"]
)
def test_tasks_in_a_row_are_a_step_each(row: str) -> None:
    steps = book(row).steps
    assert [step.checked for step in steps] == [mark == "x" for mark in row.split("[")[1:] for mark in mark[0]]
    assert all(step.box and step.line == 5 for step in steps)


@pytest.mark.parametrize("row", ["Class: [ ] A [ ] B [X] C", "Result: [ ] passed [ ] failed", "[ ] GO  [ ] NO-GO"])
def test_boxes_in_a_row_that_are_a_choice(row: str) -> None:
    found = book(row)
    assert len(found.fields) == 1
    assert not any(step.box for step in found.steps)


def test_a_paragraph_that_is_one_task() -> None:
    assert [(step.title, step.checked) for step in book("[x] Lock the door").steps] == [("Lock the door", True)]
    assert [step.title for step in book("- [ X ] Lock the door").steps] == ["Lock the door"]


@pytest.mark.parametrize(
    "text",
    ["[x] means that it is done.", "[ ] = open", "[ ]", "[x] done, [ ] open", "☑ and ☐ of the old form were replaced"],
)
def test_what_is_said_of_a_mark(text: str) -> None:
    assert not any(step.box for step in book(text).steps)


def test_two_boxes_behind_a_label_are_a_choice() -> None:
    found = book("Q4 [ ] yes [ ] no")
    assert [(field.label, field.choices) for field in found.fields] == [("Q4", ("yes", "no"))]


def test_a_column_of_times_is_no_title() -> None:
    rows = "| When | Cosa | ✔ |\n|---|---|---|\n| T+0 | Close the hatch | |\n| 21:30 | Ring the bell | |"
    assert [step.title for step in book(rows).steps] == ["Close the hatch", "Ring the bell"]
