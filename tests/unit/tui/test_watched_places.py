"""Conditions of the same words are told apart by where they stand."""

from __future__ import annotations

from runbook_tui.records import parse
from runbook_tui.run.gauges import Gauge
from runbook_tui.tui.watched import places

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
