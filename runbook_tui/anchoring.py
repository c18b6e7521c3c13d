"""Heads written down outside while a run is driven: after each sign-off, at a gate's passing, at the end.

In the background, with a deadline, tried again until it succeeds; a run never waits for it. What is still owed
stands in the record, so the next terminal that drives the run goes on with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from runbook_tui.anchors import NotAnchored, Place, read_anchors
from runbook_tui.evidence import head_at, heads_in
from runbook_tui.run.events import AnchorFailed, HeadAnchored
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.ports import JournalError, OperatorError
from runbook_tui.run.state import RunState
from runbook_tui.signing.evidence import Evidence, Head
from runbook_tui.signing.findings import Finding, Weight
from runbook_tui.signing.verification import events_of

log = logging.getLogger("runbook_tui")
DEADLINE = 20.0  # seconds for one place
LAST = 5.0  # seconds for what is owed when a run is let go of
PAUSES = (5.0, 20.0, 60.0, 300.0)  # seconds between two tries


def owes(state: RunState, place: Place) -> bool:
    """Whether something happened since that people will rest on."""
    return state.anchored.get(place.name, 0) < state.anchor_wanted


async def keep_anchored(
    ledger: Ledger,
    *,
    now: Callable[[], datetime],
    read: Callable[[], Sequence[Place]] = read_anchors,
    pauses: Sequence[float] = PAUSES,
    deadline: float = DEADLINE,
    last: float = LAST,
) -> None:
    """Until cancelled, which is when the run is let go of: what is owed then is tried once more before this returns."""
    try:
        places = await asyncio.to_thread(read)
    except OperatorError as error:
        log.warning("heads are not written down: %s", error)
        return
    if not places:
        return
    try:
        async with asyncio.TaskGroup() as tasks:
            for place in places:
                tasks.create_task(_keep(place, ledger, now=now, pauses=pauses, deadline=deadline))
    finally:
        state = ledger.state  # a place that is known not to answer holds nobody up who comes back
        asked = [one for one in places if state.outcome is not None or one.name not in state.anchor_trouble]
        owed = [one for one in asked if owes(state, one)]
        await asyncio.gather(*(anchor(one, ledger, now=now, deadline=last) for one in owed))


async def _keep(
    place: Place, ledger: Ledger, *, now: Callable[[], datetime], pauses: Sequence[float], deadline: float
) -> None:
    changed = asyncio.Event()
    unsubscribe = ledger.subscribe(lambda _: changed.set())
    failures = 0
    try:
        while True:
            changed.clear()
            if not owes(ledger.state, place):
                await changed.wait()
            elif await anchor(place, ledger, now=now, deadline=deadline) is None:
                failures = 0
            else:
                await asyncio.sleep(pauses[min(failures, len(pauses) - 1)])
                failures += 1
    finally:
        unsubscribe()


async def anchor(
    place: Place, ledger: Ledger, *, now: Callable[[], datetime], deadline: float = DEADLINE
) -> str | None:
    """Write the head down there now; why not, or None. Either is recorded, a failure that goes on only once."""
    state = ledger.state
    try:
        async with asyncio.timeout(deadline):
            await place.write(head_at(state.run, state.seq, state.head, now()))
    except (NotAnchored, OSError, TimeoutError) as error:
        why = str(error) or f"no answer within {deadline:.0f} s"
        if place.name not in ledger.state.anchor_trouble:
            await _note(ledger, AnchorFailed(place=place.name, seq=state.seq, reason=why))
        return why
    return await _note(ledger, HeadAnchored(place=place.name, seq=state.seq, hash=state.head))


async def _note(ledger: Ledger, event: HeadAnchored | AnchorFailed) -> str | None:
    try:
        await asyncio.shield(ledger.note(event))
    except JournalError as error:
        return str(error)
    return None


async def anchor_everywhere(
    ledger: Ledger, *, now: Callable[[], datetime], owed: bool = False
) -> dict[str, str | None]:
    """By place: why it did not take the head, or None. Raises OperatorError when the policy cannot be read."""
    places = await asyncio.to_thread(read_anchors)
    wanted = [place for place in places if not owed or owes(ledger.state, place)]
    told = await asyncio.gather(*(anchor(place, ledger, now=now) for place in wanted))
    return {place.name: why for place, why in zip(wanted, told, strict=True)}


# --- verification --------------------------------------------------------------------------------


async def ask_anchors(
    evidence: Evidence, read: Callable[[], Sequence[Place]] = read_anchors, *, deadline: float = DEADLINE
) -> tuple[tuple[Head, ...], tuple[Finding, ...]]:
    """The heads of this run that the places of the policy here keep, and what is wrong with their word."""
    heads: list[Head] = []
    found: list[Finding] = []
    places: dict[str, Place] = {}
    try:
        places = {place.name: place for place in await asyncio.to_thread(read)}
    except OperatorError as error:  # a record can be judged without it
        found.append(Finding(code="anchor", weight=Weight.NOTE, text=f"no place outside was asked: {error}"))
    said = [event for event in events_of(evidence) if isinstance(event, HeadAnchored)]
    claims = {event.place: event for event in said}  # the newest of each
    texts = dict(zip(places, await asyncio.gather(*(_text(one, deadline) for one in places.values())), strict=True))
    for name in dict.fromkeys((*places, *claims)):
        claim, text = claims.get(name), texts.get(name)
        upto = f"the record says that it was written there up to event {claim.seq}" if claim else ""
        if isinstance(text, str):
            kept = list(heads_in(text, evidence.run, name, dated=False))
            heads += kept
            if claim is not None and all((one.seq, one.hash) != (claim.seq, claim.hash) for one in kept):
                told = f"{name} does not have what the record says was written there (event {claim.seq})"
                found.append(Finding(code="anchor", weight=Weight.OPEN, text=f"{told}: one of both was changed"))
        elif text is not None:
            told = f"{name} could not be read ({text}): what it knows of the end of this record was not asked"
            found.append(Finding(code="anchor", weight=Weight.NOTE, text=told))
        elif claim is not None:
            told = f"{name} is not asked from here: {upto}; hold its lines against it with --expect"
            found.append(Finding(code="anchor", weight=Weight.NOTE, text=told))
    return tuple(heads), tuple(found)


async def _text(place: Place, deadline: float) -> str | NotAnchored | None:
    """What is kept there; why it could not be read; None where nothing can be read."""
    if not place.readable:
        return None
    try:
        async with asyncio.timeout(deadline):
            return await place.read()
    except (NotAnchored, OSError) as error:
        return NotAnchored(str(error))
    except TimeoutError:
        return NotAnchored(f"no answer within {deadline:.0f} s")
