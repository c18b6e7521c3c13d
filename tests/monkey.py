"""Somebody who presses everything: keys, clicks, pastes and other sizes, in an order that a seed decides.

The run is the same only as far as the machine is: what a key meets depends on how far a command has come.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path
from typing import Any

from textual import events
from textual.geometry import Size
from textual.keys import key_to_character
from textual.pilot import Pilot

from runbook_tui.desk import LocalDesk
from runbook_tui.tui import questions
from runbook_tui.tui.app import RunbookApp
from runbook_tui.tui.keys import PLACES

TEXT = """# Monkey

Some **prose**.

## One

- [ ] A box
  - [ ] inside 部署

```bash
# Look
echo hello <name>
```

<!-- rbt: rollback="echo undone" -->
```bash
# Change
touch changed
```

```bash
# Many lines
seq 1 2000
```

```bash
# Wrong
echo '{"no": [1, 2]}'; exit 3
```

Ticket: ____________

## Choose

### Option A: quick

- [ ] Quickly

### Option B: slow

- [ ] Slowly

## Sign-off

- [ ] **Operator**: ____________________ Date: __________

## Rollback criteria

Roll back immediately if:

- [ ] It burns

## Rollback

```bash
# Back
echo back
```

- [ ] Tell them
"""
MOVES = [
    "enter",
    "enter",
    "enter",
    "enter",
    "space",
    "escape",
    "escape",
    "escape",
    "tab",
    "up",
    "down",
    "down",
    "j",
    "k",
]
LETTERS = [*"abcxyz019 -"]
LEAVING = "q"
EVERY = sorted({press for place in PLACES.values() for key in place.keys for press in key.keys.split(",") if press})
NEVER = {"ctrl+q", LEAVING}  # leaving has a chance of its own
BURSTS = [1, 1, 2, 3, 5, 8]  # keys that are typed before anybody looks
OTHER = 25  # keys between two things that are no keys
TOLD = 100  # keys that are told of when something went wrong
SIZES = [(80, 24), (120, 40), (30, 8), (170, 50), (50, 12)]


class Fallen(AssertionError):
    """Something went wrong for a reason of the program; the last keys are told."""


class Watchful(RunbookApp):
    """Remembers what it would have written down for a developer."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.defects: list[BaseException] = []

    def write_down(self, error: BaseException) -> str:
        self.defects.append(error)
        return super().write_down(error)


async def play(count: int, seed: int, path: Path) -> dict[str, float]:
    """Press that many keys; raises Fallen when an exception reached the screen. Figures of how it went.

    Keys come in bursts, and the next when the last has been painted. Questions take answers at once here, or hardly
    any would ever be answered; what was typed before they were painted answers nothing here either.
    """
    choose = random.Random(seed)
    before, questions.REST = questions.REST, 0.0
    pressed = opened = clicks = 0
    started, cpu = time.monotonic(), time.process_time()
    last: list[str] = []
    try:
        while pressed < count:
            opened += 1
            app = Watchful(LocalDesk(), open_path=str(path) if choose.random() < 0.8 else None)
            async with app.run_test(size=choose.choice(SIZES[:2])) as pilot:
                await pilot.pause()
                while pressed < count and not app._exit:
                    keys = [_key(choose, app) for _ in range(choose.choice(BURSTS))]
                    last = [*last, *keys][-TOLD:]
                    await type_(pilot, keys)
                    pressed += len(keys)
                    if pressed // OTHER > clicks:
                        clicks = pressed // OTHER
                        await _else(choose, pilot)
                    if app._exception is not None or app.defects:
                        raise Fallen(f"seed {seed}, after {pressed} keys: {last}") from (
                            app._exception or app.defects[0]
                        )
    finally:
        questions.REST = before
    return {"keys": pressed, "opened": opened, "clicks": clicks, "seconds": time.monotonic() - started,
            "cpu": time.process_time() - cpu}  # fmt: skip


async def type_(pilot: Pilot[None], keys: list[str]) -> None:
    """All of them as a terminal gives them, without the pilot's two rests for each."""
    for key in keys:
        _post(pilot, events.Key(key, key_to_character(key)))
    await _painted(pilot)


def _post(pilot: Pilot[None], event: events.Event) -> None:
    event.set_sender(pilot.app)
    pilot.app.post_message(event)


async def _painted(pilot: Pilot[None], seconds: float = 0.0) -> None:
    """What was posted is taken and on the screen, or the app has ended."""
    app = pilot.app
    taken = asyncio.create_task(pilot.pause(seconds))
    while not taken.done() and not app._exit:
        await asyncio.wait([taken], timeout=0.05)
    if app._exit or app._exception is not None:
        taken.cancel()
        await asyncio.gather(taken, return_exceptions=True)
    else:
        taken.result()


def _key(choose: random.Random, app: RunbookApp) -> str:
    kind = choose.random()
    if kind < 0.45:
        return choose.choice(MOVES)
    if kind < 0.6:
        letter = choose.choice(LETTERS)
        return {" ": "space", "-": "minus"}.get(letter, letter)
    if kind < 0.602:
        return LEAVING
    own = PLACES.get(getattr(app.screen, "PLACE", ""), PLACES["walk"]) if app.screen_stack else PLACES["walk"]
    if kind < 0.85:
        chosen = choose.choice([press for key in own.keys for press in key.keys.split(",") if press])
    else:
        chosen = choose.choice(EVERY)
    return "escape" if chosen in NEVER else chosen


async def _else(choose: random.Random, pilot: Pilot[None]) -> None:
    """A click, a paste, another size; and time to breathe."""
    app = pilot.app
    if app._exit or not app.screen_stack:
        return
    kind = choose.random()
    if kind < 0.3:
        size = app.screen.size
        x, y = choose.randrange(max(1, size.width)), choose.randrange(max(1, size.height))
        for mouse in (events.MouseMove, events.MouseDown, events.MouseUp):
            _post(pilot, mouse(None, x, y, 0, 0, 1, False, False, False, x, y))
    elif kind < 0.4:
        _post(pilot, events.Paste(choose.choice(["one\ntwo", "\x1b[31mred\x1b[0m 部署", "", "x" * 3000])))
    elif kind < 0.5:
        size = Size(*choose.choice(SIZES))
        app._driver._size = size  # as the pilot does
        app.post_message(events.Resize(size, size))
    await _painted(pilot, 0.01)


def where(folder: Path) -> Path:
    """A document to play with, a state and settings of its own; the caller has made the folder the current one."""
    os.environ |= {"RBT_STATE": str(folder / "state"), "RBT_KEYS": str(folder / "keys.toml")}
    path = folder / "monkey.md"
    path.write_text(TEXT)
    return path
