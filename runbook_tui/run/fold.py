"""state = fold(events): the only way a run's state comes to be. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch

from msgspec.structs import replace

from runbook_tui.run import events as e
from runbook_tui.run.anchors import wants_anchor
from runbook_tui.run.exits import describe_exit
from runbook_tui.run.gate_fold import gates_after
from runbook_tui.run.hand_fold import deeds_after, hands_after
from runbook_tui.run.material import is_material, material_link, void_signoffs
from runbook_tui.run.people_fold import people_after
from runbook_tui.run.sightings import Sighting
from runbook_tui.run.state import (
    DocumentChange,
    GroupState,
    Held,
    JobPhase,
    JobState,
    Note,
    Override,
    RollbackState,
    RunState,
    StepPhase,
    Variable,
    touch,
)


def fold(records: Iterable[e.Record], state: RunState | None = None) -> RunState:
    """The state after these records, going on from `state`.

    Dictionaries are copied once per call and not once per event, so that opening a run
    of 100,000 events stays linear; `state` itself is never changed.
    """
    before = state or RunState()
    after = replace(
        before,
        variables=dict(before.variables),
        steps=dict(before.steps),
        jobs=dict(before.jobs),
        groups=dict(before.groups),
        signoffs=dict(before.signoffs),
        shell=dict(before.shell),
        sightings=dict(before.sightings),
        overrides=dict(before.overrides),
    )
    for record in records:
        if record.seq <= after.seq:
            continue  # an event seen twice changes nothing
        moves = is_material(record.event)
        if moves and after.signoffs:
            void_signoffs(record, after)
        changed = _apply(record.event, record, after)
        after = replace(
            changed,
            run=record.run,
            seq=record.seq,
            deeds=deeds_after(record, changed),
            head=record.hash,
            last=record.at,
            material=material_link(after.material, record.hash) if moves else after.material,
            material_seq=record.seq if moves else after.material_seq,
            anchor_wanted=record.seq if wants_anchor(record.event) else after.anchor_wanted,
        )
    return after


@singledispatch
def _apply(event: e.Event, record: e.Record, state: RunState) -> RunState:
    raise TypeError(f"no fold for {type(event).__name__}")


@_apply.register
def _(event: e.RunStarted, record: e.Record, state: RunState) -> RunState:
    return replace(
        state,
        title=event.title,
        source=event.source,
        document=event.document,
        sidecar=event.sidecar,
        beside=event.beside,
        started=record.at,
        target=event.target,
        profile=event.profile,
        ticket=event.ticket,
        cwd=event.cwd,
        hosts=event.hosts,
        inventory=event.inventory,
        rehearsal=event.rehearsal,
    )


@_apply.register
def _(event: e.RehearsalJudged, record: e.Record, state: RunState) -> RunState:
    return replace(state, ready=event.ready, not_ready=event.reasons)


@_apply.register
def _(event: e.DocumentChanged, record: e.Record, state: RunState) -> RunState:
    change = DocumentChange(
        at=record.at, document=event.document, added=event.added, removed=event.removed, changed=event.changed
    )
    changes = (*state.changes, change)
    return replace(state, document=event.document, sidecar=event.sidecar, beside=event.beside, changes=changes)


@_apply.register
def _(event: e.VariableSet, record: e.Record, state: RunState) -> RunState:
    state.variables[event.name] = Variable(value=event.value, secret=event.secret)
    return state


@_apply.register
def _(event: e.OptionChosen, record: e.Record, state: RunState) -> RunState:
    touch(state, event.step, phase=StepPhase.DONE, option=event.option, by=record.actor, at=record.at, reason=None)
    return state


@_apply.register
def _(event: e.StepTicked, record: e.Record, state: RunState) -> RunState:
    touch(state, event.step, phase=StepPhase.DONE, by=record.actor, at=record.at, reason=None)
    return state


@_apply.register
def _(event: e.StepReopened, record: e.Record, state: RunState) -> RunState:
    touch(
        state,
        event.step,
        phase=StepPhase.PENDING,
        by=record.actor,
        at=record.at,
        reason=event.reason or None,
        option=None,
        fired=False,
        value=None,
        fresh=len(state.step(event.step).jobs),
    )
    return state


@_apply.register
def _(event: e.StepSkipped, record: e.Record, state: RunState) -> RunState:
    touch(state, event.step, phase=StepPhase.SKIPPED, by=record.actor, at=record.at, reason=event.reason)
    return state


@_apply.register
def _(event: e.FieldFilled, record: e.Record, state: RunState) -> RunState:
    touch(state, event.step, phase=StepPhase.DONE, value=event.value, by=record.actor, at=record.at, reason=None)
    return state


@_apply.register
def _(event: e.PlaceGiven, record: e.Record, state: RunState) -> RunState:
    return replace(state, accepted={**state.accepted, event.said: event.target})


@_apply.register
def _(event: e.PreflightAccepted, record: e.Record, state: RunState) -> RunState:
    seen = frozenset(event.hosts)
    return replace(
        state,
        looked_at=(state.looked_at | seen) - frozenset(event.left_out),
        left_out=(state.left_out - seen) | frozenset(event.left_out),
    )


@_apply.register
def _(event: e.FleetStarted, record: e.Record, state: RunState) -> RunState:
    state.groups[event.group] = GroupState(
        group=event.group,
        step=event.step,
        command=event.command,
        fleet=event.fleet,
        hosts=event.hosts,
        todo=event.todo,
        purpose=event.purpose,
        first=len(state.step(event.step).jobs),
    )
    if event.purpose is e.Purpose.STEP:
        touch(state, event.step, phase=StepPhase.RUNNING, by=record.actor, at=record.at, reason=None)
    return state


@_apply.register
def _(event: e.FleetFinished, record: e.Record, state: RunState) -> RunState:
    group = replace(state.groups[event.group], finished=True, stopped=event.stopped)
    state.groups[event.group] = group
    _settle_group(state, group, record)
    return state


def _settle_group(state: RunState, group: GroupState, record: e.Record) -> None:
    """The step's phase, once no further host will start."""
    if group.purpose is not e.Purpose.STEP or not group.finished:
        return
    bad = lost = left = 0
    for host in group.hosts:
        job = state.last_job_on(group.step, group.command, host)
        if job is None or job.resolution is e.Resolution.NOT_RUN:
            left += 1
        elif job.open:
            lost += 1
        elif not job.succeeded:
            bad += 1
    phase = StepPhase.UNKNOWN if lost else StepPhase.FAILED if bad or left else StepPhase.PENDING
    touch(state, group.step, phase=phase, at=record.at, reason=describe_group(group, bad, lost, left) or None)


