"""Live output on its way to the journal: one commit a quarter of a second for all jobs, bounded."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from runbook_tui.run.ledger import Ledger
from runbook_tui.run.ports import OutputPiece

FLUSH_EVERY = 0.25  # seconds between two commits
FLUSH_AT = 12 * 1024 * 1024  # bytes waiting, over all jobs, before the next commit comes sooner
FULL = 24 * 1024 * 1024  # bytes waiting before reading waits too


@dataclass(slots=True)
class _Stream:
    offset: int = 0  # of the first waiting byte
    waiting: bytearray = field(default_factory=bytearray)


class Outbox:
    """Jobs put bytes in; they are kept in order, and nothing is forgotten before it is kept."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._streams: dict[str, _Stream] = {}
        self._held = 0
        self._lock = asyncio.Lock()
        self._hurry = asyncio.Event()
        self._flusher: asyncio.Task[None] | None = None

    def open(self, job: str, offset: int = 0) -> None:
        """Its next byte is the one at `offset` of its stream."""
        self._streams[job] = _Stream(offset)
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush_now_and_then())

    async def add(self, job: str, data: bytes) -> None:
        self._streams[job].waiting += data
        self._held += len(data)
        if self._held >= FLUSH_AT:
            self._hurry.set()
        if self._held >= FULL or (self._flusher is not None and self._flusher.done()):
            await self.flush()  # also raises what stopped the flusher

    async def close(self, job: str) -> None:
        """Keep the rest; the journal has all of it afterwards."""
        await self.flush()
        self.discard(job)

    def discard(self, job: str) -> None:
        """Nothing more will come; what waits is not kept."""
        stream = self._streams.pop(job, None)
        self._held -= len(stream.waiting) if stream else 0
        if not self._streams and self._flusher is not None:
            self._flusher.cancel()
            self._flusher = None

    async def flush(self) -> None:
        async with self._lock:
            pieces = [
                OutputPiece(job=job, offset=stream.offset, data=bytes(stream.waiting))
                for job, stream in self._streams.items()
                if stream.waiting
            ]
            if not pieces:
                return
            # Forgotten only when kept: a flush cut off half-way is sent again, and nothing is kept twice.
            await self._ledger.journal.write_outputs(self._ledger.run, pieces)
            for piece in pieces:
                if (stream := self._streams.get(piece.job)) is not None:
                    stream.offset += len(piece.data)
                    del stream.waiting[: len(piece.data)]
                    self._held -= len(piece.data)

    async def _flush_now_and_then(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_EVERY):
                    await self._hurry.wait()
            self._hurry.clear()
            await self.flush()
