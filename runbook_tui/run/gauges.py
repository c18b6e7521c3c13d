"""How watched conditions stand at this moment: what a screen shows of them between two events."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from runbook_tui.run.state import RunState

STARTING = "starting"  # the condition of a gauge that stands for all of them until the watch has begun
UNWATCHED = ""  # and of one that says that nobody watches them


def figure(value: float, unit: str = "", *, digits: int = 4) -> str:
    """A value with its unit, as it is read out: a ratio as `28.89 %`, a part of a second as `21.44 ms`, `81920 MB`."""
    if unit == "ratio":
        value, unit = value * 100, "%"
    if unit == "s" and 0 < abs(value) < 1:
        value, unit = value * 1000, "ms"
    whole = 10**digits <= abs(value) < 1e15
    return f"{value:.0f} {unit}".rstrip() if whole else f"{value:.{digits}g} {unit}".rstrip()


def limit(value: float, unit: str = "") -> str:
    """A threshold with its unit, as exact as it was said: `99.999 %`."""
    return figure(value, unit, digits=6)


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """One condition, with its newest value. Times in seconds."""

    condition: str
    text: str
    verdict: str | None  # pass, fail, no_data, insufficient, error; None: nothing can be said yet
    step: str = ""
    gate: bool = False  # it states what must hold, not what must not
    value: float | None = None
    unit: str = ""
    threshold: float | None = None
    bad: str = ""  # the comparison with the threshold that is bad
    age: float | None = None
    breaching: float | None = None
    trips_in: float | None = None
    passes_in: float | None = None  # a criterion that is good, and observed for as long yet
    lasting: float = 0.0
    history: tuple[float | None, ...] = ()
    detail: str = ""
    manual: bool = False  # nobody asks a source: a person judges it

    @property
    def good(self) -> bool:
        return self.verdict == "pass"


def starting() -> tuple[Gauge, ...]:
    """The gauges until the watch has begun."""
    return (Gauge(condition=STARTING, text="the conditions", verdict=None, manual=True),)


class Light(msgspec.Struct, frozen=True, kw_only=True):
    """All conditions in one word."""

    verdict: str  # the worst; "pending" while nothing can be said, "none" when nothing is watched
    good: int
    total: int
    worst: Gauge | None = None
    nearest: Gauge | None = None  # the one that trips first


_ORDER = ("pass", None, "insufficient", "no_data", "error", "fail")


def light(gauges: Iterable[Gauge]) -> Light:
    """The status light. Gates that are not met yet are no alarm: only what must not happen counts."""
    watched = [gauge for gauge in gauges if not gauge.manual and not gauge.gate]
    if not watched:
        return Light(verdict="none", good=0, total=0)
    worst = max(watched, key=lambda gauge: _ORDER.index(gauge.verdict))
    tripping = [gauge for gauge in watched if gauge.trips_in is not None and gauge.verdict != "fail"]
    return Light(
        verdict=worst.verdict or "pending",
        good=sum(gauge.good for gauge in watched),
        total=len(watched),
        worst=worst if worst.verdict not in ("pass", None) else None,
        nearest=min(tripping, key=lambda gauge: gauge.trips_in or 0.0, default=None),
    )


def recorded(state: RunState) -> list[Gauge]:
    """The gauges as far as the record knows them: for who only watches the run."""
    return [
        Gauge(
            condition=name, text=one.text, verdict=one.verdict, step=one.step, gate=one.gate, value=one.value,
            unit=one.unit, threshold=one.threshold, detail=one.detail,
            age=(state.last - one.at).total_seconds() if state.last else None,
        )
        for name, one in state.gates.conditions.items()
    ]  # fmt: skip
