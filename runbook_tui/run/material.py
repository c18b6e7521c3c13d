r"""What people sign for: the material events of a run, and what voids a sign-off. Pure.

A sign-off covers the material head, a hash over the hashes of all events that change what is signed for:

    head = SHA256("rbt-material-v1\0" + head before + hash of the event), both in hexadecimal, first of all 64 zeros

Other people's signatures, drives and observations in between do not move it, so several people sign in any order.
"""

from __future__ import annotations

from hashlib import sha256

from msgspec.structs import replace

from runbook_tui.run import events as e
from runbook_tui.run.state import RunState, SignOffState, StepPhase, touch

_MATERIAL = b"rbt-material-v1\0"
_START = "0" * 64


def is_material(event: e.AnyEvent) -> bool:
    """Completing a run is what its sign-offs were given for; every other end of it is not."""
    match event:
        case e.RunFinished(outcome=outcome):
            return outcome is not e.Outcome.COMPLETED
        case e.ConditionJudged(gate=gate):
            return gate  # what must hold for a step; the rest is watched, and what comes of it is an event of its own
        case e.WindowClosed(verdict=verdict):
            return verdict != "pass"
    return event.material


def material_link(before: str, hash_: str) -> str:
    return sha256(_MATERIAL + (before or _START).encode() + hash_.encode()).hexdigest()


def void_signoffs(record: e.Record, state: RunState) -> None:
    """Before a material event is folded: the sign-offs it voids. The fold's own dictionaries are changed in place."""
    for step, given in list(state.signoffs.items()):
        if given.void is not None or not given.signed:
            continue
        if not any(voids(record.event, one, state) for one in (given, *given.others)):
            continue
        why = f"event {record.seq} came after it: {told(record.event)}"
        state.signoffs[step] = replace(given, void=why, others=tuple(replace(one, void=why) for one in given.others))
        if state.step(step).phase is StepPhase.DONE or not given.complete:
            touch(state, step, phase=StepPhase.PENDING, reason=why)


def voids(event: e.AnyEvent, given: SignOffState, state: RunState) -> bool:
    """Whether this material event changes what the sign-off was given for; `state` is from before the event."""
    if not given.gate:
        return True
    match event:  # a plan may be carried out, and not be changed
        case e.DocumentChanged() | e.RollbackStarted() | e.RunFinished() | e.RulesTaken():
            return True
        case e.VariableSet(name=name, value=value):
            before = state.variables.get(name)
            return before is not None and before.value != value
        case e.PlaceGiven(said=said, target=target):
            return state.accepted.get(said, target) != target
        case e.ConditionJudged(step=step) if state.step(step).settled:
            return False  # it held when the step was done, which is what was signed for; its signal goes on moving
    return step_of(event, state) in given.steps


def step_of(event: e.AnyEvent, state: RunState) -> str | None:
    """The step an event is about."""
    step: str | None = getattr(event, "step", None)
    if step is not None:
        return step
    job = state.jobs.get(getattr(event, "job", ""))
    group = state.groups.get(getattr(event, "group", ""))
    return job.step if job is not None else group.step if group is not None else None


def told(event: e.AnyEvent) -> str:
    """An event in a few words."""
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in type(event).__name__).strip()
    about = getattr(event, "step", "") or getattr(event, "job", "") or getattr(event, "name", "")
    return f"{words} ({about})" if about else words
