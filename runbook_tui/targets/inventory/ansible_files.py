"""The two notations of an Ansible inventory: INI and YAML."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Mapping
from typing import Any

from runbook_tui.run.fleet import FleetError
from runbook_tui.targets.inventory.ansible import ALL, UNGROUPED, Tree
from runbook_tui.targets.inventory.inventory import InventoryError
from runbook_tui.targets.inventory.plain_yaml import line_of

_SECTION = re.compile(r"^\[(?P<name>[^:\]\s]+)(?::(?P<kind>\w+))?\]\s*(?:[#;].*)?$")
_NAME = re.compile(r"^[A-Za-z0-9_](?:[\w.-]{0,250}\w)?$", re.ASCII)
_DEEPEST = 40


def from_ini(text: str, source: str) -> Tree:
    """Read the INI notation. Raises InventoryError with the line of what Ansible would refuse too."""
    return _Ini(source).read(text)


def from_yaml(value: Mapping[str, Any], source: str) -> Tree:
    """Read the YAML notation. Raises InventoryError."""
    tree = Tree(source)
    for name, said in value.items():
        _team(tree, str(name), said, 0, line_of(value, name))
    return tree


class _Ini:
    def __init__(self, source: str) -> None:
        self._tree = Tree(source)
        self._team = UNGROUPED
        self._kind = "hosts"
        self._defined = {ALL, UNGROUPED}
        self._named: dict[str, int] = {}  # children and groups with variables, with their lines

    def read(self, text: str) -> Tree:
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.strip()
            if not line or line[0] in "#;":
                continue
            try:
                self._line(line, number)
            except FleetError as error:
                message = str(error).removesuffix(" Nothing was run.")
                raise InventoryError(f"{self._tree.source}:{number}: {message}") from None
        for name, number in self._named.items():
            if name not in self._defined:
                raise InventoryError(f"{self._tree.source}:{number}: the group {name!r} is nowhere defined")
        return self._tree

    def _line(self, line: str, number: int) -> None:
        if line.startswith("["):
            match = _SECTION.match(line)
            if match is not None and (match["kind"] or "hosts") in ("hosts", "vars", "children"):
                self._section(match["name"], match["kind"] or "hosts", number)
                return
            if match is not None or line.rstrip().endswith("]"):
                raise InventoryError(f"{line[:60]!r} is no section: [name], [name:children] or [name:vars]")
        if self._kind == "vars":
            key, value = _assignment(line)
            self._tree.team(self._team).values[key] = value
        elif self._kind == "children":
            name = line.split(None, 1)[0]
            rest = line[len(name) :].strip()
            if rest and rest[0] not in "#;":
                raise InventoryError(f"{line[:60]!r} is no name of a group")
            self._tree.team(self._team).children[_checked(name)] = None
            self._named.setdefault(name, number)
        else:
            self._host(line, number)

    def _section(self, name: str, kind: str, number: int) -> None:
        self._team, self._kind = _checked(name), kind
        self._tree.team(name)
        if kind == "vars":
            self._named.setdefault(name, number)
        else:
            self._defined.add(name)

    def _host(self, line: str, number: int) -> None:
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            raise InventoryError(f"a quotation mark is open in {line[:60]!r}") from None
        if words:
            values = dict(_assignment(word) for word in words[1:])
            self._tree.add(self._team, words[0], values, number)


def _assignment(text: str) -> tuple[str, Any]:
    key, sign, value = text.partition("=")
    key = key.strip()
    if not sign or not key:
        raise InventoryError(f"{text[:60]!r} is no variable: write name=value")
    value = value.strip()
    try:
        found = ast.literal_eval(value) if len(value) < 1000 else value
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return key, value  # with what looks like a comment, as Ansible takes it
    return key, found if isinstance(found, (str, int, float, bool, list, dict)) else value


def _team(tree: Tree, name: str, said: Any, depth: int, line: int | None) -> None:
    _checked(name, f"{tree.source}:{line}: " if line else f"{tree.source}: ")
    team = tree.team(name)
    if depth > _DEEPEST:
        raise InventoryError(f"{tree.source}: groups are nested more than {_DEEPEST} deep")
    if said is None:
        return
    if not isinstance(said, Mapping):
        raise InventoryError(f"{_at(tree, line)}: the group {name!r} is no mapping of hosts, children and vars")
    for key, value in said.items():
        at = line_of(said, key) or line
        if key not in ("hosts", "children", "vars"):
            raise InventoryError(f"{_at(tree, at)}: {key!r} of the group {name!r} is not hosts, children or vars")
        if isinstance(value, str):
            value = {value: None}  # noqa: PLW2901 - Ansible takes one name for a mapping of it
        if value is not None and not isinstance(value, Mapping):
            raise InventoryError(f"{_at(tree, at)}: {key!r} of the group {name!r} is no mapping")
        inside: Mapping[str, Any] = value or {}
        for inner, own in inside.items():
            inner_line = line_of(inside, inner) or at
            if key == "vars":
                team.values[inner] = own
            elif key == "children":
                team.children[inner] = None
                _team(tree, inner, own, depth + 1, inner_line)
            else:
                _host(tree, name, inner, own, inner_line)


def _host(tree: Tree, team: str, written: str, own: Any, line: int | None) -> None:
    if own is not None and not isinstance(own, Mapping):
        raise InventoryError(f"{_at(tree, line)}: the variables of {written[:60]!r} are no mapping")
    try:
        tree.add(team, written, own or {}, line)
    except FleetError as error:
        raise InventoryError(f"{_at(tree, line)}: {error}") from None


def _checked(name: str, at: str = "") -> str:
    if not _NAME.match(name):
        raise InventoryError(f"{at}{name[:60]!r} is no name of a group")
    return name


def _at(tree: Tree, line: int | None) -> str:
    return f"{tree.source}:{line}" if line else tree.source
