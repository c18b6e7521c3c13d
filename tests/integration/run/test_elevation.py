"""sudo that asks inside a command: told in one sentence with what helps, over ssh and here, and what helps does."""

from __future__ import annotations

import asyncio
import os
import shutil

import pytest

from runbook_tui.run import intents as i
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
