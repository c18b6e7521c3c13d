"""A document is read as it was written: sections, steps, commands, triggers, sign-offs, and what was not taken."""

import json

import pytest

from runbook_tui.document.reader import Unreadable, read
from runbook_tui.document.runbook import Behaviour, Effect, SectionRole, Source, StepKind, StepRole


def book(text, **more):
    return read(text.encode(), "plan.md", **more)


def titles(runbook, kind=None):
    return [step.title for step in runbook.steps if kind is None or step.kind is kind]


def texts(runbook):
    return [command.text for command in runbook.commands]


def codes(runbook):
    return [finding.code for finding in runbook.findings]


def role_of(runbook, title):
    return next(section.role for section in runbook.sections if section.title == title)


def test_the_smallest_checklist():
    runbook = book("# Ship it\n\n## Before\n\n- [ ] Ask\n- [x] Tell\n\n## After\n\n1. [ ] Rest\n")
    assert runbook.title == "Ship it"
    assert titles(runbook) == ["Ask", "Tell", "Rest"]
    assert [step.checked for step in runbook.steps] == [False, True, False]
    assert [step.line for step in runbook.steps] == [5, 6, 10]
    assert all(step.box for step in runbook.steps)
    assert [section.phase for section in runbook.sections] == [False, True, True]
    assert runbook.findings == ()


def test_boxes_nest_in_boxes():
    runbook = book("# T\n\n- [ ] **Server ready**\n  - [ ] Disk: 10GB\n    - [x] deep\n- [ ] Next\n")
    assert [step.depth for step in runbook.steps] == [0, 1, 2, 0]
    assert runbook.steps[1].parent == runbook.steps[0].id
    assert runbook.steps[0].title == "Server ready"


def test_boxes_under_plain_items_are_found():
    assert titles(book("# T\n\n- Machines\n  - [ ] web\n  - [ ] db\n")) == ["web", "db"]


def test_glyph_boxes_count_too():
    runbook = book("# T\n\n- ☐ open\n- ☑ done\n")
    assert [(step.title, step.checked) for step in runbook.steps] == [("open", False), ("done", True)]


def test_struck_and_optional_tasks():
    runbook = book("# T\n\n- [ ] ~~old~~ (SKIPPED)\n- [ ] Tracing (optional)\n- [ ] must\n")
    assert [step.optional for step in runbook.steps] == [True, True, False]


def test_unknown_tags_in_a_title_are_placeholders_and_stay():
    assert titles(book("# T\n\n- [ ] Restart <service> & `x`<br>now\n")) == ["Restart <service> & xnow"]


def test_numbered_comments_title_the_commands():
    text = "# T\n\n```bash\n# 1. Check\nls\nls -l\n\n# 2. Build and tag\ndocker build .\n# Expected: an image\n```\n"
    runbook = book(text)
    assert titles(runbook) == ["Check", "Build and tag"]
    assert [len(step.commands) for step in runbook.steps] == [2, 1]
    assert runbook.commands[2].expect == "an image"
    assert [command.line for command in runbook.commands] == [5, 6, 9]


def test_a_short_lead_in_titles_a_fence_without_comments():
    assert titles(book("# T\n\nRestart the API:\n\n```sh\nsystemctl restart api\n```\n")) == ["Restart the API"]


def test_without_a_lead_in_the_first_command_is_the_title():
    assert titles(book("# T\n\n```sh\ndate\nls\n```\n")) == ["date"]


def test_a_bold_line_is_a_heading():
    runbook = book(
        "# T\n\n## Phase 1\n\n**Checkpoints**:\n- [ ] a\n\n**Mission A (x)**:\n```bash\n./a.sh\n```\n\n## Phase 2\n\n- [ ] b\n"
    )
    assert [(section.title, section.level) for section in runbook.sections] == [
        ("T", 1), ("Phase 1", 2), ("Checkpoints", 3), ("Mission A (x)", 3), ("Phase 2", 2),
    ]  # fmt: skip
    assert [section.title for section in runbook.sections if section.phase] == ["Phase 1", "Phase 2"]
    assert titles(runbook) == ["a", "Mission A (x)", "b"]


@pytest.mark.parametrize(
    "line", ["**Date**: 24 August", "**Everything is fine and ready for all of us.**", "**Note:** careful"]
)
def test_a_bold_start_is_not_always_a_heading(line):
    assert [section.title for section in book(f"# T\n\n{line}\n\n- [ ] a\n").sections] == ["T"]


