"""sudo that asks inside a command: told in one sentence with what helps, over ssh and here, and what helps does."""

from __future__ import annotations

import asyncio
import os
import shutil

import pytest

from runbook_tui.run import elevation
from runbook_tui.run import intents as i
from runbook_tui.run.events import Resolution
from runbook_tui.run.policy import Refused
from runbook_tui.run.state import StepPhase
from tests.integration.run.desk import step
from tests.integration.run.test_fleets import fleet_of  # noqa: F401
from tests.ssh import PASSWORD
from tests.ssh.plugin import ssh_hosts  # noqa: F401

pytestmark = pytest.mark.skipif(shutil.which("sudo") is None, reason="sudo is not installed")

OVER_SSH = """\
# Become

## Go

```bash
# Script
printf '#!/bin/sh\\necho begun\\nsu""do id -un\\necho on\\n' >deploy.sh; sed -i 's/""//' deploy.sh; sh ./deploy.sh; exit 3
```

```bash
# Plain
sudo id -un
```

```bash
# Define
who() { sudo id -un; }
```

```bash
# Call
who
```

```bash
# Nested
(bash -c 'sudo id -un; echo done') && false
```

```bash
# Whole
sudo sh ./deploy.sh
```
"""


async def _run(conductor, title: str):
    """The job of that step, run once more; it must not hang."""
    async with asyncio.timeout(30):
        await conductor.perform(i.RunStep(step=step(conductor, title).id, confirmed=True, deliberate=True))
    own = conductor.state.step(step(conductor, title).id)
    return own, conductor.state.jobs[own.jobs[-1]]


async def test_over_ssh_it_is_told_who_asked_and_what_helps_does_help(fleet_of) -> None:  # noqa: F811
    stage, _ = fleet_of(1, OVER_SSH, user="ops")
    async with stage.new_run(target="web") as conductor:
        own, job = await _run(conductor, "Script")
        assert (own.phase, job.exit) == (StepPhase.FAILED, 3)
        assert job.barred.startswith("something inside the command called sudo")
        assert "`become`" in job.barred
        assert job.barred in own.reason
        own, job = await _run(conductor, "Plain")
        assert "nobody has given one" in job.barred
        _, job = await _run(conductor, "Define")
        assert job.exit == 0
        _, job = await _run(conductor, "Call")
        assert "nobody has given one" in job.barred
        await conductor.perform(i.GivePassword(hosts=("h001",), password=PASSWORD))
        for title in ("Plain", "Call", "Whole"):  # each of them is what a sentence said to do
            own, job = await _run(conductor, title)
            assert (job.exit, job.barred, own.phase) == (0, "", StepPhase.DONE), title
        own, job = await _run(conductor, "Nested")
        assert "does not reach" in job.barred
        assert (own.phase, job.exit) == (StepPhase.FAILED, 1)


ASKING = """\
# Asking

## Go

```bash
# Plain
sudo id -un && hostname >>~/ran
```

```bash
# Print
echo mistyped-hunter-7
```
"""
TRIALS = ".local/state/runbook-tui/jobs/*/*.sudo"


def _given(conductor, hosts, password: str):
    return conductor.perform(i.GivePassword(hosts=tuple(hosts), password=password))


async def test_a_wrong_password_is_sent_once_forgotten_and_asked_for_again(fleet_of) -> None:  # noqa: F811
    stage, hosts = fleet_of(1, ASKING, user="ops")
    async with stage.new_run(target="web") as conductor:
        await _given(conductor, hosts.names, "mistyped-hunter-7")
        own, job = await _run(conductor, "Plain")
        assert (own.phase, job.resolution, job.barred) == (StepPhase.PENDING, Resolution.NOT_RUN, elevation.WRONG)
        assert "did not take the password" in (own.reason or "")
        _, job = await _run(conductor, "Plain")
        assert job.barred == elevation.NOT_GIVEN  # it was not sent again
        assert len(list(hosts[0].home_here.glob(TRIALS))) == 1
        await _given(conductor, hosts.names, PASSWORD)
        own, job = await _run(conductor, "Plain")
        assert (own.phase, job.exit, job.barred) == (StepPhase.DONE, 0, "")
        _, job = await _run(conductor, "Print")  # what was mistyped is near the right one
        assert b"mistyped-hunter" not in await conductor.kept_output(job.job)
    assert hosts[0].home_here.joinpath("ran").read_text() == "h001\n"


@pytest.mark.parametrize("extra", ["", "    become: root\n"], ids=["sudo inside", "become"])
async def test_a_wrong_password_goes_to_one_host_of_many_only(fleet_of, extra) -> None:  # noqa: F811
    stage, hosts = fleet_of(3, ASKING, extra, user="ops")
    async with stage.new_run(target="web") as conductor:
        await _given(conductor, hosts.names, "mistyped-hunter-7")
        await _run(conductor, "Plain")
        jobs = list(conductor.state.jobs.values())
        assert [job.barred for job in jobs] == [elevation.WRONG] * 3
        assert sum("was not tried here" in job.why for job in jobs) == 2
        if not extra:
            assert sum(len(list(host.home_here.glob(TRIALS))) for host in hosts) == 1
        await _given(conductor, hosts.names, PASSWORD)
        own, _ = await _run(conductor, "Plain")
        assert own.phase is StepPhase.DONE
    assert not any("mistyped" in host.server.log() or PASSWORD in host.server.log() for host in hosts)


async def test_after_three_wrong_ones_no_more_are_sent(fleet_of) -> None:  # noqa: F811
    stage, hosts = fleet_of(1, ASKING, user="ops")
    async with stage.new_run(target="web") as conductor:
        for _ in range(3):
            await _given(conductor, hosts.names, "mistyped-hunter-7")
            _, job = await _run(conductor, "Plain")
            assert job.barred == elevation.WRONG
        with pytest.raises(Refused, match="locked"):
            await _given(conductor, hosts.names, "mistyped-hunter-3")
        assert len(list(hosts[0].home_here.glob(TRIALS))) == 3


HERE = """\
# Here

## Go

```bash
# Script
setpriv --reuid=65534 --regid=65534 --clear-groups sh <deploy.sh
```
"""


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("setpriv") is None, reason="needs root, to become somebody less")
async def test_on_this_machine_too(stage_of, tmp_path) -> None:
    (tmp_path / "deploy.sh").write_text("sudo id -un\n")
    async with stage_of(HERE).new_run() as conductor:
        own, job = await _run(conductor, "Script")
        assert (own.phase, job.exit) == (StepPhase.FAILED, 1)
        assert job.barred.startswith("something inside the command called sudo")
        assert "become" not in job.barred
        assert own.reason == f"exit status 1: {job.barred}"
        await conductor.close()