@_apply.register
def _(event: e.JobStarted, record: e.Record, state: RunState) -> RunState:
    if event.second in state.seconds:
        state = replace(state, seconds={**state.seconds, event.second: replace(state.seconds[event.second], used=True)})
    state.jobs[event.job] = JobState(
        job=event.job,
        step=event.step,
        command=event.command,
        shown=event.shown,
        target=event.target,
        purpose=event.purpose,
        attempt=event.attempt,
        boot=event.boot,
        interactive=event.interactive,
        state_from=event.state_from,
        started=record.at,
        second=event.second,
        group=event.group,
    )
    if event.group:
        group = state.groups[event.group]
        state.groups[event.group] = replace(group, jobs={**group.jobs, event.target: event.job})
    before = state.step(event.step)
    touch(state, event.step, jobs=(*before.jobs, event.job))
    if event.purpose is e.Purpose.STEP:
        touch(state, event.step, phase=StepPhase.RUNNING, by=record.actor, at=record.at, reason=None)
    return state


@_apply.register
def _(event: e.JobFinished, record: e.Record, state: RunState) -> RunState:
    job = replace(
        state.jobs[event.job],
        phase=JobPhase.CANCELLED if event.cancelled else JobPhase.FINISHED,
        finished=record.at,
        exit=event.exit,
        signal=event.signal,
        timed_out=event.timed_out,
        leftover=event.leftover,
        seconds=event.seconds,
        output=event.output,
        output_bytes=event.output_bytes,
        output_sha256=event.output_sha256,
        shell_state=event.shell_state,
        detail=event.detail,
        timings=event.timings,
        barred=event.barred,
        resolution=None,
    )
    state.jobs[event.job] = job
    if event.shell_state:
        state.shell[job.target] = job.job
    if job.group:
        _settle_group(state, state.groups[job.group], record)
    elif job.purpose is e.Purpose.STEP:
        phase = StepPhase.PENDING if job.succeeded else StepPhase.FAILED
        touch(state, job.step, phase=phase, at=record.at, reason=None if job.succeeded else _why_failed(job))
    return state


