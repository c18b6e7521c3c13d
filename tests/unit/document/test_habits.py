"""The habits of writers: how boxes, triggers, sign-offs, fields and headings are phrased, and what only looks alike."""

import pytest

from runbook_tui.document import roles, signoffs, triggers, windows
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import SectionRole, StepKind, StepRole


def book(text):
    return read(text.encode(), "plan.md")


def boxed(runbook):
    return {step.title: str(step.role) for step in runbook.steps if step.box}


@pytest.mark.parametrize(
    ("lead", "polarity"),
    [
        ("Rollback immediately if:", "do"),
        ("ROLLBACK IMMEDIATELY IF:", "do"),
        ("Initiate rollback immediately if:", "do"),
        ("Execute rollback immediately if:", "do"),
        ("Trigger rollback when ANY of these fire:", "do"),
        ("Consider rollback if:", "consider"),
        ("Evaluate rollback if:", "consider"),
        ("DO NOT ROLLBACK if:", "dont"),
        ("YES, rollback immediately if:", "do"),
        ("GO if:", "dont"),
        ("NO-GO if:", "do"),
        ("Abort Criteria:", "do"),
        ("Abort if:", "do"),
        ("Abort the deployment if any of the following happen:", "do"),
        ("Roll back if any of the following occur:", "do"),
        ("Rollback should be initiated if:", "do"),
        ("A rollback is required when:", "do"),
        ("The following conditions trigger an automatic rollback:", "do"),
        ("Revert the change if:", "do"),
        ("If any of the following occur, roll back immediately:", "do"),
        ("Rollback criteria (any one triggers rollback):", "do"),
        ("Rollback triggers:", "do"),
        ("Automatic Rollback Triggers", "do"),
        ("Back out if:", "do"),
        ("Conditions for rollback:", "do"),
        ("Don't roll back if:", "dont"),
        ("Do not roll back for:", "dont"),
        ("You may want to roll back if:", "consider"),
        ("Rollback decision criteria:", "do"),
        ("Roll back without discussion when:", "do"),
        ("Manual rollback triggers (consider):", "consider"),
        ("Immediate rollback if any of these are true:", "do"),
        ("Immediate rollback triggers", "do"),
        ("Warning signs that may require a rollback:", "consider"),
        ("Stop the rollout if:", "do"),
        ("Rollback the deployment when using Helm:", None),
        ("Revert the alert thresholds:", None),
        ("Rolling back to a version where the bug is absent:", None),
        ("If the pod is stuck, revert the change when possible:", None),
        ("Revert the commit if it was merged recently:", None),
        ("Roll back the canary when you see:", "do"),
        ("When to initiate rollback:", "do"),
        ("Rollback not required if:", "dont"),
        ("Rollback Triggers - Immediate", "do"),
        ("If rollback occurs:", None),
        ("Rollback is COMPLETE when:", None),
        ("Rollback if needed:", None),
        ("If rollback is needed:", None),
        ("After rollback:", None),
        ("To roll back, run:", None),
        ("If you need to roll back:", None),
        ("How to roll back:", None),
        ("Rollback steps:", None),
        ("Rollback procedure:", None),
        ("Rollback is successful if:", None),
        ("Before rolling back, check:", None),
        ("If deployment fails, roll back using:", None),
        ("When rolling back, note:", None),
        ("Rollback plan:", None),
        ("Verify rollback plan when done:", None),
        ("Rollback commands:", None),
        ("If the migration fails, revert it:", None),
        ("Post-rollback verification:", None),
        ("Steps to roll back if something goes wrong:", None),
        ("When rollback is complete:", None),
        ("During rollback:", None),
        ("Rolling back:", None),
        ("If a rollback was performed:", None),
        ("To revert the migration if it fails:", None),
    ],
)
def test_a_lead_in_announces_triggers_or_not(lead, polarity):
    found = triggers.announced(lead)
    assert (str(found) if found else None) == polarity


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Rollback Procedure", "rollback"),
        ("Rollback Procedures", "rollback"),
        ("Rollback", "rollback"),
        ("Rollback Plan", "rollback"),
        ("Rollback Triggers", "triggers"),
        ("Rollback Steps", "rollback"),
        ("Emergency Rollback", "rollback"),
        ("Rollback (if needed)", "rollback"),
        ("Manual Rollback", "rollback"),
        ("Automatic Rollback", "rollback"),
        ("Rollback Strategy", "rollback"),
        ("When to Rollback", "triggers"),
        ("Conditions for Rollback", "triggers"),
        ("Rollback Criteria", "triggers"),
        ("Rollback Decision Criteria", "triggers"),
        ("Rollback Decision Matrix", "triggers"),
        ("Quick Rollback (< 2 minutes)", "rollback"),
        ("DO NOT ROLLBACK", "triggers"),
        ("If rollback needed", "rollback"),
        ("Prepare Rollback Buffer", None),
        ("Approving the Rollback transaction", None),
        ("Post-Rollback Actions", None),
        ("Update and rollback", None),
        ("Rollback Verification", "rollback"),
        ("Rollback and Recovery", "rollback"),
        ("Testing the Rollback", None),
        ("Rollback Readiness", None),
        ("Reverting the release", "rollback"),
        ("Back-out plan", "rollback"),
        ("Backout Procedure", "rollback"),
        ("How to roll back", "rollback"),
        ("Rolling back", "rollback"),
        ("Roll back the database", "rollback"),
        ("Rollback Testing", None),
        ("Rollback Thresholds", "triggers"),
        ("Rollback Decision Tree", "triggers"),
        ("Should we roll back?", "triggers"),
        ("Rollback Scenarios", "rollback"),
        ("Rollback Commands", "rollback"),
        ("Database Rollback", "rollback"),
        ("Application Rollback Steps", "rollback"),
        ("Abort Criteria", "triggers"),
        ("Go/No-Go Criteria", "signoff"),
        ("Deployment & Rollback", None),
        ("Rollback Communication Template", None),
        ("Rollback Plan Review", None),
        ("Deploy, Verify, Rollback", None),
        ("Monitoring and Rollback Triggers", "triggers"),
        ("Rollback Contacts", "reference"),
        ("When to Abort", "triggers"),
        ("Rollback if deployment fails", "rollback"),
        ("Step 5: Rollback if necessary", "rollback"),
        ("Rollback Completion Criteria", None),
        ("Rollback Success Criteria", None),
        ("Rollback Time Estimate", "rollback"),
        ("Transaction Rollback Issues", None),
        ("Final Approval", "signoff"),
        ("Sign-Off", "signoff"),
        ("Signoff", "signoff"),
        ("Approvals", "signoff"),
        ("Deployment Sign-off", "signoff"),
        ("Go / No-Go Decision", "signoff"),
        ("Authentication & Authorization", None),
        ("Signature Verification", None),
        ("Signing", None),
        ("Contacts", "reference"),
        ("Escalation Contacts", "reference"),
        ("Useful Links", "reference"),
        ("References", "reference"),
        ("Appendix A: Commands", "reference"),
        ("Hour 1-4", "window"),
        ("T-24h", "window"),
        ("Week 1", "window"),
        ("First 24 Hours", "window"),
        ("Post-deployment (first 24 hours)", None),
        ("Troubleshooting", "emergency"),
        ("Common Issues", "emergency"),
        ("Emergency Procedures", "emergency"),
        ("Incident Response", "emergency"),
    ],
)
def test_a_heading_gives_a_role_or_none(heading, role):
    found = roles.of(roles.heading_words(heading))
    assert (str(found) if found else None) == role


