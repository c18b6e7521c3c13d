"""Which boxes stand for one question, of which one is ticked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from runbook_tui.document.runbook import Step, StepKind, StepRole

MOST: Final = 50  # a longer list is no question


def alternatives(steps: Iterable[Step], lines: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Of each step that is one answer of several: all answers to that question, in document order.

    They are the boxes of one list or of the rows of one cell: nothing stands between two of them but what belongs to
    the first. A box that is the only one has no question of its own.
    """
    groups: list[list[Step]] = []
    inside: set[str] = set()  # the answers of the last group, and what stands below them
    for step in steps:
        if step.parent in inside:
            inside.add(step.id)
        elif not _is_answer(step):
            inside = set()
        elif inside and _follows(groups[-1][-1], step, lines):
            groups[-1].append(step)
            inside.add(step.id)
        else:
            groups.append([step])
            inside = {step.id}
    return {step.id: tuple(one.id for one in group) for group in groups if 1 < len(group) <= MOST for step in group}


def _is_answer(step: Step) -> bool:
    return step.role is StepRole.OPTION and step.kind is StepKind.CHECK and len(step.boxes) <= 1


def _follows(before: Step, step: Step, lines: Sequence[str]) -> bool:
    """Whether both are of one list, or of one question's rows: the first of these names it, the others leave it out."""
    if (before.section, before.parent) != (step.section, step.parent):
        return False
    if any(line.strip(" >\t") for line in lines[before.end_line : step.line - 1]):
        return False
    first, second = (_first_cell(line) for line in lines[before.line - 1 : step.line : max(1, step.line - before.line)])
    return second is None or first is None or bool(first) or not second


def _first_cell(line: str) -> str | None:
    """None where the line is no row of a table."""
    said = line.strip(" >\t")
    return said[1:].split("|", 1)[0].strip() if said.startswith("|") else None