def test_a_document_without_headings_still_has_a_section():
    runbook = book("- [ ] a\n\n```sh\nls\n```\n")
    assert runbook.title == "plan"
    assert [section.title for section in runbook.sections] == ["plan"]
    assert {step.section for step in runbook.steps} == {runbook.sections[0].id}


def test_rollback_triggers_are_no_progress():
    runbook = book(
        "# T\n\n## Rollback Criteria\n\nImmediately rollback if:\n\n- [ ] Error rate > 10% for 5+ minutes\n- [ ] Data lost\n\n"
        "### Rollback Procedure\n\n```bash\n# Quick\nkubectl rollout undo deploy/api\n# Watch\nwatch kubectl get pods\n```\n"
    )
    assert [step.role for step in runbook.steps[:2]] == [StepRole.TRIGGER, StepRole.TRIGGER]
    assert [(item.op, item.value, item.duration) for item in runbook.triggers] == [(">", 10, 300), (None, None, None)]
    assert runbook.triggers[0].step == runbook.steps[0].id
    assert len(runbook.rollback_commands) == 2
    assert runbook.commands[1].behaviour is Behaviour.ENDLESS
    assert role_of(runbook, "Rollback Criteria") is SectionRole.TRIGGERS
    assert role_of(runbook, "Rollback Procedure") is SectionRole.ROLLBACK


def test_triggers_under_a_bold_lead_in_and_as_plain_bullets():
    runbook = book(
        "# T\n\n## Safety\n\n**Automatic Rollback Triggers**:\n- [ ] GPU > 95%\n\n## Watch\n\nConsider rollback if:\n\n- p95 > 200ms\n\nElse:\n\n- [ ] go on\n"
    )
    assert [(item.text, str(item.polarity)) for item in runbook.triggers] == [
        ("GPU > 95%", "do"),
        ("p95 > 200ms", "consider"),
    ]
    assert [step.role for step in runbook.steps] == [StepRole.TRIGGER, StepRole.TODO]


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("🔄 5. Rollback Procedure", SectionRole.ROLLBACK),
        ("Emergency rollback", SectionRole.ROLLBACK),
        ("Roll-back plan (if needed)", SectionRole.ROLLBACK),
        ("When to rollback", SectionRole.TRIGGERS),
        ("Abort Criteria", SectionRole.TRIGGERS),
        ("Prepare Rollback Buffer", SectionRole.PHASE),
        ("Post-Rollback Review", SectionRole.PHASE),
        ("Safety and Rollback Systems", SectionRole.PHASE),
        ("Update and rollback", SectionRole.PHASE),
        ("Day 3-7", SectionRole.WINDOW),
        ("First 24 Hours", SectionRole.WINDOW),
        ("Troubleshooting", SectionRole.EMERGENCY),
        ("Emergency Procedures", SectionRole.EMERGENCY),
        ("Emergency Contacts", SectionRole.REFERENCE),
        ("Table of Contents", SectionRole.REFERENCE),
        ("Version History", SectionRole.REFERENCE),
        ("Authentication & Authorization", SectionRole.PHASE),
        ("Deployment", SectionRole.PHASE),
    ],
)
def test_the_words_of_a_heading_give_its_role(heading, role):
    assert role_of(book(f"# T\n\n## {heading}\n\ntext\n\n## Other\n"), heading) is role


def test_ordered_items_of_a_procedure_are_steps_and_others_are_prose():
    runbook = book("# T\n\n## Go-Live Steps\n\n1. Deploy\n2. Watch\n\n## Background\n\n1. History\n2. More\n")
    assert titles(runbook) == ["Deploy", "Watch"]
    assert not any(step.box for step in runbook.steps)
    assert "History" in runbook.sections[2].prose


def test_options_are_one_choice():
    runbook = book(
        "# T\n\n## Ways\n\n### Option 1: Docker\n\n```sh\ndocker-compose up -d\n```\n\n### Option 2: Systemd\n\n```sh\nsystemctl start x\n```\n"
    )
    (choice,) = [step for step in runbook.steps if step.kind is StepKind.CHOICE]
    assert choice.title == "Ways"
    assert [runbook.section_by_id[option].title for option in choice.options] == [
        "Option 1: Docker",
        "Option 2: Systemd",
    ]
    assert runbook.steps[0] is choice
    assert role_of(runbook, "Ways") is SectionRole.OPTIONS


