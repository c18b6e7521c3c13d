"""What a run may be taken back to, and how. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from runbook_tui.document.runbook import Behaviour, Command, Effect, Runbook, Section, SectionRole, Step, StepRole
from runbook_tui.run import recorded
from runbook_tui.run.events import Purpose
from runbook_tui.run.recorded import Group, Part
from runbook_tui.run.sightings import Tier
from runbook_tui.run.state import RunState, StepPhase
from runbook_tui.run.where import hosts_left, may_run, target_of, typed_on

RESTORER = "kubernetes"  # the target that puts recorded objects back
_VERIFIES = re.compile(
    r"\b(?:verif\w*|validat\w*|check\w*|health\w*|confirm\w*|watch\w*|follow|recover\w*)\b", re.IGNORECASE
)


class Origin(StrEnum):
    ANNOTATION = "annotation"  # the step's own `rollback`
    RECORDED = "recorded"  # what was seen before a command changed it
    BESIDE = "beside"  # what the document says beside the step: "To undo: …"
    PROCEDURE = "procedure"  # the document's rollback section
    CRITERION = "criterion"  # the condition for which all this is done


class RollbackItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to undo: a command, or something a person does."""

    id: str
    title: str
    step: str
    origin: Origin
    command: Command | None = None  # None: done by hand
    why_manual: str = ""
    restores: str = ""
    not_restored: tuple[str, ...] = ()
    target: str = ""
    parts: tuple[Part, ...] = ()  # of a recorded item: the objects
    needs: tuple[str, ...] = ()  # items that must not have failed before this one
    verifies: bool = False  # it looks whether the way back was a success
    estimate: float | None = None  # seconds it took in earlier runs
    replaced: str = ""  # why it is not done: something better is
    settled: bool = False
    failed: bool = False


class RollbackPlan(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[RollbackItem, ...]
    changed: tuple[str, ...]  # steps of this run that changed something, newest first
    not_undone: tuple[str, ...]  # those of them that nothing in the plan takes back
    obstacles: tuple[str, ...] = ()  # what was changed and cannot be put back, as sentences

    @property
    def armed(self) -> bool:
        """Something was changed and there is a way back."""
        return bool(self.changed and self.items)

    @property
    def remaining(self) -> list[RollbackItem]:
        """What is still to be done. A criterion is looked at, it does not hold the end up."""
        return [item for item in self.items if not item.settled and item.origin is not Origin.CRITERION]

    @property
    def failed(self) -> list[RollbackItem]:
        return [item for item in self.items if item.failed]

    @property
    def estimate(self) -> float | None:
        """Seconds of what remains, where every command of it has run before."""
        times = [item.estimate for item in self.remaining if item.command is not None]
        return None if not times or None in times else sum(time for time in times if time is not None)


def rollback_plan(runbook: Runbook, state: RunState, times: Mapping[str, float] | None = None) -> RollbackPlan:
    """The inverse of what this run has changed, newest first.

    First the steps' own undos, then what was recorded before commands changed it, then the document's procedure (of a
    phase only where something was done in it, the newest first), then the conditions that made it necessary. Steps
    that changed nothing contribute nothing; an unknown outcome counts as changed, because leaving a change in place is
    the costlier mistake. `times` are seconds by command id or text.
    """
    changed = _changed_steps(runbook, state)
    kept = recorded.groups(state)
    own: list[RollbackItem] = []
    covered: set[str] = {part.step for group in kept for part in group.parts}
    for step_id, commands in changed.items():
        for command in reversed(commands):
            if command.undo:
                covered.add(step_id)
                own.append(_own_item(runbook, state, step_id, command))
    for step in _with_way_back(runbook, state, changed):
        covered.add(step.id)
        known = {item.id for item in own}
        own += [item for item in _command_items(runbook, state, step, step.back, Origin.BESIDE) if item.id not in known]
    own = _chained([_unless_recorded(item, state) for item in own])
    put_back = _recorded_items(runbook, state, kept)
    procedure = _chained([_unless_recorded(item, state) for item in _procedure_items(runbook, state, changed)])
    items = [*own, *put_back, *_each_once(procedure, own), *_criteria(runbook, state)]
    return RollbackPlan(
        items=tuple(_timed(item, times or {}) for item in items),
        changed=tuple(changed),
        not_undone=() if procedure else tuple(step for step in changed if step not in covered),
        obstacles=recorded.obstacles(state),
    )


def _each_once(items: list[RollbackItem], before: list[RollbackItem]) -> list[RollbackItem]:
    """What stands before already is not done again: twice taken back, some things are where they were."""
    there = {
        (item.target, item.command.text.strip()) for item in before if item.command is not None and not item.replaced
    }
    return [
        msgspec.structs.replace(item, settled=True, replaced="the same command is run above")
        if item.command is not None and not item.verifies and (item.target, item.command.text.strip()) in there
        else item
        for item in items
    ]


def _changed_steps(runbook: Runbook, state: RunState) -> dict[str, list[Command]]:
    """Steps with a job, or work by hand, that may have changed something, newest first."""
    acts: list[tuple[datetime, str, Command | None]] = []
    for job in state.jobs.values():
        if job.purpose is not Purpose.STEP or (job.resolution is not None and job.resolution.value == "not_run"):
            continue
        if not recorded.changed_nothing(state.sightings.get(job.job)):
            acts.append((job.started, job.step, runbook.command_by_id.get(job.command)))
    for step, own in state.steps.items():
        for hand in own.by_hand:
            acts += [(hand.at, step, runbook.command_by_id.get(command)) for command in hand.commands]
    changed: dict[str, list[Command]] = {}
    acts.sort(key=lambda act: act[0])  # as they came where the times are the same
    for _, step, command in reversed(acts):
        if command is not None and command.effect is Effect.READ:
            continue
        commands = changed.setdefault(step, [])
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
        id=undo.id,
        title=f"undo: {title}",
        step=step_id,
        origin=Origin.ANNOTATION,
        command=undo,
        restores=title,
        target=target_of(state, command) or state.target,
    )
    return _with_result(item, state)


