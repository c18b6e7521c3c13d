"""Habits met in documents that were written and annotated before any parser read them."""

import time

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Polarity, StepRole


def document(*rows):
    return read("\n".join(["# T", "", *rows, ""]).encode(), "blind.md")


def said(runbook):
    return [(command.text, command.why_not) for command in runbook.commands]


def test_triggers_may_stand_in_a_quote():
    runbook = document("## Rollback", "", "> Rollback triggers – any of:", ">", "> * Error rate > 5%", "> * Data loss")
    assert [(trigger.text, trigger.polarity) for trigger in runbook.triggers] == [
        ("Error rate > 5%", Polarity.DO),
        ("Data loss", Polarity.DO),
    ]


def test_a_sign_off_names_its_role_after_from():
    runbook = document("## Steps", "", "- [ ] Sign-off from the release lead: ________")
    assert [(slot.line, slot.role) for slot in runbook.signoffs] == [(5, "release lead")]
    assert runbook.steps[0].role is StepRole.SIGNOFF


def test_a_version_with_one_letter_is_to_be_filled_in():
    runbook = document("```bash", "git checkout release-1.X", "curl https://x/1.29/X.html", "```")
    assert said(runbook) == [("git checkout release-1.X", "placeholder"), ("curl https://x/1.29/X.html", None)]


def test_a_tool_of_the_house_is_known_once_it_was_typed():
    runbook = document("```bash", "krel stage --nomock", "```", "", "- [ ] `krel announce send`", "- [ ] `foo bar baz`")
    assert said(runbook) == [("krel stage --nomock", None), ("krel announce send", None)]


def test_what_the_writer_says_to_run_may_be_a_tool_of_the_house():
    runbook = document(
        'Run `chef-client-disable "lag, see 44"` on the node. Run `shopctl sync --all`.', "", "Run `it`."
    )
    assert said(runbook) == [('chef-client-disable "lag, see 44"', "session"), ("shopctl sync --all", None)]


def test_myst_writes_code_between_colons():
    runbook = document("::::{warning}", "Mind it.", "", ":::{code-block} shell", "kubectl drain node-1", ":::", "::::")
    assert said(runbook) == [("kubectl drain node-1", None)]


def test_a_block_that_only_enters_a_machine_is_followed_by_what_is_typed_there():
    rows = ["```bash", "ssh db-1", "```", "", "Look at the log:", "", "```bash", "sudo dmesg", "```", ""]
    assert said(document(*rows)) == [("ssh db-1", None), ("sudo dmesg", "session")]


def test_who_types_the_tool_that_opened_the_session_is_back_outside():
    rows = ["```bash", "kubectl exec -it web -- bash", "```", "", "Then:", "", "```bash", "kubectl get pods", "```", ""]
    assert [why for _, why in said(document(*rows))] == [None, None]


def test_code_between_colons_that_nobody_closes_is_looked_for_once():
    started = time.process_time()
    document(*[":::{code}"] * 50_000)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "row",
    [
        "https://grafana.example.com/d/abc",
        "s3://bucket/key",
        "/opt/app/settings.yml",
        "config/prod.json",
        'service "x" deleted',
    ],
)
def test_an_address_a_data_file_and_a_verdict_are_not_typed(row):
    assert not any(command.runnable for command in document("```bash", row, "```").commands)
    with_command = document("```bash", "kubectl delete service x", row, "```").commands
    assert [command.text for command in with_command if command.runnable] == ["kubectl delete service x"]


@pytest.mark.parametrize("row", ["./deploy.sh", "/opt/app/bin/restart", "source /etc/app.conf", "scripts/check.py"])
def test_a_script_by_its_path_is_typed(row):
    assert [command.text for command in document("```bash", row, "```").commands if command.runnable] == [row]


def test_a_tick_in_a_status_column_is_a_done_row():
    runbook = document("| Item | Status |", "|---|---|", "| Logs | ✅ |", "| Alerts | ☐ |", "| Page | [x] |")
    assert [step.checked for step in runbook.steps] == [True, False, True]


def boxes(runbook):
    return [(step.line, step.title, step.role, step.checked) for step in runbook.steps if step.box]


def test_a_row_of_a_table_with_a_box_is_a_task():
    runbook = document(
        "| # | Check | Owner | Pass |", "|---|---|---|---|", "| 1 | Health `curl -f http://x/h` | Ana | [ ] |"
    )
    assert boxes(runbook) == [(5, "Health curl -f http://x/h", StepRole.TODO, False)]
    assert [(command.text, command.step) for command in runbook.commands] == [
        ("curl -f http://x/h", runbook.steps[0].id)
    ]


