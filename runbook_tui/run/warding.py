"""Before an intent is carried out: whether this person may, as the policy says. Who proves it is of the outside."""

from __future__ import annotations

from typing import Protocol

from runbook_tui.document.runbook import Runbook, StepKind
from runbook_tui.run import intents as i
from runbook_tui.run.authority import Deed, Speaker
from runbook_tui.run.policy import Refused


class SessionOver(Refused):
    """Nobody did anything for too long: whoever sits there now has to prove who they are."""

    exit_code = 3


class Warden(Protocol):
    """Knows who sits at this terminal."""

    @property
    def speaker(self) -> Speaker | None:
        """Who has proved to sit here; None while nobody has."""
        ...

    async def before(self, intent: i.Intent, runbook: Runbook) -> None:
        """Let it pass or raise Refused. Rules that changed and a proof of identity are recorded by this first."""
        ...

    async def look(self, runbook: Runbook) -> None:
        """Take over rules that changed, before the program goes on by itself. Raises OperatorError."""
        ...

    async def prove(self) -> Speaker:
        """Prove again who sits here. Raises OperatorError with the reason when nobody can."""
        ...


class NoWarden:
    """Where everybody may do everything."""

    speaker: Speaker | None = None

    async def before(self, intent: i.Intent, runbook: Runbook) -> None:
        """Everything passes."""

    async def look(self, runbook: Runbook) -> None:
        """There are no rules."""

    async def prove(self) -> Speaker:
        raise Refused("nobody has to prove anything here: there is no list of signers")


def deed_of(intent: i.Intent, runbook: Runbook) -> Deed | None:
    """What the policy calls it; None for what anybody may: looking, noting, stopping, and signing by one's own key."""
    match intent:
        case i.AddNote() | i.CancelJob() | i.Hold() | i.GateSaid() | i.AskAgain() | i.FireTrigger() | i.SignStep():
            return None
        case i.RollBack(automatic=True) | i.Tick(automatic=True):
            return None  # what a machine does was allowed when it was told to
        case i.RollBack() | i.AbortTraffic():
            return Deed.ROLL_BACK
        case i.Override():
            return Deed.OVERRIDE
        case i.Skip(step=step) if step in runbook.step_by_id and runbook.step_by_id[step].kind is StepKind.SIGNOFF:
            return Deed.OVERRIDE
        case i.ProveIdentity():
            return None
        case _:
            return Deed.DRIVE
