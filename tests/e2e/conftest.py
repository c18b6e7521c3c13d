import time
from contextlib import asynccontextmanager

import pytest

from runbook_tui.desk import LocalDesk
from runbook_tui.tui.app import RunbookApp
from runbook_tui.tui.questions import Seen
from runbook_tui.tui.walk import Walk
from tests.integration.gates.conftest import service

__all__ = ["service"]


class Operator:
    """Somebody at the keyboard: presses keys, reads the screen, waits for what should come."""

    def __init__(self, app, pilot):
        self.app = app
        self.pilot = pilot

    @property
    def walk(self) -> Walk:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, Walk))

    @property
    def state(self):
        return self.walk.view.state

    @property
    def here(self):
        """The title of the step under the cursor."""
        row = self.walk.row
        return self.walk.view.runbook.step_by_id[row.step].title if row and row.step else None

    def phase(self, title):
        runbook = self.walk.view.runbook
        step = next(step for step in runbook.steps if step.title == title)
        return self.walk._standing.phases[step.id].value

    async def press(self, *keys):
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def answer(self, *keys):
        """Press when the question has been seen."""
        await self.until(lambda: isinstance(self.app.screen, Seen) and self.app.screen.armed, "a question")
        await self.press(*keys)

    async def write(self, text):
        names = {" ": "space", "-": "minus", ".": "full_stop", "'": "apostrophe", "$": "dollar_sign"}
        await self.answer(*[names.get(char, char) for char in text])

    async def go_to(self, title):
        runbook = self.walk.view.runbook
        step = next(step for step in runbook.steps if step.title == title)
        self.walk.outline.go_to_step(step.id, by_hand=True)
        await self.pilot.pause()

    async def until(self, predicate, what="it", seconds=15):
        end = time.monotonic() + seconds
        while not predicate():
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not come; the screen says:\n{self.screen}")
            await self.pilot.pause(0.03)

    async def reads(self, *texts, seconds=15):
        for text in texts:
            await self.until(lambda text=text: text in self.screen, f"“{text}”", seconds)

    @property
    def screen(self):
        """What is on the screen, as text."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A place with its own state, where `rbt` finds nothing else."""
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("RBT_KEYS", str(tmp_path / "keys.toml"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def document(folder):
    """Writes a runbook and tells its path."""

    def write(text, name="release.md"):
        path = folder / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def opened(folder):
    """Opens the app for an operator."""

    @asynccontextmanager
    async def open_(path=None, *, run=None, watch=None, size=(120, 40)):
        app = RunbookApp(LocalDesk(), open_path=str(path) if path else None, run=run, watch=watch)
        async with app.run_test(size=size) as pilot:
            operator = Operator(app, pilot)
            if path or run or watch:
                await operator.until(
                    lambda: operator.walk.view is not None or isinstance(app.screen, Seen) or operator.walk.said[1],
                    "the run",
                )
                await pilot.pause()
            yield operator

    return open_


@pytest.fixture(autouse=True)
def calm(monkeypatch):
    for name in ("NO_COLOR", "COLORFGBG", "RBT_THEME"):
        monkeypatch.delenv(name, raising=False)
