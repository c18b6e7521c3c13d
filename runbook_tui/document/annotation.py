"""What a document may say about its commands, for rbt: front matter, comments, info strings, a sidecar.

None of it is needed. Runme's info strings are understood too, by its own rules where they are sane
(https://docs.runme.dev/configuration/cell-level).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import yaml

from runbook_tui.document import info
from runbook_tui.document.patterns import expression

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
        "manual",
        "evidence",
    ]
)
# where conditions get their values from, and when they are asked
MEASURED = (
    "signals", "rules", "prometheus", "alertmanager", "text", "every", "token_env", "verify", "canary", "windows",
    "after", "until",
)  # fmt: skip
DOCUMENT_WIDE = frozenset(
    ["targets", "rehearse", *MEASURED]
)  # said once for the whole document, never for a block of it
INHERITED = frozenset(["target", "cwd", "timeout", "interactive", "confirm", "retry", "tag", "env", "secret"])
LARGEST_FRONT = 64 * 1024
_FOREIGN = frozenset(
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
        "directory",
        "dir",
        "run",
        "similarity",
        "session",
        "title",
        # xc and mask, kept with the section
        "requires",
        "inputs",
        "rundeps",
        "arguments",
        "options",
        # Runbook.dev, kept with the command
        "kind",
        "depends_on",
        "duration",
        "kill_grace",
        "abort_if",
        "undone_by",
    ]
)
_SAME = {"category": "tag", "Directory": "cwd", "directory": "cwd", "dir": "cwd"}
_SHELLS = frozenset(["sh", "bash", "zsh", "ksh", "dash", "ash", "fish", "env"])
_COMMENT = expression(r"^\s*<!--\s*rbt:\s*(?P<body>.*?)\s*(?:-->)?\s*$", re.DOTALL)
_DURATION = expression(r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)?\s*$")
_FACTOR = {"m": 60, "s": 1, "h": 3600, "d": 86_400}
_TRUE = frozenset(["1", "t", "true", "yes", "on", "y"])
_FALSE = frozenset(["0", "f", "false", "no", "off", "n"])


class PlainLoader(yaml.SafeLoader):
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
        value = yaml.load(text, PlainLoader)  # noqa: S506 - a SafeLoader that takes less
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


def targets(values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The hosts that front matter or a sidecar names under `targets`, as written; None when it is no mapping."""
    inner = values.get("rbt")
    found = values.get("targets")
    if isinstance(inner, Mapping) and "targets" in inner:
        found = inner["targets"]
    if found is None:
        return {}
    return found if isinstance(found, Mapping) else None


def comment(html: str) -> dict[str, Any] | None:
    """What `<!-- rbt: key=value -->` says; None when the comment is another."""
    match = _COMMENT.match(html)
    return info.pairs(match["body"]) if match else None


def info_string(text: str) -> tuple[str, dict[str, Any]]:
    """The language and the annotations of a fence's info string, other tools' keys mapped onto ours."""
    language, found = info.read(text)
    if not found:
        return language, {}
    found = mapped({str(key): item for key, item in _simple(found).items()})
    program = str(found.get("interpreter", "")).rsplit("/", 1)[-1].split(" ", 1)[0].lower()
    if program and program not in _SHELLS and language:
        language = program  # the text is not for a shell, whatever the label says
    return language, found


def unknown(values: Mapping[str, Any]) -> list[str]:
    return [key for key in values if key not in KEYS and key not in _FOREIGN]


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


def mapped(values: dict[str, Any]) -> dict[str, Any]:
    """Keys of Runme, croft, mdcode and Runbook.dev in our words; what is said in our own words wins."""
    found = dict(values)
    if flag(values.get("excludeFromRunAll", False)):
        found.setdefault("confirm", True)  # never with all the others: it asks each time
    ignored = flag(values.get("ignore", False)) and not flag(values.get("transform", False))
    if ignored or flag(values.get("run", "")) is False:
        found.setdefault("manual", True)
    for foreign, ours in _SAME.items():
        if foreign in values:
            found.setdefault(ours, values[foreign])
    if "confirm" in found and flag(found["confirm"]) is None and str(found["confirm"]).strip():
        found["confirm"] = True  # `confirm: production`, or the question to ask
    return found


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
