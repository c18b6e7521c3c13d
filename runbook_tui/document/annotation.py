"""What a document may say about its commands, for rbt: front matter, comments, info strings, a sidecar.

None of it is needed. Runme's info strings are understood too, by its own rules where they are sane
(https://docs.runme.dev/configuration/cell-level).
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

import yaml

KEYS = frozenset(
    [
        "name",
        "target",
        "cwd",
        "timeout",
        "interactive",
        "background",
        "confirm",
        "rollback",
        "expect",
        "retry",
        "gate",
        "tag",
        "skip",
        "env",
        "secret",
    ]
)
INHERITED = frozenset(["target", "cwd", "timeout", "interactive", "confirm", "retry", "tag", "env", "secret"])
LARGEST_FRONT = 64 * 1024
_RUNME_ONLY = frozenset(
    [
        "id",
        "promptEnv",
        "terminalRows",
        "interpreter",
        "shell",
        "mimeType",
        "mimetype",
        "closeTerminalOnSuccess",
        "openTerminalOnError",
        "transform",
        "ignore",
        "excludeFromRunAll",
        "skipPrompts",
        "category",
        "runme",
        "Directory",
    ]
)
_COMMENT = re.compile(r"^\s*<!--\s*rbt:\s*(?P<body>.*?)\s*(?:-->)?\s*$", re.DOTALL)
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)?\s*$")
_FACTOR = {"m": 60, "s": 1, "h": 3600, "d": 86_400}
_TRUE = frozenset(["1", "t", "true", "yes", "on", "y"])
_FALSE = frozenset(["0", "f", "false", "no", "off", "n"])
_LANGUAGE = re.compile(r"^[^\s{,]*")


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases: a few lines of them can stand for more memory than there is."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases are not taken here")
        return super().compose_node(parent, index)


def front_matter(text: str) -> dict[str, Any] | None:
    """The mapping a front matter holds; None when it is none."""
    if len(text) > LARGEST_FRONT:
        return None
    try:
        value = yaml.load(text, _PlainLoader)  # noqa: S506 - a SafeLoader that takes less
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, KeyError, AttributeError, TypeError):
        return None
    if value is None:
        return {}
    return _simple(value) if isinstance(value, dict) else None


def document_wide(values: Mapping[str, Any]) -> dict[str, Any]:
    """What front matter or a sidecar says for the whole document: an `rbt:` mapping, and known keys beside it."""
    found = {key: value for key, value in values.items() if key in INHERITED or key in {"gate", "background"}}
    inner = values.get("rbt")
    if isinstance(inner, Mapping):
        found.update({str(key): value for key, value in inner.items()})
    return found


def comment(html: str) -> dict[str, Any] | None:
    """What `<!-- rbt: key=value -->` says; None when the comment is another."""
    match = _COMMENT.match(html)
    return _pairs(match["body"]) if match else None


def info_string(info: str) -> tuple[str, dict[str, Any]]:
    """The language and the annotations of a fence's info string."""
    stripped = info.strip()
    directive = re.match(r"^\{(?:code-block|code|sourcecode|code-cell)\}\s*(\S*)", stripped)
    if directive:
        return directive[1].lower(), {}
    language = (_LANGUAGE.match(stripped) or re.match("", ""))[0].lower()  # type: ignore[index]
    start = stripped.find("{")
    if start < 0:
        return language, {}
    span = _braced(stripped, start)
    try:
        value = json.loads(span)
    except ValueError:
        value = _pairs(span.strip("{} "))
    if not isinstance(value, dict):
        return language, {}
    return language, _from_runme({str(key): item for key, item in _simple(value).items()})


def unknown(values: Mapping[str, Any]) -> list[str]:
    return [key for key in values if key not in KEYS and key not in _RUNME_ONLY]


def seconds(value: object) -> float | None:
    """`30`, `"30s"`, `"5m"`; None when it is no duration."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value) if 0 < value < 1e9 else None
    match = _DURATION.match(str(value))
    if match is None:
        return None
    unit = match[2] or "s"
    factor = 0.001 if unit == "ms" else _FACTOR[unit[0]]
    return float(match[1]) * factor or None


def flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def names(value: object) -> tuple[str, ...]:
    """A list written as a list, or as `A, B`."""
    items = value if isinstance(value, (list, tuple)) else re.split(r"[,\s]+", str(value))
    return tuple(str(item).strip() for item in items if str(item).strip())


def variables(value: object) -> dict[str, str]:
    """`env` written as a mapping or as `A=1,B=2`."""
    if isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items()}
    pairs = (item.partition("=") for item in names(value))
    return {name: text for name, sign, text in pairs if sign}


def _pairs(text: str) -> dict[str, Any]:
    """`key=value key2="two words"`; a word alone is a switch."""
    try:
        words = shlex.split(text.replace("\n", " "))
    except ValueError:
        words = text.split()
    found: dict[str, Any] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign and word.endswith(":"):
            continue
        if re.fullmatch(r"[A-Za-z_][\w.-]*", key):
            found[key] = value if sign else True
    return found


def _braced(text: str, start: int) -> str:
    """From the brace to its partner, quotes respected."""
    depth = 0
    quote = ""
    for index in range(start, len(text)):
        char = text[index]
        if quote:
            quote = "" if char == quote and text[index - 1] != "\\" else quote
        elif char in "\"'":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return text[start : index + 1]
    return text[start:]


def _from_runme(values: dict[str, Any]) -> dict[str, Any]:
    if flag(values.get("excludeFromRunAll", False)) and "confirm" not in values:
        values["confirm"] = True
    if "category" in values and "tag" not in values:
        values["tag"] = values["category"]
    return values


def _simple(value: Any) -> Any:
    """Only what JSON can hold."""
    if isinstance(value, dict):
        return {str(key): _simple(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_simple(item) for item in value]
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)
