"""What is left after a power cut, held against what was acknowledged before it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.run.events import JobFinished
from runbook_tui.run.ports import JournalError, UnknownRun
from tests.disk.writer import RUN, WallClock


@dataclass(frozen=True)
class Cut:
    """One cut: acknowledged events that are gone, whether what is there is whole, what was there without a word."""

    acknowledged: int
    lost: int
    broken: str  # why the journal could not be read, or what in it is half
    unsaid: int  # committed, but the word did not get out

    @property
    def holds(self) -> bool:
        return not self.lost and not self.broken


def examine(folder: Path, acknowledged: dict[int, str]) -> Cut:
    return asyncio.run(_examine(folder, acknowledged))


async def _examine(folder: Path, acknowledged: dict[int, str]) -> Cut:
    try:
        journal = await SqliteJournal.open(folder, clock=WallClock(), actor="ben@bastion")
    except JournalError as error:
        return Cut(acknowledged=len(acknowledged), lost=len(acknowledged), broken=str(error), unsaid=0)
    try:
        records = await journal.read(RUN)  # every hash is computed again
        for record in records:
            if isinstance(record.event, JobFinished) and record.event.output:
                await journal.blob(record.event.output)
        found = {record.seq: record.hash for record in records}
        lost = sum(found.get(seq) != digest for seq, digest in acknowledged.items())
        unsaid = max(len(records) - max(acknowledged, default=0), 0)
        await journal.take_drive(RUN, "ben@bastion")  # and it can go on
        return Cut(acknowledged=len(acknowledged), lost=lost, broken="", unsaid=unsaid)
    except UnknownRun:
        return Cut(acknowledged=len(acknowledged), lost=len(acknowledged), broken="", unsaid=0)
    except JournalError as error:
        return Cut(acknowledged=len(acknowledged), lost=len(acknowledged), broken=str(error), unsaid=0)
    finally:
        await journal.close()
