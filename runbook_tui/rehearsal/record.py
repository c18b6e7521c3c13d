"""The record of a rehearsal, written by a process outside its walls: what runs inside has a link to it, and no file.

Over the link a rehearsal can begin one run, marked as one, write that, and read that; no other run is there.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from runbook_tui.run.events import AnyEvent, Record, RunStarted
from runbook_tui.run.ports import (
    Conflict,
    Driven,
    Fenced,
    Journal,
    JournalError,
    KeptOutput,
    OperatorError,
    OutputPiece,
    OutputRange,
    RunSummary,
    UnknownRun,
)

LOOK = 0.2  # seconds between two looks for records of others
LARGEST = 256 * 1024 * 1024  # bytes of one message
_Blobs = dict[str, bytes]
# what is said and what is answered, by call; the name of the run is known to the one who keeps the record
_CALLS: dict[str, tuple[Any, Any]] = {
    "open_run": (tuple[list[AnyEvent], _Blobs], list[Record]),
    "take_drive": (tuple[str, bool, str], tuple[int, list[Record]]),
    "give_drive": (tuple[str], None),
    "append": (tuple[list[AnyEvent], int, _Blobs], list[Record]),
    "add_note": (tuple[list[AnyEvent], int | None, _Blobs], list[Record]),
    "read": (tuple[int], list[Record]),
    "blob": (tuple[str], bytes),
    "write_outputs": (tuple[list[OutputPiece]], None),
    "read_output": (tuple[str, int], list[OutputRange]),
    "output_size": (tuple[str], int),
    "finish_output": (tuple[str, list[OutputPiece]], KeptOutput),
}
_KINDS: dict[str, type[JournalError]] = {
    one.__name__: one for one in (JournalError, Conflict, Fenced, UnknownRun)
}  # fmt: skip


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How a rehearsal ended, as what is inside says it: a report, a sentence for the operator, or a defect."""

    ready: bool = False
    report: dict[str, Any] = {}
    lines: tuple[str, ...] = ()
    refused: str = ""
    exit_code: int = 2
    defect: str = ""  # a traceback


class _Ask(msgspec.Struct, frozen=True, kw_only=True):
    call: str
    said: msgspec.Raw


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    kind: str = ""  # of an error
    message: str = ""
    said: msgspec.Raw = msgspec.Raw(b"\xc0")  # nil


class Broken(OperatorError):
    """The rehearsal ended without a verdict; the record says how far it came, and nothing real was touched."""


# --- outside -------------------------------------------------------------------------------------


class Keeper:
    """Keeps the record for what is at the other end of the link."""

    def __init__(self, journal: Journal, run: str) -> None:
        self._journal = journal
        self._run = run
        self._begun = False
        self._blobs: set[str] = set()  # that were written here: no other is given out

    async def serve(self, link: socket.socket) -> Verdict:
        """Until the verdict has come. Raises Broken when the other end is gone before."""
        reader, writer = await asyncio.open_connection(sock=link, limit=LARGEST)
        try:
            while True:
                ask = msgspec.msgpack.decode(await _frame(reader), type=_Ask)
                if ask.call == "verdict":
                    return msgspec.msgpack.decode(ask.said, type=Verdict)
                await _send(writer, await self._answer(ask))
        except (EOFError, ConnectionError, msgspec.DecodeError) as error:
            raise Broken(
                f"the rehearsal {self._run} ended before it had a verdict ({type(error).__name__}); nothing real was "
                "touched. rbt status shows how far it came"
            ) from None
        finally:
            writer.close()
            if self._begun:
                with suppress(JournalError):
                    await self._journal.give_drive(self._run)

    async def _answer(self, ask: _Ask) -> _Answer:
        try:
            said = msgspec.msgpack.decode(ask.said, type=_CALLS[ask.call][0])
            answer = await self._do(ask.call, said)
        except (KeyError, msgspec.DecodeError) as error:
            return _Answer(kind="JournalError", message=f"the record does no {ask.call}: {error}")
        except JournalError as error:
            return _Answer(kind=type(error).__name__, message=str(error))
        return _Answer(said=msgspec.Raw(msgspec.msgpack.encode(answer)))

    async def _do(self, call: str, said: tuple[Any, ...]) -> Any:
        journal, run = self._journal, self._run
        if call == "open_run":
            events, blobs = said
            first = events[0] if events else None
            if self._begun or not isinstance(first, RunStarted) or not first.rehearsal:
                raise JournalError("a rehearsal begins one run, which is marked as a rehearsal")
            records = await journal.open_run(run, events, blobs)
            self._begun = True
            self._blobs |= blobs.keys()
            return records
        if not self._begun:
            raise UnknownRun("this rehearsal has not begun")
        match call:
            case "take_drive":
                return await journal.take_drive(run, said[0], force=said[1], reason=said[2])
            case "give_drive":
                return await journal.give_drive(run, to=said[0])
            case "append":
                self._blobs |= said[2].keys()
                return await journal.append(run, said[0], expected=said[1], blobs=said[2])
            case "add_note":
                self._blobs |= said[2].keys()
                return await journal.add_note(run, said[0], expected=said[1], blobs=said[2])
            case "read":
                return await journal.read(run, said[0])
            case "blob":
                if said[0] not in self._blobs:
                    raise JournalError(f"{said[0][:12]} is nothing of this rehearsal")
                return await journal.blob(said[0])
            case "finish_output":
                kept = await journal.finish_output(run, *said)
                self._blobs |= {kept.blob} if kept.blob else set()
                return kept
            case _:
                return await getattr(journal, call)(run, *said)


