"""A screen that is done while another lies on it leaves that alone, and goes when it is on top again."""

from __future__ import annotations

from textual.app import App
from textual.screen import Screen

from runbook_tui.tui.leaving import LeftOnce


async def test_the_end_of_some_work_takes_away_its_own_screen_and_not_the_one_on_top():
    app, said = App[None](), []
    async with app.run_test() as pilot:
        below, works, above = app.screen, LeftOnce[str](), Screen[None]()
        await app.push_screen(works, said.append)
        await app.push_screen(above)
        works.dismiss("signed")
        works.dismiss("signed again")
        await pilot.pause()
        assert app.screen is above
        assert said == []
        app.pop_screen()
        await pilot.pause()
        assert app.screen is below
        assert said == ["signed"]


async def test_two_keys_of_one_moment_take_away_one_screen():
    app = App[None]()
    async with app.run_test() as pilot:
        first, second = LeftOnce[None](), LeftOnce[None]()
        await app.push_screen(first)
        await app.push_screen(second)
        second.dismiss()
        second.dismiss()
        await pilot.pause()
        assert app.screen is first
