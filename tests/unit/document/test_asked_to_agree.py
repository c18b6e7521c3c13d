"""Who is asked to agree, in the structures that writers use for it: each habit in many words, and its look-alikes."""

import pytest

from runbook_tui.document.reader import read

FAMILY = [
    "- Storage lead: ____________\n- Head of Claims: ____________",
    "- [ ] Storage lead: ____________\n- [ ] Head of Claims: ____________",
    "1. Storage lead ____________\n2. Head of Claims ____________",
    "* **Storage lead** – __________\n* **Head of Claims** – __________",
]
BARE = ["- [ ] Storage lead\n- [ ] Head of Claims (or deputy)", "- [ ] Data steward\n- [ ] Claims team"]


def lines(text, heading="Deploy"):
    runbook = read(f"# T\n\n## {heading}\n\n{text}\n".encode(), "agree.md")
    return [slot.line - 4 for slot in runbook.signoffs]


def under(lead, body):
    """The lines of the body, counted from 1, that are slots below a sentence."""
    return [line - 2 for line in lines(f"{lead}\n\n{body}")]


LEADS = [
    "Go from each of:",
    "We need a yes from all of them:",
    "All of the following must say go:",
    "Each of these people writes their name here before we start:",
    "Nothing happens before these people have agreed:",
    "Ask for the approvals in the ticket:",
    "The following must consent in writing:",
    "Names and time, please, of those who allow it:",
    "Permission to start is given by:",
    "These three have to be fine with it:",
    "We go live when everybody below has put their name:",
    "Released for production by:",
    "The result was accepted by:",
    "Green light needed from:",
    "Do not begin until each of them has signed:",
    "Confirmation of the business:",
    "Required thumbs-up:",
    "Who has to say OK:",
    "The undersigned agree that the service may be switched:",
    "Poll the room, record who says go:",
    "Each must initial the line with their role:",
    "Wait until both have written their initials:",
    "Sponsors who endorse this change:",
    "Authorised by:",
    "Consent of the owners:",
    "Obtain clearance from:",
    "This step wants two signatures:",
    "The handover is complete once these have acknowledged it:",
    "Needs the blessing of:",
    "Vote (name and go or no-go):",
    "Everyone in this list has to confirm before 20:00:",
    "Get a written OK from:",
    "Formal acceptance:",
    "We ask the following for their agreement:",
    "Before step 4 these two must both be satisfied:",
    "Sign below if you agree:",
    "Names of the approvers:",
    "Stakeholder approvals (name, date):",
    "The go is given by all three:",
    "The following have seen the test results and agree:",
    "Must approve:",
    "Approval from each is required:",
    "Only with the consent of:",
    "OK from:",
    "Signed for the customer and for us:",
    "Deployment may continue when the following are happy:",
    "Collect signatures:",
    "I have read this plan and agree:",
    "All parties must concur:",
    "Release is authorised by the following people:",
]
NOT_LEADS = [
    "Call in this order:",
    "On duty tonight:",
    "Who does what:",
    "The following people are in the call:",
    "Inform these once it is done:",
    "Team for this release:",
    "Ask one of them for help:",
    "Contacts in case of trouble:",
    "Roles and their holders:",
    "Fill in who is on shift:",
    "Escalate to:",
    "Participants:",
    "Phone list:",
    "They get a copy of the report:",
]


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("body", FAMILY)
def test_a_sentence_of_consent_over_capacities_with_blanks(lead, body):
    assert under(lead, body) == [1, 2]


@pytest.mark.parametrize("lead", NOT_LEADS)
@pytest.mark.parametrize("body", [FAMILY[0], FAMILY[2], FAMILY[3]])
def test_a_sentence_of_duty_over_capacities_with_blanks(lead, body):
    assert under(lead, body) == []


@pytest.mark.parametrize(
    "lead", [lead for lead in LEADS if not lead.startswith(("Vote", "Names", "Each must", "Wait"))]
)
@pytest.mark.parametrize("body", BARE)
def test_a_sentence_of_consent_over_capacities_with_boxes(lead, body):
    assert under(lead, body) == [1, 2]