def _recorded_items(runbook: Runbook, state: RunState, kept: tuple[Group, ...]) -> list[RollbackItem]:
    items: list[RollbackItem] = []
    for group in kept:
        command = _restoring(runbook, state, group)
        capacity = tuple(
            item.id for item in items if item.target == group.system and not item.id.startswith("recorded:traffic")
        )
        item = RollbackItem(
            id=group.id,
            title=f"put back: {group.title}",
            step=group.parts[0].step,
            origin=Origin.RECORDED,
            command=command,
            restores=_what_it_was(group),
            not_restored=tuple(f"{part.title}: {part.not_restored}" for part in group.parts if part.not_restored),
            target=group.system,
            parts=group.parts,
            needs=capacity if group.tier in (Tier.TRAFFIC, Tier.SHRINK) else (),
        )
        items.append(_with_result(item, state))
    return items


def _what_it_was(group: Group) -> str:
    if len(group.parts) == 1:
        return group.parts[0].restores
    return "; ".join(f"{part.title}: {part.restores}" for part in group.parts)


def _restoring(runbook: Runbook, state: RunState, group: Group, *, abort: bool = False) -> Command:
    step = runbook.step_by_id.get(group.parts[0].step)
    return Command(
        id=f"abort:{group.id}" if abort else group.id,
        text=f"take the traffic off {group.title}" if abort else f"restore {group.title}",
        line=step.line if step else 0,
        end_line=step.end_line if step else 0,
        language="rbt",
        section=step.section if step else "",
        step=group.parts[0].step,
        effect=Effect.CHANGE,
        rollback=True,
        target=RESTORER,
        env={"RBT_RESTORE": order_of(group, state, abort=abort)},
    )


def abort_command(runbook: Runbook, state: RunState) -> Command | None:
    """The command that takes the traffic off what is new, or None when this run has moved none."""
    traffic = next((group for group in recorded.groups(state) if group.tier is Tier.TRAFFIC), None)
    return _restoring(runbook, state, traffic, abort=True) if traffic else None


class RestoreOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the target that restores is told: for each object, from which blob, and how this run left it."""

    system: str
    parts: tuple[Part, ...]
    force: tuple[str, ...] = ()  # keys to be put back although somebody else has changed them: a person said so
    abort: bool = False  # only take the traffic off what is new


def order_of(group: Group, state: RunState, *, abort: bool = False) -> str:
    """The order as text, for a command's environment."""
    force = tuple(part.key for part in group.parts if part.key in state.overrides or group.id in state.overrides)
    order = RestoreOrder(system=group.system, parts=group.parts, force=force, abort=abort)
    return msgspec.json.encode(order).decode()


def _chained(items: list[RollbackItem]) -> list[RollbackItem]:
    """One after the other: none is done when one before it failed on the same target."""
    chained: list[RollbackItem] = []
    for item in items:
        before = tuple(one.id for one in chained if one.target == item.target)
        chained.append(msgspec.structs.replace(item, needs=before))
    return chained


def _unless_recorded(item: RollbackItem, state: RunState) -> RollbackItem:
    """`rollout undo` is left to the record where there is one: “the revision before” may be the bad one by then."""
    if item.command is None or item.settled or "undo" not in item.command.text or not state.sightings:
        return item
    from runbook_tui.document import kubectl  # the grammar, only where it is needed: this module is loaded at the start

    call = kubectl.sole(item.command.text)
    if call is None or call.verb != "rollout undo":
        return item
    covered = recorded.covers(state, call)
    if covered is None:
        return item
    if covered:
        return msgspec.structs.replace(item, settled=True, replaced="the record is put back instead")
    why = f"this run changed nothing of it, so that this would take back somebody else's work: {item.title}"
    return msgspec.structs.replace(item, command=None, why_manual=why)


