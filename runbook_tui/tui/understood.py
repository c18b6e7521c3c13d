"""What was understood of a document, in a few lines: before anything of it is started. Pure."""

from __future__ import annotations

from runbook_tui.document.runbook import Command, Runbook, Severity, StepRole
from runbook_tui.run.progress import path
from runbook_tui.run.state import RunState


def counts(runbook: Runbook) -> tuple[int, int, int]:
    """Steps of the walk as a run counts them at its beginning, commands that can be run, conditions to roll back."""
    steps = sum(1 for _ in path(runbook, RunState()))
    return steps, sum(map(_can_run, runbook.commands)), len(runbook.triggers)


def _can_run(command: Command) -> bool:
    """Also what only wants a value first."""
    return command.runnable or command.why_not == "placeholder"


def in_words(runbook: Runbook) -> list[tuple[str, str]]:
    """Lines, each with the name of its pen."""
    steps, runnable, triggers = counts(runbook)
    if not runbook.steps and not runnable:
        return [("No steps were found in it: no boxes, no commands, no sign-offs. It can still be read.", "warning")]
    beside = sum(step.role is not StepRole.TRIGGER for step in runbook.steps) - steps
    told = [_many(steps, "step"), *([f"{beside} more only when needed"] if beside else [])]
    told.append(f"{_many(runnable, 'command')} to run")
    others = len(runbook.commands) - runnable
    told += [f"{others} only shown"] if others else []
    in_code = sum(condition.step is None for condition in runbook.triggers)  # they can be watched, and have no row
    beside_it = f" ({in_code} of them in code)" if 0 < in_code < triggers else ""
    told += [_many(triggers, "condition") + f" to roll back{beside_it}"] if triggers else []
    told += [_many(len(runbook.signoffs), "sign-off")] if runbook.signoffs else []
    lines = [("A runbook: " + ", ".join(told) + ".", "")]
    back = len(runbook.rollback_commands)
    own = sum(1 for command in runbook.commands if command.rollback)
    if back or own or runbook.rollback_sections:
        lines.append((f"The way back is written: {_many(back or own, 'command')}.", "success"))
    else:
        lines.append(("No way back is written in it.", "warning"))
    if runbook.placeholders:
        wanted = ", ".join(dict.fromkeys(_named(blank.text) for blank in runbook.placeholders))
        lines.append((f"It will ask for: {wanted}", ""))
    grave = [finding for finding in runbook.findings if finding.severity is not Severity.INFO]
    if grave:
        more = f" and {len(grave) - 1} more: rbt lint tells" if len(grave) > 1 else ""
        lines.append((f"Line {grave[0].line}: {grave[0].message}{more}", "warning"))
    return lines


def _named(blank: str) -> str:
    """A blank by its name; three dots alone name nothing."""
    return blank if blank.strip(".… ") else f"what “{blank}” stands for"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
