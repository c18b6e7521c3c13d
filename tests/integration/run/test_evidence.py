"""An exit status 0 that did nothing is not believed: here, on another machine, and after a crash."""

import pytest

from runbook_tui.run.events import Purpose
from runbook_tui.run.headless import Consent, ExitCode, walk
from runbook_tui.run.intents import RunStep, Skip
from runbook_tui.run.state import StepPhase
from tests.integration.run.desk import stage_of, step

__all__ = ["stage_of"]
TEXT = """
# Missions

<!-- rbt: evidence="results.json field=missions count=5" -->
```bash
# Deploy the missions
mkdir -p out && cd out
DEPLOY
```

```bash
# After
true
```
"""
GOOD = """echo '{"missions": [1, 2, 3, 4, 5]}' > results.json"""


async def test_a_command_that_left_what_it_must_is_done(stage_of):
    async with stage_of(TEXT.replace("DEPLOY", GOOD)).new_run() as conductor:
        stop = await walk(conductor, Consent(changes=True), lambda _: None)
        assert stop.code is ExitCode.DONE
        job = next(iter(conductor.state.jobs.values()))
        assert len(conductor.state.jobs) == 3  # it is looked once, after the last command of the step
        last = [job for job in conductor.state.jobs.values() if job.left is not None]
        assert [one.left for one in last] == ["missions: 5 entries"]
        assert job.purpose is Purpose.STEP
        await conductor.close()


@pytest.mark.parametrize(
    ("deploy", "why"),
    [
        ("echo deployed all missions", "results.json is not there"),
        ("""echo '{"missions": []}' > results.json""", "missions is empty"),
        ("""echo '{"missions": [1]}' > results.json""", "missions has 1 entries, 5 are wanted"),
        (f"{GOOD}; touch -d '-1 hour' results.json", "results.json is older than the command"),
    ],
)
async def test_a_command_that_did_nothing_fails_its_step_with_the_reason(stage_of, deploy, why):
    text = TEXT.replace("mkdir -p out && cd out\n", "").replace("DEPLOY", deploy)
    async with stage_of(text).new_run() as conductor:
        stop = await walk(conductor, Consent(changes=True), lambda _: None)
        assert stop.code is ExitCode.FAILED
        assert f"exit status 0, but it left no evidence: {why}" in stop.waiting_for
        failed = step(conductor, "Deploy the missions")
        assert conductor.state.step(failed.id).phase is StepPhase.FAILED
        assert conductor.state.step(step(conductor, "After").id).phase is StepPhase.PENDING
        assert len(conductor.state.jobs) == 1, "a step that did nothing is not the end of the walk"
        await conductor.perform(RunStep(step=failed.id, confirmed=True))  # it may be tried again
        await conductor.perform(Skip(step=failed.id, reason="seen by hand"))
        await conductor.close()


async def test_the_look_is_made_after_a_crash_too(stage_of):
    from runbook_tui.run.execution import Execution

    stage = stage_of(TEXT.replace("mkdir -p out && cd out\n", "").replace("DEPLOY", "true"))
    whole = Execution._finished

    async def dies(*_):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Execution, "_finished", dies)
        with pytest.raises(KeyboardInterrupt):
            async with stage.new_run() as conductor:
                await conductor.perform(RunStep(step=step(conductor, "Deploy").id, confirmed=True))
    assert Execution._finished is whole
    async with stage.resumed(take=True) as conductor:
        assert await conductor.recover() == []
        own = conductor.state.step(step(conductor, "Deploy").id)
        assert own.phase is StepPhase.FAILED
        assert "results.json is not there" in own.reason
        await conductor.close()
