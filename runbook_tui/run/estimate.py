"""How long commands took in earlier runs. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from runbook_tui.run.state import RunState


def durations(states: Iterable[RunState]) -> dict[str, float]:
    """Seconds by command id and by text as shown: the median of those that succeeded."""
    taken: dict[str, list[float]] = {}
    for state in states:
        for job in state.jobs.values():
            if job.succeeded and job.finished is not None:
                for name in (job.command, job.shown):
                    taken.setdefault(name, []).append(job.seconds)
    return {name: median(seconds) for name, seconds in taken.items()}
