"""Who signs is told by what must be on a line or in a table, in whatever order: an assent, somebody, an open place."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepKind

BLANK = "________"


def roles(text, heading="Work"):
    return [slot.role for slot in read(f"# T\n\n## {heading}\n\n{text}\n".encode(), "places.md").signoffs]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        (f"Released for production by: {BLANK}", ["Released for production by"]),
        (f"Who approves? {BLANK}", ["Who approves"]),
        (f"*Approved:* {BLANK} (CTO)", ["CTO"]),
        (f"Countersigned: {BLANK}", ["Countersigned"]),
        ("Final go from incident commander: [ ]", ["incident commander"]),
        (
            "- Key custodian 1: ____ Signature: ____\n- Key custodian 2: ____ Signature: ____\n- Information Security (copy): ____",
            ["Key custodian 1", "Key custodian 2", "Information Security (copy)"],
        ),
        (f"Signature: {BLANK}", ["Work"]),
        (f"Decision of the steering committee: {BLANK}", ["steering committee"]),
        ("Change authority decision: [ ] approved [ ] rejected", ["Change authority"]),
        ("- [ ] Signed off by Product", ["Product"]),
        ("- [ ] Approval from the data owner is in the ticket", []),
        ("- [ ] Peer review (other than author): @______", ["Peer review"]),
        ("- [ ] On-call engineer: I have read the plan (initials: ____)", ["On-call engineer"]),
        ("Reviewed-by:\nSigned-off-by: <name>", ["Reviewed-by", "Signed-off-by"]),
        ("Approver: TBD", ["Approver"]),
        ("- Sales: ☐ agree ☐ disagree\n- Support: ☐ agree ☐ disagree", ["Sales", "Support"]),
        ("- Approval (Product): pending\n- Approval (Legal): pending", ["Product", "Legal"]),
        ("QA sign-off ☐   Product sign-off ☐   Ops sign-off ☐", ["QA", "Product", "Ops"]),
        ("Approvals needed: @ops-lead ☐ @dba ☐", ["@ops-lead", "@dba"]),
        ("Needs an OK from both: Maria ☐  Jonas ☐", ["Maria", "Jonas"]),
        (f"Two-person rule. First person: {BLANK} Second person: {BLANK}", ["First person", "Second person"]),
    ],
)
def test_a_line_with_an_assent_somebody_and_a_place(text, who):
    assert roles(text) == who


@pytest.mark.parametrize(
    "text",
    [
        f"Release lead: {BLANK}",
        f"Approval ticket: {BLANK}",
        "Approval ID: CHG-____",
        f"Signed artifact: {BLANK}",
        f"Signature algorithm: {BLANK}",
        f"Approved at (time): {BLANK}",
        f"Accepted error rate: {BLANK}%",
        f"Sign the package with: {BLANK}",
        f"Contact for approvals: {BLANK}",
        f"Prepared by: {BLANK}",
        "QA: ☐ pass ☐ fail",
        "Decision: ☐ GO ☐ NO-GO",
        "- [ ] Approved images only",
        "- [ ] Check that signatures verify",
        "- [ ] Signed off by the linter",
        "- [ ] Two-person rule observed, second person: ____",
        "Images signed: ☐ web ☐ worker",
    ],
)
def test_lines_that_ask_for_something_else(text):
    assert roles(text) == []


@pytest.mark.parametrize(
    ("table", "who"),
    [
        (
            "| | DBA lead | Security officer |\n|---|---|---|\n| Name | | |\n| Signature | | |",
            ["DBA lead", "Security officer"],
        ),
        (
            "| Prepared | Checked | Approved |\n|---|---|---|\n| ____ | ____ | ____ |",
            ["prepared", "checked", "approved"],
        ),
        (
            "| Approval | Status |\n|---|---|\n| CAB | pending |\n| Security review board | pending |",
            ["CAB", "Security review board"],
        ),
        ("| Sign-off | Who | When |\n|---|---|---|\n| Before migration | Data lead | |", ["Data lead"]),
        ("| Function | Person | Permission granted |\n|---|---|---|\n| Site manager | | |", ["Site manager"]),
        ("| Field | Value |\n|---|---|\n| Change | 4711 |\n| Approved by | |", ["Approved by"]),
        ("| Department | Agreed |\n|---|---|\n| Sales | ☐ |\n| Logistics | ☐ |", ["Sales", "Logistics"]),
        ("| Check | Owner | Status |\n|---|---|---|\n| Backups | DBA | |", []),
        ("| Step | Who | Time |\n|---|---|---|\n| Drain | Ops | |", []),
        ("| Metric | Go | No-go |\n|---|---|---|\n| Errors | < 1 % | > 2 % |", []),
        ("| | Staging | Production |\n|---|---|---|\n| Name | a | b |", []),
        ("| Field | Value |\n|---|---|\n| Implemented by | |", []),
    ],
)
def test_tables_to_sign(table, who):
    assert roles(table) == who


def test_names_of_the_one_who_signs_may_be_left_open():
    assert roles("**Name:**\n**Role:** Duty manager\n**Date:**", "Sign-off") == ["Duty manager"]


def test_a_choice_behind_a_dash_below_a_heading_that_asks():
    text = "1. Engineering manager – ☐ approved ☐ rejected\n2. Head of support – ☐ approved ☐ rejected"
    assert roles(text, "Release approval") == ["Engineering manager", "Head of support"]


def test_whoever_has_not_voted_yet_in_a_poll():
    text = "| | Go | No go | Comment |\n|---|---|---|---|\n| Guidance | ☐ | ☐ | |\n| Propulsion | ☐ | ☐ | |"
    assert roles(text, "Release poll") == ["Guidance", "Propulsion"]
    assert roles("| # | Go | No go |\n|---|---|---|\n| 1 | none | one |", "Release poll") == []


def test_a_line_to_sign_on_over_a_role_and_the_date():
    assert roles("__________________________\nRelease manager, date", "Final approval") == ["Release manager"]


def test_a_place_for_a_time_and_a_team_that_is_called_mobile():
    book = read(
        b"# T\n\n## Approval\n\n**Mobile Engineering Lead:** ______ Date: ______\n\n- [ ] Works Council informed on: ______\n\n"
        b"**Decided at**: ____:____ UTC\n\nMobile: ______\n",
        "t.md",
    )
    assert [slot.role for slot in book.signoffs] == ["Mobile Engineering Lead"]
    assert [step.kind for step in book.steps if step.box] == [StepKind.CHECK]


def test_boxes_of_several_below_a_heading():
    assert roles("Dev ☐ QA ☐ Ops ☐", "Sign-off") == ["Dev", "QA", "Ops"]
    assert roles("Yes ☐ No ☐", "Sign-off") == []
