"""What a gate of a run has carried out: a canary's traffic. The second yes to it is said once, before it begins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from runbook_tui.document.runbook import Command, Step
from runbook_tui.run.event import Purpose
from runbook_tui.run.execution import Call, Execution
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.policy import Refused, check_for_gate
from runbook_tui.run.resolve import ResolvedCommand, resolve
from runbook_tui.run.second import NotSeconded, SecondPerson, Wanted, wanted_for
from runbook_tui.run.where import target_of


class Go(Protocol):
    """Runs a command where it goes; whether it needs no further run."""

    def __call__(
        self, step: Step, resolved: ResolvedCommand, *, confirmed: bool, purpose: Purpose
    ) -> Awaitable[bool]: ...


class Gated:
    """Of one run."""

    def __init__(
        self, ledger: Ledger, execution: Execution, secrets: dict[str, str], *, go: Go,
        doing: Callable[[str], AbstractContextManager[None]],
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._execution = execution
        self._secrets = secrets
        self._go = go
        self._doing = doing
        self.weights: Callable[[Step], Sequence[Command]] = lambda _: ()  # that a canary of a step would set

    def wanted(self, step: Step, second: SecondPerson | None) -> Wanted | None:
        """What another person has to say yes to before the step's canary begins; None where nobody has to."""
        state = self._ledger.state
        wanted = wanted_for([resolve(one, state, self._secrets) for one in self.weights(step)], state)
        return wanted if second is not None and second.needed(wanted.commands) else None

    async def ask(self, step: Step, second: SecondPerson | None) -> str:
        """The request that was said yes to; empty where nobody has to. Raises Refused."""
        first = self.wanted(step, second)
        if second is None or first is None:
            return ""
        with self._doing(step.title):
            return await second.ask(step, lambda: self.wanted(step, second) or wanted_for((), self._ledger.state))

    async def run(self, step: Step, command: Command, purpose: Purpose, second: SecondPerson | None) -> None:
        """Raises Busy while another runs, Refused when it must not be or did not succeed."""
        state = self._ledger.state
        check_for_gate(state, purpose)
        resolved = resolve(command, state, self._secrets)
        canary = state.gates.canary
        request = canary.second if canary is not None and purpose is Purpose.STEP else ""
        if purpose is Purpose.STEP and second is not None and not second.covers(request, step, resolved):
            raise NotSeconded(
                f"`{resolved.shown}` wants another person's yes, and nobody has said it: abort the canary, then begin "
                "it again, and somebody is asked"
            )
        with self._doing(f"{step.title}: {command.text}"):
            self._execution.second = request
            try:
                done = await self._go(step, resolved, confirmed=True, purpose=purpose)
            finally:
                self._execution.second = ""
        if not done:
            raise Refused(f"`{command.text}` did not succeed: see its output")

    async def share(self, step: Step, command: Command) -> float | None:
        """Percent of the traffic that gets through; None where that cannot be read. Raises OperatorError."""
        state = self._ledger.state
        host = target_of(state, command) or state.target
        resolved = resolve(command, state, self._secrets)
        return await self._execution.share(Call(step=step, resolved=resolved, host=host))
