"""Every action by its name, with its key."""

from __future__ import annotations

from functools import partial
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from runbook_tui.tui import keys
from runbook_tui.tui.house import House
from runbook_tui.tui.walk import Walk


class Actions(Provider):
    """The actions of the screen below; those that do nothing now say why when they are called, as their keys do."""

    async def discover(self) -> Hits:
        for key in self._here():
            yield DiscoveryHit(_name(key), partial(self._call, key.action), text=key.says)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for key in self._here():
            name = _name(key)
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), partial(self._call, key.action), text=key.says)

    def _here(self) -> list[keys.Key]:
        anywhere = {"help", "theme", "leave"}
        walking = isinstance(self.screen, Walk)
        return [key for key in keys.WALK if key.action in anywhere or (walking and key.action != "palette")]

    def _call(self, action: str) -> None:
        screen, app = self.screen, cast("House", self.app)
        if isinstance(screen, Walk):
            screen.action_act(action)
        elif action == "help":
            app.show_help()
        elif action == "theme":
            app.action_other_theme()
        else:
            app.action_leave()


def _name(key: keys.Key) -> str:
    return f"{key.says}  ({key.shown})" if key.shown else key.says
