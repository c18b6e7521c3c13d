"""Entries that say each for itself what follows, in a list of any kind and in the last column of a table."""

import pytest

from runbook_tui.document import verdict_lists
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Polarity, StepRole


def told(text):
    return [
        (one.line - 4, str(one.polarity))
        for one in read(f"# Mill\n\nTo read it:\n\n{text}\n".encode(), "m.md").triggers
    ]


def test_a_list_of_findings_with_their_verdicts():
    text = (
        "1. weights differ by even one sack: stop, do not grind the other silos\n"
        "2. weights differ by less than a gram per ton: rounding, ignore\n"
        "3. column order differs: ignore, the press selects by name\n"
        "4. `hash` says `OTHER`: stop\n"
        "5. a seal is missing: ask the miller\n"
    )
    assert told(text) == [(1, "do"), (2, "dont"), (3, "dont"), (4, "do")]


def test_short_labels_are_enough_where_the_verdicts_differ():
    assert told("- blocker: train waits\n- major: the miller decides\n- cosmetic: ships as is\n") == [
        (1, "do"),
        (3, "dont"),
    ]
    assert told(
        "- 4: warning, go on\n- 8: read the log. Two hours at most, then restore\n- 12: if it comes again, restore\n"
    ) == [
        (1, "dont"),
        (2, "do"),
        (3, "do"),
    ]


def test_sentences_without_a_mark_between():
    text = "- Up to 2 % difference on a sack is OK, merge it.\n- Above 2 % on any silo blocks the PR.\n"
    assert verdict_lists.read(text.replace("- ", "").splitlines()) == {0: Polarity.DONT, 1: Polarity.DO}


@pytest.mark.parametrize(
    "text",
    [
        "- Stop the press: wait\n- Start the press: go on\n",
        "- 05:40: stop\n- 06:10: go on\n",
        "- Step 1: stop the press\n- Step 2: continue\n",
        "- Who: the miller\n- Restart: fine\n",
        "- quality: ok\n- moisture: ok\n",
    ],
)
def test_lists_that_are_none_of_verdicts(text):
    assert told(text) == []


@pytest.mark.parametrize(
    ("said", "polarity"),
    [
        ("the window is too short. Do not schedule, talk to them", Polarity.DO),
        ("go home to the first hall at once, two mills are grinding", Polarity.DO),
        ("no restore, watch it", Polarity.DONT),
        ("stay like this, both may run", Polarity.DONT),
        ("known, harmless", Polarity.DONT),
        ("stop the writers with the script", None),
        ("restore the rows from the export with the tool", None),
        ("have the miller look at it", None),
    ],
)
def test_what_a_clause_asks_for(said, polarity):
    assert verdict_lists.verdict(said) is polarity


def test_a_table_of_situations_with_boxes_and_restore_as_a_verdict():
    text = (
        "## Quando torniamo indietro\n\n| | Situazione | Cosa si fa |\n|---|---|---|\n"
        "| [ ] | weights differ, even one sack | restore |\n| [ ] | labels ugly | no restore |\n"
    )
    runbook = read(f"# M\n\n{text}".encode(), "m.md")
    assert [str(one.polarity) for one in runbook.triggers] == ["do", "dont"]
    assert [step.role for step in runbook.steps] == [StepRole.TRIGGER] * 2


def test_a_check_that_is_done_again_is_not_put_up_with():
    text = "| # | Check | Expected | On NOK |\n|---|---|---|---|\n| 1 | seal | whole | Stop the change |\n| 2 | sum | as noted | Copy it again, then continue |\n"
    assert told(text) in ([(3, "do")], [])


def test_rows_of_a_paragraph_that_answer_each_for_itself():
    text = (
        "Fail of gate 5 - go back immediately, do not wait.\n"
        "Fail of gate 1 or 2 even after a second try - go back.\n"
        "Fail of gate 6 - the drill will continue, bells are not in scope.\n"
    )
    assert told(text) == [(1, "do"), (2, "do"), (3, "dont")]
    text = "Grinding 5 to 8 percent slower: return to service anyway.\nGrinding more than 8 percent slower: bakers stay out.\n"
    assert told(text) == [(1, "dont"), (2, "do")]
    assert told("The belts were mended in\nspring, so that a bit of noise: fine\n") == []


def test_a_verdict_in_a_table_that_stays_as_it_is():
    text = (
        "## Criteria of the fallback\n\n| No. | Criterion | Consequence |\n|---|---|---|\n| A1 | press is down | fallback |\n"
        "| A2 | only one press is new but both run | stay like this, the maker supports it |\n"
    )
    assert [polarity for _, polarity in told(text)] == ["do", "dont"]
