"""What front matter and sidecar say of the signals of conditions, against what the document says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runbook_tui.document import rules
from runbook_tui.document.runbook import Condition, Finding, Severity

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


def overruled(values: Iterable[Mapping[str, Any]], conditions: Iterable[Condition]) -> Iterator[Finding]:
    """A finding for each condition whose time is another in what is said of its signal; later values win."""
    signals: dict[str, Any] = {}
    for said in values:
        inner = said.get("rbt")
        own = {**said, **(inner if isinstance(inner, Mapping) else {})}.get("signals")
        signals.update({plain(name): spec for name, spec in own.items()} if isinstance(own, Mapping) else {})
    for condition in conditions:
        found = other_time(condition, signals.get(plain(condition.metric or "")))
        if found is not None:
            message = f"“{condition.text}”: {found[1]} (`for` of its signal). Leave it out: it is for trying out."
            yield Finding(code="RB216", severity=Severity.WARNING, line=condition.line, message=message)
