"""What became of a canary, in words: also of one that its run has ended, and not its own checks. Pure."""

from __future__ import annotations

from runbook_tui.run.event import Outcome
from runbook_tui.run.state import RunState


def ended(state: RunState) -> str:
    """Empty while it is under way, and where there is none."""
    canary = state.gates.canary
    if canary is None:
        return ""
    if canary.outcome is not None:
        return canary.outcome
    if state.outcome is Outcome.ROLLED_BACK:
        return "taken back with the run"
    if state.rollback is not None and canary.steered != "abort":
        return f"left at {canary.weight} %: the run is taken back"
    return f"left at {canary.weight} %" if state.outcome is not None else ""
