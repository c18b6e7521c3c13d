"""What was done by hand, folded; and what could be taken back, newest last. Pure."""

from __future__ import annotations

from functools import singledispatch

from msgspec.structs import replace

from runbook_tui.run import events as e
from runbook_tui.run.state import ByHand, Deed, RunState, StepPhase, touch

REMEMBERED = 50  # deeds that can be taken back one after the other


@singledispatch
def hands_after(event: e.HandEvent, record: e.Record, state: RunState) -> RunState:
    """The state after this event; its dictionaries are the fold's own and are changed in place."""
    raise TypeError(f"no fold for {type(event).__name__}")


@hands_after.register
def _(event: e.DoneByHand, record: e.Record, state: RunState) -> RunState:
    done = ByHand(
        by=record.actor,
        at=record.at,
        succeeded=event.succeeded,
        commands=event.commands,
        shown=event.shown,
        target=event.target,
        said=event.said,
        result=event.result,
        result_bytes=event.result_bytes,
    )
    phase = StepPhase.DONE if event.succeeded else StepPhase.FAILED
    reason = f"by hand: {event.said}" if event.said else "by hand"
    before = state.step(event.step).by_hand
    touch(state, event.step, phase=phase, by=record.actor, at=record.at, reason=reason, by_hand=(*before, done))
    return state


@hands_after.register
def _(event: e.NoteWithdrawn, record: e.Record, state: RunState) -> RunState:
    notes = list(state.step(event.step).notes)
    if 0 <= event.note < len(notes):
        notes[event.note] = replace(notes[event.note], withdrawn_by=record.actor)
        touch(state, event.step, notes=tuple(notes))
    return state


@hands_after.register
def _(event: e.StepMarked, record: e.Record, state: RunState) -> RunState:
    others = tuple(step for step in state.marks if step != event.step)
    return replace(state, marks=(*others, event.step) if event.on else others)


def deeds_after(record: e.Record, state: RunState) -> tuple[Deed, ...]:
    """What a person did that can be taken back, after this event; `state` is the one after it."""
    event = record.event
    match event:
        case e.StepTicked(step=step) if not event.automatic:
            kind, note = "tick", 0
        case e.StepSkipped(step=step):
            kind, note = "skip", 0
        case e.OptionChosen(step=step):
            kind, note = "choice", 0
        case e.FieldFilled(step=step):
            kind, note = "entry", 0
        case e.DoneByHand(step=step):
            kind, note = "work by hand", 0
        case e.NoteAdded(step=step):
            kind, note = "note", len(state.step(step).notes) - 1
        case e.StepReopened(step=step) | e.SignOffVoided(step=step):
            return tuple(deed for deed in state.deeds if deed.step != step or deed.kind == "note")
        case e.NoteWithdrawn(step=step):
            return tuple(
                deed for deed in state.deeds if (deed.kind, deed.step, deed.note) != ("note", step, event.note)
            )
        case e.RollbackStarted():
            return ()
        case _:
            return state.deeds
    deed = Deed(kind=kind, step=step, note=note, seq=record.seq, by=record.actor, at=record.at)
    return (*state.deeds[1 - REMEMBERED :], deed)
