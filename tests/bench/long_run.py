"""A run with 10,000 events: the time of one more tick, and the time to open it."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import time
from pathlib import Path

from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.records import SystemClock
from runbook_tui.run.events import NoteAdded, RunStarted, StepTicked
from runbook_tui.run.fold import fold
from runbook_tui.run.ledger import Ledger
from tests.bench.figures import percentile, tell

EVENTS = 10_000
EMPTY = hashlib.sha256(b"").hexdigest()


async def measure(folder: Path) -> None:
    journal = await SqliteJournal.open(folder, clock=SystemClock(), actor="bench@host")
    started = RunStarted(title="t", source="/t.md", document=EMPTY, tool="0", user="b", host="h")
    ledger = Ledger(journal, fold(await journal.open_run("bench", [started], {EMPTY: b""})))
    short = await ticks(ledger)
    while ledger.state.seq < EVENTS:
        await ledger.append(*(NoteAdded(step=f"s{n % 200}", text="note " * 8) for n in range(500)))
    long = await ticks(ledger)
    begin = time.perf_counter()
    fold(await journal.read("bench"))
    opened = time.perf_counter() - begin
    await journal.close()
    tell(
        f"one more tick after {EVENTS:,} events / after 1",
        f"p50 {percentile(long, 0.5) * 1e3:.1f} ms / {percentile(short, 0.5) * 1e3:.1f} ms"
        f" = {percentile(long, 0.5) / percentile(short, 0.5):.1f}×",
    )
    tell(f"open (read, verify, fold) {EVENTS:,} events", f"{opened * 1e3:.0f} ms")


async def ticks(ledger: Ledger) -> list[float]:
    times = []
    for number in range(200):
        begin = time.perf_counter()
        await ledger.append(StepTicked(step=f"s{number}"))
        times.append(time.perf_counter() - begin)
    return times


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder)))
