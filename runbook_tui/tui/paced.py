"""Drawing what events have changed: at once after a rest, so often and no more while they come thick and fast."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.message_pump import MessagePump

from runbook_tui.tui.lull import AGAIN

EVERY = 0.1  # seconds from the end of one drawing to the next


class Paced:
    """Fifty hosts that begin a command are a hundred events in a second or two, and each drawing takes a key's time."""

    def __init__(
        self,
        pump: MessagePump,
        draw: Callable[[], None],
        *,
        every: float = EVERY,
        waits: Callable[[float], bool] = lambda _: False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pump = pump
        self._draw = draw
        self._every = every
        self._waits = waits  # whether a drawing of many, due then, had better come later
        self._monotonic = monotonic
        self._asked = False
        self._due: float | None = None  # of a drawing that comes soon after another one
        self._ended = float("-inf")

    def soon(self) -> None:
        """Draw once for however many events came in."""
        if self._asked:
            return
        self._asked = True
        now = self._monotonic()
        rest = self._ended + self._every - now
        self._due = now + rest if rest > 0 else None
        if rest > 0:
            self._pump.set_timer(rest, self._now)
        else:
            self._pump.call_later(self._now)

    def _now(self) -> None:
        if self._due is not None and self._waits(self._due):
            self._pump.set_timer(AGAIN, self._now)
            return
        self._asked = False
        try:
            self._draw()
        finally:
            self._ended = self._monotonic()
