"""What people did beside the steps, folded. Pure."""

from __future__ import annotations

from functools import singledispatch

from msgspec.structs import replace

from runbook_tui.run import events as e
from runbook_tui.run.state import Held, Note, Restoration, Rules, RunState, SecondState, SignOffState, StepPhase, touch


@singledispatch
def people_after(event: e.PeopleEvent, record: e.Record, state: RunState) -> RunState:
    """The state after this event; its dictionaries are the fold's own and are changed in place."""
    raise TypeError(f"no fold for {type(event).__name__}")


@people_after.register
def _(event: e.DriveTaken, record: e.Record, state: RunState) -> RunState:
    drivers = state.drivers if event.holder in state.drivers else (*state.drivers, event.holder)
    return replace(state, driver=event.holder, drivers=drivers, epoch=event.epoch, offered_to="")


@people_after.register
def _(event: e.DriveGiven, record: e.Record, state: RunState) -> RunState:
    return replace(state, driver=None, epoch=event.epoch, offered_to=event.to)


@people_after.register
def _(event: e.NoteAdded, record: e.Record, state: RunState) -> RunState:
    notes = state.step(event.step).notes
    touch(state, event.step, notes=(*notes, Note(by=record.actor, at=record.at, text=event.text)))
    return state


@people_after.register
def _(event: e.SignOffGiven, record: e.Record, state: RunState) -> RunState:
    stale = bool(event.statement) and event.covers < state.material_seq
    before = state.signoffs.get(event.step)
    others = (before, *before.others) if before is not None and before.signed and before.void is None else ()
    complete = event.complete and not stale
    state.signoffs[event.step] = SignOffState(
        step=event.step, role=event.role, name=event.name, meaning=event.meaning, by=record.actor, at=record.at,
        signer=event.signer, fingerprint=event.fingerprint, statement=event.statement, gate=event.scope == "gate",
        covers=event.covers, steps=frozenset(event.steps), complete=event.complete, deputy=event.deputy,
        void="the run went on while it was signed" if stale else None,
        others=tuple(replace(one, others=()) for one in others if not one.rejected),
    )  # fmt: skip
    reason = None if complete else "signed for a state that has changed" if stale else "more have to sign"
    phase = StepPhase.DONE if complete else StepPhase.PENDING
    touch(state, event.step, phase=phase, by=event.name, at=record.at, reason=reason)
    return state


@people_after.register
def _(event: e.SignOffRejected, record: e.Record, state: RunState) -> RunState:
    state.signoffs[event.step] = SignOffState(
        step=event.step, role=event.role, name=event.name, meaning=event.meaning, by=record.actor, at=record.at,
        signer=event.signer, fingerprint=event.fingerprint, statement=event.statement, covers=event.covers,
        complete=False, rejected=True,
    )  # fmt: skip
    reason = f"{event.name} says no: {event.meaning}"
    touch(state, event.step, phase=StepPhase.FAILED, by=event.name, at=record.at, reason=reason)
    return state


@people_after.register
def _(event: e.SignOffVoided, record: e.Record, state: RunState) -> RunState:
    if event.step in state.signoffs:
        state.signoffs[event.step] = replace(state.signoffs[event.step], void=event.reason)
    touch(state, event.step, phase=StepPhase.PENDING, reason=event.reason)
    return state


@people_after.register
def _(event: e.CancelAsked, record: e.Record, state: RunState) -> RunState:
    asked = Held(by=record.actor, reason=event.reason, at=record.at)
    return replace(state, cancels={**state.cancels, event.job: asked})


@people_after.register
def _(event: e.RecordRestored, record: e.Record, state: RunState) -> RunState:
    restored = Restoration(at=record.at, by=record.actor, source=event.source, lost=event.lost)
    return replace(state, restorations=(*state.restorations, restored))


@people_after.register
def _(event: e.HeadAnchored, record: e.Record, state: RunState) -> RunState:
    trouble = {place: why for place, why in state.anchor_trouble.items() if place != event.place}
    upto = max(event.seq, state.anchored.get(event.place, 0))
    return replace(state, anchored={**state.anchored, event.place: upto}, anchor_trouble=trouble)


@people_after.register
def _(event: e.AnchorFailed, record: e.Record, state: RunState) -> RunState:
    return replace(state, anchor_trouble={**state.anchor_trouble, event.place: event.reason})


@people_after.register
def _(event: e.RulesTaken, record: e.Record, state: RunState) -> RunState:
    rules = Rules(policy=event.policy, signers=event.signers, revoked=event.revoked, authors=event.authors)
    return replace(state, rules=rules)


@people_after.register
def _(event: e.IdentityProved, record: e.Record, state: RunState) -> RunState:
    return replace(state, drove=state.drove | {event.principal})


@people_after.register
def _(event: e.SecondAsked, record: e.Record, state: RunState) -> RunState:
    asked = SecondState(
        request=event.request,
        step=event.step,
        commands=event.commands,
        places=event.places,
        digest=event.digest,
        effect=event.effect,
        person=event.person,
        principal=event.principal,
        actor=record.actor,
        at=record.at,
        seconds=event.seconds,
        epoch=record.epoch,
    )
    return replace(state, seconds={**state.seconds, event.request: asked})


def _answer(state: RunState, request: str, **fields: object) -> RunState:
    """Only what is still open takes an answer; a late one changes nothing."""
    asked = state.seconds.get(request)
    if asked is None or not asked.open:
        return state
    return replace(state, seconds={**state.seconds, request: replace(asked, **fields)})


@people_after.register
def _(event: e.SecondGiven, record: e.Record, state: RunState) -> RunState:
    asked = state.seconds.get(event.request)
    if asked is None or asked.digest != event.digest:
        return state  # a yes to something else
    return _answer(state, event.request, given=event)


@people_after.register
def _(event: e.SecondRefused, record: e.Record, state: RunState) -> RunState:
    return _answer(
        state, event.request, refused=f"{event.person} says no" + (f": {event.reason}" if event.reason else "")
    )


@people_after.register
def _(event: e.SecondClosed, record: e.Record, state: RunState) -> RunState:
    asked = state.seconds.get(event.request)
    if asked is None or asked.used:
        return state
    return replace(state, seconds={**state.seconds, event.request: replace(asked, closed=event.reason)})
