"""The PPO scheduler: in the shadow of the old system, then 10, 25, 50 and 100 %, two boards that sign in between."""

import contextlib
import json
import os

import pytest

from runbook_tui.run.events import Outcome
from runbook_tui.run.progress import phase_of
from runbook_tui.run.state import StepPhase
from tests.integration.systems.operator import Stopped

TECHNICAL = ("Development team lead", "Operations manager", "Database administrator", "Security officer")
BUSINESS = ("Production manager", "Plant manager", "IT director", "Executive sponsor")


def send(share: int) -> str:
    return f"rbt lab weights v1={100 - share} v2={share} && rbt lab check --requests 20"


@pytest.fixture
def site(site_of, monkeypatch):
    site = site_of("ppo-scheduler", parts={"store": ""})
    monkeypatch.setenv("PATH", f"{site.project}/bin:{os.environ['PATH']}")
    assert site.program("scripts/fill_database.py").returncode == 0
    assert site.program("scripts/save_model.py").returncode == 0
    site.values = {
        "Deployment date": "2026-03-02",
        "Deployment team": "Ana, Ben",
        "Emergency contacts": "+44 20 7946 0000",
    }
    site.skips = {"They can be imported": "stable_baselines3 is not installed on this stage"}
    site.deeds = {
        "The PPO scheduler runs next to it": "rbt lab deploy v2",
        "It gets a copy of every request": "python scripts/shadow.py",
        "Its schedules were compared": "python scripts/compare.py",
        "10 % of the scheduling requests": send(10),
        "It was stable, and gets 25 %": send(25),
        "It went well, and gets 50 %": send(50),
        "100 % of the requests go to PPO": send(100),
        "No new request goes to PPO": "rbt lab weights v1=100 v2=0",
        "The old system schedules again": "rbt lab check --requests 30 --only v1",
        "All logs and data are kept": "test -s logs/shadow.jsonl && test -s data/real_production_snapshot.json",
    }
    return site


async def test_fifteen_days_with_two_boards_and_a_terminal_that_dies_in_the_test(site) -> None:
    site.people((*TECHNICAL, *BUSINESS))
    await site.killed_during("The test was run")
    async with site.resumed() as operator:
        await operator.walk("100 % of the requests go to PPO")
        assert site.weights() == {"v1": 50, "v2": 50}
        assert all(not one.void and one.signed for one in operator.conductor.state.signoffs.values())
        assert len(operator.conductor.state.signoffs) == 8
        await operator.walk()
        await operator.finish()
        state = operator.conductor.state
        assert state.outcome is Outcome.COMPLETED
        assert len(site.begun(state, "end_to_end")) == 1
        judged = {one.text: one.verdict for one in state.gates.conditions.values() if one.gate}
        assert judged["Completion rate = 100%"] == judged["Response time < 1s"] == "pass"
        site.walked(operator)
        run = state.run
    assert site.weights() == {"v1": 0, "v2": 100}
    compared = [json.loads(line) for line in (site.project / "logs" / "shadow.jsonl").read_text().splitlines()]
    assert len(compared) == 20
    site.verify(run)
    assert site.row.signed == "8 keys"


async def test_nobody_goes_past_the_decision_without_both_boards(site) -> None:
    site.people(TECHNICAL)  # the second board has no keys
    async with site.run() as operator:
        with pytest.raises(KeyError, match="Production manager"):
            await operator.walk()
        conductor = operator.conductor
        switch = next(step for step in conductor.runbook.steps if step.title.startswith("100 % of the requests"))
        assert phase_of(conductor.runbook, conductor.state, switch) is StepPhase.BLOCKED
    assert site.weights() == {"v1": 50, "v2": 50}


async def test_jobs_that_fail_at_a_quarter_of_the_requests_bring_the_old_system_back(site) -> None:
    site.people((*TECHNICAL, *BUSINESS), automatic_rollback={"on": True, "countdown": "1s"})
    async with site.run() as operator:
        await operator.walk("The quality of the schedules was examined")
        assert site.weights() == {"v1": 75, "v2": 25}
        site.fault("error-rate", 100)
        with contextlib.suppress(Stopped):
            await operator.walk()
        await site.taken_back(operator)
        site.rolled_back(operator)
        run = operator.conductor.state.run
    assert site.weights() == {"v1": 100, "v2": 0}
    assert site.rbt("lab", "check", "--requests", "50", "--only", "v1").returncode == 0
    site.sound(run)
