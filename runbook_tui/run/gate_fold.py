"""What gates saw and decided, folded. Pure."""

from __future__ import annotations

from datetime import timedelta
from functools import singledispatch

from msgspec.structs import replace

from runbook_tui.run import events as e
from runbook_tui.run.state import (
    BreakerRecord,
    CanaryState,
    ConditionState,
    Countdown,
    GateState,
    WindowState,
)


@singledispatch
def gates_after(event: e.GateEvent, record: e.Record, gates: GateState) -> GateState:
    """The state of the gates after this event."""
    raise TypeError(f"no fold for {type(event).__name__}")


@gates_after.register
def _(event: e.ConditionJudged, record: e.Record, gates: GateState) -> GateState:
    judged = ConditionState(
        text=event.text, verdict=event.verdict, at=record.at, step=event.step, value=event.value,
        threshold=event.threshold, unit=event.unit, detail=event.detail, gate=event.gate,
    )  # fmt: skip
    return replace(gates, conditions={**gates.conditions, event.condition: judged})


@gates_after.register
def _(event: e.RollbackScheduled, record: e.Record, gates: GateState) -> GateState:
    return replace(gates, countdown=Countdown(reason=event.reason, due=event.due, step=event.step))


@gates_after.register
def _(event: e.RollbackHeld, record: e.Record, gates: GateState) -> GateState:
    if gates.countdown is None:
        return gates
    return replace(gates, countdown=replace(gates.countdown, held_by=record.actor))


@gates_after.register
def _(event: e.CanaryStarted, record: e.Record, gates: GateState) -> GateState:
    canary = CanaryState(
        step=event.step,
        stages=event.stages,
        every=event.every,
        started=record.at,
        holding=event.holding,
        second=event.second,
    )
    return replace(gates, canary=canary)


@gates_after.register
def _(event: e.CanaryStageEntered, record: e.Record, gates: GateState) -> GateState:
    return _canary(
        gates,
        stage=event.stage,
        weight=event.weight,
        deadline=event.deadline,
        entered=record.at,
        checks=0,
        good_since=None,
        good=(),
        checked=None,
        failures=0,
        stuck=False,
    )


@gates_after.register
def _(event: e.CanaryChecked, record: e.Record, gates: GateState) -> GateState:
    if gates.canary is None:
        return gates
    before = gates.canary
    checks = before.checks + (event.verdict == "pass")
    # no data is no pass: what says nothing does not take back what failed before it
    failures = 0 if event.verdict == "pass" else before.failures + (event.verdict == "fail")
    since, good = before.good_since, before.good  # what is missing does not begin their time anew
    if event.verdict == "fail":
        since, good = None, ()
    elif event.verdict == "pass" and before.holding > 0:
        edge = record.at - timedelta(seconds=before.holding)
        since, good = since or record.at, (*(at for at in good if at > edge), record.at)
    return _canary(
        gates, checks=checks, failures=failures, last=event.verdict, detail=event.detail, checked=record.at,
        good_since=since, good=good,
    )  # fmt: skip


@gates_after.register
def _(event: e.CanaryHeld, record: e.Record, gates: GateState) -> GateState:
    return _canary(gates, held=event.reason or "held", stuck=event.stuck)


@gates_after.register
def _(event: e.CanaryResumed, record: e.Record, gates: GateState) -> GateState:
    return _canary(gates, held=None, stuck=False)


@gates_after.register
def _(event: e.CanarySteered, record: e.Record, gates: GateState) -> GateState:
    return _canary(gates, steered=event.to, reason=f"{record.actor}: {event.reason}")


@gates_after.register
def _(event: e.CanaryEnded, record: e.Record, gates: GateState) -> GateState:
    weight = 0 if event.outcome == "aborted" else 100
    return _canary(gates, outcome=event.outcome, reason=event.reason, held=None, stuck=False, weight=weight)


@gates_after.register
def _(event: e.BreakerChanged, record: e.Record, gates: GateState) -> GateState:
    kept = BreakerRecord(state=event.state, failures=event.failures, until=event.until, reason=event.reason)
    return replace(gates, breakers={**gates.breakers, event.target: kept})


@gates_after.register
def _(event: e.HostRested, record: e.Record, gates: GateState) -> GateState:
    return replace(
        gates, rested={**gates.rested, event.group: {**gates.rested.get(event.group, {}), event.host: event.reason}}
    )


@gates_after.register
def _(event: e.WatchStarted, record: e.Record, gates: GateState) -> GateState:
    return replace(gates, watched_since=gates.watched_since or record.at)


@gates_after.register
def _(event: e.WatchKept, record: e.Record, gates: GateState) -> GateState:
    kept = {**gates.kept, event.window: gates.kept.get(event.window, 0.0) + event.seconds}
    before = gates.stood.get(event.window, ())
    if not event.verdict or event.verdict in before:
        return replace(gates, kept=kept)
    return replace(gates, kept=kept, stood={**gates.stood, event.window: (*before, event.verdict)})


@gates_after.register
def _(event: e.WindowClosed, record: e.Record, gates: GateState) -> GateState:
    closed = WindowState(verdict=event.verdict, detail=event.detail, at=record.at)
    return replace(gates, windows={**gates.windows, event.window: closed})


def _canary(gates: GateState, **fields: object) -> GateState:
    return gates if gates.canary is None else replace(gates, canary=replace(gates.canary, **fields))
