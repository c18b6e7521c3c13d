"""Waits for what a screen shows, however slow the machine is."""

import time


async def until(pilot, predicate, what="it", seconds=20.0):
    """Let the app go on until this holds."""
    end = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < end, f"{what} did not come"
        await pilot.pause(0.02)
