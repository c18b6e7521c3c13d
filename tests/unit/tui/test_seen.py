"""A screen takes keys once it was painted, also when what lay on it at that moment has gone."""

from __future__ import annotations

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from runbook_tui.tui import questions
from runbook_tui.tui.questions import Seen


class Way(Seen[None]):
    BINDINGS = [Binding("escape", "back", "back")]  # noqa: RUF012

    def action_back(self) -> None:
        self.dismiss(None)


class House(App[None]):
    """Passes keys on as the app does."""

    async def on_event(self, event):
        screen = self.screen if self.screen_stack else None
        if hasattr(event, "key") and isinstance(screen, Seen) and not screen.accepts(event):
            return
        await super().on_event(event)


async def test_a_screen_whose_painting_was_told_to_another_takes_keys_all_the_same(monkeypatch):
    monkeypatch.setattr(questions, "REST", 0.0)
    app = House()
    async with app.run_test() as pilot:
        way = Way()
        await app.push_screen(way)
        await pilot.pause()
        way._takes_answers_at = None  # its callback was kept by a screen that lay on it, and is gone with that
        await app.push_screen(Screen())
        app.pop_screen()
        await pilot.pause()
        assert way.armed
        way._takes_answers_at = None
        await pilot.press("escape")  # the first may be too early
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is not way