def _criteria(runbook: Runbook, state: RunState) -> list[RollbackItem]:
    """What made the way back necessary must not hold any more; a person looks."""
    return [
        _with_result(
            RollbackItem(
                id=f"criterion:{step.id}",
                title=f"does no longer hold: {step.title}",
                step=step.id,
                origin=Origin.CRITERION,
                why_manual="it was the reason to go back",
                verifies=True,
            ),
            state,
        )
        for step in runbook.steps
        if state.step(step.id).fired
    ]


def _timed(item: RollbackItem, times: Mapping[str, float]) -> RollbackItem:
    if item.command is None:
        return item
    seconds = times.get(item.command.id, times.get(item.command.text))
    return msgspec.structs.replace(item, estimate=seconds) if seconds is not None else item


def _with_way_back(runbook: Runbook, state: RunState, changed: Mapping[str, list[Command]]) -> list[Step]:
    """Steps that were done and have a way back beside them, newest first."""
    steps = [step for step in runbook.steps if step.back and (step.id in changed or _by_hand(runbook, state, step))]
    newest = {step: at for at, step in enumerate(changed)}
    return sorted(steps, key=lambda step: (newest.get(step.id, len(newest)), -step.line))


def _by_hand(runbook: Runbook, state: RunState, step: Step) -> bool:
    """Ticked without a command of this run, which may have been done elsewhere; reading changes nothing."""
    reads = step.commands and all(runbook.command_by_id[name].effect is Effect.READ for name in step.commands)
    return state.step(step.id).phase is StepPhase.DONE and not reads and not state.step(step.id).jobs


def _procedure_items(runbook: Runbook, state: RunState, changed: Mapping[str, list[Command]]) -> list[RollbackItem]:
    """Of phases that have a way back of their own only where something was done before it, the newest phase first."""
    whole: list[RollbackItem] = []
    of_phases: dict[str, list[RollbackItem]] = {}
    works: dict[str, list[Step]] = {}
    for step in runbook.steps:
        path = runbook.section_path(step.section)
        roles = {section.role for section in path}
        if SectionRole.ROLLBACK not in roles or SectionRole.TRIGGERS in roles:
            continue
        own = next(section for section in path if section.role is SectionRole.ROLLBACK)
        items = _step_items(runbook, state, step)
        if own.id not in works:
            works[own.id] = _work_before(runbook, own)
        work = works[own.id]
        if not work:
            whole += items
        elif any(one.id in changed or _by_hand(runbook, state, one) for one in work):
            of_phases.setdefault(own.id, []).extend(items)
    return [item for section in reversed(of_phases) for item in of_phases[section]] + whole


def _work_before(runbook: Runbook, own: Section) -> list[Step]:
    """What a way back that stands within a phase, or among steps, takes back; of the whole document's there is none."""
    above = runbook.section_by_id[own.parent] if own.parent is not None else None
    if above is None or (above.parent is None and not own.beside):
        return []
    return [
        step
        for step in runbook.steps
        if step.line < own.line
        and step.role is not StepRole.TRIGGER
        and above in (path := runbook.section_path(step.section))
        and not any(section.role in runbook.roles_off_path for section in path)
    ]


def _step_items(runbook: Runbook, state: RunState, step: Step) -> list[RollbackItem]:
    if not step.commands:
        item = RollbackItem(
            id=step.id,
            title=step.title,
            step=step.id,
            origin=Origin.PROCEDURE,
            why_manual="the document has no command",
            verifies=_VERIFIES.search(step.title) is not None,
        )
        return [_with_result(item, state)]
    return _command_items(runbook, state, step, step.commands, Origin.PROCEDURE)


def _command_items(
    runbook: Runbook, state: RunState, step: Step, names: Iterable[str], origin: Origin
) -> list[RollbackItem]:
    items = []
    for command in (runbook.command_by_id[name] for name in names):
        why = _why_manual(command, state)
        item = RollbackItem(
            id=command.id,
            title=f"undo: {step.title}" if origin is Origin.BESIDE else step.title,
            step=step.id,
            origin=origin,
            command=None if why else command,
            why_manual=f"{why}: {command.text}" if why else "",
            restores=step.title,
            target=target_of(state, command) or state.target,
            verifies=command.effect is Effect.READ
            or (origin is Origin.PROCEDURE and _VERIFIES.search(step.title) is not None),
        )
        items.append(_with_result(item, state))
    return items


def _why_manual(command: Command, state: RunState) -> str:
    if target_of(state, command) is None:
        return f"is typed on {typed_on(command)}"
    if not may_run(command):
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
    done = job.succeeded
    if item.command is not None and (group := state.last_group(item.step, item.id, Purpose.ROLLBACK)) is not None:
        done = not hosts_left(state, item.step, item.command, group.hosts, Purpose.ROLLBACK)
    return msgspec.structs.replace(item, settled=done, failed=not done and not job.open)
