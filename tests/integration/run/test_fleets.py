"""One command on many hosts: real sshd, real journal, the conductor between them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from runbook_tui import records, wiring
from runbook_tui.gates.breaker import Breakers
from runbook_tui.run import batching
from runbook_tui.run import intents as i
from runbook_tui.run.gauges import STARTING, Gauge
from runbook_tui.run.host_rows import HostPhase, host_rows
from runbook_tui.run.looking import decision
from runbook_tui.run.policy import Refused
from runbook_tui.run.preflight import Level
from runbook_tui.run.state import StepPhase
from tests.integration.run.desk import Stage, step, until
from tests.ssh.plugin import ssh_hosts  # noqa: F401

DOCUMENT = """\
# Fleet

## Deploy

```bash
# Who
hostname
```

```bash
# Mark
mkdir -p "$HOME/place" && cd "$HOME/place" && echo done >> mark
```

```bash
# Picky
test "$(hostname)" != {bad} || test -e "$HOME/mended"
```
"""


class FleetStage(Stage):
    @asynccontextmanager
    async def new_run(self, **how):
        async with records.open_journal() as journal:
            conductor = await wiring.start_run(journal, self.path, **how)
            if (found := await conductor.preflight()) is not None:
                await conductor.perform(decision(found))
            try:
                yield conductor
            finally:
                await conductor.close()

    @asynccontextmanager
    async def resumed(self, *, take: bool = False):
        async with records.open_journal() as journal:
            conductor = await wiring.open_run(journal, await records.find_run(journal, None), take=take)
            try:
                yield conductor
            finally:
                await conductor.close()


@pytest.fixture
def fleet_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ssh_hosts):  # noqa: F811
    """A stage whose operator can log in to that many hosts, in a group called `web`."""
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))

    def make(count: int, text: str = DOCUMENT, extra: str = "", **settings):
        hosts = ssh_hosts(count, **settings)
        monkeypatch.setenv("HOME", str(hosts.home))
        names = ", ".join(hosts.names)
        front = f"---\ntargets:\n  web:\n    hosts: [{names}]\n{extra}---\n"
        return FleetStage(tmp_path, front + text), hosts

    return make


async def test_a_command_runs_on_every_host_and_its_shell_state_stays_there(fleet_of) -> None:
    stage, hosts = fleet_of(3, DOCUMENT.format(bad="nobody"))
    async with stage.new_run(target="web") as conductor:
        for title in ("Who", "Mark", "Picky"):
            await conductor.perform(i.RunStep(step=step(conductor, title).id, confirmed=True))
            assert conductor.state.step(step(conductor, title).id).phase is StepPhase.DONE
        state = conductor.state
        who = step(conductor, "Who")
        for host in hosts.names:
            job = state.last_job_on(who.id, who.commands[0], host)
            assert await conductor.kept_output(job.job) == f"{host}\n".encode()
        assert [host.home_here.joinpath("place/mark").read_text() for host in hosts] == ["done\n"] * 3
        await conductor.perform(i.Finish(outcome="completed"))
        assert not any(list(host.home_here.glob(".local/state/runbook-tui/jobs/*")) for host in hosts)


async def test_it_is_run_again_only_where_it_failed(fleet_of) -> None:
    stage, hosts = fleet_of(3, DOCUMENT.format(bad="h002"), extra="    stop: never\n")
    async with stage.new_run(target="web") as conductor:
        picky = step(conductor, "Picky")
        await conductor.perform(i.RunStep(step=picky.id, confirmed=True))
        assert conductor.state.step(picky.id).reason == "failed on 1 of 3 hosts of web"
        assert conductor.preview(picky.id).hosts == ("h002",)
        hosts[1].home_here.joinpath("mended").touch()
        await conductor.perform(i.RunStep(step=picky.id, confirmed=True))
        assert conductor.state.step(picky.id).phase is StepPhase.DONE
        assert len(conductor.state.step(picky.id).jobs) == 4


async def test_no_further_wave_starts_after_a_failure(fleet_of) -> None:
    stage, _ = fleet_of(3, DOCUMENT.format(bad="h001"), extra="    batch: 1\n")
    async with stage.new_run(target="web") as conductor:
        picky = step(conductor, "Picky")
        await conductor.perform(i.RunStep(step=picky.id, confirmed=True))
        own = conductor.state.step(picky.id)
        assert own.phase is StepPhase.FAILED
        assert len(own.jobs) == 1
        assert "not run on 2" in own.reason


MARK = """
## Deploy

