"""Real parts for the stories of a run: a journal in a folder, this machine as the target, documents as text."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from runbook_tui import records, wiring
from runbook_tui.document.runbook import Step
from runbook_tui.run.conductor import Conductor


class Stage:
    """A folder with a document and a state; opens conductors on it as processes would, one after the other."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.path = folder / "deploy.md"
        self.path.write_text(text)

    @asynccontextmanager
    async def new_run(self) -> AsyncIterator[Conductor]:
        async with records.open_journal() as journal:
            yield await wiring.start_run(journal, self.path)

    @asynccontextmanager
    async def resumed(self, *, take: bool = False) -> AsyncIterator[Conductor]:
        async with records.open_journal() as journal:
            yield await wiring.open_run(journal, await records.find_run(journal, None), take=take)


@pytest.fixture
def stage_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Make a stage of a document's text."""
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))
    return lambda text: Stage(tmp_path, text)


def step(conductor: Conductor, title: str) -> Step:
    """The step whose title begins so."""
    return next(s for s in conductor.runbook.steps if s.title.startswith(title))


async def until(condition, seconds: float = 10.0) -> None:
    """Wait for something that another task does."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def power_fails(job: str) -> None:
    """Everything of the job dies, its supervisor too, and nothing is written."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            mine = job.encode() in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if mine and process.name != str(os.getpid()):
            with suppress(ProcessLookupError):
                os.kill(int(process.name), signal.SIGKILL)
