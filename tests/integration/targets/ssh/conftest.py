"""An operator's app with its links, and hosts to reach with it."""

from __future__ import annotations

import itertools
import os
from contextlib import AsyncExitStack

import pytest

from runbook_tui.run.fleet import HostSpec
from runbook_tui.run.ports import JobOrder
from runbook_tui.targets.ssh.hosts import SshHosts
from runbook_tui.targets.ssh.settings import SshSettings
from tests.integration.targets.conftest import WallClock
from tests.ssh import Host, Hosts

QUICK = {
    "connect_timeout": 3.0,
    "login_timeout": 5.0,
    "patience": 15.0,
    "keepalive": 1.0,
    "keepalive_count": 3,
    "answer_timeout": 20.0,
    "follow_patience": 40.0,
}


class App:
    """What the app holds of its hosts. `close` is its orderly end; another one opened after it is the app opened again."""

    def __init__(self, hosts: Hosts, **settings: object) -> None:
        self.bed = hosts
        files = {"config": (hosts.config,), "known_hosts": (hosts.known_hosts,)}
        self.hosts = SshHosts(SshSettings(**{**files, **QUICK, **settings}), clock=WallClock())
        self._numbers = itertools.count(1)
        self._world = os.urandom(4).hex()

    def target(self, name: Host | str = "h001", **spec: object):
        return self.hosts.target(HostSpec(name=name if isinstance(name, str) else name.alias, **spec))

    def order(self, text: str, **fields: object) -> JobOrder:
        job = fields.pop("job", None) or f"j{next(self._numbers)}-{self._world}"
        return JobOrder(**{"run": "r1", "job": job, "text": text, "home": "/", "grace": 1.0, **fields})

    async def run(self, text: str, *, on: Host | str = "h001", spec: dict[str, object] | None = None, **fields: object):
        """Run it there; (exit, output)."""
        job = await self.target(on, **(spec or {})).start(self.order(text, **fields))
        out = b"".join([chunk async for chunk in job.output()])
        return await job.wait(), out

    async def close(self) -> None:
        await self.hosts.close()


@pytest.fixture
async def app_for():
    """`app = app_for(hosts)`; closed after the test."""
    async with AsyncExitStack() as stack:

        def make(hosts: Hosts, **settings: object) -> App:
            app = App(hosts, **settings)
            stack.push_async_callback(app.close)
            return app

        yield make


def job_folder(host: Host, job: str, run: str = "r1"):
    """Where that job lives on the host, seen from here."""
    for place in (f"{host.home}/.local/state/runbook-tui", "/var/tmp/runbook-tui-0", "/tmp/runbook-tui-0"):
        found = host.machine.path(f"{place}/jobs/{run}/{job}")
        if found.is_file():  # it names one that was made ahead
            found = found.with_name(found.read_text().splitlines()[0])
        if found.is_dir():
            return found
    raise AssertionError(f"there is no folder of job {job}")


def job_pid(host: Host, job: str, run: str = "r1") -> int:
    """The job's pid on its host, as it is kept there."""
    folder = job_folder(host, job, run)
    if (folder / "pid").exists():
        return int((folder / "pid").read_text().split()[0])
    (line,) = (line for line in (folder.parent / job).read_text().splitlines() if line.startswith("pid "))
    return int(line.split()[1])
