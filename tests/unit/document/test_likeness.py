"""Conditions that only resemble others: taken where no rule knows the words, said to be so, and left where they resemble less."""

import msgspec
import pytest

from runbook_tui.document import likeness
from runbook_tui.document.likeness import Unit
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepRole
from tests.writers import fingerprint, fit

CODE = "RB161"


def triggers(text):
    return [(one.line, str(one.polarity)) for one in read(text.encode(), "x.md").triggers]


def said(text):
    return [one.line for one in read(text.encode(), "x.md").findings if one.code == CODE]


def test_the_model_was_fitted_to_the_documents_as_they_are():
    model = msgspec.json.decode(likeness.MODEL.read_bytes(), type=likeness.Model)
    assert model.fitted == fingerprint(), "python -m tests.writers.fit"


@pytest.mark.parametrize(
    ("sentence", "polarity"),
    [
        ("Anything but two OKs = we're not patching tonight.", "do"),
        ("One relay of a pair answering slowly = that is us, the other pair continues.", "dont"),
    ],
)
def test_a_sentence_no_rule_knows_is_taken_and_said_to_be_so(sentence, polarity):
    text = f"# Upgrade of the mail relay\n\n## Change\n\nThe relay is upgraded.\n\n{sentence}\n"
    assert triggers(text) == [(7, polarity)]
    assert said(text) == [7]


def test_a_list_under_words_no_rule_knows_is_taken_whole():
    text = """# Replace a disk

## Swap

We let it rest and come back next week with:

- the array shows another disk as failed
- more than one host is down
- the rebuild of last night has not finished
"""
    assert triggers(text) == [(7, "do"), (8, "do"), (9, "do")]
    assert said(text) == [7]


@pytest.mark.parametrize(
    "text",
    [
        "The alert fires when:\n\n- error rate above 5 % for 10 minutes\n- more than two pods restart\n",
        "Escalate to the database team when:\n\n- the replica is more than 5 minutes behind\n- the disk is above 90 %\n",
        "Possible causes:\n\n- the disk is full\n- a node is down\n- the certificate has expired\n",
        "- [ ] Error rate below 1 % for ten minutes\n- [ ] No pod restarts\n- [ ] Latency p99 under 300 ms\n",
        "If a pod is not ready, describe it and look at its events.\n",
        "If the queue does not shrink, add a worker and look again after five minutes.\n",
    ],
)
def test_what_tells_of_something_else_is_left(text):
    assert triggers(f"# Orders\n\n## Diagnosis\n\n{text}") == []


def test_rules_come_first_and_say_nothing_of_likeness():
    text = "# A\n\n## Rollback\n\nRoll back if:\n\n- the error rate is above 5 %\n- logins fail\n\nIf p99 exceeds 2 s, abort.\n"
    assert [line for line, _ in triggers(text)] == [7, 8, 10]
    assert said(text) == []


def test_boxes_are_tasks_where_in_doubt():
    units = [
        Unit("the queue is longer than 500", title="Watch", listed=True),
        Unit("orders fail", title="Watch", listed=True),
    ]
    text = "# A\n\n## Watch\n\n- [ ] the queue is longer than 500\n- [ ] orders fail\n"
    assert likeness.of_list(units, ticked=True) is None
    assert [str(step.role) for step in read(text.encode(), "x.md").steps if step.box] == ["todo", "todo"]


def test_the_first_look_at_single_words_loses_little():
    units = [unit for unit, _ in fit.told()["condition"] if not unit.listed]
    model = msgspec.json.decode(likeness.MODEL.read_bytes(), type=likeness.Model)
    whole = {unit for unit in units if fit.score(model.condition, unit) >= likeness.SENTENCE and len(unit.text) <= 400}
    taken = {unit for unit in units if likeness.of_sentence(unit) is not None}
    assert taken <= whole
    assert len(taken) > 0.93 * len(whole) > 100


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("More than 1,500 errors in 10:30 min.", ["more", "than", "0", "errors", "in", "0", "min"]),
        ("Don’t ship if p99 ≥ 2 s!", ["don't", "ship", "if", "p", "0", ">", "0", "s", "!"]),
        ("", []),
    ],
)
def test_words_as_the_model_knows_them(text, words):
    assert likeness.words(text) == words


@pytest.mark.parametrize(
    "task",
    [
        "**EU**: promote to 100% — time: ____:____",
        "`checkout-api` digest: `sha256:____________`",
        "Data reconciled with the registration service, mismatches: ______ (max. 0.02 %) (Data)",
        "Confirm on-call engineer for the night: ____________",
        "row counts on paper: stock ______ loc ______ orders ______",
    ],
)
def test_a_box_with_a_blank_is_a_task_where_likeness_alone_would_have_it_signed(task):
    step = read(f"# T\n\n## Deploy\n\n- [ ] Drain it\n- [ ] {task}\n- [ ] Undrain it\n".encode(), "t.md").steps[1]
    assert (step.role, step.signoff) == (StepRole.TODO, None)
