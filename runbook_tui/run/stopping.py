"""Stops by people who do not drive: they are in the record, and whoever drives obeys at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

from runbook_tui.run.intents import CancelJob, Intent
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.state import RunState

log = logging.getLogger("runbook_tui")
AGAIN = 0.1  # seconds


class Driver(Protocol):
    """What obeying needs of a conductor."""

    @property
    def state(self) -> RunState: ...

    async def perform(self, intent: Intent) -> None: ...

    def start_no_further(self) -> None: ...

    def beside(self, work: Coroutine[Any, Any, None]) -> None: ...


class Obedience:
    """Hears of every state of a run that this process drives."""

    def __init__(self, driver: Driver, state: RunState) -> None:
        self._driver = driver
        self._obeyed = set(state.cancels)
        self._held = state.held

    def __call__(self, state: RunState) -> None:
        if state.held is not None and state.held != self._held:
            self._driver.start_no_further()
        self._held = state.held
        new = state.cancels.keys() - self._obeyed
        self._obeyed |= new
        if any(job.job in new for job in state.open_jobs):
            self._driver.beside(self._cancel(new))

    async def _cancel(self, jobs: AbstractSet[str]) -> None:
        """A command just being started is in the record and cannot be cancelled yet: try until it can, or has ended."""
        while any(job.job in jobs for job in self._driver.state.open_jobs):
            try:
                await self._driver.perform(CancelJob())
            except OperatorError as error:
                log.info("not cancelled yet: %s", error)
                await asyncio.sleep(AGAIN)
            else:
                return
