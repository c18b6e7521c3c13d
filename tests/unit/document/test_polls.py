"""People asked one after the other, in lists and tables and by what must have happened before; and what looks so."""

import pytest

from runbook_tui.document.reader import read


def lines(text):
    return [slot.line - 2 for slot in read(f"# T\n\n{text}\n".encode(), "poll.md").signoffs]


def table(header, *rows, heading="Sign-off"):
    return "\n".join([f"## {heading}\n", header, "|---" * (header.count("|") - 1) + "|", *rows])


@pytest.mark.parametrize("heading", ["Go / no-go poll", "Launch poll", "Roll call", "Approvals", "2. Final roll call"])
@pytest.mark.parametrize("behind", ["", " go / no-go", " GO | NO-GO", " yes / no"])
def test_names_below_a_poll_are_asked(heading, behind):
    assert lines(f"## {heading}\n\n- Network:{behind}\n- Storage:{behind}\n- Payments:{behind}\n- Legal:{behind}") == [
        3,
        4,
        5,
        6,
    ]


@pytest.mark.parametrize("heading", ["Details", "Contacts", "Poll the queue", "Components"])
def test_names_elsewhere_are_not(heading):
    assert lines(f"## {heading}\n\n- Network:\n- Storage:\n- Payments:\n- Legal:") == []


def test_fields_below_a_poll_are_fields():
    assert lines("## Approvals\n\n- Version:\n- Date:\n- Ticket:") == []


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("| Team | Rep | ✅ |", "| Search | @nina | |"),
        ("| Who | OK? |", "| Nina (payments) | |"),
        ("| Approver | Go? |", "| Head of network | |"),
    ],
)
def test_a_row_with_somebody_and_an_open_answer_is_a_slot(header, row):
    assert lines(table(header, row, row)) == [5, 6]


def test_who_and_their_answer_need_no_heading():
    assert lines(table("| Who | OK? |", "| Nina (payments) | |", "| duty manager | |", heading="Before")) == [5, 6]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("| Check | OK? |", "| DNS resolves | |"),
        ("| Name | OK? |", "| api-gateway | |"),
        ("| Component | Owner |", "| search | |"),
        ("| Who | Phone |", "| Nina (payments) | |"),
        ("| Who | OK? |", "| Nina (payments) | yes, 3 May |"),
    ],
)
def test_checks_and_lists_of_people_are_none(header, row):
    assert lines(table(header, row, row, heading="Before")) == []


def test_an_approval_among_fields_is_a_slot():
    rows = ("| Requester | Nina |", "| CAB approval | ________ |", "| Window | ________ |")
    assert lines(table("| Field | Value |", *rows, heading="Change record")) == [6]


@pytest.mark.parametrize(
    "words",
    [
        "Wait for the duty manager's go before you touch the gateway.",
        "Do not start until the shift manager has given the all-clear in the channel.",
        "Nothing is deployed before the data owner has approved.",
        "The switch is made only after the network lead has agreed.",
        "Nobody merges until the release captain has said yes.",
    ],
)
def test_whose_assent_is_waited_for_signs(words):
    assert lines(f"## Steps\n\n{words}") == [3]


@pytest.mark.parametrize(
    "words",
    [
        "Do not start until the queue has drained.",
        "Do not start until the job has accepted the file.",
        "Once the shift manager has left, lock the door.",
        "After they have agreed on a date, send the invitation.",
        "The duty manager's phone is on the wall.",
        "If the data owner has approved, go on with part two.",
    ],
)
def test_what_else_is_waited_for_does_not(words):
    assert lines(f"## Steps\n\n{words}") == []


@pytest.mark.parametrize("line", ["Approver: @nina (pending)", "Second approver: @ola (pending)"])
def test_an_approver_whose_answer_is_awaited_signs(line):
    assert lines(f"## Change\n\n{line}") == [3]


@pytest.mark.parametrize(
    "line", ["Approver: Nina", "Approved by: Nina Holt, 3 May", "Author: @nina (pending)", "Status: pending"]
)
def test_an_answer_that_is_there_is_not_asked_again(line):
    assert lines(f"## Change\n\n{line}") == []


@pytest.mark.parametrize("line", ["Handed over (outgoing shift): ________", "Received (night operator): ________"])
def test_who_signs_stands_in_brackets(line):
    assert lines(f"## Handover\n\n{line}") == [3]


@pytest.mark.parametrize("line", ["Completed (time): ________", "Tested (version): ________", "Checked (host): ____"])
def test_what_stands_in_brackets_may_be_a_field(line):
    assert lines(f"## Handover\n\n{line}") == []


@pytest.mark.parametrize("box", ["Legal is on board", "The network lead is comfortable with the window"])
def test_a_box_says_that_somebody_does_not_mind(box):
    assert lines(f"## Before\n\n- [ ] {box}") == [3]


@pytest.mark.parametrize("box", ["Support team is aware", "The load balancer is happy", "The new host is on board"])
def test_who_is_told_and_what_works_has_not_agreed(box):
    assert lines(f"## Before\n\n- [ ] {box}") == []


def test_those_who_must_not_mind_are_listed():
    people = "- Nina (payments)\n- the floor manager\n- legal"
    assert lines(f"## Before\n\nThese people must be fine with it:\n\n{people}") == [5, 6, 7]
    assert lines(f"## Before\n\nTell these people:\n\n{people}") == []


ASKED = ("Live-ops lead", "QA", "Backend on-call", "Community")


def boxes_of(lead, people=ASKED, heading="T-15"):
    ticks = "\n".join(f"* [ ] {one}" for one in people)
    text = f"# Patch\n\n### {heading}\n\n{lead}\n\n{ticks}\n\n### T-0\n\n* [ ] Announce\n"
    runbook = read(text.encode(), "poll.md")
    return [slot.role for slot in runbook.signoffs], [one.text for one in runbook.triggers if one.text in people]


@pytest.mark.parametrize("heading", ["T-15", "GO / NO-GO, 15 min before"])
@pytest.mark.parametrize(
    "lead",
    [
        "Everyone says GO or NO-GO, in voice, then ticks. One NO-GO and we're not patching today.",
        "Everyone below answers go or no-go in the call. One no-go is enough to stop.",
        "The driver reads the names, each answers GO / NO-GO. Any NO-GO means we do not start.",
        "All of these must say go. If one says no, abort.",
        "Everybody votes. One red vote cancels the launch.",
        "Everybody ticks for themselves. No tick, no patch.",
        "Call each desk. If anybody says no, we do not continue.",
        "Go/no-go poll (any no-go = abort):",
    ],
)
def test_who_is_asked_for_a_go_is_no_condition(lead, heading):
    assert boxes_of(lead, heading=heading) == (list(ASKED), [])


def test_what_is_seen_stays_a_condition_where_each_is_asked():
    seen = ("errors above 5 %", "a node is lost", "the queue grows")
    assert boxes_of("Everyone says GO or NO-GO. Abort when:", seen) == ([], list(seen))
