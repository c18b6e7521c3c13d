"""Somebody who presses everything: keys, clicks, pastes and other sizes, in an order that a seed decides.

The run is the same only as far as the machine is: what a key meets depends on how far a command has come.
It falls when an exception reached the screen, when nothing any key does can be seen any more, when escape does not
lead home, when leaving does not leave, and when a key takes away a screen that others lie on.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from runbook_tui.tui import questions
from runbook_tui.tui.app import RunbookApp
from runbook_tui.tui.help import Help
from runbook_tui.tui.library import Library
from runbook_tui.tui.questions import Confirm
from tests.monkey.hands import LEAVING, SIZES, keys_of, painted, something_else, type_
from tests.monkey.looks import Story, hints, is_home, look, names, stack, told
from tests.monkey.stages import Stages

__all__ = ["Fallen", "Story", "play"]
OTHER = 25  # keys between two things that are no keys
HOME = 250  # keys between two walks home
TOLD = 60  # keys that are told of when something went wrong
DEAD = 500  # keys after which nothing on the screen has changed
LONGEST = 900  # keys before it is left
PATIENCE = 60.0  # seconds for the way home, and for the way out: work that is under way may end first


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

    def exit(self, *args: Any, **more: Any) -> None:
        """Without the words of parting, which would be printed each time."""
        super().exit(*args, **(more | {"message": None}))


class Player:
    """Plays a number of keys, on one stage after the other; raises Fallen."""

    def __init__(self, seed: int, stages: Stages, story: Story, heard: Callable[[Story], None]) -> None:
        self._choose = random.Random(seed)
        self._seed = seed
        self._stages = stages
        self._story = story
        self._heard = heard
        self._last: list[str] = []
        self._at = ""

    async def play(self, count: int) -> None:
        order: list[str] = []
        while self._story.keys < count:
            order = order or self._choose.sample(sorted(self._stages.every), len(self._stages.every))
            self._at = order.pop()
            self._story.stages[self._at] += 1
            until = min(count, self._story.keys + self._choose.randrange(LONGEST // 4, LONGEST))
            async with self._stages.every[self._at]() as opening:
                app = Watchful(**opening)
                size = SIZES[0] if self._at == "small" else self._choose.choice(SIZES[:2])
                async with app.run_test(size=size) as pilot:
                    await pilot.pause()
                    await self._session(pilot, until)
                    self._whole(app)
            gc.unfreeze()  # each app has laid aside what lived when it stood, as if it were the only one
            gc.collect()
            self._heard(self._story)

    async def _session(self, pilot: Pilot[None], until: int) -> None:
        app, story = pilot.app, self._story
        other, home = story.keys + OTHER, story.keys + HOME
        before = look(app)
        while story.keys < until and not app._exit:
            shown = hints(app)
            keys = keys_of(self._choose, app)
            self._last = [*self._last, *keys][-TOLD:]
            await type_(pilot, keys)
            after = look(app)
            wrong = story.took(keys, before, after, shown)
            self._whole(app)
            if wrong:
                raise self._fallen(wrong)
            if story.quiet > DEAD:
                raise self._fallen(f"{story.quiet} keys changed nothing on {names(after.screens)}", app)
            if story.keys >= other:
                other += OTHER
                await self._no_key(pilot)
                after = look(app)
            if story.keys >= home and not app._exit:
                home += HOME
                await self._home(pilot)
                after = look(app)
            before = after
        await self._out(pilot)

    async def _no_key(self, pilot: Pilot[None]) -> None:
        if self._choose.random() < 0.1:
            self._stages.weather(self._choose.randrange(4))
        if self._choose.random() < 0.02 and self._at.startswith("posed") and not pilot.app._exit:
            self._stages.besides(pilot.app)
        await something_else(self._choose, pilot)

    async def _home(self, pilot: Pilot[None]) -> None:
        """Escape, as often as it takes; then a key must still do something."""
        app = pilot.app
        self._story.ways_home += 1
        await self._press_until(pilot, "escape", lambda: is_home(app), "escape does not lead home")
        if self._choose.random() < 0.5 and isinstance(next(iter(stack(app)), None), Library):
            at_library = lambda: isinstance(app.screen, Library)  # noqa: E731
            await self._press_until(pilot, LEAVING, at_library, "the run is not left", answers=True)
        if not app._exit and is_home(app) and getattr(app.screen, "PLACE", "") in ("walk", "library"):
            await self._press_until(pilot, "question_mark", lambda: isinstance(app.screen, Help), "home takes no key")
            await self._press_until(pilot, "escape", lambda: is_home(app), "help is not left")

    async def _out(self, pilot: Pilot[None]) -> None:
        """By its key from home, or by the one that leaves from anywhere."""
        app = pilot.app
        self._story.ways_out += 1
        key = "ctrl+q"
        if self._choose.random() < 0.5:
            key = LEAVING
            await self._home(pilot)
        await self._press_until(pilot, key, lambda: app._exit, f"{key} does not leave", answers=True)

    async def _press_until(self, pilot: Pilot[None], key: str, done: Any, wrong: str, *, answers: bool = False) -> None:
        app, end, times = pilot.app, time.monotonic() + PATIENCE, 0
        while not done() and not app._exit:
            if time.monotonic() > end:
                raise self._fallen(f"{wrong}: {names(stack(app))}", app)
            screen = app.screen if stack(app) else None
            await type_(pilot, [screen._key if answers and isinstance(screen, Confirm) else key])
            self._whole(app)
            times += 1
            if times > 3:  # something may be under way that is waited for
                await painted(pilot, 0.05)
            if key == "question_mark" and times > 3 and not done():
                await type_(pilot, ["escape"])

    def _whole(self, app: Any) -> None:
        if app._exception is not None or app.defects:
            error = app._exception or app.defects[0]
            raise self._fallen(f"{type(error).__name__}: {error}") from error

    def _fallen(self, what: str, app: Any = None) -> Fallen:
        what = f"{what}\n{told(app)}" if app is not None else what
        return Fallen(f"seed {self._seed}, “{self._at}”, after {self._story.keys} keys: {what}\nlast: {self._last}")


async def play(
    count: int, seed: int, folder: Path, *, all_of_them: bool = False, heard: Callable[[Story], None] = lambda _: None
) -> Story:
    """Press that many keys in this folder, which is the current one; raises Fallen. How it went.

    Keys come in bursts, and the next when the last has been painted. Questions take answers at once here, or hardly
    any would ever be answered; what was typed before they were painted answers nothing here either. `heard` hears of
    each session.
    """
    before, questions.REST = questions.REST, 0.0
    story = Story()
    try:
        with Stages(folder, all_of_them=all_of_them) as stages:
            await Player(seed, stages, story, heard).play(count)
    finally:
        questions.REST = before
    return story
