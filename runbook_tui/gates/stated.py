"""Checks from what a document, a rule file or a command line states. Pure.

A gate states what is good ("error rate < 1 %"), a trigger or an alert what is bad ("error rate > 10 % for 5 minutes").
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from runbook_tui.document import rules
from runbook_tui.document.runbook import Condition
from runbook_tui.gates import units
from runbook_tui.gates.condition import OPPOSITE, Check
from runbook_tui.run.ports import OperatorError

GATE = "gate"  # severity of a condition that states what is good


class Unclear(OperatorError):
    """The text states no single threshold; nothing was asked."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How often values are taken, in seconds, and what a check wants of them."""

    every: float = 15.0
    warmup: float = 0.0
    observe: float | None = None
    least: int = 1
    coverage: float = 0.8


def check_of(
    condition: Condition,
    *,
    id: str,  # noqa: A002
    unit: str | None = None,
    baseline: float | None = None,
    timing: Timing,
) -> Check | str:
    """The check a document's condition is, in the signal's unit; or why it is none, for the operator.

    `unit` is the signal's, `baseline` what a "1.5 times the baseline" is measured against.
    """
    op, value = condition.op, condition.value
    if condition.baseline_factor is not None:
        if baseline is None:
            return "it compares with a baseline, and none is given"
        value = condition.baseline_factor * baseline
    if op is None or value is None:
        return "it states no threshold"
    scale = units.factor(condition.unit, unit) if condition.baseline_factor is None else 1.0
    if scale is None:
        return f"it speaks of {condition.unit}, the signal is in {unit}"
    good = condition.severity == GATE
    lasting = condition.duration or 0.0
    return Check(
        id=id,
        text=condition.text,
        breach=OPPOSITE[op] if good else op,
        threshold=value * scale,
        lasting=0.0 if good else lasting,
        holding=lasting if good and timing.observe is None else 0.0,
        observe=max(timing.observe or 0.0, lasting) if good and timing.observe is not None else timing.observe,
        interval=timing.every,
        warmup=timing.warmup,
        least=timing.least,
        coverage=timing.coverage,
        unit=unit or condition.unit or "",
        step=condition.step,
    )


_FOR = re.compile(r"\s+for\s+(?P<time>\d[\w.]*)\s*$")
_PERCENT = re.compile(r"(?<=\d)\s*%\s*$")


def must_hold(text: str, *, timing: Timing) -> tuple[str, Check]:
    """What to ask, and the check, of a gate on the command line: `QUERY < NUMBER [for 5m]` is what must hold.

    Raises Unclear.
    """
    body, lasting = text.strip(), 0.0
    if found := _FOR.search(body):
        seconds = rules.seconds(found["time"])
        if seconds is None:
            raise Unclear(f"{found['time']!r} is no time: write 30s, 5m or 1h30m")
        body, lasting = body[: found.start()], seconds
    stated = rules.comparison(_PERCENT.sub("", body))
    if stated is None:
        example = "'up == 1' or 'QUERY < 0.05 for 5m'"
        raise Unclear(f"{text!r} states no threshold: write what must hold, for instance {example}")
    query, op, value = stated
    if op not in OPPOSITE:
        raise Unclear(f"{op!r} is no comparison that can be watched")
    check = Check(
        id=text,
        text=text,
        breach=OPPOSITE[op],
        threshold=value,
        observe=max(timing.observe or 0.0, lasting),
        interval=timing.every,
        warmup=timing.warmup,
        least=timing.least,
        coverage=timing.coverage,
    )
    return query, check


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alerting rule as a check: what to ask, or why it cannot be watched."""

    name: str
    query: str | None
    check: Check | None
    text: str = ""  # the rule in a line
    severity: str = ""  # as its labels say, in small letters
    why_not: str = ""
    page: str = ""  # the text endpoint that answers it, where that is not the run's own source

    def check_as(self, id: str) -> Check:  # noqa: A002
        """Its check under another name: alerts may share theirs. Raises Unclear where there is none."""
        if self.check is None:
            raise Unclear(f"{self.name}: {self.why_not}")
        return msgspec.structs.replace(self.check, id=id)


def alerts_of(content: Any, *, timing: Timing) -> list[Alert]:
    """The alerting rules of a Prometheus rule file (parsed YAML), each as what is bad.

    A rule fires for any of its series: for `>` the largest is asked, for `<` the smallest. A rule without a threshold
    cannot be told from one whose series are gone, so it is not watched. Raises Unclear when it is no rule file.
    """
    groups = content.get("groups") if isinstance(content, dict) else None
    if not isinstance(groups, list):
        raise Unclear("this is no Prometheus rule file: it has no list `groups`")
    found: list[Alert] = []
    for group in groups:
        rules_of = group.get("rules") if isinstance(group, dict) else None
        listed = rules_of if isinstance(rules_of, list) else ()
        found += [_alert(rule, timing) for rule in listed if isinstance(rule, dict) and "alert" in rule]
    return found


def _alert(rule: dict[str, Any], timing: Timing) -> Alert:
    name, expression = str(rule["alert"]), " ".join(str(rule.get("expr", "")).split())
    labels = rule.get("labels")
    severity = str(labels.get("severity", "")).strip().lower() if isinstance(labels, dict) else ""
    text = f"{name}: {expression}" + (f" for {rule['for']}" if "for" in rule else "")
    text += f" ({severity})" if severity else ""
    stated = rules.comparison(expression)
    lasting, keep = (rules.seconds(str(rule.get(key, "0s"))) for key in ("for", "keep_firing_for"))
    why = ""
    if stated is None or stated[1] not in OPPOSITE:
        why = "its expression has no threshold: quiet could not be told from gone"
    elif lasting is None or keep is None:
        why = "its `for` or `keep_firing_for` is no time"
    if why or stated is None or lasting is None or keep is None:
        return Alert(name=name, query=None, check=None, text=text, severity=severity, why_not=why)
    query, op, value = stated
    check = Check(
        id=name,
        text=text,
        breach=op,
        threshold=value,
        lasting=lasting,
        keep=keep,
        observe=None if timing.observe is None else max(timing.observe, lasting),
        interval=timing.every,
        warmup=timing.warmup,
        least=timing.least,
        coverage=timing.coverage,
    )
    reduce = {">": "max", ">=": "max", "<": "min", "<=": "min"}.get(op)
    asked = f"{reduce}({query})" if reduce else query
    return Alert(name=name, query=asked, check=check, text=text, severity=severity)
