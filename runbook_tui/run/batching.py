"""Between two batches of a fleet: whether the next one may begin, by what is watched meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from runbook_tui.run.criteria import overridden
from runbook_tui.run.gauges import STARTING, Gauge
from runbook_tui.run.state import RunState

PATIENCE = 20.0  # seconds in which every condition must have a good verdict
LOOK = 0.05  # seconds


async def against(
    gauges: Callable[[], Sequence[Gauge]], state: Callable[[], RunState], stopped: Callable[[], bool],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str:  # fmt: skip
    """Why no further batch begins, for the operator; empty when the next one may, or when it was `stopped` meanwhile.

    A condition that holds stops it at once. One without a good verdict is waited for: nothing is changed blindly.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while not stopped():
        if why := _taken(state()):
            return why
        watched = list(_in_the_way(gauges(), state(), now()))
        if (bad := next((one for one in watched if one.verdict == "fail"), None)) is not None:
            return f"“{bad.text}” holds"
        if not watched:
            return ""
        if loop.time() >= end:
            word = (watched[0].verdict or "no verdict").replace("_", " ")
            return f"“{watched[0].text}”: {word} ({watched[0].detail or 'nothing was heard'})"
        await asyncio.sleep(LOOK)
    return ""


def _taken(state: RunState) -> str:
    """Somebody holds the run, or it is taken back."""
    if state.held is not None:
        return f"{state.held.by} holds this run ({state.held.reason})"
    coming = state.gates.countdown
    if state.rollback is not None or (coming is not None and coming.held_by is None):
        return "the run is taken back by its conditions"
    return ""


def _in_the_way(gauges: Iterable[Gauge], state: RunState, now: datetime) -> Iterable[Gauge]:
    """What must not hold and has no good verdict; what a person judges, or has overridden, is in nobody's way."""
    watched = (one for one in gauges if not one.gate and (not one.manual or one.condition == STARTING))
    return (one for one in watched if not one.good and not overridden(state, one.step or one.condition, now))
