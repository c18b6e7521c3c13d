"""Where an inventory is read from: the document, files, ssh_config. The later source wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runbook_tui.run.fleet import HostSpec
from runbook_tui.targets.inventory import ansible_files, own, plain_yaml
from runbook_tui.targets.inventory.ansible import Tree
from runbook_tui.targets.inventory.gathering import Gathered, Group
from runbook_tui.targets.inventory.inventory import Inventory, InventoryError
from runbook_tui.targets.inventory.ssh_hosts import SshNames, ssh_names

SSH = "ssh:"
_YAML = (".yaml", ".yml", ".json")
_SCRIPTS = (".py", ".sh", ".rb", ".pl", ".exe")


def read_inventory(
    specs: Sequence[str] = (),
    *,
    declared: Mapping[str, Any] | None = None,
    document: str = "the document",
    ssh_config: Path | None = None,
) -> Inventory:
    """All hosts known to a run.

    `declared` is the `targets` of the document; `specs` are `--inventory` words, each a file (ours or Ansible's) or
    `ssh:PATTERN` for names of ssh_config. `ssh_config` defaults to ~/.ssh/config. Reads files; blocking.
    Raises InventoryError, which says file and line.
    """
    names = _ssh_names(ssh_config)
    found = Gathered()
    if declared:
        found.over(own.read(declared, document), document)
    for spec in specs:
        found.over(_ssh(spec, names) if spec.startswith(SSH) else _file(Path(spec)), spec)
    for unread in names.unread:
        found.note("ssh_config", f"{unread}; what it says of hosts is not known here")
    return found.frozen(names.knows)


def _ssh_names(config: Path | None) -> SshNames:
    if config is None:
        try:
            config = Path("~/.ssh/config").expanduser()
        except RuntimeError:
            return SshNames()
    return ssh_names(config)


def _ssh(spec: str, names: SshNames) -> Gathered:
    """The names of ssh_config that fit; the group is called as the operator wrote it."""
    pattern = spec.removeprefix(SSH).strip()
    matching = names.matching(pattern)
    if not matching:
        known = f"it names {len(names.names)} hosts" if names.names else "it names no host"
        raise InventoryError(f"No host of ssh_config fits {pattern!r} ({known} without wildcards). Nothing was run.")
    found = Gathered()
    group = Group([HostSpec(name=name) for name in matching])
    for host in group.hosts:
        found.add_host(host)
    found.groups[spec] = group
    return found


def _file(path: Path) -> Gathered:
    source = str(path)
    if path.is_dir():
        raise InventoryError(f"{source} is a folder: name one file of it. Nothing was run.")
    if path.suffix in _SCRIPTS:
        raise InventoryError(f"{source} is a program: it is not run to learn hosts; write its output to a file.")
    text = _text(path)
    if text.startswith("#!"):
        raise InventoryError(f"{source} is a program: it is not run to learn hosts; write its output to a file.")
    if path.suffix in _YAML or (path.suffix != ".ini" and text.lstrip().startswith(("---", "{"))):
        found = _yaml(text, source)
    else:
        found = ansible_files.from_ini(text, source).gathered()
    for beside in ("group_vars", "host_vars"):
        if (path.parent / beside).is_dir():
            message = f"{beside}/ beside it is not read: variables for ssh have to stand in the inventory itself"
            found.note(source, message)
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > plain_yaml.LARGEST:
            raise InventoryError(f"{path} is larger than {plain_yaml.LARGEST // 1024 // 1024} MiB. Nothing was run.")
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise InventoryError(f"{path} cannot be read: {error.strerror}. Nothing was run.") from None
    except UnicodeDecodeError:
        raise InventoryError(f"{path} is not text in UTF-8. Nothing was run.") from None


def _yaml(text: str, source: str) -> Gathered:
    try:
        value = plain_yaml.load(text)
    except plain_yaml.Unreadable as error:
        raise InventoryError(f"{source}: {error}. Nothing was run.") from None
    if value is None:
        return Tree(source).gathered()
    if not isinstance(value, dict):
        raise InventoryError(f"{source} holds no mapping: write `targets:` or an Ansible inventory. Nothing was run.")
    if "targets" not in value:
        return ansible_files.from_yaml(value, source).gathered()
    targets = value["targets"]
    if not isinstance(targets, dict):
        raise InventoryError(f"{source}: `targets` is no mapping of names to hosts. Nothing was run.")
    found = own.read(targets, source)
    for key in value:
        if key != "targets":
            message = f"{key!r} beside `targets` is not known and has no effect"
            found.note(source, message, plain_yaml.line_of(value, key))
    return found
