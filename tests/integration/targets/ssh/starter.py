"""Starts a job on each of many hosts, follows them, and is killed while they run: `python starter.py BED JOB NAME…`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from runbook_tui.run.fleet import HostSpec
from runbook_tui.run.ports import JobOrder
from runbook_tui.targets.ssh.hosts import SshHosts
from runbook_tui.targets.ssh.settings import SshSettings
from tests.integration.targets.conftest import WallClock
from tests.integration.targets.ssh.cutting import TEXT


async def main(bed: Path, world: str, names: list[str]) -> None:
    settings = SshSettings(config=(bed / "operator/.ssh/config",), known_hosts=(bed / "operator/.ssh/known_hosts",))
    hosts = SshHosts(settings, clock=WallClock())

    async def one(name: str) -> None:
        order = JobOrder(run="r1", job=f"{name}-{world}", text=TEXT, home="/", grace=1.0)
        job = await hosts.target(HostSpec(name=name)).start(order)
        print("started", name, flush=True)
        async for _ in job.output():
            pass

    await asyncio.gather(*(one(name) for name in names))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
