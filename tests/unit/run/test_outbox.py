"""What waits in the outbox is kept once and in order, a flood too."""

import asyncio
from collections import defaultdict
from types import SimpleNamespace

from runbook_tui.run import outbox
from runbook_tui.run.outbox import Outbox


class Journal:
    def __init__(self):
        self.kept = defaultdict(bytes)

    async def write_outputs(self, _run, pieces):
        await asyncio.sleep(0)
        for piece in pieces:
            assert piece.offset == len(self.kept[piece.job])
            self.kept[piece.job] += piece.data

    async def pass_output(self, _run, _pieces, *, ahead):
        return False


async def test_a_flood_that_goes_on_while_it_is_kept_is_kept_once_and_in_order(monkeypatch):
    monkeypatch.setattr(outbox, "FLOOD", 1000)
    journal = Journal()
    box = Outbox(SimpleNamespace(journal=journal, run="brave-otter"))
    jobs = {"one": b"", "two": b""}
    for job in jobs:
        box.open(job)

    async def print_(job):
        for number in range(60):
            data = f"{job} {number:06d} ".encode() * 4000
            jobs[job] += data
            await box.add(job, data)
            await asyncio.sleep(0)

    await asyncio.gather(*map(print_, jobs))
    for job, printed in jobs.items():
        last = await box.close(job)
        kept = journal.kept[job] + b"".join(piece.data for piece in last)
        assert kept == printed
