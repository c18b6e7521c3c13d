"""One command through journal and target: the intent first, then the effect, then the result."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from runbook_tui.document.runbook import Behaviour, Step
from runbook_tui.document.traces import Trace
from runbook_tui.run import carrying, elevation, traces, transfers
from runbook_tui.run.events import (
    AnyEvent,
    ChangeObserved,
    EvidenceSeen,
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
from runbook_tui.run.onlookers import NoWatcher, NoWitness, Watcher, Witness
from runbook_tui.run.outbox import Outbox, as_one
from runbook_tui.run.output import OutputBuffer, Shelf, shelved
from runbook_tui.run.pace import Pace
from runbook_tui.run.passwords import Passwords, barred_by
from runbook_tui.run.ports import (
    HandOver,
    Job,
    JobExit,
    JobOrder,
    JobPhase,
    KeptOutput,
    KernelReading,
    OperatorError,
    OutputPiece,
    Target,
    TargetError,
)
from runbook_tui.run.recognising import recogniser
from runbook_tui.run.resolve import ResolvedCommand
from runbook_tui.run.state import JobPhase as StatePhase
from runbook_tui.run.state import JobState
from runbook_tui.run.targets import LOCAL, Targets

KEPT_BUFFERS = 4  # older outputs are read from the journal
FLEET_LINES = 2_000  # of one host's output on the screen when many run
FLEET_HELD = 512 * 1024  # bytes of it
WITHHELD = b"[output withheld: this command uses a secret that is not known after the restart]\n"

Closing = Callable[[JobState, JobExit], tuple[AnyEvent, ...]]  # events that go with a job's result


class Busy(OperatorError):
    """A command runs already; this run does one thing at a time."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One command for one host."""

    step: Step
    resolved: ResolvedCommand
    host: str
    purpose: Purpose = Purpose.STEP
    confirmed: bool = False
    group: str = ""  # when it goes to many


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
        hidden: Mapping[str, str],
        watcher: Watcher | None = None,
        witness: Witness | None = None,
        kernels: Callable[[], KernelReading] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self.watcher: Watcher = watcher or NoWatcher()
        self.witness: Witness = witness or NoWitness()
        self._kernels = kernels
        self.readings: dict[str, KernelReading] = {}  # of the outputs that are held
        self._now = now
        self._monotonic = monotonic
        self._targets = targets
        self.passwords = Passwords(targets)
        self._new_id = new_id
        self._closing = closing
        self._secrets = secrets  # by placeholder
        self._hidden = hidden  # these and all others that no output may show
        self._outbox = Outbox(ledger)
        self._following: dict[str, Job] = {}
        self._paces: dict[str, Pace] = {}
        self._withheld: dict[str, int] = {}  # lines masked as a whole, of jobs whose output has ended
        self._asking: dict[str, elevation.Asking] = {}
        self.outputs: dict[str, OutputBuffer] = {}
        self.watched = True  # somebody may look at the outputs held here
        self.hand_over: HandOver | None = None
        self.second = ""  # the request under which the commands of a step start
        self.trace_of: Callable[[JobState], Trace | None] = lambda _: None  # what a command must leave
        self.shelf: Callable[[], Shelf] | None = None  # for output that no longer fits into memory

    @property
    def current(self) -> str | None:
        """A job being followed by this process."""
        return next(iter(self._following), None)

    async def run(self, call: Call) -> JobState:
        """Run one command on one host and return its job's state; cancelling the caller leaves the command running.

        A command that could not be started is on record as not run, with the reason. Raises JournalError when the
        record cannot be kept; then no command was sent after it.
        """
        try:
            target = self._targets.target(call.host)
            says_sudo = elevation.says_sudo(call.resolved.text, self._shown_there(call.host))
            await self.passwords.look(target, call.host, self._ledger.run, self._new_id, says_sudo=says_sudo)
            boot = await target.boot_id()
        except TargetError as error:
            intent = self._intent(call, boot="")
            not_run = JobResolved(
                job=intent.job, resolution=Resolution.NOT_RUN, reason=str(error), barred=barred_by(error)
            )
            state = await self._ledger.append(intent, not_run)
            return state.jobs[intent.job]
        intent = self._intent(call, boot)
        order = self._order(call, intent)
        await self._intend(intent, order)
        started = self._ledger.state.jobs[intent.job]
        if intent.interactive and self.hand_over is not None:
            return await self._in_terminal(target, order, started, self.hand_over)
        try:
            job = await target.start(await self._carried(call, target, order))
        except TargetError as error:
            return await self._never_started(target, started, error)
        return await self._follow(job, started)

    async def _carried(self, call: Call, target: Target, order: JobOrder) -> JobOrder:
        """The order as it is, or with the file of an upload or download carried first."""
        command = call.resolved.command
        if not transfers.is_transfer(command):
            return order
        host = call.host if call.group else None
        try:
            transfer = transfers.transfer_of(call.resolved, self._ledger.state, self._secrets, host=host)
        except ValueError as error:
            raise TargetError(f"{error}. Nothing was carried.") from None
        if transfers.is_upload(command):
            return await carrying.with_upload(target, order, transfer)
        return await carrying.with_download(target, order, transfer)

    def _intent(self, call: Call, boot: str) -> JobStarted:
        """What is written down before anything is sent."""
        state, command = self._ledger.state, call.resolved.command
        same = (call.step.id, command.id, call.host)
        return JobStarted(
            job=self._new_id(),
            step=call.step.id,
            command=command.id,
            text=command.text,
            shown=call.resolved.shown,
            target=call.host,
            purpose=call.purpose,
            attempt=1 + sum((job.step, job.command, job.target) == same for job in state.jobs.values()),
            cwd=command.cwd,
            timeout=command.timeout,
            interactive=command.behaviour is Behaviour.INTERACTIVE,
            boot=boot,
            state_from=state.shell.get(call.host),
            confirmed=call.confirmed,
            group=call.group,
            second=self.second,
        )

    def _order(self, call: Call, intent: JobStarted) -> JobOrder:
        """What is sent."""
        return JobOrder(
            run=self._ledger.run,
            job=intent.job,
            text=call.resolved.text,
            shell="sh" if call.resolved.command.language == "sh" else "bash",
            cwd=intent.cwd,
            home=self._ledger.state.cwd,
            env=call.resolved.env,
            state_from=intent.state_from,
            timeout=intent.timeout,
            # On a terminal sudo asks for it there.
            password=None if intent.interactive and self.hand_over else self._password(call.resolved.text, call.host),
        )

    async def recover(self, job: JobState) -> JobState:
        """Ask the target about a job whose result is not recorded; nothing is ever run again by this.

        A target that cannot be asked leaves the outcome unknown, and can be asked again later.
        """
        try:
            target = self._targets.target(job.target)
            report = await target.inspect(self._ledger.run, job.job, boot=job.boot)
            if report.phase is JobPhase.ABSENT:
                report = await target.seal(self._ledger.run, job.job)
        except TargetError as error:
            return await self._lose(job, str(error))
        if report.phase is JobPhase.ABSENT:
            reason = "it never reached the target; nothing was run"
            return await self._settle(job, JobResolved(job=job.job, resolution=Resolution.NOT_RUN, reason=reason))
        if report.phase is JobPhase.VANISHED:
            await self._save_what_is_left(target, job)
            return await self._lose(job, report.detail)
        return await self._follow(await target.attach(self._ledger.run, job.job), job)

    async def cancel(self) -> None:
        """End every job being followed, each with its whole process tree. Raises TargetError when one was not told."""
        failures = []
        for outcome in await asyncio.gather(
            *(job.cancel() for job in self._following.values()), return_exceptions=True
        ):
            if isinstance(outcome, TargetError):
                failures.append(outcome)
            elif isinstance(outcome, BaseException):
                raise outcome
        if failures:
            raise failures[0]

    async def rehearse(self, call: Call) -> tuple[str, ...]:
        """What the command would change, without changing it and without a record. Raises OperatorError."""
        return await self.watcher.rehearse(self._order(call, self._intent(call, boot="")))

    async def share(self, call: Call) -> float | None:
        """Percent of the traffic that what the command divides gets now. Raises OperatorError."""
        if call.host != LOCAL:
            return None
        return await self.watcher.share(self._order(call, self._intent(call, boot="")))

    async def observe(self, job: str) -> None:
        """Look what a finished job changed, when it was looked at before; kept in the record."""
        sighting = self._ledger.state.sightings.get(job)
        if sighting is None or sighting.changes is not None:
            return
        seen = await self.watcher.after(sighting, await self._ledger.journal.blob(sighting.before))
        if seen.changes is None and sighting.note:
            return  # nothing new: that nobody could look is on record already
        digest = hashlib.sha256(seen.content).hexdigest() if seen.content else ""
        event = ChangeObserved(job=job, changes=seen.changes, snapshot=digest, note=seen.note)
        await self._ledger.append(event, blobs={digest: seen.content} if digest else None)

    # --- inside ---

    async def _intend(self, intent: JobStarted, order: JobOrder) -> None:
        """The intent, and with it what the command is about to change, in one transaction."""
        over = self._ledger.state.overrides.get(intent.step)
        overridden = over is not None and over.holds(self._now())
        await self.witness.admit(intent, overridden=overridden)
        seen = await self.watcher.before(intent, order, overridden=overridden)
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
        try:
            report = await target.seal(self._ledger.run, job.job)
        except TargetError:
            return await self._lose(job, str(error))
        if report.phase is not JobPhase.ABSENT:  # it did arrive, only the answer was lost
            return await self.recover(job)
        return await self._settle(job, JobResolved(job=job.job, resolution=Resolution.NOT_RUN, reason=str(error)))

    async def _lose(self, job: JobState, reason: str) -> JobState:
        """Nobody knows what became of it; said once for each reason."""
        if job.phase is StatePhase.LOST and job.known == reason:
            return job
        return await self._settle(job, JobLost(job=job.job, reason=reason, known=reason))

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
        self._following[job.id] = job
        self.witness.begin(job.id, started.target, started.shown)
        buffer = self._fresh_buffer(started)
        try:
            last = await self._pump(job, started, buffer)
            exit_ = exit_ or await self._waited(job, last)
            kept = await self._ledger.journal.finish_output(self._ledger.run, job.id, last)
        except TargetError as error:  # it goes on where it is; it can be asked again
            return await self._lose(started, str(error))
        finally:
            del self._following[job.id]
            if buffer is not None:
                buffer.finish()
        return await self._finished(started, exit_, kept)

    async def _waited(self, job: Job, last: list[OutputPiece]) -> JobExit:
        """The result of a job; its last output is kept also when that is not told."""
        try:
            return await job.wait()
        except TargetError:
            await self._keep(last)
            raise

    async def _keep(self, last: list[OutputPiece]) -> None:
        if last:
            await self._ledger.journal.write_outputs(self._ledger.run, as_one(last))

    def _fresh_buffer(self, job: JobState) -> OutputBuffer | None:
        if not self.watched:
            buffer = None
        elif job.group:
            buffer = OutputBuffer(FLEET_LINES, held=FLEET_HELD)
        else:
            buffer = shelved(self.shelf() if self.shelf is not None else None)
        if buffer is not None:
            self.outputs[job.job] = buffer
        if self._kernels is not None:
            self.readings[job.job] = self._kernels()
        over = [name for name in self.outputs if name not in self._following and not self._same_group(name, job)]
        for name in over[: max(0, len(self.outputs) - KEPT_BUFFERS)]:
            self.outputs.pop(name).close()
            self.readings.pop(name, None)
        return buffer

    def _same_group(self, other: str, job: JobState) -> bool:
        return bool(job.group) and self._ledger.state.jobs[other].group == job.group

    async def _finished(self, started: JobState, exit_: JobExit, kept: KeptOutput) -> JobState:
        pace = self._paces.pop(started.job, None)
        timings = pace.encoded() if pace is not None and kept.blob else b""
        result = JobFinished(
            job=started.job,
            exit=exit_.exit,
            signal=exit_.signal,
            timed_out=exit_.timed_out,
            cancelled=exit_.cancelled,
            leftover=exit_.leftover,
            seconds=round(exit_.seconds, 3),
            barred=self._barred(started, exit_),
            output=kept.blob,
            output_bytes=kept.bytes,
            output_sha256=kept.sha256,
            shell_state=exit_.shell_state,
            detail=exit_.detail,
            timings=hashlib.sha256(timings).hexdigest() if timings else "",
            withheld=self._withheld.pop(started.job, 0),
        )
        left = await self._left(started, exit_)
        # what left nothing did not succeed, whatever its exit status says
        closing = self._closing(
            started, exit_ if left is None or left.ok else msgspec.structs.replace(exit_, exit=None)
        )
        seen = (left,) if left is not None else ()
        await self._ledger.append(
            result,
            *seen,
            *closing,
            *self.witness.end(started.job),
            blobs={result.timings: timings} if timings else None,
        )
        await self.observe(started.job)
        return self._ledger.state.jobs[started.job]

    async def _left(self, started: JobState, exit_: JobExit) -> EvidenceSeen | None:
        """Whether it left what it must; None when nothing is to be looked for. A look that fails is no evidence."""
        trace = self.trace_of(started)
        if trace is None or exit_.exit != 0 or exit_.cancelled or exit_.timed_out:
            return None
        if trace.problem:
            return EvidenceSeen(job=started.job, ok=False, detail=f"what it must leave is unclear: {trace.problem}")
        state = self._ledger.state
        order = JobOrder(
            run=state.run,
            job=started.job + traces.SUFFIX,
            text=traces.script(trace),
            home=state.cwd,
            state_from=started.job if exit_.shell_state else started.state_from,
            timeout=traces.PATIENCE,
        )
        try:
            async with asyncio.timeout(2 * traces.PATIENCE):
                job = await self._targets.target(started.target).start(order)
                answer = b"".join([chunk async for chunk in job.output(0)])
                await job.wait()
        except (TargetError, TimeoutError) as error:
            detail = f"{trace.file} could not be looked at: {str(error) or 'no answer'}"
            return EvidenceSeen(job=started.job, ok=False, detail=detail)
        elapsed = (self._now() - started.started).total_seconds()
        found = traces.judge(trace, answer, elapsed=elapsed)
        return EvidenceSeen(job=started.job, ok=found.ok, detail=found.detail)

    async def _pump(self, job: Job, started: JobState, buffer: OutputBuffer | None) -> list[OutputPiece]:
        """Masked output to the screen's buffer at once, to the journal in batches; the last of it is given back.

        A reattached job is read from its first byte again: masking and hashing give the same bytes,
        and the journal keeps nothing twice.
        """
        if self._secret_unknown(started):
            if buffer is not None:
                buffer.feed(WITHHELD)
            journal = self._ledger.journal
            kept = await journal.output_size(self._ledger.run, job.id)
            return [OutputPiece(job=job.id, offset=kept, data=WITHHELD)]
        await asyncio.to_thread(recogniser)  # a second, once
        masker = Masker(self._hidden)
        pace = self._paces[job.id] = Pace(self._monotonic())
        reading = self.readings.get(job.id)
        asking = self._asking[job.id] = elevation.Asking()
        self._outbox.open(job.id)
        try:
            async for chunk in job.output(0):
                clean = masker.feed(chunk)
                if buffer is not None:
                    buffer.feed(clean, masker.waiting)
                asking.feed(clean)
                if reading is not None:
                    reading.feed(clean)
                pace.add(len(clean), self._monotonic())
                await self._outbox.add(job.id, clean)
            rest = masker.finish()
            self._withheld[job.id] = masker.withheld
            if buffer is not None:
                buffer.feed(rest)
            asking.feed(rest)
            if reading is not None:
                reading.feed(rest)
            pace.add(len(rest), self._monotonic())
            await self._outbox.add(job.id, rest)
            return await self._outbox.close(job.id)
        finally:
            self._outbox.discard(job.id)

    def _password(self, text: str, host: str) -> str | None:
        """That of sudo there, when it is known and the command calls sudo."""
        password = self._targets.password(host)
        if password is None or not elevation.says_sudo(text, self._shown_there(host)):
            return None
        return password

    def _barred(self, job: JobState, ended: JobExit) -> str:
        """Who in the command wanted a password and had nobody to ask, and what to do; empty when none did."""
        asking = self._asking.pop(job.job, None)
        if elevation.REFUSED in ended.detail:
            self.passwords.refuse(job.target)
            return elevation.WRONG
        if asking is None or job.interactive or not (who := asking.who()):
            return ""
        said = elevation.says_sudo(job.shown, self._shown_there(job.target))
        given = said and self._targets.password(job.target) is not None
        return elevation.sentence(who, said=said, given=given, here=job.target == LOCAL)

    def _shown_there(self, host: str) -> Iterable[str]:
        return (job.shown for job in self._ledger.state.jobs.values() if job.target == host)

    def _secret_unknown(self, started: JobState) -> bool:
        """Whether a placeholder of this job is a secret whose value this process does not have."""
        variables = self._ledger.state.variables
        unknown = any(variable.secret and name not in self._secrets for name, variable in variables.items())
        return "***" in started.shown and unknown

    async def _save_what_is_left(self, target: Target, job: JobState) -> None:
        try:
            await self._keep(await self._pump(await target.attach(self._ledger.run, job.job), job, None))
        except TargetError:
            return  # nothing is left there; the report says so
