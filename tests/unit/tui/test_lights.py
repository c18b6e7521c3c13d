"""What is watched is looked at as often as a person can read it, and at once when the run has moved."""

from __future__ import annotations

from runbook_tui.run.gauges import Gauge
from runbook_tui.run.state import RunState
from runbook_tui.tui.lights import EVERY, Lights


class View:
    def __init__(self) -> None:
        self.state = RunState()
        self.asked = 0
        self.verdicts: list[str | None] = ["pass"]

    def gauges(self) -> list[Gauge]:
        self.asked += 1
        return [Gauge(condition=str(n), text=str(n), verdict=one) for n, one in enumerate(self.verdicts)]


def test_many_keys_of_one_moment_look_once():
    now, view = 0.0, View()
    lights = Lights(lambda: now)
    assert [lights.of(view).verdict for _ in range(10)] == ["pass"] * 10
    assert lights.moving(view)
    assert view.asked == 1
    view.verdicts = ["pass", "fail"]
    now = EVERY
    assert (lights.of(view).verdict, view.asked) == ("fail", 2)


def test_a_run_that_moved_and_another_run_are_looked_at_at_once():
    now, view = 0.0, View()
    lights = Lights(lambda: now)
    lights.of(view)
    view.verdicts, view.state = ["fail"], RunState(seq=1)
    assert lights.of(view).verdict == "fail"
    other = View()
    other.state = view.state
    assert lights.of(other).verdict == "pass"


def test_what_only_a_person_judges_does_not_move():
    view = View()
    view.verdicts = []
    assert not Lights().moving(view)
