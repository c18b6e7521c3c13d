"""Which steps wait for sign-offs, because the document says that these come before. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Runbook, SectionRole, Step, StepKind, StepRole

_BEFORE = expression(
    r"\b(?:before|prior\s+to|in\s+advance\s+of|ahead\s+of)\b"
    r"|\b(?:not|nothing|nobody|never|no)\b[^.]*\buntil\b"
    r"|\bpre-?(?:deploy\w*|release|launch|flight|production|go-?live|migration|change|requisites?)\b"
    r"|\b(?:required|needed|necessary|must\s+be\s+\w+)\s+(?:to|for)\s+(?:proceed|continue|go|start|begin|deploy\w*)\b"
    r"|\bgo\s*[/-]\s*no-?\s*go\b",
    re.IGNORECASE,
)


def waiting_for(runbook: Runbook) -> dict[str, tuple[str, ...]]:
    """Of each step that waits: the sign-offs it waits for, in document order.

    The sign-offs of one section, with those below it, belong together; when the text around them says “before”, every
    later step of the walk waits for all of them. The way back, triggers and reference are no part of the walk and
    never wait.
    """
    groups: dict[str, list[Step]] = {}
    for step in runbook.steps:
        if step.kind is StepKind.SIGNOFF:
            groups.setdefault(_together(runbook, step), []).append(step)
    first = [steps for section, steps in groups.items() if _says_before(runbook, section, steps)]
    if not first:
        return {}
    at_step = {step.id: at for at, step in enumerate(runbook.steps)}
    ends = {max(at_step[one.id] for one in steps): steps for steps in first}
    waiting: dict[str, tuple[str, ...]] = {}
    before: tuple[str, ...] = ()
    for at, step in enumerate(runbook.steps):
        if (ended := ends.get(at - 1)) is not None:
            before = (*before, *[one.id for one in ended])
        if before and step.role is not StepRole.TRIGGER and not _off_path(runbook, step):
            waiting[step.id] = before
    return waiting


def _together(runbook: Runbook, step: Step) -> str:
    """The outermost section of sign-offs it stands in, else its own."""
    path = runbook.section_path(step.section)
    return next((section.id for section in path if section.role is SectionRole.SIGNOFF), step.section)


def _says_before(runbook: Runbook, group: str, steps: Iterable[Step]) -> bool:
    sections = {section.id: section for step in steps for section in runbook.section_path(step.section)}
    path = runbook.section_path(group)
    texts = [one.title for one in path[1:] or path]
    texts += [one.prose for name, one in sections.items() if name not in {above.id for above in path[:-1]}]
    texts += [text for step in steps for text in (step.title, step.prose)]
    return any(_BEFORE.search(text) for text in texts)


def _off_path(runbook: Runbook, step: Step) -> bool:
    return any(section.role in runbook.roles_off_path for section in runbook.section_path(step.section))