def test_the_box_may_stand_before_the_words_of_a_cell():
    runbook = document("| Task | Owner |", "|---|---|", "| ☐ Freeze announced | Ana |", "| [x] Backup | Ben |")
    assert boxes(runbook) == [(5, "Freeze announced", StepRole.TODO, False), (6, "Backup", StepRole.TODO, True)]


def test_a_row_with_a_box_for_each_verdict_is_a_choice():
    runbook = document("| Task | Yes | No |", "|---|---|---|", "| Backup | [ ] | [ ] |")
    assert boxes(runbook) == []
    assert [(field.label, field.choices) for field in runbook.fields] == [("Backup", ("Yes", "No"))]
    assert runbook.findings == ()


def test_a_row_with_a_box_for_each_stage_is_a_task_for_each():
    runbook = document("| Rack | Drained | Patched |", "|---|---|---|", "| R1 | [x] | [ ] |")
    assert boxes(runbook) == [
        (5, "R1: Drained", StepRole.TODO, True),
        (5, "R1: Patched", StepRole.TODO, False),
    ]


def test_the_header_a_converter_made_of_the_first_task_is_a_task():
    runbook = document("| ☐ | Drain the node first |", "|---|---|", "| ☐ | Patch it |")
    assert [title for _, title, _, _ in boxes(runbook)] == ["Drain the node first", "Patch it"]


def test_a_box_in_a_table_of_triggers_is_a_trigger():
    runbook = document("## Rollback triggers", "", "| Condition | Seen |", "|---|---|", "| Error rate > 5% | [ ] |")
    assert boxes(runbook) == [(7, "Error rate > 5%", StepRole.TRIGGER, False)]
    assert [trigger.value for trigger in runbook.triggers] == [5]


def test_a_heading_with_a_box_is_a_task_of_its_section():
    runbook = document("## [ ] Step 1: Drain", "", "```bash", "kubectl drain n1", "```", "", "## [x] Step 2: Reboot")
    assert boxes(runbook) == [
        (3, "Step 1: Drain", StepRole.TODO, False),
        (9, "Step 2: Reboot", StepRole.TODO, True),
    ]
    assert [section.title for section in runbook.sections if section.phase] == ["Step 1: Drain", "Step 2: Reboot"]
    assert runbook.commands[0].step == runbook.steps[0].id
    assert runbook.findings == ()


def test_choices_named_behind_a_blank_are_kept():
    runbook = document("## Approval", "", "- Decision: ____ (GO / NO-GO)", "- Result: ________ [PASS/FAIL]")
    assert [(field.label, field.choices) for field in runbook.fields] == [
        ("Decision", ("GO", "NO-GO")),
        ("Result", ("PASS", "FAIL")),
    ]


def test_a_prompt_may_be_the_name_of_a_host():
    runbook = document("```", "pgb-01 $ sudo pgb-console -c 'SHOW POOLS;'", " pool | cl_active", "```")
    assert [command.text for command in runbook.commands] == ["sudo pgb-console -c 'SHOW POOLS;'"]


def test_root_changes_its_root():
    rows = ["```console", "$ oc debug node/worker-3", "# chroot /host", "# lsblk", "NAME MAJ:MIN", "```", ""]
    assert said(document(*rows)) == [
        ("oc debug node/worker-3", None),
        ("chroot /host", "session"),
        ("lsblk", "session"),
    ]


def test_what_was_typed_at_a_prompt_is_a_tool_of_the_house():
    rows = ["```", "$ shipit check dist/*", "```", "", "## Steps", "", "1. Upload: `shipit upload dist/*`"]
    assert ("shipit upload dist/*", None) in said(document(*rows))


def test_approval_is_needed_from_somebody():
    runbook = document("## Failover", "", "Approval needed from: Incident Commander ____________ Time: ______")
    assert [(slot.line, slot.role) for slot in runbook.signoffs] == [(5, "Incident Commander")]


def test_a_second_list_may_ask_to_look_first_or_to_go_on():
    runbook = document(
        *[
            "## Canary",
            "",
            "Roll back if:",
            "",
            "- error rate > 2%",
            "",
            "Investigate first if:",
            "",
            "- one region only",
        ],
        *["", "Continue if:", "", "- a single pod restarts"],
    )
    assert [(trigger.line, trigger.polarity) for trigger in runbook.triggers] == [
        (7, Polarity.DO),
        (11, Polarity.CONSIDER),
        (15, Polarity.DONT),
    ]


