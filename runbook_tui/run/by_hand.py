"""What a person did by hand, took back or marked, as it stands in the record. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from runbook_tui.document.runbook import Command, Runbook, Step, StepKind, StepRole
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.masking import Masker
from runbook_tui.run.policy import Refused, check
from runbook_tui.run.progress import phase_of, remaining_commands
from runbook_tui.run.resolve import resolve
from runbook_tui.run.state import Deed, RunState, StepPhase
from runbook_tui.run.where import target_of

LONGEST = 32 * 1024  # bytes of a pasted result that are kept, the last ones


def refused_by_hand(runbook: Runbook, state: RunState, step: Step) -> str:
    """Why the step cannot be said to be done by hand now; empty when it can."""
    phase = phase_of(runbook, state, step)
    if step.kind in (StepKind.SIGNOFF, StepKind.FIELD, StepKind.CHOICE) or step.role is StepRole.TRIGGER:
        return "this is nothing to carry out: it is signed, filled in, chosen or watched"
    if phase in (StepPhase.DONE, StepPhase.SKIPPED):
        return f"already {phase.value}; open it again first"
    if phase is StepPhase.RUNNING:
        return "its command is running: wait, or cancel it"
    if phase is StepPhase.UNKNOWN:
        return "the outcome of its command is unknown: say first what became of it"
    if phase is StepPhase.BLOCKED:
        return "this option was not chosen"
    return ""


def commands_by_hand(runbook: Runbook, state: RunState, step: Step) -> tuple[Command, ...]:
    """What there is to do: the commands left, else all that the step names (also those we cannot run)."""
    left = remaining_commands(runbook, state, step)
    return tuple(left) or tuple(runbook.command_by_id[command] for command in step.commands)


def last_deed(state: RunState) -> Deed | None:
    """What would be taken back next."""
    return state.deeds[-1] if state.deeds and state.outcome is None else None


def hand_event_of(
    intent: i.Undo | i.DoByHand | i.Mark, runbook: Runbook, state: RunState, secrets: Mapping[str, str], now: datetime
) -> e.AnyEvent:
    """Raises Refused when it cannot be said now."""
    match intent:
        case i.Mark(step=step, on=on):
            return e.StepMarked(step=step, on=on)
        case i.Undo(seq=seq):
            return _undone(seq, runbook, state, now)
        case i.DoByHand():
            return _done(intent, runbook, state, secrets, now)


def _undone(seq: int, runbook: Runbook, state: RunState, now: datetime) -> e.AnyEvent:
    deed = next((deed for deed in state.deeds if deed.seq == seq), None)
    if deed is None:
        raise Refused("that was taken back already, or something was done with it since")
    if deed.kind == "note":
        return e.NoteWithdrawn(step=deed.step, note=deed.note)
    check(i.Reopen(step=deed.step), runbook, state, now)
    return e.StepReopened(step=deed.step, reason=f"undone: the {deed.kind} of {deed.by.partition('@')[0]}")


def _done(
    intent: i.DoByHand, runbook: Runbook, state: RunState, secrets: Mapping[str, str], now: datetime
) -> e.DoneByHand:
    step = runbook.step_by_id[intent.step]
    if refusal := refused_by_hand(runbook, state, step):
        raise Refused(refusal)
    if intent.succeeded:
        check(i.Tick(step=step.id), runbook, state, now)
    if not intent.succeeded and not intent.said.strip():
        raise Refused("a failure by hand wants a word of what was seen")
    commands = commands_by_hand(runbook, state, step)
    whole = intent.result.encode("utf-8", "replace")
    targets = dict.fromkeys(target_of(state, command) or state.target for command in commands)
    return e.DoneByHand(
        step=step.id,
        succeeded=intent.succeeded,
        commands=tuple(command.id for command in commands),
        shown=tuple(resolve(command, state, dict(secrets)).shown for command in commands),
        target=", ".join(targets),
        said=_masked(intent.said.strip(), secrets),
        result=_masked(intent.result, secrets).encode("utf-8", "replace")[-LONGEST:].decode("utf-8", "ignore"),
        result_bytes=len(whole),
    )


def _masked(text: str, secrets: Mapping[str, str]) -> str:
    masker = Masker(secrets.values())
    data = masker.feed(text.encode("utf-8", "replace")) + masker.finish()
    return data.decode("utf-8", "replace")
