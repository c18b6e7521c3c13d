"""The second yes: before a command that the policy names starts, another person has to say so.

Asking, answering and every end of it are in the record. The answer is for exactly one start of exactly these commands
on exactly these hosts; it is judged by the process that is about to start them, against the time of its own clock that
nobody sets.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import msgspec

from runbook_tui.document.runbook import Effect, Step
from runbook_tui.run.events import SecondAsked, SecondClosed, SecondGiven
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.people import Who
from runbook_tui.run.policy import Refused
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.preview import Preview
from runbook_tui.run.resolve import ResolvedCommand
from runbook_tui.run.state import RunState, SecondState
from runbook_tui.run.where import place_of

STANDS = 600.0  # seconds for which a request stands


class Rule(Protocol):
    """What wants a second person, and whose yes counts."""

    def needs(self, resolved: ResolvedCommand) -> bool: ...

    def refuses(self, asks: Who, given: SecondGiven) -> str | None:
        """Why this yes does not count. May wait for a program that checks a signature: called in a thread."""
        ...


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What would run now: the answer holds for this and nothing else."""

    commands: tuple[ResolvedCommand, ...]
    places: tuple[str, ...]
    effect: str


def wanted_of(shown: Preview, state: RunState) -> Wanted:
    """What a step would run as it stands."""
    places = tuple(place_of(state, resolved.command) for resolved in shown.commands)
    return Wanted(commands=shown.commands, places=places, effect=shown.effect.value)


def wanted_for(resolved: Sequence[ResolvedCommand], state: RunState) -> Wanted:
    """What a gate of the run would run, for instance the weights of a canary."""
    places = tuple(place_of(state, one.command) for one in resolved)
    return Wanted(commands=tuple(resolved), places=places, effect=Effect.CHANGE.value)


class NotSeconded(Refused):
    """Nobody else has said yes."""

    exit_code = 3


class WantsTerminal(OperatorError):
    """The key asks its owner for something, which it can only do where nothing else uses the terminal."""


class Stale(NotSeconded):
    """What was asked about is something else now, or stands no more."""


def digest(run: str, step: str, commands: tuple[str, ...], places: tuple[str, ...]) -> str:
    """sha256 over what a second person is shown."""
    text = json.dumps([run, step, commands, places], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def statement(run: str, asked: SecondState, who: Who, at: str) -> str:
    """What a second person signs: the same text on the screen and under the signature."""
    fields = {
        "_type": "runbook-tui/second@1",
        "at": at,
        "commands": asked.commands,
        "digest": asked.digest,
        "meaning": "yes, run this",
        "person": who.person,
        "places": asked.places,
        "principal": who.principal,
        "request": asked.request,
        "run": run,
        "step": asked.step,
    }
    return json.dumps(fields, ensure_ascii=False, indent=1, sort_keys=True)


class SecondPerson:
    """Waits for the other person's yes, for one run."""

    def __init__(
        self, ledger: Ledger, who: Callable[[], Who], rule: Rule, *, new_id: Callable[[], str], seconds: float = STANDS
    ) -> None:
        self._ledger = ledger
        self._who = who
        self._rule = rule
        self._new_id = new_id
        self._seconds = seconds
        self._woken = asyncio.Event()
        self._withdrawn = False
        self.waiting: str | None = None  # the request that is open

    def needed(self, commands: tuple[ResolvedCommand, ...]) -> bool:
        return any(self._rule.needs(resolved) for resolved in commands)

    def covers(self, request: str, step: Step, resolved: ResolvedCommand) -> bool:
        """Whether nobody else has to say yes to it, or somebody has: to this very command, there."""
        if not self.needed((resolved,)):
            return True
        asked = self._ledger.state.seconds.get(request)
        if asked is None or asked.given is None or asked.closed is not None or asked.step != step.id:
            return False
        place = place_of(self._ledger.state, resolved.command)
        return (resolved.shown, place) in zip(asked.commands, asked.places, strict=False)

    def withdraw(self) -> bool:
        """Ask no more; whether anything was asked."""
        self._withdrawn = True
        self._woken.set()
        return self.waiting is not None

    async def before(self, step: Step, wanted: Callable[[], Wanted]) -> str:
        """The request that was said yes to; empty where nobody else has to say so. Raises Refused."""
        return await self.ask(step, wanted) if self.needed(wanted().commands) else ""

    async def ask(self, step: Step, wanted: Callable[[], Wanted]) -> str:
        """The request that was said yes to. Raises Refused with the reason; then nothing was started."""
        first = wanted()
        request, who = self._new_id(), self._who()
        shown = tuple(resolved.shown for resolved in first.commands)
        asked = SecondAsked(
            request=request,
            step=step.id,
            commands=shown,
            places=first.places,
            digest=digest(self._ledger.run, step.id, shown, first.places),
            effect=first.effect,
            person=who.person,
            principal=who.principal,
            seconds=self._seconds,
        )
        self._withdrawn = False
        unsubscribe = self._ledger.subscribe(lambda _: self._woken.set())
        try:
            await self._ledger.append(asked)
            self.waiting = request
            self._ledger.announce()
            await self._answered(request, first, wanted)
        except asyncio.CancelledError:
            await asyncio.shield(self._close(request, "the terminal that asked was left"))
            raise
        except Stale as end:
            await self._close(request, str(end))
            raise
        finally:
            self.waiting = None
            unsubscribe()
        return request

    async def _answered(self, request: str, first: Wanted, wanted: Callable[[], Wanted]) -> None:
        """Returns when another person has said yes and it counts."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._seconds
        while True:
            self._woken.clear()
            now = self._ledger.state.seconds[request]
            if self._withdrawn:
                raise Stale("the request for a second yes was withdrawn")
            if now.closed is not None:
                raise NotSeconded(now.closed)
            if now.refused is not None:
                raise NotSeconded(f"{now.refused}. Nothing was started")
            self._still(first, wanted)
            if now.epoch != self._ledger.state.epoch:
                raise NotSeconded("somebody else drives now: the second yes was asked for in vain, nothing was started")
            if loop.time() >= deadline:  # this process may have been stopped: a yes from long ago is none
                raise Stale(f"nobody said yes within {self._seconds / 60:.0f} min: nothing was started")
            if now.given is not None:
                why = await asyncio.to_thread(self._rule.refuses, self._who(), now.given)
                if why is not None:
                    raise Stale(f"the yes of {now.given.person} does not count: {why}")
                self._still(first, wanted)
                return
            with suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._woken.wait()

    def _still(self, first: Wanted, wanted: Callable[[], Wanted]) -> None:
        if wanted() != first:
            raise Stale("what would run is another command now: the request for a second yes does not hold for it")

    async def _close(self, request: str, reason: str) -> None:
        try:
            await self._ledger.append(SecondClosed(request=request, reason=reason))
        except OperatorError:
            return  # whoever drives now sees that it belongs to an earlier drive
