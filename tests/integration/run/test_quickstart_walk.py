"""The quickstart, walked through the conductor on the real lab: released, signed, and taken back."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runbook_tui import records, wiring
from runbook_tui.document.runbook import StepKind
from runbook_tui.run import intents as i
from runbook_tui.run.events import Outcome
from runbook_tui.run.policy import Refused
from runbook_tui.run.preview import Action
from runbook_tui.run.progress import next_step, unfinished
from runbook_tui.run.state import StepPhase

QUICKSTART = Path(__file__).parents[3] / "runbooks" / "quickstart.md"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("RBT_LAB_PORT", str(free_port()))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    wiring.put_rbt_on_path()
    yield
    subprocess.run(
        [Path(sys.executable).parent / "rbt", "lab", "down"], env=os.environ, check=False, capture_output=True
    )


async def ticked(conductor, step) -> None:
    """Tick it; a criterion that is measured wants its first values."""
    end = time.monotonic() + 30
    while True:
        try:
            return await conductor.perform(i.Tick(step=step.id))
        except Refused as why:
            if "its signal says" not in str(why) or time.monotonic() > end:
                raise
            await asyncio.sleep(0.2)


async def walk(conductor, until_title: str | None = None) -> None:
    """Do what each step wants, as an operator who says yes to everything would."""
    await conductor.perform(i.SetVariable(name="<your-name>", value="Ada Lovelace"))
    while (step := next(iter(unfinished(conductor.runbook, conductor.state)), None)) is not None:
        if until_title and step.title.startswith(until_title):
            return
        match conductor.preview(step.id).action:
            case Action.RUN:
                await conductor.perform(i.RunStep(step=step.id, confirmed=True, deliberate=True))
                failed = conductor.state.step(step.id)
                job = failed.jobs[-1]
                assert failed.phase is not StepPhase.FAILED, (step.title, await conductor.kept_output(job))
            case Action.TICK:
                await ticked(conductor, step)
            case Action.SIGN:
                await conductor.perform(i.SignStep(step=step.id, name="Ada Lovelace", meaning="approved"))
            case other:
                raise AssertionError(f"{step.title} wants {other}")


async def test_the_quickstart_is_walked_to_its_end(lab) -> None:
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, QUICKSTART)
        await walk(conductor)
        measured = {one.text: one.verdict for one in conductor.state.gates.conditions.values()}
        assert measured["Error rate > 5% for 2 minutes"] == measured["p95 latency > 500ms for 2 minutes"] == "pass"
        assert {s.kind for s in conductor.runbook.steps} >= {StepKind.COMMAND, StepKind.CHECK, StepKind.SIGNOFF}
        assert all(not signed.void for signed in conductor.state.signoffs.values())
        await conductor.perform(i.Finish(outcome=Outcome.COMPLETED))
        assert next_step(conductor.runbook, conductor.state) is None or conductor.state.outcome is Outcome.COMPLETED


async def test_the_quickstart_is_taken_back_with_one_intent(lab) -> None:
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, QUICKSTART)
        await walk(conductor, until_title="Send every request to v2")
        assert conductor.rollback_plan().armed
        await conductor.perform(i.RollBack(reason="trying the way back"))
        outputs = [await conductor.kept_output(job) for job in conductor.state.jobs]
        assert conductor.state.outcome is Outcome.ROLLED_BACK, outputs[-1]
        assert b"v1" in outputs[-1]
