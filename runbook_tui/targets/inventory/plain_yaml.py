"""YAML of a size and shape that cannot hurt, with the lines on which keys stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import yaml

LARGEST = 4 * 1024 * 1024  # bytes of an inventory
_DEEPEST = 40
_MANY = 500_000  # nodes, aliases counted each time they are used


class Tagged:
    """A value with a tag that only its own tool can read, e.g. `!vault`."""

    def __init__(self, tag: str) -> None:
        self.tag = tag


class Unreadable(ValueError):
    """The text is no YAML that is taken here; says what and where."""


class Keys(dict[str, Any]):
    """A mapping that remembers the line of each key."""

    lines: dict[str, int]


def load(text: str) -> Any:
    """Strings, numbers, lists and `Keys`. Raises Unreadable."""
    if len(text) > LARGEST:
        raise Unreadable(f"it is larger than {LARGEST // 1024 // 1024} MiB")
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" in line {mark.line + 1}" if mark else ""
        raise Unreadable(f"it is not valid YAML{where}: {error.problem or 'cannot be read'}") from None
    except (yaml.YAMLError, ValueError, RecursionError, AttributeError) as error:
        raise Unreadable(f"it is not valid YAML: {str(error).splitlines()[0] if str(error) else 'too deep'}") from None
    return _Builder().value(node, 0) if node is not None else None


class _Builder:
    def __init__(self) -> None:
        self._seen = 0
        self._scalars = yaml.constructor.SafeConstructor()

    def value(self, node: yaml.Node, depth: int) -> Any:
        self._seen += 1
        if depth > _DEEPEST or self._seen > _MANY:
            raise Unreadable(f"it is nested or repeated too often (line {node.start_mark.line + 1})")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> Keys:
        found = Keys()
        found.lines = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise Unreadable(f"a key in line {line} is a list or a mapping")
            name = str(key.value)
            if key.tag == "tag:yaml.org,2002:merge":
                raise Unreadable(f"the merge key `<<` in line {line} is not taken here")
            if name in found:
                raise Unreadable(f"{name!r} stands a second time in line {line}")
            found[name] = self.value(value, depth + 1)
            found.lines[name] = line
        return found

    def _scalar(self, node: yaml.Node) -> Any:
        if not node.tag.startswith("tag:yaml.org,2002:"):
            return str(node.value) if node.tag == "!unsafe" else Tagged(node.tag)
        try:
            value = self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError, KeyError, AttributeError):
            return str(node.value)
        if value is None or isinstance(value, (str, bool)):
            return value
        if isinstance(value, (int, float)):
            # 0123 is a number of another base, 10:20 one of base 60: what was written counts.
            return value if str(value) == node.value else str(node.value)
        return str(node.value) if isinstance(value, (dt.date, bytes)) else str(value)


def line_of(mapping: Mapping[str, Any], key: str) -> int | None:
    """The line of a key, where it is known."""
    return mapping.lines.get(key) if isinstance(mapping, Keys) else None
