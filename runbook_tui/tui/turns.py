"""Threads of one interpreter take turns, and the screen is one of them."""

from __future__ import annotations

import sys

TURN = 0.0005  # seconds


def take_short_turns() -> None:
    """To be called when the first frame is on its way, before other threads have much to do.

    A thread that computes gives way only after a while (sys.setswitchinterval, 5 ms unless said), and to whichever of
    the others comes first: with six at work, as when fifty hosts are logged in to, the screen waits for several.
    """
    sys.setswitchinterval(TURN)
