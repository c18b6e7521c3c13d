"""Conditions of the same words are told apart by where they stand."""

from __future__ import annotations

from types import SimpleNamespace

from rich.cells import cell_len

from runbook_tui.records import parse
from runbook_tui.run.gauges import Gauge
from runbook_tui.run.state import RunState
from runbook_tui.tui.watched import Conditions, places

TEXT = b"""# Release

## Canary at 5 %

- [ ] Error rate < 5%
- [ ] p95 latency < 2s

## Canary at 25 %

- [ ] Error rate < 5%
- [ ] The small ones
  - [ ] Error rate < 5%
- [ ] Queue < 10

## All of it

- [ ] Error rate < 5%
- [ ] Error rate < 5%
"""


def test_the_same_words_in_several_places_name_their_place_and_others_do_not():
    runbook = parse(TEXT, "release.md")
    gauges = [
        Gauge(condition=f"c{step.line}", text=step.title, verdict="pass", step=step.id)
        for step in runbook.steps
        if "<" in step.title
    ]
    assert places(gauges, runbook) == {
        "c5": "Canary at 5 %",
        "c10": "Canary at 25 %",
        "c12": "The small ones",
        "c17": "All of it, line 17",
        "c18": "All of it, line 18",
    }


def test_what_has_no_step_is_left_as_it_is():
    runbook = parse(TEXT, "release.md")
    gauges = [Gauge(condition=name, text="the same", verdict=None) for name in ("a", "b")]
    assert places(gauges, runbook) == {}


def rows_of(gauges, width):
    shown = Conditions(SimpleNamespace(state=RunState()))
    shown.gauges = gauges
    return ["".join(text for text, _ in shown.parts(index, width)) for index in range(len(gauges))]


LONG = "Error rate of the billing service over 5 % for two minutes"


def test_on_a_small_terminal_words_take_the_room_that_no_number_needs():
    calm = [Gauge(condition=str(n), text=LONG, verdict="pass", value=0.0, unit="%") for n in range(3)]
    assert all(LONG in row and cell_len(row) == 80 for row in rows_of(calm, 80))
    soon = [*calm, Gauge(condition="x", text=LONG, verdict="fail", value=7.5, unit="%", trips_in=90.0)]
    rows = rows_of(soon, 80)
    assert "trips in" in rows[-1]
    assert {cell_len(row) for row in rows} == {80}
    assert len({row.rindex("%") for row in rows}) == 1
