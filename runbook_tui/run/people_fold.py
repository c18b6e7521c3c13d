"""What people did beside the steps, folded. Pure."""

from __future__ import annotations

from functools import singledispatch

from msgspec.structs import replace

from runbook_tui.run import events as e
from runbook_tui.run.state import Note, Restoration, RunState, SignOffState, StepPhase, touch


@singledispatch
def people_after(event: e.PeopleEvent, record: e.Record, state: RunState) -> RunState:
    """The state after this event; its dictionaries are the fold's own and are changed in place."""
    raise TypeError(f"no fold for {type(event).__name__}")


@people_after.register
def _(event: e.DriveTaken, record: e.Record, state: RunState) -> RunState:
    return replace(state, driver=event.holder, epoch=event.epoch)


@people_after.register
def _(event: e.DriveGiven, record: e.Record, state: RunState) -> RunState:
    return replace(state, driver=None, epoch=event.epoch)


@people_after.register
def _(event: e.NoteAdded, record: e.Record, state: RunState) -> RunState:
    notes = state.step(event.step).notes
    touch(state, event.step, notes=(*notes, Note(by=record.actor, at=record.at, text=event.text)))
    return state


@people_after.register
def _(event: e.SignOffGiven, record: e.Record, state: RunState) -> RunState:
    state.signoffs[event.step] = SignOffState(
        step=event.step, role=event.role, name=event.name, meaning=event.meaning, by=record.actor, at=record.at
    )
    touch(state, event.step, phase=StepPhase.DONE, by=event.name, at=record.at, reason=None)
    return state


@people_after.register
def _(event: e.SignOffVoided, record: e.Record, state: RunState) -> RunState:
    if event.step in state.signoffs:
        state.signoffs[event.step] = replace(state.signoffs[event.step], void=event.reason)
    touch(state, event.step, phase=StepPhase.PENDING, reason=event.reason)
    return state


@people_after.register
def _(event: e.RecordRestored, record: e.Record, state: RunState) -> RunState:
    restored = Restoration(at=record.at, by=record.actor, source=event.source, lost=event.lost)
    return replace(state, restorations=(*state.restorations, restored))
