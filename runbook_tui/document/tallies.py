"""The boxes that stand for each step, with their roles: its own, or one for each value that its line offers."""

from __future__ import annotations

import re
from collections import defaultdict

from runbook_tui.document import boxes
from runbook_tui.document.draft import Draft, StepDraft
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import StepRole

_CODE = expression(r"`[^`\n]*`")
# what comes out of a check; a decision is a choice
_RESULT = expression(r"\W*(?:pass(?:ed)?|fail(?:ed|ure)?|n?ok|not\s+ok|done|not\s+done|success|n/?a)\W*", re.IGNORECASE)


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
            others = boxes.inside(_CODE.sub("", line) if "`" in line else line) - own
            chosen.boxes += (_role(draft, chosen),) * others


def _role(draft: Draft, step: StepDraft) -> StepRole:
    """What the boxes of a line are beside that of its step: somebody's, the results of a check, or a choice."""
    if step.signoff is not None:
        return StepRole.SIGNOFF
    choices = draft.fields[step.field].choices if step.field is not None else None
    results = bool(choices) and not step.box and all(map(_RESULT.fullmatch, choices or ()))
    return StepRole.TODO if results else StepRole.OPTION
