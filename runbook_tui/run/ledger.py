"""A run as one process sees it: its folded state, and the only way to add to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from runbook_tui.run.events import BESIDE, AnyEvent, JobStarted, Record, RunHeld, RunReleased
from runbook_tui.run.fold import fold
from runbook_tui.run.ports import Conflict, Journal, JournalError
from runbook_tui.run.state import RunState

Listener = Callable[[RunState], None]

AGAIN = 1.0  # seconds until a record that could not be read is looked at again


@dataclass(slots=True, eq=False)
class _Waiting:
    """Events of one caller, to be written whole or not at all."""

    events: tuple[AnyEvent, ...]
    blobs: Mapping[str, bytes]
    written: bool = False
    error: JournalError | None = field(default=None)


class Ledger:
    """Appends events and folds them; listeners hear of each new state after it is durable."""

    def __init__(self, journal: Journal, state: RunState) -> None:
        self.journal = journal
        self.state = state
        self._lock = asyncio.Lock()
        self._waiting: list[_Waiting] = []
        self._listeners: list[Listener] = []
        self.unheard = ""  # why what others write is not heard, while it is not
        self.clean: Callable[[AnyEvent], AnyEvent] = _as_it_is  # takes out what must not be kept

    @property
    def run(self) -> str:
        return self.state.run

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear of every new state; the result ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def append(self, *events: AnyEvent, blobs: Mapping[str, bytes] | None = None) -> RunState:
        """Make the events durable, then the state. A cancelled caller does not stop a write under way.

        Raises Conflict when somebody else changed the run meanwhile (their events are folded then;
        notes and signatures of people who do not drive are taken in silently), and any other JournalError.
        What several callers want written at the same time becomes one commit: fifty hosts do not wait for fifty.
        """
        waiting = _Waiting(events, blobs or {})
        self._waiting.append(waiting)
        await asyncio.shield(self._write(waiting))
        if waiting.error is not None:
            raise waiting.error
        return self.state

    async def _write(self, waiting: _Waiting) -> None:
        async with self._lock:
            if waiting.written or waiting.error is not None:
                return  # together with somebody else's
            batch, self._waiting = self._waiting, []
            try:
                await self._append(
                    [self.clean(event) for one in batch for event in one.events],
                    {name: data for one in batch for name, data in one.blobs.items()},
                )
            except JournalError as error:
                for one in batch:
                    one.error = error
            else:
                for one in batch:
                    one.written = True

    async def _append(self, events: list[AnyEvent], blobs: Mapping[str, bytes]) -> None:
        while True:
            try:
                records = await self.journal.append(self.run, events, expected=self.state.seq, blobs=blobs)
            except Conflict:
                news = await self.journal.read(self.run, after=self.state.seq)
                self.take_in(news)
                if not news or not all(isinstance(record.event, (*BESIDE, RunHeld, RunReleased)) for record in news):
                    raise
                held = any(isinstance(record.event, RunHeld) for record in news)
                if held and any(isinstance(event, JobStarted) for event in events):
                    raise  # what is held meanwhile is not started
            else:
                self.take_in(records)
                return

    def take_in(self, records: list[Record]) -> None:
        """Fold records that are in the journal already."""
        if not records:
            return
        self.state = fold(records, self.state)
        self.announce()

    async def note(self, event: AnyEvent) -> None:
        """Write it whatever others write meanwhile, and take in theirs with it."""
        await self.journal.add_note(self.run, [event])
        self.take_in(await self.journal.read(self.run, self.state.seq))

    async def follow(self) -> None:
        """Take in what other terminals write, until cancelled; what cannot be read is told, and tried again."""
        while True:
            try:
                if self.unheard:
                    self.take_in(await self.journal.read(self.run, self.state.seq))
                    self.unheard = ""
                    self.announce()
                async for records in self.journal.changes(self.run, self.state.seq):
                    self.take_in(records)
            except JournalError as error:
                self.unheard = str(error)
                self.announce()
            await asyncio.sleep(AGAIN)

    def announce(self) -> None:
        """Tell the listeners to look again."""
        for listener in list(self._listeners):
            listener(self.state)


def _as_it_is(event: AnyEvent) -> AnyEvent:
    return event
