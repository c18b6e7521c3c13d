"""Lists over which it is said that what stands below is known, does no harm, or is no reason."""

import pytest

from tests.unit.document.stance import polarities, triggers

BAD = "- the map tiles stay grey for a minute\n- two stalls report a late price\n"


@pytest.mark.parametrize(
    "lead",
    [
        "Things that will happen and are harmless:",
        "This will happen and is fine:",
        "Expect these, they are normal:",
        "What looks bad but is fine:",
        "Things that look scary but aren't, keep promoting:",
        "Looks broken, isn't:",
        "Scary but harmless:",
        "Open but accepted:",
        "Normal, do nothing:",
        "Expected noise:",
        "Agreed with Ines on 3 May, does not block:",
        "The following does not count:",
        "None of these stops the release:",
        "None of the following is a reason to stop:",
        "Known issues we have agreed to live with:",
        "Defects the board decided to ship with:",
        "Waived for 4.2:",
        "Signed off as known:",
        "Don't let these scare you:",
    ],
)
def test_what_is_put_up_with(lead):
    assert polarities(f"{lead}\n\n{BAD}") == ["dont", "dont"]
    if not lead.startswith(("Waived", "Signed")):  # as a heading they may stand over what was done
        assert polarities(f"## {lead.rstrip(':')}\n\n{BAD}") == ["dont", "dont"]


@pytest.mark.parametrize("no", ["No, if:", "But not when:", "Don't, if:", "Nope, if:"])
def test_no_answers_the_question_above(no):
    yes = "Yes, if:\n\n- error rate above 5 %\n- two stalls charge twice\n\n"
    assert polarities(f"## Do we roll back?\n\n{yes}{no}\n\n{BAD}") == ["do", "do", "dont", "dont"]
    assert polarities(f"## Can we start?\n\nYes, if:\n\n- all stalls are green\n\n{no}\n\n{BAD}") == ["do", "do"]


def test_a_plain_list_is_not_shrugged_at():
    assert polarities("Things to pack:\n\n- the blue tent\n- the long rope\n") == []
    assert polarities("Expected result:\n\n- all stalls are green\n- prices are loaded\n") == []
    assert polarities("Accepted values:\n\n- red\n- blue\n") == []


@pytest.mark.parametrize(
    "lead",
    [
        "Ctrl-C the loop (it finishes the stall, that's safe) when:",
        "Press Ctrl+C if:",
        "Interrupt the script as soon as:",
    ],
)
def test_what_is_broken_off_by_hand(lead):
    assert polarities(f"{lead}\n\n- more than one stall is dark\n- the warden calls\n- it's 04:30\n") == ["do"] * 3


def test_entries_that_say_each_what_then():
    rows = [
        "**Odd situations**",
        "",
        "- *Layout changed in the same train* — the old reader can't parse it. Don't undo, switch the group off.",
        "- *Zone lost during the ramp* — abort, whatever the graphs say.",
        "- *Pods stay Pending* — usually the autoscaler, give it 5 minutes.",
        "- *Somebody from sales calls* — hear them out. If they ask you to stop it, stop it.",
    ]
    assert triggers(*rows) == {(3, "dont"), (4, "do"), (5, "dont"), (6, "do")}


def test_a_second_column_tells_what_becomes_of_the_work():
    rows = [
        "| Result | Consequence |",
        "|---|---|",
        "| One or more grade A faults | Launch cancelled |",
        "| Up to two grade B faults | Launch continues, faults are listed |",
        "| Grade C and below | Launch goes ahead |",
    ]
    assert triggers(*rows) == {(3, "do"), (4, "dont"), (5, "dont")}


def test_a_cell_of_two_sentences_may_order_in_the_second():
    rows = [
        "| What you see in field `error` | Do |",
        "|---|---|",
        "| `BadKey`, all shops | our own bug. Roll back `router` and `parser` |",
        "| `NoDepot` | new depot, add it |",
        "| `BadKey`, one shop | the shop changed its feed. Mail them, no need to touch our release |",
    ]
    assert triggers(*rows) == {(3, "do"), (5, "dont")}
