"""GPUs while a run's commands run: fit before a step that asks for it, and evidence around every command."""

from __future__ import annotations

import asyncio
import getpass
import time
from collections.abc import Callable
from contextlib import suppress

from runbook_tui.document import annotation
from runbook_tui.document.gpu_maps import placements, speaks_of_gpus
from runbook_tui.document.runbook import Effect, Runbook
from runbook_tui.gates.gpu_health import Expected, of_named
from runbook_tui.run.events import AnyEvent, JobStarted, Purpose, Resolution, TelemetryFrozen
from runbook_tui.run.gpu.evidence import FRESH, Gathering, devices_named
from runbook_tui.run.gpu.model import GpuHost
from runbook_tui.run.gpu.verdicts import Check, Verdict, worst
from runbook_tui.run.ports import Clock, Lines, NeedsOverride, OperatorError
from runbook_tui.run.state import RunState
from runbook_tui.telemetry import Telemetry, over_lines, settled

GATE = "gpu"  # what a step's annotation `gate` says
LOOK = 3.0  # seconds looked at before judging: counters want two readings
LAST = 1.0  # seconds of them for the last reading
PATIENCE = 35.0  # seconds for the first reading: of a driver that hangs that is said after 30
SHOWN = 3  # reasons told at once

Reach = Callable[[str], Lines | None]  # the way to a host's lines; None for this machine


class GpuWitness:
    """One run's; implements `run.ports.Witness`."""

    def __init__(
        self, telemetry: Telemetry, runbook: Runbook, now: Callable[[], Runbook], *, state: Callable[[], RunState],
        clock: Clock, reach: Reach,
    ) -> None:  # fmt: skip
        """`now` gives the run's document as it is at that moment: it may be edited under way; `state` what was done."""
        self.telemetry = telemetry
        self._runbook = now
        self._state = state
        self._clock = clock
        self._reach = reach
        self._gathering: dict[str, tuple[str, Gathering]] = {}  # by job: its host's name, and what was seen
        self._told: dict[str, float] = {}  # by host: up to when its errors are in the record
        self._end = telemetry.subscribe(self._take)
        self._about = speaks_of_gpus(runbook.lines)
        telemetry.placements = placements(runbook.lines)

    async def admit(self, intent: JobStarted, *, overridden: bool) -> None:
        if overridden or not self._gated(intent):
            return
        self._look_at(intent.target, asked=True)
        source = self.telemetry.named(intent.target)
        if source is None:
            raise NeedsOverride(
                f"this step wants its GPUs checked, and on {intent.target} there is no driver to ask. Nothing was run"
            )
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not source.latest().gpus and source.latest().error_code is None:  # noqa: ASYNC110 - bounded
                    await asyncio.sleep(0.05)
        await asyncio.sleep(LOOK - LAST)
        await source.ask_now()  # counters that are read seldom want a second reading too
        await asyncio.sleep(LAST)
        named = devices_named(intent.shown)
        expected = Expected(users=frozenset({getpass.getuser()}), step_since=began(self._state(), intent))

        def judged() -> list[Check]:
            checks = self.telemetry.health_of(intent.target, expected)
            return of_named(checks, named, source.latest()) if named else checks

        checks = await settled(judged, source.ask_now)
        if worst(checks) not in (Verdict.BLOCK, Verdict.UNKNOWN):
            return
        grave = [check for check in checks if check.verdict is Verdict.BLOCK]
        host = source.latest()
        reasons = [f"{check.check}: {check.detail}" for check in grave]
        if host.proves:
            reasons += [f"{check.check}: {check.detail}" for check in checks if check.verdict is Verdict.UNKNOWN]
        else:
            what = "a recording" if host.replayed else "a stand-in of the driver (FAKE)"
            reasons.append(f"they are told by {what}, which proves nothing")
        told = "; ".join(reasons[:SHOWN])
        more = f"; and {len(reasons) - SHOWN} more" if len(reasons) > SHOWN else ""
        raise NeedsOverride(f"the GPUs of {source.host} are not fit for this step ({told}{more}). Nothing was run")

    def begin(self, job: str, host: str, text: str) -> None:
        self._look_at(host, asked=False)
        source = self.telemetry.named(host)
        if source is None:
            return
        gathering = Gathering(text, began=time.time(), told=self._told.get(source.host))
        latest = source.latest()
        if latest.gpus and latest.age < FRESH:
            gathering.take(latest)
        self._gathering[job] = (source.host, gathering)

    def end(self, job: str) -> tuple[AnyEvent, ...]:
        host, gathering = self._gathering.pop(job, ("", None))
        if gathering is not None:
            self._told[host] = gathering.told
        evidence = gathering.frozen(time.time()) if gathering is not None else None
        return () if evidence is None else (TelemetryFrozen(job=job, evidence=evidence),)

    async def close(self) -> None:
        self._end()
        await self.telemetry.close()

    # --- inside ---

    def _gated(self, intent: JobStarted) -> bool:
        """Whether the step, its command or the document asks for fit GPUs; the document speaks of changes only."""
        runbook = self._runbook()
        step, command = runbook.step_by_id.get(intent.step), runbook.command_by_id.get(intent.command)
        if intent.purpose is not Purpose.STEP:
            return False
        own = [one.annotations.get("gate") for one in (step, command) if one is not None]
        changes = command is None or command.effect is not Effect.READ
        whole = GATE in runbook.gates and changes
        return whole or any(GATE in annotation.names(said) for said in own if said is not None)

    def _look_at(self, host: str, *, asked: bool) -> None:
        """Watch a host from now on, where there is a way to it, and the document speaks of GPUs or asks for them."""
        if self.telemetry.named(host) is not None or not (asked or self._about):
            return
        with suppress(OperatorError):
            lines = self._reach(host)
            if lines is not None:
                self.telemetry.add(host, lambda: over_lines(self._clock, lines))

    def _take(self, host: GpuHost) -> None:
        for name, gathering in self._gathering.values():
            if name == host.host:
                gathering.take(host)


def began(state: RunState, intent: JobStarted) -> float | None:
    """When the first command of the intent's step began on its machine, epoch seconds; None where none has yet."""
    jobs = (job for job in state.jobs.values() if (job.step, job.target) == (intent.step, intent.target))
    ran = (job for job in jobs if job.purpose is Purpose.STEP and job.resolution is not Resolution.NOT_RUN)
    return min((job.started.timestamp() for job in ran), default=None)
