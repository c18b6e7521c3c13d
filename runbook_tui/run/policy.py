"""What is allowed in which state. Pure; the reasons are sentences for the operator."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from runbook_tui.document import gates
from runbook_tui.document.runbook import Effect, Runbook, StepKind, StepRole
from runbook_tui.run import intents as i
from runbook_tui.run.criteria import overridden, said, unmet
from runbook_tui.run.events import Outcome, Purpose
from runbook_tui.run.gauges import Gauge, figure
from runbook_tui.run.kernel_gate import not_validated
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.progress import blocked_by, phase_of
from runbook_tui.run.state import JobPhase, RunState, StepPhase


class Refused(OperatorError):
    """The intent is not allowed now; nothing was done."""


def check(intent: i.Intent, runbook: Runbook, state: RunState, now: datetime) -> None:
    """Raise Refused with the reason when this must not happen in this state now; an override ends by itself."""
    may_still = i.AddNote if state.outcome is Outcome.ROLLED_BACK else (i.AddNote, i.RollBack, i.Override, i.GateSaid)
    if state.outcome is not None and not isinstance(intent, may_still):
        over = state.outcome.value.replace("_", " ")
        raise Refused(f"this run is over ({over}); a note can be added, and what was done can be taken back")
    step_id = getattr(intent, "step", None)
    free = (i.AddNote, i.Override)  # an override may be of an item of the rollback plan
    if step_id is not None and step_id not in runbook.step_by_id and not isinstance(intent, free):
        raise Refused(f"the document has no step {step_id!r} any more")
    match intent:
        case i.Tick(step=step):
            _check_tick(runbook, state, step, now)
        case i.Skip(step=step, reason=reason):
            _check_settle(runbook, state, step, now)
            if not reason.strip():
                raise Refused("a skip wants a reason")
        case i.Reopen(step=step):
            _check_reopen(runbook, state, step)
        case i.Choose(step=step, option=option):
            if option not in runbook.step_by_id[step].options:
                raise Refused("that is not one of the options")
        case i.Fill(step=step):
            if runbook.step_by_id[step].kind is not StepKind.FIELD:
                raise Refused("this step has no blank to fill")
        case i.SignStep():
            _check_signature(intent, runbook, state, now)
        case i.FireTrigger(step=step):
            if runbook.step_by_id[step].role is not StepRole.TRIGGER:
                raise Refused("this step is no rollback condition")
        case i.ResolveJob():
            _check_resolution(intent, state)
        case i.SettleItem():
            if state.rollback is None or state.rollback.succeeded:  # after a failure what failed is a person's business
                raise Refused("no rollback is under way")
        case i.Finish(outcome=outcome, reason=reason):
            if outcome is Outcome.ABORTED and not reason.strip():
                raise Refused("an abort wants a reason")
            _check_no_open_job(state)
        case i.RunStep(step=step):
            _check_mute(runbook, state, step, now)
            if blocker := blocked_by(runbook, state, runbook.step_by_id[step], now):
                raise Refused(blocker)
            _check_not_held(runbook, state, step)
        case i.RollBack() | i.AbortTraffic() | i.Hold() | i.Release() | i.Override():
            _check_verb(intent, state)
        case i.AddNote(text=text):
            if not text.strip():
                raise Refused("the note is empty")
        case _:
            return


def check_for_gate(state: RunState, purpose: Purpose) -> None:
    """A gate changes nothing against a hold or a way back; what it takes back, it may always."""
    if purpose is Purpose.ABORT:
        return
    if state.held is not None:
        raise Refused(f"{state.held.by} holds this run ({state.held.reason}): nothing is changed until it is released")
    if state.rollback is not None:
        raise Refused("this run is taken back: no gate changes anything any more")


def check_measured(intent: i.Intent, gauges: Iterable[Gauge], state: RunState, now: datetime) -> None:
    """Raise Refused when a criterion is called done, or the run, that a signal says nothing good of at this moment."""
    if isinstance(intent, i.Finish) and intent.outcome is Outcome.COMPLETED:
        if (left := unmet(gauges, state, now)) is not None:
            what = f"“{left.text}” must hold before the run is done; {said(left)}"
            raise Refused(f"{what}: wait, or override it among the conditions, with a reason")
        return
    ticks = isinstance(intent, i.Tick) or (isinstance(intent, i.DoByHand) and intent.succeeded)
    step = getattr(intent, "step", None) if ticks else None
    gauge = next((one for one in gauges if one.gate and not one.manual and one.step == step), None)
    if gauge is None or gauge.good or overridden(state, gauge.step, now):
        return
    raise Refused(f"{said(gauge)}: wait, or override it with a reason")


def _check_tick(runbook: Runbook, state: RunState, step_id: str, now: datetime) -> None:
    step = runbook.step_by_id[step_id]
    if step.kind is StepKind.SIGNOFF:
        raise Refused("a sign-off is signed, not ticked")
    if step.kind is StepKind.CHOICE:
        raise Refused("this is a choice: choose one of its options")
    if step.kind is StepKind.FIELD:
        raise Refused("this is a blank: it is filled in, not ticked")
    if step.role is StepRole.TRIGGER:
        raise Refused("this is a rollback condition: it is not ticked off, but said to hold")
    _check_mute(runbook, state, step_id, now)
    _check_gate(state, step_id, now)
    _check_settle(runbook, state, step_id, now)
    if (reason := not_validated(state, step)) is not None:
        raise Refused(f"{reason}; run it again, or skip the step with a reason")


def _check_mute(runbook: Runbook, state: RunState, step_id: str, now: datetime) -> None:
    """A gate that could never say no is not passed by."""
    why = gates.mute(runbook, runbook.step_by_id[step_id])
    if why is None or overridden(state, step_id, now):
        return
    raise Refused(f"{why}: correct the document, or override it with a reason")


def _check_gate(state: RunState, step_id: str, now: datetime) -> None:
    """A criterion that is measured is done when the measurement says so, or when somebody overrides it."""
    gate = state.gates.conditions.get(step_id)
    if gate is None or not gate.gate or gate.verdict == "pass":
        return
    if overridden(state, step_id, now):
        return
    why = gate.detail or (f"now {figure(gate.value, gate.unit)}" if gate.value is not None else "no value")
    raise Refused(f"its signal says {gate.verdict.replace('_', ' ')} ({why}): wait, or override it with a reason")


def _check_settle(runbook: Runbook, state: RunState, step_id: str, now: datetime) -> None:
    step = runbook.step_by_id[step_id]
    phase = phase_of(runbook, state, step)
    if phase is StepPhase.RUNNING:
        raise Refused("its command is still running: wait, or cancel it")
    if phase is StepPhase.UNKNOWN:
        raise Refused("the outcome of its command is unknown: say first what became of it")
    if phase in (StepPhase.DONE, StepPhase.SKIPPED):
        raise Refused(f"already {phase.value}")
    if phase in (StepPhase.PENDING, StepPhase.BLOCKED) and (blocker := blocked_by(runbook, state, step, now)):
        raise Refused(blocker)


def _check_reopen(runbook: Runbook, state: RunState, step_id: str) -> None:
    phase = phase_of(runbook, state, runbook.step_by_id[step_id])
    if phase is StepPhase.RUNNING:
        raise Refused("its command is still running: wait, or cancel it")
    if phase is StepPhase.UNKNOWN:
        raise Refused("the outcome of its command is unknown: say first what became of it")
    if phase is StepPhase.PENDING and not state.step(step_id).fired:
        raise Refused("it is open already")


def _check_signature(intent: i.SignStep, runbook: Runbook, state: RunState, now: datetime) -> None:
    step = runbook.step_by_id[intent.step]
    if step.kind is not StepKind.SIGNOFF:
        raise Refused("this step is no sign-off")
    if not intent.name.strip():
        raise Refused("a sign-off wants the signer's name")
    if not intent.meaning.strip():
        raise Refused("a sign-off wants its meaning, for instance “approved for production”")
    _check_settle(runbook, state, intent.step, now)


def _check_resolution(intent: i.ResolveJob, state: RunState) -> None:
    job = state.jobs.get(intent.job)
    if job is None or job.phase is not JobPhase.LOST or job.resolution is not None:
        raise Refused("the outcome of that command is not in question")
    if not intent.reason.strip():
        raise Refused("say how you know what became of it")


def _check_verb(intent: i.Intent, state: RunState) -> None:
    """HOLD, ABORT, ROLL BACK, OVERRIDE."""
    match intent:
        case i.Hold() if state.held is not None:
            raise Refused(f"{state.held.by} holds this run already: {state.held.reason}")
        case i.Hold(reason=reason) if not reason.strip():
            raise Refused("a hold wants a reason")
        case i.Release() if state.held is None:
            raise Refused("nobody holds this run")
        case i.Override(reason=reason) if not reason.strip():
            raise Refused("an override wants a reason: it stands in the record with your name")
        case i.RollBack() | i.AbortTraffic():
            _check_no_open_job(state)
        case _:
            return


def _check_not_held(runbook: Runbook, state: RunState, step_id: str) -> None:
    """While somebody holds the run, looking is allowed and changing is not."""
    if state.held is None:
        return
    commands = (runbook.command_by_id[command] for command in runbook.step_by_id[step_id].commands)
    if any(command.effect is not Effect.READ for command in commands):
        raise Refused(f"{state.held.by} holds this run ({state.held.reason}): nothing is changed until it is released")


def _check_no_open_job(state: RunState) -> None:
    for job in state.open_jobs:
        if job.phase is JobPhase.RUNNING:
            raise Refused(f"a command is still running ({job.shown}): wait, or cancel it")
        raise Refused(f"the outcome of a command is unknown ({job.shown}): say first what became of it")
