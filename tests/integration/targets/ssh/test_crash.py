"""The app is killed with -9 while many hosts work for it, and opened again."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from runbook_tui.run.ports import JobPhase
from tests.integration.targets.ssh.cutting import EXPECTED, STATUS

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("moment", ["some-have-started", "all-have-started"])
async def test_the_app_is_killed_while_twenty_hosts_work(ssh_hosts, app_for, moment):
    hosts = ssh_hosts(20, per_daemon=4)
    world = os.urandom(4).hex()
    words = [sys.executable, "-m", "tests.integration.targets.ssh.starter", str(hosts.folder), world, *hosts.names]
    app = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wanted = len(hosts) if moment == "all-have-started" else random.randrange(1, 15)

    def lines() -> None:
        for _ in range(wanted):
            assert app.stdout.readline().startswith(b"started")

    await asyncio.wait_for(asyncio.to_thread(lines), 60)
    app.kill()
    app.communicate()

    opened_again = app_for(hosts)

    async def told(host) -> tuple[JobPhase, int | None, bytes]:
        target = opened_again.target(host)
        report = await target.inspect("r1", f"{host.alias}-{world}", boot=await target.boot_id())
        if report.phase is JobPhase.ABSENT:
            return report.phase, None, b""
        job = await target.attach("r1", f"{host.alias}-{world}")
        out = b"".join([chunk async for chunk in job.output()])
        return report.phase, (await job.wait()).exit, out

    answers = await asyncio.gather(*(told(host) for host in hosts))
    for host, (phase, exit_, out) in zip(hosts, answers, strict=True):
        effects = host.home_here / "effects"
        count = len(effects.read_text().split()) if effects.exists() else 0
        if phase is JobPhase.ABSENT:
            assert (count, moment) == (0, "some-have-started"), host.alias
        else:
            assert (count, exit_, out == EXPECTED) == (1, STATUS, True), host.alias
    assert sum(phase is not JobPhase.ABSENT for phase, _, _ in answers) >= wanted
