"""The single lines at the top and the bottom of a screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from runbook_tui.tui.rows import Part, cut, strip
from runbook_tui.tui.theme import pens


class Bar(Widget):
    """A line with something at the left and something at the right; the left gives way."""

    DEFAULT_CSS = "Bar { height: 1; background: $panel; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._left: tuple[Part, ...] = ()
        self._right: tuple[Part, ...] = ()

    def show(self, left: Sequence[Part], right: Sequence[Part] = ()) -> None:
        now = (tuple(left), tuple(right))
        if now != (self._left, self._right):
            self._left, self._right = now
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        width = self.size.width
        taken = sum(cell_len(text) for text, _ in self._right)
        free = max(0, width - taken - 3)
        left: list[Part] = [(" ", "")]
        for text, pen in self._left:
            piece = cut(text, free)
            free -= cell_len(piece)
            left.append((piece, pen))
        parts = [*left, (" " * max(0, free + 1), ""), *self._right, (" ", "")]
        return strip(parts, width, pens(self.app).on(self.rich_style))


class Hint(NamedTuple):
    """A key of the footer."""

    key: str
    label: str
    action: str


class KeyBar(Widget):
    """The keys that work here, as many as fit; a click is a key press."""

    DEFAULT_CSS = "KeyBar { height: 1; background: $panel; }"

    class Pressed(Message):
        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, hints: Sequence[Hint] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._hints = tuple(hints)

    def show(self, hints: Sequence[Hint]) -> None:
        """The most wanted first; where there is no room some are left out, never the last two."""
        if tuple(hints) != self._hints:
            self._hints = tuple(hints)
            self.refresh()

    def _fitting(self) -> list[tuple[Hint, int, int]]:
        """Hints with the columns they take."""
        width = self.size.width - 1
        sizes = [cell_len(hint.key) + cell_len(hint.label) + 3 for hint in self._hints]
        kept = list(range(len(sizes)))
        while len(kept) > 3 and sum(sizes[i] for i in kept) > width:
            kept.pop(-3)
        out, column = [], 1
        for index in kept:
            out.append((self._hints[index], column, column + sizes[index]))
            column += sizes[index]
        return out

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        parts: list[Part] = [(" ", "")]
        for hint, _, _ in self._fitting():
            parts += [(hint.key, "strong accent"), (f" {hint.label}  ", "")]
        return strip(parts, self.size.width, pens(self.app).on(self.rich_style))

    def on_click(self, event: events.Click) -> None:
        for hint, start, stop in self._fitting():
            if start <= event.x < stop:
                self.post_message(self.Pressed(hint.action))