```bash
# Mark
mkdir -p "$HOME/place" && echo done >> "$HOME/place/mark"
```
"""


async def test_no_further_wave_starts_against_what_is_watched(fleet_of, monkeypatch) -> None:
    stage, hosts = fleet_of(3, MARK, extra="    batch: 1\n")
    errors = Gauge(condition="errors", text="Error rate > 10%", verdict="pass", step="")
    told = {"errors": errors}
    marked = lambda: sum(host.home_here.joinpath("place/mark").exists() for host in hosts)  # noqa: E731
    async with stage.new_run(target="web") as conductor:
        await until(lambda: all(one.condition != STARTING for one in conductor.gauges()))  # then it is ours to say
        conductor.watch = lambda: (told["errors"] if marked() < 1 else replace(told["errors"], verdict="fail"),)
        mark = next(iter(conductor.runbook.steps))
        await conductor.perform(i.RunStep(step=mark.id, confirmed=True))
        own = conductor.state.step(mark.id)
        assert (own.phase is StepPhase.DONE, len(own.jobs), marked()) == (False, 1, 1)
        (group,) = conductor.state.groups.values()
        assert group.stopped == "“Error rate > 10%” holds"
        await conductor.perform(i.Override(step="errors", reason="known", seconds=3600))
        monkeypatch.setattr(batching, "PATIENCE", 0.3)
        conductor.watch = lambda: (replace(errors, condition="other", verdict="no_data"),)
        await conductor.perform(i.RunStep(step=mark.id, confirmed=True))
        assert marked() == 2, "what says nothing is waited for, and then stops it too"
        conductor.watch = lambda: (replace(errors, verdict="fail"),)
        await conductor.perform(i.RunStep(step=mark.id, confirmed=True))
        assert (conductor.state.step(mark.id).phase, marked()) == (StepPhase.DONE, 3)


class Hand:
    """A clock moved by hand; what it shows is the day of the test."""

    def __init__(self):
        self.passed = 0.0

    def now(self):
        return datetime.now(UTC) + timedelta(seconds=self.passed)

    def monotonic(self):
        return 1000.0 + self.passed


async def test_a_host_that_fails_again_and_again_is_left_out_and_tried_with_one_command(fleet_of) -> None:
    stage, hosts = fleet_of(3, DOCUMENT.format(bad="nobody"), extra="    stop: never\n")
    async with stage.new_run(target="web") as conductor:
        clock = Hand()
        conductor.guard.breakers = Breakers({}, clock)
        hosts[0].server.stop()
        hosts[0].server.drop_connections()
        who, mark = step(conductor, "Who"), step(conductor, "Mark")
        async with asyncio.timeout(90):
            for _ in range(5):  # the others succeed once, and are not asked again
                await conductor.perform(i.RunStep(step=who.id, confirmed=True))
        assert conductor.state.gates.breakers["h001"].state == "open"
        assert "h002" not in conductor.state.gates.breakers
        jobs = len(conductor.state.jobs)

        await conductor.perform(i.RunStep(step=mark.id, confirmed=True))
        assert len(conductor.state.jobs) == jobs + 2  # nothing was sent to the third
        assert conductor.state.step(mark.id).reason == "not run on 1 of 3 hosts of web"
        group = list(conductor.state.groups.values())[-1]
        rows = {row.host: row for row in host_rows(conductor.state, group, now=clock.now())}
        assert rows["h001"].phase is HostPhase.LEFT_OUT
        assert "failed 5 times in a row" in rows["h001"].note
        assert "the next try is in 60 s" in rows["h001"].note

        hosts[0].server.start()
        clock.passed += 61
        await conductor.perform(i.RunStep(step=mark.id, confirmed=True))
        assert conductor.state.step(mark.id).phase is StepPhase.DONE
        assert conductor.state.gates.breakers["h001"].state == "closed"
        assert hosts[1].home_here.joinpath("place/mark").read_text() == "done\n"  # nowhere twice
    async with stage.resumed() as conductor:
        assert next(iter(conductor.state.gates.rested.values()))["h001"]


async def test_one_host_that_is_lost_does_not_hold_up_the_others(fleet_of) -> None:
    stage, hosts = fleet_of(3, DOCUMENT.format(bad="nobody"), extra="    stop: never\n")
    async with stage.new_run(target="web") as conductor:
        hosts[0].server.stop()
        hosts[0].server.drop_connections()
        who = step(conductor, "Who")
        async with asyncio.timeout(60):
            await conductor.perform(i.RunStep(step=who.id, confirmed=True))
        own = conductor.state.step(who.id)
        assert own.phase is StepPhase.FAILED
        assert own.reason == "not run on 1 of 3 hosts of web"
        first = conductor.state.last_job_on(who.id, who.commands[0], "h001")
        assert first.resolution == "not_run"


async def test_nothing_is_changed_on_a_host_that_was_not_looked_at(fleet_of) -> None:
    stage, hosts = fleet_of(2, DOCUMENT.format(bad="nobody"))
    hosts[1].server.change_host_key()
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, stage.path, target="web")
        mark = step(conductor, "Mark")
        with pytest.raises(Refused, match="first look at h001 and 1 more"):
            await conductor.perform(i.RunStep(step=mark.id, confirmed=True))
        found = await conductor.preflight()
        assert found.unfit == ("h002",)
        assert "host key is changed" in found.verdicts[1].why
        await conductor.perform(decision(found))
        await conductor.perform(i.RunStep(step=mark.id, confirmed=True))
        assert conductor.state.step(mark.id).phase is StepPhase.DONE
        await conductor.close()
    assert [host.home_here.joinpath("place/mark").exists() for host in hosts] == [True, False]


async def test_the_preflight_says_what_of_ssh_config_is_not_followed(fleet_of) -> None:
    stage, hosts = fleet_of(1, DOCUMENT.format(bad="nobody"))
    hosts.write_config("StrictHostKeyChecking no\nControlMaster auto\nControlPath /tmp/%r")
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, stage.path, target="web")
        verdict = (await conductor.preflight()).verdicts[0]
        await conductor.close()
    assert verdict.level is Level.PASS, verdict.why
    said = [reason.text for reason in verdict.reasons]
    assert "StrictHostKeyChecking no is not followed: host keys are always checked" in said
    assert "ControlMaster is not used: a connection of its own is kept open" in said
    assert not any("controlpath" in text.lower() for text in said)


async def test_a_new_key_is_taken_over_only_when_somebody_says_so(fleet_of) -> None:
    stage, hosts = fleet_of(1, DOCUMENT.format(bad="nobody"))
    known = hosts.known_hosts.read_text()
    hosts.forget_key(hosts[0])
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, stage.path, target="web")
        found = await conductor.preflight()
        assert "SHA256:" in found.verdicts[0].probe.fingerprint
        assert hosts.known_hosts.read_text() != known
        await conductor.trust(["h001"])
        assert (await conductor.preflight()).fit == ("h001",)
        await conductor.close()


async def test_commands_typed_on_a_host_run_there_once_somebody_said_so(fleet_of) -> None:
    text = "# R\n\n## Go\n\n```bash\n$ ssh h001\n$ hostname > $HOME/said\n```\n"
    stage, hosts = fleet_of(2, text)
    async with stage.new_run() as conductor:
        own = conductor.runbook.steps[0]
        assert conductor.preview(own.id).place == "h001"
        with pytest.raises(Refused):
            await conductor.perform(i.RunStep(step=own.id, confirmed=True))
        await conductor.perform(i.GivePlace(said="h001", target="h001"))
        await conductor.perform(decision(await conductor.preflight()))
        await conductor.perform(i.RunStep(step=own.id, confirmed=True))
        assert conductor.state.step(own.id).phase is StepPhase.DONE
        assert {job.target for job in conductor.state.jobs.values()} == {"h001"}
    assert hosts[0].home_here.joinpath("said").read_text() == "h001\n"


async def test_the_way_back_goes_only_where_something_was_done(fleet_of) -> None:
    text = (
        '# R\n\n## Go\n\n<!-- rbt: rollback="rm $HOME/mark; echo back >> $HOME/back" -->\n'
        "```bash\n# Mark\ntest $(hostname) != h002 && touch $HOME/mark\n```\n"
    )
    stage, hosts = fleet_of(3, text, extra="    batch: 1\n")
    async with stage.new_run(target="web") as conductor:
        await conductor.perform(i.RunStep(step=step(conductor, "Mark").id, confirmed=True))
        assert "failed on 1, not run on 1" in conductor.state.step(step(conductor, "Mark").id).reason
        await conductor.perform(i.RollBack(reason="half done"))
        ran = {job.target for job in conductor.state.jobs.values() if job.purpose == "rollback"}
        assert ran <= {"h001", "h002"}
    assert [host.home_here.joinpath("back").exists() for host in hosts] == [True, True, False]
    assert not hosts[0].home_here.joinpath("mark").exists()


async def test_a_host_that_cannot_be_taken_back_holds_up_no_other(fleet_of) -> None:
    text = (
        '# R\n\n## Go\n\n<!-- rbt: rollback="test $(hostname) != h001 && touch $HOME/back" -->\n'
        "```bash\n# Mark\ntouch $HOME/mark\n```\n"
    )
    stage, hosts = fleet_of(3, text, extra="    batch: 1\n")
    async with stage.new_run(target="web") as conductor:
        await conductor.perform(i.RunStep(step=step(conductor, "Mark").id, confirmed=True))
        await conductor.perform(i.RollBack(reason="errors"))
        assert conductor.state.rollback.succeeded is False
        (item,) = conductor.rollback_plan().items
        assert item.failed
    assert [host.home_here.joinpath("back").exists() for host in hosts] == [False, True, True]


async def test_another_process_takes_the_fleet_up_where_it_was_left(fleet_of) -> None:
    text = '# Slow\n\n## Go\n\n```bash\n# Work\nsleep 2; echo "$(hostname) done" | tee -a "$HOME/mark"\n```\n'
    stage, hosts = fleet_of(3, text)
    async with stage.new_run(target="web") as conductor:
        work = step(conductor, "Work")
        running = asyncio.create_task(conductor.perform(i.RunStep(step=work.id, confirmed=True)))
        async with asyncio.timeout(30):
            while sum(conductor.live_output(job) is not None for job in conductor.state.step(work.id).jobs) < 3:
                await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    async with stage.resumed() as conductor:
        assert await conductor.recover() == []
        assert conductor.state.step(work.id).phase is StepPhase.DONE
        for host in hosts:
            job = conductor.state.last_job_on(work.id, work.commands[0], host.alias)
            assert await conductor.kept_output(job.job) == f"{host.alias} done\n".encode()
            assert host.home_here.joinpath("mark").read_text() == f"{host.alias} done\n"
