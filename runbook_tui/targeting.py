"""Where a run's commands go: this machine, hosts by ssh, and fleets of them, as they stood when the run began."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

import msgspec

from runbook_tui.document.runbook import Runbook
from runbook_tui.run.fleet import Fleet, FleetError, HostSpec, parsed_host
from runbook_tui.run.ports import Clock, Standing, Target, TargetError
from runbook_tui.run.preflight import HostKey, Probe
from runbook_tui.run.targets import LOCAL
from runbook_tui.targets.local import LocalTarget

if TYPE_CHECKING:
    from runbook_tui.targets.ssh.faults import HostKeyUnknown
    from runbook_tui.targets.ssh.hosts import SshHosts


class RunTargets:
    """Implements `run.targets.Targets`. asyncssh is loaded when the first host is asked for."""

    def __init__(
        self,
        local: LocalTarget,
        fleets: Mapping[str, Fleet],
        *,
        clock: Clock,
        changed: Callable[[], None] = lambda: None,
        others: Mapping[str, Target] | None = None,
    ) -> None:
        self._local = local
        self._others = dict(others or {})  # targets that are no hosts, by name
        self._fleets = dict(fleets)
        self._clock = clock
        self._changed = changed
        self._hosts = {host.name: host for fleet in fleets.values() for host in fleet.hosts}
        self._ssh: SshHosts | None = None
        self._passwords: dict[str, str] = {}
        self._unknown: dict[str, HostKeyUnknown] = {}

    def fleet(self, name: str) -> Fleet:
        if name == LOCAL or name in self._others:
            return Fleet(name=name, hosts=(HostSpec(name=name),))
        if name in self._fleets:
            return self._fleets[name]
        if name in self._hosts:
            return Fleet(name=name, hosts=(self._hosts[name],))
        known = ", ".join((LOCAL, *self._fleets))
        raise TargetError(
            f"target {name!r} was not known when this run began (known: {known}). Name it in `targets:` of the "
            "document or in an inventory (--inventory), and start a new run."
        )

    def accept(self, name: str) -> None:
        """A host that the document names and the operator has said yes to. Raises TargetError when it is none."""
        if name != LOCAL and name not in self._fleets and name not in self._hosts:
            try:
                said = parsed_host(name)
                account = f"{said.user}@" if said.user else ""
                spec = msgspec.structs.replace(said, name=f"{account}{said.name}", address=said.name)
            except FleetError as error:
                raise TargetError(str(error)) from None
            known = self._hosts.setdefault(spec.name, spec)
            if known != spec:
                raise TargetError(f"{spec.name!r} is meant in two ways in this run: {known.shown} and {spec.shown}.")
            self._hosts[name] = spec

    def target(self, host: str) -> Target:
        if host == LOCAL:
            return self._local
        if host in self._others:
            return self._others[host]
        return self.hosts.target(self.fleet(host).hosts[0])

    async def warm(self) -> None:
        """Load what speaks ssh, in a thread: it takes a quarter of a second."""
        await asyncio.to_thread(import_module, "runbook_tui.targets.ssh.hosts")

    async def probe(self, host: str, *, sudo: bool) -> Probe:
        await self.warm()
        from runbook_tui.targets.ssh.faults import AccessDenied, HostKeyRefused, HostKeyUnknown
        from runbook_tui.targets.ssh.probing import probe

        spec = self.fleet(host).hosts[0]
        become = spec.become or ("root" if sudo else None)
        found = Probe(host=host, become=become)
        try:
            return await probe(self.hosts.target(spec), found, clock=self._clock)
        except HostKeyUnknown as error:
            self._unknown[host] = error
            return msgspec.structs.replace(
                found, key=HostKey.NEW, fingerprint=f"{error.algorithm} {error.fingerprint}", detail=str(error)
            )
        except HostKeyRefused as error:
            return msgspec.structs.replace(found, key=HostKey.CHANGED, detail=str(error))
        except AccessDenied as error:
            return msgspec.structs.replace(found, key=HostKey.KNOWN, detail=str(error))
        except TargetError as error:
            return msgspec.structs.replace(found, detail=str(error))

    async def trust(self, host: str) -> str:
        if host not in self._unknown:
            raise TargetError(f"The key of {host} was not found new by a preflight. Nothing was written.")
        return str(await self.hosts.trust(self._unknown.pop(host)))

    def use_password(self, host: str, password: str) -> None:
        self._passwords[host] = password
        self.target(host).use_password(password)

    def forget_password(self, host: str) -> None:
        self._passwords.pop(host, None)
        self.target(host).use_password(None)

    def password(self, host: str) -> str | None:
        return self._passwords.get(host)

    def standings(self) -> Mapping[str, Standing]:
        return self._ssh.standings() if self._ssh is not None else {}

    @property
    def hosts(self) -> SshHosts:
        """Every host reached by ssh."""
        if self._ssh is None:
            from runbook_tui.targets.ssh.hosts import SshHosts
            from runbook_tui.targets.ssh.settings import user_settings

            self._ssh = SshHosts(user_settings(), clock=self._clock, changed=self._changed)
        return self._ssh

    async def close(self) -> None:
        """Let go of the hosts; what runs there goes on."""
        if self._ssh is not None:
            await self._ssh.close()


def fleets_of(
    runbook: Runbook, target: str, inventories: Sequence[str], *, measured: Iterable[str] = ()
) -> dict[str, Fleet]:
    """What the names of targets stand for in a run of this document, and of what is `measured` there; blocks.

    Raises OperatorError when the run's own target is not known. A target that only a command names may be missing:
    that command is refused when it comes up, and the rest can be walked.
    """
    named = {command.target for command in runbook.commands if command.target} | set(measured)
    if not inventories and not runbook.targets and not (named | {target}) - {LOCAL}:
        return {}
    from runbook_tui.targets.inventory import read_inventory

    inventory = read_inventory(inventories, declared=runbook.targets, document=runbook.source)
    fleets: dict[str, Fleet] = {}
    if target != LOCAL:
        fleets[target] = inventory.fleet(target, written_by_operator=True)
    for name in sorted(named - {LOCAL, target}):
        with suppress(FleetError):
            fleets[name] = inventory.fleet(name)
    return fleets


def inventory_notes(runbook: Runbook, inventories: Sequence[str]) -> list[str]:
    """What stands in the inventories and has no effect; blocks."""
    if not inventories and not runbook.targets:
        return []
    from runbook_tui.targets.inventory import read_inventory

    inventory = read_inventory(inventories, declared=runbook.targets, document=runbook.source)
    return [note.shown for note in inventory.notes]


def frozen(fleets: Mapping[str, Fleet]) -> bytes:
    """As it is kept with the run, so that a name means the same hosts to its end."""
    return msgspec.json.encode(dict(fleets), order="sorted")


def thawed(data: bytes) -> dict[str, Fleet]:
    return msgspec.json.decode(data, type=dict[str, Fleet])
