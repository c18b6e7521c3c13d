"""Boxes that say which of several things it is, and boxes that are tasks or conditions below words much alike."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepRole

OPTION, TODO, TRIGGER = StepRole.OPTION, StepRole.TODO, StepRole.TRIGGER


def roles(text):
    return [step.role for step in read(f"# Mill\n\n{text}\n".encode(), "m.md").steps if step.box]


@pytest.mark.parametrize(
    "lead",
    [
        "One hall per evening. Tick which one you're doing:",
        "What changed (tick all that apply)",
        "Mark the ones that apply:",
        "What has changed:",
        "Affected systems:",
        "This release is for:",
        "Which hall are we doing tonight?",
    ],
)
def test_boxes_below_words_that_ask_which_it_is(lead):
    assert roles(f"{lead}\n\n- [ ] north hall\n- [x] presses (old ones)\n- [ ] only scales") == [OPTION] * 3


@pytest.mark.parametrize(
    "lead", ["Tick all that are done:", "What has changed:", "Affected systems:", "Before we start:"]
)
def test_tasks_below_such_words_stay_tasks(lead):
    assert roles(f"{lead}\n\n- [ ] Stop the press\n- [ ] scales are calibrated\n- [ ] Tell the millers") == [TODO] * 3


def test_the_last_boxes_of_a_list_are_a_choice_that_ends_in_both():
    text = "- [ ] QA has tested the release\n- [ ] Windmill only\n- [ ] Watermill only\n- [ ] Both"
    assert roles(text) == [TODO, OPTION, OPTION, OPTION]
    assert roles("- [ ] Stop the press\n- [ ] Both") == [TODO, TODO]
    assert roles("- [ ] Stop the press\n- [ ] Both halls are empty") == [TODO, TODO]


def test_boxes_that_are_ticked_when_seen_are_conditions_where_going_back_is_the_matter():
    boxes = "- [ ] Sacks burst at over 4 % for 5 minutes\n- [ ] Anybody reports stones in the flour"
    lead = "The second miller calls it. Boxes get ticked by him if seen:"
    assert roles(f"## Bail-out\n\n{lead}\n\n{boxes}") == [TRIGGER] * 2
    assert roles(f"## Preparation\n\n{lead.replace('if seen', 'when done')}\n\n{boxes}") == [TODO] * 2


def test_numbered_tasks_of_the_way_back_are_no_conditions():
    text = "## 6.0 Backing it out\n\n[ ] 6.1 Rebind and refresh it\n\n[ ] 6.2 Tell the desk that it did not go in\n\n[ ] 6.3 Release the run"
    assert roles(text) == [TODO] * 3


def test_answers_to_one_question_are_a_choice():
    text = "## Outcome\n\n- [ ] Ready\n- [ ] Ready with conditions (list them)\n- [ ] Not ready\n"
    assert {step.role for step in read(text.encode(), "o.md").steps} == {StepRole.OPTION}
    text = "## Before\n\n- [ ] Approved\n- [ ] Passed\n"
    assert StepRole.OPTION not in {step.role for step in read(text.encode(), "o.md").steps}
