"""Ansible inventories as our hosts: groups, children and variables; from INI and from YAML.

What the variables mean is Ansible's word
(https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html). A host whose address, account or port
is not understood is unusable: reaching another machine under its name would be worse than none.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runbook_tui.run.fleet import FleetError, HostSpec
from runbook_tui.run.hostnames import LARGEST
from runbook_tui.targets.inventory.gathering import Gathered, Group
from runbook_tui.targets.inventory.inventory import LOCAL, InventoryError
from runbook_tui.targets.inventory.plain_yaml import Tagged

ALL, UNGROUPED = "all", "ungrouped"
_RANGE = re.compile(r"\[([0-9]{1,9}|[A-Za-z])?:([0-9]{1,9}|[A-Za-z])(?::([0-9]{1,9}))?\]")
_PORT = re.compile(r"^(?P<host>[^:\s]+|\[[^\]\s]+\](?!\.)|[^:\s]*\[[^\]\s]+\][^:\s]*):(?P<port>[0-9]{1,5})$")
# Where both names hold for a host the first counts, whatever group it comes from (`vars` of Ansible's ssh connection).
_SAME = {
    "ansible_ssh_host": "ansible_host",
    "ansible_ssh_port": "ansible_port",
    "ansible_ssh_user": "ansible_user",
    "ansible_ssh_private_key_file": "ansible_private_key_file",
}
_VITAL = frozenset(["ansible_host", "ansible_port", "ansible_user", "ansible_connection"])
_READ = _VITAL | {
    "ansible_become",
    "ansible_become_user",
    "ansible_become_method",
    "ansible_private_key_file",
    "ansible_ssh_common_args",
    "ansible_ssh_extra_args",
}
_HARMLESS = re.compile(
    r"^ansible_(?:\w*_interpreter|shell_\w+|remote_tmp|pipelining|ssh_pipelining|ssh_transfer_method|scp_if_ssh|"
    r"sftp_batch_mode|ssh_retries|group_priority|facts\w*|network_os|winrm_\w+|become_flags|become_exe)$"
)
_SECRET = re.compile(r"pass(?:word|phrase|wd)?$|_pass_", re.IGNORECASE)
_SSH = frozenset(["ssh", "smart", "paramiko", "paramiko_ssh", "ansible.netcommon.libssh", "libssh"])
_TRUE = frozenset(["true", "yes", "on", "1", "t", "y"])


@dataclass(slots=True)
class Team:
    """A group of an Ansible inventory while it is being read."""

    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Tree:
    """An Ansible inventory as written: both notations end here."""

    source: str
    teams: dict[str, Team] = field(default_factory=dict)
    own: dict[str, dict[str, Any]] = field(default_factory=dict)  # host -> its variables
    lines: dict[str, int] = field(default_factory=dict)
    late_ports: list[tuple[str, str, int | None]] = field(default_factory=list)

    def team(self, name: str) -> Team:
        return self.teams.setdefault(name, Team())

    def add(self, team: str, written: str, values: Mapping[str, Any], line: int | None = None) -> None:
        """Hosts as written, with ranges and port. Raises InventoryError."""
        match = _PORT.match(written)
        for name in expanded(match["host"] if match else written):
            self.team(team).hosts[name] = None
            if len(self.own) >= LARGEST * 10:
                raise InventoryError(f"{self.source}: more than {LARGEST * 10} hosts")
            if name not in self.own:  # as in Ansible a port written behind a host counts where the host comes up first
                self.own[name] = {"ansible_port": int(match["port"])} if match else {}
            elif match and str(self.own[name].get("ansible_port")) != match["port"]:
                self.late_ports.append((name, match["port"], line))
            self.own[name].update(values)
            if line:
                self.lines.setdefault(name, line)

    def gathered(self) -> Gathered:
        """The groups with their hosts. Raises InventoryError for groups that contain each other."""
        return _Settling(self).gathered()


def expanded(written: str) -> list[str]:
    """`www[01:50:2].example.com`, `db-[a:f]` as names; both ends belong to the range."""
    match = _RANGE.search(written)
    if match is None:
        if written.startswith("[") and written.endswith("]"):
            return [written[1:-1]]  # an IPv6 address
        if "[" in written or "]" in written:
            raise InventoryError(f"{written[:60]!r} has a range that cannot be read: it is written [01:50]")
        return [written]
    first, last, step = match[1] or "0", match[2], int(match[3] or 1)
    if first.isdigit() != last.isdigit() or not step:
        raise InventoryError(f"{written[:60]!r} has a range from {first} to {last} that is none")
    if first.isdigit():
        if len(first) > 1 and first[0] == "0" and len(first) != len(last):
            raise InventoryError(f"{written[:60]!r} has a range whose ends have not the same width")
        numbers = range(int(first), int(last) + 1, step)
        width = len(first) if first[0] == "0" else 0
    else:
        numbers = range(ord(first), ord(last) + 1, step)
        width = -1
    if not numbers or len(numbers) > LARGEST:
        raise InventoryError(f"{written[:60]!r} stands for no host or for more than {LARGEST}")
    found: list[str] = []
    for number in numbers:
        middle = chr(number) if width < 0 else str(number).zfill(width)
        found += expanded(f"{written[: match.start()]}{middle}{written[match.end() :]}")
        if len(found) > LARGEST:
            raise InventoryError(f"{written[:60]!r} stands for more than {LARGEST} hosts")
    return found


class _Settling:
    """From what is written to what holds for each host."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._found = Gathered()
        self._unread: dict[str, str] = {}  # variable -> why it has no effect
        self._depth: dict[str, int] = {}
        self._hosts: dict[str, dict[str, None]] = {}

    def gathered(self) -> Gathered:
        tree = self._tree
        self._complete()
        for name in tree.teams:
            self._below(name, ())
        self._depths()
        of_host: dict[str, list[str]] = {}
        for team, hosts in self._hosts.items():
            for host in hosts:
                of_host.setdefault(host, []).append(team)
        for name, own in tree.own.items():
            self._settle(name, self._values(of_host.get(name, ()), own))
        for team in tree.teams:
            group = Group()
            for name in self._hosts[team]:
                if name in self._found.hosts:
                    group.hosts.append(self._found.hosts[name])
                elif name in self._found.unusable:
                    group.bad.append(name)
            if team != UNGROUPED or group.hosts or group.bad:
                self._found.groups[team] = group
        for host, port, line in tree.late_ports:
            message = f"port {port} has no effect, as in Ansible: {host} stands further up without it"
            self._found.note(tree.source, message, line)
        for reason in dict.fromkeys(self._unread.values()):
            names = sorted(name for name, why in self._unread.items() if why == reason)
            self._found.note(tree.source, f"{', '.join(names[:12])}{' …' * (len(names) > 12)}: {reason}")
        return self._found

    def _complete(self) -> None:
        """Every host is in `all`, and in `ungrouped` when it is in no other group."""
        tree = self._tree
        everyone = tree.team(ALL)
        children = {child for team in tree.teams.values() for child in team.children}
        for name in list(tree.teams):
            if name != ALL and name not in children:
                everyone.children[name] = None
        placed = {host for name, team in tree.teams.items() if name not in (ALL, UNGROUPED) for host in team.hosts}
        alone = tree.team(UNGROUPED)
        alone.hosts = {host: None for host in (*alone.hosts, *everyone.hosts) if host not in placed}
        everyone.children.setdefault(UNGROUPED)

    def _below(self, name: str, above: tuple[str, ...]) -> dict[str, None]:
        """The hosts of a group and of the groups in it."""
        if name in above:
            raise InventoryError(f"{self._tree.source}: the groups {' > '.join((*above, name))} contain each other")
        if len(above) > 100:
            raise InventoryError(f"{self._tree.source}: groups are nested more than 100 deep")
        if name not in self._hosts:
            team = self._tree.teams[name]
            found = dict(team.hosts)
            for child in team.children:
                found.update(self._below(child, (*above, name)))
            self._hosts[name] = found
        return self._hosts[name]

    def _depths(self) -> None:
        """How far each group is below `all`, by the longest way: the deeper wins."""
        order = dict.fromkeys([ALL], 0)
        for _ in range(len(self._tree.teams)):
            changed = False
            for name, depth in list(order.items()):
                for child in self._tree.teams[name].children:
                    if order.get(child, -1) < depth + 1:
                        order[child] = depth + 1
                        changed = True
            if not changed:
                break
        self._depth = order

    def _values(self, teams: Iterable[str], own: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for team in sorted(teams, key=self._rank):
            found.update(self._tree.teams[team].values)
        found.update(own)
        return {**found, **{_SAME[key]: value for key, value in found.items() if key in _SAME}}

    def _rank(self, team: str) -> tuple[int, int, str]:
        priority = str(self._tree.teams[team].values.get("ansible_group_priority", 1))
        return self._depth.get(team, 0), int(priority) if priority.isascii() and priority.isdigit() else 1, team

    def _settle(self, name: str, values: Mapping[str, Any]) -> None:
        for key in values:
            if key not in _READ and key not in _SAME:
                self._unread.setdefault(key, _why_unread(key))
        line = self._tree.lines.get(name)
        why = _obstacle(name, values)
        if why is None:
            try:
                self._found.hosts[name] = self._host(name, values)
            except FleetError as error:
                why = str(error).removesuffix(" Nothing was run.").rstrip(".")
        if why is not None:
            self._found.cannot(self._tree.source, name, why, line)

    def _host(self, name: str, values: Mapping[str, Any]) -> HostSpec:
        port = values.get("ansible_port")
        options = {}
        if values.get("ansible_private_key_file"):
            options["identityfile"] = _plain(values["ansible_private_key_file"], "ansible_private_key_file")
        for key in ("ansible_ssh_common_args", "ansible_ssh_extra_args"):
            options.update(self._arguments(name, key, values.get(key)))
        return HostSpec(
            name=name,
            address=_plain(values.get("ansible_host") or "", "ansible_host"),
            user=_plain(values["ansible_user"], "ansible_user") if values.get("ansible_user") else None,
            port=_port(port) if port is not None else None,
            become=self._become(values),
            options=options,
        )

    def _become(self, values: Mapping[str, Any]) -> str | None:
        said = str(values.get("ansible_become", "false")).lower()
        if said not in _TRUE:
            return None
        method = str(values.get("ansible_become_method", "sudo"))
        if method not in ("sudo", "ansible.builtin.sudo"):
            raise InventoryError(f"it wants to become another account by {method[:20]!r}; only sudo is done here")
        return _plain(values.get("ansible_become_user") or "root", "ansible_become_user")

    def _arguments(self, name: str, key: str, value: Any) -> dict[str, str]:
        """The jump host of ssh arguments; the others are said to have no effect."""
        if not value:
            return {}
        found, left = _jump(_plain(value, key))
        if left:
            message = f"{key} of {name}: {' '.join(left)[:80]} has no effect; write it into ssh_config"
            self._found.note(self._tree.source, message, self._tree.lines.get(name))
        return found


def _obstacle(name: str, values: Mapping[str, Any]) -> str | None:
    """Why a host must not be used, or None."""
    if name == LOCAL:
        return f"{LOCAL!r} is the name of this machine"
    for key in sorted(_READ):
        value = values.get(key)
        if isinstance(value, Tagged):
            return f"{key} is encrypted ({value.tag})"
        if isinstance(value, str) and ("{{" in value or "{%" in value):
            return f"{key} is a template that only Ansible can fill in"
        if isinstance(value, (dict, list)):
            return f"{key} is no single value"
    kind = str(values.get("ansible_connection", "ssh"))
    if kind == "local":
        return f"it is this machine by another name (ansible_connection=local): its target is {LOCAL!r}"
    return None if kind in _SSH else f"it is reached by {kind[:30]!r}, not by ssh"


def _why_unread(key: str) -> str:
    if _SECRET.search(key):
        return "no secret is taken from a file"
    if _HARMLESS.match(key):
        return "matters only to Ansible"
    if key.startswith("ansible_"):
        return "not understood here, has no effect"
    return "variables of the inventory are not given to commands"


def _plain(value: Any, key: str) -> str:
    text = str(value)
    if isinstance(value, bool) or any(ord(character) < 32 for character in text) or len(text) > 1000:
        raise InventoryError(f"{text[:60]!r} is no value for {key}")
    return text


def _port(value: Any) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) > 5:
        raise InventoryError(f"{text[:60]!r} is no port")
    return int(text)


def _jump(text: str) -> tuple[dict[str, str], list[str]]:
    """`-J bastion`, `-o ProxyJump=bastion` of ssh arguments, and all other words."""
    try:
        words = shlex.split(text)
    except ValueError:
        return {}, [text]
    found: dict[str, str] = {}
    left: list[str] = []
    for flag, value in _flags(words):
        key, sign, said = value.partition("=") if "=" in value else value.partition(" ")
        if flag == "-J" and value:
            found["proxyjump"] = value
        elif flag == "-o" and key.strip().lower() == "proxyjump" and sign:
            found["proxyjump"] = said.strip()
        else:
            left += [word for word in (flag, value) if word]
    return found, left


def _flags(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    waiting = iter(words)
    for word in waiting:
        if word in ("-o", "-J"):
            yield word, next(waiting, "")
        elif word[:2] in ("-o", "-J"):
            yield word[:2], word[2:]
        else:
            yield word, ""
