"""What several sources say, put together: later sources win, and every clash is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from runbook_tui.run.fleet import PARALLEL, Batches, Fleet, HostSpec, Stop
from runbook_tui.targets.inventory.inventory import LOCAL, Inventory, Note


@dataclass(slots=True)
class Group:
    """A group while it is being read."""

    hosts: list[HostSpec] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)  # names of members that cannot be used
    limit: int = PARALLEL
    batches: Batches = field(default_factory=Batches)
    stop: Stop = field(default_factory=Stop)


@dataclass(slots=True)
class Gathered:
    """Everything one or more sources say."""

    groups: dict[str, Group] = field(default_factory=dict)
    hosts: dict[str, HostSpec] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def note(self, source: str, message: str, line: int | None = None) -> None:
        found = Note(source=source, message=message, line=line)
        if found not in self.notes:
            self.notes.append(found)

    def cannot(self, source: str, host: str, why: str, line: int | None = None) -> None:
        """A host that is named but must not be used."""
        self.unusable[host] = why
        self.hosts.pop(host, None)
        self.notes.append(Note(source=source, message=f"{host} cannot be used: {why}", line=line, host=host))

    def add_host(self, host: HostSpec) -> None:
        self.hosts.setdefault(host.name, host)

    def over(self, later: Gathered, source: str) -> None:
        """Let a later source win over what is here."""
        for name in later.groups:
            if name in self.groups and name not in ("all", "ungrouped"):
                self.note(source, f"the group {name!r} of an earlier source is replaced by the one here")
        for name, host in later.hosts.items():
            if name in self.hosts and self.hosts[name] != host:
                self.note(source, f"{name!r} was {self.hosts[name].shown} in an earlier source, here {host.shown}")
        self.groups.update(later.groups)
        self.hosts.update(later.hosts)
        for name in later.hosts:
            self.unusable.pop(name, None)
        for name in later.unusable:
            self.hosts.pop(name, None)
        self.unusable.update(later.unusable)
        self.notes += [note for note in later.notes if note not in self.notes]

    def frozen(self, is_alias: Callable[[str], bool]) -> Inventory:
        groups: dict[str, Fleet] = {}
        for name, group in self.groups.items():
            # What a later source says of a host holds in the groups of earlier ones too.
            group.bad += [host.name for host in group.hosts if host.name in self.unusable]
            hosts = _once(self.hosts.get(host.name, host) for host in group.hosts if host.name not in self.unusable)
            if hosts and name != LOCAL:
                groups[name] = Fleet(name=name, hosts=hosts, limit=group.limit, batches=group.batches, stop=group.stop)
        return Inventory(
            groups=groups,
            hosts={name: host for name, host in self.hosts.items() if name != LOCAL},
            unusable=self.unusable,
            empty=frozenset(name for name, group in self.groups.items() if not group.hosts and not group.bad),
            members={name: tuple(dict.fromkeys(group.bad)) for name, group in self.groups.items() if group.bad},
            notes=tuple(self.notes),
            is_alias=is_alias,
        )


def _once(hosts: Iterable[HostSpec]) -> tuple[HostSpec, ...]:
    found: dict[str, HostSpec] = {}
    for host in hosts:
        found.setdefault(host.name, host)
    return tuple(found.values())