# --- inside --------------------------------------------------------------------------------------


class RecordOutside:
    """Implements `run.ports.Journal` for the one run of this rehearsal, over the link."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._one = asyncio.Lock()

    @classmethod
    async def at(cls, link: socket.socket) -> RecordOutside:
        return cls(*await asyncio.open_connection(sock=link, limit=LARGEST))

    async def verdict(self, verdict: Verdict) -> None:
        """The last word."""
        async with self._one:
            await _send(self._writer, _Ask(call="verdict", said=msgspec.Raw(msgspec.msgpack.encode(verdict))))

    async def open_run(self, run: str, first: Sequence[AnyEvent], blobs: Mapping[str, bytes]) -> list[Record]:  # noqa: ARG002
        """Whatever name is said, the record has its own; the records say which."""
        return await self._ask("open_run", list(first), dict(blobs))  # type: ignore[no-any-return]

    async def take_drive(
        self, run: str, holder: str, *, force: bool = False, reason: str = ""
    ) -> tuple[int, list[Record]]:
        self._own(run)
        return await self._ask("take_drive", holder, force, reason)  # type: ignore[no-any-return]

    async def give_drive(self, run: str, *, to: str = "") -> None:
        self._own(run)
        await self._ask("give_drive", to)

    async def append(
        self, run: str, events: Sequence[AnyEvent], *, expected: int, blobs: Mapping[str, bytes] | None = None
    ) -> list[Record]:
        self._own(run)
        return await self._ask("append", list(events), expected, dict(blobs or {}))  # type: ignore[no-any-return]

    async def add_note(
        self, run: str, events: Sequence[AnyEvent], *, blobs: Mapping[str, bytes] | None = None,
        expected: int | None = None,
    ) -> list[Record]:  # fmt: skip
        self._own(run)
        return await self._ask("add_note", list(events), expected, dict(blobs or {}))  # type: ignore[no-any-return]

    async def read(self, run: str, after: int = 0) -> list[Record]:
        self._own(run)
        return await self._ask("read", after)  # type: ignore[no-any-return]

    async def runs(self) -> list[RunSummary]:
        """None: what others ran is no matter of a rehearsal."""
        return []

    async def blob(self, sha256: str) -> bytes:
        return await self._ask("blob", sha256)  # type: ignore[no-any-return]

    async def write_outputs(self, run: str, pieces: Sequence[OutputPiece]) -> None:
        self._own(run)
        await self._ask("write_outputs", list(pieces))

    async def pass_output(self, run: str, pieces: Sequence[OutputPiece], *, ahead: int) -> bool:  # noqa: ARG002
        return False

    async def read_output(self, run: str, job: str, after: int = 0) -> list[OutputRange]:
        self._own(run)
        return await self._ask("read_output", job, after)  # type: ignore[no-any-return]

    async def output_size(self, run: str, job: str) -> int:
        self._own(run)
        return await self._ask("output_size", job)  # type: ignore[no-any-return]

    async def finish_output(self, run: str, job: str, last: Sequence[OutputPiece] = ()) -> KeptOutput:
        self._own(run)
        return await self._ask("finish_output", job, list(last))  # type: ignore[no-any-return]

    async def changes(self, run: str, after: int) -> AsyncIterator[list[Record]]:
        while True:
            if found := await self.read(run, after):
                after = found[-1].seq
                yield found
            await asyncio.sleep(LOOK)

    async def close(self) -> None:
        self._writer.close()

    # --- inside ---

    _run = ""

    def _own(self, run: str) -> None:
        if run != self._run:
            raise UnknownRun(f"{run} is not this rehearsal")

    async def _ask(self, call: str, *said: Any) -> Any:
        """One at a time; an answer that nobody waits for any more is still taken off the link."""
        return await asyncio.shield(asyncio.create_task(self._asked(call, said)))

    async def _asked(self, call: str, said: tuple[Any, ...]) -> Any:
        async with self._one:
            try:
                await _send(self._writer, _Ask(call=call, said=msgspec.Raw(msgspec.msgpack.encode(said))))
                answer = msgspec.msgpack.decode(await _frame(self._reader), type=_Answer)
            except (EOFError, ConnectionError):
                raise JournalError(
                    "the record cannot be reached any more; nothing was done that it does not hold"
                ) from None
        if answer.kind == Driven.__name__:
            raise Driven(answer.message, "")
        if answer.kind:
            raise _KINDS.get(answer.kind, JournalError)(answer.message)
        found = msgspec.msgpack.decode(answer.said, type=_CALLS[call][1])
        if call == "open_run":
            self._run = found[0].run
        return found


# --- the link ------------------------------------------------------------------------------------


async def _send(writer: asyncio.StreamWriter, message: msgspec.Struct) -> None:
    data = msgspec.msgpack.encode(message)
    writer.write(struct.pack(">I", len(data)) + data)
    await writer.drain()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """Raises EOFError."""
    size = struct.unpack(">I", await reader.readexactly(4))[0]
    if size > LARGEST:
        raise EOFError(f"a message of {size} bytes")
    return await reader.readexactly(size)
