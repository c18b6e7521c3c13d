"""Walks a canary: sends traffic, asks the checks, takes the traffic back. A decision is written before it is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from runbook_tui.document.runbook import Command, Effect, Step
from runbook_tui.gates.canary import Act, BadCanary, Plan, decide, weighed
from runbook_tui.gates.verdict import Verdict, worst
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.conductor import Conductor
from runbook_tui.run.execution import Busy
from runbook_tui.run.gauges import figure
from runbook_tui.run.ports import Clock, OperatorError, Signal
from runbook_tui.run.state import CanaryState
from runbook_tui.sources import Manual, Sources, of_sentence, signal_named
from runbook_tui.watching import Seen, Watched, Watcher

log = logging.getLogger("runbook_tui")
TICK = 0.1  # seconds between two looks at what is to be done
MOST = 3  # times in a row that a weight could not be set, before the canary is held
NEAR = 0.6  # percent by which a share may differ: weights are whole numbers
AGAIN = 5.0  # seconds before a weight that could not be set is tried again


class CanaryWalk:
    """One canary of one run. Raises BadCanary when its checks cannot be asked."""

    def __init__(
        self, conductor: Conductor, plan: Plan, said: Mapping[str, Any], sources: Sources, *, clock: Clock,
        failed: Callable[[str], e.RollbackScheduled | None], tell: Callable[[str], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self._conductor = conductor
        self._plan = plan
        self._clock = clock
        self._failed = failed
        self._tell = tell
        checks = [_asked(sentence, said, sources, every=plan.every) for sentence in plan.checks]
        holding = max((one.check.holding for one in checks), default=0.0) if plan.lasting is None else plan.lasting
        self.declared = e.CanaryStarted(step="", stages=plan.stages, every=plan.every, holding=holding)
        self._checks = [_at_once(one, plan.every) for one in checks]
        self._requests = signal_named(plan.requests, said, sources) if plan.requests else None
        if not plan.checks:
            raise BadCanary("the canary has no checks: nothing would ever stop it")
        if plan.requests and self._requests is None:
            raise BadCanary(f"no signal is called “{plan.requests}”")
        self._applied: int | None = None  # the weight this process has set
        self._trying: int | None = None  # the one it could not set
        self._tries = 0
        self._again = 0.0  # by the monotonic clock
        self._trouble = ""

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
        state = self._conductor.state
        if state.rollback is not None and canary.steered != "abort":
            return  # what is taken back gets no traffic, and what is left of it is the plan's business
        following = decide(canary, self._clock.now(), allowed=self._plan.allowed)
        if state.held is not None and following.act in (Act.ENTER, Act.PROMOTE):
            return
        match following.act:
            case Act.ENTER:  # the intent; its command follows at the next look
                stage = canary.stages[following.stage]
                deadline = self._clock.now() + timedelta(seconds=stage.seconds)
                await self._say(e.CanaryStageEntered(stage=following.stage, weight=stage.weight, deadline=deadline))
            case Act.CHECK | Act.WAIT:
                # after a crash nobody knows whether it was set; twice does no harm
                if canary.stage >= 0 and state.held is None and not canary.stuck:
                    await self._set(canary, canary.weight)
                if following.act is Act.CHECK:
                    await self._check(canary)
            case Act.ABORT:
                await self._abort(canary, following.reason)
            case Act.PROMOTE:
                if await self._set(canary, 100):  # a person may have promoted it before its time
                    await self._say(e.CanaryEnded(outcome="promoted", reason=following.reason or "every stage passed"))
                    await self._conductor.perform(i.Tick(step=canary.step, automatic=True))

    async def _check(self, canary: CanaryState) -> None:
        unset = "" if self._applied == canary.weight else f"{canary.weight} % are not set: {self._trouble or 'not yet'}"
        if not unset and (why := await self._moved(canary)):  # what is measured is not what was to be tried
            await self._say(e.CanaryChecked(stage=canary.stage, verdict=Verdict.ERROR.value, detail=why))
            return
        seen = await asyncio.gather(*(Watcher(one, self._clock).look() for one in self._checks))
        verdict = worst(one.standing.verdict or Verdict.NO_DATA for one in seen)
        told = [one for one in seen if verdict is not Verdict.FAIL or one.standing.verdict is Verdict.FAIL]
        said = [f"{one.check.text}: {_now(one)}" for one in told]
        if self._requests is not None and verdict is not Verdict.ERROR:
            count = await self._count(self._requests)
            if count is None or count < self._plan.least:
                verdict = Verdict.INSUFFICIENT if count is not None else Verdict.NO_DATA
                said.insert(0, f"{0 if count is None else count:g} requests, {self._plan.least:g} are wanted")
        if unset and verdict is not Verdict.FAIL:  # a failing version is taken back all the same
            verdict = worst((verdict, Verdict.ERROR))
            said.insert(0, unset)
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
        if not await self._set(canary, 0, e.Purpose.ABORT):
            return
        scheduled = None if canary.steered else self._failed(reason)
        # together: nobody may see a canary that failed and not yet what follows from it
        await self._say(e.CanaryEnded(outcome="aborted", reason=reason), *([scheduled] if scheduled else []))

    async def _set(self, canary: CanaryState, weight: int, purpose: e.Purpose = e.Purpose.STEP) -> bool:
        """Whether that much traffic is sent now. What could not be set is tried again; after MOST times it is held."""
        if self._applied == weight:
            return True
        now = self._clock.monotonic()
        if weight != self._trying or (self._tries >= MOST and canary.held is None):  # another one, or resumed
            self._trying, self._tries, self._again, self._trouble = weight, 0, now, ""
        if now < self._again or self._conductor.busy:  # a step's command goes first
            return False
        try:
            await self._send(canary, weight, purpose)
        except Busy:
            return False
        except OperatorError as error:
            self._tries, self._again, self._trouble = self._tries + 1, self._clock.monotonic() + AGAIN, str(error)
            log.warning("the canary waits: %s", error)
            if self._tries == MOST:
                what = "the traffic could not be taken back" if weight == 0 else f"{weight} % could not be set"
                await self._say(e.CanaryHeld(reason=f"{what}: {error}", stuck=True))
                self._tell(f"{self._conductor.state.title}: the canary waits for a person: {what}: {error}")
            return False
        self._applied, self._trying, self._trouble = weight, None, ""
        return True

    async def _send(self, canary: CanaryState, weight: int, purpose: e.Purpose) -> None:
        """Raises OperatorError when the weight could not be set; the canary stays where it is."""
        step = self._conductor.runbook.step_by_id.get(canary.step)
        if step is None:
            raise BadCanary("the step of the canary is no longer in the document")
        self._applied = None  # whatever comes of it, what was set before need not be any more
        await self._conductor.run_for_gate(step, self._command(step, weight), purpose=purpose)
        if why := await self._otherwise(step, weight):
            raise BadCanary(why)

    async def _otherwise(self, step: Step, weight: int) -> str:
        """Why the traffic is not divided as it was set, read back from where it is; empty when it is."""
        share = await self._conductor.share_of(step, self._command(step, weight))
        if share is None or abs(share - weight) < NEAR:
            return ""
        return f"{share:g} % of the traffic go to the new version, {weight} % were set: somebody else divided it anew"

    def commands(self, step: Step) -> tuple[Command, ...]:
        """That send its traffic, stage by stage; what takes it back is none of them."""
        weights = dict.fromkeys((*(stage.weight for stage in self._plan.stages), 100))
        return tuple(self._command(step, weight) for weight in weights)

    def _command(self, step: Step, weight: int) -> Command:
        return Command(
            id=f"{step.id}!weight-{weight}", text=weighed(self._plan.command, weight), line=step.line,
            end_line=step.end_line, language="bash", section=step.section, step=step.id, effect=Effect.CHANGE,
            target=self._plan.target, timeout=60.0,
        )  # fmt: skip

    async def _say(self, *events: e.AnyGateEvent) -> None:
        await self._conductor.perform(i.GateSaid(events=events))


def _asked(sentence: str, said: Mapping[str, Any], sources: Sources, *, every: float) -> Watched:
    found = of_sentence(sentence, said, sources, every=every)
    if isinstance(found, Manual):
        raise BadCanary(f"the canary's check “{sentence}” cannot be asked: {found.why}")
    return found


def _at_once(watched: Watched, every: float) -> Watched:
    """The check as one look decides it; for how long it must be good is counted over the looks, in the record."""
    check = msgspec.structs.replace(
        watched.check, id=watched.check.text, interval=every, lasting=0.0, holding=0.0, observe=0.0, warmup=0.0, least=1
    )
    return msgspec.structs.replace(watched, check=check)


def _now(seen: Seen) -> str:
    value = seen.standing.value
    return seen.standing.detail if value is None else figure(value, seen.check.unit)
