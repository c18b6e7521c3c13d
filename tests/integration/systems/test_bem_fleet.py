"""The BEM Fleet: missions that are processes, deployed beside each other, broken on purpose, and taken back."""

import contextlib
import json
import os
import signal

import pytest

from runbook_tui.lab.process import alive, forget, read_record, stop
from runbook_tui.lab.systems import kernels
from runbook_tui.lab.systems.board import NAMES
from runbook_tui.run.events import Outcome
from tests.integration.systems.operator import Stopped

SIGNERS = ("Deployment engineer", "Research team lead")


@pytest.fixture
def site(site_of, monkeypatch):
    site = site_of("bem-fleet")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    fleet = site.project / ".fleet"
    for words in (
        ["scripts/orchestrate_bem_fleet.py", "--missions", "A,B,C,D,E", "--version", "1.0"],
        ["scripts/setup_monitoring_dashboard.py"],
    ):
        done = site.program(*words)
        assert done.returncode == 0, done.stderr
    sidecar = site.project / "bem-fleet.runbook.yaml"
    board = f"http://127.0.0.1:{read_record(fleet, 'board').port}"
    sidecar.write_text(sidecar.read_text().replace("{board}", board))
    if why := kernels.why_not():
        site.skips = {"Install, build the kernels": why}
    site.deeds = {
        "Budgets are kept equal": "python analysis/check_budget_parity.py",
        "The missions that were deployed last": "python scripts/orchestrate_bem_fleet.py --drain B,E",
        "Then the missions A, C and D": "python scripts/orchestrate_bem_fleet.py --drain A,C,D",
        "The state saved before": "python scripts/orchestrate_bem_fleet.py --restore-snapshot before",
    }
    yield site
    for name in ("board", *NAMES):  # the board first: it starts what has died
        if (record := read_record(fleet, name)) is not None:
            stop(record, grace=1)
            forget(fleet, name)


def versions(site) -> dict[str, str]:
    fleet = site.project / ".fleet"
    return {
        letter: (fleet / f"{letter}.version").read_text()
        for letter in NAMES
        if (record := read_record(fleet, letter)) is not None and alive(record)
    }


async def test_four_phases_the_day_after_and_a_terminal_that_dies_while_missions_start(site) -> None:
    site.people(SIGNERS)
    await site.killed_during("Deploy the missions that stand alone")
    async with site.resumed() as operator:
        await operator.walk()
        await operator.finish()
        state = operator.conductor.state
        assert state.outcome is Outcome.COMPLETED
        assert len(site.begun(state, "--missions A,C,D --deploy-mode")) == 1
        if not kernels.why_not():
            built = next(job for job in state.jobs.values() if "bem/kernels/build.py" in job.shown)
            said = (await operator.conductor.kept_output(built.job)).decode()
            assert "dynamic_rank, film_modulation, kronecker hold within 1e-3, in Triton's interpreter" in said, said
            assert "nothing ran on a graphics card" in said
        site.walked(operator)
        run = state.run
    assert versions(site) == dict.fromkeys(NAMES, "2.0")
    site.verify(run)
    watched = site.rbt("watch", run, "--json")
    assert watched.returncode == 0, watched.stdout + watched.stderr
    told = [json.loads(line) for line in watched.stdout.splitlines()]
    assert sum("hour" in one["text"] for one in told) >= 3, told


async def test_a_mission_that_keeps_dying_takes_the_fleet_back_by_itself(site) -> None:
    site.people(SIGNERS, automatic_rollback={"on": True, "countdown": "1s"})
    site.skips["Install, build the kernels"] = "they were computed before, with the same release"
    async with site.run() as operator:
        await operator.walk("Mission A (Agentic Router) is deployed")
        assert versions(site) == dict.fromkeys(NAMES, "2.0")
        fleet = site.project / ".fleet"
        (fleet / "D.broken").touch()
        os.kill(read_record(fleet, "D").pid, signal.SIGKILL)
        with contextlib.suppress(Stopped):
            await operator.walk("Let a mission fail on purpose")
        await site.taken_back(operator)
        site.rolled_back(operator)
        run = operator.conductor.state.run
    assert versions(site) == dict.fromkeys(NAMES, "1.0")
    assert site.program("scripts/system_health_check.py", "--all-missions").returncode == 0
    site.sound(run)
