"""A list of rows with a cursor, drawn line by line from data: the outline, the library and the lists of questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from runbook_tui.tui import keys
from runbook_tui.tui.theme import pens

Part = tuple[str, str]  # text, pen


def cut(text: str, width: int) -> str:
    """The text in at most `width` cells, with an ellipsis where it was cut."""
    if len(text) <= width and text.isascii():
        return text
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width > 0 else ""


class RowList(ScrollView, can_focus=True):
    """Rows are asked for one by one while they are painted; nothing is kept per row."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("rows")]
    DEFAULT_CSS = "RowList { overflow-x: hidden; scrollbar-gutter: stable; }"

    cursor = reactive(0, repaint=False)
    _look: tuple[Style, int, int, int] | None = None  # of this paint

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, rows: RowList, index: int, *, by_hand: bool) -> None:
            super().__init__()
            self.rows = rows
            self.index = index
            self.by_hand = by_hand

        @property
        def control(self) -> RowList:
            return self.rows

    class Chosen(Message):
        """A row was clicked twice, or clicked while the cursor stood on it."""

        def __init__(self, rows: RowList, index: int) -> None:
            super().__init__()
            self.rows = rows
            self.index = index

        @property
        def control(self) -> RowList:
            return self.rows

    # --- what a list of its own says ---

    def count(self) -> int:
        raise NotImplementedError

    def parts(self, index: int, width: int) -> Sequence[Part]:
        """The row as pieces of text, each with the name of its pen."""
        raise NotImplementedError

    def can_rest(self, index: int) -> bool:  # noqa: ARG002
        """Whether the cursor may stand on this row."""
        return True

    sticky_rows = 0  # lines at the top that are not the list's

    # --- moving ---

    def changed(self) -> None:
        """The rows are others now: size and picture are brought up to date."""
        count = self.count()
        self.virtual_size = Size(self.scrollable_content_region.width or self.size.width, count + self.sticky_rows)
        if self.cursor >= count:
            self.cursor = max(0, count - 1)
        self.refresh()

    def go(self, index: int, *, by_hand: bool = False) -> None:
        """Put the cursor on a row and bring it into view."""
        count = self.count()
        if not count:
            return
        index = max(0, min(count - 1, index))
        before = self.cursor
        moved = index != before
        self.cursor = index
        if self._bring_into_view():
            self.refresh()
        else:  # two rows differ; painting all of them would be felt in every key
            self.refresh_rows((before, index))
        if moved:
            self.post_message(self.Moved(self, index, by_hand=by_hand))

    def _bring_into_view(self) -> bool:
        """Scroll when the cursor is at the edge; whether it did."""
        height = self.scrollable_content_region.height
        if height <= 0:
            return True
        top = int(self.scroll_offset.y)
        if self.cursor < top + 1:
            to = max(0, self.cursor - 1)
        elif self.cursor + self.sticky_rows > top + height - 2:
            to = self.cursor + self.sticky_rows - height + 2
        else:
            return False
        self.scroll_to(y=to, animate=False)
        return to != top

    def action_move(self, step: int) -> None:
        index = self.cursor + step
        while 0 <= index < self.count() and not self.can_rest(index):
            index += step
        if 0 <= index < self.count():
            self.go(index, by_hand=True)

    def action_page(self, direction: int) -> None:
        self.go(self.cursor + direction * max(1, self.size.height - 2), by_hand=True)

    def action_edge(self, last: int) -> None:
        self.go(self.count() - 1 if last else 0, by_hand=True)

    def on_click(self, event: events.Click) -> None:
        index = event.y + int(self.scroll_offset.y) - self.sticky_rows
        if not 0 <= index < self.count() or not self.can_rest(index):
            return
        chosen = index == self.cursor or event.chain > 1
        self.go(index, by_hand=True)
        if chosen:
            self.post_message(self.Chosen(self, index))

    def on_resize(self) -> None:
        self.changed()
        self._bring_into_view()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    # --- drawing ---

    def render_line(self, y: int) -> Strip:
        ground, width, left, top = self._look or self._looks()
        index = y + top - self.sticky_rows
        if not 0 <= index < self.count():
            return Strip.blank(width, ground)
        return self.strip_of(index, left)

    def strip_of(self, index: int, width: int, *, marked: bool | None = None) -> Strip:
        """One row as it is painted."""
        paint = pens(self.app)
        here = index == self.cursor if marked is None else marked
        ground = (self._look or self._looks())[0]
        if here:
            ground += paint["cursor" if self.has_focus else "cursor-far"]
        return strip(self.parts(index, width), width, paint.on(ground))

    def render_lines(self, crop: Region) -> list[Strip]:
        self._look = self._looks()  # asked once a paint and not once a row: it takes as long as the row
        try:
            return super().render_lines(crop)
        finally:
            self._look = None

    def _looks(self) -> tuple[Style, int, int, int]:
        """The style of the ground, the columns, those of them that the scrollbar leaves, and the first row."""
        width = self.size.width
        left = width - self.scrollbar_size_vertical * self.show_vertical_scrollbar
        return self.rich_style, width, left, int(self.scroll_offset.y)

    def refresh_rows(self, indices: Iterable[int]) -> None:
        """Draw these anew, those of them that are on the screen."""
        top, (width, height) = int(self.scroll_offset.y) - self.sticky_rows, self.size
        lines = sorted({index - top for index in indices if 0 <= index - top < height})
        regions: list[Region] = []
        for line in lines:
            if regions and regions[-1].bottom == line:
                regions[-1] = regions[-1].grow((0, 0, 1, 0))
            else:
                regions.append(Region(0, line, width, 1))
        if regions:
            self.refresh(*regions)


def strip(parts: Sequence[Part], width: int, paint: Mapping[str, Style]) -> Strip:
    """The parts on one line, cut and filled to the width."""
    left = width
    out: list[Segment] = []
    for text, pen in parts:
        if left <= 0:
            break
        if not text:
            continue
        piece = cut(text, left)
        left -= len(piece) if piece.isascii() else cell_len(piece)
        out.append(Segment(piece, paint[pen]))
    if left > 0:
        out.append(Segment(" " * left, paint[""]))
    return Strip(out, width)


def spread(left: Sequence[Part], title: Part, right: Sequence[Part], width: int) -> list[Part]:
    """`left`, then the title cut to what is free, then `right` at the right edge."""
    taken = sum(cell_len(text) for text, _ in left) + sum(cell_len(text) for text, _ in right)
    free = max(4, width - taken)
    text = cut(title[0], free - 1)
    return [*left, (text, title[1]), (" " * max(1, free - cell_len(text)), ""), *right]
