"""One command on many hosts: in waves, so many at once, and no further when too many have failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from runbook_tui.document.runbook import Step
from runbook_tui.run.events import FleetFinished, FleetStarted, Purpose
from runbook_tui.run.execution import Call
from runbook_tui.run.fleet import Fleet, stop_reached, waves
from runbook_tui.run.gate_events import HostRested
from runbook_tui.run.guarding import Guard
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.resolve import ResolvedCommand
from runbook_tui.run.state import JobState
from runbook_tui.run.together import together
from runbook_tui.run.where import hosts_left, satisfied

STOPPED = "stopped by the operator"


class FleetExecution:
    """Every host has a job of its own in the record; the group they belong to says when no further one will start."""

    def __init__(self, ledger: Ledger, guard: Guard, *, new_id: Callable[[], str]) -> None:
        self._ledger = ledger
        self._guard = guard
        self._new_id = new_id
        self._stopped = ""

    def stop(self) -> None:
        """Start on no further host."""
        self._stopped = STOPPED

    def _note(self, reason: str) -> None:
        self._stopped = self._stopped or reason

    async def run(
        self,
        step: Step,
        resolved: ResolvedCommand,
        fleet: Fleet,
        *,
        purpose: Purpose = Purpose.STEP,
        confirmed: bool = False,
        against: Callable[[Callable[[], bool]], Awaitable[str]] | None = None,
    ) -> bool:
        """Run it on the hosts where it has not succeeded yet; whether it has succeeded on all of them now.

        `against` is asked before each further batch, with whether it was stopped: why that must not begin, if anything.

        Cancelling the caller leaves what was started running, on record as open.
        """
        self._stopped = ""
        todo = hosts_left(self._ledger.state, step.id, resolved.command, fleet.names, purpose)
        group = self._new_id()
        await self._ledger.append(
            FleetStarted(
                group=group,
                step=step.id,
                command=resolved.command.id,
                fleet=fleet.name,
                hosts=fleet.names,
                todo=tuple(todo),
                purpose=purpose,
            )
        )
        tally = _Tally(fleet, len(todo))
        gate = asyncio.Semaphore(fleet.limit)

        async def one(host: str) -> None:
            async with gate:
                if self._stopped:
                    return
                call = Call(step=step, resolved=resolved, host=host, purpose=purpose, confirmed=confirmed, group=group)
                if why := self._guard.refuses(call):  # nothing new is learned about the command: it stops no other host
                    await self._ledger.append(HostRested(group=group, host=host, reason=why))
                    return
                tally.count(await self._guard.admitted(call), lambda job: satisfied(resolved.command, job))
                self._note(tally.stop_now())

        for number, wave in enumerate(waves(todo, fleet.batches)):
            if number and against is not None:
                self._note(await against(lambda: bool(self._stopped)))
            if self._stopped:
                break
            await together(one(host) for host in wave)
            self._note(tally.stop_after_wave())
        await self._ledger.append(FleetFinished(group=group, stopped=self._stopped))
        return not hosts_left(self._ledger.state, step.id, resolved.command, fleet.names, purpose)


class _Tally:
    """How it went so far."""

    def __init__(self, fleet: Fleet, total: int) -> None:
        self._fleet = fleet
        self._total = total
        self._succeeded = self._failed = self._unknown = 0

    def count(self, job: JobState, good: Callable[[JobState], bool]) -> None:
        if good(job):
            self._succeeded += 1
        elif job.open:
            self._unknown += 1
        else:
            self._failed += 1

    def stop_now(self) -> str:
        return stop_reached(self._fleet.stop, self._total, self._failed, self._unknown) or ""

    def stop_after_wave(self) -> str:
        reason = stop_reached(self._fleet.stop, self._total, self._failed, self._unknown, succeeded=self._succeeded)
        return reason or ""
