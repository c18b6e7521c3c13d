"""Every action by its name, with its key."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import cast

from textual import events
from textual.app import ComposeResult
from textual.command import (
    CommandInput,
    CommandList,
    CommandPalette,
    DiscoveryHit,
    Hit,
    Hits,
    Provider,
    SearchIcon,
)
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, LoadingIndicator

from runbook_tui.tui import keys
from runbook_tui.tui.house import House
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.keys import Key
from runbook_tui.tui.leaving import LeftOnce
from runbook_tui.tui.walk import Walk

_ANYWHERE = ("help", "theme", "leave")


class Commands(CommandList):
    """A click that was on its way when what was typed took its row away chooses nothing."""

    def _on_click(self, event: events.Click) -> None:  # type: ignore[override]  # the library's own comes after it
        if event.style.meta.get("option", -1) >= self.option_count:
            event.prevent_default()


class Palette(CommandPalette, LeftOnce[None]):
    """A command that is chosen twice in one moment is called once."""

    def compose(self) -> ComposeResult:
        """As the library does, with a list of our own."""
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield SearchIcon()
                yield CommandInput(placeholder=self._placeholder, select_on_focus=False)
            with Vertical(id="--results"):
                yield Commands()
                yield LoadingIndicator()

    def _select_or_command(self, event: Input.Submitted | Button.Pressed | None = None) -> None:
        if not self._left:
            super()._select_or_command(event)

    def _action_command_list(self, action: str) -> None:
        """In a terminal without a row for the list there is no page to move by; the library looks one up."""
        with suppress(KeyError):
            super()._action_command_list(action)


class Actions(Provider):
    """The actions of the screen below; those that do nothing now say why when they are called, as their keys do."""

    async def discover(self) -> Hits:
        for place, key in self._here():
            yield DiscoveryHit(self._name(place, key), partial(self._call, place, key), text=key.says)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for place, key in self._here():
            name = self._name(place, key)
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), partial(self._call, place, key), text=key.says)

    def _here(self) -> list[tuple[str, Key]]:
        place = getattr(self.screen, "PLACE", "")
        own = [(place, key) for key in keys.PLACES[place].keys] if place in keys.PLACES else []
        known = {key.action for _, key in own}
        own += [("walk", key) for key in keys.WALK if key.action in _ANYWHERE and key.action not in known]
        return [(there, key) for there, key in own if key.action != "palette"]

    async def _call(self, place: str, key: Key) -> None:
        screen, app = self.screen, cast("House", self.app)
        if not screen.is_mounted or self.app.screen is not screen:  # it went while the palette did, or is covered
            return
        if isinstance(screen, Walk):
            screen.action_act(key.action)
        elif key.action == "help":
            app.show_help()
        elif key.action == "theme":
            app.action_other_theme()
        elif place == "walk":
            app.action_leave()
        else:
            await screen.run_action(key.do or key.action)

    def _name(self, place: str, key: Key) -> str:
        shown = keymap_of(self.app).shown(place, key.action)
        return f"{key.says}  ({shown})" if shown else key.says
