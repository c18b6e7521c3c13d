"""Boxes that are the answers to one question: in a list, in a row, in the cells of a table, and beside who signs."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepKind

LETTERS = {"todo": "t", "option": "o", "signoff": "s", "trigger": "c"}


def book(text):
    return read(f"# R\n\n{text}\n".encode(), "r.md")


def roles(text):
    return "".join(LETTERS[role] for step in book(text).steps for role in step.boxes)


@pytest.mark.parametrize(
    "text",
    [
        "Result (chair ticks one):\n\n- [ ] GO\n- [ ] GO without the tram lines\n- [ ] NO-GO, next call at noon",
        "Verdict of the call\n\n- [ ] Go\n- [ ] Go, but only north\n- [ ] No go until Monday",
        "## Decision\n\n- [ ] proceed\n- [ ] hold until the lead is back\n- [ ] abort",
        "Outcome:\n\n- [ ] Approved\n- [ ] Approved subject to retest\n- [ ] Rejected",
        "- Precision\n  - [ ] none (full)\n  - [ ] half\n  - [ ] quarter",
        "Database changes:\n\n- [ ] none\n- [ ] additive only\n- [ ] destructive (→ stop)",
        "Fill in:\n\n- Kiln id: ____\n- Glaze\n  - [ ] matt\n  - [ ] glossy",
        "## Form (fill in before printing)\n\n- [ ] matt\n- [ ] glossy",
        "- [ ] planned work\n- [ ] emergency (storm)",
        "- [ ] announced outage\n- [ ] unannounced outage",
        "- [ ] minor\n- [ ] major",
        "Service affected?\n\n- [ ] yes, fully\n- [ ] yes, in part\n- [ ] no",
        "| Outcome | |\n|---|---|\n| Released | [ ] |\n| Rolled back | [ ] |\n| Postponed | [ ] |",
        "| Result | Tick |\n|---|---|\n| Successful | [ ] |\n| Failed | [ ] |",
        "| Test | OK | NOK |\n|---|---|---|\n| Lights on | [ ] | [ ] |",
        "| Test | Who | Pass | Fail |\n|---|---|---|---|\n| Lights on | Porter | [ ] | [ ] |",
        "| Test | Result |\n|---|---|\n| Lights on | [ ] ok [ ] not ok |",
        "Tick all that apply:\n\n[ ] windows [ ] doors",
    ],
)
def test_one_of_them_is_ticked(text):
    assert set(roles(text)) == {"o"}


@pytest.mark.parametrize(
    "text",
    [
        "Fill in:\n\n- Kiln id: ____\n- Before lighting\n  - [ ] Open the damper\n  - [ ] Sweep the floor",
        "Fill in:\n\n- Kiln id: ____\n- Dampers\n  - [ ] north\n  - [ ] south",
        "Fill in:\n\n- [ ] start date: ____\n- [ ] end date: ____\n- [ ] ticket: KILN-____",
        "- [ ] Planned downtime announced\n- [ ] Emergency contacts printed",
        "- [ ] dev\n- [ ] staging\n- [ ] production",
        "- [ ] no alerts\n- [ ] none of the pods restarted",
        "| Step | Done |\n|---|---|\n| Drain | [ ] |\n| Upgrade | [ ] |",
        "| Task | Done |\n|---|---|\n| Release notes published | [ ] |\n| Old build rolled back on canary | [ ] |",
        "Tick per pair, scribe:\n\n[ ] sw1/2 [ ] sw3/4 [ ] core1",
    ],
)
def test_each_of_them_is_done(text):
    assert set(roles(text)) == {"t"}


@pytest.mark.parametrize(
    "text",
    [
        "- [ ] Which slot? pick one\n  - [ ] 02:00\n  - [ ] 04:00",
        "- [ ] Lid changed?\n  - [ ] yes\n  - [ ] no",
        "- [ ] Lid changed? [ ] yes [ ] no",
        "- [ ] Undone? [ ] no [ ] half of it",
    ],
)
def test_a_box_that_asks_is_a_task_and_those_that_answer_are_none(text):
    assert roles(text) == "too"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("CAB: [ ] approved [ ] approved with conditions [ ] rejected", "ooo"),
        ("Fallback ordered: [ ] yes [ ] no   Head of Metering: ____", "oo"),
        ("Final decision (CTO): GO [ ] NO-GO [ ] — signed: ____", "oo"),
        ("Approved by the service owner: [ ] yes [ ] no, because:", "oo"),
        ("CISO: ☐ full ☐ partial ☐ waived", "ooo"),
        ("- [ ] QA lead: [ ] approved [ ] rejected", "soo"),
        ("| Role | Go? |\n|---|---|\n| QA lead | [ ] yes [ ] no |", "oo"),
        ("| Role | Decision | |\n|---|---|---|\n| QA lead | [ ] go | [ ] no-go |", "oo"),
        ("| Role | Go | No-go |\n|---|---|---|\n| QA lead | [ ] | [ ] |", "ss"),
        ("Sign-off: [ ] QA [ ] Security [ ] Ops lead", "sss"),
    ],
)
def test_the_answers_of_somebody_who_signs_are_a_choice(line, found):
    text = f"## Sign-off\n\n{line}"
    assert roles(text) == found
    assert book(text).signoffs
    assert {step.kind for step in book(text).steps} == {StepKind.SIGNOFF}
