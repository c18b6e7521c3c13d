"""Commands of a run with GPUs looked at: evidence around each, and a gate that can say no."""

import contextlib
import io
import json

import pytest

from runbook_tui import cli, records, wiring
from runbook_tui.run.events import JobStarted
from runbook_tui.run.intents import Override, RunStep
from runbook_tui.run.policy import Refused
from runbook_tui.run.ports import NeedsOverride
from tests.stand_in.truth import MIB, Truth

PLAN = """# Train

## Go

```bash
# Warm up
sleep 4
```

```bash {gate=gpu}
# Train on the first
CUDA_VISIBLE_DEVICES=0 sleep 0.1
```
"""


@pytest.fixture
def truth(tmp_path, library, monkeypatch):
    told = Truth(tmp_path, memory_used=0)
    for name, value in told.environment(library).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))
    monkeypatch.setattr("runbook_tui.telemetry.APART", 0.1)
    (tmp_path / "plan.md").write_text(PLAN)
    monkeypatch.chdir(tmp_path)
    return told


def rbt(*arguments):
    said, trouble = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(trouble):
        code = cli.main([*arguments])
    return code, said.getvalue(), trouble.getvalue()


def test_every_command_has_its_evidence_and_the_gate_stops_for_a_person(truth):
    truth.tell(1, throttle=0x40)
    code, said, trouble = rbt("run", "plan.md", "--headless", "--yes", "--json")
    assert code == 3, trouble
    run = json.loads(said)
    jobs = [job for step in run["steps"] for job in step["jobs"]]
    assert len(jobs) == 1  # the gated one was not begun
    evidence = jobs[0]["telemetry"][0]
    assert (evidence["source"], evidence["replayed"], evidence["note"]) == ("fake", False, None)
    assert evidence["seconds"] >= 3.9
    first, second = evidence["gpus"]
    assert first["readings"] >= 1
    assert first["util"] == {"min": 83.0, "mean": 83.0, "max": 83.0}
    assert first["power"]["max"] == 412.34
    assert (first["events"], second["events"]) == ([], ["slowed down: thermal (hardware) (already at the beginning)"])
    assert "not fit for this step" in run["waiting_for"]
    assert "proves nothing" in run["waiting_for"]  # a stand-in never passes


def test_a_device_that_is_used_by_somebody_else_stops_the_step_by_its_name(truth):
    truth.tell(0, procs=f"4000001:{300 * MIB}", memory_used=300 * MIB)
    _, said, _ = rbt("run", "plan.md", "--headless", "--yes", "--json")
    waiting = json.loads(said)["waiting_for"]
    assert "strangers: not ours: a process" in waiting
    assert "pid 4000001" in waiting


@pytest.mark.parametrize(
    ("names", "says"), [("0,7", "GPU 7 is not there"), ("GPU-ffff", "GPU-ffff is no device that is known here")]
)
def test_a_device_the_command_names_and_that_is_not_there_stops_the_step(truth, tmp_path, names, says):
    (tmp_path / "plan.md").write_text(f"# Train\n\n```bash {{gate=gpu}}\nCUDA_VISIBLE_DEVICES={names} sleep 0.1\n```\n")
    code, said, _ = rbt("run", "plan.md", "--headless", "--yes", "--json")
    assert code == 3
    assert f"{says}, and the command names it" in json.loads(said)["waiting_for"]


CRASHED = """# Train

```bash
# Before it
{before}
```

```bash {{gate=gpu}}
# Train on the first
{ours}
CUDA_VISIBLE_DEVICES=0 sleep 0.1
```
"""


@pytest.mark.parametrize("ours", [True, False], ids=["in the step", "before it"])
async def test_an_error_of_a_program_stops_the_step_in_which_it_came(truth, tmp_path, ours):
    """XID 31 is the fault of whoever ran then: of this step's own command, or of one that is no business of its."""
    listening = f"for _ in $(seq 300); do grep -qs 0 {truth.path}.heard && break; sleep 0.1; done"
    crash = f"{listening}\necho gpu0.xid=31@1 >> {truth.path}\nsleep 3"
    before, own = ("true", crash) if ours else (crash, "true")
    (tmp_path / "plan.md").write_text(CRASHED.format(before=before, ours=own))
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, tmp_path / "plan.md")
        first, gated = conductor.runbook.steps
        await conductor.perform(RunStep(step=first.id, confirmed=True))
        await conductor.perform(Override(step=gated.id, reason="a stand-in"))
        await conductor.perform(RunStep(step=gated.id, confirmed=True))
        jobs = list(conductor.state.jobs.values())
        assert all(job.succeeded for job in jobs)
        events = [event for job in jobs for host in job.telemetry for device in host.devices for event in device.events]
        assert any(event.startswith("XID 31") for event in events)
        again = JobStarted(
            job="again", step=gated.id, command=gated.commands[-1], text="", shown=jobs[-1].shown, target="local"
        )
        with pytest.raises(NeedsOverride) as refused:
            await conductor.witness.admit(again, overridden=False)
        assert ("xid: XID 31" in str(refused.value)) is ours
        await conductor.close()


def test_a_step_that_wants_gpus_where_there_are_none_does_not_run(truth, monkeypatch, tmp_path):
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    code, said, _ = rbt("run", "plan.md", "--headless", "--yes", "--json")
    run = json.loads(said)
    if any(job["telemetry"] for step in run["steps"] for job in step["jobs"]):
        pytest.skip("there is a driver on this machine")
    assert code == 3
    assert "there is no driver to ask" in run["waiting_for"]


async def test_a_person_may_say_that_it_shall_run_all_the_same(truth, tmp_path):
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, tmp_path / "plan.md")
        gated = next(step for step in conductor.runbook.steps if step.title == "Train on the first")
        with pytest.raises(NeedsOverride, match="not fit for this step"):
            await conductor.perform(RunStep(step=gated.id, confirmed=True))
        assert not conductor.state.jobs
        with pytest.raises(Refused):
            await conductor.perform(Override(step=gated.id, reason="  "))
        await conductor.perform(Override(step=gated.id, reason="a rehearsal on a stand-in"))
        await conductor.perform(RunStep(step=gated.id, confirmed=True))
        (job,) = conductor.state.jobs.values()
        assert job.succeeded
        assert [device.index for device in job.telemetry[0].devices] == [0]  # the one the command names
        assert job.telemetry[0].fake
        await conductor.close()
