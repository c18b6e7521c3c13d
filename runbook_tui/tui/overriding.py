"""OVERRIDE: going on against what stands in the way, with a reason and an end that stand in the record."""

from __future__ import annotations

from collections.abc import Sequence

from runbook_tui.document import durations
from runbook_tui.run.intents import Override
from runbook_tui.run.state import RunState
from runbook_tui.tui.questions import Blank, Form

LASTS = "1h"  # unless the operator says otherwise
LONGEST = 7 * 86_400.0  # seconds


def override_form(asked: str, reading: str = "", *, wants: str, does: str = "override it") -> Form:
    """Asks for how long and why; the time is filled in already, so that only the reason is left to say."""
    lasts = Blank("for how long", LASTS, required=_TIMES, wrong=_wrong)
    told = "It stands in the record with your name; afterwards what it overrides stands in the way again."
    return Form(asked, [lasts, Blank("because", required=wants)], f"{reading}\n\n{told}".strip(), does=does)


def override_of(step: str, values: Sequence[str]) -> Override:
    """What the form was answered with. `step` may be an item of the way back."""
    lasts, reason = values
    return Override(step=step, reason=reason.strip(), seconds=_seconds(lasts))


def told(state: RunState, step: str) -> str:
    """Until when it holds."""
    override = state.overrides.get(step)
    until = override.until if override is not None else None
    return f"overridden until {until:%Y-%m-%d %H:%M} UTC" if until is not None else "overridden"


_TIMES = "say for how long: 30m, 1h, 8h"


def _seconds(written: str) -> float | None:
    return durations.seconds("".join(written.split()))


def _wrong(written: str) -> str:
    seconds = _seconds(written)
    if seconds is None or seconds <= 0:
        return f"{written.strip()!r} is no time; {_TIMES}"
    return "" if seconds <= LONGEST else "an override ends within a week: what stands longer belongs into the document"
