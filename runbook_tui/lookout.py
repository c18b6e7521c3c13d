"""Keeps the watch over a run up: begun anew when its document was edited or it broke off, and never quiet about it.

While nobody watches, the gauges say so: what the record knows of earlier is no verdict on now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from runbook_tui.places import write_down
from runbook_tui.run.conductor import Conductor
from runbook_tui.run.gauges import UNWATCHED, Gauge, starting
from runbook_tui.run.ports import OperatorError

LOOK = 1.0  # seconds between two looks whether the document was edited
AGAIN, LATEST = 5.0, 60.0  # seconds before a watch that broke off is begun anew: the first time, and at most


class Watch(Protocol):
    """One watch over the conditions of a document as it stands."""

    def gauges(self) -> Sequence[Gauge]: ...

    async def run(self) -> None:
        """Watch until cancelled."""
        ...


async def keep_watch(conductor: Conductor, begin: Callable[[], Awaitable[Watch]], *, again: float = AGAIN) -> None:
    """Watch the conditions of a run as long as it is driven.

    `begin` makes the watch, and raises OperatorError when what is said of signals cannot be used: then that is shown,
    nothing is watched, and it is tried again, as after a watch that broke off.
    """
    pause = again
    while True:
        runbook, began = conductor.runbook, _now()
        why = await _watched(conductor, begin)
        if why is None:
            conductor.watch = starting
            continue
        conductor.watch = _told(why)
        pause = again if _now() - began > LATEST else pause
        end = _now() + pause
        while conductor.runbook is runbook and _now() < end:  # noqa: ASYNC110  # an edit is seen soon enough
            await asyncio.sleep(min(LOOK, pause))
        pause = min(LATEST, 2 * pause)


async def _watched(conductor: Conductor, begin: Callable[[], Awaitable[Watch]]) -> str | None:
    """Watch until the document is edited; why the watch could not be begun or broke off, for the operator."""
    runbook = conductor.runbook
    try:
        watch = await begin()
    except OperatorError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  # a watch that never began must not look like one that says nothing
        return _defect(error)
    conductor.watch = watch.gauges
    watching = asyncio.create_task(watch.run())
    try:
        while conductor.runbook is runbook:
            if (await asyncio.wait({watching}, timeout=LOOK))[0]:
                broke = None if watching.cancelled() else watching.exception()
                return "the watch broke off" if broke is None else _defect(broke)
        return None
    finally:
        conductor.watch, conductor.canary = starting, None
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _defect(error: BaseException) -> str:
    cause = error
    while isinstance(cause, BaseExceptionGroup) and len(cause.exceptions) == 1:
        cause = cause.exceptions[0]
    if isinstance(cause, OperatorError):
        return f"the watch broke off: {cause}"
    return f"the watch broke off by a defect of rbt itself ({type(cause).__name__}); {write_down(error)}"


def _told(why: str) -> Callable[[], Sequence[Gauge]]:
    gauge = Gauge(condition=UNWATCHED, text="the conditions are not watched", verdict="error", detail=why)
    return lambda: (gauge,)
