"""Which gates a document names (`gate=…`), and whether each can say anything where it stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Command, Effect, Runbook, Step

KNOWN = ("canary", "gpu", "kernels", "stats")
_STATISTICS = expression(r"\brbt\s+stats\b|\brunbook_tui\s+stats\b")


def named(annotations: Mapping[str, Any]) -> tuple[str, ...]:
    """The gates of a step or command: one name, a list of names, or `A, B`."""
    said = annotations.get("gate")
    if said is None:
        return ()
    from runbook_tui.document import annotation  # late: it loads YAML, and the first frame needs none

    return annotation.names(said)


def mute(runbook: Runbook, step: Step) -> str | None:
    """Why a gate of the step could never say no, as a sentence; None when each can."""
    commands = [runbook.command_by_id[command] for command in step.commands]
    asked = [*named(step.annotations), *(name for command in commands for name in named(command.annotations))]
    if any(command.effect is not Effect.READ for command in commands):
        asked += runbook.gates
    return trouble(asked, commands)


def trouble(gates: Iterable[str], commands: Iterable[Command]) -> str | None:
    """What is wrong with these gates of these commands, as a sentence; None when nothing is."""
    gates = tuple(gates)
    unknown = next((name for name in gates if name not in KNOWN), None)
    if unknown is not None:
        return f"gate={unknown} is no gate: {', '.join(KNOWN[:-1])} and {KNOWN[-1]} are"
    if "stats" in gates and not any(_STATISTICS.search(command.text) for command in commands):
        return "gate=stats wants a command of its step that runs rbt stats, and none does"
    return None
