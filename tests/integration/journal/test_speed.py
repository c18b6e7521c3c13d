"""Figures for the reader of `pytest -s`; the bounds are wide, as test machines are busy."""

import asyncio
import os
import statistics
import time
from hashlib import sha256

import pytest
from writer import started

from runbook_tui.journal import connector
from runbook_tui.run.events import JobStarted, RunFinished, StepTicked
from runbook_tui.run.ports import OutputPiece


def job(n):
    return JobStarted(
        job=f"j{n}", step=f"s{n}", command="c", text="kubectl get pods -n <namespace>", shown="kubectl get pods -n prod",
        target="local", cwd="/srv",
    )  # fmt: skip


def told(name, seconds):
    ordered = sorted(seconds)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    print(f"{name}: p50 {p50 * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms")
    return p50


async def test_an_append_costs_little_more_than_sqlite_itself(journal, tmp_path):
    """Interleaved, so that a busy disk slows both."""
    engine = connector.choose()
    (tmp_path / "raw.db").touch()
    raw = connector.connect(engine, tmp_path / "raw.db", read_only=False, busy_timeout=5)
    connector.settle(raw, engine, read_only=False, busy_timeout=5)
    raw.execute("CREATE TABLE event (run_id, seq, prev, hash, body, PRIMARY KEY (run_id, seq))")
    ours, theirs = [], []
    for n in range(150):
        begin = time.perf_counter()
        await journal.append("r", [job(n)], expected=2 + n)
        middle = time.perf_counter()
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("INSERT INTO event VALUES ('r', ?, ?, ?, ?)", (n, "p" * 64, "h" * 64, "b" * 400))
        raw.execute("COMMIT")
        theirs.append(time.perf_counter() - middle)
        ours.append(middle - begin)
    raw.close()
    assert told("append", ours) < told("raw sqlite3", theirs) + 0.05


async def test_ten_thousand_events(journal):
    for batch in range(20):
        await journal.append("r", [job(n) for n in range(500)], expected=2 + 500 * batch)
    begin = time.perf_counter()
    await journal.append("r", [StepTicked(step="one more")], expected=10_002)
    one = time.perf_counter() - begin
    begin = time.process_time()  # of all threads: a busy machine makes it no longer
    records = await journal.read("r")
    everything = time.process_time() - begin
    begin = time.perf_counter()
    assert len(await journal.read("r", 10_002)) == 1
    news = time.perf_counter() - begin
    print(
        f"one more {one * 1000:.1f} ms, read and verify all {everything * 1000:.0f} ms, the news {news * 1000:.2f} ms"
    )
    assert len(records) == 10_003
    assert everything < 2


async def test_a_thousand_runs_are_listed_fast(journal):
    for n in range(1000):
        await journal.open_run(f"run-{n}", *started())
        if n % 2:
            await journal.append(f"run-{n}", [RunFinished(outcome="completed")], expected=2)
    begin = time.process_time()
    listed = await journal.runs()
    took = time.process_time() - begin
    print(f"1,001 runs listed in {took * 1000:.0f} ms")
    assert len(listed) == 1001
    assert sum(run.outcome == "completed" for run in listed) == 500
    assert all(run.driver == "ana@bastion" for run in listed)
    assert took < 1


@pytest.mark.parametrize("size", [64 * 1024, 1024 * 1024])
async def test_a_flood_of_output_does_not_hold_up_events(journal, size):
    piece, total = os.urandom(size), 40 * 1024 * 1024
    whole, delays = sha256(), []

    async def flood():
        for offset in range(0, total, size):
            await journal.write_outputs("r", [OutputPiece(job="j", offset=offset, data=piece)])
            whole.update(piece)

    begin = time.perf_counter()
    flooding = asyncio.create_task(flood())
    seq = 2
    while not flooding.done():
        start = time.perf_counter()
        await journal.append("r", [job(seq)], expected=seq)
        delays.append(time.perf_counter() - start)
        seq += 1
        await asyncio.sleep(0.005)
    took = time.perf_counter() - begin
    kept = await journal.finish_output("r", "j")
    assert kept.sha256 == whole.hexdigest()
    assert kept.dropped == total - 10_000_000
    print(f"output in pieces of {size // 1024} KiB: {total / took / 1e6:.0f} MB/s; meanwhile ", end="")
    assert told("append", delays) < 0.5
