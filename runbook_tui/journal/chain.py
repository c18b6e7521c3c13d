"""The bytes of an event, written and read; the chain of hashes over them is `run.chain`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from runbook_tui.journal.faults import Damaged
from runbook_tui.run.chain import Body, genesis, link, timestamp
from runbook_tui.run.events import AnyEvent, Record
from runbook_tui.run.ports import JournalError

__all__ = ["Body", "Row", "decode", "encode", "genesis", "link", "seq_of", "timestamp", "verify"]

Row = tuple[int, Any, Any, Any]
"""seq, prev, hash, body as stored: text, unless somebody changed it."""


class _Kind(msgspec.Struct):
    kind: str = ""


class _Outline(msgspec.Struct):
    event: _Kind


class _Number(msgspec.Struct):
    seq: int = 0


_decoder = msgspec.json.Decoder(Body)
_outline = msgspec.json.Decoder(_Outline)
_number = msgspec.json.Decoder(_Number)
_encoder = msgspec.json.Encoder(order="sorted")


def encode(*, run: str, seq: int, at: datetime, actor: str, epoch: int, event: AnyEvent) -> bytes:
    """The canonical body. Raises JournalError when the event would not read back as it is."""
    fields = {"run": run, "seq": seq, "at": timestamp(at), "actor": actor, "epoch": epoch, "event": event}
    try:
        body = _encoder.encode(fields)
        again = _decoder.decode(body)
        same = _encoder.encode(fields | {"event": again.event}) == body
    except (UnicodeError, ValueError, TypeError, RecursionError, msgspec.MsgspecError) as error:
        raise _unfit(event, str(error)) from error
    if not same:
        raise _unfit(event, "it would read back as something else")
    return body


def _unfit(event: AnyEvent, why: str) -> JournalError:
    return JournalError(
        f"{type(event).__name__} cannot be recorded: {why}. Nothing was written, and what it stands for was not done."
    )


def decode(run: str, row: Row) -> Record:
    """A stored row as a record; its hash is not looked at. Raises Damaged or JournalError."""
    seq, prev, hash_, text = row
    try:
        body = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _unreadable(run, seq, text, error) from error
    if body.run != run or body.seq != seq:
        raise Damaged(run, seq, f"it says it is event {body.seq} of run {body.run}")
    return Record(
        run=run, seq=seq, at=body.at, actor=body.actor, epoch=body.epoch, event=body.event, prev=prev, hash=hash_
    )


def _unreadable(run: str, seq: int, text: str, error: Exception) -> JournalError:
    try:
        kind = _outline.decode(text).event.kind
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return Damaged(run, seq, f"its text is not an event ({error})")
    known = {each.__name__ for each in AnyEvent.__args__}
    if kind in known:
        return JournalError(
            f"Event {seq} of run {run} ({kind}) holds what this rbt cannot read: {error}. "
            f"It was probably written by another version. Nothing was changed; open the run with that version."
        )
    return JournalError(
        f"Event {seq} of run {run} is of a kind this rbt does not know ({kind}): a newer version wrote it. "
        f"Nothing was changed; open the run with the newer version."
    )


def seq_of(body: str) -> int:
    """The sequence number a stored body claims, 0 when it tells none."""
    try:
        return _number.decode(body).seq
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return 0


def verify(run: str, rows: Iterable[Row], *, after: int = 0, head: str | None = None) -> list[Record]:
    """Rows that follow event `after`, whose hash is `head`, as records.

    Every hash is computed again. Raises Damaged that names the first event which is not what was recorded.
    """
    prev = genesis(run) if head is None else head
    records = []
    for expected, row in enumerate(rows, after + 1):
        seq, claimed, hash_, text = row
        if seq != expected:
            raise Damaged(run, expected, f"it is missing, event {seq} follows")
        if not (isinstance(text, str) and isinstance(hash_, str)):
            raise Damaged(run, seq, "it is not text")
        if claimed != prev:
            raise Damaged(run, seq, "it does not follow the event before it")
        try:
            computed = link(prev, text.encode())
        except (ValueError, UnicodeError) as error:
            raise Damaged(run, seq, str(error)) from error
        if computed != hash_:
            raise Damaged(run, seq, "its text was changed after it was recorded")
        records.append(decode(run, row))
        prev = hash_
    return records