@pytest.mark.parametrize(
    ("line", "signs"),
    [
        ("Engineering Lead: ____ Date: ____", True),
        ("QA Lead approval", True),
        ("Security review completed", False),
        ("Product documentation updated", False),
        ("All tests passed", False),
        ("Product Owner", True),
        ("Engineering", True),
        ("CTO", True),
        ("VP of Engineering", True),
        ("Head of Operations", True),
        ("DevOps pipeline green", False),
        ("Release notes published", False),
        ("Security scan clean", False),
        ("Operations runbook reviewed", False),
        ("Monitoring team ready", False),
        ("Change Advisory Board approval", True),
        ("CAB approval obtained", True),
        ("Approved by QA Lead", True),
        ("Sign-off from Product", True),
        ("Stakeholder sign-off received", True),
        ("Tech Lead (@alice)", True),
        ("Tech Lead: [Name]", True),
        ("DBA: ____", True),
        ("Comments: ____", False),
        ("Deployment Date: ____", False),
        ("Decision: ____", False),
        ("Release Manager (____________)", True),
        ("Engineering Manager - ____________", True),
        ("Legal/Compliance: ____", True),
        ("On-call engineer: ____", True),
        ("Customer notified", False),
        ("Database migrations reviewed by DBA", False),
        ("Business Owner Approval: ____ Date: ____", True),
        ("Rollback plan approved", False),
        ("Deployment approved by change board", False),
        ("Site Reliability Engineer", True),
        ("Security Team sign-off", True),
        ("Backend Team Lead", True),
        ("Frontend: ________", True),
        ("Prepared by: ________ Date: ____", True),
        ("Version: ____", False),
        ("Total downtime: ____ minutes", False),
        ("Engineering Lead: Ready", True),
        ("Engineering: All code merged", False),
        ("Final go/no-go decision made", False),
        ("Notes: ____", False),
        ("Technical Lead Signature: ________", True),
        ("Technical approval", True),
        ("Change ticket: ____", False),
        ("Notify Support Team", False),
        ("Brief Operations Team", False),
        ("Build Engineer", True),
        ("Change Manager", True),
    ],
)
def test_under_a_sign_off_heading_a_box_is_a_slot_or_a_task(line, signs):
    assert (signoffs.slot(line, box=True, signing=True) is not None) == signs


