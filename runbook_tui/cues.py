"""Faults of the lab that wait for a step: a run that comes to it sets them going."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from runbook_tui.document.runbook import Runbook
from runbook_tui.run.state import RunState


def cue(lab: Path, runbook: Callable[[], Runbook], *, seen: int) -> Callable[[RunState], None]:
    """A listener of a run's states; it looks only where the lab has faults, and before a new job is sent.

    `seen` jobs of the run are over already.
    """
    file = lab / "faults.json"

    def heard(state: RunState) -> None:
        nonlocal seen
        if len(state.jobs) == seen:
            return
        seen, jobs = len(state.jobs), list(state.jobs.values())[seen:]
        if not file.exists():
            return
        from runbook_tui.lab import faults

        for job in jobs:
            step = runbook().step_by_id.get(job.step)
            if step is not None:
                faults.reached(lab, (step.id, str(step.line), step.title))

    return heard
