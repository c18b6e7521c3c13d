"""One condition, watched: what its readings add up to. Pure: time is passed in, readings are fed.

A condition is written as what is *bad*: `breach` with a threshold. It trips (FAIL) when every value of the trailing
`lasting` seconds breaches and enough of the expected values are there; a gap neither clears the timer nor completes it.

    PENDING -> WARMUP -> OBSERVING -> PASS | FAIL | NO_DATA | INSUFFICIENT | ERROR

As a *watch* (rollback conditions) it goes on for ever and `look` tells how it stands now. A watched criterion with a
time (`holding`) passes only once every value of that time was good, with the same share of them there; until then it
is INSUFFICIENT, and `passes_in` tells how long yet. As a *gate* (`observe` is set) it comes to one verdict that stays:
FAIL as soon as it trips, any other when the time of observation is over.
Times are seconds on the clock of the source; they need no meaning but their order and differences.
"""

from __future__ import annotations

import math
import operator
from collections import deque
from collections.abc import Callable
from enum import StrEnum

import msgspec

from runbook_tui.gates.verdict import Verdict

Comparison = Callable[[float, float], bool]
COMPARISONS: dict[str, Comparison] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}
ROOM = 1e-9  # seconds that rounding may take from a window


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A condition with everything that decides about it. Times in seconds."""

    id: str
    text: str  # for the operator
    breach: str  # the comparison that is bad: value `breach` threshold
    threshold: float
    clear: float | None = None  # after a trip only a value that does not breach this one counts as good again
    lasting: float = 0.0  # how long it must breach before it trips
    holding: float = 0.0  # a watched criterion: how long it must be good before it passes
    interval: float = 30.0  # between two expected values
    coverage: float = 0.8  # share of the expected values that must be there
    warmup: float = 0.0  # after the start, in which values are looked at and decide nothing
    observe: float | None = None  # a gate: comes to its verdict after so long; None: a watch
    least: int = 1  # values a gate wants before it passes
    stale: float | None = None  # a value older than this is none; unset: two and a half intervals
    keep: float = 0.0  # how long it must stay good before a trip is cleared
    unit: str = ""
    note: str = ""  # what is other here than in the document, for the operator
    step: str | None = None  # of the runbook, when it comes from one

    def __post_init__(self) -> None:
        if self.breach not in COMPARISONS or self.interval <= 0 or not 0 < self.coverage <= 1:
            raise ValueError(f"{self.text}: no such check")
        if self.clear is not None and self.breach in "<=>=" and COMPARISONS[self.breach[0]](self.clear, self.threshold):
            raise ValueError(f"{self.text}: what clears it ({self.clear:g}) lies beyond what trips it")

    @property
    def stale_after(self) -> float:
        return self.stale if self.stale is not None else 2.5 * self.interval

    def breaches(self, value: float) -> bool:
        return COMPARISONS[self.breach](value, self.threshold)

    def good_again(self, value: float) -> bool:
        """Whether a tripped condition may count this value towards being cleared."""
        return not COMPARISONS[self.breach](value, self.threshold if self.clear is None else self.clear)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a source. Either a finite value, or why there is none: NO_DATA or ERROR."""

    at: float
    value: float | None = None
    trouble: Verdict | None = None
    detail: str = ""
    series: int = 1


