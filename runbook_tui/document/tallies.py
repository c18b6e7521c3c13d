"""The boxes that stand for each step, with their roles: its own, or one for each value that its line offers."""

from __future__ import annotations

from collections import defaultdict

from runbook_tui.document import boxes, offered
from runbook_tui.document.draft import Draft, StepDraft
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import StepRole

_CODE = expression(r"`[^`\n]*`")


def count(draft: Draft) -> None:
    """Give every box of a line to one of the steps that stand on it."""
    by_line: defaultdict[int, list[StepDraft]] = defaultdict(list)
    for step in draft.steps:
        by_line[step.line].append(step)
    for number, steps in by_line.items():
        own = 0
        for step in steps:
            step.boxes = (step.role,) if step.box else ()
            own += len(step.boxes)
        chosen = next((step for step in steps if step.field is not None or step.signoff is not None), None)
        line = draft.lines[number - 1] if chosen is not None else ""
        if chosen is not None and ("[" in line or not line.isascii()):
            row = _CODE.sub("", line) if "`" in line else line
            chosen.boxes += (_role(chosen, row, len(steps)),) * (boxes.inside(row) - own)


def _role(step: StepDraft, row: str, steps: int) -> StepRole:
    """What the boxes of a line are beside that of its step: somebody's, or a choice.

    Where each has an alternative of its own beside it, "CAB: [ ] approved [ ] rejected", they say what was decided.
    """
    if step.signoff is None:
        return StepRole.OPTION
    own = int(step.box)
    return StepRole.OPTION if steps == 1 and offered.answers(row, own) else StepRole.SIGNOFF
