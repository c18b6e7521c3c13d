"""Walks a canary: sends traffic, asks the checks, takes the traffic back. A decision is written before it is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from runbook_tui.document import conditions as sentences
from runbook_tui.document.runbook import Command, Effect, Step
from runbook_tui.gates.canary import Act, BadCanary, Plan, decide, weighed
from runbook_tui.gates.condition import Check
from runbook_tui.gates.stated import GATE, Timing, check_of
from runbook_tui.gates.verdict import Verdict, worst
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.conductor import Conductor
from runbook_tui.run.ports import Clock, OperatorError, Signal
from runbook_tui.run.state import CanaryState
from runbook_tui.watching import Watched, Watcher

log = logging.getLogger("runbook_tui")
TICK = 0.1  # seconds between two looks at what is to be done
NEAR = 0.6  # percent by which a share may differ: weights are whole numbers
AGAIN = 5.0  # seconds before a weight that could not be set is tried again

SignalOf = Callable[[str], tuple[Signal, str] | None]


class CanaryWalk:
    """One canary of one run. Raises BadCanary when its checks cannot be asked."""

    def __init__(
        self, conductor: Conductor, plan: Plan, signal_of: SignalOf, *, clock: Clock,
        failed: Callable[[str], e.RollbackScheduled | None],
    ) -> None:  # fmt: skip
        self._conductor = conductor
        self._plan = plan
        self._clock = clock
        self._failed = failed
        self._checks = [self._watched(sentence, signal_of) for sentence in plan.checks]
        self._requests = signal_of(plan.requests) if plan.requests else None
        if not plan.checks:
            raise BadCanary("the canary has no checks: nothing would ever stop it")
        if plan.requests and self._requests is None:
            raise BadCanary(f"no signal is called “{plan.requests}”")
        self._failures = 0
        self._applied: int | None = None  # the weight this process has set

    def _watched(self, sentence: str, signal_of: SignalOf) -> Watched:
        condition = sentences.read(sentence, 0, severity=GATE)
        found = signal_of(condition.metric) if condition.metric else None
        if condition.metric is None or found is None:
            raise BadCanary(f"the canary's check “{sentence}” has no threshold, or no signal of its name")
        check = check_of(
            condition, id=sentence, unit=found[1] or None, timing=Timing(every=self._plan.every, observe=0.0)
        )
        if not isinstance(check, Check):
            raise BadCanary(f"the canary's check “{sentence}”: {check}")
        return Watched(check=check, signal=found[0])

    async def run(self) -> None:
        """Go on with the run's canary whenever there is one, until cancelled."""
        while True:
            await asyncio.sleep(TICK)
            canary = self._conductor.state.gates.canary
            if canary is None or canary.outcome is not None or self._conductor.state.outcome is not None:
                continue
            try:
                await self._step(canary)
            except OperatorError as error:
                log.warning("the canary waits: %s", error)
                await asyncio.sleep(AGAIN)

    async def _step(self, canary: CanaryState) -> None:
        if canary.stage >= 0 and self._applied is None:
            self._failures = int(canary.last == "fail")
        if canary.stage >= 0 and self._applied != canary.weight:
            await self._send(canary, canary.weight)  # after a crash nobody knows whether it was set; twice does no harm
        following = decide(canary, self._clock.now(), failures=self._failures, allowed=self._plan.allowed)
        match following.act:
            case Act.ENTER:
                stage = canary.stages[following.stage]
                deadline = self._clock.now() + timedelta(seconds=stage.seconds)
                self._failures = 0
                await self._say(e.CanaryStageEntered(stage=following.stage, weight=stage.weight, deadline=deadline))
                await self._send(canary, stage.weight)
            case Act.CHECK:
                await self._check(canary)
            case Act.ABORT:
                await self._abort(canary, following.reason)
            case Act.PROMOTE:
                if self._applied != 100:  # a person promoted it before its time
                    await self._send(canary, 100)
                await self._say(e.CanaryEnded(outcome="promoted", reason=following.reason or "every stage passed"))
                await self._conductor.perform(i.Tick(step=canary.step, automatic=True))
            case Act.WAIT:
                return

    async def _check(self, canary: CanaryState) -> None:
        if why := await self._moved(canary):  # what is measured is not what was to be tried
            self._failures = 0
            await self._say(e.CanaryChecked(stage=canary.stage, verdict=Verdict.ERROR.value, detail=why))
            return
        seen = await asyncio.gather(*(Watcher(one, self._clock).look() for one in self._checks))
        verdict = worst(one.standing.verdict or Verdict.NO_DATA for one in seen)
        said = [
            f"{one.check.text}: {one.standing.value:.4g} {one.check.unit}".strip()
            if one.standing.value is not None
            else f"{one.check.text}: {one.standing.detail}"
            for one in seen
        ]
        if self._requests is not None and verdict is not Verdict.ERROR:
            count = await self._count(self._requests[0])
            if count is None or count < self._plan.least:
                verdict = Verdict.INSUFFICIENT if count is not None else Verdict.NO_DATA
                said.insert(0, f"{0 if count is None else count:g} requests, {self._plan.least:g} are wanted")
        self._failures = self._failures + 1 if verdict is Verdict.FAIL else 0
        await self._say(e.CanaryChecked(stage=canary.stage, verdict=verdict.value, detail="; ".join(said)))

    async def _moved(self, canary: CanaryState) -> str:
        step = self._conductor.runbook.step_by_id.get(canary.step)
        if step is None:
            return ""  # said when the next weight is to be sent
        try:
            return await self._otherwise(step, canary.weight)
        except OperatorError as error:
            return f"how the traffic is divided is not known: {error}"

    async def _count(self, signal: Signal) -> float | None:
        try:
            samples = await signal.read()
        except OperatorError:
            return None
        return samples[0].value if len(samples) == 1 else None

    async def _abort(self, canary: CanaryState, reason: str) -> None:
        """The traffic first, then the record of it, then what policy says."""
        if canary.held is None:
            await self._say(e.CanaryHeld(reason=reason))
        await self._send(canary, 0, e.Purpose.ABORT)
        scheduled = None if canary.steered else self._failed(reason)
        # together: nobody may see a canary that failed and not yet what follows from it
        await self._say(e.CanaryEnded(outcome="aborted", reason=reason), *([scheduled] if scheduled else []))

    async def _send(self, canary: CanaryState, weight: int, purpose: e.Purpose = e.Purpose.STEP) -> None:
        """Raises OperatorError when the weight could not be set; the canary stays where it is."""
        step = self._conductor.runbook.step_by_id.get(canary.step)
        if step is None:
            raise BadCanary("the step of the canary is no longer in the document")
        while self._conductor.busy:  # noqa: ASYNC110  # a step's command goes first
            await asyncio.sleep(TICK)
        await self._conductor.run_for_gate(step, self._command(step, weight), purpose=purpose)
        if why := await self._otherwise(step, weight):
            raise BadCanary(why)
        self._applied = weight

    async def _otherwise(self, step: Step, weight: int) -> str:
        """Why the traffic is not divided as it was set, read back from where it is; empty when it is."""
        share = await self._conductor.share_of(step, self._command(step, weight))
        if share is None or abs(share - weight) < NEAR:
            return ""
        return f"{share:g} % of the traffic go to the new version, {weight} % were set: somebody else divided it anew"

    def _command(self, step: Step, weight: int) -> Command:
        return Command(
            id=f"{step.id}!weight-{weight}", text=weighed(self._plan.command, weight), line=step.line,
            end_line=step.end_line, language="bash", section=step.section, step=step.id, effect=Effect.CHANGE,
            target=self._plan.target, timeout=60.0,
        )  # fmt: skip

    async def _say(self, *events: e.AnyGateEvent) -> None:
        await self._conductor.perform(i.GateSaid(events=events))