HEADINGS = [
    "Approvals needed",
    "Who must be fine with it",
    "Handshakes",
    "Sign-off",
    "Consent",
    "Go or no-go",
    "Permission to proceed",
    "Who has to agree",
    "Green lights",
    "Blessings",
    "Agreement",
    "Authorization",
    "Acceptance",
    "Release decision",
    "People who must say yes",
    "Signatures",
    "Clearance",
    "Four-eyes check",
    "Ratification",
    "Final consent",
]


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("body", [*FAMILY, BARE[0]])
def test_a_heading_of_consent(heading, body):
    assert lines(body, heading) == [1, 2]


ONE_LINE = [
    "- [ ] Design lead approves the visual diff: ______",
    "- [ ] Design — `@` approves the visual diff",
    "- [ ] Facility manager is aware of the noise, initials ______",
    "- [ ] Facility manager is aware and allows the doors to be open — initials ______",
    "- [ ] ✅ by shift lead: ______",
    "- [ ] ✍️ by the second operator: ______",
    "- [ ] Somebody from @web-reviewers who isn't the author: `@`",
    "- [ ] Head of research gives the night away: ______________",
    "- [ ] Privacy counsel has no objection: ____",
    "- [ ] Warehouse foreman lets us begin: ____________",
    "- [ ] Duty officer knows and accepts the outage: ________",
    "- [ ] Release train engineer, ok to continue: ________",
    "- [ ] Clearance from air traffic desk: ________",
    "- [ ] Second pair of eyes: @________",
    "- [ ] Product: `@____` says go",
    "Findings reviewed by a second analyst ( ________ ).",
    "Discounts above 20 %: Approver: ____________ (commercial director)",
    "**Closed by (Change Manager):** ____________________ **Date:** __________",
    "Final approval (CTO): ____________",
    "Shift lead pricing, signature: ____________",
    "Trading desk's OK, by voice is enough. Name: ...........",
    "The owner of the data agrees (initials): ____",
    "Checked by a person other than the author: ____________",
    "Accepted on behalf of the customer: ____________",
    "✔ by duty manager: ____________",
    "Witness (not from the team): ____________",
    "Countersigned, plant security: ____________",
    "Approval of the medical physicist: ____________",
    "OK of the harbour master: ____________",
    "Let through by customs desk: ____________",
    "Plan agreed with the customer: ____________ (name)",
    "- [ ] Business owner has tested and accepts: ________",
    "- [ ] Medical director happy with downtime ____",
    "Supervisor's initials: ______",
    "- [ ] Data owner OK (name): ________",
    "- [ ] @oncall-primary has read this: ____",
    "Verified by second technician: ________",
    "Approval no. from CAB: ________",
    "Customer representative (signature): ______________",
    "Release approved: ____________ (Head of QA)",
    "- [ ] Network architect signs: ______",
    "Go given by ____________ at ____:____",
    "- [ ] Approved by @________",
    "- [ ] Legal ok'd: ____",
    "- [ ] Site owner consulted and consents, name: ________",
    "Duty manager informed and agrees: ________",
    "**Approver 1:** ____________",
    "Tech lead approval: [ ] yes [ ] no",
    "Product manager 👍: ________",
    "- [ ] 🖊 QA: ________",
]


@pytest.mark.parametrize("line", ONE_LINE)
def test_a_line_with_an_assent_and_a_place_to_give_it(line):
    assert lines(line) == [1]


def test_two_in_a_sentence():
    text = "Findings reviewed by a second analyst ( ________ ) and, for closed quarters, by FP&A ( ________ )."
    assert lines(text) == [1, 1]


BOXES = [
    "- [ ] Content lead (`@content-leads`) approves",
    "- [ ] Accessibility reviewer approves, if templates changed",
    "- [ ] Legal approves, if the privacy notice changed",
    "- [ ] Store listing text: Marketing approves",
    "- [ ] Product owner agrees to the downtime",
    "- [ ] Change manager gives the go-ahead",
    "- [ ] Controller consents to the early close",
    "- [ ] Head of support is fine with the window",
    "- [ ] Data protection officer signs off the export",
    "- [ ] DBA on duty OKs the plan",
]


