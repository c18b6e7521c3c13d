"""Words over a list that leave things be are no conditions of going back, and what forbids to leave them is one."""

from __future__ import annotations

import pytest

from runbook_tui.document.reader import read

ITEMS = ("the forum is angry", "one worker crashes once and comes back", "queue times over 40 min in the first hour")


def polarities(lead, title="Watching it", level="##"):
    lines = [
        f"# Release of the exchange\n\n{level} {title}\n",
        f"{lead}\n" if lead else "",
        *[f"- {one}" for one in ITEMS],
    ]
    text = "\n".join([*lines, "\n## After\n\nTell everybody.\n"])
    found = [trigger for trigger in read(text.encode(), "a.md").triggers if trigger.text in ITEMS]
    return {"do" if one.polarity == "consider" else str(one.polarity) for one in found}


LEFT_BE = [
    "we do NOT call it when:",
    "We don't call it off when:",
    "Leave the release where it is when",
    "Leave the new version in place if",
    "Let it ride when:",
    "Keep the new build in if:",
    "You can snooze the alert and go back to bed if",
    "Ack and go back to sleep if",
    "Silence it and sleep on if:",
    "Note it and move on if:",
    "Log it and carry on when:",
    "Carry on regardless of:",
    "Fine, go on, when:",
    "The following are entered under Remarks and the ceremony continues:",
    "These are written down and the change proceeds:",
    "Nothing to stop for:",
    "The release stays where it is when:",
    "We stay live even if:",
    "Nobody needs to wake up if:",
    "You don't have to do anything when:",
    "Rolling back won't help when:",
    "Going back makes it worse if:",
    "The ceremony is not void when",
    "The launch is not scrubbed for:",
    "Keep your hands off the rollback button if:",
    "Resist the urge to revert when:",
    "Stay calm, these are normal:",
    "None of the following means we revert:",
]
NOT_LEFT = [
    "Do not ignore:",
    "You may not ignore:",
    "Don't snooze the alert if:",
    "Never go back to bed if:",
    "Do not sit tight when:",
    "We can't live with:",
    "Not tolerated:",
    "The release does not stay if:",
    "We don't stay on the new version if:",
    "Don't even think about continuing if:",
    "No debate, revert if:",
    "No excuses: roll back when",
    "Never wait with the rollback when:",
    "You don't need permission to roll back when:",
    "Nobody needs to ask before rolling back if:",
    "we call it (= roll back) when…",
    "Leave the old cluster in charge if:",
]


@pytest.mark.parametrize("title", ["Watching it", "When to roll back"])
@pytest.mark.parametrize("lead", LEFT_BE)
def test_what_is_left_be(lead, title):
    assert polarities(lead, title) == {"dont"}


@pytest.mark.parametrize("lead", NOT_LEFT)
def test_what_is_not_left_be(lead):
    assert polarities(lead) == {"do"}
    assert polarities(lead, "When to roll back") == {"do"}


@pytest.mark.parametrize("lead", LEFT_BE)
def test_a_heading_that_leaves_it_be(lead):
    assert "do" not in polarities("", lead.strip(":"))


@pytest.mark.parametrize(
    "lead", ["Ignore these", "We live with", "False alarms", "Tolerated", "Note it and move on if"]
)
def test_a_heading_among_conditions_that_leaves_it_be(lead):
    assert polarities("", f"When to roll back\n\n- more than 5 % fail\n- lag above 10 s\n\n### {lead}") == {"dont"}


@pytest.mark.parametrize("lead", ["Proceed if:", "Continue when:", "Leave it running for an hour:"])
def test_a_gate_leaves_nothing(lead):
    text = f"# A\n\n## Watching\n\n{lead}\n\n- all pods are ready\n- the queue is empty\n"
    assert read(text.encode(), "a.md").triggers == ()


def test_work_that_is_forbidden_among_conditions_is_no_leave():
    assert polarities("Do not skip anything when", "When to roll back") == {"do"}


def test_not_only_is_no_denial():
    lead = "**Recall** (next section), not only pause:"
    text = f"# Firmware\n\n## Watching\n\n**Pause**:\n\n- silent > 1 %\n- failed > 3 %\n\n{lead}\n\n- heating stuck on\n- devices lose their pairing\n"
    assert "dont" not in {str(one.polarity) for one in read(text.encode(), "a.md").triggers}


def test_a_message_that_was_printed_is_seen():
    text = "# A\n\n## Watching\n\nGo back when\n\n1. p95 is over 900 ms, or\n2. errors above 1 %\n\nThese are not reasons to go back:\n\n- slow reports\n- `WARNING: database has a collation mismatch`\n"
    found = read(text.encode(), "a.md").triggers
    assert [str(one.polarity) for one in found] == ["do", "do", "dont", "dont"]


@pytest.mark.parametrize(
    "lead",
    [
        "Before you do, there are two situations where you must keep your hands off and call @lead instead:",
        "There are cases in which we do not proceed:",
        "Things when you should stop:",
    ],
)
def test_situations_to_stop_in(lead):
    text = f"# A\n\n## 3. Skip it\n\n{lead}\n\n- there is a second message\n- the message came from `pay-*`\n"
    assert [str(one.polarity) for one in read(text.encode(), "a.md").triggers] == ["do", "do"]