class Phase(StrEnum):
    PENDING = "pending"  # nothing was heard yet
    WARMUP = "warmup"
    OBSERVING = "observing"
    DECIDED = "decided"  # a gate that came to its verdict


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a condition stands at a moment."""

    check: str
    phase: Phase
    verdict: Verdict | None  # None while nothing can be said yet
    at: float
    value: float | None = None  # the newest value
    age: float | None = None  # seconds since it was taken
    breaching: float | None = None  # seconds for which it has breached
    trips_in: float | None = None  # seconds, if it goes on like this
    passes_in: float | None = None  # seconds: it is good, and must stay so for as long
    samples: int = 0
    expected: int = 0
    series: int = 0
    tripped: bool = False  # it has tripped and was not cleared since
    detail: str = ""


class _Streak:
    """The unbroken values of one kind, and which of them fall into the trailing window."""

    def __init__(self, window: float) -> None:
        self.window = window
        self.since: float | None = None  # the first
        self._last = 0.0
        self._times: deque[float] = deque()  # within the window

    def take(self, at: float) -> None:
        self.since = at if self.since is None else self.since
        self._last = at
        self._times.append(at)
        while len(self._times) > 1 and self._times[0] <= at - self.window + ROOM:
            self._times.popleft()

    def end(self) -> None:
        self.since = None
        self._times.clear()

    @property
    def fills(self) -> bool:
        """Whether its values span the window; how many of them are there is another question."""
        return self.since is not None and self._last - self.since >= self.window - ROOM

    def __len__(self) -> int:
        return len(self._times)


class Machine:
    """The states of one condition. Memory is bounded by the expected values of its longest window."""

    def __init__(self, check: Check, *, start: float) -> None:
        self.check = check
        self._start = start
        self._begin = start + check.warmup
        self._end = math.inf if check.observe is None else self._begin + check.observe
        self._newest: Reading | None = None  # of any kind
        self._valued: Reading | None = None  # the newest with a value
        self._bad = _Streak(check.lasting)
        self._good = _Streak(check.holding if check.observe is None else 0.0)
        self._good_since: float | None = None  # first of the unbroken good values after a trip
        self._tripped = False
        self._seen = 0  # values within the time of observation
        self._troubles: set[Verdict] = set()
        self._decided: Standing | None = None

    def feed(self, reading: Reading) -> None:
        """Take a reading in. One that is not newer than the last says nothing."""
        if self._decided is not None or (self._newest is not None and reading.at <= self._newest.at):
            return
        if reading.at > self._end + ROOM:
            return
        self._newest = reading
        if reading.value is None:
            if reading.at >= self._begin and reading.trouble is not None:
                self._troubles.add(reading.trouble)
            return
        self._valued = reading
        if reading.at < self._begin:
            return
        self._seen += 1
        now, before = (self._bad, self._good) if self.check.breaches(reading.value) else (self._good, self._bad)
        now.take(reading.at)
        before.end()
        self._follow_trip(reading)

    def renew(self) -> None:
        """What is measured was changed: that it was good before says nothing of how long it is good now."""
        self._good.end()

    def look(self, now: float) -> Standing:
        """How it stands now."""
        if self._decided is not None:
            return self._decided
        over = now >= self._end - ROOM
        standing = self._standing(min(now, self._end))
        if self.check.observe is None or (standing.phase is not Phase.OBSERVING and not over):
            return standing
        if standing.verdict is Verdict.FAIL:
            self._decided = msgspec.structs.replace(standing, phase=Phase.DECIDED)
        elif over:
            verdict, detail = self._at_the_end(standing)
            self._decided = msgspec.structs.replace(standing, phase=Phase.DECIDED, verdict=verdict, detail=detail)
        else:
            return msgspec.structs.replace(standing, verdict=None)
        return self._decided

    # --- inside ---

    def _follow_trip(self, reading: Reading) -> None:
        value = reading.value
        if value is None:
            return
        if self._bad.fills and self._enough(self._bad):
            self._tripped, self._good_since = True, None
        elif self._tripped and self.check.observe is None:
            if self.check.good_again(value):
                self._good_since = reading.at if self._good_since is None else self._good_since
                if reading.at - self._good_since >= self.check.keep - ROOM:
                    self._tripped, self._good_since = False, None
            else:
                self._good_since = None

    def _enough(self, streak: _Streak) -> bool:
        return len(streak) >= self._wanted(streak.window)

    def _missing(self, streak: _Streak) -> str:
        expected = self._expected(streak.window)
        return f"{expected - len(streak)} of {expected} values are missing"

    def _expected(self, window: float) -> int:
        return max(1, int(window / self.check.interval + ROOM))

    def _wanted(self, window: float) -> int:
        """Values that must be there: `coverage` of the expected, rounded up."""
        share = self._expected(window) * self.check.coverage
        return max(1, int(share) + (share - int(share) > ROOM))

    def _standing(self, now: float) -> Standing:
        check, newest = self.check, self._newest
        base = Standing(
            check=check.id, phase=Phase.OBSERVING, verdict=None, at=now, samples=self._seen,
            expected=self._expected(max(0.0, now - self._begin)),
            value=self._valued.value if self._valued else None,
            age=max(0.0, now - self._valued.at) if self._valued else None,
            series=newest.series if newest else 0, tripped=self._tripped,
        )  # fmt: skip
        if now < self._begin:
            phase = Phase.WARMUP if newest is not None else Phase.PENDING
            return msgspec.structs.replace(base, phase=phase, detail=newest.detail if newest else "")
        if newest is None and now - self._begin <= check.stale_after + ROOM:
            return msgspec.structs.replace(base, phase=Phase.PENDING)
        verdict, detail = self._now(now)
        since = self._bad.since
        return msgspec.structs.replace(
            base,
            verdict=verdict,
            detail=detail,
            breaching=None if since is None else max(0.0, now - since),
            trips_in=None if since is None or self._tripped else max(0.0, since + check.lasting - now),
            passes_in=self._passes_in(now) if verdict is Verdict.INSUFFICIENT else None,
        )

    def _now(self, now: float) -> tuple[Verdict, str]:
        """What can be said of this moment; a condition that has tripped stays so until values clear it."""
        newest, check = self._newest, self.check
        if self._tripped:
            return Verdict.FAIL, ""
        if newest is None or now - newest.at > check.stale_after + ROOM:
            heard = "nothing was heard" if newest is None else f"nothing was heard for {now - newest.at:.0f} s"
            return Verdict.NO_DATA, heard
        if newest.value is None and not self._bridged(now):
            return newest.trouble or Verdict.NO_DATA, newest.detail
        if self._bad.fills:
            return Verdict.NO_DATA, f"it breaches, but {self._missing(self._bad)}"
        return self._held() if self._good.window > 0 else (Verdict.PASS, "")

    def _bridged(self, now: float) -> bool:
        """Whether a value that is missing now ends no observation: like a gap, it neither clears nor completes."""
        valued = self._valued
        fresh = valued is not None and now - valued.at <= self.check.stale_after + ROOM
        return fresh and self._passes_in(now) is not None and not self._good.fills

    def _held(self) -> tuple[Verdict, str]:
        """Of a criterion that is to be good for a time, and has not tripped."""
        good = self._good
        if not good.fills:
            return Verdict.INSUFFICIENT, f"it must stay good for {good.window:g} s"
        if not self._enough(good):
            return Verdict.NO_DATA, f"it holds, but {self._missing(good)}"
        return Verdict.PASS, ""

    def _passes_in(self, now: float) -> float | None:
        good = self._good
        if good.window <= 0 or self._bad.since is not None:
            return None
        return good.window if good.since is None else max(0.0, good.since + good.window - now)

    def _at_the_end(self, standing: Standing) -> tuple[Verdict, str]:
        """A gate's verdict when its time is over and it has not tripped."""
        observe = self.check.observe or 0.0
        wanted = self._wanted(observe)
        if standing.verdict is not Verdict.PASS:
            return standing.verdict or Verdict.NO_DATA, standing.detail or "nothing was heard"
        if self._seen < wanted:
            verdict = Verdict.ERROR if Verdict.ERROR in self._troubles else Verdict.NO_DATA
            return verdict, f"{self._seen} of {self._expected(observe)} expected values came"
        if self._seen < self.check.least:
            return Verdict.INSUFFICIENT, f"{self._seen} values, at least {self.check.least} are wanted"
        if self._bad.since is not None:
            return Verdict.INSUFFICIENT, f"it breaches, for {standing.breaching:.0f} of {self.check.lasting:.0f} s"
        return Verdict.PASS, ""