@pytest.mark.parametrize("line", BOXES)
def test_a_box_for_an_assent_below_words_that_ask_for_it(line):
    assert lines(f"Ask for the approvals in the issue:\n\n{line}\n- [ ] QA lead approves") == [3, 4]
    assert lines(f"{line}\n- [ ] QA lead approves", "Approvals") == [1, 2]


TABLES = [
    ("| Role | Name | Signature | Date |\n|---|---|---|---|\n| DBA | | | |\n| Ops manager | | | |", 2),
    ("| Statement | Name | Signature |\n|---|---|---|\n| Service restored | Ops manager: | |\n| Money balanced | Finance: | |", 2),
    ("| What | Who confirms | Initials | Time |\n|---|---|---|---|\n| Drained | Shift lead | | |\n| Patched | Shift lead | | |", 2),
    ("| Approver | Decision | Date |\n|---|---|---|\n| Head of IT | ☐ yes ☐ no | |\n| Owner | ☐ yes ☐ no | |", 2),
    ("| Capacity | Signed |\n|---|---|\n| Site lead | ____ |\n| Test lead | ____ |", 2),
    ("| Position | Printed name | Sign here |\n|---|---|---|\n| Captain | | |\n| First mate | | |", 2),
    ("| Team | Go / No-go | By |\n|---|---|---|\n| Network | | |\n| Storage | | |", 2),
    ("| Area | Responsible | Visa |\n|---|---|---|\n| Network | P. Maier | |\n| Storage | A. Cruz | |", 2),
    ("| Who | Agreed (initials) |\n|---|---|\n| Treasury | |\n| Claims | |", 2),
    ("| Statement | Confirmed by | Signature |\n|---|---|---|\n| Old key destroyed | Custodian A | |\n| Seal set | Custodian B | |", 2),
    ("| Function | Person | OK? |\n|---|---|---|\n| Product | ____ | ☐ |\n| Legal | ____ | ☐ |", 2),
    ("| Approval | Name | Date |\n|---|---|---|\n| Business | ____ | ____ |\n| Technical | ____ | ____ |", 2),
    ("| Step | Operator | Custodian A | Custodian B |\n|---|---|---|---|\n| key generated | ☐ | ☐ | ☐ |\n| key destroyed | ☐ | ☐ | ☐ |", 6),
    ("| Action | Maker | Checker |\n|---|---|---|\n| Totals entered | ☐ | ☐ |\n| File released | ☐ | ☐ |", 4),
    ("| Step | Done by (initials) | Seen by (initials) |\n|---|---|---|\n| Drain | ____ | ____ |\n| Cut | ____ | ____ |", 2),
]  # fmt: skip


@pytest.mark.parametrize(("table", "count"), TABLES)
@pytest.mark.parametrize("heading", ["Sign-off", "Approvals"])
def test_a_table_to_sign(table, count, heading):
    assert len(lines(table, heading)) == count


@pytest.mark.parametrize(("table", "count"), [TABLES[at] for at in (0, 1, 2, 5, 7, 8, 9, 12, 13)])
def test_a_table_to_sign_without_a_heading(table, count):
    assert len(lines(table, "Exit")) == count


CLOSING = ["Completion", "Close-out", "Handover", "Closure", "Result", "End of the window"]


@pytest.mark.parametrize("heading", CLOSING)
def test_capacities_with_blanks_at_the_end(heading):
    text = "Cutover finished at: ________\n\nTreasury: ____________________\nHead of Payments: ____________________"
    assert lines(text, heading) == [3, 4]


