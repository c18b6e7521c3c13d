"""Find a step by its title or by a command in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from runbook_tui.document.runbook import Runbook
from runbook_tui.tui import glyphs
from runbook_tui.tui.questions import Question
from runbook_tui.tui.rows import Part, RowList, spread
from runbook_tui.tui.standing import Standing
from runbook_tui.tui.terminal_text import safe


class Hits(RowList, can_focus=False):
    """Steps that match; the cursor is moved from the line above."""

    def __init__(self, runbook: Runbook, standing: Standing) -> None:
        super().__init__()
        self._runbook = runbook
        self._standing = standing
        self.hits: list[tuple[str, str]] = []  # step id, the command line that matched

    def look_for(self, needle: str) -> None:
        """Every word must stand in the title or in one line of a command; the case does not matter."""
        words = needle.lower().split()
        self.hits = []
        for step in self._runbook.steps:
            if all(word in step.title.lower() for word in words):
                self.hits.append((step.id, ""))
                continue
            for command in step.commands:
                lines = self._runbook.command_by_id[command].text.split("\n")
                line = next((line for line in lines if all(word in line.lower() for word in words)), None)
                if line is not None:
                    self.hits.append((step.id, safe(line.strip())))
                    break
        self.cursor = 0
        self.scroll_to(y=0, animate=False)
        self.styles.height = max(1, min(12, len(self.hits)))
        self.changed()

    def count(self) -> int:
        return len(self.hits)

    def parts(self, index: int, width: int) -> Sequence[Part]:
        step_id, line = self.hits[index]
        step = self._runbook.step_by_id[step_id]
        mark = glyphs.of_step(step, self._standing.phases[step_id], fired=False)
        pointer = "▌" if index == self.cursor else " "
        left = [(pointer, "accent"), (f"{mark.glyph} ", mark.colour)]
        title = f"{step.title}  $ {line}" if line else step.title
        return spread(left, (title, ""), [(f"line {step.line} ", "quiet")], width)


class Find(Question[str]):
    """Type to narrow the list, arrows to choose, enter to go there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
    ]

    def __init__(self, runbook: Runbook, standing: Standing) -> None:
        super().__init__("Find a step or a command")
        self._hits = Hits(runbook, standing)

    def answers(self) -> ComposeResult:
        yield Input(placeholder="words of a title or a command")
        yield self._hits

    def hint(self) -> str:  # type: ignore[override]
        return "↑ ↓ choose    enter go there    esc stay"

    def on_mount(self) -> None:
        super().on_mount()
        self._hits.look_for("")
        self.query_one(Input).focus()

    def action_move(self, count: int) -> None:
        self._hits.go(self._hits.cursor + count)

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self._hits.look_for(event.value)

    @on(Input.Submitted)
    def _go(self, event: events.Event) -> None:
        event.stop()
        if self._hits.hits:
            self.dismiss(self._hits.hits[self._hits.cursor][0])
        else:
            self.trouble("nothing matches")

    @on(RowList.Chosen)
    def _clicked(self, event: RowList.Chosen) -> None:
        self.dismiss(self._hits.hits[event.index][0])
