"""What must never be kept: values that a document or an environment declares secret, and texts without them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

from msgspec.structs import replace

from runbook_tui.document.runbook import Runbook
from runbook_tui.run.events import AnyEvent
from runbook_tui.run.masking import masked
from runbook_tui.run.resolve import is_secret_name

_SHORTEST = 8  # of values that only their name makes secret
_WORDS = (  # fields of events that people and programs write; the others are names that other events refer to
    "comment", "detail", "evidence", "findings", "known", "meaning", "name", "note", "obstacles", "reason",
    "shown", "stopped", "summary", "text", "title", "value",
)  # fmt: skip
_NAMES = {"VariableSet": ("name",), "SnapshotTaken": ("name",)}  # there it is one

E = TypeVar("E", bound=AnyEvent)


def declared(runbook: Runbook) -> frozenset[str]:
    """Names that the document says are secret (annotation `secret`)."""
    return frozenset(name for command in runbook.commands for name in command.secrets)


def is_secret(runbook: Runbook, name: str) -> bool:
    """Whether a placeholder's value must be asked hidden and kept nowhere: by its name, or because it is declared."""
    return is_secret_name(name) or name.strip("<>{}[]%$ ") in declared(runbook) or name in declared(runbook)


def given(runbook: Runbook, environment: Mapping[str, str]) -> dict[str, str]:
    """Values that commands see without being asked for: of variables declared secret, or named as secrets are."""
    names = declared(runbook)
    found = {name: value for name, value in environment.items() if _to_hide(name, value, names)}
    for command in runbook.commands:
        for name, value in command.env.items():
            if _to_hide(name, value, names):
                found[f"{command.id} {name}"] = value
    return found


def _to_hide(name: str, value: str, names: frozenset[str]) -> bool:
    if name in names:
        return bool(value)
    return is_secret_name(name) and len(value) >= _SHORTEST and not value.startswith(("/", "./", "~"))


def cleaned(event: E, secrets: Collection[str]) -> E:
    """The event without secrets in what people and programs wrote; names that others refer to stay."""
    kept = _NAMES.get(type(event).__name__, ())
    changed: dict[str, object] = {}
    for field in _WORDS:
        before = getattr(event, field, None)
        if not before or field in kept:
            continue
        if isinstance(before, str):
            after: object = masked(before, secrets)
        elif isinstance(before, tuple) and isinstance(before[0], str):
            after = tuple(masked(text, secrets) for text in before)
        else:
            continue
        if after != before:
            changed[field] = after
    return replace(event, **changed) if changed else event
