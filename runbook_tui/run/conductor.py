"""The one who acts: takes intents, asks what is allowed, writes events, lets commands run.

Everything a screen or the command line may do to a run goes through `perform`.
"""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

from runbook_tui.document.runbook import Behaviour, Command, Effect, Runbook, Step, StepKind
from runbook_tui.document.traces import Trace, trace_of
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.batching import against
from runbook_tui.run.changes import DocumentDiff
from runbook_tui.run.deeds import canary_started, event_of
from runbook_tui.run.edits import Edits
from runbook_tui.run.estimate import Pace
from runbook_tui.run.execution import Busy, Call, Execution
from runbook_tui.run.fleet import Batches, Stop
from runbook_tui.run.fleets import FleetExecution
from runbook_tui.run.gated import Gated
from runbook_tui.run.gauges import Gauge, recorded
from runbook_tui.run.guarding import Guard
from runbook_tui.run.hidden import cleaned, is_secret
from runbook_tui.run.kernel_gate import read_kernels, verdict_of
from runbook_tui.run.kernels import KernelProgress
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.live import LiveChange
from runbook_tui.run.looking import look, these
from runbook_tui.run.masking import masked
from runbook_tui.run.onlookers import Watcher, Witness
from runbook_tui.run.output import OutputBuffer, Shelf, joined
from runbook_tui.run.policy import Refused, check, check_measured
from runbook_tui.run.ports import HandOver, JobExit, KernelReading, Standing, TargetError
from runbook_tui.run.preflight import Preflight
from runbook_tui.run.preview import Action, Confirm, Preview, preview
from runbook_tui.run.progress import remaining_commands, unfinished
from runbook_tui.run.resolve import ResolvedCommand
from runbook_tui.run.rollback import RollbackPlan, rollback_plan
from runbook_tui.run.second import SecondPerson, Wanted, wanted_of
from runbook_tui.run.state import JobState, RunState
from runbook_tui.run.targets import Targets
from runbook_tui.run.together import together
from runbook_tui.run.warding import NoWarden, Warden
from runbook_tui.run.way_back import WayBack
from runbook_tui.run.where import hosts_of, satisfied, target_of, touched
from runbook_tui.run.written import Papers, Written