def test_sign_offs_of_every_shape():
    runbook = book(
        "# T\n\n## Sign-Off\n\n- [ ] **Team Lead**: ________ Date: _____\n- [ ] Security officer\n- QA Lead: ______\n"
        "- [ ] Tech Lead: ____ (date) ____ (signature)\n- [ ] Ops Lead: ********\\_******** Date: **\\_\\_\\_**\n\n"
        "| Role | Name | Signature | Date |\n|---|---|---|---|\n| CTO | | | |\n\n**Platform Approval:** ______ Date: ____\n"
    )
    assert [slot.role for slot in runbook.signoffs] == [
        "Team Lead",
        "Security officer",
        "QA Lead",
        "Tech Lead",
        "Ops Lead",
        "CTO",
        "Platform Approval",
    ]
    assert [slot.fields for slot in runbook.signoffs] == [
        ("name", "date"), (), ("name",), ("date", "signature"), ("name", "date"), ("name", "signature", "date"), ("name", "date"),
    ]  # fmt: skip
    assert all(step.kind is StepKind.SIGNOFF and step.role is StepRole.SIGNOFF for step in runbook.steps)


def test_contacts_do_not_sign():
    runbook = book("# T\n\n## Emergency Contacts\n\n- **Security Team**: ______\n")
    assert runbook.signoffs == ()
    assert [field.label for field in runbook.fields] == ["Security Team"]


def test_fields_to_fill_in():
    runbook = book("# T\n\n**Deployment Date**: ________\n\n**Decision**: [ ] GO  [ ] NO-GO\n\nResult: PASS / FAIL\n")
    assert [(field.label, field.choices) for field in runbook.fields] == [
        ("Deployment Date", None), ("Decision", ("GO", "NO-GO")), ("Result", ("PASS", "FAIL")),
    ]  # fmt: skip
    assert codes(runbook) == []


def test_commands_in_tasks_belong_to_their_task():
    runbook = book(
        "# T\n\n- [ ] Install: `uv sync`\n- [ ] Set `MODE=live` and `numpy`\n- [ ] Apply (`kubectl apply -f ...`)\n"
    )
    assert texts(runbook) == ["uv sync", "kubectl apply -f ..."]
    assert {command.source for command in runbook.commands} == {Source.INLINE}
    assert runbook.commands[1].why_not == "placeholder"
    assert [len(step.commands) for step in runbook.steps] == [1, 0, 1]


def test_a_fence_in_a_task_belongs_to_the_task():
    runbook = book("# T\n\n- [ ] Stop it\n\n  ```bash\n  systemctl stop api\n  ```\n")
    assert len(runbook.steps) == 1
    assert runbook.command_by_id[runbook.steps[0].commands[0]].text == "systemctl stop api"


@pytest.mark.parametrize(
    ("fence", "why"),
    [
        ("A=1\nB=2", "env-file"),
        ("kubectl get <ns>", "placeholder"),
        ("*/5 * * * * root /x", "config"),
        ("foo: bar", "config"),
        ("please ask the owner of it", "not-shell"),
    ],
)
def test_shell_labels_do_not_make_commands(fence, why):
    (command,) = book(f"# T\n\n```bash\n{fence}\n```\n").commands
    assert not command.runnable
    assert command.why_not == why


def test_a_variable_that_is_used_later_is_really_set():
    runbook = book("# T\n\n```bash\nexport NS=prod\n```\n\n```bash\nkubectl get pods -n $NS\n```\n")
    assert [command.runnable for command in runbook.commands] == [True, True]


@pytest.mark.parametrize("language", ["yaml", "python", "dockerfile", "json", "promql", "sql", "mermaid", "js"])
def test_other_languages_are_shown_not_run(language):
    runbook = book(f"# T\n\n```{language}\nls -l\n```\n")
    assert runbook.commands == ()
    assert "ls -l" in runbook.sections[0].prose


def test_unlabelled_commands_are_offered_not_run_and_other_text_is_prose():
    runbook = book("# T\n\n```\nkubectl get pods\n```\n\n```\n├── tree\n```\n")
    assert [(command.text, command.why_not) for command in runbook.commands] == [("kubectl get pods", "unlabelled")]
    assert "tree" in runbook.sections[0].prose


def test_root_prompts_of_a_console_are_prompts():
    runbook = book("# T\n\n```console\n# systemctl stop api\n# ls -l\n```\n")
    assert [(command.text, command.prompt, command.line) for command in runbook.commands] == [
        ("systemctl stop api", "#", 4),
        ("ls -l", "#", 5),
    ]