def test_conditions_that_need_no_approval_are_conditions():
    rows = ["**Automatic (no approval needed):**", "1. 5xx > 2%", "2. Login success rate below 97%"]
    runbook = document("## When to roll back", "", *rows)
    assert [(trigger.line, trigger.polarity) for trigger in runbook.triggers] == [(6, Polarity.DO), (7, Polarity.DO)]


def test_a_role_may_stand_in_brackets_behind_the_line_to_sign_on():
    runbook = document("FINAL DECISION:", "", "Signed: ____________ (Head of Billing)     Date: ________")
    assert [(slot.line, slot.role) for slot in runbook.signoffs] == [(5, "Head of Billing")]


def test_what_root_typed_in_a_block_without_a_label_is_found_among_its_output():
    rows = ["```", "# crm_mon -1 | grep db2", "Node db2: standby", "# reboot", "```"]
    assert said(document(*rows)) == [("crm_mon -1 | grep db2", "unlabelled"), ("reboot", "unlabelled")]
    assert said(document("```", "# reboot the node", "Node db2: standby", "```")) == []


def test_a_tool_with_options_is_a_command_where_the_writer_says_with():
    runbook = document("Fence it with `fence_agent --reboot db2`. The knob `max-conn -x` stays.")
    assert said(runbook) == [("fence_agent --reboot db2", None)]


def test_what_is_read_beside_the_work_is_no_phase_unless_it_holds_work():
    runbook = document(
        "## Overview", "", "Words.", "", "## Prerequisites", "", "- [ ] Access", "", "## Deploy", "", "Go."
    )
    assert [section.title for section in runbook.sections if section.phase] == ["Prerequisites", "Deploy"]


def test_the_first_shouted_line_is_the_title():
    runbook = read(b"POST-DEPLOYMENT CHECKS\n\nHOUR 0-1\n\n- [ ] a\n\nHOUR 1-24\n\n- [ ] b\n", "x.md")
    assert runbook.title == "POST-DEPLOYMENT CHECKS"
    assert [section.title for section in runbook.sections if section.phase] == ["HOUR 0-1", "HOUR 1-24"]


def test_tasks_without_bullets_may_be_glued_to_their_heading_and_wrapped():
    runbook = document(
        "**T-2h**", "⬜ open the bridge", "  and tell support", "⬜ mute alerts", "    ⬜ batch", "", "Go."
    )
    assert [(line, title) for line, title, _, _ in boxes(runbook)] == [
        (4, "open the bridge and tell support"),
        (6, "mute alerts"),
        (7, "batch"),
    ]
    assert [section.title for section in runbook.sections] == ["T", "T-2h"]
    runbook = document("Then these:", "[ ] one", "[x] two")
    assert [(line, title) for line, title, _, _ in boxes(runbook)] == [(4, "one"), (5, "two")]


def test_a_paragraph_with_one_box_in_brackets_is_text():
    runbook = document("Mark with an", "[x] what is done", "and what is not", "stays.")
    assert boxes(runbook) == []


def test_a_slot_may_be_named_by_the_act():
    runbook = document("- [ ] Sign-off QA: _____", "", "**Decided by:** __________ **Time:** ______")
    assert [(slot.line, slot.role) for slot in runbook.signoffs] == [(3, "QA"), (5, "Decided by")]


def test_what_is_asked_for_behind_a_role_is_no_part_of_it():
    runbook = document("## Sign-off", "", "* [ ] Security Officer (name/date): ____________")
    assert [(slot.line, slot.role) for slot in runbook.signoffs] == [(5, "Security Officer")]


def test_a_bold_label_asks_for_the_command_behind_it():
    assert said(document("- [ ] Switch", "", "  **Verify:** `curl -s https://x/v` shows 5.1")) == [
        ("curl -s https://x/v", None)
    ]


def test_a_rollback_that_says_when_it_is_needed_is_the_way_back():
    runbook = document("## Emergency rollback (if the new certificate is broken)", "", "1. `nginx -t`", "2. Tell #sec")
    assert runbook.triggers == ()
    assert said(runbook) == [("nginx -t", None)]


def test_a_signer_may_have_a_box_behind_the_name():
    runbook = document("## Approval", "", "- SRE lead ☐", "- Search lead: ________ (date: ______)")
    assert [(slot.line, slot.role) for slot in runbook.signoffs] == [(5, "SRE lead"), (6, "Search lead")]
    assert runbook.findings == ()


def test_what_we_do_when_a_limit_is_passed_is_a_trigger():
    runbook = document("We roll back when the error rate is above 2% for 5 minutes. We wait for nobody.")
    assert [(trigger.value, trigger.duration) for trigger in runbook.triggers] == [(2, 300)]
