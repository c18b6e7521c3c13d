"""The rows of the outline: a runbook's sections and steps in the order of the document. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from runbook_tui.document.runbook import Runbook, Section, SectionRole, Step

_ASIDE = frozenset({SectionRole.ROLLBACK, SectionRole.TRIGGERS, SectionRole.EMERGENCY, SectionRole.REFERENCE})


class Row(NamedTuple):
    """A section (when `step` is None) or a step."""

    section: str
    step: str | None
    depth: int
    folds: bool = False  # has something below it
    about: bool = False  # what the document says before its first heading


class OutlineRows:
    """All rows of a document, and which of them are shown."""

    def __init__(self, runbook: Runbook) -> None:
        self.runbook = runbook
        self.every = tuple(_rows(runbook))
        self.folded: set[str] = {
            section.id
            for section in runbook.sections
            if section.role in _ASIDE and (section.parent is None or not _aside(runbook, section.parent))
        }
        self.shown: list[Row] = []
        self._wanted: Callable[[str], bool] | None = None  # steps that are shown; None: all
        self.refold()

    def refold(self) -> None:
        """Bring `shown` up to date with `folded`."""
        path = {s.id: {above.id for above in self.runbook.section_path(s.id)} for s in self.runbook.sections}
        self.shown = [
            row
            for row in self.every
            if not (path[row.section] - ({row.section} if row.step is None else set())) & self.folded
        ]
        if self._wanted is not None:
            kept = {row.step for row in self.every if row.step is not None and self._wanted(row.step)}
            alive = {above for row in self.every if row.step in kept for above in path[row.section]}
            self.shown = [row for row in self.shown if row.step in kept or (row.step is None and row.section in alive)]

    def only(self, wanted: Callable[[str], bool] | None) -> None:
        """Show only these steps, and the sections they are in; None shows all."""
        self._wanted = wanted
        self.refold()

    def fold_all(self, *, fold: bool) -> None:
        """Every section that has something below it, but for the one around everything."""
        self.folded = {row.section for row in self.every if row.step is None and row.folds} if fold else set()
        self.refold()

    def toggle(self, section: str, *, fold: bool | None = None) -> None:
        fold = section not in self.folded if fold is None else fold
        (self.folded.add if fold else self.folded.discard)(section)
        self.refold()

    def reveal(self, step: str) -> None:
        """Unfold whatever hides the step."""
        above = {section.id for section in self.runbook.section_path(self.runbook.step_by_id[step].section)}
        if above & self.folded:
            self.folded -= above
            self.refold()
        if self._wanted is not None and self.index_of(step) is None:
            self.only(None)

    def is_inside(self, step: str, section: str) -> bool:
        found = self.runbook.step_by_id.get(step)
        return found is not None and any(above.id == section for above in self.runbook.section_path(found.section))

    def index_of(self, step: str | None, section: str | None = None) -> int | None:
        for number, row in enumerate(self.shown):
            if row.step == step and (step is not None or row.section == section):
                return number
        return None


def _aside(runbook: Runbook, section: str) -> bool:
    return any(above.role in _ASIDE for above in runbook.section_path(section))


def _rows(runbook: Runbook) -> Iterable[Row]:
    steps: dict[str, list[Step]] = {}
    for step in runbook.steps:
        steps.setdefault(step.section, []).append(step)
    children: dict[str | None, list[Section]] = {}
    for section in runbook.sections:
        children.setdefault(section.parent, []).append(section)
    tops = children.get(None, [])
    # the document's own title is in the header already: its sections stand at the left edge
    lone = tops[0] if len(tops) == 1 and children.get(tops[0].id) else None
    waiting = [(section, 0) for section in reversed(tops)]
    while waiting:
        section, depth = waiting.pop()
        below = children.get(section.id, [])
        own = steps.get(section.id, [])
        if section is lone:
            if section.prose.strip() or own:
                yield Row(section.id, None, depth, about=True)
        elif own or section.prose.strip() or below:
            yield Row(section.id, None, depth, bool(own or below))
        lift = 0 if section is lone else 1
        for step in own:
            yield Row(section.id, step.id, depth + lift + step.depth)
        waiting += [(child, depth + lift) for child in reversed(below)]
