"""All hosts of a run: links by address, shared by everything that goes there, behind the same bastion too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from runbook_tui.run.fleet import HostSpec
from runbook_tui.run.ports import Clock, Standing, TargetError
from runbook_tui.targets.ssh.faults import HostKeyUnknown
from runbook_tui.targets.ssh.hostkeys import HostKeys, add_known_host
from runbook_tui.targets.ssh.lines import SshLines
from runbook_tui.targets.ssh.link import Gates, Link, Network
from runbook_tui.targets.ssh.loop import SshLoop
from runbook_tui.targets.ssh.settings import SshSettings
from runbook_tui.targets.ssh.target import SshTarget


class SshHosts:
    """Makes targets; their links live until `close`."""

    def __init__(self, settings: SshSettings, *, clock: Clock, changed: Callable[[], None] = lambda: None) -> None:
        self._settings = settings
        self._clock = clock
        self._loop = SshLoop()
        self._network = Network(settings, clock, HostKeys(), Gates(settings.handshakes), self._link, changed)
        self._links: dict[tuple[object, ...], Link] = {}
        self._targets: dict[str, SshTarget] = {}

    def target(self, spec: HostSpec) -> SshTarget:
        if spec.name not in self._targets:
            self._targets[spec.name] = SshTarget(
                self._loop, spec, lambda: self._link(spec), self._settings, clock=self._clock
            )
        return self._targets[spec.name]

    def lines(self, spec: HostSpec) -> SshLines:
        """Commands of that host read line by line, over the same connection as everything else that goes there."""
        return SshLines(self._loop, spec.name, lambda: self._link(spec))

    def standings(self) -> Mapping[str, Standing]:
        """How we stand with each host that was asked for."""
        return {name: target.standing for name, target in list(self._targets.items())}

    async def trust(self, unknown: HostKeyUnknown) -> Path:
        """Take a key over into known_hosts, after a person compared it; returns the file."""

        async def write() -> Path:
            where = await self._link(self._targets[unknown.host].spec).where()
            if (own := where.own_known_hosts) is None:
                raise TargetError(f"ssh_config keeps no known hosts for {unknown.host}: its key was not taken over.")
            try:
                return await asyncio.to_thread(add_known_host, own, unknown.line)
            except OSError as error:
                raise TargetError(
                    f"The key of {unknown.host} could not be added to {own}: {error.strerror}."
                ) from error

        return await self._loop.run(write())

    async def close(self) -> None:
        """Let go of all hosts; what runs there goes on."""

        async def let_go() -> None:
            await asyncio.gather(*(link.close() for link in self._links.values()), return_exceptions=True)

        if self._links:
            await self._loop.run(let_go())
        self._loop.stop()

    def _link(self, spec: HostSpec, through: Link | None = None) -> Link:
        """One for each way to a host: names and accounts that lead the same way share it."""
        way = (spec.reached_at, spec.user, spec.port, tuple(sorted(spec.options.items())), through)
        if way not in self._links:
            self._links[way] = Link(spec, self._network, through)
        return self._links[way]
