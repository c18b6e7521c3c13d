"""What is pressed, clicked, pasted: drawn by a seed from what the screen on top takes."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from textual import events
from textual.app import App
from textual.geometry import Size
from textual.keys import key_to_character
from textual.pilot import Pilot

from runbook_tui.tui.keys import PLACES
from runbook_tui.tui.questions import Confirm
from tests.monkey import looks

MOVES = ["enter"] * 4 + ["space"] + ["escape"] * 2 + ["tab", "up", "down", "down", "j", "k", "pagedown", "home", "end"]
LETTERS = [*"abcxyz019 -"]
LEAVING = "q"
EVERY = sorted({press for place in PLACES.values() for key in place.keys for press in key.keys.split(",") if press})
MOST_HOPS = 200
NEVER = {"ctrl+q", "ctrl+z", LEAVING}  # leaving has a chance of its own
BURSTS = [1, 1, 2, 4, 8, 13, 21]  # keys that are typed before anybody looks
SIZES = [(80, 24), (100, 24), (80, 24), (30, 8), (100, 24), (120, 40), (80, 24), (50, 12), (100, 24)]
PASTES = ["one\ntwo", "\x1b[31mred\x1b[0m 部署", "", "x" * 3000, "$(reboot)\t`id`\x00\x07"]


def keys_of(choose: random.Random, app: App[Any]) -> list[str]:
    """A burst; or one key of the footer alone, whose effect can be told then."""
    if choose.random() < 0.2 and app.screen_stack and (shown := looks.hints(app)):
        chosen = looks.pressed(choose.choice(shown))
        return ["escape" if chosen in NEVER else chosen]
    return [_key(choose, app) for _ in range(choose.choice(BURSTS))]


def _key(choose: random.Random, app: App[Any]) -> str:
    kind = choose.random()
    if kind < 0.002:
        return LEAVING
    screen = app.screen if app.screen_stack else None
    if isinstance(screen, Confirm) and kind < 0.25:
        return screen._key
    if kind < 0.3:
        return choose.choice(MOVES)
    if kind < 0.4:
        letter = choose.choice(LETTERS)
        return {" ": "space", "-": "minus"}.get(letter, letter)
    own = PLACES.get(getattr(screen, "PLACE", ""), PLACES["walk"])
    if kind < 0.7 and screen is not None and (shown := looks.hints(app)):
        chosen = looks.pressed(choose.choice(shown))
    elif kind < 0.85:
        chosen = choose.choice([press for key in own.keys for press in key.keys.split(",") if press])
    else:
        chosen = choose.choice(EVERY)
    return "escape" if chosen in NEVER else chosen


async def type_(pilot: Pilot[None], keys: list[str]) -> None:
    """All of them as a terminal gives them, without the pilot's two rests for each."""
    for key in keys:
        _post(pilot, events.Key(key, key_to_character(key)))
    await painted(pilot)


async def something_else(choose: random.Random, pilot: Pilot[None]) -> None:
    """A click, the wheel, a paste, another size; and time to breathe."""
    app = pilot.app
    if app._exit or not app.screen_stack:
        return
    kind = choose.random()
    if kind < 0.45:
        size = app.screen.size
        x, y = choose.randrange(max(1, size.width)), choose.randrange(max(1, size.height))
        y = size.height - 1 if kind < 0.15 else y  # a footer is hit seldom by chance
        for mouse in (events.MouseMove, events.MouseDown, events.MouseUp):
            _post(pilot, mouse(None, x, y, 0, 0, 1, False, False, False, x, y))
    elif kind < 0.55:
        wheel = choose.choice([events.MouseScrollDown, events.MouseScrollUp])
        for _ in range(3):
            _post(pilot, wheel(None, 5, 5, 0, 0, 0, False, False, False, 5, 5))
    elif kind < 0.65:
        _post(pilot, events.Paste(choose.choice(PASTES)))
    elif kind < 0.7:
        size = Size(*choose.choice(SIZES))
        app._driver._size = size  # as the pilot does
        app.post_message(events.Resize(size, size))
    await painted(pilot, 0.01)


def _post(pilot: Pilot[None], event: events.Event) -> None:
    event.set_sender(pilot.app)
    pilot.app.post_message(event)


async def painted(pilot: Pilot[None], seconds: float = 0.0) -> None:
    """What was posted is taken and on the screen, or the app has ended."""
    app = pilot.app
    taken = asyncio.create_task(pilot.pause(seconds))
    while not taken.done() and not app._exit and app._exception is None:
        await asyncio.wait([taken], timeout=0.05)
    if app._exit or app._exception is not None:
        taken.cancel()
        await asyncio.gather(taken, return_exceptions=True)
    else:
        taken.result()
        for _ in range(MOST_HOPS):  # a key that comes up from a screen passes the app once more
            if app._exit or not (app._message_queue.qsize() or app.screen._message_queue.qsize()):
                break
            await asyncio.sleep(0)
