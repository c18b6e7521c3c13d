"""Walks a document on the stage: does what an operator would, by rules, and takes it back. Nobody is asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec

from runbook_tui.document.runbook import Step
from runbook_tui.rehearsal.rules import Ending
from runbook_tui.rehearsal.stage import Stage
from runbook_tui.rehearsal.staging import Act
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.conductor import Conductor
from runbook_tui.run.gauges import STARTING
from runbook_tui.run.headless_gates import Going, ask_criteria, ask_gates
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.looking import decision
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.preview import Action, Preview
from runbook_tui.run.progress import unfinished
from runbook_tui.run.resolve import is_secret_name
from runbook_tui.run.state import RunState, StepPhase

BY_HAND = "rehearsal: done by hand, nobody did it"
NOBODY_SIGNS = "rehearsal: nobody signs"
INVENTED = "rehearsal"
WARM_UP = 5.0  # seconds in which every condition should have had a verdict that says something
SEEN = 1.0  # seconds after the last step: two values of every condition
AGAIN = 10.0  # seconds for a machine that does not answer at first
PATIENCE = 120.0  # seconds for a way back that conditions have begun

Say = Callable[[str], None]


class StepTime(msgspec.Struct, frozen=True, kw_only=True):
    step: str
    seconds: float
    how: str  # done, failed, by hand, signature, would run, measured


class Walked(msgspec.Struct, frozen=True, kw_only=True):
    """How far the walk came, and what came after."""

    ending: Ending
    why: str = ""  # where it stopped
    at: str = ""  # the step it stopped at
    steps: tuple[StepTime, ...] = ()
    values: dict[str, str] = {}  # of placeholders: given, invented
    rollback: Taken | None = None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The way back, gone on the stage."""

    seconds: float
    succeeded: bool
    by: str  # the rehearsal itself, or the document's conditions
    items: int = 0
    by_hand: int = 0
    why: str = ""


def _coming(state: RunState) -> bool:
    """Whether the conditions are about to take the run back."""
    countdown = state.gates.countdown
    return countdown is not None and countdown.held_by is None


