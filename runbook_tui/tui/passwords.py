"""The password of sudo is asked for: hidden, kept in memory only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from runbook_tui.document.counting import counted
from runbook_tui.document.runbook import Runbook, Step
from runbook_tui.run.elevation import wants_password
from runbook_tui.run.intents import GivePassword, Intent
from runbook_tui.run.state import JobState, RunState
from runbook_tui.run.where import LOCAL, hosts_of
from runbook_tui.tui.questions import Blank, Form
from runbook_tui.tui.terminal_text import safe

if TYPE_CHECKING:
    from runbook_tui.tui.ports import Driving


AGAIN = "When this step ran last, sudo had none or a wrong one. It is tried on one host before others get it."


def form(hosts: tuple[str, ...], reading: str = "") -> Form:
    named = "this machine" if hosts == (LOCAL,) else safe(hosts[0])
    where = named if len(hosts) == 1 else counted(len(hosts), "host")
    blank = Blank("password  (neither kept nor shown)", hidden=True, required="nothing was typed")
    return Form(f"The password of sudo on {where}", [blank], reading, does="use it until this app ends")


def hosts_of_step(runbook: Runbook, state: RunState, step: Step) -> tuple[str, ...]:
    """Every host that commands of this step go to."""
    commands = [runbook.command_by_id[name] for name in step.commands]
    return tuple(dict.fromkeys(host for command in commands for host in hosts_of(state, command)))


def unanswered(state: RunState, step: Step) -> tuple[JobState, ...]:
    """What ran last for this step on each host, where sudo had no password or a wrong one."""
    last = {job.target: job for job in state.jobs.values() if job.step == step.id}
    return tuple(job for job in last.values() if wants_password(job.barred))


class Sudo:
    """Asks for the password of sudo, and asks again after a wrong one."""

    def __init__(
        self,
        driving: Driving,
        ask: Callable[[Form], Awaitable[Sequence[str] | None]],
        perform: Callable[[Intent], Awaitable[bool]],
        tell: Callable[[str], None],
    ) -> None:
        self._driving = driving
        self._ask = ask
        self._perform = perform
        self._tell = tell
        self._answered: set[str] = set()  # jobs after which it was given, or declined

    async def give(self, step: Step) -> None:
        """Ask for it by key."""
        state = self._driving.state
        hosts = hosts_of_step(self._driving.runbook, state, step)
        if not hosts:
            self._tell("this step runs no command")
        elif (values := await self._ask(form(hosts))) and await self._given(hosts, values[0]):
            self._answered |= {job.job for job in unanswered(state, step)}
            self._tell("sudo in the commands of this step gets it from now on")

    async def settled(self, step: Step) -> bool:
        """Before a step runs: ask where sudo had none or a wrong one when it ran last; whether to go on."""
        asking = tuple(job for job in unanswered(self._driving.state, step) if job.job not in self._answered)
        if not asking:
            return True
        self._answered |= {job.job for job in asking}
        hosts = tuple(job.target for job in asking)
        if values := await self._ask(form(hosts, AGAIN)):
            return await self._given(hosts, values[0])
        self._tell("not run; the same key again runs it without a password")
        return False

    async def _given(self, hosts: tuple[str, ...], password: str) -> bool:
        return await self._perform(GivePassword(hosts=hosts, password=password))