def test_expected_output_is_no_command():
    (command,) = book("# T\n\nExpected output:\n\n```bash\nREADY yes\n```\n").commands
    assert command.why_not == "output"


def test_a_session_is_not_run_here():
    runbook = book("# T\n\n```bash\nssh db-1\nsudo rm -rf /srv/old\n```\n")
    assert [(command.runnable, command.why_not, command.in_session) for command in runbook.commands] == [
        (True, None, False),
        (False, "session", True),
    ]
    assert "RB136" in codes(runbook)


def test_a_hidden_override_in_a_command_disarms_it():
    runbook = book("# T\n\n```bash\necho ok \u202e# rm\nls\n```\n")
    assert [command.why_not for command in runbook.commands] == ["control-characters", None]
    assert "\u202e" not in runbook.commands[0].text
    assert "RB104" in codes(runbook)


def test_no_control_character_reaches_the_screen():
    runbook = book("# T\x1b]0;x\x07\n\n**bo\u202eld**:\n- [ ] ta\x9bsk\n\npro\x1bse\n\n```bash\nls \x1b[2J\n```\n")
    said = json.dumps(
        [
            runbook.title,
            [s.title + s.prose for s in runbook.sections],
            [s.title + s.prose for s in runbook.steps],
            list(runbook.lines),
            texts(runbook),
        ],
        ensure_ascii=False,
    )
    assert not any(mark in said for mark in "\x1b\x07\x9b\u202e")


def test_boxes_that_were_not_taken_are_told():
    runbook = book(
        "# T\n\n```yaml\n- [ ] a\n- [ ] b\n```\n\n<!--\n- [ ] c\n-->\n\n| ☐ | y |\n|---|---|\n| c | d |\n\ntext [ ] inline\n"
    )
    assert [(finding.code, finding.line) for finding in runbook.findings] == [
        ("RB120", 3),
        ("RB121", 8),
        ("RB122", 12),
        ("RB123", 16),
    ]
    assert "2 boxes were seen" in runbook.findings[0].message


def test_an_unclosed_fence_is_told_and_read():
    runbook = book("# T\n\n```bash\nls -l\n")
    assert codes(runbook) == ["RB130"]
    assert texts(runbook) == ["ls -l"]


def test_admonitions_and_details_are_unwrapped():
    runbook = book(
        "# T\n\n> [!NOTE]\n> ```bash\n> date\n> ```\n\n<details>\n<summary>More</summary>\n\n- [ ] a\n\n</details>\n\n"
        "```{note}\n- [ ] b\n```\n\n:::tip\n- [ ] c\n:::\n\n!!! warning\n    - [ ] d\n"
    )
    assert texts(runbook) == ["date"]
    assert [(step.title, step.line) for step in runbook.steps if step.box] == [
        ("a", 11),
        ("b", 16),
        ("c", 20),
        ("d", 24),
    ]


def test_windows_are_read_with_their_words():
    runbook = book("# T\n\n## Setup (30 minutes)\n\n- [ ] a\n\n## Watch\n\n**Hour 6**: look again\n- [ ] b\n")
    assert [(window.text, window.duration, window.end) for window in runbook.windows] == [
        ("30 minutes", 1800, None),
        ("Hour 6", None, 21600),
    ]
    assert role_of(runbook, "Hour 6") is SectionRole.WINDOW


def test_success_criteria_with_numbers_are_conditions():
    runbook = book(
        "# T\n\n## Alerts\n\n- **Critical Alerts:**\n  - Error rate > 5%\n  - Down\n- **Warning Alerts:**\n  - p95 > 5s\n\n- [ ] Coverage > 90%\n"
    )
    assert [(item.metric, item.severity, item.step is not None) for item in runbook.conditions] == [
        ("error rate", "critical", False), ("p95", "warning", False), ("coverage", "gate", True),
    ]  # fmt: skip


def test_front_matter_and_lines_after_it():
    runbook = book("---\ntitle: Night\ntarget: web-1\nrbt:\n  cwd: /srv\n---\n\n```bash\nls\n```\n")
    assert runbook.title == "Night"
    assert (runbook.commands[0].target, runbook.commands[0].cwd, runbook.commands[0].line) == ("web-1", "/srv", 9)


