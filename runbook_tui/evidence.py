"""A run of the journal as evidence, and the heads that others noted of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.run.chain import NoBody, read_body
from runbook_tui.run.named import named_blobs
from runbook_tui.run.stored import StoredRun
from runbook_tui.signing.evidence import Evidence, Head

HEAD = "rbt-head-v1"
_LINE = re.compile(rf"{HEAD} (\S+) (\d+) ([0-9a-f]{{64}})(?: (\S+))?")


async def evidence_of(journal: SqliteJournal, run: str) -> Evidence:
    """As it lies there, nothing checked. Raises UnknownRun."""
    stored = await journal.stored(run)
    return Evidence(
        run=run,
        events=stored.events,
        blobs=await journal.stored_blobs(names_in(stored)),
        outputs=stored.outputs,
        last=Head(seq=stored.seq, hash=stored.head, source="the journal’s own table of runs"),
        now=datetime.now(UTC),
    )


def names_in(stored: StoredRun) -> list[str]:
    """The blobs that its events name."""
    names: dict[str, None] = {}
    for event in stored.events:
        try:
            body = read_body(event.body)
        except NoBody:
            continue
        names |= dict.fromkeys(name for _, name in named_blobs(body.event))
    return list(names)


def head_line(evidence: Evidence) -> str:
    """One line that somebody else keeps: with it a tail that was cut off, or a record written anew, is found."""
    last = evidence.events[-1] if evidence.events else None
    return head_at(evidence.run, last.seq if last else 0, last.hash if last else "", evidence.now)


def head_at(run: str, seq: int, hash_: str, at: datetime) -> str:
    """The same line, of a head that is known."""
    moment = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"{HEAD} {run} {seq} {hash_} {moment}"


def heads_in(text: str, run: str, source: str, *, dated: bool = True) -> Iterable[Head]:
    """The heads of this run in a text that somebody kept: a file, a page, a message."""
    for found in _LINE.finditer(text):
        if found[1] == run:
            at = f", noted {found[4]}" if found[4] and dated else ""
            yield Head(seq=int(found[2]), hash=found[3], source=f"{source}{at}")
