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
        ("- [ ] Privacy officer informed if names were seen, initials:", []),
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


@pytest.mark.parametrize("heading", ["Released for use", "Attestation", "Freigabe", "Aprobación", "Second person"])
def test_persons_and_places_below_words_that_may_speak_of_an_assent(heading):
    assert roles(f"Boiler engineer: {BLANK}\nWorks foreman: {BLANK}", heading) == ["Boiler engineer", "Works foreman"]
    assert roles(f"Boiler engineer: {BLANK}\nPressure: {BLANK}", heading) == []


def test_a_form_set_as_code_is_signed():
    rows = f"Prepared by  : {BLANK}  (fitter)\nReleased by  : {BLANK}  (works manager)"
    indented = "\n".join(f"    {row}" for row in rows.split("\n"))
    for text in (f"```\n{rows}\n```", f"Words.\n\n{indented}"):
        found = book(text)
        assert [slot.role for slot in found.signoffs] == ["fitter", "works manager"]
        assert found.commands == ()


@pytest.mark.parametrize(
    "text", ["```\nname=____\necho $name\n```", "```bash\ncurl -X POST ____\n```", f"```\nPressure: {BLANK}\n```"]
)
def test_code_with_a_blank_is_no_form(text):
    assert roles(text) == []


def test_approvers_who_have_not_answered_in_yaml():
    text = (
        '```yaml\napprovals:\n  - role: works manager\n    name: ""\n    at: ""\n'
        "  - role: fitter\n    name: Ada\n    at: 09:00\n  - role: boiler on-call\n    name:\n```"
    )
    found = book(text).signoffs
    assert [(slot.role, slot.line) for slot in found] == [("works manager", 9), ("boiler on-call", 15)]


@pytest.mark.parametrize(
    "code", ['roles:\n  - role: editor\n    name: ""', "approvals:\n  required: 2", "releases:\n  - name:\n    url:"]
)
def test_yaml_that_asks_nobody(code):
    assert roles(f"```yaml\n{code}\n```") == []


def test_names_among_people_who_sign():
    found = book(
        "- [ ] Head of Sales\n- [ ] Tuning Basis\n- [ ] Ferry duty officer (they own the pier)", "Approvals needed"
    )
    assert [step.kind for step in found.steps] == [StepKind.SIGNOFF] * 3
    found = book("- [ ] Head of Sales\n- [ ] Doors are shut", "Approvals needed")
    assert [step.kind for step in found.steps] == [StepKind.SIGNOFF, StepKind.CHECK]


def test_groups_with_nothing_behind_the_colon():
    text = "- Harbour management (Ito):\n- Crane group:\n- Mail group:"
    assert len(roles(text, "OK from")) == 3
    assert roles(text, "Who is where") == []


def test_a_place_for_a_hand_among_conditions_is_no_condition():
    found = book("No-go if one of these is ticked:\n\n- [ ] the crane is down\n- [ ] Pier lead says go: ____")
    assert [step.role for step in found.steps] == [StepRole.TRIGGER, StepRole.SIGNOFF]
    assert [one.text for one in found.triggers] == ["the crane is down"]


@pytest.mark.parametrize(
    ("table", "who"),
    [
        ("| Gate | Responsible | Approved (Y/N) | Time |\n|-|-|-|-|\n| Count fits | Pier lead | | |", ["Pier lead"]),
        (
            "| Rolle | Name | Unterschrift |\n|-|-|-|\n| Kranleiter | | |\n| Hafen-Team | | |",
            ["Kranleiter", "Hafen-Team"],
        ),
        (
            "| Capacity | Name | Date |\n|-|-|-|\n| Pier lead | | |\n| Crane operator | | |",
            ["Pier lead", "Crane operator"],
        ),
        ("| Step | Owner | Started |\n|-|-|-|\n| Lower it | Pier lead | |", []),
        ("| Role | Name |\n|-|-|\n| Pier lead | |", []),
        ("| Gate | Responsible | Approved |\n|-|-|-|\n| Count fits | Pier lead | yes |", []),
    ],
)
def test_a_table_of_persons_and_their_answer(table, who):
    assert roles(table) == who


def test_words_that_ask_and_the_place_below_are_one_slot():
    text = f"The pier supervisor gives permission on the day.\n\n    Pier supervisor: {BLANK}  Time: ____"
    assert [(slot.role, slot.line) for slot in book(text, "Permission").signoffs] == [("Pier supervisor", 9)]
    assert (
        roles("You need the OK of the harbour manager before you go on.\n\nHM: ____ Date: ____").count(
            "harbour manager"
        )
        == 0
    )
