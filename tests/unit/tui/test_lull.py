"""What moves by itself gives way to who types, and never for long."""

import pytest

from runbook_tui.tui import lull
from runbook_tui.tui.lull import ByClock, Lull
from runbook_tui.tui.paced import EVERY, Paced
from tests.unit.tui.test_paced import Pump


def lull_with_a_key_at(pressed, now):
    one = Lull(lambda: now)
    one.pressed(pressed)
    return one


@pytest.mark.parametrize(
    ("since", "waits"), [(0.005, True), (0.02, False), (0.035, False), (0.06, True), (0.2, True), (0.3, False)]
)
def test_right_behind_a_key_or_when_nobody_types(since, waits):
    assert lull_with_a_key_at(10.0, 10.0 + since).waits(10.0 + since) is waits


def test_nothing_waits_for_long_nor_where_no_key_was_pressed():
    assert not lull_with_a_key_at(10.0, 10.001).waits(10.0 - lull.LONGEST)
    assert not Lull().waits(1e9)


def test_somebody_who_types_leaves_a_gap_that_is_met():
    assert lull.BEFORE - lull.AFTER > 2 * lull.AGAIN


class Typist(Pump):
    """A pump of an app in which a key is pressed every so often."""

    def __init__(self, every):
        super().__init__()
        self._every = every
        self.app = self

    @property
    def lull(self):
        return lull_with_a_key_at(self.now // self._every * self._every, self.now)


def test_what_a_clock_draws_comes_between_two_keys():
    pump, drawn = Typist(0.064), []
    clock = ByClock(pump, lambda: drawn.append(pump.now), monotonic=lambda: pump.now)
    for second in range(1, 20):
        pump.until(second * 0.997)
        clock.tick()
    pump.until(30.0)
    assert len(drawn) == 19
    assert all(lull.AFTER <= at % 0.064 <= lull.BEFORE for at in drawn)


def test_keys_without_a_gap_hold_a_clock_for_a_moment_only():
    pump, drawn = Typist(0.01), []
    clock = ByClock(pump, lambda: drawn.append(pump.now), monotonic=lambda: pump.now)
    pump.until(1.0)
    clock.tick()
    clock.tick()  # asked again meanwhile
    pump.until(3.0)
    assert len(drawn) == 1
    assert drawn[0] <= 1.0 + lull.LONGEST + 2 * lull.AGAIN


def test_a_storm_gives_way_and_what_comes_alone_does_not():
    pump, drawn = Typist(0.064), []
    paced = Paced(
        pump, lambda: drawn.append(pump.now), monotonic=lambda: pump.now, waits=lambda due: pump.lull.waits(due)
    )
    pump.until(0.064 * 20 + 0.05)
    paced.soon()
    pump.until(pump.now)
    assert drawn == [0.064 * 20 + 0.05]
    paced.soon()
    pump.until(5.0)
    assert len(drawn) == 2
    assert drawn[1] >= drawn[0] + EVERY - 1e-9
    assert lull.AFTER <= drawn[1] % 0.064 <= lull.BEFORE
