"""Boxes that are the kinds of one thing are a choice of one, and nothing to tick off."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepRole


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


def test_a_box_asks_for_one_of_those_inside_it():
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
