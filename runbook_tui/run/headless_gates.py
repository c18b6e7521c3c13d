"""What watched conditions mean for a walk without a screen: nothing is changed against them, or blindly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

from runbook_tui.document import gates
from runbook_tui.document.runbook import Effect, Step
from runbook_tui.run.conductor import Conductor
from runbook_tui.run.criteria import unmet
from runbook_tui.run.events import CanaryResumed
from runbook_tui.run.gauges import STARTING, UNWATCHED, Gauge, figure
from runbook_tui.run.intents import GateSaid, Tick
from runbook_tui.run.progress import remaining_commands
from runbook_tui.run.state import RunState

PATIENCE = 20.0  # seconds in which every condition must have had its first verdict
LOOK = 0.05  # seconds


class Going(StrEnum):
    ON = "on"
    TICKED = "ticked"  # the step was a measured criterion, and it is met
    OVER = "over"  # the run was taken back meanwhile
    BLOCKED = "blocked"  # a condition holds that must not
    UNSURE = "unsure"  # a condition has no verdict that could be called good


async def ask_gates(
    conductor: Conductor, step: Step, *, changes: bool = False, tell: Callable[[str], None] = lambda _: None
) -> tuple[Going, str]:
    """Whether the walk may go on with this step, and why not.

    Waits for first verdicts, for the end of a count-down and for a criterion that is observed, which is told; a step
    that only reads needs no verdict. A canary is begun where `changes` were agreed to, and waited for.
    """
    await _observe(conductor, step.id, tell)
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE  # in which a watch that broke off is begun anew
    while _counting_down(conductor) or (_comes(conductor) and _unwatched(conductor) and loop.time() < end):  # noqa: ASYNC110  # seconds, and the state has many ways to change
        await asyncio.sleep(LOOK)
    if conductor.state.outcome is not None or conductor.state.rollback is not None:
        return Going.OVER, "the run was taken back by its conditions"
    if _comes(conductor):  # and nobody carries it out
        held = conductor.state.held
        who = f"{held.by} holds this run ({held.reason})" if held is not None else "the conditions are not watched"
        return Going.UNSURE, f"an automatic rollback is due and is not carried out: {who}"
    watched = [gauge for gauge in conductor.gauges() if not gauge.manual or gauge.condition == STARTING]
    bad = next((gauge for gauge in watched if not gauge.gate and gauge.verdict == "fail"), None)
    if bad is not None:
        return Going.BLOCKED, f"“{bad.text}” holds: rbt rollback takes the run back"
    criterion = next((gauge for gauge in watched if gauge.gate and gauge.step == step.id), None)
    if criterion is not None:
        if not criterion.good:
            return _unmet(criterion)
        await conductor.perform(Tick(step=step.id))
        return Going.TICKED, ""
    walks = "canary" in gates.named(step.annotations) and conductor.canary is not None and not _todo(conductor, step)
    commands = (conductor.runbook.command_by_id[command] for command in step.commands)
    unsure = next((gauge for gauge in watched if not gauge.gate and not gauge.good), None)
    begins = walks and _outcome(conductor, step) == ""
    if unsure is not None and (begins or any(command.effect is not Effect.READ for command in commands)):
        word = (unsure.verdict or "no verdict").replace("_", " ")
        return (
            Going.UNSURE,
            f"“{unsure.text}”: {word} ({unsure.detail or 'nothing was heard'}); nothing is changed blindly",
        )
    if walks:
        return await _canary(conductor, step, changes=changes, tell=tell)
    return Going.ON, ""


async def ask_criteria(conductor: Conductor, *, tell: Callable[[str], None] = lambda _: None) -> tuple[Going, str]:
    """Whether the run may be called done: what must hold and belongs to no step is asked now, and observed."""
    await _observe(conductor, "", tell)
    if conductor.state.outcome is not None or conductor.state.rollback is not None:
        return Going.OVER, "the run was taken back by its conditions"
    left = unmet(conductor.gauges(), conductor.state, datetime.now(UTC))
    return (Going.ON, "") if left is None else _unmet(left)


async def _observe(conductor: Conductor, step: str, tell: Callable[[str], None]) -> None:
    """Wait for first verdicts, and for criteria of this step (empty: of none) that are good and not for long enough."""
    await _first_verdicts(conductor, step)
    told = False
    while (observed := _observed(conductor, step)) is not None and _calm(conductor):  # to the end of its time, at most
        if not told:
            tell(f"“{observed.text}” is good; it is observed for another {observed.passes_in or 0.0:.0f} s")
        told = True
        await asyncio.sleep(LOOK)
        await _first_verdicts(conductor, step)  # it has passed, or the watch was begun anew


def _observed(conductor: Conductor, step: str) -> Gauge | None:
    """A criterion of the step while it is good, and not yet for as long as it must be."""
    gauges = (one for one in conductor.gauges() if one.gate and one.step == step and not one.manual)
    return next((one for one in gauges if one.passes_in is not None), None)


def _calm(conductor: Conductor) -> bool:
    """Whether nothing holds that must not, and the run goes on."""
    if conductor.state.outcome is not None or conductor.state.rollback is not None or _comes(conductor):
        return False
    return not any(one.verdict == "fail" and not one.gate and not one.manual for one in conductor.gauges())


def _todo(conductor: Conductor, step: Step) -> bool:
    return bool(remaining_commands(conductor.runbook, conductor.state, step))


def _outcome(conductor: Conductor, step: Step) -> str | None:
    """How the step's canary ended; None while it is under way, empty when there is none."""
    canary = conductor.state.gates.canary
    return canary.outcome if canary is not None and canary.step == step.id else ""


