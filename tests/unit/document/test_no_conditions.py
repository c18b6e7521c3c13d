"""Sentences that only sound like a condition, beside others that are one."""

import pytest

from runbook_tui.document.reader import read


def told(text):
    return [str(one.polarity) for one in read(f"# Mill\n\n## Night\n\n{text}\n".encode(), "m.md").triggers]


@pytest.mark.parametrize(
    "text",
    [
        "**05:40 - Stop the old mill** (Ferri). Log in:",
        "**07:15 - Back to the paper orders** (the millers).",
        "- 05:40: stop\n- 06:10: go on",
        "Step 3: back to the console.",
        "After step 10 there is no easy way back. So everybody signs before it.",
        "You can't take a delivery back from people's kitchens.",
        "To stop, there is no pause for the belts.",
        "If the press is broken too, do it by hand. On each floor:",
        "Don't run without --slow, like in the old wiki page.",
        "The first two print nothing when all is fine.",
        "Gate 1 decision: GO / NO-GO  Time: ________",
        "Decision at 23:00: continue ( ) / fallback ( )  Sign: ______",
        "Resume after a halt, if no hotfix was needed:",
        "Decision: ☐ GO ☐ NO-GO ☐ POSTPONE 24 h",
        "Going back is the decision of both millers.",
        "After 00:30 new sacks exist and going back needs the owner's word.",
        "Sacks filled after step 4 are lost on rollback.",
        "The old mill stays for a week so that we can go back.",
        "Belts flip back on their own after three failed checks.",
        "Ask the miller to pull the plug, 30 seconds, plug in again.",
        "**Floor:** Console → Press → *Halt press*",
        "One belt only → probably a bad stone, go to [A](#a).",
        "**How:** set the belt back, restore the list if sacks were filled.",
        "The key must not be restored from the copy. Keep the newest.",
        "Please don't use `./old/mill --force`, it broke twice.",
        "We do this twice a year, before the harvest.",
        "Do not go over 12 sacks, the belt is weak.",
        "If the log says `dust`, its filter is broken.",
        "If the count is 0, it's the scale.",
        "If the miller is asleep, phone the owner first, then come back here.",
    ],
)
def test_what_only_sounds_like_a_condition(text):
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("05:40 - if the old mill has not stopped, roll back.", "do"),
        ("Roll back if the press is broken.", "do"),
        ("If the belts still stop after two tries, go back to the old press.", "do"),
        ("After the switch, do not roll back any more.", "dont"),
        ("The count is noted. If it differs by more than 5 %, roll back.", "do"),
    ],
)
def test_what_is_one(text, polarity):
    assert told(text) == [polarity]


def test_after_the_point_of_no_return_a_condition_is_still_one():
    assert told("After the point of no return: fallback only if belt 1 or belt 2 fails for two hours.") == ["do"]


def test_no_way_back_may_be_why_the_work_does_not_start():
    text = "# Mill\n\nIf the old stone is gone there is no way back and the change doesn't start.\n"
    assert len(read(text.encode(), "m.md").triggers) == 1


def test_an_order_behind_a_condition_is_part_of_it():
    text = "If the belt is hot, do not go on with the next floor. Stop and call the miller."
    assert told(text) == ["do"]
