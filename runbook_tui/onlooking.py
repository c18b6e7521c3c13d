"""A run that somebody else drives, for who only watches it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from runbook_tui import records
from runbook_tui.run.estimate import Pace
from runbook_tui.run.events import CancelAsked, DocumentChanged, NoteAdded, RunHeld, RunReleased
from runbook_tui.run.fold import fold
from runbook_tui.run.gauges import Gauge, recorded
from runbook_tui.run.kernel_gate import read_kernels
from runbook_tui.run.live import LiveChange
from runbook_tui.run.output import joined
from runbook_tui.run.policy import Refused
from runbook_tui.run.ports import JournalError, OperatorError
from runbook_tui.run.preview import Preview, preview
from runbook_tui.run.rollback import RollbackPlan, rollback_plan
from runbook_tui.run.state import JobPhase, RunState

if TYPE_CHECKING:
    from runbook_tui.document.runbook import Runbook
    from runbook_tui.run.events import Record
    from runbook_tui.run.kernels import KernelProgress
    from runbook_tui.run.output import OutputBuffer
    from runbook_tui.run.ports import Journal, Standing

AGAIN = 1.0  # seconds until a record that could not be read is looked for again


class WatchedRun:
    """A run that somebody else drives, kept up to date."""

    busy: str | None = None
    current_job: str | None = None
    pace = Pace()
    unheard = ""

    def __init__(self, journal: Journal, state: RunState, runbook: Runbook) -> None:
        self.runbook = runbook
        self.state = state
        self._journal = journal
        self._listeners: list[Callable[[RunState], None]] = []
        self._following = asyncio.create_task(self._follow())

    def subscribe(self, listener: Callable[[RunState], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def standings(self) -> Mapping[str, Standing]:
        return {}  # only the driver has links to hosts

    def preview(self, step_id: str) -> Preview:
        return preview(self.runbook, self.state, step_id)

    def gauges(self) -> Sequence[Gauge]:
        return recorded(self.state)

    def rollback_plan(self) -> RollbackPlan:
        return rollback_plan(self.runbook, self.state)

    def live_change(self, job_id: str) -> tuple[LiveChange, ...]:  # noqa: ARG002  # only the driver watches it
        return ()

    def live_output(self, job_id: str) -> OutputBuffer | None:  # noqa: ARG002  # only the driver has it
        return None

    async def kept_output(self, job_id: str) -> bytes:
        return joined(await self._journal.read_output(self.state.run, job_id))

    def live_kernels(self, job_id: str) -> KernelProgress | None:  # noqa: ARG002  # only the driver has it
        return None

    async def kept_kernels(self, job_id: str) -> KernelProgress | None:
        from runbook_tui.validation.reading import KernelReader

        return await asyncio.to_thread(read_kernels, KernelReader(), await self.kept_output(job_id))

    async def comment(self, step: str, text: str) -> None:
        if not text.strip():
            raise Refused("the note is empty")
        self.take_in(await self._journal.add_note(self.state.run, [NoteAdded(step=step, text=text)]))

    async def answer(self, request: str, *, yes: bool, reason: str = "", on_terminal: bool = False) -> None:
        from runbook_tui import seconding

        asked = self.state.seconds.get(request)
        if asked is None or self.state.wanted_second is not asked:
            raise Refused("that is not asked for any more: nothing was said")
        said = await asyncio.to_thread(
            seconding.answer, self.state.run, asked, yes=yes, reason=reason, on_terminal=on_terminal
        )
        self.take_in(await self._journal.add_note(self.state.run, [said]))

    async def hold(self, reason: str) -> None:
        await self._stop(RunHeld(reason=reason.strip()))

    async def release(self) -> None:
        await self._stop(RunReleased())

    async def ask_cancel(self, reason: str) -> None:
        running = next((job for job in self.state.jobs.values() if job.phase is JobPhase.RUNNING), None)
        if running is None:
            raise Refused("no command is running any more")
        await self._stop(CancelAsked(job=running.job, reason=reason.strip()))

    async def _stop(self, event: RunHeld | RunReleased | CancelAsked) -> None:
        from runbook_tui import seconding

        await asyncio.to_thread(seconding.may_stop, self.state.run, self.state.profile)
        self.take_in(await self._journal.add_note(self.state.run, [event]))

    async def close(self) -> None:
        self._following.cancel()
        with suppress(asyncio.CancelledError):
            await self._following

    async def _follow(self) -> None:
        """For ever: what cannot be read is told, then read from its start, as another record may lie there by now."""
        while True:
            try:
                await self._hear()
            except OperatorError as error:
                self._tell(str(error))
            await asyncio.sleep(AGAIN)
            with suppress(OperatorError):
                self.state, self.runbook = await records.load(self._journal, self.state.run)
                self._tell("")

    async def _hear(self) -> None:
        async for heard in self._journal.changes(self.state.run, self.state.seq):
            if heard[0].seq == self.state.seq + 1 and heard[0].prev != self.state.head:
                raise JournalError("Another record of this run was put in the place of the one that was shown here.")
            if any(isinstance(record.event, DocumentChanged) for record in heard):
                _, self.runbook = await records.load(self._journal, self.state.run)
            self.take_in(heard)

    def _tell(self, unheard: str) -> None:
        self.unheard = unheard
        for listener in list(self._listeners):
            listener(self.state)

    def take_in(self, heard: list[Record]) -> None:
        """Fold what is in the journal already; seen twice it changes nothing."""
        if not heard or heard[0].seq > self.state.seq + 1:
            return  # what lies between comes with the next look
        self.state = fold(heard, self.state)
        for listener in list(self._listeners):
            listener(self.state)
