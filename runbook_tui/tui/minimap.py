"""The whole walk on one line: what is settled, what is open, where trouble is, where the cursor stands."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from runbook_tui.run.state import StepPhase
from runbook_tui.tui.rows import Part, strip
from runbook_tui.tui.theme import pens

FEWEST = 12  # steps from which on a map is worth a line
_GLYPHS = {  # the worst of a cell's steps is drawn, in this order
    StepPhase.FAILED: ("✖", "error"),
    StepPhase.UNKNOWN: ("?", "warning"),
    StepPhase.RUNNING: ("▶", "accent"),
    StepPhase.PENDING: ("·", ""),
    StepPhase.BLOCKED: ("·", "quiet"),
    StepPhase.ROLLED_BACK: ("◁", "quiet"),
    StepPhase.SKIPPED: ("–", "quiet"),
    StepPhase.DONE: ("■", "success"),
}
_ORDER = {phase: at for at, phase in enumerate(_GLYPHS)}
HERE, MARKED, PARTLY = "▲", "◆", "▪"


class Minimap(Widget):
    """One cell for one or more steps of the walk; a click goes there."""

    DEFAULT_CSS = "Minimap { height: 1; background: $panel; display: none; }"

    class Chosen(Message):
        def __init__(self, step: str) -> None:
            super().__init__()
            self.step = step

    def __init__(self) -> None:
        super().__init__()
        self._steps: tuple[str, ...] = ()
        self._places: dict[str, int] = {}
        self._phases: tuple[StepPhase, ...] = ()
        self._marks: frozenset[str] = frozenset()
        self._cursor = -1
        self._drawn: list[Part] = []  # the cells without the cursor
        self._drawn_of: tuple[object, ...] = ()

    def show(self, steps: Sequence[str], phases: Sequence[StepPhase], here: str | None, marks: Sequence[str]) -> None:
        """The steps of the walk in order, how they stand, and which of them the cursor is on or before."""
        if steps is not self._steps:
            self._places = {step: n for n, step in enumerate(steps)}
        cursor = self._places.get(here or "", -1)
        now = (tuple(steps), tuple(phases), frozenset(marks), cursor)
        if now != (self._steps, self._phases, self._marks, self._cursor):
            self._steps, self._phases, self._marks, self._cursor = now
            self.refresh()

    @property
    def useful(self) -> bool:
        return len(self._steps) >= FEWEST

    def _cells(self) -> list[tuple[int, int]]:
        """The steps of each cell, as [start, end)."""
        count, width = len(self._steps), max(1, self.size.width - 2)
        if count <= width:
            return [(n, n + 1) for n in range(count)]
        return [(n * count // width, (n + 1) * count // width) for n in range(width)]

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        parts = [(" ", ""), *self._picture()]
        if self._cursor >= 0:
            cell = next((n for n, (_, end) in enumerate(self._cells()) if self._cursor < end), 0)
            parts[1 + cell] = (HERE, "strong accent")
        return strip(parts, self.size.width, pens(self.app).on(self.rich_style))

    def _picture(self) -> list[Part]:
        """The cells without the cursor: drawn anew when something other than the cursor has changed."""
        of = (self._steps, self._phases, self._marks, self.size.width)
        if len(of) == len(self._drawn_of) and all(a is b or a == b for a, b in zip(of, self._drawn_of, strict=True)):
            return self._drawn
        parts: list[Part] = []
        for start, end in self._cells():
            phases = self._phases[start:end]
            glyph, pen = _GLYPHS[min(phases, key=_ORDER.__getitem__)]
            if glyph == "·" and any(phase in (StepPhase.DONE, StepPhase.SKIPPED) for phase in phases):
                glyph = PARTLY
            if self._marks and any(step in self._marks for step in self._steps[start:end]):
                glyph, pen = MARKED, "accent"
            parts.append((glyph, pen))
        self._drawn, self._drawn_of = parts, of
        return parts

    def on_click(self, event: events.Click) -> None:
        cells = self._cells()
        if cells:
            start, _ = cells[max(0, min(event.x - 1, len(cells) - 1))]
            self.post_message(self.Chosen(self._steps[start]))
