"""Every action by its name, with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from runbook_tui.tui import keys

if TYPE_CHECKING:
    from runbook_tui.tui.walk import Walk


class Actions(Provider):
    """The actions of the walk; those that do nothing now say why when they are called, as their keys do."""

    async def discover(self) -> Hits:
        for key in keys.WALK:
            if key.action != "palette":
                yield DiscoveryHit(_name(key), lambda a=key.action: self._call(a), text=key.says, help=None)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for key in keys.WALK:
            name = _name(key)
            score = matcher.match(name)
            if score > 0 and key.action != "palette":
                yield Hit(score, matcher.highlight(name), lambda a=key.action: self._call(a), text=key.says)

    def _call(self, action: str) -> None:
        cast("Walk", self.screen).action_act(action)


def _name(key: keys.Key) -> str:
    return f"{key.says}  ({key.shown})" if key.shown else key.says
