"""A run is stopped by somebody who does not drive it."""

import pytest

from runbook_tui import records
from runbook_tui.run import intents as i
from runbook_tui.run.events import CancelAsked, RunHeld
from runbook_tui.run.ports import Conflict
from runbook_tui.run.state import JobPhase
from tests.integration.run.desk import step, until

DOCUMENT = """# Release

- [ ] Told

## Change

```bash
touch flag && sleep 30
```
"""


async def test_what_is_held_in_the_same_moment_is_not_started_and_a_tick_is_not_lost(stage_of):
    async with stage_of(DOCUMENT).new_run() as conductor:
        for task in list(conductor._beside):  # news of others come with the next write only
            task.cancel()
        async with records.open_journal() as other:
            await other.add_note(conductor.state.run, [RunHeld(reason="the database migrates")])
            with pytest.raises(Conflict):
                await conductor.perform(i.RunStep(step=step(conductor, "touch").id, confirmed=True))
            assert not conductor.state.jobs
            assert conductor.state.held.reason == "the database migrates"
            await conductor.perform(i.Release())
            await other.add_note(conductor.state.run, [RunHeld(reason="again")])
            await conductor.perform(i.Tick(step=step(conductor, "Told").id))
            assert conductor.state.held.reason == "again"
        await conductor.close()


async def test_the_process_that_drives_cancels_what_another_asks_to_cancel_and_nothing_after(stage_of):
    async with stage_of(DOCUMENT).new_run() as conductor, records.open_journal() as other:
        conductor.beside(conductor.perform(i.RunStep(step=step(conductor, "touch").id, confirmed=True)))
        await until(lambda: any(job.phase is JobPhase.RUNNING for job in conductor.state.jobs.values()))
        job = next(iter(conductor.state.jobs))
        await other.add_note(conductor.state.run, [CancelAsked(job="another", reason="not this one")])
        await other.add_note(conductor.state.run, [CancelAsked(job=job, reason="wrong cluster")])
        await until(lambda: conductor.state.jobs[job].phase is JobPhase.CANCELLED, 20)
        assert conductor.state.cancels[job].reason == "wrong cluster"
        await conductor.close()
