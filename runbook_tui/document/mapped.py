"""What front matter and sidecar say of the signals of conditions, against what the document says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from runbook_tui.document import rules
from runbook_tui.document.conditions import read
from runbook_tui.document.runbook import Condition, Finding, Severity

FIRES = "fires"  # of a signal that measures what is said in words alone: the comparison that is bad
LEAST = 8  # letters of the sentence that such a signal is named by
WATCHED = ("critical", "warning", "gate")  # of these severities
COUNTED = ("restarts", "restart_rate")  # over a time: that of the condition is the one they are counted over


def plain(name: object) -> str:
    """A signal's name as it is compared."""
    return " ".join(str(name).lower().replace("_", " ").replace("-", " ").split())


def other_time(condition: Condition, spec: Any) -> tuple[float, str] | None:
    """How long the condition must hold by its signal's `for`, and that in words; None where that is as it says itself.

    A `for` that is no time gives None: whoever asks the signal says so.
    """
    if not isinstance(spec, Mapping) or condition.duration is None or spec.get("take") in COUNTED:
        return None
    said = spec.get("for")
    number = isinstance(said, (int, float)) and not isinstance(said, bool)
    seconds = float(said) if number and said is not None else rules.seconds(str(said))
    if seconds is None or seconds == condition.duration:
        return None
    return seconds, f"here it must hold for {seconds:g} s, where the document says {condition.duration:g} s"


def unasked(
    signals: Mapping[str, Any], canary: Any, triggers: Sequence[Condition], conditions: Sequence[Condition]
) -> dict[str, str]:
    """Signals that nothing asks for where a condition has none: by what that condition is called, the nearest of them.

    `signals` are by plain name; a condition is called as its metric, one in words alone as its sentence, both plain.
    Such a signal is misspelt, or its condition is: nobody meant the condition to have none.
    """
    asked = {plain(one.metric) for one in (*triggers, *conditions) if one.metric is not None} | {*asked_by(canary)}
    watched = [*triggers, *(one for one in conditions if one.severity in WATCHED)]
    bare = {plain(one.metric) for one in watched if one.metric is not None and plain(one.metric) not in signals}
    sentences = sorted({plain(one.text) for one in watched if one.metric is None})
    found: dict[str, str] = {}
    for name, spec in signals.items():
        measures = isinstance(spec, Mapping) and FIRES in spec
        said = next((one for one in sentences if len(name) >= LEAST and name in one), None)
        if name in asked or (measures and said is not None):
            continue
        near = said or _nearest(name, sentences if measures else bare)
        if near is not None:
            found[near] = name
    return found


def misspelt(name: str) -> str:
    """Why a condition has no signal, where one that nothing asks for is likely meant for it."""
    how = f"name it as the condition (one in words wants `{FIRES}:` too), or leave it out"
    return f"nothing asks for the signal “{name}”: {how}"


def _nearest(name: str, others: Iterable[str]) -> str | None:
    return max(sorted(others), key=lambda other: SequenceMatcher(None, name, other).ratio(), default=None)


def asked_by(canary: Any) -> list[str]:
    """The names of the signals that what is said of a canary asks for, plain."""
    if not isinstance(canary, Mapping):
        return []
    asked = [read(one, 0, severity="gate").metric for one in sentences_of(canary)] + [canary.get("requests")]
    return [plain(one) for one in asked if one]


def sentences_of(canary: Any) -> list[str]:
    """What is said that a canary's checks are."""
    checks = canary.get("checks") if isinstance(canary, Mapping) else None
    return [str(one) for one in (checks if isinstance(checks, list) else [checks] if checks else [])]


def overruled(values: Iterable[Mapping[str, Any]], conditions: Iterable[Condition]) -> Iterator[Finding]:
    """A finding for each condition whose time is another in what is said of its signal; later values win."""
    signals, canary = _said(values)
    said = {"for": canary["for"]} if isinstance(canary, Mapping) and "for" in canary else None
    checks = [(read(one, 1, severity="gate"), said) for one in sentences_of(canary)]
    stated = [(one, signals.get(plain(one.metric or ""))) for one in conditions]
    for condition, spec in (*stated, *checks):
        found = other_time(condition, spec)
        if found is not None:
            whose = "canary" if spec is said else "signal"
            message = f"“{condition.text}”: {found[1]} (`for` of its {whose}). Leave it out: it is for trying out."
            yield Finding(code="RB216", severity=Severity.WARNING, line=condition.line, message=message)


def unnamed(
    values: Iterable[Mapping[str, Any]], triggers: Sequence[Condition], conditions: Sequence[Condition]
) -> Iterator[Finding]:
    """A finding for each signal that nothing asks for while a condition has none; later values win."""
    found = unasked(*_said(values), triggers, conditions)
    for condition in (*triggers, *conditions):
        called = plain(condition.text if condition.metric is None else condition.metric)
        if name := found.pop(called, None):
            message = f"“{condition.text}” has no signal, and {misspelt(name)}."
            yield Finding(code="RB217", severity=Severity.ERROR, line=condition.line, message=message)


def _said(values: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], Any]:
    """The signals by plain name, and what is said of the canary."""
    signals: dict[str, Any] = {}
    canary = None
    for said in values:
        inner = said.get("rbt")
        own = {**said, **(inner if isinstance(inner, Mapping) else {})}
        named, canary = own.get("signals"), own.get("canary", canary)
        signals.update({plain(name): spec for name, spec in named.items()} if isinstance(named, Mapping) else {})
    return signals, canary
