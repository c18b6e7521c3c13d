"""A place for a hand is told by what stands in it and who stands at it, without a heading that asks for signatures."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepKind, StepRole

BLANK = "________"


def book(text, heading="Work"):
    return read(f"# T\n\nWords.\n\n## {heading}\n\n{text}\n".encode(), "hands.md")


def roles(text, heading="Work"):
    return [slot.role for slot in book(text, heading).signoffs]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("- Driving engineer: `[ name / time ]`\n- Watching engineer: `[ name / time ]`", 2),
        (f"Sign here once the queue is empty: {BLANK} (shift supervisor)", ["shift supervisor"]),
        (f"> Network lead OK (name, time): {'.' * 30}", ["Network lead"]),
        ("Duty manager says go: ☐\nStorage lead says go: ☐", ["Duty manager", "Storage lead"]),
        (f"Loaded by (operator): {BLANK}\nCompared by (second operator): {BLANK}", ["operator", "second operator"]),
        (f"- Warehouse manager – name/date: {BLANK}", ["Warehouse manager"]),
        (f"1. Stop the belt.\n2. Peer initials here that the belt stands: {BLANK}", ["Peer"]),
        ("**Data owner sign-off** (initials + date): [        ]", ["Data owner"]),
        (f"Key handed out by (gate keeper): {BLANK}  at: ____", ["gate keeper"]),
        ("- [ ] Treasurer (name, date):", ["Treasurer"]),
        ("- [ ] second pair of eyes (name):", ["second pair of eyes"]),
        ("- [ ] PO ok:", ["PO"]),
        ("- [ ] Accepted by Group Reporting:", ["Group Reporting"]),
        ("- [ ] Bridge closed by (duty manager):", ["duty manager"]),
        ("- [ ] Privacy officer informed if names were seen, initials:", ["Privacy officer"]),
        (f"CFO or deputy: {BLANK}  Date: ____", ["CFO or deputy"]),
        (f"Control room engineer on the night: {BLANK}  time: ____", ["Control room engineer on the night"]),
    ],
)
def test_a_place_for_a_hand_needs_no_heading(text, who):
    found = roles(text)
    assert (len(found) if isinstance(who, int) else found) == who


@pytest.mark.parametrize(
    "text",
    [
        f"Date/time (UTC): {BLANK}",
        f"Shift manager: {BLANK}",
        f"Done by: {BLANK}",
        f"- [ ] Restart it, new leader (name): {BLANK}",
        f"Assigned to (engineer): {BLANK}",
        f"Reported by (customer): {BLANK}",
        f"Server (name): {BLANK}",
        f"Prefixes before (count): {BLANK}",
        f"Cluster restarted at (time): {BLANK}",
        "Duty manager (phone, name):",
        "- [ ] Ticket (number, date):",
        "- [ ] Traffic moved to the new leader:",
        "Failover confirmed: [ ] yes [ ] no",
        "The shift manager signs in the book.",
    ],
)
def test_what_is_filled_in_otherwise(text):
    assert roles(text) == []


def test_a_box_with_a_place_is_signed_and_not_ticked():
    (step,) = book("- [ ] Head of Payroll (name, date):").steps
    assert (step.kind, step.role, step.title, step.box) == (
        StepKind.SIGNOFF,
        StepRole.SIGNOFF,
        "Head of Payroll",
        True,
    )
