from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from runbook_tui.gates.breaker import Breaker, Breakers, State
from runbook_tui.run.events import Purpose, Resolution
from runbook_tui.run.state import BreakerRecord, JobPhase, JobState

START = datetime(2026, 1, 2, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.seconds, self.jumped = 0.0, 0.0

    def now(self):
        return START + timedelta(seconds=self.seconds + self.jumped)

    def monotonic(self):
        return self.seconds


def job(**fields):
    base = {"job": "j", "step": "s", "command": "c", "shown": "c", "target": "t", "purpose": Purpose.STEP, "attempt": 1,
            "boot": "", "interactive": False, "state_from": None, "started": START, "phase": JobPhase.FINISHED, "exit": 0}  # fmt: skip
    return JobState(**{**base, **fields})


LOST = job(phase=JobPhase.LOST, resolution=Resolution.NOT_RUN)


def opened(clock):
    breakers = Breakers({}, clock)
    for _ in range(5):
        assert breakers.refuses("t") is None
        event = breakers.ended("t", LOST)
    return breakers, event


def test_five_failures_in_a_row_open_it():
    clock = Clock()
    breakers, event = opened(clock)
    assert (event.state, event.failures, event.until) == ("open", 5, START + timedelta(seconds=60))
    assert "failed 5 times in a row (it could not be reached)" in breakers.refuses("t")
    assert "in 60 s" in breakers.refuses("t")
    assert breakers.refuses("other") is None


def test_one_probe_and_it_closes():
    clock = Clock()
    breakers, _ = opened(clock)
    clock.seconds = 60
    assert breakers.refuses("t") is None
    assert "being tried with one command" in breakers.refuses("t")
    assert breakers.ended("t", job()).state == "closed"
    assert breakers.refuses("t") is None


def test_a_failed_probe_gets_a_long_rest():
    clock = Clock()
    breakers, _ = opened(clock)
    clock.seconds = 60
    assert breakers.refuses("t") is None
    assert breakers.ended("t", LOST).until == START + timedelta(seconds=360)
    clock.seconds = 359
    assert breakers.refuses("t")
    clock.seconds = 360
    assert breakers.refuses("t") is None


def test_a_step_of_the_wall_clock_changes_nothing():
    clock = Clock()
    breakers, _ = opened(clock)
    clock.jumped = 86_400
    assert breakers.refuses("t")
    clock.jumped = -86_400
    clock.seconds = 60
    assert breakers.refuses("t") is None


def test_a_cancellation_is_neither():
    clock = Clock()
    breakers = Breakers({}, clock)
    for _ in range(4):
        breakers.ended("t", LOST)
    assert breakers.ended("t", job(phase=JobPhase.CANCELLED, exit=None)) is None
    assert breakers.ended("t", LOST).state == "open"
    clock.seconds = 60
    assert breakers.refuses("t") is None
    breakers.cancelled("t")
    assert breakers.refuses("t") is None, "the next one is the probe"


@pytest.mark.parametrize("fine", [job(), job(exit=1), job(exit=137), job(exit=None, signal="KILL")])
def test_the_exit_status_is_the_command_s_business(fine):
    breakers = Breakers({}, Clock())
    for _ in range(4):
        breakers.ended("t", job(timed_out=True))
    assert breakers.ended("t", fine).failures == 0


def test_its_state_is_kept_in_the_run():
    clock = Clock()
    kept = BreakerRecord(state="open", failures=5, until=START + timedelta(seconds=40), reason="away")
    breakers = Breakers({"t": kept}, clock)
    clock.seconds = 39
    assert breakers.refuses("t")
    clock.seconds = 40
    assert breakers.refuses("t") is None
    probing = Breakers({"t": BreakerRecord(state="half-open", failures=5, until=None, reason="away")}, Clock())
    assert probing.refuses("t") is None, "a probe whose process died is no probe"


class Model(RuleBasedStateMachine):
    """Against the words of the contract."""

    def __init__(self):
        super().__init__()
        self.breaker, self.now, self.in_flight, self.row = Breaker(), 0.0, 0, 0

    @rule(seconds=st.sampled_from([1.0, 30.0, 60.0, 300.0]))
    def wait(self, seconds):
        self.now += seconds

    @rule()
    def call(self):
        self.in_flight += self.breaker.admit(self.now)

    @rule(ending=st.sampled_from(["good", "bad", "cancelled"]))
    def end(self, ending):
        if not self.in_flight:
            return
        self.in_flight -= 1
        if ending == "good":
            self.breaker.succeeded()
            self.row = 0
        elif ending == "bad":
            self.breaker.failed(self.now, "x")
            self.row += 1
        else:
            self.breaker.cancelled(self.now)

    @invariant()
    def open_only_after_five(self):
        assert self.breaker.failures == self.row
        if self.row < 5:
            assert self.breaker.state is State.CLOSED
        if self.breaker.state is State.OPEN:
            assert self.breaker.opens_at <= self.now + 300


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
