"""A run, checked from its evidence alone: chain, snapshots, outputs, signatures, heads noted elsewhere.

Works on values and changes nothing; only the judgement of a signature is asked of `ssh-keygen`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from runbook_tui.run import events as e
from runbook_tui.run.chain import NoBody, TooDeep, genesis, link, read_body
from runbook_tui.run.named import named_blobs
from runbook_tui.signing.evidence import Evidence, Head, StoredEvent
from runbook_tui.signing.findings import CANNOT_TELL, Finding, Findings, Weight
from runbook_tui.signing.judging import judge_signatures
from runbook_tui.signing.keygen import Judge
from runbook_tui.signing.keygen import judge as ask_keygen

BACKWARDS = timedelta(seconds=1)  # a clock that goes back by less is being set right


def verify(evidence: Evidence, judge: Judge | None = None) -> Findings:
    """Everything that can be told of this run. Never raises for what is wrong with the evidence: it says so.

    Raises OperatorError only when ssh-keygen, which judges signatures, cannot be used.
    """
    found: list[Finding] = []
    records = _chain(evidence, found)
    known = [record for record in records if record is not None]
    _clock(known, found)
    documents = _blobs(evidence, known, found)
    outputs, size = _outputs(evidence, known, found)
    head = _end(evidence, found)
    agreed = _heads(evidence, evidence.heads, found)
    anchored = [f"up to event {seq} of {len(evidence.events)} by {source}" for source, seq in agreed.items()]
    upto = max(agreed.values(), default=0)
    judged = judge_signatures(evidence, records, found, judge or ask_keygen)
    if evidence.signers is not None:
        anchored += judged.witnesses
        upto = max(upto, judged.witnessed)
    return Findings(
        run=evidence.run,
        events=len(evidence.events),
        head=head,
        material=judged.material,
        first=known[0].at if known else None,
        last=known[-1].at if known else None,
        documents=documents,
        outputs=outputs,
        output_bytes=size,
        signoffs=judged.signoffs,
        findings=tuple(found),
        anchored=tuple(anchored),
        cannot_tell=(*CANNOT_TELL, *judged.cannot_tell, *evidence.unproved, _tail(upto, len(evidence.events))),
    )


def _tail(upto: int, events: int) -> str:
    """What could be missing at the end without anybody knowing."""
    if not upto:
        return "whether a tail was cut off, or all of it written anew: nobody outside has confirmed any of it"
    if upto >= events:
        return f"a tail cut off after event {upto}, the last here and the last that somebody outside confirms"
    return f"what came after event {upto}, the last that somebody outside confirms: it may be cut off or written anew"


def records_of(evidence: Evidence) -> list[e.Record]:
    """Those that can be read, nothing checked."""
    return [record for row in evidence.events if (record := _record(row)) is not None]


def events_of(evidence: Evidence) -> list[e.AnyEvent]:
    """Those that can be read, nothing checked."""
    return [record.event for record in records_of(evidence)]


def _violated(code: str, text: str, seq: int | None = None) -> Finding:
    return Finding(code=code, weight=Weight.VIOLATED, text=text, seq=seq)


# --- the chain -----------------------------------------------------------------------------------


def _chain(evidence: Evidence, found: list[Finding]) -> list[e.Record | None]:
    """The events as records, None where one cannot be read. The first break is told; what follows it hangs on it."""
    records: list[e.Record | None] = []
    prev, whole, unreadable = genesis(evidence.run), True, False
    for expected, row in enumerate(evidence.events, 1):
        fault = _fault(row, expected, prev) if whole else None
        if fault is not None:
            found.append(_violated(*fault))
            whole = False
        prev = row.hash
        record = _record(row)
        if record is None and whole and not unreadable:
            unreadable = True
            found.append(_unreadable(row, expected))
        if record is not None and whole and (record.run, record.seq) != (evidence.run, expected):
            found.append(_violated("chain", f"event {expected} says that it is {record.seq} of {record.run}", expected))
            whole = False
        records.append(record)
    return records


def _unreadable(row: StoredEvent, expected: int) -> Finding:
    try:
        read_body(row.body)
    except TooDeep:
        return _violated(
            "unreadable", f"event {expected} is nothing that any rbt writes: it is nested too deeply", expected
        )
    except NoBody:
        pass
    text = f"event {expected} cannot be read by this rbt: probably a newer wrote it; its hash is right"
    return Finding(code="unreadable", weight=Weight.OPEN, text=text, seq=expected)


def _fault(row: StoredEvent, expected: int, prev: str) -> tuple[str, str, int] | None:
    if not (isinstance(row.seq, int) and isinstance(row.hash, str) and isinstance(row.body, str)):
        return "chain", f"event {expected} is not text any more: it was changed", expected
    if row.seq != expected:
        how = "is missing or stands elsewhere" if row.seq > expected else "was put in, or stands twice"
        return "gap", f"event {expected} {how}: the record goes on with {row.seq}", expected
    if row.prev != prev:
        return "chain", f"event {expected} does not follow the one before it: one of both was changed", expected
    try:
        computed = link(prev, row.body.encode())
    except (ValueError, UnicodeError):
        return "chain", f"event {expected} is not text any more: it was changed", expected
    if computed != row.hash:
        return "chain", f"event {expected} was changed after it was recorded", expected
    return None


def _record(row: StoredEvent) -> e.Record | None:
    try:
        body = read_body(row.body)
    except NoBody:
        return None
    return e.Record(
        run=body.run, seq=body.seq, at=body.at, actor=body.actor, epoch=body.epoch, event=body.event,
        prev=str(row.prev), hash=str(row.hash),
    )  # fmt: skip


def _clock(records: Sequence[e.Record], found: list[Finding]) -> None:
    newest: datetime | None = None
    for record in records:
        if newest is not None and record.at < newest - BACKWARDS:
            back = (newest - record.at).total_seconds()
            text = f"the clock stood {back:.0f} s earlier at event {record.seq} than before: it was set back"
            found.append(Finding(code="clock", weight=Weight.NOTE, text=text, seq=record.seq))
            newest = record.at  # told once for each time it was set
        newest = record.at if newest is None else max(newest, record.at)


# --- what the events name ------------------------------------------------------------------------


def _blobs(evidence: Evidence, records: Sequence[e.Record], found: list[Finding]) -> int:
    """How many texts of the document were checked; outputs are checked with their jobs."""
    documents = 0
    seen: set[str] = set()
    for record in records:
        for what, name in named_blobs(record.event):
            if name in seen or what == "output":
                continue
            seen.add(name)
            documents += what == "document"
            if (fault := _blob_fault(evidence, what, name)) is not None:
                found.append(_violated("blob", f"{fault} (event {record.seq})", record.seq))
    return documents


def _blob_fault(evidence: Evidence, what: str, name: str) -> str | None:
    try:
        data = evidence.blobs[name]
    except KeyError:
        return f"the {what} {name[:12]}… is missing"
    if sha256(data).hexdigest() != name:
        return f"the {what} {name[:12]}… was changed after it was recorded"
    return None


def _outputs(evidence: Evidence, records: Sequence[e.Record], found: list[Finding]) -> tuple[int, int]:
    checked = size = 0
    finished: set[str] = set()
    for record in records:
        if not isinstance(record.event, e.JobFinished):
            continue
        event = record.event
        finished.add(event.job)
        if not event.output:
            continue
        fault = _output_fault(evidence, event)
        if fault is not None:
            found.append(_violated("output", f"{fault} (job {event.job}, event {record.seq})", record.seq))
            continue
        checked += 1
        kept = len(evidence.blobs[event.output])
        size += kept
        if kept != event.output_bytes:
            left = event.output_bytes - kept
            text = f"of the output of job {event.job} {left} bytes in the middle were not kept: its hash covers them"
            found.append(Finding(code="cut", weight=Weight.NOTE, text=text, seq=record.seq))
    told = evidence.outputs or {}
    for job in sorted(set(told) - finished):
        if told[job].total:
            text = f"the output of job {job} belongs to no recorded result: no hash covers it"
            found.append(Finding(code="unhashed", weight=Weight.NOTE, text=text))
    return checked, size


def _output_fault(evidence: Evidence, event: e.JobFinished) -> str | None:
    name = event.output or ""
    if (fault := _blob_fault(evidence, "output", name)) is not None:
        return fault
    kept = evidence.blobs[name]
    if len(kept) > event.output_bytes:
        return "the output is longer than was recorded"
    whole = sha256(kept).hexdigest() if len(kept) == event.output_bytes else None
    if whole is not None and event.output_sha256 and whole != event.output_sha256:
        return "the output is not what was recorded"
    if evidence.outputs is None:
        return None
    stored = evidence.outputs.get(event.job)
    if stored is None:
        return "the store knows nothing of this output any more"
    if (stored.kept, stored.total) != (event.output, event.output_bytes):
        return "the store says another output than was recorded"
    if stored.sha256 is not None and event.output_sha256 and stored.sha256 != event.output_sha256:
        return "the store says another hash of the output than was recorded"
    return None


# --- where the record ends -----------------------------------------------------------------------


def _end(evidence: Evidence, found: list[Finding]) -> str:
    """The hash of the last event."""
    if not evidence.events:
        found.append(_violated("empty", "there is no event"))
        return genesis(evidence.run)
    head = str(evidence.events[-1].hash)
    if evidence.last is not None:
        _heads(evidence, (evidence.last,), found)
        if isinstance(evidence.last.seq, int) and evidence.last.seq < len(evidence.events):
            more = len(evidence.events) - evidence.last.seq
            found.append(_violated("head", f"{more} more events are there than {evidence.last.source} knows of"))
    return head


def _heads(evidence: Evidence, heads: Sequence[Head], found: list[Finding]) -> dict[str, int]:
    """What others noted of the record: up to where each that agrees confirms it."""
    agree: dict[str, int] = {}
    for head in heads:
        if not isinstance(head.seq, int) or head.seq < 0:
            found.append(_violated("head", f"{head.source} says nothing that could be compared"))
        elif head.seq > len(evidence.events):
            lost = f"events {len(evidence.events) + 1} to {head.seq} are missing"
            found.append(_violated("tail", f"the end was cut off: {lost}, as {head.source} shows", head.seq))
        elif (evidence.events[head.seq - 1].hash if head.seq else genesis(evidence.run)) != head.hash:
            text = f"event {head.seq} is not the one that {head.source} knows: the record was written anew"
            found.append(_violated("head", text, head.seq))
        else:
            agree[head.source] = max(head.seq, agree.get(head.source, 0))
    return agree
