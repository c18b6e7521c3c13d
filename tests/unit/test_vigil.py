"""What of a window after a deployment counts as watched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui import vigil
from runbook_tui.gates.windows import Span
from runbook_tui.run import events as e
from runbook_tui.run.gate_fold import gates_after
from runbook_tui.run.gauges import UNWATCHED, Gauge, starting
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


GOOD = Gauge(condition="c", text="c", verdict="pass")


def stands(verdict, **other):
    return msgspec.structs.replace(GOOD, verdict=verdict, **other)


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

    def __init__(self, clock: Clock, slow: float, script=lambda _: (GOOD,), before="pass") -> None:
        self.clock, self.slow, self.script = clock, slow, script
        self.state = SimpleNamespace(run="r", title="R", outcome=e.Outcome.COMPLETED, gates=GateState())
        self.records = [self.record(e.ConditionJudged(condition="c", text="c", verdict=before))]

    def record(self, event):
        return SimpleNamespace(at=self.clock.now(), event=event, actor="ana")

    async def recover(self):
        return []

    def gauges(self):
        self.clock.seconds += 0.5  # a round has begun
        return self.script(self.clock.seconds)

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


@pytest.mark.parametrize(
    ("script", "verdict", "code"),
    [
        (lambda _: (stands("error", condition=UNWATCHED),), "no_data", 3),
        (lambda _: starting(), "no_data", 3),
        (lambda _: (), "no_data", 3),
        (lambda _: (GOOD, stands(None)), "no_data", 3),
        (lambda _: (GOOD, stands("no_data")), "no_data", 3),
        (lambda at: (GOOD if at < 2 else stands("error"),), "insufficient", 3),
        (lambda at: (stands("error") if 1.1 < at < 1.6 else GOOD,), "pass", 0),
        (lambda at: (GOOD, stands("fail") if at > 3 else GOOD), "fail", 1),
        (lambda _: (GOOD, stands(None, manual=True)), "pass", 0),
        (lambda _: (GOOD, stands("insufficient", gate=True, passes_in=60.0)), "pass", 0),
        (lambda _: (GOOD, stands("insufficient", gate=True)), "insufficient", 3),
    ],
    ids=[
        "unwatched",
        "starting",
        "nothing",
        "pending",
        "silent",
        "half",
        "blink",
        "fails",
        "by hand",
        "observed",
        "too few",
    ],
)
async def test_a_window_passes_only_where_its_conditions_were_heard(monkeypatch, script, verdict, code):
    """The record holds a pass from before: that it was good once is no watch."""
    monkeypatch.setattr(vigil, "LOOK", 0.0)
    clock = Clock()
    run = Run(clock, 0.01, script)
    spans = (Span(name="all", start=0, end=5),)
    assert await vigil.Vigil(run, run, clock, run, lambda *_, **__: None, spans=spans).run() == code
    assert run.state.gates.windows["all"].verdict == verdict


@pytest.mark.parametrize("before", ["no_data", "error", "fail"])
async def test_what_was_before_a_window_is_none_of_its_business(monkeypatch, before):
    monkeypatch.setattr(vigil, "LOOK", 0.0)
    clock = Clock()
    run = Run(clock, 0.01, before=before)
    await vigil.Vigil(run, run, clock, run, lambda *_, **__: None, spans=(Span(name="later", start=2, end=9),)).run()
    assert run.state.gates.windows["later"].verdict == "pass"


async def test_a_process_that_stood_still_did_not_watch(monkeypatch):
    monkeypatch.setattr(vigil, "LOOK", 0.0)
    clock = Clock()

    def script(at):
        if at == 1.0:
            clock.seconds += 500
        return (GOOD,)

    run = Run(clock, 0.0, script)
    await vigil.Vigil(run, run, clock, run, lambda *_, **__: None, spans=(Span(name="all", start=0, end=600),)).run()
    assert run.state.gates.windows["all"].verdict == "insufficient"