@pytest.mark.parametrize(
    ("line", "signs"),
    [
        ("Engineering Lead: ______ Date: ____", True),
        ("Technical Approval: ______ Date: ____", True),
        ("Security Team: ______", False),
        ("Incident Commander: ______ (phone)", False),
        ("Owner of the actions: ______", False),
        ("Deployed version: ______ Date: ____", False),
        ("Approved by: Platform Owner", False),
    ],
)
def test_without_a_sign_off_heading_only_role_blank_and_date_sign(line, signs):
    assert (signoffs.slot(line, box=True, signing=False) is not None) == signs


def test_what_hurried_hands_make_of_a_box():
    runbook = book(
        "# T\n\n- [x]Done\n- [  ] wide\n- \\[ \\] escaped\n- [-] half\n- [✓] by hand\n- [link](http://a)\n\n☐ bare\n☑ ready\n\n[ ] one\n[x] two\n"
    )
    assert list(boxed(runbook)) == ["Done", "wide", "escaped", "half", "by hand", "bare", "ready", "one", "two"]
    assert [step.checked for step in runbook.steps] == [True, False, False, False, True, False, True, False, True]
    assert [finding.code for finding in runbook.findings] == ["RB125", "RB125"]


def test_empty_brackets_are_offered_and_told():
    runbook = book("# T\n\n- [] forgotten\n- [ ] kept\n")
    assert [(step.title, step.box) for step in runbook.steps] == [("forgotten", False), ("kept", True)]
    assert [finding.code for finding in runbook.findings] == ["RB124"]


def test_a_tick_is_decoration_unless_open_boxes_stand_beside_it():
    assert boxed(book("# T\n\n- ✅ fast\n- ✅ safe\n")) == {}
    assert list(boxed(book("# T\n\n- ☐ open\n- ✅ done\n"))) == ["open", "done"]


