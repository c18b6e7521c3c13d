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


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("With any output it is forbidden to continue.", "do"),
        ("The maintenance may begin only if all stamps are present.", "do"),
        ("Missing records of any cart are a show stopper.", "do"),
        ("One wrong sum is sufficient to break off.", "do"),
        ("Deviating names lead to the termination of the procedure.", "do"),
        ("After 24 hours there's no rollback any more, we fix forward.", "dont"),
        ("After 18:00 no way back in the same day, the lists are burnt then.", "dont"),
        ("A plan with errors is never applied.", "do"),
        ("If the dry run lists a cart from today, Ctrl-C and don't run the second line.", "do"),
    ],
)
def test_barred_in_other_words(text, polarity):
    assert told(text) == [polarity]


@pytest.mark.parametrize(
    "text",
    [
        "After this there is no way back.",
        "The pump may start only if the lid is closed.",
        "Copy this list and tick as you go. Leave the original alone.",
        "- [ ] No open ticket that would be seen by the guests",
        "- [ ] Confirm that no cart starts on a Friday",
        "- [ ] Broken lamps: 5 or fewer open",
        "Sales resume as soon as two thirds of the carts are back.",
    ],
)
def test_what_is_only_told(text):
    assert told(text) == []


def test_a_release_some_hours_ago_is_taken_back_by_what_stands_below():
    assert told("If the last release was in the past two hours, roll it back:\n\n```sh\nctl undo\n```") == ["do"]


def test_words_over_go_and_no_go_announce_neither():
    text = "Go back when:\n\n1. prices are lost\n2. carts fail\n\nMissing lamps do not block, they come on Monday.\n\n- [ ] GO\n- [ ] NO-GO, reason: ____\n"
    assert told(text) == ["do", "do", "dont"]


def test_a_warning_below_words_to_write_down_is_no_letter():
    text = "Write down the number, you need it later: ____\n\n> [!WARNING]\n> If the lamp is red, stop and go back."
    assert told(text) == ["do"]
