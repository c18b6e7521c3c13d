"""A canary in a run whose traffic is divided by a command: what refuses a weight, who holds the run, what is taken back."""

import asyncio
from itertools import pairwise

import pytest

from runbook_tui import canarying
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run import policy
from runbook_tui.run.headless_gates import Going, ask_gates
from tests.integration.run.desk import step, until

pytestmark = pytest.mark.timeout(60)
DOCUMENT = """---
rbt:
  text: {url}
  signals: {{error rate: {{query: errors, unit: '%'}}}}
  canary:
    command: 'echo {{weight}} >> {folder}/asked; test ! -e {folder}/refuse-{{weight}} && echo {{weight}} >> {folder}/sent'
    stages: 10% 0.2s, 25% 0.6s, 100% 0.2s
    every: 0.2s
    checks: [Error rate < 5%]
---
# Release

## Deploy

```bash
echo new > {folder}/version
```

- [ ] Walk the canary <!-- rbt: gate=canary -->

## Rollback

### Rollback Procedure

- [ ] Tell everybody

```bash
echo old > {folder}/version
```
"""


class Traffic:
    """What the command was asked for and what it did; weights can be made impossible."""

    def __init__(self, folder):
        self.folder = folder

    def refuse(self, weight):
        (self.folder / f"refuse-{weight}").touch()

    def allow(self, weight):
        (self.folder / f"refuse-{weight}").unlink()

    def lines(self, name):
        path = self.folder / name
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    @property
    def sent(self):
        return self.lines("sent")

    @property
    def asked(self):
        return self.lines("asked")


@pytest.fixture
def traffic(tmp_path):
    return Traffic(tmp_path)


@pytest.fixture
def stage(stage_of, service, tmp_path, monkeypatch):
    monkeypatch.setattr(canarying, "AGAIN", 0.1)
    return stage_of(DOCUMENT.format(url=f"http://127.0.0.1:{service.port}/metrics", folder=tmp_path))


async def begun(conductor):
    await until(lambda: conductor.canary is not None)
    await conductor.perform(i.RunStep(step=step(conductor, "echo new").id, confirmed=True))
    await conductor.perform(i.Tick(step=step(conductor, "Walk").id))


def now(conductor):
    return conductor.state.gates.canary


async def steer(conductor, to):
    await conductor.perform(i.GateSaid(events=(e.CanarySteered(to=to, reason="by key"),)))


async def ended(conductor, outcome):
    await until(lambda: now(conductor).outcome is not None, 20)
    assert now(conductor).outcome == outcome


async def test_an_abort_is_carried_out_though_the_weight_before_it_could_not_be_set(stage, traffic):
    traffic.refuse(25)
    async with stage.new_run() as conductor:
        await begun(conductor)
        await until(lambda: 25 in traffic.asked)
        await steer(conductor, "abort")
        await ended(conductor, "aborted")
        assert traffic.sent == [10, 0]
        await conductor.close()


async def test_a_weight_that_cannot_be_set_holds_the_canary_and_a_person_goes_on_with_it(stage, traffic):
    traffic.refuse(25)
    async with stage.new_run() as conductor:
        await begun(conductor)
        await until(lambda: now(conductor).stuck)
        assert "25 % could not be set" in now(conductor).held
        assert traffic.asked.count(25) == canarying.MOST
        await until(lambda: now(conductor).last == "error")
        assert "25 % are not set" in now(conductor).detail
        assert now(conductor).checks == 0, "a check of what was not set counts for nothing"
        going, why = await ask_gates(conductor, step(conductor, "Walk"))
        assert (going, "--yes" in why) == (Going.UNSURE, True)
        assert traffic.asked.count(25) == canarying.MOST, "held is held"
        traffic.allow(25)
        await conductor.perform(i.GateSaid(events=(e.CanaryResumed(),)))
        await ended(conductor, "promoted")
        assert traffic.sent == [10, 25, 100]
        await conductor.close()


async def test_a_walk_without_a_screen_stops_at_a_canary_that_cannot_go_on(stage, traffic):
    traffic.refuse(10)
    async with stage.new_run() as conductor:
        await until(lambda: conductor.canary is not None)
        await conductor.perform(i.RunStep(step=step(conductor, "echo new").id, confirmed=True))
        going, why = await ask_gates(conductor, step(conductor, "Walk"), changes=True)
        assert (going, "10 % could not be set" in why) == (Going.BLOCKED, True)
        traffic.allow(10)
        assert (await ask_gates(conductor, step(conductor, "Walk"), changes=True))[0] is Going.TICKED
        assert traffic.sent == [10, 25, 100]
        await conductor.close()