@_apply.register
def _(event: e.TelemetryFrozen, record: e.Record, state: RunState) -> RunState:
    if event.job in state.jobs:
        job = state.jobs[event.job]
        state.jobs[event.job] = replace(job, telemetry=(*job.telemetry, event.evidence))
    return state


@_apply.register
def _(event: e.JobLost, record: e.Record, state: RunState) -> RunState:
    job = replace(state.jobs[event.job], phase=JobPhase.LOST, known=event.known or event.reason)
    state.jobs[event.job] = job
    if job.group:
        _settle_group(state, state.groups[job.group], record)
    elif job.purpose is e.Purpose.STEP:
        touch(state, job.step, phase=StepPhase.UNKNOWN, at=record.at, reason=event.reason)
    return state


_AFTER_RESOLUTION = {
    e.Resolution.SUCCEEDED: StepPhase.PENDING,
    e.Resolution.FAILED: StepPhase.FAILED,
    e.Resolution.NOT_RUN: StepPhase.PENDING,
}


@_apply.register
def _(event: e.JobResolved, record: e.Record, state: RunState) -> RunState:
    before = state.jobs[event.job]
    job = replace(
        before,
        phase=JobPhase.LOST,
        resolution=event.resolution,
        resolved_by=record.actor if before.phase is JobPhase.LOST else None,
        why=event.reason,
        barred=event.barred,
    )
    state.jobs[event.job] = job
    if job.group:
        _settle_group(state, state.groups[job.group], record)
    elif job.purpose is e.Purpose.STEP:
        touch(
            state,
            job.step,
            phase=_AFTER_RESOLUTION[event.resolution],
            by=record.actor,
            at=record.at,
            reason=event.reason or None,
        )
    return state


@_apply.register
def _(event: e.ConditionFired, record: e.Record, state: RunState) -> RunState:
    touch(state, event.step, fired=True, by=record.actor, at=record.at, reason=event.evidence or None)
    return state


@_apply.register
def _(event: e.HandEvent, record: e.Record, state: RunState) -> RunState:
    return hands_after(event, record, state)


@_apply.register
def _(event: e.PeopleEvent, record: e.Record, state: RunState) -> RunState:
    return people_after(event, record, state)


@_apply.register
def _(event: e.GateEvent, record: e.Record, state: RunState) -> RunState:
    return replace(state, gates=gates_after(event, record, state.gates))


@_apply.register
def _(event: e.GateOverridden, record: e.Record, state: RunState) -> RunState:
    notes = state.step(event.step).notes
    until = f" (until {event.until:%Y-%m-%d %H:%M} UTC)" if event.until is not None else ""
    note = Note(by=record.actor, at=record.at, text=f"gate overridden: {event.reason}{until}")
    touch(state, event.step, notes=(*notes, note))
    state.overrides[event.step] = Override(by=record.actor, reason=event.reason, at=record.at, until=event.until)
    return state


@_apply.register
def _(event: e.SnapshotTaken, record: e.Record, state: RunState) -> RunState:
    state.sightings[event.job] = Sighting(
        job=event.job,
        step=event.step,
        at=record.at,
        rollback=event.job in state.jobs and state.jobs[event.job].purpose is not e.Purpose.STEP,
        system=event.system,
        namespace=event.namespace,
        before=event.snapshot,
        objects=event.objects,
        complete=event.complete,
        obstacles=event.obstacles,
    )
    return state


