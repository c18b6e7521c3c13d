"""When a record is to be confirmed from outside. Pure."""

from __future__ import annotations

from runbook_tui.run import events as e


def wants_anchor(event: e.AnyEvent) -> bool:
    """After a sign-off, a gate that passed, and the end of a run: what people will later rest on."""
    match event:
        case e.SignOffGiven() | e.SignOffRejected() | e.RunFinished() | e.RollbackFinished():
            return True
        case e.ConditionJudged(gate=True, verdict="pass") | e.WindowClosed(verdict="pass"):
            return True
        case e.CanaryEnded(outcome=outcome):
            return outcome == "promoted"
        case e.KernelsValidated(verdict=verdict):
            return verdict.passed
    return False
