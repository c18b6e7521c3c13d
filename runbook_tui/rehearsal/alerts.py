"""Alerts of Prometheus rule files on the stage: asked of the lab where it has what they ask for. Pure.

What no part of the lab measures is not guessed, as a threshold belongs to its expression: a rule of `rehearse.signals`
under the alert's name says what stands in for it, else it is named as left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from runbook_tui.alerting import TOLD
from runbook_tui.document.mapped import plain
from runbook_tui.gates.stated import Alert

_TEXT = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`")
_LABELS = re.compile(r"\{[^{}]*\}|\[[^\][]*\]")
_GROUPED = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)")
_NAME = re.compile(r"(?<![\w.:])[A-Za-z_:][\w:]*\b(?!\s*\()")
_WORDS = frozenset(
    ("and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "inf", "nan", "Inf", "NaN")
)
_OF_THE_LAB = ("lab_", "DCGM_")


def on_stage(
    alerts: Iterable[Alert], by_rule: Mapping[str, Any], page: str, *, hurried: Callable[[Any], Any],
    sooner: Callable[[float], float], every: float,
) -> tuple[tuple[Alert, ...], tuple[str, ...]]:  # fmt: skip
    """The alerts as they are watched there, and the names of those that nothing answers; `page` has all metrics."""
    kept: list[Alert] = []
    left_out: list[str] = []
    for alert in alerts:
        if alert.severity in TOLD:
            continue  # nobody has to act upon it
        spec = by_rule.get(plain(alert.name))
        if alert.check is None or alert.query is None:
            left_out.append(f"alert {alert.name}")
            continue
        if not isinstance(spec, Mapping) or "query" not in spec:
            if not asks_the_lab(alert.query):
                left_out.append(f"alert {alert.name}")
                continue
            spec = {"query": alert.query}
        asked = hurried({"text": page, **spec})
        check = alert.check
        check = msgspec.structs.replace(
            check, lasting=sooner(check.lasting), keep=sooner(check.keep), interval=every, warmup=0.0
        )
        kept.append(msgspec.structs.replace(alert, query=str(asked["query"]), page=str(asked["text"]), check=check))
    return tuple(kept), tuple(left_out)


def asks_the_lab(query: str) -> bool:
    """Whether every metric in the expression is one of the lab's."""
    bare = _GROUPED.sub(" ", _LABELS.sub(" ", _TEXT.sub(" ", query)))
    names = [name for name in _NAME.findall(bare) if name not in _WORDS]
    return bool(names) and all(name.startswith(_OF_THE_LAB) for name in names)