def test_a_struck_task_keeps_its_reason_and_is_off_the_way():
    step = book("# T\n\n- [ ] ~~Load test~~ (SKIPPED: done in May)\n- [ ] go\n").steps[0]
    assert step.title == "Load test (SKIPPED: done in May)"
    assert step.optional
    assert step.annotations["skip"] == "SKIPPED: done in May"


def test_a_table_that_is_a_checklist_is_offered_row_by_row():
    runbook = book(
        "# T\n\n| # | Task | Owner | Done |\n|---|---|---|---|\n| 1 | Backup | Ana | ☑ |\n| 2 | Drain | Ben | [ ] |\n"
    )
    assert [(step.title, step.box, step.checked, step.line) for step in runbook.steps] == [
        ("Backup", True, True, 5),
        ("Drain", True, False, 6),
    ]
    assert runbook.findings == ()


def test_an_empty_status_column_is_a_checklist_too():
    assert [step.title for step in book("# T\n\n| Check | Status |\n|---|---|\n| Disk | |\n| Net | |\n").steps] == [
        "Disk",
        "Net",
    ]
    assert book("# T\n\n| Service | Status |\n|---|---|\n| Disk | up |\n| Net | |\n").steps == ()


@pytest.mark.parametrize(
    ("lead", "items", "options"),
    [
        ("", ["Option A: blue", "Option B: green"], True),
        ("", ["GO", "NO-GO"], True),
        ("", ["APPROVED", "APPROVED with conditions: ____", "DENIED"], True),
        ("Choose one:", ["Rolling", "Recreate"], True),
        ("Risk level:", ["Low", "Medium", "High"], True),
        ("", ["No P0 bugs open", "Complete the smoke test"], False),
        ("", ["Approved by QA", "Approved by Security"], False),
        ("Deployed to:", ["Staging", "Production"], False),
        ("", ["Go live", "No alerts"], False),
    ],
)
def test_boxes_that_are_a_choice_of_one(lead, items, options):
    runbook = book(f"# T\n\n## Part\n\n{lead}\n\n" + "".join(f"- [ ] {item}\n" for item in items))
    assert {step.role is StepRole.OPTION for step in runbook.steps if step.box} == {options}


def test_a_label_inside_a_list_announces_what_is_nested():
    runbook = book(
        "# T\n\n## Watch\n\n- **Rollback if:**\n  - errors > 5%\n  - data lost\n- **Alert if:**\n  - cpu > 80%\n"
    )
    assert [(item.text, str(item.polarity)) for item in runbook.triggers] == [
        ("errors > 5%", "do"),
        ("data lost", "do"),
    ]


def test_a_duration_in_the_lead_in_holds_for_each_entry():
    runbook = book(
        "# T\n\n## Watch\n\nTrigger rollback when any of these hold beyond 10 minutes:\n\n- errors > 5%\n- writes fail\n"
    )
    assert [item.duration for item in runbook.triggers] == [600, 600]


def test_groups_of_triggers_are_labels_and_details_are_prose():
    runbook = book(
        "# T\n\n## Rollback Triggers\n\n- **Errors**\n  - 5xx > 1%\n  - Build failures\n- Latency > 2 s\n  - as seen at the edge\n"
    )
    assert [item.text for item in runbook.triggers] == ["5xx > 1%", "Build failures", "Latency > 2 s"]


def test_who_decides_and_how_stand_among_triggers_and_are_none():
    runbook = book(
        "# T\n\n## When to roll back\n\n- Data lost\n\n### Who decides\n\n- The lead\n\n### How\n\n1. Switch the alias\n\n### Immediate rollback\n\n- Errors\n"
    )
    assert [item.text for item in runbook.triggers] == ["Data lost", "Errors"]
    assert [step.title for step in runbook.steps] == ["Switch the alias"]


def test_work_below_a_heading_of_triggers_stays_work():
    runbook = book("# T\n\n## Rollback decision\n\n- [ ] Page the lead\n- [ ] Check the dashboard\n- [ ] Announce it\n")
    assert set(boxed(runbook).values()) == {"todo"}
    assert runbook.triggers == ()


