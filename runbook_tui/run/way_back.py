"""Takes a run back: the plan item by item, journalled, stopped at what a person has to do, never rolled back itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from runbook_tui.document.runbook import Command, Runbook, Step
from runbook_tui.run import events as e
from runbook_tui.run.execution import Call
from runbook_tui.run.exits import describe_exit
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.policy import Refused
from runbook_tui.run.resolve import ResolvedCommand, resolve
from runbook_tui.run.rollback import RollbackItem, RollbackPlan, abort_command
from runbook_tui.run.state import JobState, RunState
from runbook_tui.run.where import hosts_of

Undo = Callable[[Step, ResolvedCommand], Awaitable[bool]]


class WayBack:
    """The conductor's hand for rollbacks; it is asked only while nothing else runs."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        actor: str,
        secrets: Mapping[str, str],
        runbook: Callable[[], Runbook],
        plan: Callable[[], RollbackPlan],
        undo: Undo,
        run: Callable[[Call], Awaitable[JobState]],
        page: Callable[[str], Awaitable[None]] | None,
    ) -> None:
        self._ledger = ledger
        self._actor = actor
        self._secrets = secrets
        self._runbook = runbook
        self._plan = plan
        self._undo = undo
        self._run = run
        self._page = page  # calls a person when a rollback failed

    @property
    def _state(self) -> RunState:
        return self._ledger.state

    def check(self) -> None:
        """Raises Refused when there is nothing to take back, or when it would stop for a value in the middle."""
        plan = self._plan()
        if not plan.changed:
            raise Refused("nothing was changed in this run yet: there is nothing to roll back")
        if not plan.items:
            raise Refused("this document has no rollback procedure and no step says how to undo it")
        todo = [self._resolved(item.command) for item in plan.remaining if item.command]
        missing = dict.fromkeys(name for resolved in todo for name in resolved.missing)
        if missing:
            raise Refused(f"first give a value for {', '.join(missing)}: the way back needs it")
        if refused := next((resolved.refused for resolved in todo if resolved.refused), None):
            raise Refused(refused)

    async def take(self, reason: str) -> bool:
        """Go it, or go on with it; whether the run is rolled back now."""
        rollback = self._state.rollback
        if self._state.outcome is not None:
            _, records = await self._ledger.journal.take_drive(self._state.run, self._actor, reason="rollback")
            self._ledger.take_in(records)
        if rollback is None or rollback.finished is not None:
            plan = self._plan()
            items = tuple(item.id for item in plan.items)
            await self._ledger.append(e.RollbackStarted(reason=reason, items=items, steps=plan.changed))
        failed: list[RollbackItem] = []
        for item in self._plan().remaining:
            if {one.id for one in failed} & set(item.needs):
                continue  # stays in the list; what does not depend on a failure goes on
            if item.command is None:
                if failed:
                    break
                return False  # a person's turn; SettleItem, then it goes on
            step = self._runbook().step_by_id[item.step]
            if not await self._undo(step, self._resolved(item.command)):
                failed.append(item)
        if failed:
            await self._fail(failed)
            return False
        rolled_back = e.RunFinished(outcome=e.Outcome.ROLLED_BACK, reason=reason)
        await self._ledger.append(e.RollbackFinished(succeeded=True), rolled_back)
        return True

    async def abort_traffic(self, reason: str) -> None:
        """The recorded weights' new side to 0, and nothing else. Raises Refused when that did not succeed."""
        command = abort_command(self._runbook(), self._state)
        if command is None or command.step is None:
            raise Refused("this run has moved no traffic that is recorded: there is no weight to take to 0")
        await self._ledger.append(e.NoteAdded(step=command.step, text=f"abort: {reason}"))
        step = self._runbook().step_by_id[command.step]
        host = hosts_of(self._state, command)[0]
        call = Call(step=step, resolved=self._resolved(command), host=host, purpose=e.Purpose.ABORT, confirmed=True)
        job = await self._run(call)
        if not job.succeeded:
            raise Refused(f"the traffic could not be taken off ({describe_exit(job)}): see its output")

    async def _fail(self, failed: list[RollbackItem]) -> None:
        """A person's business from here on: nothing takes a rollback back by machine."""
        first = f"{failed[0].title} did not succeed"
        reason = first if len(failed) == 1 else f"{first}, nor did {len(failed) - 1} more"
        await self._ledger.append(e.RollbackFinished(succeeded=False, reason=reason))
        if self._page is not None:
            await self._page(f"rollback failed: {self._state.title} ({self._state.run}): {reason}")

    def _resolved(self, command: Command) -> ResolvedCommand:
        return resolve(command, self._state, dict(self._secrets))
