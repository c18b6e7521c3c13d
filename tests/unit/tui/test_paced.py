"""What events have changed is drawn at once, and a storm of them a few times a second."""

from __future__ import annotations

from itertools import pairwise

from runbook_tui.tui.paced import EVERY, Paced


class Pump:
    """Calls later what it is given, at the time that is told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, object]] = []

    def call_later(self, work):
        self.due.append((self.now, work))

    def set_timer(self, seconds, work):
        self.due.append((self.now + seconds, work))

    def until(self, end):
        while self.due and min(at for at, _ in self.due) <= end:
            at, work = self.due.pop(min(range(len(self.due)), key=lambda n: self.due[n][0]))
            self.now = at
            work()
        self.now = end


def drawn_by(events):
    pump, drawn = Pump(), []
    paced = Paced(pump, lambda: drawn.append(pump.now), monotonic=lambda: pump.now)
    for at in events:
        pump.until(at)
        paced.soon()
    pump.until(events[-1] + 10)
    return drawn


def test_the_first_event_after_a_rest_is_drawn_at_once():
    assert drawn_by([1.0, 5.0]) == [1.0, 5.0]


def test_a_storm_is_drawn_now_and_then_and_its_last_event_too():
    drawn = drawn_by([1.0 + 0.001 * n for n in range(1000)])
    assert drawn[0] == 1.0
    assert drawn[-1] >= 1.999
    assert len(drawn) <= 2 + 1.0 / EVERY
    assert all(later - earlier >= EVERY - 1e-9 for earlier, later in pairwise(drawn))


def test_a_drawing_that_fails_is_not_the_last():
    pump, tries = Pump(), []

    def draw():
        tries.append(pump.now)
        raise ValueError

    paced = Paced(pump, draw, monotonic=lambda: pump.now)
    for at in (1.0, 3.0):
        paced.soon()
        try:
            pump.until(at)
        except ValueError:
            pump.now = at
    assert len(tries) == 2
