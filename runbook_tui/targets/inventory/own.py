"""Our own `targets:`, in front matter, in a sidecar or in a file (docs/targets.md describes it).

web: deploy@web1:2222                 one host
db: [db1, deploy@db2]                 several
gpus:
  hosts: "gpu-[01-16]"                text, a list, or a mapping of names to addresses or settings
  user: deploy                        also port, become, cwd, identity, jump
  limit: 8                            at once
  batch: [1, 25%]                     waves
  stop: 2                             more than that many failures; `never`
everything: [gpus, web]               a name of another entry is that entry
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from runbook_tui.run import fleet
from runbook_tui.run.fleet import FleetError, HostSpec
from runbook_tui.run.hostnames import LARGEST, expanded
from runbook_tui.targets.inventory.gathering import Gathered, Group
from runbook_tui.targets.inventory.inventory import LOCAL, InventoryError, named_by_account
from runbook_tui.targets.inventory.plain_yaml import line_of

_HOST_KEYS = frozenset(["user", "port", "become", "cwd", "identity", "jump"])
_KEYS = _HOST_KEYS | {"hosts", "limit", "batch", "stop"}
_SECRET = ("password", "passwd", "passphrase", "secret", "token")


def read(targets: Mapping[str, Any], source: str) -> Gathered:
    """The groups of a `targets:` mapping. Raises InventoryError for what cannot be meant."""
    return _Reader(targets, source).read()


class _Reader:
    def __init__(self, targets: Mapping[str, Any], source: str) -> None:
        self._targets = targets
        self._source = source
        self._found = Gathered()
        self._many = 0

    def read(self) -> Gathered:
        for name in self._targets:
            line = line_of(self._targets, name)
            if name == LOCAL:
                self._found.note(self._source, f"{LOCAL!r} is always this machine; the entry has no effect", line)
                continue
            try:
                fleet.checked_address(name)
                group = self._group(name, ())
            except FleetError as error:
                raise InventoryError(f"{self._at(line)}: target {name[:80]!r}: {error}") from None
            self._found.groups[name] = group
        self._keep_apart()
        return self._found

    def _keep_apart(self) -> None:
        """Give every way to a host a name of its own: what other accounts reach is called user@host."""
        plain: dict[str, HostSpec] = {}
        for group in self._found.groups.values():
            for host in group.hosts:
                if host.name not in plain or (host.user is None and plain[host.name].user is not None):
                    plain[host.name] = host
        found = self._found.hosts = dict(plain)
        for name, group in self._found.groups.items():
            for at, host in enumerate(group.hosts):
                if host == plain[host.name]:
                    continue
                other = named_by_account(host)
                if other.name == host.name or found.setdefault(other.name, other) != other:
                    first = found[other.name]
                    raise InventoryError(
                        f"{self._at(line_of(self._targets, name))}: target {name!r}: {host.name!r} is reached in two "
                        f"ways, {_way(first)} and {_way(host)}: give one a name of its own, "
                        f"`hosts: {{other-name: {host.reached_at}}}`"
                    )
                group.hosts[at] = other

    def _group(self, name: str, above: tuple[str, ...]) -> Group:
        said = self._targets[name]
        group = Group()
        if not isinstance(said, Mapping):
            group.hosts = _different(self._members(said, {}, name, above))
            return group
        self._check_keys(name, said)
        if "hosts" not in said:
            raise InventoryError("it names no `hosts`")
        if said.get("limit") is not None:
            group.limit = _whole(said["limit"], "limit")
        if said.get("batch") is not None:
            group.batches = fleet.batches(said["batch"])
        if said.get("stop") is not None:
            group.stop = fleet.stop(said["stop"])
        group.hosts = _different(self._members(said["hosts"], _settings(said), name, above))
        return group

    def _check_keys(self, name: str, said: Mapping[str, Any]) -> None:
        for key in said:
            if key in _KEYS:
                continue
            line = line_of(said, key) or line_of(self._targets, name)
            if any(word in key.lower() for word in _SECRET):
                message = f"{key!r} of {name!r} is not read: no secret is taken from a file, take it out"
            else:
                message = f"{key!r} of {name!r} is not known and has no effect: {', '.join(sorted(_KEYS))} are"
            self._found.note(self._source, message, line)

    def _members(self, said: Any, settings: Mapping[str, Any], name: str, above: tuple[str, ...]) -> Iterator[HostSpec]:
        """The hosts of an entry; what the entry says fills what its members leave open."""
        if isinstance(said, Mapping):
            for written, own in said.items():
                yield from self._named(written, own, settings)
            return
        items = said if isinstance(said, list | tuple) else [said]
        for item in items:
            if not isinstance(item, (str, int)) or isinstance(item, bool):
                raise InventoryError(f"{str(item)[:60]!r} is not a host")
            for word in _words(str(item)):
                if word in self._targets and word != name:
                    yield from (_filled(host, settings) for host in self._nested(word, (*above, name)))
                else:
                    yield from self._plain(word, settings)

    def _nested(self, name: str, above: tuple[str, ...]) -> list[HostSpec]:
        if name in above or len(above) > 20:
            raise InventoryError(f"the groups {' > '.join((*above, name))} contain each other")
        if name == LOCAL:
            raise InventoryError(f"{LOCAL!r} is this machine and cannot stand in a group")
        hosts = self._group(name, above).hosts
        self._count(len(hosts))
        return hosts

    def _plain(self, word: str, settings: Mapping[str, Any]) -> Iterator[HostSpec]:
        """`deploy@gpu-[01-04]:22` as four hosts."""
        user, at, rest = word.rpartition("@")
        if "[" in rest and not _six(rest):
            for single in expanded(rest):
                self._count(1)
                yield _filled(fleet.parsed_host(f"{user}{at}{single}"), settings)
            return
        self._count(1)
        host = fleet.parsed_host(word)
        if host.name == LOCAL:
            raise InventoryError(f"{LOCAL!r} is this machine and cannot stand in a group")
        yield _filled(host, settings)

    def _named(self, written: str, own: Any, settings: Mapping[str, Any]) -> Iterator[HostSpec]:
        """`gpu-01: 10.0.0.7` or `gpu-01: {address: …, user: …}`."""
        if own is None:
            yield from self._plain(written, settings)
            return
        if isinstance(own, Mapping):
            more = {key: value for key, value in own.items() if key != "address"}
            self._check_host_keys(written, more)
            address, said = own.get("address"), _settings(more)
        else:
            address, said = own, {}
        names = expanded(written)
        if address is not None and len(names) > 1:
            raise InventoryError(f"{written!r} is several hosts and cannot have one address")
        for name in names:
            self._count(1)
            if name == LOCAL:
                raise InventoryError(f"{LOCAL!r} is this machine and cannot stand in a group")
            host = HostSpec(name=name)
            if address is not None:
                at = fleet.parsed_host(str(address))
                host = HostSpec(name=name, address=at.name, user=at.user, port=at.port)
            yield _filled(_filled(host, said), settings)

    def _check_host_keys(self, name: str, said: Mapping[str, Any]) -> None:
        for key in said:
            if key not in _HOST_KEYS:
                known = ", ".join(sorted(_HOST_KEYS | {"address"}))
                self._found.note(self._source, f"{key!r} of host {name!r} is not known and has no effect: {known} are")

    def _count(self, number: int) -> None:
        self._many += number
        if self._many > LARGEST * 10:
            raise InventoryError(f"the targets name more than {LARGEST * 10} hosts")

    def _at(self, line: int | None) -> str:
        return f"{self._source}:{line}" if line else self._source


def _different(hosts: Iterator[HostSpec]) -> list[HostSpec]:
    """Each host once. Raises InventoryError for one that is meant in two ways."""
    found: dict[str, HostSpec] = {}
    for host in hosts:
        if found.setdefault(host.name, host) != host:
            raise InventoryError(f"{host.name!r} is meant in two ways: {found[host.name].shown} and {host.shown}")
    return list(found.values())


def _words(text: str) -> list[str]:
    """The items of `web1, gpu-[1,3]`: commas and blanks in brackets do not part them."""
    found, depth, word = [], 0, ""
    for character in text:
        depth += (character == "[") - (character == "]")
        if depth <= 0 and (character == "," or character.isspace()):
            found.append(word)
            word = ""
        else:
            word += character
    found = [item for item in [*found, word] if item]
    if not found:
        raise InventoryError("a host is empty")
    return found


def _six(names: str) -> bool:
    """Whether the brackets hold an IPv6 address and no range."""
    return names.startswith("[") and names.count(":") > 1


def _settings(said: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a group or host as fields of HostSpec."""
    found: dict[str, Any] = {}
    for key in ("user", "become", "cwd"):
        if said.get(key) is not None:
            found[key] = _text(said[key], key)
    if found.get("become") in ("true", "yes"):
        found["become"] = "root"
    if found.get("become") in ("false", "no"):
        del found["become"]
    if said.get("port") is not None:
        found["port"] = _whole(said["port"], "port")
    options = {word: _text(said[key], key) for key, word in _OPTIONS.items() if said.get(key) is not None}
    if options:
        found["options"] = options
    return found


_OPTIONS = {"identity": "identityfile", "jump": "proxyjump"}


def _way(host: HostSpec) -> str:
    """All that makes it another way to the host."""
    more = {"become": host.become, "cwd": host.cwd, **host.options}
    said = ", ".join(f"{key} {value}" for key, value in more.items() if value)
    return f"{host.shown}{f' ({said})' * bool(said)}"


def _filled(host: HostSpec, settings: Mapping[str, Any]) -> HostSpec:
    """The host with what it leaves open taken from the settings."""
    if not settings:
        return host
    fresh = {key: value for key, value in settings.items() if key != "options" and getattr(host, key) is None}
    options = {**settings.get("options", {}), **host.options}
    return msgspec.structs.replace(host, **fresh, options=options)


def _text(value: Any, key: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int)) or any(ord(character) < 32 for character in str(value)):
        raise InventoryError(f"{str(value)[:60]!r} is no value for {key!r}")
    return str(value)


def _whole(value: Any, key: str) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) > 6 or not int(text):
        raise InventoryError(f"{text[:60]!r} is no value for {key!r}: write a number from 1 on")
    return int(text)
