"""Watches the conditions of a run while it is driven: verdicts become events, a fired trigger becomes a way back.

One overseer a run, in the process that drives it. It asks sources, it writes verdicts through the conductor, and where
policy says so it takes the run back after a count-down: once, and never while a command runs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from runbook_tui.alerting import watched_alerts
from runbook_tui.canarying import CanaryWalk
from runbook_tui.document.runbook import Effect
from runbook_tui.gate_policy import GatePolicy
from runbook_tui.gates.canary import plan_of
from runbook_tui.gates.condition import Phase, Standing
from runbook_tui.gates.stated import Alert
from runbook_tui.gates.verdict import Verdict
from runbook_tui.notices import Notices
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.conductor import Conductor
from runbook_tui.run.gauges import Gauge, figure, limit
from runbook_tui.run.ports import Clock, OperatorError
from runbook_tui.run.state import JobPhase
from runbook_tui.run.workloads import Workloads
from runbook_tui.sources import Gpus, Manual, Sources, of_runbook, settings
from runbook_tui.watching import Seen, Watched, Watching

log = logging.getLogger("runbook_tui")
TICK = 0.25  # seconds between two looks at the count-down
AGAIN = 5.0  # seconds before a count-down that could be neither ended nor held is looked at again
GRACE = 5.0  # seconds a person has at least, also when the count-down ran out while nobody was there
STEADY = 2  # looks with the same verdict before it is written; a trip is written at once


class Overseer:
    """The watch over one run."""

    def __init__(
        self, conductor: Conductor, sidecar: Mapping[str, Any] | None, *, policy: GatePolicy, clock: Clock,
        notices: Notices | None = None, gpus: Gpus | None = None, workloads: Workloads | None = None,
        alerts: Sequence[Alert] = (),
    ) -> None:  # fmt: skip
        """`alerts` are those of rule files. Raises OperatorError when what is said of signals cannot be used."""
        said = settings(conductor.runbook.front_matter, sidecar)
        self._conductor = conductor
        self._policy = policy
        self._clock = clock
        self._notices = notices or Notices(policy.notify)
        self._sources = Sources(said, gpus=gpus, workloads=workloads)
        self._began = clock.now()
        self._pending: dict[str, tuple[Verdict, int]] = {}
        self._news: asyncio.Queue[Seen] = asyncio.Queue()
        triggers, by_hand = of_runbook(conductor.runbook, said, self._sources)
        gates, ticked = of_runbook(conductor.runbook, said, self._sources, triggers=False, gates=True)
        self._gates = {one.check.id for one in gates}
        by_rule, no_rule = watched_alerts(alerts, self._sources)
        self._watched = [*triggers, *by_rule, *gates]
        asked = (one for one in ticked if one.mistaken or one.condition.step is None)  # a step's own is ticked
        self._manual = [*by_hand, *asked, *no_rule]
        self._watching = Watching(self._watched, clock, self._changed, self._idle, self._changes)
        self._orders = {one.check.id for one in triggers if one.orders}
        self._canary: CanaryWalk | None = None
        if "canary" in said:
            plan = plan_of(said["canary"])
            self._canary = CanaryWalk(
                conductor, plan, said, self._sources, clock=clock, failed=self._canary_failed, tell=self._tell
            )
        self._sending: set[asyncio.Task[bool]] = set()

    def seen(self) -> list[Seen]:
        return self._watching.seen()

    def gauges(self) -> Sequence[Gauge]:
        """Every condition as it stands now, those a person judges last."""
        return [*(self._gauge(seen) for seen in self._watching.seen()), *(_by_hand(one) for one in self._manual)]

    def _idle(self, watched: Watched) -> str:
        """Why a condition is not asked about at this moment of the walk."""
        state, steps = self._conductor.state, self._conductor.runbook.step_by_id
        if watched.after in steps and not state.step(watched.after).settled:
            return f"watched once “{steps[watched.after].title}” is done"
        if watched.until in steps and state.step(watched.until).settled:
            return f"watched until “{steps[watched.until].title}” was done"
        return ""

    def _changes(self) -> object:
        """How many commands of the run that change something were begun, and are over."""
        known = self._conductor.runbook.command_by_id
        jobs = [job for job in self._conductor.state.jobs.values()
                if (command := known.get(job.command)) is None or command.effect is not Effect.READ]  # fmt: skip
        return len(jobs), sum(job.phase is not JobPhase.RUNNING for job in jobs)

    async def run(self) -> None:
        """Watch until cancelled."""
        if self._canary is not None:
            self._conductor.canary, self._conductor.gated.weights = self._canary.declared, self._canary.commands
        try:
            async with asyncio.TaskGroup() as tasks:
                if self._watched:
                    tasks.create_task(self._watching.run())
                tasks.create_task(self._write())
                if self._watched or self._canary is not None or self._conductor.state.gates.countdown is not None:
                    tasks.create_task(
                        self._count_down()
                    )  # where nothing can fire, nothing wakes up four times a second
                if self._canary is not None:
                    tasks.create_task(self._canary.run())
        finally:
            self._conductor.canary = None
            await self._sources.close()

    @property
    def _over(self) -> bool:
        """Whether nothing is to be done any more: a completed run may be watched on."""
        outcome = self._conductor.state.outcome
        return outcome is not None and not (self._conductor.watches_on and outcome is e.Outcome.COMPLETED)

    # --- verdicts become events ---

    def _changed(self, seen: Seen, before: Standing | None) -> None:  # noqa: ARG002
        self._news.put_nowait(seen)

    async def _write(self) -> None:
        while True:
            seen = await self._news.get()
            try:
                await self._judge(seen)
            except OperatorError as error:  # the run is somebody else's now, or over: the next verdict tries again
                log.warning("a verdict was not written: %s", error)

    async def _judge(self, seen: Seen) -> None:
        standing, check = seen.standing, seen.check
        if standing.verdict is None or standing.phase is not Phase.OBSERVING:
            return
        state = self._conductor.state
        known = state.gates.conditions.get(check.id)
        if state.rollback is not None or self._over:
            return
        if standing.passes_in is not None and (self._conductor.watches_on or state.step(check.step or "").settled):
            return  # it was met when its step was done, and nothing bad was seen since: only this watch is new
        if known is not None and known.verdict == standing.verdict.value:
            self._pending.pop(check.id, None)
            return
        verdict, looks = self._pending.get(check.id, (standing.verdict, 0))
        looks = looks + 1 if verdict is standing.verdict else 1
        self._pending[check.id] = (standing.verdict, looks)
        if standing.verdict is not Verdict.FAIL and known is not None and looks < STEADY:
            return
        judged = e.ConditionJudged(
            condition=check.id, text=check.text, verdict=standing.verdict.value, step=check.step or "",
            value=standing.value, threshold=check.threshold, unit=check.unit, detail=_detail(seen),
            gate=check.id in self._gates,
        )  # fmt: skip
        if standing.verdict is not Verdict.FAIL or check.id in self._gates:
            await self._conductor.perform(i.GateSaid(events=(judged,)))
            return
        await self._fired(seen, judged)

    async def _fired(self, seen: Seen, judged: e.ConditionJudged) -> None:
        """A condition that must not hold holds: it is written, told, and the way back is offered or taken."""
        evidence = _evidence(seen)
        events: list[e.AnyGateEvent | e.ConditionFired] = [judged]
        if judged.step and not self._conductor.state.step(judged.step).fired:
            events.append(e.ConditionFired(step=judged.step, text=judged.text, evidence=evidence, automatic=True))
        scheduled = self._scheduled(judged, evidence)
        if scheduled is not None:
            events.append(scheduled)
        await self._conductor.perform(i.GateSaid(events=tuple(events)))
        then = f"; rolls back at {scheduled.due:%H:%M:%S} UTC unless held" if scheduled else ""
        self._tell(f"{self._conductor.state.title}: {judged.text}: {evidence}{then}")

    def _scheduled(self, judged: e.ConditionJudged, evidence: str) -> e.RollbackScheduled | None:
        """The count-down, where policy has it: once in a run, for what the document says to roll back on."""
        state = self._conductor.state
        must = judged.condition in self._orders
        if not (self._policy.automatic_rollback and must and self._conductor.rollback_plan().armed):
            return None
        if state.gates.countdown is not None or state.rollback is not None or self._over:
            return None
        due = self._clock.now() + timedelta(seconds=self._policy.countdown)
        return e.RollbackScheduled(reason=f"{judged.text} ({evidence})", due=due, step=judged.step)

    def _canary_failed(self, reason: str) -> e.RollbackScheduled | None:
        """Its traffic is taken back already; the rest of the way back is policy's."""
        state = self._conductor.state
        self._tell(f"{state.title}: the canary was aborted: {reason}")
        may = self._policy.automatic_rollback and self._conductor.rollback_plan().armed
        if not may or state.gates.countdown is not None or state.rollback is not None:
            return None
        due = self._clock.now() + timedelta(seconds=self._policy.countdown)
        return e.RollbackScheduled(reason=f"the canary failed: {reason}", due=due)

    # --- the count-down ---

    async def _count_down(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            state = self._conductor.state
            coming = state.gates.countdown
            if coming is None or coming.held_by is not None or state.rollback is not None or self._over:
                continue
            if state.held is not None:  # once it is released, there is time to hold this, too
                self._began = self._clock.now()
                continue
            due = max(coming.due, self._began + timedelta(seconds=min(GRACE, self._policy.countdown)))
            if self._clock.now() < due or self._at_work():
                continue
            try:
                await self._conductor.perform(i.RollBack(reason=f"automatic: {coming.reason}", automatic=True))
            except OperatorError as error:
                if self._at_work():  # a command was begun in this moment
                    continue
                await self._leave_to_a_person(str(error))
                continue
            after = self._conductor.state
            done = "rolled back" if after.outcome is e.Outcome.ROLLED_BACK else "the rollback wants a person"
            self._tell(f"{state.title}: {done}")

    def _at_work(self) -> bool:
        return bool(self._conductor.busy or self._conductor.state.open_jobs)

    async def _leave_to_a_person(self, why: str) -> None:
        self._tell(f"{self._conductor.state.title}: the automatic rollback was not begun: {why}")
        try:
            await self._conductor.perform(i.GateSaid(events=(e.RollbackHeld(reason=why),)))
        except OperatorError as error:  # the run is somebody else's now, and so is its count-down
            log.warning("that the automatic rollback was not begun was not written: %s", error)
            await asyncio.sleep(AGAIN)

    # --- inside ---

    def _tell(self, text: str) -> None:
        if self._notices.any:
            task = asyncio.create_task(self._notices.send(text))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    def _gauge(self, seen: Seen) -> Gauge:
        check, standing = seen.check, seen.standing
        if seen.idle:
            return Gauge(
                condition=check.id, text=check.text, step=check.step or "", gate=check.id in self._gates, verdict=None,
                manual=True, detail=seen.idle, unit=check.unit, threshold=check.threshold, bad=check.breach,
            )  # fmt: skip
        return Gauge(
            condition=check.id, text=check.text, step=check.step or "", gate=check.id in self._gates,
            verdict=standing.verdict.value if standing.verdict else None,
            value=standing.value, unit=check.unit, threshold=check.threshold, bad=check.breach, age=standing.age,
            breaching=standing.breaching, trips_in=standing.trips_in, passes_in=standing.passes_in,
            lasting=check.lasting, history=seen.history, detail=_detail(seen),
        )  # fmt: skip


def _by_hand(manual: Manual) -> Gauge:
    condition = manual.condition
    return Gauge(
        condition=condition.step or condition.text, text=condition.text, step=condition.step or "",
        verdict=Verdict.ERROR.value if manual.mistaken else None, manual=not manual.mistaken, detail=manual.why,
    )  # fmt: skip


def _detail(seen: Seen) -> str:
    return "; ".join(filter(None, (seen.standing.detail, seen.check.note)))


def _evidence(seen: Seen) -> str:
    standing, check = seen.standing, seen.check
    value = "" if standing.value is None else figure(standing.value, check.unit)
    held = f" for {standing.breaching:.0f} s" if standing.breaching else ""
    note = f"; {check.note}" if check.note else ""
    return f"{value}{held}, {check.breach} {limit(check.threshold, check.unit)}".strip(", ") + note
