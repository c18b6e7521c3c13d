"""Sentences of few plain words that hold the work, or say that what is seen does not count."""

import pytest

from runbook_tui.document.reader import read
from tests.unit.document.stance import triggers


def told(text):
    return [str(one.polarity) for one in read(f"# Market\n\n{text}\n".encode(), "m.md").triggers]


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("No work starts until all three keys are here.", "do"),
        ("No parcel leaves the depot before this sheet is filled in.", "do"),
        ("Nothing goes out unless both counts match.", "do"),
        ("Messages of the importer about missing owners may be disregarded.", "dont"),
        ("Chatter in the forum is not a criterion.", "dont"),
        ("`Unknown` isn't failure: the ramp waits.", "dont"),
        ("If the job dropped a table, STOP, do not run the rollback, call the data desk.", "dont"),
    ],
)
def test_said_plainly(text, polarity):
    assert told(text) == [polarity]


@pytest.mark.parametrize(
    "text",
    [
        "It may be disregarded.",
        "After the last ring abort doesn't work any more. Use undo:\n\n```sh\nctl undo\n```",
        "No ticket is needed for this page.",
        "The layout can be read later in the archive.",
    ],
)
def test_said_of_nothing_seen(text):
    assert told(text) == []


def test_no_action_is_said_of_the_sentence_before():
    assert triggers("## Notes", "", "- Lag of 2M at noon is the daily report. No action, it drains by one.") == {
        (3, "dont")
    }
    assert triggers("## Notes", "", "- Open the board of the queue. No action items there.") == set()


def test_what_can_be_mended_later_is_no_reason():
    rows = [
        "## When do we go back?",
        "",
        "- stamps are missing",
        "",
        "`LABEL` errors in the report can be repaired later.",
    ]
    assert triggers(*rows) == {(3, "do"), (5, "dont")}


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("No resume on Sundays or during the fair.", "do"),
        ("No deploys without both keys.", "do"),
        ("No stamp, no release.", "do"),
        ("It may go ahead without the fish stall, because they open later.", "dont"),
        ("The switch can start even with one reader missing.", "dont"),
        ("Missing carts do not block, they come on Monday.", "dont"),
        ("Broken lamps on the list don't hold the train.", "dont"),
        ("Never roll back across a year end.", "dont"),
        ("A single wrong price isn't enough, keep selling.", "dont"),
        ("The locale error shows up twice, we don't care.", "dont"),
    ],
)
def test_barred_and_let_through(text, polarity):
    assert told(text) == [polarity]


@pytest.mark.parametrize(
    "text",
    [
        "No change is needed on the second stall.",
        "The gate does not block port 443.",
        "It can start without a password.",
        "We can proceed without you.",
        "No merge conflicts at all on this branch.",
        "Weighing is not enough. Go to section 4.",
    ],
)
def test_what_bars_nothing(text):
    assert told(text) == []


def test_where_conditions_are_listed_some_things_are_not_on_the_list():
    text = "## Pulling the plug\n\nWe go back when\n\n- dupes are seen\n- the count differs\n\nAngry posts are not on the list.\n\nA wrong price on one stall: that's its owner. Don't go back, tell them.\n"
    assert told(text) == ["do", "do", "dont", "dont"]