LOOK_ALIKES = [
    "- [ ] Merge request approved by two reviewers",
    "- [ ] Customers have been informed",
    "- [ ] QA: run the regression suite",
    "- [ ] Legal decides what happens to the orders, not we",
    "- [ ] Owner: platform team",
    "- Release captain: ____________\n- Scribe: ____________",
    "- **Launch lead**: ____________\n- **Version**: ____________",
    "- [ ] Number of engineers on site: ____",
    "- [ ] Approve the pending certificate requests",
    "- [ ] The scheduler accepts new jobs",
    "- [ ] The load balancer confirms three healthy targets",
    "- [ ] Ask the DBA to approve the migration in the pipeline",
    "- [ ] Operator pod is ready",
    "- [ ] Admin console opens: https://console.example.org",
    "- [ ] Customer database is reachable",
    "- [ ] Security group allows port 443",
    "- [ ] Vendor patch applied, version: ____",
    "- [ ] Lead time below 3 days: ____",
    "The change was approved by the CAB on Monday.",
    "Approved by: Halcyon Core",
    "Reviewed by: Fatima R. (Treasury), Jon B. (Platform) on 2024-09-10.",
    "| Host | drained | flashed | back |\n|---|---|---|---|\n| a1 | ⬜ | ⬜ | ⬜ |\n| a2 | ⬜ | ⬜ | ⬜ |",
    "| Check | Test | Staging | Prod |\n|---|---|---|---|\n| TLS | ☐ | ☐ | ☐ |\n| DNS | ☐ | ☐ | ☐ |",
    "| Team | Contact | Phone |\n|---|---|---|\n| DBA | ____ | ____ |\n| Network | ____ | ____ |",
    "| Role | Name | Deputy |\n|---|---|---|\n| Incident lead | ____ | ____ |\n| Scribe | ____ | ____ |",
    "| Step | Owner | Done |\n|---|---|---|\n| Drain | DBA | ☐ |\n| Cut | Network | ☐ |",
    "| # | Time | Owner | Task | Status |\n|---|---|---|---|---|\n| 1 | 21:00 | SRE | Drain | |\n| 2 | 21:10 | DBA | Copy | |",
    "| Release | Date | Approved by |\n|---|---|---|\n| 1.2 | 2024-01-03 | Kim |\n| 1.3 | 2024-02-07 | Lee |",
    "- Fraud duty officer: ____________________\n- Acquirer desk: +49 69 5550 1234",
    "- [ ] Sign the manifest with the release key",
    "- [ ] Signature of the tarball verified: ____",
    "- [ ] Update approval rules in the repository",
    "Operators online: ____",
    "Backup operator finished at: ____",
    "Time the customer noticed: ____",
    "- [ ] Client version confirmed: ____",
    "- [ ] Order accepted by broker",
    "- [ ] Number of approved requests: ____",
    "- [ ] Cluster leader agrees with followers",
    "- [ ] Time the operator was called: ____",
    "- [ ] Read the handover of the previous shift",
    "- [ ] Signed URLs work",
    "- [ ] Master accepts writes",
    "- [ ] Load balancer health check confirmed by curl",
    "- [ ] Customer-facing banner removed",
    "- [ ] User agreement page loads",
    "- [ ] Key holder of the safe: ____",
    "- Incident manager: ____\n- Communications lead: ____",
    "Duty phone: ____",
    "- [ ] Owner of the ticket: ____",
    "- [ ] Terms accepted in the vendor portal",
    "- [ ] Approved list of IPs loaded: ____",
    "- [ ] Leader election finished: ____",
    "| Role | Primary | Secondary |\n|---|---|---|\n| DBA | ☐ | ☐ |",
    "| Runner | Linux | Windows |\n|---|---|---|\n| build | ☐ | ☐ |",
    "| Test | Chrome | Safari |\n|---|---|---|\n| login | ☐ | ☐ |",
    "Database owner: ____\nService owner: ____",
    "- [ ] Manager node rebooted",
    "- [ ] Customers can sign in",
    "- [ ] Checker job is green",
    "| Task | Assignee | Signed image |\n|---|---|---|\n| build | Kim | |",
    "| Time | Reader | Value |\n|---|---|---|\n| 10:00 | | |\n| 11:00 | | |",
]  # fmt: skip


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_nobody_is_asked(text):
    assert lines(text) == []


@pytest.mark.parametrize(
    "table",
    [
        "| Role | Name | Decision | Date |\n|---|---|---|---|\n| Change Owner | P. Novak | Approved | 2024-10-29 |\n| CAB Chair | | ☐ APPROVED ☐ DENIED | |",
        "| Role | Name | Signature | Date |\n|---|---|---|---|\n| Author | J. Wu | J. Wu | 2024-10-29 |\n| Head of IT | | | |",
        "| Team | Approver | Approved on |\n|---|---|---|\n| Web | @kim | 2024-05-01 |\n| Data | | |",
    ],
)
def test_a_row_already_filled_asks_nobody(table):
    assert len(lines(table, "Approvals")) == 1
