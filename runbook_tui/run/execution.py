"""One command through journal and target: the intent first, then the effect, then the result."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping

from runbook_tui.document.runbook import Behaviour, Step
from runbook_tui.run.events import (
    AnyEvent,
    ChangeObserved,
    JobFinished,
    JobLost,
    JobResolved,
    JobStarted,
    Purpose,
    Resolution,
    SnapshotTaken,
)
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.masking import Masker
from runbook_tui.run.output import OutputBuffer
from runbook_tui.run.ports import (
    Job,
    JobExit,
    JobOrder,
    JobPhase,
    KeptOutput,
    NoWatcher,
    OperatorError,
    Target,
    TargetError,
    Watcher,
)
from runbook_tui.run.resolve import ResolvedCommand
from runbook_tui.run.state import JobState

FLUSH_EVERY = 0.25  # seconds between two commits of live output
FLUSH_AT = 8 * 1024 * 1024  # bytes waiting for the journal before reading waits too
KEPT_BUFFERS = 4  # older outputs are read from the journal
WITHHELD = b"[output withheld: this command uses a secret that is not known after the restart]\n"

Targets = Callable[[str], Target]
HandOver = Callable[[Callable[[], Awaitable[JobExit]]], Awaitable[JobExit]]
Closing = Callable[[JobState, JobExit], tuple[AnyEvent, ...]]  # events that go with a job's result


class Busy(OperatorError):
    """A command runs already; this run does one thing at a time."""


class Execution:
    """Starts jobs, follows them, and asks about them after a crash."""

    def __init__(
        self,
        ledger: Ledger,
        targets: Targets,
        *,
        new_id: Callable[[], str],
        closing: Closing,
        secrets: Mapping[str, str],
        watcher: Watcher | None = None,
    ) -> None:
        self._ledger = ledger
        self.watcher: Watcher = watcher or NoWatcher()
        self._targets = targets
        self._new_id = new_id
        self._closing = closing
        self._secrets = secrets
        self._current: Job | None = None
        self.outputs: dict[str, OutputBuffer] = {}
        self.hand_over: HandOver | None = None

    @property
    def current(self) -> str | None:
        """The job being followed by this process."""
        return self._current.id if self._current else None

    async def run(
        self, step: Step, resolved: ResolvedCommand, *, purpose: Purpose = Purpose.STEP, confirmed: bool = False
    ) -> JobState:
        """Run one command and return its job's state; cancelling the caller leaves the command running.

        Raises JournalError when the record cannot be kept; then no command was sent after it.
        """
        state = self._ledger.state
        command = resolved.command
        target_name = command.target or state.target
        target = self._targets(target_name)
        attempts = sum(1 for job in state.jobs.values() if job.step == step.id and job.command == command.id)
        intent = JobStarted(
            job=self._new_id(),
            step=step.id,
            command=command.id,
            text=command.text,
            shown=resolved.shown,
            target=target_name,
            purpose=purpose,
            attempt=attempts + 1,
            cwd=command.cwd,
            timeout=command.timeout,
            interactive=command.behaviour is Behaviour.INTERACTIVE,
            boot=await target.boot_id(),
            state_from=state.shell.get(target_name),
            confirmed=confirmed,
        )
        order = JobOrder(
            run=state.run,
            job=intent.job,
            text=resolved.text,
            shell="sh" if command.language == "sh" else "bash",
            cwd=command.cwd,
            home=state.cwd,
            env=resolved.env,
            state_from=intent.state_from,
            timeout=command.timeout,
        )
        await self._intend(intent, order)
        started = self._ledger.state.jobs[intent.job]
        if intent.interactive and self.hand_over is not None:
            return await self._in_terminal(target, order, started, self.hand_over)
        try:
            job = await target.start(order)
        except TargetError as error:
            return await self._never_started(target, started, error)
        return await self._follow(job, started)

    async def recover(self, job: JobState) -> JobState:
        """Ask the target about a job whose result is not recorded; nothing is ever run again by this."""
        target = self._targets(job.target)
        report = await target.inspect(self._ledger.run, job.job, boot=job.boot)
        if report.phase is JobPhase.ABSENT:
            report = await target.seal(self._ledger.run, job.job)
        if report.phase is JobPhase.ABSENT:
            reason = "it never reached the target; nothing was run"
            return await self._settle(job, JobResolved(job=job.job, resolution=Resolution.NOT_RUN, reason=reason))
        if report.phase is JobPhase.VANISHED:
            await self._save_what_is_left(target, job)
            return await self._settle(job, JobLost(job=job.job, reason=report.detail, known=report.detail))
        return await self._follow(await target.attach(self._ledger.run, job.job), job)

    async def cancel(self) -> JobExit | None:
        """End the job being followed and its whole process tree; None when there is none."""
        if self._current is None:
            return None
        return await self._current.cancel()

    async def observe(self, job: str) -> None:
        """Look what a finished job changed, when it was looked at before; kept in the record."""
        sighting = self._ledger.state.sightings.get(job)
        if sighting is None or sighting.changes is not None:
            return
        seen = await self.watcher.after(sighting, await self._ledger.journal.blob(sighting.before))
        digest = hashlib.sha256(seen.content).hexdigest() if seen.content else ""
        event = ChangeObserved(job=job, changes=seen.changes, snapshot=digest, note=seen.note)
        await self._ledger.append(event, blobs={digest: seen.content} if digest else None)

    # --- inside ---

    async def _intend(self, intent: JobStarted, order: JobOrder) -> None:
        """The intent, and with it what the command is about to change, in one transaction."""
        seen = await self.watcher.before(intent, order)
        if seen is None:
            await self._ledger.append(intent)
            return
        digest = hashlib.sha256(seen.content).hexdigest()
        snapshot = SnapshotTaken(
            job=intent.job,
            step=intent.step,
            system=seen.system,
            namespace=seen.namespace,
            snapshot=digest,
            objects=seen.objects,
            complete=seen.complete,
            obstacles=seen.obstacles,
        )
        await self._ledger.append(intent, snapshot, blobs={digest: seen.content})

    async def _never_started(self, target: Target, job: JobState, error: TargetError) -> JobState:
        report = await target.seal(self._ledger.run, job.job)
        if report.phase is not JobPhase.ABSENT:  # it did arrive, only the answer was lost
            return await self.recover(job)
        return await self._settle(job, JobResolved(job=job.job, resolution=Resolution.NOT_RUN, reason=str(error)))

    async def _settle(self, job: JobState, event: AnyEvent) -> JobState:
        state = await self._ledger.append(event)
        return state.jobs[job.job]

    async def _in_terminal(self, target: Target, order: JobOrder, started: JobState, hand_over: HandOver) -> JobState:
        try:
            exit_ = await hand_over(lambda: target.run_in_terminal(order))
        except TargetError as error:
            return await self._never_started(target, started, error)
        job = await target.attach(order.run, order.job)
        return await self._follow(job, started, exit_)

    async def _follow(self, job: Job, started: JobState, exit_: JobExit | None = None) -> JobState:
        self._current = job
        buffer = self._fresh_buffer(job.id)
        try:
            await self._pump(job, started, buffer)
            exit_ = exit_ or await job.wait()
            kept = await self._ledger.journal.finish_output(self._ledger.run, job.id)
        finally:
            self._current = None
            buffer.finish()
        return await self._finished(started, exit_, kept)

    def _fresh_buffer(self, job: str) -> OutputBuffer:
        buffer = OutputBuffer()
        self.outputs[job] = buffer
        while len(self.outputs) > KEPT_BUFFERS:
            del self.outputs[next(iter(self.outputs))]
        return buffer

    async def _finished(self, started: JobState, exit_: JobExit, kept: KeptOutput) -> JobState:
        result = JobFinished(
            job=started.job,
            exit=exit_.exit,
            signal=exit_.signal,
            timed_out=exit_.timed_out,
            cancelled=exit_.cancelled,
            leftover=exit_.leftover,
            seconds=round(exit_.seconds, 3),
            output=kept.blob,
            output_bytes=kept.bytes,
            output_sha256=kept.sha256,
            shell_state=exit_.shell_state,
            detail=exit_.detail,
        )
        await self._ledger.append(result, *self._closing(started, exit_))
        await self.observe(started.job)
        return self._ledger.state.jobs[started.job]

    async def _pump(self, job: Job, started: JobState, buffer: OutputBuffer) -> None:
        """Masked output to the screen's buffer at once, to the journal in batches.

        A reattached job is read from its first byte again: masking and hashing give the same bytes,
        and the journal keeps nothing twice.
        """
        if self._secret_unknown(started):
            buffer.feed(WITHHELD)
            journal = self._ledger.journal
            kept = await journal.output_size(self._ledger.run, job.id)
            await journal.write_output(self._ledger.run, job.id, kept, WITHHELD)
            return
        masker = Masker(self._secrets.values())
        batch = _Batch(self._ledger, job.id)
        flusher = asyncio.create_task(batch.flush_now_and_then())
        try:
            async for chunk in job.output(0):
                clean = masker.feed(chunk)
                buffer.feed(clean)
                await batch.add(clean)
            rest = masker.finish()
            buffer.feed(rest)
            await batch.add(rest)
        finally:
            flusher.cancel()
            await asyncio.gather(flusher, return_exceptions=True)
        await batch.flush()

    def _secret_unknown(self, started: JobState) -> bool:
        """Whether a placeholder of this job is a secret whose value this process does not have."""
        variables = self._ledger.state.variables
        return "***" in started.shown and any(v.secret for v in variables.values()) and not self._secrets

    async def _save_what_is_left(self, target: Target, job: JobState) -> None:
        try:
            await self._pump(await target.attach(self._ledger.run, job.job), job, OutputBuffer())
        except TargetError:
            return  # nothing is left there; the report says so


class _Batch:
    """Output on its way to the journal: one commit a quarter of a second, bounded."""

    def __init__(self, ledger: Ledger, job: str) -> None:
        self._ledger = ledger
        self._job = job
        self._waiting = bytearray()
        self._offset = 0
        self._lock = asyncio.Lock()

    async def add(self, data: bytes) -> None:
        self._waiting += data
        if len(self._waiting) >= FLUSH_AT:
            await self.flush()

    async def flush(self) -> None:
        async with self._lock:
            if not self._waiting:
                return
            # Forgotten only when kept: a flush cut off half-way is sent again, and nothing is kept twice.
            data = bytes(self._waiting)
            await self._ledger.journal.write_output(self._ledger.run, self._job, self._offset, data)
            self._offset += len(data)
            del self._waiting[: len(data)]

    async def flush_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY)
            await self.flush()
