"""Live output on its way to the journal: one commit a quarter of a second for all jobs, bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from runbook_tui.run.ledger import Ledger
from runbook_tui.run.ports import OutputPiece

FLUSH_EVERY = 0.25  # seconds between two commits
# Of a flood only the start and the end are kept: the later a commit, the less is written only to be deleted again.
FLOOD = 2 * 1024 * 1024  # bytes waiting after that time
FLOOD_EVERY = 1.0  # seconds between two commits of a flood, at least
COMMITTING = 0.05  # of the time of a flood goes into its commits, at most: one that takes long comes less often
FIRST = 1024 * 1024  # bytes of a stream's start that are kept soon: only after them anything may be passed over
LAST = 9 * 1024 * 1024  # bytes of a stream that wait until then, at least; those before them may be passed over
FLUSH_AT = 12 * 1024 * 1024  # bytes waiting, over all jobs, before something happens sooner
FULL = 14 * 1024 * 1024  # bytes waiting before reading waits too


def _joined(parts: list[tuple[str, int, list[bytes]]]) -> list[OutputPiece]:
    return [OutputPiece(job=job, offset=offset, data=b"".join(data)) for job, offset, data in parts]


def as_one(pieces: Sequence[OutputPiece]) -> list[OutputPiece]:
    """Of pieces of one job that follow each other, one."""
    return _joined([(first.job, first.offset, [piece.data for piece in pieces]) for first in pieces[:1]])


@dataclass(slots=True)
class _Stream:
    offset: int = 0  # of the first waiting byte
    waiting: list[bytes] = field(default_factory=list)
    size: int = 0  # of what waits, bytes


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
        stream = self._streams[job]
        stream.waiting.append(data)
        stream.size += len(data)
        self._held += len(data)
        if self._held >= FLUSH_AT or (not stream.offset and stream.size >= FIRST):
            self._hurry.set()
        failed = self._flusher is not None and self._flusher.done()
        if failed or not await self._room(FULL):
            await self.flush()  # also raises what stopped the flusher

    async def close(self, job: str) -> list[OutputPiece]:
        """The rest, which is now the caller's to keep, in the pieces as they came; the journal has all before it."""
        if self._streams[job].size > LAST:
            await self._pass_over()
        async with self._lock:
            stream = self._streams[job]
            self.discard(job)
            offset, rest = stream.offset, []
            for data in stream.waiting if stream.size else ():
                rest.append(OutputPiece(job=job, offset=offset, data=data))
                offset += len(data)
            return rest

    def discard(self, job: str) -> None:
        """Nothing more will come; what waits is not kept."""
        stream = self._streams.pop(job, None)
        self._held -= stream.size if stream else 0
        if not self._streams and self._flusher is not None:
            self._flusher.cancel()
            self._flusher = None

    async def flush(self) -> None:
        async with self._lock:
            sent = [(job, stream, len(stream.waiting)) for job, stream in self._streams.items() if stream.size]
            if not sent:
                return
            parts = [(job, stream.offset, stream.waiting[:count]) for job, stream, count in sent]
            # a flood is many megabytes to copy, and the loop has keys to take
            pieces = _joined(parts) if self._held < FLOOD else await asyncio.to_thread(_joined, parts)
            # Forgotten only when kept: a flush cut off half-way is sent again, and nothing is kept twice.
            await self._ledger.journal.write_outputs(self._ledger.run, pieces)
            for piece, (job, stream, count) in zip(pieces, sent, strict=True):
                self._forget(job, stream, count, len(piece.data))

    async def _flush_now_and_then(self) -> None:
        now = asyncio.get_running_loop().time
        kept_at, every = now(), FLOOD_EVERY
        while True:
            await self._hurry_within(FLUSH_EVERY)
            if self._held >= FLOOD and not self._any_new():
                await self._hurry_within(max(0.0, min(every - FLUSH_EVERY, kept_at + every - now())))
            self._hurry.clear()
            soon = now() - kept_at < every and self._held >= FLOOD and not self._any_new()
            if soon and await self._room(FLUSH_AT):
                continue
            began = now()
            await self.flush()
            kept_at = now()
            every = max(FLOOD_EVERY, (kept_at - began) / COMMITTING)

    def _any_new(self) -> bool:
        """Whether there is a stream whose start is to be kept."""
        return any(not stream.offset and stream.size >= FIRST for stream in self._streams.values())

    async def _room(self, most: int) -> bool:
        """Whether less than that waits, or less than before once what need not be kept was passed over."""
        # somebody else may have passed it over while this waited for the lock
        return self._held < most or await self._pass_over() or self._held < most

    async def _pass_over(self) -> bool:
        """Hand over what need not be kept, for the hash alone; whether there was any."""
        found = False
        async with self._lock:
            for job, stream in list(self._streams.items()):
                pieces: list[OutputPiece] = []
                size = 0
                for data in stream.waiting:
                    if stream.size - size - len(data) < LAST:
                        break
                    pieces.append(OutputPiece(job=job, offset=stream.offset + size, data=data))
                    size += len(data)
                if pieces and await self._ledger.journal.pass_output(self._ledger.run, pieces, ahead=LAST):
                    self._forget(job, stream, len(pieces), size)
                    found = True
        return found

    def _forget(self, job: str, stream: _Stream, count: int, size: int) -> None:
        stream.offset += size
        stream.size -= size
        del stream.waiting[:count]
        if self._streams.get(job) is stream:
            self._held -= size

    async def _hurry_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
