"""What a run may be taken back to, and how. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from runbook_tui.document.runbook import Behaviour, Command, Effect, Runbook, SectionRole, Step
from runbook_tui.run.events import Purpose
from runbook_tui.run.progress import runs
from runbook_tui.run.state import RunState


class Origin(StrEnum):
    ANNOTATION = "annotation"  # the step's own `rollback`
    PROCEDURE = "procedure"  # the document's rollback section


class RollbackItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to undo: a command, or something a person does."""

    id: str
    title: str
    step: str
    origin: Origin
    command: Command | None = None  # None: done by hand
    why_manual: str = ""
    restores: str = ""
    settled: bool = False
    failed: bool = False


class RollbackPlan(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[RollbackItem, ...]
    changed: tuple[str, ...]  # steps of this run that changed something, newest first
    not_undone: tuple[str, ...]  # those of them that neither a step's own undo nor a procedure takes back

    @property
    def armed(self) -> bool:
        """Something was changed and there is a way back."""
        return bool(self.changed and self.items)

    @property
    def remaining(self) -> list[RollbackItem]:
        return [item for item in self.items if not item.settled]


def rollback_plan(runbook: Runbook, state: RunState) -> RollbackPlan:
    """The inverse of what this run has changed, newest first, then the document's own procedure.

    Steps that changed nothing contribute nothing; an unknown outcome counts as changed,
    because leaving a change in place is the costlier mistake.
    """
    changed = _changed_steps(runbook, state)
    own: list[RollbackItem] = []
    covered: set[str] = set()
    for step_id, commands in changed.items():
        for command in reversed(commands):
            if command.undo:
                covered.add(step_id)
                own.append(_own_item(runbook, state, step_id, command))
    procedure = _procedure_items(runbook, state)
    return RollbackPlan(
        items=(*own, *procedure),
        changed=tuple(changed),
        not_undone=() if procedure else tuple(step for step in changed if step not in covered),
    )


def _changed_steps(runbook: Runbook, state: RunState) -> dict[str, list[Command]]:
    """Steps with a job that may have changed something, newest first."""
    changed: dict[str, list[Command]] = {}
    for job in reversed(state.jobs.values()):
        command = runbook.command_by_id.get(job.command)
        if job.purpose is not Purpose.STEP or (command is not None and command.effect is Effect.READ):
            continue
        if job.resolution is not None and job.resolution.value == "not_run":
            continue
        commands = changed.setdefault(job.step, [])
        if command is not None and command not in commands:
            commands.insert(0, command)
    return changed


def _own_item(runbook: Runbook, state: RunState, step_id: str, command: Command) -> RollbackItem:
    undo = Command(
        id=f"{command.id}!undo",
        text=command.undo or "",
        line=command.line,
        end_line=command.end_line,
        language=command.language,
        section=command.section,
        step=step_id,
        placeholders=tuple(name for name in command.placeholders if name in (command.undo or "")),
        effect=Effect.CHANGE,
        rollback=True,
        target=command.target,
        cwd=command.cwd,
        timeout=command.timeout,
    )
    title = runbook.step_by_id[step_id].title if step_id in runbook.step_by_id else step_id
    item = RollbackItem(
        id=undo.id, title=f"undo: {title}", step=step_id, origin=Origin.ANNOTATION, command=undo, restores=title
    )
    return _with_result(item, state)


def _procedure_items(runbook: Runbook, state: RunState) -> list[RollbackItem]:
    items: list[RollbackItem] = []
    for step in runbook.steps:
        roles = {section.role for section in runbook.section_path(step.section)}
        if SectionRole.ROLLBACK not in roles or SectionRole.TRIGGERS in roles:
            continue
        items += _step_items(runbook, state, step)
    return items


def _step_items(runbook: Runbook, state: RunState, step: Step) -> list[RollbackItem]:
    commands = [runbook.command_by_id[command] for command in step.commands]
    if not commands:
        item = RollbackItem(
            id=step.id,
            title=step.title,
            step=step.id,
            origin=Origin.PROCEDURE,
            why_manual="the document has no command",
        )
        return [_with_result(item, state)]
    items = []
    for command in commands:
        why = _why_manual(command)
        item = RollbackItem(
            id=command.id,
            title=step.title,
            step=step.id,
            origin=Origin.PROCEDURE,
            command=None if why else command,
            why_manual=f"{why}: {command.text}" if why else "",
            restores=step.title,
        )
        items.append(_with_result(item, state))
    return items


def _why_manual(command: Command) -> str:
    if not runs(command):
        return f"not run by machine ({command.why_not or 'belongs to another session'})"
    if command.behaviour is Behaviour.ENDLESS:
        return "never ends by itself"
    if command.behaviour is Behaviour.INTERACTIVE:
        return "wants a terminal"
    return ""


def _with_result(item: RollbackItem, state: RunState) -> RollbackItem:
    rollback = state.rollback
    if rollback is None:
        return item
    if item.id in rollback.settled:
        return msgspec.structs.replace(item, settled=True)
    job = state.last_job(item.step, item.id, Purpose.ROLLBACK)
    if job is None:
        return item
    return msgspec.structs.replace(item, settled=job.succeeded, failed=not job.succeeded and not job.open)
