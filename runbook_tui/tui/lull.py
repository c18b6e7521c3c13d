"""When what moves by itself is drawn: right behind a key of somebody who types, and not just before the next one.

A flood, fifty hosts and clocks are some milliseconds to paint, which a key that comes meanwhile waits for. Who types
leaves at least 30 ms between two keys; the picture of a key is there after five, and what comes of it after fifteen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.message_pump import MessagePump

AFTER = 0.015  # seconds from a key until its own pictures are there
BEFORE = 0.04  # seconds from a key until the next may come
RESTED = 0.25  # seconds without a key after which none is expected
LONGEST = 0.25  # seconds that anything waits, however fast somebody types
AGAIN = 0.012  # seconds until what waits is looked at again: half of what there is between AFTER and BEFORE


class Lull:
    """Told of each key as soon as it is read, by whichever thread reads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._pressed = float("-inf")

    def pressed(self, at: float) -> None:
        self._pressed = at

    def waits(self, due: float) -> bool:
        """Whether what was due then had better wait."""
        now = self._monotonic()
        since = now - self._pressed
        return now - due < LONGEST and (since < AFTER or BEFORE < since < RESTED)


class ByClock:
    """A drawing that a clock asks for."""

    def __init__(
        self, pump: MessagePump, draw: Callable[[], None], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._pump = pump
        self._draw = draw
        self._monotonic = monotonic
        self._due: float | None = None

    def tick(self) -> None:
        if self._due is None:
            self._due = self._monotonic()
            self._look()

    def _look(self) -> None:
        if self._due is not None and lull_of(self._pump.app).waits(self._due):
            self._pump.set_timer(AGAIN, self._look)
            return
        self._due = None
        self._draw()


def lull_of(app: App[Any]) -> Lull:
    """Of this app; of one that tells no keys, nothing ever waits."""
    return getattr(app, "lull", None) or Lull()
