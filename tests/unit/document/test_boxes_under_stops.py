"""Boxes below words that keep the work from starting or let it go on, boxes that are conditions, and sentences between tasks."""

import pytest

from runbook_tui.document.reader import read

LETTERS = {"todo": "t", "option": "o", "signoff": "s", "trigger": "c"}


def book(text):
    return read(f"# R\n\n{text}\n".encode(), "r.md")


def roles(text):
    return "".join(LETTERS[role] for step in book(text).steps for role in step.boxes)


def moods(text):
    return [str(one.polarity) for one in book(text).triggers]


@pytest.mark.parametrize(
    "lead",
    [
        "**The train stays in the station if** any of these is ticked:",
        "The boat stays in harbour when one of these is so:",
        "Our release stays at home if:",
        "The parcel waits on the shelf as soon as one of these is ticked:",
        "Nobody leaves the yard if any box is ticked:",
        "Nothing ships when:",
        "No build goes out if any of the following is true:",
        "If any of these is ticked, the train stays in the station:",
        "If one box is ticked, no release:",
        "One tick here keeps the train in the station:",
        "One tick means no release:",
        "Any box ticked = no-go",
        "A single yes keeps the release from leaving:",
    ],
)
def test_what_keeps_the_work_from_leaving_is_a_condition(lead):
    text = f"{lead}\n\n- [ ] fog on the river\n- [ ] fewer than two pilots"
    assert roles(text) == "cc"
    assert moods(text) == ["do", "do"]


@pytest.mark.parametrize(
    "lead",
    [
        "We are still go, even if:",
        "It's still a go, even though:",
        "The train leaves anyway even though:",
        "Go all the same, even with:",
        "We're go even if:",
        "We ship even when:",
        "Still a GO even though",
        "The release goes out as planned despite:",
        "We open on time no matter if:",
        "Fine to start even with:",
    ],
)
def test_what_does_not_keep_it_is_one_that_says_so(lead):
    text = f"{lead}\n\n- [ ] the leaflet is missing\n- [ ] small bugs are open"
    assert roles(text) == "cc"
    assert moods(text) == ["dont", "dont"]


@pytest.mark.parametrize("lead", ["Roll back even if:", "We don't go even if:", "Nobody starts even though:"])
def test_even_if_does_not_turn_a_stop_round(lead):
    assert "dont" not in moods(f"{lead}\n\n- [ ] the leaflet is missing\n- [ ] small bugs are open")


@pytest.mark.parametrize(
    "lead",
    [
        "The server stays up if:",
        "Users stay logged in if",
        "The old version stays live until all of these are ticked:",
        "The release stays live if all of these are ticked:",
        "Before the train leaves:",
        "One box ticked is a go for the train:",
        "If one of them answers, the release stays live:",
    ],
)
def test_what_must_hold_is_a_task(lead):
    assert roles(f"{lead}\n\n- [ ] doors shut\n- [ ] lamps lit") == "tt"


@pytest.mark.parametrize(
    "box",
    [
        "if it lists a forced update for anything older, nope out and talk to sales",
        "When the scale shows more than 12 kg: walk away and call Ada",
        "if anybody is still on the stairs, we don't open",
        "if it's a holiday: no deploy, go home",
        "any red tile? bail and ping Ada",
        "if the plan shows a destroy, get out and open a ticket",
        "if the diff is not empty, hands off and tell the owner",
        "if the disk is over 90 %, call it a night",
        "if replication is broken, do not continue, wake the DBA",
        "More than 5: no opening today until Hal has looked",
    ],
)
def test_a_box_that_is_a_condition_with_its_stop_is_no_task(box):
    text = f"- [ ] {box}\n- [ ] lid shut"
    assert roles(text) == "ct"
    (one,) = book(text).triggers
    assert one.step == book(text).steps[0].id


@pytest.mark.parametrize(
    "box",
    [
        "if the lamp is not lit, light it and wait",
        "if a job is stuck, stop it and start it again",
        "Lag under 5 s, otherwise stop and call Ada",
        "Disk below 80 %, if not abort",
        "Check the lid, and stop if it is open",
    ],
)
def test_a_box_that_has_something_to_do_or_see_is_a_task(box):
    assert roles(f"- [ ] {box}\n- [ ] lid shut") == "tt"


@pytest.mark.parametrize(
    "sentence",
    [
        "Stop and regroup before lighting the other 312 lamps if even one of the first fails to light.",
        "Abort if the second lamp does not come on.",
        "Back out if one of them smokes!",
        "We do not go on if the fuse is warm.",
    ],
)
def test_a_sentence_between_tasks_that_count_on_is_not_over_them(sentence):
    text = f"1. [ ] Light two lamps\n2. [ ] They burn\n\n{sentence}\n\n3. [ ] All the others, 40 at a time (`./lights --all`)\n4. [ ] Up to 5 dead lamps: note them"
    assert roles(text) == "tttt"
    assert [one.line for one in book(text).triggers if str(one.polarity) == "do"] == [6]


@pytest.mark.parametrize(
    "row",
    [
        "Result:  [ ] completed  [ ] completed, one site mixed  [ ] backed out",
        "Outcome: [ ] deployed [ ] taken back",
        "Status at close: [ ] migrated [ ] partly migrated [ ] undone",
        "Ergebnis: [ ] erledigt [ ] abgebrochen",
        "The change was: [ ] completed [ ] reverted",
        "How did it end? [ ] completed [ ] rolled back",
        "- Result: ☐ completed ☐ completed with remarks",
        "Closed as: [ ] completed [ ] cancelled",
        "Final state: [ ] upgraded [ ] left at the old version [ ] mixed",
        "Result of the night: [ ] all moved [ ] some moved [ ] none moved",
        "Ended with: [ ] everything moved [ ] two halls left behind",
    ],
)
def test_how_it_went_is_one_of_them(row):
    assert set(roles(row)) == {"o"}


@pytest.mark.parametrize("row", ["Tick: [ ] backup taken [ ] result sent", "[ ] backup taken [ ] result posted"])
def test_what_was_done_is_each_of_them(row):
    assert roles(row) == "tt"
