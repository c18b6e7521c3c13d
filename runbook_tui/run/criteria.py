"""What must hold and belongs to no step: it is asked of the whole run, before that is called done. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from runbook_tui.run.gauges import Gauge, figure
from runbook_tui.run.state import RunState


def overridden(state: RunState, what: str, now: datetime) -> bool:
    """Whether somebody goes on against this step's, or this condition's, verdict."""
    override = state.overrides.get(what)
    return override is not None and override.holds(now)


def stands_against(state: RunState, step: str) -> bool:
    """Whether a signal that must be good before this step is done is not."""
    gate = state.gates.conditions.get(step)
    return gate is not None and gate.gate and gate.verdict != "pass"


def unmet(gauges: Iterable[Gauge], state: RunState, now: datetime) -> Gauge | None:
    """The first criterion of the whole run that nothing good is said of, and that nobody has overridden."""
    of_the_run = (one for one in gauges if one.gate and not one.step and not one.manual)
    return next((one for one in of_the_run if not one.good and not overridden(state, one.condition, now)), None)


def said(gauge: Gauge) -> str:
    """What its signal says, for the operator: "its signal says fail (now 900 ms)"."""
    if gauge.passes_in is not None:
        return f"it is good, and observed for another {gauge.passes_in:.0f} s"
    verdict = gauge.verdict.replace("_", " ") if gauge.verdict else "nothing yet"
    value = f"now {figure(gauge.value, gauge.unit)}" if gauge.value is not None else ""
    return f"its signal says {verdict}" + (f" ({gauge.detail or value})" if gauge.detail or value else "")