def _walks(conductor: Conductor, step: Step) -> bool:
    return _outcome(conductor, step) is None and conductor.state.rollback is None and not _stuck(conductor)


def _stuck(conductor: Conductor) -> bool:
    canary = conductor.state.gates.canary
    return canary is not None and canary.stuck


async def _canary(conductor: Conductor, step: Step, *, changes: bool, tell: Callable[[str], None]) -> tuple[Going, str]:
    """Begin the step's canary, or go on with it, and wait for its end."""
    if _outcome(conductor, step) == "":
        if not changes:
            return Going.UNSURE, "a canary moves traffic (--yes)"
        if conductor.canary_wanted(step) is not None:
            tell(f"“{step.title}” wants another person's yes: rbt attach {conductor.state.run} shows it there")
        await conductor.perform(Tick(step=step.id))
    elif _stuck(conductor):
        if not changes:
            return Going.UNSURE, "the canary waits for a person, and goes on by moving traffic (--yes)"
        await conductor.perform(GateSaid(events=(CanaryResumed(reason="gone on with"),)))
    while _walks(conductor, step) or _counting_down(conductor):  # noqa: ASYNC110  # its own task walks it
        await asyncio.sleep(LOOK)
    if conductor.state.outcome is not None or conductor.state.rollback is not None:
        return Going.OVER, "the run was taken back by its canary"
    if _stuck(conductor):
        canary = conductor.state.gates.canary
        return Going.BLOCKED, f"the canary is at {canary.weight if canary else 0} % and waits for a person: " + (
            (canary.held if canary else "") or ""
        )
    if _outcome(conductor, step) == "aborted":
        canary = conductor.state.gates.canary
        return Going.BLOCKED, f"the canary was aborted: {canary.reason if canary else ''}"
    while not conductor.state.step(step.id).settled:  # noqa: ASYNC110  # the tick follows the promotion
        await asyncio.sleep(LOOK)
    return Going.TICKED, ""


def _unmet(criterion: Gauge) -> tuple[Going, str]:
    word = (criterion.verdict or "no verdict").replace("_", " ")
    now = f"now {figure(criterion.value, criterion.unit)}" if criterion.value is not None else criterion.detail
    going = Going.BLOCKED if criterion.verdict == "fail" else Going.UNSURE
    return going, f"the criterion “{criterion.text}”: {word} ({now})"


async def _first_verdicts(conductor: Conductor, step: str) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while loop.time() < end and any(_waits(one, step, conductor.state) for one in conductor.gauges()):  # noqa: ASYNC110
        await asyncio.sleep(LOOK)


def _waits(gauge: Gauge, step: str, state: RunState) -> bool:
    if gauge.condition == STARTING:
        return True
    known = state.gates.conditions.get(gauge.condition)
    if gauge.gate and gauge.step == step and gauge.good and known is not None and known.verdict != "pass":
        return True  # it has just become good: the record follows at the second look
    return gauge.verdict is None and not gauge.manual and (not gauge.gate or gauge.step == step)


def _counting_down(conductor: Conductor) -> bool:
    """Whether a rollback comes, or goes on, by itself: not while nobody watches, or somebody holds the run."""
    state = conductor.state
    if _comes(conductor):
        return state.held is None and not _unwatched(conductor)
    return state.outcome is None and state.gates.countdown is not None and bool(state.rollback and conductor.busy)


def _unwatched(conductor: Conductor) -> bool:
    return any(gauge.condition == UNWATCHED for gauge in conductor.gauges())


def _comes(conductor: Conductor) -> bool:
    """Whether a rollback was scheduled, and neither begun nor held."""
    state = conductor.state
    coming = state.gates.countdown
    return state.outcome is None and state.rollback is None and coming is not None and coming.held_by is None
