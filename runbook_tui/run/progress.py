"""How far a run has come, and what is next: derived from document and state. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from runbook_tui.document.runbook import Command, Runbook, SectionRole, Step, StepKind, StepRole
from runbook_tui.run.state import RunState, StepPhase
from runbook_tui.run.where import offered, succeeded


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    done: int
    skipped: int
    failed: int
    pending: int
    total: int

    @property
    def settled(self) -> int:
        return self.done + self.skipped


def phase_of(runbook: Runbook, state: RunState, step: Step) -> StepPhase:
    """The step's phase as shown: what was done in this run, else what the document itself has ticked."""
    own = state.step(step.id)
    if own.phase is StepPhase.PENDING and step.checked and not own.fresh and own.at is None:
        return StepPhase.DONE
    if own.phase is StepPhase.PENDING and blocked_by(runbook, state, step):
        return StepPhase.BLOCKED
    return own.phase


def blocked_by(runbook: Runbook, state: RunState, step: Step, now: datetime | None = None) -> str | None:
    """Why the step cannot be taken, or None: at that time, or as it stood when the run last moved."""
    return _not_chosen(runbook, state, step) or _not_approved(runbook, state, step, now or state.last)


def _not_approved(runbook: Runbook, state: RunState, step: Step, now: datetime | None) -> str | None:
    """A sign-off that the document wants before; one that was overridden with a reason holds nobody up meanwhile."""
    for signoff in runbook.waiting.get(step.id, ()):
        own, override = state.step(signoff), state.overrides.get(signoff)
        if own.phase in (StepPhase.DONE, StepPhase.SKIPPED) or (own.at is None and runbook.step_by_id[signoff].checked):
            continue
        if override is not None and (now is None or override.holds(now)):
            continue
        return f"waits for the sign-off “{runbook.step_by_id[signoff].title}”, which comes before it"
    return None


def _not_chosen(runbook: Runbook, state: RunState, step: Step) -> str | None:
    option = _option_of(runbook, step)
    if option is None:
        return None
    choice = next((s for s in runbook.steps if s.kind is StepKind.CHOICE and option in s.options), None)
    if choice is None:
        return None
    chosen = state.step(choice.id).option
    if chosen is None or chosen == option:
        return None
    return f"belongs to an option that was not chosen ({runbook.section_by_id[chosen].title} was)"


def on_path(runbook: Runbook, state: RunState, step: Step) -> bool:
    """Whether the step is part of the walk itself and counts as progress."""
    return walked(runbook, state, step) and not _beside(runbook, state, step)


def walked(runbook: Runbook, state: RunState, step: Step) -> bool:
    """Whether the step is for the walk itself: what counts, and the other answers to its questions."""
    if step.role is StepRole.TRIGGER or step.annotations.get("skip"):
        return False
    if any(section.role in runbook.roles_off_path for section in runbook.section_path(step.section)):
        return False
    return _not_chosen(runbook, state, step) is None


def passed_over(runbook: Runbook, state: RunState, step: Step) -> bool:
    """Whether another answer was ticked to the question that it is one answer to; it can still be ticked as well."""
    answers = runbook.alternatives.get(step.id, ())
    return bool(answers) and _untouched(runbook, state, step.id) and _decided(runbook, state, answers)


def _beside(runbook: Runbook, state: RunState, step: Step) -> bool:
    """Whether it, or what it stands below, is an answer that counts for nothing.

    A question counts once: by its first answer as long as it is open, then by those that were ticked.
    """
    answers = runbook.alternatives.get(step.id, ())
    if answers and _untouched(runbook, state, step.id) and (step.id != answers[0] or _decided(runbook, state, answers)):
        return True
    above = runbook.step_by_id.get(step.parent) if step.parent is not None else None
    while above is not None:
        if passed_over(runbook, state, above):
            return True
        above = runbook.step_by_id.get(above.parent) if above.parent is not None else None
    return False


def _decided(runbook: Runbook, state: RunState, answers: tuple[str, ...]) -> bool:
    return any(not _untouched(runbook, state, answer) for answer in answers)


def _untouched(runbook: Runbook, state: RunState, step: str) -> bool:
    return phase_of(runbook, state, runbook.step_by_id[step]) in (StepPhase.PENDING, StepPhase.BLOCKED)


def path(runbook: Runbook, state: RunState) -> Iterator[Step]:
    return (step for step in runbook.steps if on_path(runbook, state, step))


def progress(runbook: Runbook, state: RunState) -> Progress:
    counts = {"done": 0, "skipped": 0, "failed": 0, "pending": 0}
    total = 0
    for step in path(runbook, state):
        total += 1
        phase = phase_of(runbook, state, step)
        if phase in (StepPhase.DONE, StepPhase.ROLLED_BACK):
            counts["done"] += 1
        elif phase is StepPhase.SKIPPED:
            counts["skipped"] += 1
        elif phase in (StepPhase.FAILED, StepPhase.UNKNOWN):
            counts["failed"] += 1
        else:
            counts["pending"] += 1
    return Progress(total=total, **counts)


def next_step(runbook: Runbook, state: RunState, after: str | None = None) -> Step | None:
    """The next unsettled step of the walk, from the beginning or after a given one (wrapping round)."""
    steps = list(path(runbook, state))
    if after is not None:
        ids = [step.id for step in steps]
        if after in ids:
            cut = ids.index(after) + 1
            steps = steps[cut:] + steps[:cut]
    for step in steps:
        if phase_of(runbook, state, step) not in (StepPhase.DONE, StepPhase.SKIPPED, StepPhase.ROLLED_BACK):
            return step
    return None


def unfinished(runbook: Runbook, state: RunState) -> list[Step]:
    """Steps that still stand between this run and its completion; form fields and optional steps do not."""
    return [
        step
        for step in path(runbook, state)
        if step.kind is not StepKind.FIELD
        and not step.optional
        and phase_of(runbook, state, step) not in (StepPhase.DONE, StepPhase.SKIPPED, StepPhase.ROLLED_BACK)
    ]


def remaining_commands(runbook: Runbook, state: RunState, step: Step) -> list[Command]:
    """The step's commands from the first that has not succeeded since the step was last opened."""
    commands = offered(state, (runbook.command_by_id[command] for command in step.commands))
    for index, command in enumerate(commands):
        if not succeeded(state, step.id, command):
            return commands[index:]
    return []


def _option_of(runbook: Runbook, step: Step) -> str | None:
    for section in reversed(runbook.section_path(step.section)):
        if section.role is SectionRole.OPTION:
            return section.id
    return None
