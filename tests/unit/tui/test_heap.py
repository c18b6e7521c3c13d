import gc
import weakref

import pytest

from runbook_tui.tui import heap
from runbook_tui.tui.heap import Heap


class Ring:
    """Garbage that only a collector finds."""

    def __init__(self):
        self.itself = self


@pytest.fixture
def settled():
    before = gc.get_threshold()
    one = Heap()
    one.settle()
    yield one
    gc.set_threshold(*before)
    gc.unfreeze()


def grown_old():
    """A ring that young collections have seen often enough to look at it no more."""
    ring = Ring()
    for _ in range(heap._DUE + 2):
        gc.collect(1)
    return ring


def test_what_came_later_and_went_is_collected_when_nobody_types(settled):
    ring = grown_old()
    gone = weakref.ref(ring)
    del ring
    gc.collect(1)
    assert gone() is not None
    settled.tidy()
    assert gone() is None


def test_what_was_passed_over_is_looked_at_again_when_much_has_come(settled, monkeypatch):
    ring = grown_old()
    gone = weakref.ref(ring)
    settled.tidy()
    del ring
    for _ in range(heap._DUE + 2):
        gc.collect(1)
    settled.tidy()
    assert gone() is not None
    monkeypatch.setattr(heap, "_GROWN", 0)
    for _ in range(heap._DUE + 2):
        gc.collect(1)
    settled.tidy()
    assert gone() is None


def test_what_has_just_come_and_gone_is_swept_up_where_it_is_much(settled):
    gc.collect()
    ring = Ring()
    gone = weakref.ref(ring)
    del ring
    settled.sweep()
    assert gone() is not None
    held = [[n] for n in range(heap._SWEPT)]
    settled.sweep()
    assert gone() is None
    assert len(held) == heap._SWEPT


def test_nothing_is_tidied_before_the_first_screen_stands():
    ring = grown_old()
    gone = weakref.ref(ring)
    del ring
    Heap().tidy()
    assert gone() is not None


def test_keys_meet_a_whole_collection_only_after_very_many_short_ones(settled):
    assert gc.get_threshold()[2] == heap._WHOLE


def test_what_one_picture_is_made_of_is_not_looked_over_while_it_is_made(settled):
    gc.collect()
    begun = sum(one["collections"] for one in gc.get_stats())
    picture = [[row, column] for row in range(40) for column in range(100)]
    assert sum(one["collections"] for one in gc.get_stats()) == begun
    assert len(picture) == 4_000
