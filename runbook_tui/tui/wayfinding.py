"""Finding one's way in a long document: jumps there and back, trouble, bookmarks, what was searched for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from runbook_tui.document.counting import counted
from runbook_tui.tui.house import Seat
from runbook_tui.tui.outline import Outline
from runbook_tui.tui.outline_rows import Row
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.standing import Standing

if TYPE_CHECKING:
    from runbook_tui.tui.find import Found

REMEMBERED = 100  # places


class Trail:
    """Where one was, as a browser keeps it: back, on, and what lies ahead is forgotten by a new jump."""

    def __init__(self) -> None:
        self._places: list[str] = []
        self._at = -1

    def jump(self, origin: str | None, to: str) -> None:
        if origin is not None and (self._at < 0 or self._places[self._at] != origin):
            self._add(origin)
        self._add(to)

    def _add(self, step: str) -> None:
        self._places = [*self._places[: self._at + 1], step][-REMEMBERED:]
        self._at = len(self._places) - 1

    def move(self, by: int, here: str | None) -> str | None:
        """The place before or after; from elsewhere, first the last jump's own end."""
        if by < 0 and here is not None and self._at >= 0 and self._places[self._at] != here:
            return self._places[self._at]
        if not 0 <= self._at + by < len(self._places):
            return None
        self._at += by
        return self._places[self._at]


class Ground(Seat, Protocol):
    """The walk, as wayfinding sees it."""

    view: RunView | None
    keeps_saying: bool  # over the move that is under way

    @property
    def outline(self) -> Outline: ...

    @property
    def row(self) -> Row | None: ...

    @property
    def standing(self) -> Standing | None: ...


class Wayfinding:
    """What the keys do that only move the cursor."""

    def __init__(self, walk: Ground) -> None:
        self._walk = walk
        self._trail = Trail()
        self._hits: tuple[str, ...] = ()  # steps that hold what was searched for
        self._needle = ""

    def deeds(self) -> dict[str, Callable[[], None]]:
        return {
            "open_next": self._open_next,
            "trouble": self._next_trouble,
            "find": self._find,
            "next_hit": lambda: self._next_hit(1),
            "hit_before": lambda: self._next_hit(-1),
            "end_find": self._end_find,
            "jump_back": lambda: self._jump(-1),
            "jump_on": lambda: self._jump(1),
            "next_mark": self._next_mark,
            "fold_all": lambda: self._fold_all(fold=True),
            "unfold_all": lambda: self._fold_all(fold=False),
            "only_open": self._only_open,
        }

    @property
    def searching(self) -> bool:
        return bool(self._hits)

    def go(self, step: str, say: str = "") -> None:
        """Jump there, and remember where one was; what is said stays until the next move."""
        self._trail.jump(self._here, step)
        moves = self._here != step
        self._walk.outline.go_to_step(step, by_hand=True)
        self._say(say, moves=moves)

    def _say(self, text: str, *, moves: bool) -> None:
        if text:
            self._walk.tell(text)
            self._walk.keeps_saying = moves

    @property
    def _here(self) -> str | None:
        return self._walk.row.step if self._walk.row is not None else None

    def _open_next(self) -> None:
        step = self._walk.standing.next_open(self._here) if self._walk.standing is not None else None
        if step is None:
            self._walk.tell("no step is open")
        else:
            self.go(step)

    def _next_trouble(self) -> None:
        step = self._walk.standing.next_trouble(self._here) if self._walk.standing is not None else None
        if step is None:
            self._walk.tell("nothing failed, nothing is unknown, no condition holds")
        else:
            self.go(step)

    def _next_mark(self) -> None:
        view = self._walk.view
        marked = [step.id for step in view.runbook.steps if step.id in view.state.marks] if view is not None else []
        if not marked:
            self._walk.tell("no step has a bookmark")
            return
        self.go(_after(marked, self._here, [step.id for step in view.runbook.steps] if view is not None else [], 1))

    def _jump(self, by: int) -> None:
        step = self._trail.move(by, self._here)
        if step is None:
            self._walk.tell("no jump before this" if by < 0 else "no jump after this")
        else:
            self._walk.outline.go_to_step(step, by_hand=True)

    # --- searching ---

    def _find(self) -> None:
        """At once: what is typed behind the key is what is looked for, and no other key of the walk."""
        from runbook_tui.tui.find import Find

        view, standing = self._walk.view, self._walk.standing
        if view is not None and standing is not None and not isinstance(self._walk.app.screen, Find):
            self._walk.app.push_screen(Find(view, standing, self._needle), self._found)

    def _found(self, found: Found | None) -> None:
        if found is None:
            return
        self._needle, self._hits = found.needle, found.steps
        self.go(found.step, self._hit(found.step) if found.needle else "")

    def _next_hit(self, direction: int) -> None:
        view = self._walk.view
        if not self._hits or view is None:
            self._walk.tell("nothing is searched for")
            return
        order = [step.id for step in view.runbook.steps]
        hits = sorted(set(self._hits), key=order.index)
        step = _after(hits, self._here, order, direction)
        self.go(step, self._hit(step))

    def _hit(self, step: str) -> str:
        which = f"{self._hits.index(step) + 1} of " if step in self._hits else ""
        return f"“{self._needle}”: {which}{counted(len(self._hits), 'step')}"

    def _end_find(self) -> None:
        if self._hits:
            self._hits = ()
            self._walk.tell("the search is over")

    # --- folding ---

    def _fold_all(self, *, fold: bool) -> None:
        self._walk.outline.fold_all(fold=fold)

    def _only_open(self) -> None:
        before = self._walk.outline.cursor
        only = self._walk.outline.toggle_only_open()
        said = "only what is open and in trouble is shown" if only else "all steps are shown"
        self._say(said, moves=self._walk.outline.cursor != before)


def _after(some: list[str], here: str | None, order: list[str], direction: int) -> str:
    """The next of some steps in the order of the document, going round."""
    at = order.index(here) if here in order else -1
    if direction > 0:
        return next((step for step in some if order.index(step) > at), some[0])
    return next((step for step in reversed(some) if order.index(step) < at), some[-1])
