"""Somebody at work: appends for ever and says what was acknowledged. `python writer.py FOLDER ACKS SYNCHRONOUS SEED`."""

from __future__ import annotations

import asyncio
import ctypes
import os
import random
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from runbook_tui.journal import connector
from runbook_tui.journal.connector import Engine
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.run.events import JobFinished, JobStarted, NoteAdded, RunStarted, StepTicked
from runbook_tui.run.ports import OutputPiece

DOCUMENT = b"# A runbook\n"
RUN = "r"


class WallClock:
    def now(self):
        return datetime.now(UTC)

    def monotonic(self):
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Careless(Engine):
    """A journal that does not wait for the disk: the control, which must lose what it has acknowledged."""

    @property
    def synchronous(self) -> int:
        return 0


def engine(synchronous: str) -> Engine:
    chosen = connector.choose()
    return Careless(module=chosen.module, version=chosen.version) if synchronous == "off" else chosen


class Told:
    """Where acknowledgements go: into the disk's own log, or to a file on a healthy disk with the time."""

    def __init__(self, acks: str) -> None:
        self._note = ctypes.CDLL(None).disk_note if "DISK_LOG" in os.environ else None
        self._file = None if self._note else os.open(acks, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def __call__(self, seq: int, digest: str) -> None:
        if self._note:
            self._note(f"{seq} {digest}".encode())
        else:
            os.write(self._file, f"{seq} {digest} {time.monotonic()}\n".encode())


async def work(folder: Path, told: Told, synchronous: str, seed: int, most: int) -> None:
    chance = random.Random(seed)
    journal = await SqliteJournal.open(folder, clock=WallClock(), actor="ana@bastion", engine=engine(synchronous))
    name = sha256(DOCUMENT).hexdigest()
    first = RunStarted(title="A runbook", source="/a.md", document=name, tool="0", user="ana", host="bastion")
    records = await journal.open_run(RUN, [first], {name: DOCUMENT})
    told(records[-1].seq, records[-1].hash)
    print("writing", flush=True)
    for number in range(most):
        seq = records[-1].seq
        kind = chance.randrange(10)
        if kind < 6:
            ticks = [StepTicked(step="x" * chance.choice((5, 300, 9000))) for _ in range(chance.randint(1, 3))]
            records = await journal.append(RUN, ticks, expected=seq)
        elif kind < 8:
            records = await journal.add_note(RUN, [NoteAdded(step="s", text=f"note {number}")])
        else:
            job = f"j{number}"
            begun = JobStarted(job=job, step="s", command="c", text="true", shown="true", target="local")
            records = await journal.append(RUN, [begun], expected=seq)
            told(records[-1].seq, records[-1].hash)
            data = chance.randbytes(chance.choice((100, 20_000)))
            await journal.write_outputs(RUN, [OutputPiece(job=job, offset=0, data=data)])
            kept = await journal.finish_output(RUN, job)
            ended = JobFinished(job=job, exit=0, output=kept.blob, output_bytes=kept.bytes, output_sha256=kept.sha256)
            records = await journal.append(RUN, [ended], expected=records[-1].seq)
        told(records[-1].seq, records[-1].hash)
    await journal.close()


if __name__ == "__main__":
    target, acknowledged, sync, seed_, *rest = sys.argv[1:]
    asyncio.run(work(Path(target), Told(acknowledged), sync, int(seed_), int(rest[0]) if rest else sys.maxsize))