@_apply.register
def _(event: e.ChangeObserved, record: e.Record, state: RunState) -> RunState:
    if event.job in state.sightings:
        state.sightings[event.job] = replace(
            state.sightings[event.job], after=event.snapshot or None, changes=event.changes, note=event.note
        )
    return state


@_apply.register
def _(event: e.KernelsValidated, record: e.Record, state: RunState) -> RunState:
    job = replace(state.jobs[event.job], kernels=event.verdict)
    state.jobs[event.job] = job
    if job.group:
        _settle_group(state, state.groups[job.group], record)
    elif job.purpose is e.Purpose.STEP and not event.verdict.passed:
        touch(state, job.step, phase=StepPhase.FAILED, at=record.at, reason=event.verdict.sentence)
    return state


@_apply.register
def _(event: e.EvidenceSeen, record: e.Record, state: RunState) -> RunState:
    job = replace(state.jobs[event.job], left=event.detail, left_ok=event.ok)
    state.jobs[event.job] = job
    if job.group:
        _settle_group(state, state.groups[job.group], record)
    elif job.purpose is e.Purpose.STEP and not event.ok:
        reason = f"exit status 0, but it left no evidence: {event.detail}"
        touch(state, job.step, phase=StepPhase.FAILED, at=record.at, reason=reason)
    return state


@_apply.register
def _(event: e.RunHeld, record: e.Record, state: RunState) -> RunState:
    return replace(state, held=Held(by=record.actor, reason=event.reason, at=record.at))


@_apply.register
def _(event: e.RunReleased, record: e.Record, state: RunState) -> RunState:
    return replace(state, held=None)


@_apply.register
def _(event: e.RollbackStarted, record: e.Record, state: RunState) -> RunState:
    return replace(
        state,
        outcome=None,  # a run that was over is open again until it is taken back
        finished=None,
        rollback=RollbackState(
            reason=event.reason,
            by=record.actor,
            started=record.at,
            items=event.items,
            steps=event.steps,
            settled=state.rollback.settled if state.rollback else {},  # a second try goes on where the first stopped
        ),
    )


@_apply.register
def _(event: e.RollbackItemDone, record: e.Record, state: RunState) -> RunState:
    if state.rollback is None:
        return state
    settled = {**state.rollback.settled, event.item: not event.skipped}
    return replace(state, rollback=replace(state.rollback, settled=settled))


@_apply.register
def _(event: e.RollbackFinished, record: e.Record, state: RunState) -> RunState:
    if state.rollback is None:
        return state
    if event.succeeded:
        for step in state.rollback.steps:
            touch(state, step, phase=StepPhase.ROLLED_BACK, at=record.at, reason=None)
    return replace(state, rollback=replace(state.rollback, finished=record.at, succeeded=event.succeeded))


@_apply.register
def _(event: e.RunFinished, record: e.Record, state: RunState) -> RunState:
    return replace(
        state,
        outcome=event.outcome,
        outcome_reason=event.reason,
        finished=record.at,
        driver=None,
        shell={},  # what the targets kept of the run is cleared away at its end
    )


def describe_group(group: GroupState, bad: int, lost: int, left: int) -> str:
    """What became of a command on many hosts, in words; empty when it succeeded on all."""
    facts = []
    if bad:
        facts.append(f"failed on {bad}")
    if lost:
        facts.append(f"outcome unknown on {lost}")
    if left:
        facts.append(f"not run on {left}")
    if not facts:
        return ""
    why = f" ({group.stopped})" if group.stopped else ""
    return f"{', '.join(facts)} of {len(group.hosts)} hosts of {group.fleet}{why}"


def _why_failed(job: JobState) -> str:
    return ": ".join(filter(None, (describe_exit(job), job.barred)))
