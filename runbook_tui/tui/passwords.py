"""The password of sudo is asked for: hidden, kept in memory only."""

from __future__ import annotations

from runbook_tui.document.runbook import Runbook, Step
from runbook_tui.run.state import RunState
from runbook_tui.run.where import LOCAL, hosts_of
from runbook_tui.tui.questions import Blank, Form
from runbook_tui.tui.spans import counted
from runbook_tui.tui.terminal_text import safe


def form(hosts: tuple[str, ...]) -> Form:
    named = "this machine" if hosts == (LOCAL,) else safe(hosts[0])
    where = named if len(hosts) == 1 else counted(len(hosts), "host")
    blank = Blank("password  (neither kept nor shown)", hidden=True, required="nothing was typed")
    return Form(f"The password of sudo on {where}", [blank], does="use it until this app ends")


def hosts_of_step(runbook: Runbook, state: RunState, step: Step) -> tuple[str, ...]:
    """Every host that commands of this step go to."""
    commands = [runbook.command_by_id[name] for name in step.commands]
    return tuple(dict.fromkeys(host for command in commands for host in hosts_of(state, command)))
