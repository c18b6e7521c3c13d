"""The hosts and groups known, and the one answer to "run it on X": a fleet, or why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches

import msgspec

from runbook_tui.run.fleet import Fleet, FleetError, HostSpec, parsed_host
from runbook_tui.run.hostnames import expanded, folded

LOCAL = "local"  # this machine; always there, never another's name
_EXPRESSION = frozenset("[],!&^ ")


def named_by_account(host: HostSpec) -> HostSpec:
    """The host under the name `user@host`: two accounts on one machine are two places in the record."""
    if host.user is None or "@" in host.name:
        return host
    return msgspec.structs.replace(host, name=f"{host.user}@{host.name}", address=host.reached_at)


class InventoryError(FleetError):
    """The inventory cannot be read, or does not know the hosts asked for. Nothing was run."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a source that was seen and has no effect, or hosts that cannot be used."""

    source: str
    message: str
    line: int | None = None
    host: str | None = None  # set: this host cannot be used, for that reason

    @property
    def shown(self) -> str:
        return f"{self.source}{f':{self.line}' if self.line else ''}: {self.message}"


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """Groups and single hosts by name. Made by `read_inventory`."""

    groups: Mapping[str, Fleet] = {}
    hosts: Mapping[str, HostSpec] = {}
    unusable: Mapping[str, str] = {}  # hosts that are named but cannot be reached as their source wants, and why
    empty: frozenset[str] = frozenset()  # groups without a host
    members: Mapping[str, tuple[str, ...]] = {}  # unusable hosts of each group
    notes: tuple[Note, ...] = ()
    is_alias: Callable[[str], bool] = lambda _: False  # whether ssh_config says something of that name

    @property
    def names(self) -> tuple[str, ...]:
        """All names that `fleet` knows, groups first. A host called as an empty group is not asked for by that name."""
        taken = {*self.groups, *self.empty}
        return (*self.groups, *(name for name in self.hosts if name not in taken))

    def fleet(self, wanted: str, *, written_by_operator: bool = False) -> Fleet:
        """The hosts of a group, of one name, or of an expression like `gpu-[01-04],web1`.

        What is nowhere listed is refused, unless the operator wrote it (`written_by_operator`) as `user@host[:port]`
        or as a name that ssh_config knows. Raises InventoryError, or FleetError for what is no host at all.
        """
        wanted = wanted.strip()
        if wanted == LOCAL:
            return Fleet(name=LOCAL, hosts=(HostSpec(name=LOCAL),))
        if self.members.get(wanted):
            raise self._unusable(wanted, self.members[wanted])
        if wanted in self.groups:
            return self.groups[wanted]
        if wanted in self.empty:
            raise InventoryError(f"The group {wanted!r} has no host. Nothing was run.")
        if not _EXPRESSION & set(wanted):
            return Fleet(name=wanted, hosts=(self._host(wanted, written_by_operator=written_by_operator),))
        return self._expression(wanted, written_by_operator=written_by_operator)

    def near(self, name: str) -> list[str]:
        """Known names that look like one that is not, the nearest first."""
        known = [LOCAL, *self.names]
        lower = {item.lower(): item for item in reversed(known)}
        return [lower[item] for item in get_close_matches(name.lower(), lower, n=3, cutoff=0.6)]

    def _host(self, wanted: str, *, written_by_operator: bool) -> HostSpec:
        if wanted in self.unusable:
            raise self._unusable(wanted, (wanted,))
        if wanted in self.hosts:
            return self.hosts[wanted]
        if wanted == LOCAL:
            raise InventoryError(f"{LOCAL!r} is this machine and cannot stand in a list with others. Nothing was run.")
        host = parsed_host(wanted)
        if host.user is not None or host.port is not None:
            if not written_by_operator:
                raise InventoryError(
                    f"{wanted!r} is in no inventory: only the operator may name such a host (--target {wanted}). "
                    "Nothing was run."
                )
            if host.name in self.unusable:
                raise self._unusable(host.name, (host.name,))
            return self._as_written(host, self.hosts.get(host.name))
        if written_by_operator and self.is_alias(host.name):
            return host
        raise self._unknown(wanted)

    def _as_written(self, host: HostSpec, known: HostSpec | None) -> HostSpec:
        """A host the operator wrote with account or port; on a host that is known these come before what is known."""
        if known is not None:
            port = host.port or known.port
            if host.user is None and port != known.port:
                raise InventoryError(
                    f"{known.name!r} is known as {known.shown}: with another port write user@{host.name}:{port}. "
                    "Nothing was run."
                )
            if host.user is None:
                return known
            host = msgspec.structs.replace(known, user=host.user, port=port, name=known.name)
        return named_by_account(host)

    def _expression(self, wanted: str, *, written_by_operator: bool) -> Fleet:
        found: dict[tuple[str, int | None], HostSpec] = {}
        for name in _names(wanted):
            if self.members.get(name):
                raise self._unusable(name, self.members[name])
            group = self.groups.get(name)
            for host in group.hosts if group else (self._host(name, written_by_operator=written_by_operator),):
                way = (host.reached_at, host.port)
                if found.setdefault(way, host) != host:
                    raise InventoryError(
                        f"{host.reached_at!r} is meant in two ways in {wanted!r}: {found[way].shown} and {host.shown}; "
                        "a command would run twice there. Nothing was run."
                    )
        return Fleet(name=wanted, hosts=tuple(found.values()))

    def _unknown(self, name: str) -> InventoryError:
        near = self.near(name)
        hint = f"Did you mean {', '.join(near)}?" if near else f"To reach it anyway, write user@{name}."
        return InventoryError(f"{name!r} is in no inventory and not in ssh_config. Nothing was run. {hint}")

    def _unusable(self, name: str, bad: Iterable[str]) -> InventoryError:
        bad = list(bad)
        where = "" if bad == [name] else f" of {name!r}"
        return InventoryError(
            f"{folded(bad)}{where} cannot be used: {self.unusable[bad[0]]}. Nothing was run; correct the inventory."
        )


def _names(wanted: str) -> tuple[str, ...]:
    """The names of an expression; items with `@` or `:` in them stand for themselves."""
    items = [item for item in wanted.replace(" ", ",").split(",") if item]
    if any("@" in item or ":" in item for item in items) and not set(wanted) & set("!&^"):
        return tuple(dict.fromkeys(items))
    return expanded(wanted)
