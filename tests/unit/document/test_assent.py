"""Assent asked for in sentences, boxes and rows, and what only sounds like it."""

import pytest

from runbook_tui.document.reader import read


def signers(text):
    return len(read(f"# T\n\n## Deploy\n\n{text}\n".encode(), "assent.md").signoffs)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Plan read and understood by: __________", 1),
        ("- [ ] Data protection officer has agreed: __________", 1),
        ("Permission from the plant manager: __________ at __:__", 1),
        ("- [ ] Get the OK of the store manager", 1),
        ("- [ ] Wait for approval from the duty manager", 1),
        ("- [ ] Change cleared by Security (`@name`)", 1),
        ("Green light from operations: __________", 1),
        ("Restart authorised by __________ (shift lead)", 1),
        ("| Step | Done by | Initials |\n|---|---|---|\n| Drain | operator | ____ |\n| Patch | operator | ____ |", 2),
        ("Handover accepted by night shift: __________", 1),
        ("Inspected by: __________ Date: ____", 1),
        ("Second engineer signs here: __________", 1),
        ("- [ ] Treasury vouches for the totals, initials: __________", 1),
        ("Shift lead decides: GO [ ] / NO-GO [ ]", 1),
        ("- [ ] @dba-lead confirms the backup", 1),
        ("- [ ] @release-captain gives the go", 1),
        ("| | |\n|---|---|\n| Customer approval | __________ |\n| Site | AMS3 |\n| Test lead | __________ |", 2),
        ("QA sign-off by __________", 1),
        ("Witnessed by: __________", 1),
        ("The duty engineer writes their initials: __________", 1),
        ("Head of logistics __________ at __________", 1),
        ("Acknowledged by customer (name/date): __________", 1),
        ("CTO consent: __________", 1),
        ("- [ ] The auditor is satisfied with the log: __________", 1),
        ("This release needs approval from @kim or @lee.", 1),
        ("- [ ] Verified by (not the author): __________", 1),
        ("Steering committee says yes: __________", 1),
        ("Go/no-go given by: __________", 1),
    ],
)
def test_who_is_asked(text, count):
    assert signers(text) == count


@pytest.mark.parametrize(
    "text",
    [
        "Network on-call: GO [ ] / NO-GO [ ]",
        "- [ ] Two-person rule observed, second person: ____",
        "Version: __________",
        "Scribe: __________",
        "Build number: __________",
        "Incident lead: __________",
        "- [ ] Sign in to the console",
        "- [ ] Sign the package with `gpg --sign x`",
        "Latency before: __________ ms",
        "Started at __________",
        "Reviewed-by: Jane Doe <jane@example.org>",
        "- [ ] Ask support for help",
        "- [ ] Backup confirmed",
        "- [ ] Get the logs from the server",
        "- [ ] QA environment is up",
        "- [ ] Tests reviewed",
        "Approved by the CAB last week.",
        "- [ ] Confirm that replication runs",
        "- [ ] Security team has been informed",
        "Ticket: __________",
        "Created by: __________",
        "Minutes by: __________",
        "Release engineer: __________",
        "The certificate is signed by the CA.",
        "- [ ] Status page confirms the outage",
        "- [ ] Monitoring confirms traffic is back",
        "Contact @ops for help.",
        "Release branch: __________",
        "- [ ] Next captain nominated: @__________",
        "| Check | Result |\n|---|---|\n| Ping | ____ |",
        "Backup taken at: __________",
        "Deployed version: __________",
        "Number of failed jobs: __________",
        "| Time | Who | Remark |\n|---|---|---|\n| ____ | ____ | ____ |",
        "| | |\n|---|---|\n| Version | ____ |\n| Window | ____ |",
    ],
)
def test_who_is_not_asked(text):
    assert signers(text) == 0
