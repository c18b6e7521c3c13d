"""How writers say when to go back and who signs, in the spellings that were met."""

import pytest

from runbook_tui.document.reader import read

BLANK = "________"
LIST = "\n\n- error rate > 5%\n- data loss seen\n"


def document(text):
    return read(f"# T\n\n{text}\n".encode(), "decisions.md")


def polarities(text):
    return [str(trigger.polarity) for trigger in document(f"## Deploy\n\n{text}").triggers]


def roles(text):
    return [slot.role for slot in document(text).signoffs]


@pytest.mark.parametrize(
    ("lead", "polarity"),
    [
        ("Roll back immediately on:", "do"),
        ("⚠️ Roll the driver back when ⚠️", "do"),
        ("Fail over if:", "do"),
        ("Do **not** fail over if:", "do"),
        ("Bail out if:", "do"),
        ("Stop work if", "do"),
        ("Cancel the maintenance if:", "do"),
        ("Stop conditions:", "do"),
        ("No-go criteria", "do"),
        ("Reasons to roll back by hand:", "do"),
        ("Not a reason to roll back:", "dont"),
        ("**Failover criteria**", "do"),
        ("**Stop work if**", "do"),
    ],
)
def test_words_that_announce_conditions(lead, polarity):
    assert polarities(lead + LIST) == [polarity, polarity]


@pytest.mark.parametrize(
    "lead",
    [
        "After the rollback:",
        "To roll back:",
        "Rollback is complete when:",
        "Stop the service and call us if you see:",
        "Alert if:",
        "Proceed to the next phase if:",
    ],
)
def test_words_that_announce_something_else(lead):
    assert polarities(lead + LIST) == []


@pytest.mark.parametrize(
    "lead", ["Back out if:\n\na) the link is down\nb) paths are lost", "Back out if\n• one\n• two"]
)
def test_conditions_may_be_listed_with_the_marks_of_a_word_processor(lead):
    assert polarities(lead) == ["do", "do"]


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("If the smoke test fails, roll back immediately.", "do"),
        (
            "If the error rate rose within 30 minutes of a deploy, roll back:\n\n```bash\nkubectl rollout undo x\n```",
            "do",
        ),
        ("Do not roll back if the release carried a schema change (see #db).", "dont"),
        ("After the writers were started, do **not** abort; fix forward.", "dont"),
        ("Stop the rollout when the canary's error rate exceeds 1%.", "do"),
        ("In case of data corruption, roll back at once.", "do"),
        ("Fail over if the primary is down for more than 10 minutes.", "do"),
        ("If more than 3 nodes fail, halt the rollout.", "do"),
        ("If the serial numbers differ, restore the old certificate and back out.", "do"),
        ("If any criterion is met at 04:00 or later, start the backout without asking.", "do"),
    ],
)
def test_a_sentence_that_says_when_needs_no_heading(text, polarity):
    assert polarities(text) == [polarity]


