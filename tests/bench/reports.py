"""Reports of a run of 10,000 events, and the bundle of a day's run: seconds each, megabytes."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from runbook_tui.accounting import account_of
from runbook_tui.bundling import bundle_of, unbundled
from runbook_tui.document.reader import read
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.report.as_json import as_json
from runbook_tui.report.cast import cast
from runbook_tui.report.junit import junit
from runbook_tui.report.markdown import markdown
from runbook_tui.report.page import page
from runbook_tui.run import events as e
from runbook_tui.run.ports import OutputPiece
from runbook_tui.signing.verification import verify
from tests.bench.figures import tell

STEPS = 400  # of the document
JOBS = 2_400  # each three events: with ticks, notes and verdicts 10,000


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def document() -> bytes:
    parts = ["# A long day\n"]
    for number in range(STEPS):
        if number % 20 == 0:
            parts.append(f"## Phase {number // 20}\n")
        parts.append(f"- [ ] Look at {number}\n\n```bash\n# Command {number}\necho {number}\n```\n")
    return "\n".join(parts).encode()


async def _fill(journal: SqliteJournal, run: str, events: int, *, bodies: int) -> None:
    """Commands of a day: most print little, some a megabyte."""
    data = document()
    runbook = read(data, "day.md")
    first = e.RunStarted(
        title=runbook.title, source="/nowhere/day.md", document=runbook.sha256, tool="1", user="ana", host="b"
    )
    seq = len(await journal.open_run(run, [first], {runbook.sha256: data}))
    dice = random.Random(1)
    commands = [(step.id, name) for step in runbook.steps for name in step.commands]
    number = 0
    while seq < events:
        step, command = commands[number % len(commands)]
        job = f"{run}.{number}"
        size = 1_000_000 if number % 200 == 199 else dice.randrange(200, 8_000)
        output = "".join(
            f"{at:08} worker {dice.randrange(9)} did {dice.randrange(10**6)} items, status=ok\n"
            for at in range(size // 48 + 1)
        )
        batch: list[e.AnyEvent] = [
            e.JobStarted(job=job, step=step, command=command, text="echo", shown=f"echo {number}", target="local"),
        ]
        blobs = {}
        if number < bodies:
            await journal.write_outputs(run, [OutputPiece(job=job, offset=0, data=output.encode())])
            kept = await journal.finish_output(run, job)
            ended = e.JobFinished(
                job=job, exit=0, seconds=1.0, output=kept.blob, output_bytes=kept.bytes, output_sha256=kept.sha256
            )
        else:
            ended = e.JobFinished(job=job, exit=0, seconds=1.0, output_sha256=sha256(b"").hexdigest())
        batch += [ended, e.StepTicked(step=step, automatic=True)]
        if number % 3 == 0:
            batch.append(e.NoteAdded(step=step, text=f"as expected, number {number}"))
        seq = (await journal.append(run, batch, expected=seq, blobs=blobs))[-1].seq
        number += 1
    await journal.append(run, [e.RunFinished(outcome=e.Outcome.ABORTED)], expected=seq)


async def measure(folder: Path, run: str, events: int, bodies: int) -> None:
    journal = await SqliteJournal.open(folder, clock=_Clock(), actor="ana@b")
    try:
        await _fill(journal, run, events, bodies=bodies)
        begin = time.perf_counter()
        account = await account_of(journal, run)
        tell(f"{run}: read and verify {len(account.records)} events", f"{time.perf_counter() - begin:.2f} s")
        jobs = list(account.state.jobs.values())
        for name, make in (
            ("md", markdown), ("html", page), ("junit", junit), ("json", lambda one: msgspec.json.encode(as_json(one))),
            ("cast of every job", lambda one: "".join(cast(one, job) for job in jobs)),
        ):  # fmt: skip
            begin = time.perf_counter()
            made = make(account)
            tell(f"{run}: {name}", f"{time.perf_counter() - begin:.2f} s, {len(made) / 1e6:.1f} MB")
        begin = time.perf_counter()
        bundle = await bundle_of(journal, run, account)
        size = sum(kept.total for kept in account.outputs.values())
        tell(
            f"{run}: bundle",
            f"{time.perf_counter() - begin:.2f} s, {len(bundle) / 1e6:.1f} MB for {size / 1e6:.1f} MB of output",
        )
        begin = time.perf_counter()
        found = verify(unbundled(bundle)[0])
        tell(f"{run}: verify the bundle", f"{time.perf_counter() - begin:.2f} s, {found.verdict}")
    finally:
        await journal.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        os.environ["RBT_STATE"] = place
        asyncio.run(measure(Path(place) / "a", "ten-thousand", 10_000, 0))
        asyncio.run(measure(Path(place) / "b", "a-day", 1_500, 10_000))


if __name__ == "__main__":
    main()
