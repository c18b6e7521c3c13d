"""The placeholders of a run, what stands for each, and where it is wanted. Pure."""

from __future__ import annotations

from rich.cells import cell_len

from runbook_tui.document.runbook import Command, Runbook, Step
from runbook_tui.run.state import RunState
from runbook_tui.tui import step_text
from runbook_tui.tui.rows import cut
from runbook_tui.tui.terminal_text import safe

WIDEST = 28  # columns of a name, or of a value, beside others


def names_of(runbook: Runbook, state: RunState) -> list[str]:
    """Those of the document in its order, then what only this run has."""
    names = [placeholder.text for placeholder in runbook.placeholders]
    return names + [name for name in state.variables if name not in names]


def value_lines(runbook: Runbook, state: RunState) -> list[str]:
    """A line for each: its name, its value, and the step that wants it first."""
    names = names_of(runbook, state)
    values = [_value(name, state) for name in names]
    columns = [min(WIDEST, max((cell_len(safe(text)) for text in texts), default=0)) for texts in (names, values)]
    return [
        "  ".join((*(_cell(text, width) for text, width in zip(pair, columns, strict=True)), _wanted(runbook, pair[0])))
        for pair in zip(names, values, strict=True)
    ]


def first_use(runbook: Runbook, name: str) -> tuple[Step, Command] | None:
    """The first command of the walk with this placeholder in it."""
    found = ((step, runbook.command_by_id[one]) for step in runbook.steps for one in (*step.commands, *step.back))
    return next(((step, command) for step, command in found if name in command.placeholders), None)


def _value(name: str, state: RunState) -> str:
    known = state.variables.get(name)
    if known is None:
        return "not set"
    return "***" if known.secret else (known.value or "").replace("\n", " ")


def _cell(text: str, width: int) -> str:
    shown = cut(safe(text), width)
    return shown + " " * (width - cell_len(shown))


def _wanted(runbook: Runbook, name: str) -> str:
    use = first_use(runbook, name)
    if use is not None:
        return f"for “{step_text.safe_lines(use[0].title)}”"
    line = next((one.first_line for one in runbook.placeholders if one.text == name), None)
    return f"on line {line}, in no command" if line is not None else "of this run alone"