def test_annotations_near_win_over_far():
    runbook = book(
        "---\nrbt: {timeout: 10}\n---\n# T\n\n<!-- rbt: timeout=1m target=web -->\n## A\n\n```bash\nls\n```\n\n"
        '<!-- rbt: timeout=2m -->\n```bash {"timeout":"30s","rollback":"undo it"}\nmake x\nmake y\n```\n\n'
        "```sh { interactive=true confirm=yes wibble=1 }\n./menu.sh\n```\n",
        sidecar={"commands": {}, "secret": "TOKEN"},
    )
    assert [command.timeout for command in runbook.commands] == [60, 30, 30, 60]
    assert [command.target for command in runbook.commands] == ["web"] * 4
    assert [command.undo for command in runbook.commands] == [None, None, "undo it", None]
    assert runbook.commands[3].behaviour is Behaviour.INTERACTIVE
    assert runbook.commands[3].confirm
    assert runbook.commands[0].secrets == ("TOKEN",)
    assert codes(runbook) == ["RB111"]


def test_a_sidecar_speaks_of_one_step():
    text = "# T\n\n## A\n\n- [ ] Go `make it`\n"
    step = book(text).steps[0].id
    assert book(text, sidecar={"steps": {step: {"timeout": 5}}}).commands[0].timeout == 5


def test_a_sidecar_gives_a_box_without_a_command_its_gate():
    text = "# T\n\n## A\n\n- [ ] Wait for 300 s\n- [ ] Look\n"
    beside = {"steps": {"wait for 300 s": {"gate": "canary"}, "Look": {"skip": True}}}
    assert [step.annotations for step in book(text, sidecar=beside).steps] == [{"gate": "canary"}, {"skip": True}]


def test_targets_of_front_matter_and_sidecar_are_kept_as_written():
    front = "---\ntargets:\n  web: deploy@web1:2222\n  gpus: {hosts: 'gpu-[01-16]', batch: 25%}\n---\n# T\n"
    runbook = read(front.encode(), "t.md", {"targets": {"web": "root@web2", "db": ["db1"]}})
    assert runbook.targets == {
        "web": "root@web2",
        "gpus": {"hosts": "gpu-[01-16]", "batch": "25%"},
        "db": ["db1"],
    }
    assert codes(runbook) == []
    inner = read(b"---\nrbt: {targets: {web: web1}}\n---\n# T\n", "t.md", {"rbt": {"targets": {"db": "db1"}}})
    assert (inner.targets, codes(inner)) == ({"web": "web1", "db": "db1"}, [])


def test_targets_that_are_no_mapping_are_told():
    assert codes(read(b"---\ntargets: [web1]\n---\n# T\n", "t.md", {"targets": "x"})) == ["RB114", "RB114"]
    assert codes(read(b"# T\n\n<!-- rbt: targets=web -->\n```bash\nls\n```\n", "t.md")) == ["RB111"]


def test_front_matter_that_is_no_mapping_is_told():
    assert codes(book("---\n- a\n- [\n---\n\n- [ ] x\n")) == ["RB110"]


def test_ids_stay_when_text_is_added_elsewhere():
    text = "# T\n\n## B\n\n- [ ] Check the disk\n\n```bash\nls\n```\n"
    before, after = book(text), book(text.replace("## B", "## A\n\n- [ ] New\n\n## B"))
    assert {step.id for step in before.steps} < {step.id for step in after.steps}
    assert {command.id for command in before.commands} == {command.id for command in after.commands}
    assert before.steps[0].id == "b/check-the-disk"


def test_equal_steps_get_numbered_ids():
    runbook = book("# T\n\n## A\n\n- [ ] Same\n- [ ] Same\n")
    assert [step.id for step in runbook.steps] == ["a/same", "a/same~2"]


def test_setext_headings_and_several_titles():
    runbook = book("One\n===\n\n- [ ] a\n\nTwo\n===\n\n- [ ] b\n")
    assert [section.level for section in runbook.sections] == [1, 1]


def test_prose_stands_with_its_section_and_step():
    runbook = book("# T\n\nRead **this**.\n\n- [ ] a\n\n  with care\n")
    assert runbook.sections[0].prose == "Read **this**."
    assert runbook.steps[0].prose == "with care"


def test_a_destructive_command_is_known():
    assert book("# T\n\n```bash\nrm -rf /srv/x\n```\n").commands[0].effect is Effect.DESTROY


def test_an_empty_file_is_refused():
    with pytest.raises(Unreadable, match=r"plan\.md is empty"):
        read(b"", "plan.md")


def test_what_is_nested_without_end_is_no_document():
    with pytest.raises(Unreadable, match="nested too deeply"):
        read(b"> " * 5_000 + b"x\n", "deep.md")
