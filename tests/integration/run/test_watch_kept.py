"""The watch over a run in the process that drives it: what breaks it off, and what its count-down waits for."""

import asyncio

import pytest

from runbook_tui import records, wiring
from runbook_tui.overseer import Overseer
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.gauges import UNWATCHED
from runbook_tui.run.headless_gates import Going, ask_gates
from tests.integration.run.desk import step, until
from tests.integration.run.test_headless_gates import DOCUMENT

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def stage(stage_of, service, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "policy.yaml").write_text("automatic_rollback: {on: true, countdown: 1s}\n")
    url = f"http://127.0.0.1:{service.port}/metrics"
    return stage_of(DOCUMENT.format(url=url, folder=tmp_path, wait="true"))


def gauge(conductor):
    return conductor.gauges()[0]


async def changed(conductor):
    """The first step was run, and its conditions are watched."""
    await conductor.perform(i.RunStep(step=step(conductor, "echo new").id, confirmed=True))
    await until(lambda: gauge(conductor).verdict == "pass")


async def counting(conductor, service):
    service.text = "errors 30\nlatency 100\n"
    await until(lambda: conductor.state.gates.countdown is not None)


async def test_a_watch_that_died_is_no_pass(stage, monkeypatch):
    """Its last recorded verdict was good; nothing is changed on that."""
    monkeypatch.setattr("runbook_tui.run.headless_gates.PATIENCE", 0.5)
    async with stage.new_run() as conductor:
        await changed(conductor)

        async def dies(_, __):
            raise RuntimeError("a defect")

        monkeypatch.setattr(Overseer, "_judge", dies)
        await until(lambda: gauge(conductor).condition == UNWATCHED)
        assert conductor.state.gates.conditions, "the record has a verdict"
        going, why = await ask_gates(conductor, step(conductor, "echo newer"))
        assert (going, "not watched" in why) == (Going.UNSURE, True)
        await conductor.close()


async def test_a_count_down_whose_watch_died_does_not_hang_the_walk(stage, service, monkeypatch):
    monkeypatch.setattr("runbook_tui.run.headless_gates.PATIENCE", 0.5)
    monkeypatch.setattr(Overseer, "_count_down", lambda _: asyncio.sleep(60))
    async with stage.new_run() as conductor:
        await changed(conductor)
        await counting(conductor, service)

        async def dies(_, __):
            raise RuntimeError("a defect")

        monkeypatch.setattr(Overseer, "_judge", dies)
        await until(lambda: gauge(conductor).condition == UNWATCHED)
        going, why = await asyncio.wait_for(ask_gates(conductor, step(conductor, "true")), 10)
        assert (going, "is not carried out" in why) == (Going.UNSURE, True)
        await conductor.close()


async def test_a_count_down_survives_that_the_drive_was_taken(stage, service, tmp_path):
    """The one who took it carries it out; the watch of the other is not torn down by what it may not write."""
    async with stage.new_run() as first:
        await changed(first)
        await counting(first, service)
        async with records.open_journal() as journal:
            second = await wiring.open_run(journal, first.state.run, take=True)
            await asyncio.sleep(1.6)
            assert gauge(first).condition != UNWATCHED
            await until(lambda: second.state.outcome is e.Outcome.ROLLED_BACK, 20)
            assert (tmp_path / "version").read_text() == "old\n"
            await second.close()
        await first.close()


async def test_a_hold_stops_the_count_down_and_its_release_leaves_time_to_think(stage, service):
    async with stage.new_run() as conductor:
        await changed(conductor)
        await conductor.perform(i.Hold(reason="somebody looks at it"))
        await counting(conductor, service)
        await asyncio.sleep(2.0)
        assert conductor.state.rollback is None, "nothing is changed while it is held"
        going, why = await ask_gates(conductor, step(conductor, "true"))
        assert (going, "somebody looks at it" in why) == (Going.UNSURE, True)
        await conductor.perform(i.Release(reason="seen"))
        released = asyncio.get_running_loop().time()
        await until(lambda: conductor.state.outcome is e.Outcome.ROLLED_BACK, 20)
        assert asyncio.get_running_loop().time() - released >= 0.7
        await conductor.close()
