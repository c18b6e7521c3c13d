"""Settings: how the app looks, and what the operator's own files say and get wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from runbook_tui import config as own
from runbook_tui.document.counting import counted
from runbook_tui.places import keys_file
from runbook_tui.tui import keys, theme
from runbook_tui.tui.bars import Bar, KeyBar
from runbook_tui.tui.footer import hint
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.leaving import LeftOnce
from runbook_tui.tui.rows import Part, RowList
from runbook_tui.tui.step_text import clock

_SAYS = {
    "auto": "as the terminal says of its ground",
    "dark": "light letters on a dark ground",
    "light": "dark letters on a light ground",
    "contrast": "white on black, strong colours",
}


def _short(path: Path) -> str:
    """A path that leaves room for what stands beside it: its end is what tells it from others."""
    said = str(path)
    home = str(Path.home())
    said = "~" + said[len(home) :] if said.startswith(home + "/") else said
    return said if len(said) <= 44 else "…" + said[-43:]


class SettingRows(RowList):
    """A row each; the cursor rests on what can be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen = "auto"
        self._told: list[Part] = []

    def show(self, chosen: str, told: Sequence[Part]) -> None:
        self.chosen, self._told = chosen, list(told)
        self.changed()

    def count(self) -> int:
        return 1 + len(own.THEMES) + len(self._told)

    def go(self, index: int, *, by_hand: bool = False) -> None:
        super().go(min(max(index, 1), len(own.THEMES)), by_hand=by_hand)

    def can_rest(self, index: int) -> bool:
        return 1 <= index <= len(own.THEMES)

    def parts(self, index: int, width: int) -> Sequence[Part]:  # noqa: ARG002
        if index == 0:
            return [(" Theme", "strong quiet")]
        if index <= len(own.THEMES):
            name = own.THEMES[index - 1]
            here = name == self.chosen
            pointer = ("▌" if index == self.cursor else " ", "accent")
            mark = ("✔ " if here else "○ ", "success" if here else "")
            return [pointer, (" ", ""), mark, (f"{name:<10}", "strong" if here else ""), (_SAYS[name], "quiet")]
        return [(" ", ""), self._told[index - 1 - len(own.THEMES)]]


class Settings(LeftOnce[None]):
    """A theme is seen at once and kept in config.toml; files are written by an editor, and judged here."""

    PLACE = "settings"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("settings")]
    DEFAULT_CSS = "Settings RowList { height: 1fr; margin-top: 1; }"

    def compose(self) -> ComposeResult:
        yield Bar(id="top")
        yield SettingRows()
        yield Bar(id="strip")
        keymap = keymap_of(self.app)
        yield KeyBar([hint(keymap, self.PLACE, action) for action in ("choose", "reload", "back", "help")])

    async def on_mount(self) -> None:
        self.query_one("#top", Bar).show([("Settings", "strong")], [(_short(own.config_file()), "quiet")])
        rows = self.query_one(SettingRows)
        rows.focus()
        await self._read()
        rows.go(1 + own.THEMES.index(rows.chosen))

    async def action_reload(self) -> None:
        """By key: it says so, as mostly nothing has changed."""
        await self._read()
        self.query_one("#strip", Bar).show([(f"read again at {clock(datetime.now(UTC))}", "quiet")])

    async def _read(self) -> None:
        found = await asyncio.to_thread(own.own_config)
        self.query_one(SettingRows).show(found.theme, self._told(found))

    def _told(self, found: own.Config) -> list[Part]:
        keymap = keymap_of(self.app)
        changed = counted(len(keymap.own), "key") if keymap.own else "no key"
        policy = own.policy_file()
        lines: list[Part] = [
            ("", ""),
            ("Keys", "strong quiet"),
            (f"  {keymap.style} style, {changed} changed   {_short(keys_file())}", ""),
            *((f"  ! {trouble}", "warning") for trouble in keymap.troubles),
            ("  rbt keys tells all of them; rbt keys --example is a file to start from", "quiet"),
            ("", ""),
            ("Notices", "strong quiet"),
            (
                f"  {len(found.notify)} addresses are told when a person is wanted"
                if found.notify
                else "  nobody is told outside this terminal: notify in config.toml or policy.yaml",
                "",
            ),
            ("", ""),
            ("Policy", "strong quiet"),
            (f"  {_short(policy)}" + ("" if policy.is_file() else "   (not there: all may do all)"), ""),
        ]
        if found.troubles:
            lines += [("", ""), ("What is wrong in config.toml", "strong quiet")]
            lines += [(f"  ! {trouble}", "warning") for trouble in found.troubles]
        return lines

    @on(RowList.Chosen)
    async def action_choose(self) -> None:
        rows = self.query_one(SettingRows)
        name = own.THEMES[rows.cursor - 1]
        try:
            path = await asyncio.to_thread(own.keep_theme, name)
        except (OSError, ValueError) as error:
            told = (f"it was not kept: {error}", "warning")
        else:
            told = (f"{name} is kept in {path}", "quiet")
        self.app.theme = theme.preferred(name)
        self.query_one("#strip", Bar).show([told])
        await self._read()

    def action_back(self) -> None:
        self.dismiss()

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)
