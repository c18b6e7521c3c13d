"""A circuit breaker for each target: after failures in a row it gets a rest, then one probe decides.

What counts is the target, not the command: it was not reached, the job was lost or ran out of time. An exit status is
the command's own business, and a cancellation says nothing. Pure but for the clock that is passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

import msgspec

from runbook_tui.run.events import BreakerChanged, Resolution
from runbook_tui.run.ports import Clock
from runbook_tui.run.state import BreakerRecord, JobPhase, JobState

FAILURES = 5  # in a row
REST = 60.0  # seconds
LONG_REST = 300.0  # after a probe that failed


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"  # one probe is under way


class Breaker(msgspec.Struct, kw_only=True):
    """One target's. Times are seconds of a clock that never goes back."""

    limit: int = FAILURES
    rest: float = REST
    long_rest: float = LONG_REST
    state: State = State.CLOSED
    failures: int = 0
    opens_at: float = 0.0  # when an open one lets a probe through
    reason: str = ""

    def admit(self, now: float) -> bool:
        """Whether a call may go through; an open breaker whose rest is over lets exactly one, the probe."""
        if self.state is State.CLOSED:
            return True
        if self.state is State.HALF_OPEN or now < self.opens_at:
            return False
        self.state = State.HALF_OPEN
        return True

    def succeeded(self) -> None:
        self.state, self.failures, self.reason = State.CLOSED, 0, ""

    def failed(self, now: float, reason: str) -> None:
        self.failures += 1
        self.reason = reason
        if self.state is State.HALF_OPEN:
            self.state, self.opens_at = State.OPEN, now + self.long_rest
        elif self.failures >= self.limit:
            self.state, self.opens_at = State.OPEN, now + self.rest

    def cancelled(self, now: float) -> None:
        """Neither good nor bad: a cancelled probe leaves the next one to be tried at once."""
        if self.state is State.HALF_OPEN:
            self.state, self.opens_at = State.OPEN, now


class Breakers:
    """The breakers of a run's targets; what changes is told as an event, so that the run keeps it."""

    def __init__(self, kept: Mapping[str, BreakerRecord], clock: Clock) -> None:
        self._clock = clock
        self._breakers = {target: self._restored(record) for target, record in kept.items()}

    def refuses(self, target: str) -> str | None:
        """Why nothing is sent there now, as a sentence; None lets the call through."""
        breaker = self._of(target)
        now = self._clock.monotonic()
        if breaker.admit(now):
            return None
        if breaker.state is State.HALF_OPEN:
            return f"{target} is being tried with one command: wait for what becomes of it"
        wait = max(0.0, breaker.opens_at - now)
        return (
            f"{target} failed {breaker.failures} times in a row ({breaker.reason}) and is given a rest: "
            f"the next try is in {wait:.0f} s"
        )

    def ended(self, target: str, job: JobState) -> BreakerChanged | None:
        """Take in how a job ended; the change to record, or None."""
        breaker, before = self._of(target), self._picture(target)
        why = _failure(job)
        if why is not None:
            breaker.failed(self._clock.monotonic(), why)
        elif job.phase is JobPhase.CANCELLED:
            breaker.cancelled(self._clock.monotonic())
        else:
            breaker.succeeded()
        return self._changed(target, before)

    def broken(self, target: str, reason: str) -> BreakerChanged | None:
        """The target could not be used at all."""
        before = self._picture(target)
        self._of(target).failed(self._clock.monotonic(), reason)
        return self._changed(target, before)

    def cancelled(self, target: str) -> None:
        self._of(target).cancelled(self._clock.monotonic())

    # --- inside ---

    def _of(self, target: str) -> Breaker:
        return self._breakers.setdefault(target, Breaker())

    def _picture(self, target: str) -> tuple[State, int]:
        breaker = self._of(target)
        return breaker.state, breaker.failures

    def _changed(self, target: str, before: tuple[State, int]) -> BreakerChanged | None:
        if self._picture(target) == before:
            return None
        breaker = self._of(target)
        wait = breaker.opens_at - self._clock.monotonic()
        until = self._clock.now() + timedelta(seconds=wait) if breaker.state is State.OPEN else None
        return BreakerChanged(
            target=target, state=breaker.state.value, failures=breaker.failures, until=until, reason=breaker.reason
        )

    def _restored(self, record: BreakerRecord) -> Breaker:
        """From the record of another process: what is left of a rest is counted on this one's clock."""
        left = (record.until - self._clock.now()).total_seconds() if record.until is not None else 0.0
        state = State.CLOSED if record.state == State.CLOSED.value else State.OPEN  # a probe that died is no probe
        return Breaker(
            state=state, failures=record.failures, reason=record.reason,
            opens_at=self._clock.monotonic() + min(max(left, 0.0), LONG_REST),
        )  # fmt: skip


def _failure(job: JobState) -> str | None:
    """Why a job speaks against its target; None when it does not."""
    if job.phase is JobPhase.CANCELLED:
        return None
    if job.phase is JobPhase.LOST:
        if job.resolution is None:
            return "a job was lost there"
        return "it could not be reached" if job.resolution is Resolution.NOT_RUN else None
    return "a command ran out of time" if job.timed_out else None
