"""The outline at the left: where the run stands, drawn from data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.strip import Strip

from runbook_tui.document.runbook import Runbook, SectionRole, StepRole
from runbook_tui.run.state import RunState, StepPhase
from runbook_tui.run.where import may_run
from runbook_tui.tui import glyphs, keys
from runbook_tui.tui.outline_rows import OutlineRows, Row
from runbook_tui.tui.rows import Part, RowList, spread
from runbook_tui.tui.standing import Standing

_SETTLED = (StepPhase.DONE, StepPhase.SKIPPED, StepPhase.ROLLED_BACK, StepPhase.BLOCKED)


class Outline(RowList):
    """Sections that fold, and their steps. It is told state; it says where the cursor goes."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("outline")]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: OutlineRows | None = None
        self._standing: Standing | None = None
        self._state = RunState()
        self._only_open = False
        self._others: dict[str, str] = {}  # step -> who else looks at it

    # --- state down ---

    def show(self, runbook: Runbook, standing: Standing, state: RunState) -> None:
        """Draw this document; a cursor on a step that is still there stays on it."""
        row = self.row
        self._rows = OutlineRows(runbook)
        self._standing = standing
        self._state = state
        self.changed()
        if row is not None and (index := self._rows.index_of(row.step, row.section)) is not None:
            self.go(index)

    def follow(self, state: RunState) -> None:
        self._state = state
        if self._only_open:
            here = self.row
            self._narrow()
            if here is not None and self._rows is not None:
                at = self._rows.index_of(here.step, here.section)
                self.go(at if at is not None else self.cursor)
        self.refresh()

    def point(self, others: dict[str, str]) -> None:
        """Where other people's cursors stand."""
        if others != self._others:
            self._others = others
            self.refresh()

    def _here(self, row: Row) -> list[Part]:
        """Who else is on this row: on a folded section, who is inside."""
        if not self._others or self._rows is None:
            return []
        if row.step is not None:
            who = self._others.get(row.step)
        elif row.section in self._rows.folded:
            inside = [name for step, name in self._others.items() if self._rows.is_inside(step, row.section)]
            who = ", ".join(inside)
        else:
            who = None
        return [(f" ◂{who} ", "accent")] if who else []

    @property
    def marks(self) -> tuple[str, ...]:
        """The bookmarks that are drawn."""
        return self._state.marks

    @property
    def row(self) -> Row | None:
        if self._rows is None or not self._rows.shown:
            return None
        return self._rows.shown[min(self.cursor, len(self._rows.shown) - 1)]

    def go_to_step(self, step: str, *, by_hand: bool = False) -> None:
        if self._rows is None:
            return
        shown = len(self._rows.shown)
        self._rows.reveal(step)
        if len(self._rows.shown) != shown:
            self.changed()
        if (index := self._rows.index_of(step)) is not None:
            self.go(index, by_hand=by_hand)

    # --- folding ---

    def fold_all(self, *, fold: bool) -> None:
        """All sections folded to their titles, or all open."""
        if self._rows is None or (row := self.row) is None:
            return
        self._rows.fold_all(fold=fold)
        self.changed()
        at = self._rows.index_of(row.step, row.section)
        self.go(at if at is not None else self._rows.index_of(None, row.section) or 0, by_hand=True)

    def toggle_only_open(self) -> bool:
        """Leave out what is settled, or show it again; whether it is left out now."""
        if self._rows is None or self._standing is None:
            return False
        row, self._only_open = self.row, not self._only_open
        self._narrow()
        if row is not None:
            at = self._rows.index_of(row.step, row.section)
            self.go(at if at is not None else 0, by_hand=True)
        return self._only_open

    def _narrow(self) -> None:
        standing = self._standing
        if self._rows is not None and standing is not None:
            shown = frozenset(standing.unsettled)
            self._rows.only((lambda step: step in shown or standing.in_trouble(step)) if self._only_open else None)
            self.changed()

    def toggle(self, *, fold: bool | None = None) -> None:
        """Fold or unfold the section the cursor is in."""
        row = self.row
        if row is None or self._rows is None:
            return
        section = row.section
        if row.step is None and fold and section in self._rows.folded:
            section = self._rows.runbook.section_by_id[section].parent or section
        self._rows.toggle(section, fold=fold)
        self.changed()
        self.go(self._rows.index_of(None, section) or 0, by_hand=True)

    def action_fold(self) -> None:
        self.toggle(fold=True)

    def action_unfold(self) -> None:
        row = self.row
        if row is not None and row.step is None:
            self.toggle(fold=False)

    # --- drawing ---

    def count(self) -> int:
        return len(self._rows.shown) if self._rows else 0

    def render_line(self, y: int) -> Strip:
        if y == 0 and self._rows is not None and (top := int(self.scroll_offset.y)) and self.cursor != top:
            row = self._rows.shown[min(top, len(self._rows.shown) - 1)]
            index = self._rows.index_of(None, row.section)
            if row.step is not None and index is not None:  # the section the first rows belong to stays in sight
                return self.strip_of(index, self.size.width, marked=False)
        return super().render_line(y)

    def parts(self, index: int, width: int) -> Sequence[Part]:
        if self._rows is None or self._standing is None:
            return ()
        row = self._rows.shown[index]
        if row.step is None:
            return self._section(row, width, index == self.cursor)
        step = self._standing.runbook.step_by_id[row.step]
        phase = self._standing.phases[step.id]
        passed_over = step.id in self._standing.passed_over
        mark = glyphs.of_step(step, phase, fired=self._state.step(step.id).fired, passed_over=passed_over)
        commands = self._standing.runbook.command_by_id
        dollar = "$" if any(may_run(commands[command]) for command in step.commands) else " "
        settled = passed_over or phase in _SETTLED
        pen = "quiet" if settled else mark.colour if phase is not StepPhase.PENDING else ""
        if step.role is StepRole.TRIGGER:
            pen = mark.colour
        pointer = "▌" if index == self.cursor else " "
        left = [(pointer, "accent"), ("  " * row.depth, ""), (mark.glyph + " ", mark.colour)]
        bookmark = [("◆ ", "accent")] if step.id in self._state.marks else []
        return spread(left, (step.title, pen), [*bookmark, *self._here(row), (dollar + " ", "quiet")], width)

    def _section(self, row: Row, width: int, here: bool) -> list[Part]:
        standing, rows = self._standing, self._rows
        if standing is None or rows is None:
            return []
        pointer = "▌" if here else " "
        section = standing.runbook.section_by_id[row.section]
        count = standing.counts[row.section]
        arrow = ("▸ " if row.section in rows.folded else "▾ ") if row.folds else "· "
        title = section.title
        if row.about:
            return spread([(pointer, "accent"), ("· ", "quiet")], ("About this runbook", ""), [], width)
        right: list[Part] = []
        if section.role is SectionRole.TRIGGERS or (count.triggers and not count.total):
            arrow = arrow[:1] + " "
            title = f"! {title}"
            right = [(f"{count.fired}/{count.triggers} ", "error" if count.fired else "quiet")]
        elif count.total:
            done = count.done == count.total
            right = [(f"{count.done}/{count.total} ", "success" if done else "quiet")]
        if count.troubled:
            right.insert(0, ("✖ ", "error"))
        right = [*self._here(row), *right]
        pen = "strong" if row.depth == 0 else ""
        pen = f"{pen} quiet".strip() if count.total and count.done == count.total else pen
        return spread([(pointer, "accent"), ("  " * row.depth, ""), (arrow, "quiet")], (title, pen), right, width)
