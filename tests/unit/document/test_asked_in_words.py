"""An assent that is asked for in words alone: a box that names it, or a sentence that says who has to give it."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepRole


def book(text, heading="Rollout"):
    return read(f"# T\n\n## {heading}\n\n{text}\n".encode(), "words.md")


def roles(text, heading="Rollout"):
    return [slot.role for slot in book(text, heading).signoffs]


NOUNS = [
    ("ML Lead approval for 50%", "ML Lead"),
    ("Product approval for 100%", "Product"),
    ("Platform lead approval", "Platform lead"),
    ("Approval of the product on-call for the region", "product on-call"),
    ("Approval from the release manager", "release manager"),
    ("CAB approval", "CAB"),
    ("QA lead sign-off before the second wave", "QA lead"),
    ("Go-ahead from the incident commander", "incident commander"),
    ("Green light of the data steward to continue", "data steward"),
    ("**Security officer consent** (only if keys change)", "Security officer"),
    ("OK from the duty manager", "duty manager"),
    ("Permission of the plant supervisor to stop line 2", "plant supervisor"),
    ("Head of Claims go-ahead", "Head of Claims"),
    ("Clearance by the radiation physicist", "radiation physicist"),
    ("Approval Kitchen ops (only if menu or allergen code changed): ____", "Kitchen ops"),
    ("Approval Product (Lena): ____", "Product"),
    ("Sign-off Warehouse ops (when the labels or the picking lists have changed since): ______", "Warehouse ops"),
]


@pytest.mark.parametrize(("text", "role"), NOUNS)
def test_a_box_that_names_an_assent_and_who_gives_it(text, role):
    found = book(f"- [ ] Traffic at 25%\n- [ ] {text}\n- [ ] Traffic at 50%")
    assert [slot.role.split(" (")[0] for slot in found.signoffs] == [role]
    assert [step.role for step in found.steps] == [StepRole.TODO, StepRole.SIGNOFF, StepRole.TODO]


NOT_NOUNS = [
    "Code review approved by at least 2 reviewers",
    "Security review approved",
    "Security informed (no approval necessary)",
    "Approvals in section 6 are complete",
    "Approve the `pypi` environment in the workflow run",
    "All approvals documented",
    "Approval of the change plan",
    "Release approval workflow tested",
    "Approval e-mail template updated",
    "Consent of the cookie banner tested",
    "Permission of the directory is 0750",
    "Sign-off sheet printed",
    "Approval rules for the repository checked",
    "User acceptance testing done",
]


@pytest.mark.parametrize("text", NOT_NOUNS)
def test_a_box_that_speaks_of_approval_is_a_task(text):
    assert roles(f"- [ ] Traffic at 25%\n- [ ] {text}") == []


SENTENCES = [
    ("Get approval from the 2nd line tech lead. Ask in Slack.", "2nd line tech lead"),
    ("Obtain the written consent of the data steward before you go on.", "data steward"),
    ("Ask for the OK of the shift supervisor.", "shift supervisor"),
    ("Raise the limit. You need the OK of the observability team lead, it costs money.", "observability team lead"),
    ("At the weekend you also need the agreement of the duty programme manager.", "duty programme manager"),
    ("This requires approval by the change manager.", "change manager"),
    ("The approval of the security officer is required.", "security officer"),
    ("First, wait for the go-ahead of the incident commander.", "incident commander"),
    ("We need permission from the plant supervisor to stop the line.", "plant supervisor"),
    ("A go-ahead from the product owner is needed before traffic is moved.", "product owner"),
    ("For more than 100 nodes, get the green light from the capacity team.", "capacity team"),
    ("Outside of office hours the consent of the on-call manager is necessary.", "on-call manager"),
]


@pytest.mark.parametrize(
    "shape", ["{}", "1. Look at the queue.\n2. {}\n3. Restart the workers.", "- {}", "Some words.\n\n{}"]
)
@pytest.mark.parametrize(("text", "role"), SENTENCES)
def test_a_sentence_that_says_who_must_give_it(text, role, shape):
    found = book(shape.format(text), "Steps")
    assert [slot.role for slot in found.signoffs] == [role]
    slot = found.signoffs[0]
    assert text.split(".")[0][:20] in found.lines[slot.line - 1]


def test_the_step_keeps_its_words_and_commands():
    found = book("1. Get approval from the tech lead. Then run `kubectl get pods`.\n2. Restart the workers.", "Steps")
    assert [step.title[:12] for step in found.steps] == ["tech lead", "Get approval", "Restart the "]
    assert [command.text for command in found.commands] == ["kubectl get pods"]


NOT_SENTENCES = [
    "You do not need the approval of the team lead to deploy to staging.",
    "No approval of the manager is required.",
    "The deployment is waiting for approval.",
    "The `production` environment needs a reviewer.",
    "After the approval of the release manager the job starts by itself.",
    "The plan was made with the consent of the owners.",
    "Get approval from the workflow page.",
    "Once you have the OK of the lead, continue.",
    "We got the OK of the data steward last week.",
    "If you need approval from a manager, see the handbook.",
    "Nobody needs the permission of the owner for reading.",
    "The approval of the request is required by the tool.",
    "Why do we need the OK of the lead?",
    "You need the approval number from the ticket.",
    "You need permission from the file system.",
]


@pytest.mark.parametrize("text", NOT_SENTENCES)
def test_a_sentence_that_only_speaks_of_it(text):
    assert roles(text) == []
    assert roles(f"1. Look at the queue.\n2. {text}", "Steps") == []


def test_contacts_and_conditions_ask_nobody():
    assert roles("Get approval from the tech lead.", "Contacts") == []
    assert roles("Roll back if:\n\n- the approval of the security officer is required\n- errors > 5%") == []


def test_your_box_is_no_choice_of_one():
    text = "Comment here and tick your box.\n\n- [ ] Core maintainer 1: @\n- [ ] Core maintainer 2: @\n- [ ] Docs team (only for X.Y.0): @"
    assert [role.split(" (")[0] for role in roles(text, "Approvals")] == [
        "Core maintainer 1",
        "Core maintainer 2",
        "Docs team",
    ]


@pytest.mark.parametrize(
    "lead",
    ["Everybody checks the box with their name.", "Mark your own line when you are done.", "Please tick your name:"],
)
def test_a_box_of_ones_own_is_not_chosen(lead):
    assert len(roles(f"{lead}\n\n- [ ] Database lead: @\n- [ ] Storage lead: @", "Sign-off")) == 2


@pytest.mark.parametrize("doer", ["Executor", "Operator", "Deployed by", "Engineer on duty", "Deployer", "Implementer"])
def test_who_does_the_work_named_in_the_head_of_a_document_signs_nothing(doer):
    head = f"# T\n\n| | |\n|---|---|\n| **Ticket** | CHG-____ |\n| **Window** | Sunday |\n| **{doer}** | ________ |\n| **Scribe** | ________ |\n\n## Go\n\n- [ ] x\n"
    assert read(head.encode(), "head.md").signoffs == ()


UNDER = [
    ("- [ ] Security: Jane Doe", "Security"),
    ("- [ ] Jane Doe (Product)", "Product"),
    ("- [ ] Ravi K. Menon (data protection officer)", "data protection officer"),
    ("- [ ] Written approval by the data protection officer attached", "data protection officer"),
    ("- [ ] OK of the shift lead in the ticket", "shift lead"),
    ("- [ ] Sign off: Marketing", "Marketing"),
    ("- [ ] Approved: Head of IT", "Head of IT"),
    ("- [ ] Approval – Tech lead", "Tech lead"),
    ("- Engineering Manager — name: ____ date: ____", "Engineering Manager"),
    ("_Ops lead:_ ____", "Ops lead"),
    ("Signature of the shift lead: .............", "shift lead"),
    ("I confirm that all steps were done. Name: ____ Date: ____", "Approvals"),
    ("The deployment is complete. Signature: ______________ Date: ________", "Approvals"),
]


@pytest.mark.parametrize(("line", "role"), UNDER)
def test_below_a_heading_of_approvals(line, role):
    assert roles(line, "Approvals") == [role]


WITHOUT = [
    ("- [ ] DBA: ______ (initials)", "DBA"),
    ("Signature of the shift lead: .............", "shift lead"),
    ("Ops lead: [ ] approved [ ] rejected", "Ops lead"),
    ("- Security officer: ☐ approve ☐ block", "Security officer"),
    ("- [ ] Sign off: Head of Claims", "Head of Claims"),
]


@pytest.mark.parametrize(("line", "role"), WITHOUT)
def test_without_a_heading(line, role):
    assert roles(f"- [ ] Traffic at 25%\n\n{line}") == [role]


@pytest.mark.parametrize(
    "line",
    [
        "- [ ] Summary: Jane Doe",
        "- [ ] Rollback Plan (Version 2)",
        "- [ ] Security: Scan Passed",
        "- [ ] Sign-off: sheet",
        "The form has four fields. Version: ____ Date: ____",
        "- [ ] Change Request (CR-1234)",
        "- [ ] Test Report (PDF)",
    ],
)
def test_below_a_heading_of_approvals_a_task_stays_one(line):
    assert roles(line, "Approvals") == []


@pytest.mark.parametrize(
    "line",
    [
        "QA result: [ ] approved [ ] rejected",
        "Build: ☐ accepted ☐ rejected",
        "Security: Jane Doe",
        "Jane Doe (Product)",
    ],
)
def test_without_a_heading_nobody_signs(line):
    assert roles(f"- [ ] Traffic at 25%\n- [ ] {line}") == []