def test_triggers_in_a_column_of_a_table():
    runbook = book(
        "# T\n\n## Monitoring\n\n| Metric | Normal | Rollback threshold |\n|---|---|---|\n| p99 | 100ms | > 500ms |\n| Users | 10 | N/A |\n"
    )
    assert [(item.text, item.value) for item in runbook.triggers] == [("p99 > 500ms", 500)]


def test_the_verdict_of_a_row_is_its_polarity():
    runbook = book(
        "# T\n\n## Rollback matrix\n\n| Situation | Action |\n|---|---|\n| Data lost | Rollback |\n| Slow page | Investigate |\n| Typo | Fix forward |\n"
    )
    assert [(item.text, str(item.polarity)) for item in runbook.triggers] == [
        ("Data lost", "do"),
        ("Slow page", "consider"),
        ("Typo", "dont"),
    ]


def test_single_sentences_and_labels_are_triggers():
    runbook = book(
        "# T\n\n## Rollback\n\nIf the error rate exceeds 2% for 10 minutes, roll back. Consider a rollback if users complain.\n\n"
        "**Trigger:** p95 > 1 s\n\nIf needed, roll back with care.\n"
    )
    assert [(item.text.split()[0], str(item.polarity)) for item in runbook.triggers] == [
        ("If", "do"),
        ("Consider", "consider"),
        ("Trigger:", "do"),
    ]


def test_a_title_gives_no_role_to_all_below():
    runbook = book(
        "# Incident Response Runbook\n\n## Stop it\n\n- [ ] Block the address\n\n## Sign-off list\n\n- [ ] QA: ____\n"
    )
    assert [str(section.role) for section in runbook.sections] == ["phase", "phase", "signoff"]
    assert boxed(book("# Go/No-Go Checklist\n\n## Checks\n\n- [ ] Security\n- [ ] QA\n")) == {
        "Security": "todo",
        "QA": "todo",
    }


def test_what_stands_under_an_optional_heading_need_not_be_done():
    runbook = book(
        "# T\n\n## Do\n\n- [ ] a\n\n## Clean up (optional)\n\n- [ ] b\n\n### More\n\n- [ ] c\n\n## If rollback occurs\n\n- [ ] d\n"
    )
    assert [step.optional for step in runbook.steps] == [False, True, True, True]


def test_alert_runbooks_explain_first_and_walk_later():
    runbook = book(
        "# DiskFull\n\n## Meaning\n\n1. Check nothing.\n\n## Impact\n\nBad.\n\n## Diagnosis\n\n1. Look\n2. Think\n\n## Mitigation\n\n```bash\nrm -rf /tmp/x\n```\n"
    )
    assert [section.title for section in runbook.sections if section.phase] == ["Diagnosis", "Mitigation"]
    assert [step.title for step in runbook.steps] == ["Look", "Think", "rm -rf /tmp/x"]


def test_a_ruler_right_below_a_paragraph_makes_no_heading():
    runbook = book("# T\n\n**Version**: 1\n**Date**: ____\n---\n\n## A\n\n- [ ] a\n\n## B\n\n- [ ] b\n")
    assert [section.title for section in runbook.sections] == ["T", "A", "B"]
    assert [field.label for field in runbook.fields] == ["Date"]


def test_a_heading_without_its_blank_is_read_and_told():
    runbook = book("# T\n\n##First ##\n- [ ] a\n\n##Second\n- [ ] b\n")
    assert [section.title for section in runbook.sections if section.phase] == ["First", "Second"]
    assert [finding.code for finding in runbook.findings] == ["RB115", "RB115"]


def test_lines_of_text_are_headings_where_there_are_no_others():
    runbook = book(
        "Night of the move\n\nSTEP 1 - STOP\n\n1) Stop it\n\nStep 2: Start\n\n1) Start it\n\nSigned off by:\n\nDBA ________\n"
    )
    assert runbook.title == "Night of the move"
    assert [section.title for section in runbook.sections if section.phase] == ["STEP 1 - STOP", "Step 2: Start"]
    assert [step.title for step in runbook.steps] == ["Stop it", "Start it", "DBA"]
    assert [slot.role for slot in runbook.signoffs] == ["DBA"]


