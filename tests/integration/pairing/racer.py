"""A driver that races another for the steps of a run: `python racer.py FOLDER NAME STEPS SEED`.

It does what a conductor and a target do: the intent is written first, a job's lock is taken where it runs, an intent
without a result is asked about there (its lock tells whether it ever arrived), and nothing is run again.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from pathlib import Path

from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.run.events import JobFinished, JobLost, JobResolved, JobStarted, Resolution, StepTicked
from runbook_tui.run.fold import fold
from runbook_tui.run.ports import Conflict, Driven, Fenced, JournalError
from runbook_tui.run.state import StepPhase
from tests.disk.writer import WallClock

RUN = "r"


class Racer:
    def __init__(self, folder: Path, name: str, steps: int, seed: int) -> None:
        self.folder, self.name, self.steps = folder, name, steps
        self.chance = random.Random(seed)
        self.count = 0

    async def run(self) -> None:
        self.journal = await SqliteJournal.open(self.folder / "state", clock=WallClock(), actor=self.name)
        self.state = fold(await self.journal.read(RUN))
        while not self.over():
            try:
                await self.turn()
            except (Conflict, Fenced, Driven):
                self.see(await self.journal.read(RUN, self.state.seq))
                await asyncio.sleep(self.chance.uniform(0, 0.004))
            except JournalError as error:
                if "does not drive" not in str(error):
                    raise
        await self.journal.close()
        print(self.name, self.count)

    def over(self) -> bool:
        return all(self.state.step(str(n)).phase is StepPhase.DONE for n in range(self.steps))

    def see(self, records) -> None:
        self.state = fold(records, self.state)

    async def add(self, *events) -> None:
        self.see(await self.journal.append(RUN, events, expected=self.state.seq))

    async def turn(self) -> None:
        if self.journal._drives.epoch(RUN) is None:
            _, records = await self.journal.take_drive(RUN, self.name, force=self.chance.random() < 0.5)
            self.see(await self.journal.read(RUN, self.state.seq))
            del records
        for job in self.state.open_jobs:
            await self.ask(job.job, job.step)
        step = next((str(n) for n in range(self.steps) if self.state.step(str(n)).phase is not StepPhase.DONE), None)
        if step is None:
            return
        job = f"{self.name}-{self.count}-{step}"
        self.count += 1
        await self.add(JobStarted(job=job, step=step, command="c", text="t", shown=step, target="local"))
        if self.chance.random() < 0.05:
            await asyncio.sleep(self.chance.uniform(0, 0.02))  # time for the other to take over
        if self.lock(job):
            self.effect(step)
            (self.folder / "jobs" / job).write_text("done")
        await self.ask(job, step)
        if self.chance.random() < 0.02:
            await self.journal.give_drive(RUN)
            self.see(await self.journal.read(RUN, self.state.seq))

    def lock(self, job: str) -> bool:
        """Whether it was ours to make: a job starts once, or is sealed and never starts."""
        try:
            os.close(os.open(self.folder / "jobs" / job, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        return True

    def effect(self, step: str) -> None:
        handle = os.open(self.folder / "effects", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        os.write(handle, f"{step} {self.name}\n".encode())
        os.close(handle)

    async def ask(self, job: str, step: str) -> None:
        path = self.folder / "jobs" / job
        if self.lock(job):  # it never arrived, and now it never will
            path.write_text("sealed")
        end = time.monotonic() + 30
        while (known := path.read_text()) not in ("done", "sealed"):  # whoever began it is about to end it
            assert time.monotonic() < end
            await asyncio.sleep(0.002)
        if known == "done":
            await self.add(JobFinished(job=job, exit=0), StepTicked(step=step, automatic=True))
        else:
            resolved = JobResolved(job=job, resolution=Resolution.NOT_RUN, reason="sealed")
            await self.add(JobLost(job=job, reason="it never arrived"), resolved)


if __name__ == "__main__":
    asyncio.run(Racer(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])).run())
