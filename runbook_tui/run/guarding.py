"""Commands go past their target's breaker: one that failed again and again is given a rest."""

from __future__ import annotations

from typing import Protocol

from runbook_tui.run.event import Purpose
from runbook_tui.run.events import AnyEvent, Resolution
from runbook_tui.run.execution import Call, Execution
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.policy import Refused
from runbook_tui.run.state import JobState


class Breakers(Protocol):
    """Keeps commands from targets that have failed again and again."""

    def refuses(self, target: str) -> str | None:
        """Why nothing is sent there now; None lets this call through."""
        ...

    def ended(self, target: str, job: JobState) -> AnyEvent | None:
        """Take in how a job ended; what is to be recorded, if anything."""
        ...

    def broken(self, target: str, reason: str) -> AnyEvent | None:
        """The target could not be used at all."""
        ...

    def cancelled(self, target: str) -> None:
        """Nobody knows whether it would have worked."""
        ...


class Guard:
    """In front of the execution, for one host or one of many. What takes things back is never kept from being tried."""

    def __init__(self, ledger: Ledger, execution: Execution) -> None:
        self._ledger = ledger
        self._execution = execution
        self.breakers: Breakers | None = None

    def refuses(self, call: Call) -> str | None:
        """Why nothing is sent to its host now; None lets exactly this call through."""
        if self.breakers is None or call.purpose is not Purpose.STEP:
            return None
        return self.breakers.refuses(call.host)

    async def run(self, call: Call) -> JobState:
        """Run it. Raises Refused while its host is given a rest."""
        if why := self.refuses(call):
            raise Refused(why)
        return await self.admitted(call)

    async def admitted(self, call: Call) -> JobState:
        """Run what was let through, and take in how it ended."""
        breakers = self.breakers
        if breakers is None or call.purpose is not Purpose.STEP:
            return await self._execution.run(call)
        try:
            job = await self._execution.run(call)
        except BaseException:
            breakers.cancelled(call.host)
            raise
        unreached = job.resolution is Resolution.NOT_RUN
        if change := breakers.broken(call.host, job.why) if unreached else breakers.ended(call.host, job):
            await self._ledger.append(change)
        return job