def test_numbers_that_go_on_after_a_fence_are_one_procedure():
    runbook = book(
        "# T\n\n## Way\n\n1. Look at it\n\n```bash\nls\n```\n\n2. Mend it\n\n```bash\nmake\n```\n\n3. Leave\n"
    )
    assert [(step.title, len(step.commands)) for step in runbook.steps] == [
        ("Look at it", 1),
        ("Mend it", 1),
        ("Leave", 0),
    ]


def test_numbered_imperatives_are_steps_and_lists_of_features_or_links_are_not():
    assert [step.title for step in book("# T\n\n## Night\n\n1. Stop the api.\n2. Start the api.\n").steps] == [
        "Stop the api.",
        "Start the api.",
    ]
    assert book("# T\n\n## Why\n\n1. It is fast.\n2. Nodes are cheap.\n").steps == ()
    assert book("# T\n\n## Parts\n\n1. [Start](#a)\n2. [Deploy](#b)\n").steps == ()


def test_names_and_signatures_below_a_role_are_one_slot():
    runbook = book(
        "# T\n\n## Approvals\n\n**QA Lead**\n\nName: ______\nSignature: ______ Date: ____\n\n- SRE: ______\n- Signature: ______ Date: ____\n"
    )
    assert [(slot.role, slot.fields) for slot in runbook.signoffs] == [
        ("QA Lead", ("name", "signature", "date")),
        ("SRE", ("name", "signature", "date")),
    ]


def test_tables_of_signers_and_tables_of_others():
    signed = book("# T\n\n## Approval\n\n| Role | Decision |\n|---|---|\n| CTO | ☐ APPROVED ☐ DENIED |\n| QA | |\n")
    assert [slot.role for slot in signed.signoffs] == ["CTO", "QA"]
    assert signed.findings == ()
    for heading, table in [
        ("Go/No-Go", "| Criterion | Status | Date |\n|---|---|---|\n| Tests | | |\n"),
        ("Contacts", "| Role | Name | Phone |\n|---|---|---|\n| CTO | | |\n"),
        ("Approval", "| Version | Date | Approved by |\n|---|---|---|\n| 1 | | |\n"),
    ]:
        assert book(f"# T\n\n## {heading}\n\n{table}").signoffs == ()


def test_blanks_of_every_kind_are_fields():
    runbook = book(
        "# T\n\n- Current: ________%\n- T+15min: ________ms\n- Owner: [Name]\n- Ticket: <!-- paste link -->\n- Seen: _\n- Severity: [P0/P1/P2]\n- Outcome: PASS / FAIL\n"
        "- Started:\n\n**Was it tested?** Yes / No\n\nNeeded: ☐ Yes ☐ No\n"
    )
    assert [(field.label, field.choices) for field in runbook.fields] == [
        ("Current", None), ("T+15min", None), ("Owner", None), ("Ticket", None), ("Seen", None), ("Severity", ("P0", "P1", "P2")), ("Outcome", ("PASS", "FAIL")),
        ("Started", None), ("Was it tested", ("Yes", "No")), ("Needed", ("Yes", "No")),
    ]  # fmt: skip
    assert all(step.kind is StepKind.FIELD for step in runbook.steps)


def test_a_template_says_so():
    runbook = book(
        "# Move of [[ service ]]\n\n[[_TOC_]]\n\n- Owner: [[ team ]]\n\n{% if big %}\n\n- [ ] a\n\n{% endif %}\n"
    )
    assert [finding.code for finding in runbook.findings] == ["RB160"]
    assert [step.title for step in runbook.steps if step.box] == ["a"]