class Conductor:
    """Drives one run of one runbook. One step at a time; ticks and notes meanwhile are welcome."""

    def __init__(
        self,
        ledger: Ledger,
        runbook: Runbook,
        targets: Targets,
        *,
        actor: str,
        new_id: Callable[[], str],
        papers: Papers,
        written: Written,
        watcher: Watcher | None = None,
        witness: Witness | None = None,
        kernels: Callable[[], KernelReading] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        page: Callable[[str], Awaitable[None]] | None = None,
        shelf: Callable[[], Shelf] | None = None,
        hidden: Mapping[str, str] | None = None,
    ) -> None:
        self.runbook = runbook
        self._ledger = ledger
        self._targets = targets
        self._edits = Edits(ledger, papers, written)
        self._secrets: dict[str, str] = {}  # placeholder -> value, in memory only
        self._hidden = ChainMap(self._secrets, dict(hidden or {}))  # and what commands see without being asked
        ledger.clean = lambda event: cleaned(event, self._hidden.values())
        self._busy: str | None = None
        self._planned: tuple[RunState, Runbook, Mapping[str, float], RollbackPlan] | None = None
        self._now = now
        self._beside: set[asyncio.Task[None]] = set()
        self.warden: Warden = NoWarden()
        self.watches_on = False  # conditions count after the run was completed, too
        self.canary: e.CanaryStarted | None = None  # how the document says that one is walked, of whatever step
        self.watch: Callable[[], Sequence[Gauge]] | None = None
        self.second: SecondPerson | None = None  # where a policy wants another person's yes
        self.times: Mapping[str, float] = {}  # seconds that commands took in earlier runs
        self.pace = Pace()
        self._execution = Execution(
            ledger,
            targets,
            new_id=new_id,
            closing=self._closing_events,
            secrets=self._secrets,
            hidden=self._hidden,
            watcher=watcher,
            witness=witness,
            kernels=kernels,
            now=now,
        )
        self.must_leave(lambda job: trace_of(self.runbook, job.command))
        self._execution.shelf = shelf
        self._kernels = kernels
        self.guard = Guard(ledger, self._execution)
        self._fleets = FleetExecution(ledger, self.guard, new_id=new_id)
        self.gated = Gated(ledger, self._execution, self._secrets, go=self._run_where_it_goes, doing=self._doing)
        self._way_back = WayBack(
            ledger,
            actor=actor,
            secrets=self._secrets,
            runbook=lambda: self.runbook,
            plan=self.rollback_plan,
            undo=self._undo,
            run=self._execution.run,
            page=page,
        )

    # --- what a screen reads ---

    @property
    def state(self) -> RunState:
        return self._ledger.state

    @property
    def written(self) -> Written:
        """What this run follows, as bytes."""
        return self._edits.written

    @property
    def witness(self) -> Witness:
        """Who looks at the devices while commands run."""
        return self._execution.witness

    @property
    def busy(self) -> str | None:
        """What is being done now, or None."""
        return self._busy

    @property
    def unheard(self) -> str:
        return self._ledger.unheard

    @property
    def current_job(self) -> str | None:
        return self._execution.current

    def subscribe(self, listener: Callable[[RunState], None]) -> Callable[[], None]:
        """Hear of every new state; the result ends it."""
        return self._ledger.subscribe(listener)

    def standings(self) -> Mapping[str, Standing]:
        """How we stand with each host this run has asked for."""
        return self._targets.standings()

    def preview(self, step_id: str) -> Preview:
        return preview(self.runbook, self.state, step_id, self._secrets)

    def rollback_plan(self) -> RollbackPlan:
        """As the run stands now; asked at every key, worked out once for each event."""
        state, seen = self.state, self._planned
        if seen is None or seen[0] is not state or seen[1] is not self.runbook or seen[2] is not self.times:
            plan = rollback_plan(self.runbook, state, self.times)
            seen = self._planned = (state, self.runbook, self.times, plan)
        return seen[3]

    async def rehearse(self, step_id: str) -> tuple[str, ...]:
        """What the step's next command would change, in lines; nothing is changed. Raises OperatorError."""
        shown = self.preview(step_id)
        if shown.action is not Action.RUN:
            raise Refused("there is nothing here that would run next")
        step = self.runbook.step_by_id[step_id]
        return await self._execution.rehearse(Call(step=step, resolved=shown.commands[0], host=shown.target))

    def live_change(self, job_id: str) -> tuple[LiveChange, ...]:
        """What happens to the system a job changes, as its watcher sees it now."""
        return self._execution.watcher.live(job_id)

    def live_output(self, job_id: str) -> OutputBuffer | None:
        """The lines of a job followed by this process."""
        return self._execution.outputs.get(job_id)

    async def kept_output(self, job_id: str) -> bytes:
        """What the journal keeps of a job's output."""
        return joined(await self._ledger.journal.read_output(self.state.run, job_id))

    def gauges(self) -> Sequence[Gauge]:
        """The watched conditions as they stand now: by whoever watches them here, else as recorded."""
        return self.watch() if self.watch is not None else recorded(self.state)

    def live_kernels(self, job_id: str) -> KernelProgress | None:
        """What a job followed by this process has printed of a kernel validation; None when nothing."""
        reading = self._execution.readings.get(job_id)
        return reading.progress if reading is not None and reading.seen else None

    async def kept_kernels(self, job_id: str) -> KernelProgress | None:
        """The same of a job whose output the journal keeps."""
        kept = await self.kept_output(job_id) if self._kernels is not None else b""
        return await asyncio.to_thread(read_kernels, self._kernels(), kept) if self._kernels is not None else None

    def must_leave(self, trace: Callable[[JobState], Trace | None]) -> None:
        """What a command must leave to have succeeded, where it is not what the document says."""
        self._execution.trace_of = trace

    def hand_over_terminal(self, hand_over: HandOver | None) -> None:
        """How interactive commands get the terminal; without it they are refused."""
        self._execution.hand_over = hand_over

    def unwatched(self) -> None:
        """Nobody looks at outputs here: none are held, the journal has them."""
        self._execution.watched = False

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Something useful that nobody waits for; it ends with the run being let go of."""
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def close(self) -> None:
        """Let go of the hosts and of what is watched; commands under way go on."""
        for task in list(self._beside):
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        await self._execution.watcher.close()
        await self._execution.witness.close()
        await self._targets.close()

    # --- what an operator does ---

    async def perform(self, intent: i.Intent) -> None:
        """Do it, durably. Raises Refused with the reason, or another OperatorError; then nothing was done.

        `RunStep` and `RollBack` return when their commands have ended; cancelling them leaves the
        commands running on their targets.
        """
        await self.warden.before(intent, self.runbook)
        check(intent, self.runbook, self.state, self._now())
        check_measured(intent, self.gauges(), self.state, self._now())
        match intent:
            case i.ProveIdentity():
                await self.warden.prove()
            case i.RunStep():
                await self._run_step(intent)
            case i.RollBack():
                await self._roll_back(intent)
            case i.AbortTraffic(reason=reason):
                with self._doing("taking the traffic off what is new"):
                    await self._way_back.abort_traffic(reason)
            case i.CancelJob():
                await self._cancel()
            case i.SetVariable():
                await self._set_variable(intent)
            case i.AskAgain():
                await self.recover()
            case i.GivePlace():
                await self._give_place(intent)
            case i.GivePassword():
                self._use_password(intent)
            case i.AdoptDocument(seen=seen):
                self.runbook = await self._edits.taken_over(self.runbook, seen)
            case i.AddNote(step=step, text=text):
                await self._ledger.note(self._ledger.clean(e.NoteAdded(step=step, text=text)))
            case i.Finish(outcome=outcome, reason=reason):
                await self._finish(outcome, reason)
            case i.GateSaid(events=events):
                await self._ledger.append(*events)
            case i.Tick(step=step) if begun := canary_started(step, self.runbook, self.state, self.canary):
                await self._begin_canary(intent, begun)
            case _:
                said = event_of(intent, self.runbook, self.state, now=self._now(), secrets=self._secrets)
                await self._ledger.append(said)

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        if self._busy is not None:
            raise Busy(f"one thing at a time: {self._busy} is not over yet")
        self._busy = what
        self._ledger.announce()
        try:
            yield
        finally:
            self._busy = None
            self._ledger.announce()

    def start_no_further(self) -> None:
        """On the hosts of a fleet that have not begun; what runs goes on."""
        self._fleets.stop()

    # --- after a crash ---

    async def recover(self) -> list[JobState]:
        """Ask the targets about every job without a recorded result; returns the jobs that stay unknown.

        A job that still runs is followed to its end. Nothing is run again.
        """
        if asked := self.state.open_jobs:
            hosts = list(dict.fromkeys(job.target for job in asked))
            whom = hosts[0] if len(hosts) == 1 else f"{len(hosts)} hosts"
            with self._doing(f"asking {whom} about {asked[0].shown.splitlines()[0]}"):
                await together(self._execution.recover(job) for job in asked)
        await self._close_groups()
        for sighting in self.state.sightings.values():
            if sighting.changes is None and not self.state.jobs[sighting.job].open:
                await self._execution.observe(sighting.job)
        return self.state.open_jobs

    async def _close_groups(self) -> None:
        """A process that died left groups open: no further host of them will start by itself."""
        for group in [group for group in self.state.groups.values() if not group.finished]:
            await self._ledger.append(e.FleetFinished(group=group.group, stopped="interrupted"))
            step = self.runbook.step_by_id.get(group.step)
            done = step is not None and not remaining_commands(self.runbook, self.state, step)
            if step is not None and done and step.kind is StepKind.COMMAND and group.purpose is e.Purpose.STEP:
                await self._ledger.append(e.StepTicked(step=step.id, automatic=True))

    # --- other machines ---

    async def preflight(self) -> Preflight | None:
        """Look at every other machine of this run; None when there is none. Changes nothing, here or there."""
        with self._doing("looking at the other machines"):
            return await look(self._targets, self.runbook, self.state)

    async def trust(self, hosts: Sequence[str]) -> list[str]:
        """Take over the new keys of these hosts, which a person has compared; the files they were written to."""
        return [await self._targets.trust(host) for host in hosts]

    # --- steps ---

    async def _run_step(self, intent: i.RunStep) -> None:
        shown = self.preview(intent.step)
        if shown.action is Action.ASK:
            raise Refused(f"first give a value for {', '.join(shown.missing)}")
        if shown.action is not Action.RUN:
            raise Refused(shown.refused or f"there is nothing to run in this step ({shown.action.value})")
        if shown.refused:
            raise Refused(shown.refused)
        if shown.unseen:
            raise Refused(f"first look at {these(shown.unseen)}: nothing was changed there yet in this run")
        if shown.confirm is Confirm.DELIBERATE and not intent.deliberate:
            raise Refused("this destroys something: it wants the deliberate key")
        if shown.confirm is Confirm.PLAIN and not (intent.confirmed or intent.deliberate):
            raise Refused("this changes something: it wants a confirmation")
        if shown.interactive and self._execution.hand_over is None:
            raise Refused("this command wants a terminal and there is none here: run it by hand, then tick the step")
        step = self.runbook.step_by_id[intent.step]
        with self._doing(step.title):
            wanted = lambda: wanted_of(self.preview(step.id), self.state)  # noqa: E731
            self._execution.second = await self.second.before(step, wanted) if self.second is not None else ""
            try:
                for resolved in shown.commands:
                    check(intent, self.runbook, self.state, self._now())  # somebody may hold the run by now
                    if not await self._run_where_it_goes(step, resolved, confirmed=shown.confirm is not Confirm.NONE):
                        return
            finally:
                self._execution.second = ""  # it was for these commands, and for nothing that a gate starts later

    async def _run_where_it_goes(
        self, step: Step, resolved: ResolvedCommand, *, confirmed: bool, purpose: e.Purpose = e.Purpose.STEP
    ) -> bool:
        """On one host or on all of a fleet; whether it needs no further run."""
        command = resolved.command
        name = target_of(self.state, command) or self.state.target
        hosts = hosts_of(self.state, command)
        if len(self.state.hosts.get(name, ())) < 2:
            call = Call(step=step, resolved=resolved, host=hosts[0], purpose=purpose, confirmed=confirmed)
            return satisfied(command, await self.guard.run(call))
        if not hosts:
            raise Refused(f"all hosts of {name} were left out of this run")
        fleet = self._targets.fleet(name)
        if purpose is e.Purpose.STEP:
            fleet = fleet.only(hosts)
        else:  # the way back goes only where something was done, and a host that fails holds up no other
            fleet = msgspec.structs.replace(fleet.only(touched(self.state, hosts)), batches=Batches(), stop=Stop(None))
        if command.behaviour is Behaviour.INTERACTIVE:
            raise Refused(f"this command wants a terminal, and {fleet.name} is {len(fleet.hosts)} hosts")
        asks = purpose is e.Purpose.STEP and command.effect is not Effect.READ
        done = await self._fleets.run(
            step, resolved, fleet, purpose=purpose, confirmed=confirmed, against=self._against if asks else None
        )
        ended = step.kind is StepKind.COMMAND and not remaining_commands(self.runbook, self.state, step)
        if done and ended and purpose is e.Purpose.STEP:
            await self._ledger.append(e.StepTicked(step=step.id, automatic=True))
        return done

    async def _against(self, stopped: Callable[[], bool]) -> str:
        return await against(self.gauges, lambda: self.state, stopped, self._now)

    def _closing_events(self, job: JobState, exit_: JobExit) -> tuple[e.AnyEvent, ...]:
        """What goes into the transaction of a job's result: a kernel validation's verdict, the tick of a command step.

        A command step is ticked by the success of its last command.
        """
        step = self.runbook.step_by_id.get(job.step)
        verdict = verdict_of(self._execution.readings.get(job.job), self.runbook, self.state, job, status=exit_.exit)
        judged = (e.KernelsValidated(job=job.job, verdict=verdict),) if verdict is not None else ()
        if verdict is not None and not verdict.passed:
            return judged
        if job.purpose is not e.Purpose.STEP or job.group or step is None or step.kind is not StepKind.COMMAND:
            return judged
        left = remaining_commands(self.runbook, self.state, step)
        is_last = len(left) == 1 and left[0].id == job.command
        ended_well = exit_.exit == 0 and not exit_.cancelled and not exit_.timed_out
        watched = exit_.cancelled and is_last and left[0].behaviour is Behaviour.ENDLESS
        ticked = (e.StepTicked(step=step.id, automatic=True),) if is_last and (ended_well or watched) else ()
        return (*judged, *ticked)

    async def _cancel(self) -> None:
        if self.second is not None and self.second.waiting and self.second.withdraw():
            return
        if self._execution.current is None:
            raise Refused("no command is running here")
        self._fleets.stop()
        await self._execution.cancel()

    async def _give_place(self, intent: i.GivePlace) -> None:
        self._targets.accept(intent.target)
        await self._ledger.append(e.PlaceGiven(said=intent.said, target=intent.target))

    def _use_password(self, intent: i.GivePassword) -> None:
        # Masked in every output from now on; a mistyped one too, which is near the right one.
        self._secrets[f"sudo on {', '.join(intent.hosts)} ({len(self._secrets)})"] = intent.password
        self._execution.passwords.give(intent.hosts, intent.password)

    async def _set_variable(self, intent: i.SetVariable) -> None:
        secret = intent.secret or is_secret(self.runbook, intent.name) or masked(intent.value) != intent.value
        if secret:
            self._secrets[intent.name] = intent.value
        await self._ledger.append(
            e.VariableSet(name=intent.name, value=None if secret else intent.value, secret=secret)
        )

    # --- the document ---

    async def document_diff(self) -> DocumentDiff | None:
        """How the files on disk differ from what this run follows; None when they do not.

        Raises OperatorError when they cannot be read; the run goes on with its own copies then.
        """
        return await self._edits.seen(self.runbook)

    # --- the way back ---

    async def _roll_back(self, intent: i.RollBack) -> None:
        self._way_back.check()
        with self._doing("rolling back"):
            taken = await self._way_back.take(intent.reason)
        if taken:
            await self._leave_clean()

    async def _undo(self, step: Step, resolved: ResolvedCommand) -> bool:
        return await self._run_where_it_goes(step, resolved, confirmed=True, purpose=e.Purpose.ROLLBACK)

    def canary_wanted(self, step: Step) -> Wanted | None:
        """What another person has to say yes to before the step's canary begins, once for all of its weights."""
        return self.gated.wanted(step, self.second)

    async def _begin_canary(self, intent: i.Tick, begun: e.CanaryStarted) -> None:
        request = await self.gated.ask(self.runbook.step_by_id[begun.step], self.second)
        check(intent, self.runbook, self.state, self._now())  # much may have happened while somebody was asked
        await self._ledger.append(msgspec.structs.replace(begun, second=request))

    async def run_for_gate(self, step: Step, command: Command, *, purpose: e.Purpose) -> None:
        """A command that a gate of this run wants, for instance to send traffic.

        Raises Busy while another runs, Refused when it must not be or did not succeed.
        """
        if purpose is e.Purpose.STEP:  # what takes traffic back waits for no rules
            await self.warden.look(self.runbook)
        await self.gated.run(step, command, purpose, self.second)

    async def share_of(self, step: Step, command: Command) -> float | None:
        """Percent of the traffic that gets through to what this command divides, or None. Raises OperatorError."""
        return await self.gated.share(step, command)

    # --- the end ---

    async def _finish(self, outcome: e.Outcome, reason: str) -> None:
        if outcome is e.Outcome.COMPLETED and (left := unfinished(self.runbook, self.state)):
            raise Refused(f"{len(left)} steps are open, the first is “{left[0].title}” (line {left[0].line})")
        if self._busy:
            raise Busy(f"a command is running ({self._busy}): cancel it or let it end first")
        await self._ledger.append(e.RunFinished(outcome=outcome, reason=reason))
        await self._leave_clean()

    async def _leave_clean(self) -> None:
        for name in {job.target for job in self.state.jobs.values()}:
            with suppress(TargetError):  # what cannot be cleared away does no harm; the run is over all the same
                await self._targets.target(name).forget(self.state.run)
        await self._ledger.journal.give_drive(self.state.run)
        await self._execution.watcher.close()