class Walk:
    """One walk over one stage."""

    def __init__(self, conductor: Conductor, ledger: Ledger, stage: Stage, say: Say) -> None:
        self._conductor = conductor
        self._ledger = ledger
        self._stage = stage
        self._say = say
        self._steps: list[StepTime] = []
        self._values: dict[str, str] = {}

    async def _warm(self) -> None:
        """The lab has just come up: a rate wants some requests before it is a number."""
        end = time.monotonic() + WARM_UP
        while time.monotonic() < end:  # verdicts come from a task of their own
            watched = [gauge for gauge in self._conductor.gauges() if not gauge.manual and not gauge.gate]
            starting = any(gauge.condition == STARTING for gauge in self._conductor.gauges())
            if not starting and all(gauge.verdict in ("pass", "fail") for gauge in watched):
                return
            await asyncio.sleep(0.05)

    async def _settle(self) -> None:
        """The last step is done: what it did to the system is seen only now, and may hold before it is acted on."""
        began = time.monotonic()
        while (passed := time.monotonic() - began) < WARM_UP:
            state = self._conductor.state
            watched = [gauge for gauge in self._conductor.gauges() if not gauge.manual and not gauge.gate]
            if not watched or state.rollback is not None or state.outcome is not None or _coming(state):
                return
            fresh = all(one.age is not None and one.age < passed and one.breaching is None for one in watched)
            if fresh and passed > SEEN:
                return
            await asyncio.sleep(0.05)

    async def go(self) -> Walked:
        """To the end or to where it stops; then back."""
        await self._warm()
        at, why, going = await self._forward()
        if not why and going is Going.ON:
            await self._settle()
        state = self._conductor.state
        if going is Going.OVER or state.outcome is not None or state.rollback is not None or _coming(state):
            taken = await self._followed()
            return self._walked(Ending.ROLLED_BACK if taken.succeeded else Ending.STOPPED, at, why, taken)
        back = await self._back(why or "the way back is tried") if why or self._stage.rules.rollback else None
        if back is None:
            outcome = e.Outcome.ABORTED if why else e.Outcome.COMPLETED
            await self._conductor.perform(i.Finish(outcome=outcome, reason=why))
            return self._walked(Ending.STOPPED if why else Ending.COMPLETED, at, why, None)
        if not why:
            return self._walked(Ending.COMPLETED, at, why, back)
        # what no verdict could be had on is a person's to decide: the way back is only tried
        held = going is Going.UNSURE or not back.succeeded
        return self._walked(Ending.STOPPED if held else Ending.ROLLED_BACK, at, why, back)

    def _walked(self, ending: Ending, at: str, why: str, back: Taken | None) -> Walked:
        return Walked(ending=ending, at=at, why=why, steps=tuple(self._steps), values=dict(self._values), rollback=back)

    # --- forward ---

    async def _forward(self) -> tuple[str, str, Going]:
        """The step it stopped at and why; OVER: the conditions took the run back, UNSURE: they gave no verdict."""
        conductor = self._conductor
        while step := next(iter(unfinished(conductor.runbook, conductor.state)), None):
            for fault in self._stage.reached((step.id, str(step.line), step.title)):
                self._say(f"! {fault.shown} from here on")
            began = time.monotonic()
            going, why = await ask_gates(conductor, step, changes=True)
            if going is Going.OVER:
                self._note(step, began, "measured")
                return step.id, why, going
            if going in (Going.BLOCKED, Going.UNSURE):
                self._note(step, began, "failed")
                return step.id, why, going
            if going is Going.TICKED:
                self._note(step, began, "measured")
                continue
            how, why = await self._step(step)
            if how:
                self._note(step, began, how)
            if why:
                return step.id, f"“{step.title}” (line {step.line}): {why}", Going.BLOCKED
        going, why = await ask_criteria(conductor)
        return "", why, going

    async def _step(self, step: Step) -> tuple[str, str]:
        """One thing that is done for it: how it ended (nothing: it goes on), and why the walk stops."""
        conductor, shown = self._conductor, self._conductor.preview(step.id)
        match shown.action:
            case Action.ASK:
                await self._give(shown.missing)
                return "", ""
            case Action.PLACE if shown.place is not None:
                await conductor.perform(i.GivePlace(said=shown.place, target=shown.place))
                return "", ""
            case Action.CHOOSE:
                await conductor.perform(i.Choose(step=step.id, option=self._chosen(step)))
                return "by hand", ""
            case Action.SIGN:
                await conductor.perform(i.Skip(step=step.id, reason=NOBODY_SIGNS))
                return "signature", ""
            case Action.TICK:
                await conductor.perform(i.Skip(step=step.id, reason=BY_HAND))
                return "by hand", ""
            case Action.RUN:
                return await self._run(step, shown)
            case _:
                return "failed", shown.refused or f"{shown.action.value}: nothing could be done"

    async def _run(self, step: Step, shown: Preview) -> tuple[str, str]:
        conductor = self._conductor
        if shown.interactive or shown.endless or shown.refused:
            why = shown.refused or ("wants a terminal" if shown.interactive else "never ends by itself")
            await conductor.perform(i.Skip(step=step.id, reason=f"rehearsal: would run, {why}"))
            return "would run", ""
        if shown.unseen:
            await self._look()
        try:
            await conductor.perform(i.RunStep(step=step.id, confirmed=True, deliberate=True))
        except OperatorError as error:
            return "failed", str(error)
        own = conductor.state.step(step.id)
        if own.phase in (StepPhase.FAILED, StepPhase.UNKNOWN):
            return "failed", own.reason or "the outcome is unknown"
        if own.phase is StepPhase.PENDING and own.reason:
            return "failed", own.reason
        jobs = [self._stage.decisions.get(job) for job in own.jobs]
        only_shown = bool(jobs) and all(one is not None and one.act is Act.WOULD for one in jobs)
        return ("would run" if only_shown else "done"), ""

    async def _look(self) -> None:
        """At the other machines, more than once where one does not answer: an operator would, too."""
        end = time.monotonic() + AGAIN
        while (found := await self._conductor.preflight()) is not None:
            if not found.unfit or time.monotonic() > end:
                await self._conductor.perform(decision(found))
                return
            await asyncio.sleep(0.3)

    async def _give(self, missing: tuple[str, ...]) -> None:
        for name in missing:
            given = self._stage.rules.values.get(name)
            self._values[name] = "given" if given is not None else "invented"
            await self._conductor.perform(
                i.SetVariable(name=name, value=given or INVENTED, secret=is_secret_name(name))
            )

    def _chosen(self, step: Step) -> str:
        sections = self._conductor.runbook.section_by_id
        for title, begins in self._stage.rules.choose.items():
            if step.title.casefold().startswith(title.casefold()):
                for option in step.options:
                    if sections[option].title.casefold().startswith(begins.casefold()):
                        return option
        return step.options[0]

    def _note(self, step: Step, began: float, how: str) -> None:
        seconds = round(time.monotonic() - began, 3)
        self._steps.append(StepTime(step=step.id, seconds=seconds, how=how))
        glyph = {"done": "✔", "measured": "✔", "failed": "✖", "would run": "~"}.get(how, "·")
        self._say(f"{glyph} {step.title} ({seconds:.1f} s)" + (f"  {how}" if glyph in "~·" else ""))

    # --- back ---

    async def _back(self, reason: str) -> Taken | None:
        """Take it back as the plan says; None when nothing was changed."""
        conductor = self._conductor
        plan = conductor.rollback_plan()
        really = any(one.act is not Act.WOULD for one in self._stage.decisions.values())
        if not plan.changed or not really:
            return None
        if not plan.armed:
            return Taken(seconds=0.0, succeeded=False, by="the rehearsal", why="there is no way back in the document")
        began, by_hand = time.monotonic(), 0
        try:
            for _ in range(len(plan.items) + 1):
                await self._give(self._missing())
                await conductor.perform(i.RollBack(reason=f"rehearsal: {reason}"))
                if conductor.state.outcome is not None:
                    break
                left = conductor.rollback_plan().remaining
                if not left or left[0].command is not None:
                    break
                await conductor.perform(i.SettleItem(item=left[0].id, skipped=True, reason=BY_HAND))
                by_hand += 1
        except OperatorError as error:
            return Taken(seconds=time.monotonic() - began, succeeded=False, by="the rehearsal", why=str(error))
        return self._taken(began, "the rehearsal", by_hand)

    def _missing(self) -> tuple[str, ...]:
        known = self._conductor.state.variables
        commands = [item.command for item in self._conductor.rollback_plan().remaining if item.command is not None]
        return tuple(dict.fromkeys(name for one in commands for name in one.placeholders if name not in known))

    async def _followed(self) -> Taken:
        """The conditions have begun the way back, or will at once: until it is over."""
        began = time.monotonic()
        while self._conductor.state.outcome is None and time.monotonic() < began + PATIENCE:
            state = self._conductor.state
            if state.rollback is not None and state.rollback.finished is not None and not state.rollback.succeeded:
                break
            left = self._conductor.rollback_plan().remaining if state.rollback is not None else []
            if not self._conductor.busy and left and left[0].command is None:
                return await self._back("the conditions began it") or self._taken(began, "the conditions", 0)
            await asyncio.sleep(0.05)
        return self._taken(began, "the document's conditions", 0)

    def _taken(self, began: float, by: str, by_hand: int) -> Taken:
        state, plan = self._conductor.state, self._conductor.rollback_plan()
        succeeded = state.outcome is e.Outcome.ROLLED_BACK
        started = state.rollback.started if state.rollback is not None else None
        ended = state.rollback.finished if state.rollback is not None else None
        seconds = (ended - started).total_seconds() if started and ended else time.monotonic() - began
        failed = [item.title for item in plan.items if item.failed]
        why = "" if succeeded else f"{failed[0]} did not succeed" if failed else "it did not come to its end"
        self._say(f"{'✔' if succeeded else '✖'} the way back, by {by} ({seconds:.1f} s)")
        return Taken(
            seconds=round(seconds, 3), succeeded=succeeded, by=by, items=len(plan.items), by_hand=by_hand, why=why
        )