@pytest.mark.parametrize(
    "text",
    [
        "If you need to roll back, run the script.",
        "If this fails, roll back the change.",
        "If the rollback fails, call the vendor.",
        "Rollback takes 5 minutes if the cache is warm.",
        "If it is stuck, restart the pod.",
        "Tell the team if you roll back.",
    ],
)
def test_a_sentence_that_only_speaks_of_it_is_none(text):
    assert polarities(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("## Deploy\n\nSign-off: ☐ QA ☐ Security", ["QA", "Security"]),
        ("## Sign-off: ☐ Platform ☐ Security\n\nText.", ["Platform", "Security"]),
        (f"## Deploy\n\nReviewed-by: {BLANK}", ["Reviewed-by"]),
        (f"## Deploy\n\nClosure approved by: {BLANK} (Incident commander)  Date: ____", ["Incident commander"]),
        (f"## Deploy\n\nTechnical approver: {BLANK}", ["Technical approver"]),
        (f"## Deploy\n\n- [ ] QA Lead sign-off: {BLANK}", ["QA Lead"]),
        ("## Sign-off\n\n- QA Lead\n- **Release manager**", ["QA Lead", "Release manager"]),
        (
            "## Approval matrix\n\n- **Finance IT** (J. Meier): pending\n- **CAB** (A. N.): pending",
            ["Finance IT", "CAB"],
        ),
        ("## Sign-off\n\n| | |\n|---|---|\n| Tech lead | ____ |\n| QA lead | ____ |", ["Tech lead", "QA lead"]),
        (
            "## End\n\n| | Name | Date |\n|---|---|---|\n| Performed by | | |\n| Checked by | | |",
            ["Performed by", "Checked by"],
        ),
        ("## Go/No-Go\n\n| Team | Go | No-go |\n|---|---|---|\n| SRE | ☐ | ☐ |\n| DBA | ☐ | ☐ |", ["SRE", "DBA"]),
        ("## End\n\n| Approver | Role | Decision | Date |\n|---|---|---|---|\n| Jane | CTO | | |", ["CTO"]),
        (f"## Signatures\n\nName: {BLANK}\nRole: DR coordinator\nSignature: {BLANK} Date: ____", ["DR coordinator"]),
        ("## Sign-off\n\n______________________\nHead of Platform", ["Head of Platform"]),
    ],
)
def test_who_signs(text, names):
    assert roles(text) == names


@pytest.mark.parametrize(
    "text",
    [
        f"## Emergency contacts\n\n- **Security Team**: {BLANK}\n- DBA: {BLANK}",
        "## Go/No-Go\n\nParticipants:\n\n- SRE lead\n- QA lead",
        "## Deploy\n\nPlatform: ☐ Linux ☐ Windows",
        "## Deploy\n\nApproved by: Platform Owner",
        "## Deploy\n\n| Role | Name |\n|---|---|\n| SRE | |",
        "## Deploy\n\n| | Name | Date |\n|---|---|---|\n| Prepared by | | |",
        "## Deploy\n\n- SRE lead\n- QA lead",
    ],
)
def test_who_does_not_sign(text):
    assert roles(text) == []


def test_tabs_of_mkdocs_hold_code():
    runbook = document(
        '## Deploy\n\n=== "AWS"\n\n    ```bash\n    aws s3 ls\n    ```\n\n=== "Azure"\n\n    ```bash\n    az vm list\n    ```'
    )
    assert [(command.line, command.text, command.runnable) for command in runbook.commands] == [
        (8, "aws s3 ls", True),
        (14, "az vm list", True),
    ]


def test_a_fence_too_deep_below_its_item_is_a_fence():
    runbook = document("## Deploy\n\n- [ ] Bump\n\n      ```bash\n      ./bump.sh 1.2\n      ```\n\n- [ ] Tag")
    assert [(command.line, command.text) for command in runbook.commands] == [(8, "./bump.sh 1.2")]


def test_what_was_typed_at_a_router_is_not_run_here():
    runbook = document("## Check\n\n```bash\nfra2-cr1# show ip bgp summary\n```")
    assert [(command.text, command.runnable) for command in runbook.commands] == [("show ip bgp summary", False)]


def test_numbered_capitals_are_the_headings_of_a_text_without_any():
    runbook = read(b"MOP\n\n1. PRE-CHECKS\n\n[ ] one\n[ ] two\n\n2. SIGN-OFF\n\nShift lead ____________\n", "mop.md")
    assert [section.title for section in runbook.sections if section.phase] == ["1. PRE-CHECKS", "2. SIGN-OFF"]
    assert [slot.role for slot in runbook.signoffs] == ["Shift lead"]


def test_a_command_that_must_answer_is_asked_for():
    texts = ["- Confirm `systemctl is-active app` returns `active`.", "", "Either `kubectl get po` or the dashboard."]
    assert [command.text for command in document("\n".join(["## Check", "", *texts])).commands] == [
        "systemctl is-active app",
        "kubectl get po",
    ]
