"""Walking a run without a screen: never says yes for a person, stops where one is needed."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

import msgspec

from runbook_tui.document.runbook import Step, StepKind
from runbook_tui.run.conductor import Conductor
from runbook_tui.run.events import Outcome
from runbook_tui.run.headless_gates import Going, ask_criteria, ask_gates
from runbook_tui.run.intents import AdoptDocument, Finish, RollBack, RunStep
from runbook_tui.run.looking import decision
from runbook_tui.run.ports import NeedsOverride, OperatorError
from runbook_tui.run.preflight import Level
from runbook_tui.run.preview import Action, Confirm, Preview
from runbook_tui.run.progress import phase_of, unfinished
from runbook_tui.run.state import JobState, StepPhase


class ExitCode(IntEnum):
    DONE = 0
    FAILED = 1
    USAGE = 2
    NEEDS_PERSON = 3
    ROLLED_BACK = 4
    INTEGRITY = 5
    INTERRUPTED = 130


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller said yes to beforehand. There is no yes for a signature or a placeholder."""

    changes: bool = False
    destruction: bool = False
    retry: bool = False  # run a failed step again
    document: bool = False  # take over an edited document
    without_unfit: bool = False  # leave out hosts that are not fit


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """Why the walk ended."""

    code: ExitCode
    waiting_for: str | None = None


Report = Callable[[str], None]


async def walk(conductor: Conductor, consent: Consent, report: Report) -> Stop:
    """Run everything a machine may run, in the document's order, until the end or until a person is needed."""
    if stop := await _settle_the_past(conductor, consent):
        return stop
    tried: set[str] = set()
    while conductor.state.outcome is None:
        step = next(iter(unfinished(conductor.runbook, conductor.state)), None)
        if step is None:
            going, why = await ask_criteria(conductor, tell=report)
            if conductor.state.outcome is not None:
                break
            if going is not Going.ON:
                failed = going is not Going.UNSURE
                return Stop(code=ExitCode.FAILED if failed else ExitCode.NEEDS_PERSON, waiting_for=why)
            await conductor.perform(Finish(outcome=Outcome.COMPLETED))
            break
        going, why = await ask_gates(conductor, step, changes=consent.changes, tell=report)
        if going in (Going.BLOCKED, Going.UNSURE):
            code = ExitCode.FAILED if going is Going.BLOCKED else ExitCode.NEEDS_PERSON
            return Stop(code=code, waiting_for=why)
        if going is not Going.ON:
            report(_line(conductor, step))
            if going is Going.OVER and conductor.state.outcome is None:
                return Stop(
                    code=ExitCode.FAILED, waiting_for=f"{why}, and not to its end: rbt rollback goes on with it"
                )
            continue
        if stop := _stop_before(conductor, step, consent, tried):
            return stop
        if conductor.preview(step.id).unseen and (stop := await _look(conductor, consent, report)):
            return stop
        tried.add(step.id)
        if conductor.second is not None and conductor.second.needed(conductor.preview(step.id).commands):
            report(f"“{step.title}” wants another person's yes: rbt attach {conductor.state.run} shows it there")
        try:
            await conductor.perform(RunStep(step=step.id, confirmed=consent.changes, deliberate=consent.destruction))
        except NeedsOverride as refusal:
            return Stop(code=ExitCode.NEEDS_PERSON, waiting_for=f"“{step.title}” (line {step.line}): {refusal}")
        report(_line(conductor, step))
        if stop := _stop_after(conductor, step):
            return stop
    return _ended(conductor)


async def roll_back(conductor: Conductor, reason: str, consent: Consent, report: Report) -> Stop:
    """Carry out the rollback plan; manual items and unknown outcomes stop it."""
    if unknown := await conductor.recover():
        return _unknown(unknown)
    plan = conductor.rollback_plan()
    if not plan.changed:
        return Stop(code=ExitCode.DONE, waiting_for="nothing was changed in this run: there is nothing to roll back")
    if not consent.changes:
        for item in plan.items:
            report(f"would undo: {item.title}" + (f"  $ {item.command.text}" if item.command else "  (by hand)"))
        return Stop(code=ExitCode.NEEDS_PERSON, waiting_for="a confirmation of the rollback (--yes)")
    await conductor.perform(RollBack(reason=reason))
    for item in conductor.rollback_plan().items:
        report(f"{'✔' if item.settled else '✖' if item.failed else '○'} {item.title}")
    remaining = conductor.rollback_plan().remaining
    if conductor.state.outcome is None and remaining and remaining[0].command is None:
        return Stop(
            code=ExitCode.NEEDS_PERSON, waiting_for=f"by hand: {remaining[0].title} ({remaining[0].why_manual})"
        )
    if conductor.state.outcome is None:
        return Stop(code=ExitCode.FAILED, waiting_for="the rollback failed; nothing takes it back by machine")
    return _ended(conductor)


