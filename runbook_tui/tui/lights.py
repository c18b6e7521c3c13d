"""How the watched conditions stand, for the lines of a screen: worked out as often as a person can read it."""

from __future__ import annotations

import time
from collections.abc import Callable

from runbook_tui.run.gauges import Light, light
from runbook_tui.run.state import RunState
from runbook_tui.tui.ports import RunView

EVERY = 0.5  # seconds between two looks while the run itself does not move


class Lights:
    """Of one screen. Hundreds of conditions take milliseconds to look at, and a key wants several lines drawn."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._of: tuple[RunView, RunState] | None = None
        self._at = 0.0
        self._light = light(())
        self._moving = False

    def of(self, view: RunView) -> Light:
        """All conditions in one word."""
        self._look(view)
        return self._light

    def moving(self, view: RunView) -> bool:
        """Whether anything is asked for its value, so that something may be different a second later."""
        self._look(view)
        return self._moving

    def _look(self, view: RunView) -> None:
        now, seen = self._monotonic(), self._of
        if seen is not None and seen[0] is view and seen[1] is view.state and now - self._at < EVERY:
            return
        self._of, self._at = (view, view.state), now
        gauges = view.gauges()
        self._light = light(gauges)
        self._moving = any(not gauge.manual for gauge in gauges)
