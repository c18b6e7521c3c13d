"""How long commands, steps and whole runs took in earlier runs of the same document. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from runbook_tui.run.events import Outcome
from runbook_tui.run.state import RunState

LONGEST_PAUSE = 3600.0  # seconds between two steps; what is longer was a night


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier runs tell."""

    runs: int = 0
    usual: float | None = None  # seconds that completed runs took, the median
    steps: dict[str, float] = {}  # seconds from the settling of the step before, the median


def durations(states: Iterable[RunState]) -> dict[str, float]:
    """Seconds by command id and by text as shown: the median of those that succeeded."""
    taken: dict[str, list[float]] = {}
    for state in states:
        for job in state.jobs.values():
            if job.succeeded and job.finished is not None:
                for name in (job.command, job.shown):
                    taken.setdefault(name, []).append(job.seconds)
    return {name: median(seconds) for name, seconds in taken.items()}


def pace_of(states: Sequence[RunState]) -> Pace:
    whole: list[float] = []
    taken: dict[str, list[float]] = {}
    for state in states:
        if state.started is None:
            continue
        if state.outcome is Outcome.COMPLETED and state.finished is not None:
            whole.append((state.finished - state.started).total_seconds())
        before = state.started
        settled = sorted((own.at, step) for step, own in state.steps.items() if own.settled and own.at is not None)
        for at, step in settled:
            if (seconds := (at - before).total_seconds()) <= LONGEST_PAUSE:
                taken.setdefault(step, []).append(seconds)
            before = at
    steps = {step: median(seconds) for step, seconds in taken.items()}
    return Pace(runs=len(whole), usual=median(whole) if whole else None, steps=steps)


def remaining(pace: Pace, planned: float | None, still_open: Sequence[str], total: int) -> float | None:
    """Seconds that the open steps take: as earlier runs took for most of them, else their share of what is planned."""
    if not still_open:
        return 0.0
    known = [pace.steps[step] for step in still_open if step in pace.steps]
    if 2 * len(known) >= len(still_open):
        return sum(known) + median(known) * (len(still_open) - len(known))
    return planned * len(still_open) / total if planned is not None and total else None


def median(seconds: Sequence[float]) -> float:
    """The middle one, or half way between the two in the middle."""
    from statistics import median as middle  # late: it brings fractions and decimals

    return middle(seconds)
