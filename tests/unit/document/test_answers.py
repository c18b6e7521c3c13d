"""Which boxes are answers to one question, and what they count for in a run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.document.answers import MOST
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepRole
from runbook_tui.run import events as e
from runbook_tui.run.fold import fold
from runbook_tui.run.progress import next_step, on_path, passed_over, path, progress, unfinished
from runbook_tui.run.state import RunState
from tests.unit.run.documents import records

TWO = """# Release

## Assess

Severity (tick one):

- [ ] minor
- [ ] major

Environment (tick one):

- [ ] staging
- [ ] production
  - [ ] Tell the customers

## Do

- [ ] Deploy
"""


def book(text):
    return read(text.encode(), "x.md")


def groups(text):
    """By title, each question once."""
    found = book(text)
    return [
        [found.step_by_id[answer].title for answer in answers] for answers in dict.fromkeys(found.alternatives.values())
    ]


def walk(found, *ticked):
    ids = {step.title: step.id for step in found.steps}
    state = fold(records(*[e.StepTicked(step=ids[title]) for title in ticked])) if ticked else RunState()
    return found, state


def titles(found, state):
    return [step.title for step in path(found, state)]


def test_the_boxes_of_one_list_are_one_question_each():
    assert groups(TWO) == [["minor", "major"], ["staging", "production"]]


@pytest.mark.parametrize(
    "text",
    [
        "# T\n\n- Severity (tick one):\n  - [ ] minor\n  - [ ] major\n- Place (tick one):\n  - [ ] here\n  - [ ] there\n",
        "# T\n\n> Severity (tick one):\n>\n> - [ ] minor\n> - [ ] major\n>\n> Place (tick one):\n>\n> - [ ] here\n> - [ ] there\n",
        "# T\n\n## Severity (tick one)\n\n- [ ] minor\n\n- [ ] major\n\n## Place (tick one)\n\n- [ ] here\n- [ ] there\n",
        "# T\n\n| Field | Value |\n|---|---|\n| Severity | [ ] minor |\n| | [ ] major |\n| Date | ____ |\n| Place | [ ] here |\n| | [ ] there |\n",
    ],
    ids=["items", "quotes", "headings", "cells"],
)
def test_questions_side_by_side_are_told_apart(text):
    assert groups(text) == [["minor", "major"], ["here", "there"]]


def test_tasks_and_a_box_alone_are_no_question():
    assert groups("# T\n\n- [ ] Do this\n- [ ] Do that\n- [ ] Decision: [ ] GO [ ] NO-GO\n") == []


def test_a_list_longer_than_any_question_is_none():
    boxes = "".join(f"- [ ] host{number}\n" for number in range(MOST + 1))
    assert groups(f"# T\n\nTick one:\n\n{boxes}") == []


def test_an_open_question_counts_once():
    found, state = walk(book(TWO))
    assert titles(found, state) == ["minor", "staging", "Tell the customers", "Deploy"]
    assert next_step(found, state).title == "minor"


def test_the_answer_that_was_ticked_counts_and_the_others_leave_the_walk():
    found, state = walk(book(TWO), "major")
    assert titles(found, state) == ["major", "staging", "Tell the customers", "Deploy"]
    assert progress(found, state).done == 1
    assert next_step(found, state).title == "staging"
    passed = {step.title for step in found.steps if passed_over(found, state, step)}
    assert passed == {"minor"}


def test_what_stands_below_an_answer_goes_with_it():
    found, state = walk(book(TWO), "staging")
    assert titles(found, state) == ["minor", "staging", "Deploy"]
    found, state = walk(book(TWO), "production")
    assert titles(found, state) == ["minor", "production", "Tell the customers", "Deploy"]


def test_several_answers_can_be_ticked():
    found, state = walk(book(TWO), "minor", "major")
    assert titles(found, state)[:2] == ["minor", "major"]
    assert progress(found, state).done == 2


def test_an_answer_that_the_document_has_ticked_is_given():
    found, state = walk(book(TWO.replace("[ ] major", "[x] major")))
    assert titles(found, state)[0] == "major"
    assert progress(found, state).done == 1


def test_a_question_that_is_skipped_is_settled():
    found = book(TWO)
    first = next(step for step in found.steps if step.title == "minor")
    state = fold(records(e.StepSkipped(step=first.id, reason="not known")))
    assert next_step(found, state).title == "staging"


def test_an_open_question_does_not_hold_up_the_end():
    found, state = walk(book(TWO), "Deploy", "Tell the customers")
    assert unfinished(found, state) == []


@given(st.lists(st.sampled_from(["minor", "major", "staging", "production", "Tell the customers", "Deploy"])))
def test_each_question_always_counts_and_nothing_touched_is_left_out(ticked):
    found, state = walk(book(TWO), *ticked)
    walked = {step.title for step in found.steps if on_path(found, state, step)}
    assert walked >= {title for title in ticked if title != "Tell the customers"}
    for answers in dict.fromkeys(found.alternatives.values()):
        assert walked & {found.step_by_id[answer].title for answer in answers}
    assert all(
        found.step_by_id[answer].role is StepRole.OPTION
        for answers in found.alternatives.values()
        for answer in answers
    )