async def test_a_failing_version_is_taken_back_while_its_weight_cannot_be_set(stage, traffic, service):
    """The command that failed may have sent the traffic all the same."""
    traffic.refuse(25)
    async with stage.new_run() as conductor:
        await begun(conductor)
        await until(lambda: 25 in traffic.asked)
        service.text = "errors 40\n"
        await ended(conductor, "aborted")
        assert traffic.sent == [10, 0]
        await conductor.close()


async def test_a_crash_in_the_middle_of_an_abort_sends_nothing_but_the_way_back(stage, traffic, service):
    traffic.refuse(0)
    async with stage.new_run() as conductor:
        await begun(conductor)
        await until(lambda: 10 in traffic.sent)
        service.text = "errors 40\n"
        await until(lambda: 0 in traffic.asked)
        await conductor.close()
        before = traffic.asked
    traffic.allow(0)
    service.text = "errors 0.5\n"
    async with stage.resumed() as conductor:
        await conductor.recover()
        await ended(conductor, "aborted")
        assert set(traffic.asked[len(before) :]) == {0}
        assert traffic.sent[-1] == 0
        await conductor.close()


async def test_a_held_run_gets_no_more_traffic_and_may_be_taken_back(stage, traffic):
    async with stage.new_run() as conductor:
        await begun(conductor)
        await until(lambda: 10 in traffic.sent)
        await conductor.perform(i.Hold(reason="something looks odd"))
        checked = now(conductor).checks
        await until(lambda: now(conductor).checks > checked + 3)
        assert traffic.sent == [10], "its checks go on, its traffic does not"
        with pytest.raises(policy.Refused, match="something looks odd"):
            await conductor.run_for_gate(step(conductor, "Walk"), stage_command(conductor), purpose=e.Purpose.STEP)
        await steer(conductor, "abort")
        await ended(conductor, "aborted")
        assert traffic.sent == [10, 0]
        await conductor.close()


def stage_command(conductor):
    return conductor.runbook.command_by_id[step(conductor, "echo new").commands[0]]


async def test_a_run_that_is_taken_back_gets_no_more_traffic(stage, traffic):
    """The way back waits for a person at its first item, so that nothing runs meanwhile."""
    async with stage.new_run() as conductor:
        await begun(conductor)
        await until(lambda: 10 in traffic.sent and conductor.busy is None)
        sent = traffic.sent
        await conductor.perform(i.RollBack(reason="it looks wrong"))
        assert conductor.state.rollback is not None
        assert conductor.state.outcome is None, "it waits for a person"
        stage_then = now(conductor).stage
        await asyncio.sleep(1.5)
        assert (now(conductor).stage, traffic.sent) == (stage_then, sent)
        going, _ = await ask_gates(conductor, step(conductor, "Walk"), changes=True)
        assert going is Going.OVER
        await conductor.close()


async def test_a_check_with_a_time_is_good_for_as_long_in_each_stage(stage_of, service, tmp_path, traffic):
    """It has a verdict at each look; how long it was good is counted over them, from what stands in the record."""
    text = DOCUMENT.replace("[Error rate < 5%]", "[Error rate < 1.5x baseline for 1 second]")
    text = text.replace("unit: '%'", "unit: '%', baseline: 4").replace("0.6s, 100% 0.2s", "0.2s, 100% 0.2s")
    stage = stage_of(text.format(url=f"http://127.0.0.1:{service.port}/metrics", folder=tmp_path))
    async with stage.new_run() as conductor:
        await begun(conductor)
        await ended(conductor, "promoted")
        assert now(conductor).holding == 1.0
        records = await conductor._ledger.journal.read(conductor.state.run)
        entered = [one.at for one in records if isinstance(one.event, e.CanaryStageEntered)]
        soaked = [(after - before).total_seconds() for before, after in pairwise(entered)]
        assert len(soaked) == 2
        assert min(soaked) >= 1.0
        checks = [one.event.verdict for one in records if isinstance(one.event, e.CanaryChecked)]
        assert checks.count("pass") >= 3 * 4  # of five in a second, in each stage
        assert not {"fail", "no_data", "insufficient"} & {*checks}
        await conductor.close()
    service.text = "errors 7\n"
    async with stage.new_run() as conductor:
        await begun(conductor)
        await ended(conductor, "aborted")
        await conductor.close()
