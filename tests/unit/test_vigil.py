"""What of a window after a deployment counts as watched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui import vigil
from runbook_tui.gates.windows import Span
from runbook_tui.run import events as e
from runbook_tui.run.gate_fold import gates_after
from runbook_tui.run.state import GateState

SINCE = datetime(2026, 11, 22, 15, tzinfo=UTC)
SPANS = tuple(Span(name=f"hour {end}", start=start, end=end) for start, end in ((0, 1), (1, 2), (2, 4)))


@given(st.lists(st.floats(0.01, 3), min_size=1, max_size=30))
def test_every_second_of_a_window_counts_once_however_the_looks_fall(steps):
    at, parts = SINCE - timedelta(seconds=1), dict.fromkeys(SPANS, 0.0)
    for step in (1.0, *steps):
        later = at + timedelta(seconds=step)
        for span in SPANS:
            parts[span] += span.part(SINCE, at, later)
        at = later
    gone = (at - SINCE).total_seconds()
    for span, watched in parts.items():
        assert abs(watched - min(max(gone - span.start, 0), span.end - span.start)) < 1e-3


class Clock:
    """Half a second passes between two looks; the journal's slowness comes on top."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return SINCE + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return 100 + self.seconds


class Run:
    """A run whose every entry takes `slow` seconds to be written; one condition passed at its beginning."""

    def __init__(self, clock: Clock, slow: float) -> None:
        self.clock, self.slow = clock, slow
        self.state = SimpleNamespace(run="r", title="R", outcome=e.Outcome.COMPLETED, gates=GateState())
        self.records = [self.record(e.ConditionJudged(condition="c", text="c", verdict="pass"))]

    def record(self, event):
        return SimpleNamespace(at=self.clock.now(), event=event, actor="ana")

    async def recover(self):
        return []

    def gauges(self):
        self.clock.seconds += 0.5  # a round has begun
        return ()

    async def perform(self, intent):
        for event in intent.events:
            self.state.gates = gates_after(event, self.record(event), self.state.gates)
        self.clock.seconds += self.slow

    async def read(self, _run):
        return self.records

    async def send(self, _text):
        pass


@pytest.mark.parametrize("slow", [0.01, 0.4, 1.7])
async def test_a_slow_record_takes_nothing_from_what_was_watched(monkeypatch, slow):
    monkeypatch.setattr(vigil, "LOOK", 0.0)
    clock = Clock()
    run = Run(clock, slow)
    code = await vigil.Vigil(run, run, clock, run, lambda *_, **__: None, spans=SPANS).run()
    gates = run.state.gates
    assert {name: one.verdict for name, one in gates.windows.items()} == dict.fromkeys(gates.kept, "pass")
    assert code == 0
    assert all(gates.kept[span.name] <= span.end - span.start + 0.002 for span in SPANS)