@pytest.mark.parametrize(
    ("text", "start", "end", "duration"),
    [
        ("Setup (30 minutes)", None, None, 1800),
        ("Check (0-5 min)", 0, 300, None),
        ("(1-1.5 hours)", 3600, 5400, None),
        ("Stop (≤ 60 s — do NOT skip)", None, None, 60),
        ("Hour 1-4", 0, 14400, None),
        ("Day 3-7", 172800, 604800, None),
        ("Week 1", 0, 604800, None),
        ("First 24 Hours", 0, 86400, None),
        ("Answer within 48 h", 0, 172800, None),
        ("24 hours before", -86400, None, None),
        ("07:00 – 08:30", None, None, 5400),
        ("22:00 - 02:00", None, None, 14400),
        ("look every 15 min", None, None, None),
        ("T-7 Days", -604800, None, None),
        ("T-1:45", -6300, None, None),
        ("T-0 to T+30", 0, None, None),
        ("T+4h", 14400, None, None),
        ("T+20", None, None, None),
        ("Duration: 15 minutes", None, None, 900),
    ],
)
def test_a_window_is_read_and_never_guessed(text, start, end, duration):
    (window,) = windows.find(text, 1)
    assert (window.start, window.end, window.duration) == (start, end, duration)
    assert window.text in text


def test_a_rollback_section_has_kinds():
    runbook = book(
        "# T\n\n## A\n\nx\n\n## Rollback\n\n### Triggers\n\n- Lag\n\n### Procedure\n\n1. Undo\n\n### Verification\n\n- [ ] Fine\n\n## Rollback tested\n\n- [ ] Yes\n"
    )
    assert [str(section.role) for section in runbook.sections[2:]] == [
        "rollback",
        "triggers",
        "rollback",
        "rollback",
        "phase",
    ]
    assert [item.text for item in runbook.triggers] == ["Lag"]
    assert runbook.sections[2].role is SectionRole.ROLLBACK


def test_groups_below_one_label_are_all_triggers():
    runbook = book(
        "# T\n\n## Watch\n\n**Rollback Triggers:**\n\nCritical:\n\n- 5xx > 2%\n\nWarning (consider rollback):\n\n- CPU > 90%\n\nNext:\n\n- Tell the team\n"
    )
    assert [(item.text, str(item.polarity)) for item in runbook.triggers] == [
        ("5xx > 2%", "do"),
        ("CPU > 90%", "consider"),
    ]


def test_an_arrow_to_rollback_is_a_trigger():
    runbook = book(
        "# T\n\n## Watch\n\n- [ ] Error rate > 5% → rollback\n- [ ] p99 fine\n\nOther:\n\n- p99 > 2 s -> automatic rollback\n"
    )
    assert boxed(runbook) == {"Error rate > 5% → rollback": "trigger", "p99 fine": "todo"}
    assert len(runbook.triggers) == 2


def test_a_box_may_hold_a_choice_of_its_own():
    runbook = book("# T\n\n- [ ] **Decision**: ☐ GO ☐ NO-GO\n- [ ] a and b\n")
    assert [(field.label, field.choices) for field in runbook.fields] == [("Decision", ("GO", "NO-GO"))]
    assert set(boxed(runbook).values()) == {"todo"}


def test_placeholders_and_open_colons_are_blanks_where_people_sign():
    runbook = book(
        "# T\n\n## Sign-off\n\n- Tech Lead: <name>\n- QA Lead:\n- Approved by: [Name]\n- Approved by: Platform Owner\n\nName (print): ____\n"
    )
    assert [slot.role for slot in runbook.signoffs] == ["Tech Lead", "QA Lead", "Approved by", "Sign-off"]


def test_readiness_of_teams_is_no_sign_off():
    runbook = book(
        "# T\n\n## Go/No-Go\n\n- [ ] QA Team ready\n- [ ] Security review passed\n- [ ] DBA on standby\n- [ ] QA: report written\n- [ ] Legal approval obtained\n"
    )
    assert list(boxed(runbook).values()) == ["todo", "todo", "todo", "todo", "signoff"]
