"""What waits for a painting is not lost with a screen that lay on top for a moment."""

from __future__ import annotations

from textual.app import App
from textual.screen import Screen

from runbook_tui.tui.after_painting import after_painting


class Forgetful(Screen[None]):
    """Goes before it is painted: whatever was handed to it for afterwards is gone with it."""

    def _invoke_later(self, *_):
        pass


async def test_what_waits_is_kept_by_its_own_screen():
    app, done = App[None](), []
    async with app.run_test() as pilot:
        below = app.screen
        await app.push_screen(Forgetful())
        below.call_after_refresh(done.append, "by the library")
        after_painting(below, lambda: done.append("by its own screen"))
        await pilot.pause()
        app.pop_screen()
        await pilot.pause()
        assert done == ["by its own screen"]


async def test_it_is_done_after_the_painting():
    app, done = App[None](), []
    async with app.run_test() as pilot:
        app.screen.refresh(layout=True)
        after_painting(app.screen, lambda: done.append(app.screen._layout_required))
        await pilot.pause(0.1)
        assert done == [False]
