"""Runs as they lie in a store, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from runbook_tui.journal import chain
from runbook_tui.run import events as e
from runbook_tui.signing.evidence import Evidence, Head, StoredEvent, StoredOutput

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DOCUMENT = b"# Release\n\n- [ ] look\n"


def name(data: bytes) -> str:
    return sha256(data).hexdigest()


def stored(
    events: Sequence[e.AnyEvent], run: str = "brave-otter", *, times: Sequence[datetime] = ()
) -> list[StoredEvent]:
    """The events as a journal keeps them, one second apart."""
    rows: list[StoredEvent] = []
    prev = chain.genesis(run)
    for seq, event in enumerate(events, 1):
        at = times[seq - 1] if times else START + timedelta(seconds=seq)
        body = chain.encode(run=run, seq=seq, at=at, actor="ana@bastion", epoch=1, event=event)
        rows.append(StoredEvent(seq, prev, chain.link(prev, body), body.decode()))
        prev = rows[-1].hash
    return rows


def started(document: bytes = DOCUMENT) -> e.RunStarted:
    return e.RunStarted(title="Release", source="/x.md", document=name(document), tool="1", user="ana", host="bastion")


def job(id_: str, output: bytes, step: str = "look", exit_: int = 0) -> list[e.AnyEvent]:
    return [
        e.JobStarted(job=id_, step=step, command=f"{step}.1", text="ls", shown="ls", target="local"),
        e.JobFinished(job=id_, exit=exit_, output=name(output), output_bytes=len(output), output_sha256=name(output)),
    ]


def evidence(rows: Sequence[StoredEvent], blobs: Sequence[bytes] = (), run: str = "brave-otter", **fields) -> Evidence:
    """With what the store says of its end, and all blobs."""
    kept = {name(data): data for data in (DOCUMENT, *blobs)}
    fields.setdefault("last", Head(seq=len(rows), hash=rows[-1].hash if rows else "", source="the store"))
    return Evidence(run=run, events=tuple(rows), blobs=fields.pop("stored", kept), **fields)


def output(data: bytes) -> StoredOutput:
    return StoredOutput(total=len(data), kept=name(data), sha256=name(data))
