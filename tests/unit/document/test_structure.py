"""Documents as people write them, annotated by hand before the parser saw them: what is found, and what is not."""

from pathlib import Path

import pytest
import yaml

from runbook_tui.document.reader import read

FOLDER = Path(__file__).parent / "structure"
NAMES = sorted(path.stem for path in FOLDER.glob("*.md"))


def load(name):
    gold = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return read((FOLDER / f"{name}.md").read_bytes(), f"{name}.md"), gold


def seen(runbook):
    return {
        "boxes": {step.line: str(step.role) for step in runbook.steps if step.box},
        "triggers": {trigger.line: str(trigger.polarity) for trigger in runbook.triggers},
        "signoffs": {slot.line: slot.role for slot in runbook.signoffs},
        "phases": {section.line: True for section in runbook.sections if section.phase},
    }


def wanted(gold):
    return {
        **{kind: gold[kind] for kind in ("boxes", "triggers", "signoffs")},
        "phases": dict.fromkeys(gold["phases"], True),
    }


def differences(name):
    runbook, gold = load(name)
    mine, theirs = seen(runbook), wanted(gold)
    for kind, right in theirs.items():
        for line in sorted(right.keys() | mine[kind].keys()):
            if right.get(line) != mine[kind].get(line):
                yield kind, line, right.get(line), mine[kind].get(line), runbook.lines[line - 1]


@pytest.mark.parametrize(("kind", "least"), [("boxes", 0.97), ("signoffs", 0.95), ("triggers", 0.95), ("phases", 0.95)])
def test_what_was_annotated_by_hand_is_found_and_nothing_else(kind, least):
    hits = found = there = 0
    for name in NAMES:
        runbook, gold = load(name)
        mine, theirs = seen(runbook)[kind], wanted(gold)[kind]
        found += len(mine)
        there += len(theirs)
        hits += sum(mine.get(line) == value for line, value in theirs.items())
    assert hits / found >= least
    assert hits / there >= least


@pytest.mark.parametrize("name", NAMES)
def test_boxes_that_are_no_tasks_are_told(name):
    runbook, gold = load(name)
    told = sum(finding.boxes for finding in runbook.findings)
    assert told == gold["reported"]
