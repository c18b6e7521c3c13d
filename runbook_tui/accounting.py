"""A run of the journal, gathered for a report."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from runbook_tui import __version__
from runbook_tui.evidence import evidence_of
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.records import parse_written, written_of
from runbook_tui.report.account import Account, Judged, KeptText, Verified
from runbook_tui.run import pace
from runbook_tui.run.fold import fold
from runbook_tui.run.ports import JournalError, OperatorError
from runbook_tui.run.state import JobState
from runbook_tui.signing.findings import Weight
from runbook_tui.signing.verification import verify


async def account_of(journal: SqliteJournal, run: str, *, outputs: bool = True) -> Account:
    """Everything a report tells, read once. Raises JournalError when the record is damaged: it is not told then."""
    records = await journal.read(run)
    state = await asyncio.to_thread(fold, records)
    written = await written_of(journal, state)
    runbook = await asyncio.to_thread(parse_written, written, Path(state.source))
    kept: dict[str, KeptText] = {}
    timings: dict[str, tuple[tuple[float, int], ...]] = {}
    for job in state.jobs.values() if outputs else ():
        kept[job.job] = await _kept(journal, run, job)
        if job.timings:
            with suppress(JournalError, ValueError):
                timings[job.job] = pace.read(await journal.blob(job.timings))
    driver = next((one.driver for one in await journal.runs() if one.run == run), None)
    return Account(
        runbook=runbook, state=state, records=tuple(records), document=written.document, outputs=kept, timings=timings,
        verified=await _verified(journal, run), driven=driver is not None, tool=f"rbt {__version__}",
        at=datetime.now(UTC),
    )  # fmt: skip


async def _kept(journal: SqliteJournal, run: str, job: JobState) -> KeptText:
    pieces = tuple((piece.offset, piece.data) for piece in await journal.read_output(run, job.job))
    end = pieces[-1][0] + len(pieces[-1][1]) if pieces else 0
    return KeptText(pieces=pieces, total=max(end, job.output_bytes))


async def _verified(journal: SqliteJournal, run: str) -> Verified | None:
    """None where it cannot be verified here, for want of ssh-keygen."""
    evidence = await evidence_of(journal, run)
    try:
        found = await asyncio.to_thread(verify, evidence)
    except OperatorError:
        return None
    return Verified(
        verdict=found.verdict,
        violated=found.violated,
        findings=tuple(one.text for one in found.findings if one.weight is not Weight.NOTE),
        signoffs={off.seq: Judged(standing=off.standing.value, reasons=off.reasons) for off in found.signoffs},
        anchored=found.anchored,
    )
