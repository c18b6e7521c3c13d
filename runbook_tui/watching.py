"""Feeds conditions from signals: one task a condition, so that a slow source delays no other.

Windows are measured on the clock of the source as long as it goes on like ours: its times are laid on our monotonic
clock once, at the first value. A source whose clock jumps ahead is laid on anew; one that goes back, or repeats an old
answer, says nothing new, and that becomes NO_DATA.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from runbook_tui.gates.condition import Check, Machine, Phase, Reading, Standing
from runbook_tui.gates.verdict import Verdict
from runbook_tui.run.ports import Clock, OperatorError, Sample, Signal

BREATH = 8  # questions asked in one breath
IDLE = 0.5  # seconds between two looks whether a condition is to be asked about by now
DEADLINE = 10.0  # seconds for one read, whatever the source itself allows
HISTORY = 60  # values kept for the small picture of a condition
JUMP = 30.0  # seconds by which a clock may wander before it has jumped
SKEW = 30.0  # seconds beyond which a source's clock is called off


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A condition and where its values come from."""

    check: Check
    signal: Signal
    after: str | None = None  # the step that must be settled before anything is asked
    until: str | None = None  # the step after which nothing is asked any more
    orders: bool = False  # the document says to go back when it holds
    question: str = ""  # what the source is asked; the same questions are asked in the same breath, and so but once


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """How a condition stands, with what a person wants beside it."""

    check: Check
    standing: Standing
    history: tuple[float | None, ...] = ()  # values, oldest first; None where there was none
    skew: float = 0.0  # seconds by which the source's clock is ahead of ours
    at: datetime | None = None  # of the newest value, as the source says
    idle: str = ""  # why nothing is asked now, for the operator


Changed = Callable[[Seen, Standing | None], None]


class Watcher:
    """One condition with its machine, fed by its signal."""

    def __init__(self, watched: Watched, clock: Clock, changes: Callable[[], object] = lambda: None) -> None:
        """`changes` is another value whenever what is measured was changed."""
        self.check = watched.check
        self._changes = changes
        self._changed = changes()
        self.watched = watched
        self._signal = watched.signal
        self._clock = clock
        self._machine: Machine | None = None
        self._offset: float | None = None  # from the source's time to our monotonic one
        self._history: deque[float | None] = deque(maxlen=HISTORY)
        self._skew = 0.0
        self._at: datetime | None = None

    async def look(self) -> Seen:
        """Ask the source once, feed what it said, and tell how the condition stands."""
        self._renewed()
        try:
            async with asyncio.timeout(DEADLINE):
                reading = self._reading(await self._signal.read())
        except TimeoutError:
            reading = self._trouble(Verdict.ERROR, f"{self._signal.name} did not answer within {DEADLINE:g} s", 0)
        except OperatorError as error:
            reading = self._trouble(Verdict.ERROR, str(error), 0)
        except Exception as error:  # noqa: BLE001  # whatever a source does, its condition has a verdict, and it alone
            told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            reading = self._trouble(Verdict.ERROR, f"{self._signal.name} cannot be read ({told})", 0)
        if self._machine is None:
            self._machine = Machine(self.check, start=reading.at)
        self._machine.feed(reading)
        self._history.append(reading.value)
        return self.seen()

    def seen(self) -> Seen:
        """How it stands now, without asking."""
        now = self._clock.monotonic()
        machine = self._machine
        self._renewed()
        standing = (
            machine.look(now) if machine else Standing(check=self.check.id, phase=Phase.PENDING, verdict=None, at=now)
        )
        return Seen(check=self.check, standing=standing, history=tuple(self._history), skew=self._skew, at=self._at)

    def _renewed(self) -> None:
        """Begin a criterion's time anew if there were changes since the last look."""
        if self.check.holding > 0 and (now := self._changes()) != self._changed:
            self._changed = now
            if self._machine is not None:
                self._machine.renew()

    def _reading(self, samples: Sequence[Sample]) -> Reading:
        if len(samples) > 1:
            return self._trouble(Verdict.ERROR, f"{len(samples)} series answer, one is wanted", len(samples))
        if not samples:
            return self._trouble(Verdict.NO_DATA, "the answer is empty: nothing is there, or it is silent", 0)
        sample = samples[0]
        if sample.value is None:
            return self._trouble(Verdict.NO_DATA, "the answer is not a number", 1)
        now = self._clock.monotonic()
        given = sample.at.timestamp()
        self._skew = given + sample.age - self._clock.now().timestamp()
        if self._offset is None or given + self._offset > now + JUMP:
            self._offset = now - given - sample.age
        self._at = sample.at
        detail = f"the source's clock is {self._skew:+.0f} s off ours" if abs(self._skew) > SKEW else ""
        return Reading(at=given + self._offset, value=sample.value, detail=detail)

    def _trouble(self, verdict: Verdict, detail: str, series: int) -> Reading:
        return Reading(at=self._clock.monotonic(), trouble=verdict, detail=detail, series=series)


class Watching:
    """Many conditions at once."""

    def __init__(
        self, watched: Sequence[Watched], clock: Clock, changed: Changed = lambda *_: None,
        idle: Callable[[Watched], str] = lambda _: "", changes: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        """`idle` says why a condition is not asked about now, empty when it is; `changes` as for a Watcher."""
        self._idle = idle
        self._watchers = [Watcher(one, clock, changes) for one in watched]
        self._clock = clock
        self._changed = changed
        self._last: dict[str, Standing] = {}

    def seen(self) -> list[Seen]:
        return [self._now(watcher) for watcher in self._watchers]

    def _now(self, watcher: Watcher) -> Seen:
        idle = self._idle(watcher.watched)
        return msgspec.structs.replace(watcher.seen(), idle=idle) if idle else watcher.seen()

    async def run(self) -> None:
        """Watch until cancelled, or, where all are gates, until each has its verdict."""
        asked: dict[str, int] = {}
        places = [
            asked.setdefault(watcher.watched.question or watcher.check.id, len(asked)) for watcher in self._watchers
        ]
        breaths = -(-len(asked) // BREATH)
        start = self._clock.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for place, watcher in zip(places, self._watchers, strict=True):
                # spread over the interval, so that 200 questions are not asked at once; but a few are, because every
                # time this process is woken up costs more than a question does
                first = start + watcher.check.interval * (place // BREATH) / breaths
                tasks.create_task(self._follow(watcher, first))

    async def _follow(self, watcher: Watcher, due: float) -> None:
        await asyncio.sleep(due - self._clock.monotonic())
        while True:
            while self._idle(watcher.watched):  # steps are settled in many ways
                await asyncio.sleep(IDLE)
                due = self._clock.monotonic()
            seen = await watcher.look()
            self._tell(seen)
            if seen.standing.phase is Phase.DECIDED:
                return
            now = self._clock.monotonic()
            # after a slow answer, or a sleep of the machine, no burst of questions makes up for it
            due = max(due + watcher.check.interval, now)
            await asyncio.sleep(due - now)

    def _tell(self, seen: Seen) -> None:
        before = self._last.get(seen.check.id)
        self._last[seen.check.id] = seen.standing
        self._changed(seen, before)
