"""What can go wrong in the lab, each at a key: only there, and what is done is noted in the run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from runbook_tui.run.ports import OperatorError
from runbook_tui.tui import keys
from runbook_tui.tui.bars import Bar, KeyBar
from runbook_tui.tui.footer import hint
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.leaving import LeftOnce
from runbook_tui.tui.ports import LabFault, LabView
from runbook_tui.tui.rows import Part, RowList
from runbook_tui.tui.terminal_text import safe

EVERY = 1.0  # seconds: a step, another terminal or `rbt lab fault` may switch them too
WIDE = 100  # columns from which on the part is named in a column


class FaultRows(RowList):
    """A row each: whether it is on, its name, how strongly, and what it does to whom."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: tuple[LabFault, ...] = ()

    def show(self, faults: Sequence[LabFault]) -> None:
        if tuple(faults) != self.faults:
            self.faults = tuple(faults)
            self.changed()

    def count(self) -> int:
        return len(self.faults)

    def parts(self, index: int, width: int) -> Sequence[Part]:
        fault = self.faults[index]
        pointer = ("▌" if index == self.cursor else " ", "accent")
        mark, word, style = (
            ("●", "on", "error") if fault.on else ("◔", "waits", "warning") if fault.waits else ("○", "off", "")
        )
        does = f"waits for “{safe(fault.waits)}”" if fault.waits else fault.does
        told: list[Part] = [
            pointer, (" ", ""), (f"{mark} {word:<5} ", style), (f"{fault.name:<21}", "strong" if fault.on else ""),
            (f"{fault.strength:>8}  ", ""),
        ]  # fmt: skip
        if width >= WIDE:
            told.append((f"{fault.part:<10}", "quiet"))
        return [*told, (does, "quiet")]


class Faults(LeftOnce[None]):
    """The lab's faults, as they stand now."""

    PLACE = "faults"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("faults")]
    DEFAULT_CSS = "Faults RowList { height: 1fr; margin-top: 1; }"

    def __init__(self, lab: LabView, *, record: Callable[[str], None]) -> None:
        super().__init__()
        self._lab = lab
        self._record = record

    def compose(self) -> ComposeResult:
        yield Bar(id="top")
        yield FaultRows()
        yield Bar(id="strip")
        keymap = keymap_of(self.app)
        yield KeyBar([hint(keymap, self.PLACE, action) for action in ("switch", "none", "back", "help")])

    async def on_mount(self) -> None:
        self.query_one("#top", Bar).show([("Faults of the lab", "strong")], [("the lab alone", "quiet")])
        self.query_one("#strip", Bar).show([("what is switched is noted at the step", "quiet")])
        self.query_one(FaultRows).focus()
        await self._look()
        self.set_interval(EVERY, self._look)

    async def _look(self) -> None:
        self.query_one(FaultRows).show(await asyncio.to_thread(self._lab.faults))

    @on(RowList.Chosen)
    async def action_switch(self) -> None:
        rows = self.query_one(FaultRows)
        if rows.faults:
            name = rows.faults[rows.cursor].name
            await self._done(lambda: self._lab.switch(name))

    async def action_none(self) -> None:
        await self._done(self._lab.none)

    async def _done(self, deed: Callable[[], str]) -> None:
        try:
            said = await asyncio.to_thread(deed)
        except (OperatorError, OSError) as error:
            self.query_one("#strip", Bar).show([(safe(str(error)), "warning")])
            return
        self.query_one("#strip", Bar).show([(said, "")])
        self._record(said)
        await self._look()

    def action_back(self) -> None:
        self.dismiss()

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)
