"""The time of a run in a few words: elapsed, planned, usual, what is left. Pure."""

from __future__ import annotations

from runbook_tui.run.estimate import remaining
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.rows import Part
from runbook_tui.tui.spans import elapsed
from runbook_tui.tui.standing import Standing


def hours(seconds: float) -> str:
    """`0:05`, `1:10`."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def pace_parts(view: RunView, standing: Standing, *, width: int) -> list[Part]:
    """As much as fits beside everything else at this width."""
    state, said, usual = view.state, standing.planned, view.pace.usual
    until = state.finished if state.outcome is not None else None
    parts: list[Part] = [(elapsed(state.started, until), "quiet")]
    expected = usual if usual is not None else said
    if expected is None:
        return parts
    if width < 150 or state.outcome is not None:
        parts.append((f" of ~{hours(expected)}", "quiet"))
    else:
        parts += [(f"  planned {hours(said)}", "quiet")] if said is not None else []
        parts += [(f"  usual {hours(usual)}", "quiet")] if usual is not None else []
    left = remaining(view.pace, said, standing.unsettled, standing.whole.total)
    if width >= 100 and state.outcome is None and left is not None:
        parts.append((f"  ~{hours(left)} left", "quiet"))
    return parts