async def _settle_the_past(conductor: Conductor, consent: Consent) -> Stop | None:
    if unknown := await conductor.recover():
        return _unknown(unknown)
    if conductor.state.outcome is not None:
        return _ended(conductor)
    if conductor.state.rollback is not None:
        return Stop(code=ExitCode.NEEDS_PERSON, waiting_for="a rollback is under way: rbt rollback goes on with it")
    try:
        diff = await conductor.document_diff()
    except OperatorError:
        return None  # the file is gone or unreadable: the run has its own copy
    if diff is None:
        return None
    if not consent.document:
        return Stop(
            code=ExitCode.NEEDS_PERSON, waiting_for=f"{diff.sentence}; --adopt takes the new text over (or put it back)"
        )
    await conductor.perform(AdoptDocument(seen=diff.seen))
    return None


async def _look(conductor: Conductor, consent: Consent, report: Report) -> Stop | None:
    """The other machines, before the first change there; hosts that are not fit want a person's decision."""
    found = await conductor.preflight()
    if found is None:
        return None
    for level, hosts, text in found.told_together:
        if level is not Level.PASS:
            report(f"{level.value:5} {hosts}: {text}")
    report(found.summary)
    if not found.fit or (found.unfit and not consent.without_unfit):
        return Stop(
            code=ExitCode.NEEDS_PERSON,
            waiting_for=f"{found.summary} rbt preflight shows them all; --leave-out-unfit goes on without them",
        )
    await conductor.perform(decision(found))
    return None


def _stop_before(conductor: Conductor, step: Step, consent: Consent, tried: set[str]) -> Stop | None:
    preview = conductor.preview(step.id)
    where = f"“{step.title}” (line {step.line})"
    phase = phase_of(conductor.runbook, conductor.state, step)
    if phase is StepPhase.FAILED and not (consent.retry and step.id not in tried):
        reason = conductor.state.step(step.id).reason or "failed"
        return Stop(code=ExitCode.FAILED, waiting_for=f"{where} failed before: {reason}; --retry runs it again")
    if (need := _needs_person(step, preview)) or (need := _needs_consent(preview, consent)):
        return Stop(code=ExitCode.NEEDS_PERSON, waiting_for=f"{where}: {need}")
    return None


def _needs_person(step: Step, preview: Preview) -> str | None:
    match preview.action:
        case Action.RUN if preview.refused:
            return preview.refused
        case Action.RUN if preview.interactive:
            return "its command wants a terminal"
        case Action.RUN if preview.endless:
            return "its command never ends by itself"
        case Action.RUN:
            return None
        case Action.ASK:
            return f"no value for {', '.join(preview.missing)} (--var)"
        case Action.TICK:
            return "to be done and ticked by hand" if step.kind is StepKind.CHECK else "nothing in it can be run"
        case Action.CHOOSE:
            return "one of the options is to be chosen"
        case Action.SIGN:
            return "a signature"
        case Action.PLACE:
            return f"it is typed on {preview.place}: say whether it goes there (--at {preview.place}=TARGET)"
        case Action.RESOLVE:
            return "the outcome of its command is unknown"
        case _:
            return preview.refused or preview.action.value


def _needs_consent(preview: Preview, consent: Consent) -> str | None:
    if preview.confirm is Confirm.DELIBERATE and not consent.destruction:
        return "it destroys something (--yes-destroy)"
    if preview.confirm is Confirm.PLAIN and not (consent.changes or consent.destruction):
        return "it changes something (--yes)"
    return None


def _stop_after(conductor: Conductor, step: Step) -> Stop | None:
    own = conductor.state.step(step.id)
    if own.phase is StepPhase.UNKNOWN:
        return _unknown(conductor.state.open_jobs)
    if own.phase is StepPhase.FAILED:
        return Stop(code=ExitCode.FAILED, waiting_for=f"“{step.title}” (line {step.line}): {own.reason}")
    if own.phase is StepPhase.PENDING and own.reason:
        return Stop(code=ExitCode.FAILED, waiting_for=f"“{step.title}” (line {step.line}) was not run: {own.reason}")
    return None


def _unknown(jobs: list[JobState]) -> Stop:
    job = jobs[0]
    return Stop(
        code=ExitCode.NEEDS_PERSON,
        waiting_for=f"the outcome of `{job.shown}` on {job.target} is unknown ({job.known or 'no answer'}): "
        "a person must say what became of it (open the run: rbt resume)",
    )


def _line(conductor: Conductor, step: Step) -> str:
    own = conductor.state.step(step.id)
    glyph = {StepPhase.DONE: "✔", StepPhase.FAILED: "✖", StepPhase.UNKNOWN: "?"}.get(own.phase, "○")
    seconds = sum(conductor.state.jobs[job].seconds for job in own.jobs)
    return f"{glyph} {step.title} ({seconds:.1f} s)" + (f": {own.reason}" if own.reason else "")


def _ended(conductor: Conductor) -> Stop:
    codes = {
        Outcome.COMPLETED: ExitCode.DONE,
        Outcome.ABORTED: ExitCode.FAILED,
        Outcome.FAILED: ExitCode.FAILED,
        Outcome.ROLLED_BACK: ExitCode.ROLLED_BACK,
    }
    outcome = conductor.state.outcome
    return Stop(code=codes[outcome] if outcome else ExitCode.NEEDS_PERSON)
