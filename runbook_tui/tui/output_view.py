"""Lines of output, drawn straight from a bounded buffer: only what is on the screen is decoded.

Measured (200,000 lines/s): no work per line anywhere else, no more than one paint per 100 ms and only when something
came, the scrollbar's size brought up to date at most twice a second.
"""

from __future__ import annotations

import time
from math import ceil
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.color import Color
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.timer import Timer

from runbook_tui.run.output import OutputBuffer
from runbook_tui.tui import keys
from runbook_tui.tui.lull import lull_of
from runbook_tui.tui.output_lines import drawn, plainly, wrapped
from runbook_tui.tui.output_rows import Every, Rows
from runbook_tui.tui.theme import pens

LOOK = 0.025  # seconds: what comes after a pause is drawn so soon
FLUSH = 0.1  # seconds at least between two paints: what comes thick and fast is drawn ten times a second
SOON = 0.05  # the same for a trickle, which a person reads line by line
AT_ONCE = 0.02  # the same where only one piece has come: it is not waited whether another one follows
TRICKLE = 2048  # bytes between two paints; more is a flood
RESIZE = 0.5  # seconds


class Look(NamedTuple):
    """What is the same for all lines of one paint."""

    width: int  # columns of text
    before: int  # columns left of it
    bare: bool  # nothing else stands around it
    top: int  # the first row
    ground: Style
    background: Color
    filters: tuple[LineFilter, ...]
    coloured_only: bool  # they do nothing but turn colours into true ones


def pause_before(size: int, pieces: int) -> float:
    """Seconds from one paint to the next, at least, by what has come since: bytes, and how often some came."""
    if size >= TRICKLE:
        return FLUSH
    return SOON if pieces > 1 else AT_ONCE


def thumb(window: int, rows: int) -> int:
    """Eighths of a row that the bar's thumb takes, of the bar of a window beside so many rows."""
    return ceil(8 * max(1.0, window * window / max(1, rows)))


class OutputView(ScrollView, can_focus=True):
    """Follows the end until somebody scrolls up; `end` or `f` follows again.

    With `pointed` one line is under a cursor, from which lines can be selected.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("lines")]
    DEFAULT_CSS = "OutputView { overflow-x: hidden; overflow-y: scroll; }"

    class Scrolled(Message):
        """What is on the screen is another part of the output."""

    def __init__(self, *, pointed: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.buffer: OutputBuffer | None = None
        self.rows: Rows | None = None
        self.following = True
        self.wrapped = False
        self.needle = ""
        self.pointed = pointed
        self.begun: int | None = None  # the row where a selection began
        self._cursor = 0  # row
        self._timer: Timer | None = None
        self._version = -1
        self._sized = 0.0
        self._painted = 0.0
        self._size_painted = 0  # bytes of the buffer then
        self._left = 0  # first column shown
        self._picture: list[tuple[int, Strip]] = []  # wrapped rows of this paint: row and what is drawn
        self._picture_of: tuple[object, ...] = ()
        self._look: Look | None = None  # of this paint

    def on_mount(self) -> None:
        self._timer = self.set_interval(LOOK, self._flush, name="flush", pause=True)

    def on_show(self) -> None:
        self._flush()

    # --- state down ---

    def show(self, buffer: OutputBuffer | None) -> None:
        """Draw this buffer from now on."""
        if buffer is self.buffer:
            if buffer is not None:
                self.wake()
            return
        self.buffer = buffer
        self.rows = Every(buffer) if buffer is not None else None
        self.following = True
        self.begun = None
        self._left = 0
        self._version = -1
        self._painted = 0.0
        self._size_painted = 0
        self.wake()

    def rearrange(self, rows: Rows | None, *, line: int | None = None) -> None:
        """Show other rows of the same buffer (all without any given), staying where one looked."""
        if self.buffer is None:
            return
        keep = self.line if line is None else line
        follows = self.following and line is None
        self.begun = None
        self.rows = rows or Every(self.buffer)
        self.following = follows
        self._resize(self.buffer)
        if not follows:
            self.go_to_line(keep)
        self.refresh()

    def wake(self) -> None:
        """Look at the buffer now, and again and again until it has ended."""
        if self._timer is not None:
            self._timer.resume()
            self._flush()

    def look_again(self) -> None:
        """The rows are more now, though no output came."""
        self._resize(self.buffer)
        self.refresh()

    def _flush(self) -> None:
        buffer = self.buffer
        if buffer is None or buffer.ended:
            if self._timer is not None:
                self._timer.pause()
            self._resize(buffer)
        if buffer is None or buffer.version == self._version:
            if buffer is None:
                self.refresh()
            return
        now = time.monotonic()
        pause = pause_before(buffer.bytes - self._size_painted, buffer.version - self._version)
        early = now - self._painted < pause or lull_of(self.app).waits(self._painted + pause)
        if early and not buffer.ended:
            return
        self._version, self._painted, self._size_painted = buffer.version, now, buffer.bytes
        if now - self._sized > RESIZE:
            self._resize(buffer)
        if self.is_on_screen:
            self.refresh()

    def _resize(self, buffer: OutputBuffer | None) -> None:
        self._sized = time.monotonic()
        held = self.rows.count() if buffer is not None and self.rows is not None else 0
        extra = max(0, self.size.height - 1) if self.wrapped and held > self.size.height else 0
        before, size = self.virtual_size, Size(self.size.width, held + extra)
        if self.show_vertical_scrollbar and size.width == before.width and size.height >= before.height:
            self.set_reactive(ScrollView.virtual_size, size)  # the bar alone moves: the screen keeps its layout
            self._move_bar(before.height, size.height)
        else:
            self.virtual_size = size
        if self.following:
            self.set_reactive(ScrollView.scroll_y, float(self.max_scroll_y))
            self.set_reactive(ScrollView.scroll_target_y, float(self.max_scroll_y))
            if self.show_vertical_scrollbar:
                self.vertical_scrollbar.position = self.max_scroll_y

    def _move_bar(self, before: int, rows: int) -> None:
        bar, window = self.vertical_scrollbar, self.size.height
        at_end = self.following and bar.position >= before - window
        if at_end and thumb(window, before) == thumb(window, rows):  # as it is drawn already
            bar.set_reactive(ScrollBar.window_virtual_size, rows)
            bar.set_reactive(ScrollBar.position, float(self.max_scroll_y))
        else:
            bar.window_virtual_size = rows

    # --- where we are ---

    @property
    def top_row(self) -> int:
        """The first row on the screen."""
        if self.rows is None:
            return 0
        if not self.following:
            return int(self.scroll_offset.y)
        if self.wrapped:
            picture = self._wrapped_rows()
            return picture[0][0] if picture else 0
        return max(0, self.rows.count() - self.size.height)

    @property
    def top(self) -> int:
        """The number of the first line on the screen."""
        return self.rows.line(self.top_row) if self.rows is not None and self.rows.count() else 0

    @property
    def cursor(self) -> int:
        """The row under the cursor; the last while the end is followed."""
        last = (self.rows.count() if self.rows is not None else 0) - 1
        return max(0, last if self.following else min(self._cursor, last))

    @property
    def line(self) -> int:
        """The number of the line under the cursor, or of the first on the screen where there is no cursor."""
        if self.rows is None or not self.rows.count():
            return 0
        return self.rows.line(self.cursor if self.pointed else self.top_row)

    @property
    def selected(self) -> tuple[int, int]:
        """First and last row of the selection; without one, the row under the cursor twice."""
        other = self.cursor if self.begun is None else self.begun
        return min(self.cursor, other), max(self.cursor, other)

    def go_to_line(self, number: int) -> None:
        """Bring a line to the top third of the screen."""
        if self.buffer is None or self.rows is None:
            return
        self._stop_following()
        self._cursor = self.rows.row(number)
        self._scroll(max(0, self._cursor - self.size.height // 3))
        self.post_message(self.Scrolled())

    def _stop_following(self) -> None:
        if self.following and self.buffer is not None:
            top, cursor = self.top_row, self.cursor
            self._resize(self.buffer)
            self.following = False
            self._cursor = cursor
            self.scroll_to(y=top, animate=False, immediate=True, force=True)

    def _scroll(self, row: int) -> None:
        self.scroll_to(y=row, animate=False, immediate=True, force=True)
        self.refresh()

    def _at_end(self) -> bool:
        last = (self.rows.count() if self.rows is not None else 0) - 1
        there = self.scroll_offset.y >= self.max_scroll_y
        return not self.wrapped and self.begun is None and there and (not self.pointed or self._cursor >= last)

    def _scrolled(self) -> None:
        if self.buffer is not None and self._at_end():
            self.following = True
        self.refresh()
        self.post_message(self.Scrolled())

    def action_lines(self, count: int) -> None:
        if self.rows is None or (count > 0 and self.following):
            return
        self._stop_following()
        if not self.pointed:
            self.scroll_to(y=self.scroll_offset.y + count, animate=False, immediate=True)
        else:
            self._cursor = max(0, min(self._cursor + count, self.rows.count() - 1))
            top, height = int(self.scroll_offset.y), self.size.height
            if self._cursor < top:
                self._scroll(self._cursor)
            elif self._cursor >= top + self._whole_rows():
                self._scroll(self._cursor - height + 1 if not self.wrapped else top + count)
        self._scrolled()

    def _whole_rows(self) -> int:
        """How many rows stand on the screen from the top on."""
        if not self.wrapped:
            return self.size.height
        picture = self._wrapped_rows()
        return picture[-1][0] - picture[0][0] + 1 if picture else 1

    def action_pages(self, count: int) -> None:
        self.action_lines(count * max(1, self.size.height - 1))

    def action_halves(self, count: int) -> None:
        self.action_lines(count * max(1, self.size.height // 2))

    def action_top(self) -> None:
        self._stop_following()
        self._cursor = 0
        self._scroll(0)
        self._scrolled()

    def action_follow(self) -> None:
        self.begun = None
        self.following = True
        self._resize(self.buffer)
        self.refresh()
        self.post_message(self.Scrolled())

    def action_columns(self, count: int) -> None:
        if not self.wrapped:
            self._left = max(0, self._left + count)
            self.refresh()

    def toggle_wrap(self) -> None:
        top = self.top_row
        self.wrapped = not self.wrapped
        self._left = 0
        self._resize(self.buffer)
        if not self.following and self.buffer is not None:
            self._scroll(top)
        self.refresh()

    def toggle_selecting(self) -> None:
        """Begin a selection at the cursor, or give it up."""
        self._stop_following()
        self.begun = self.cursor if self.begun is None else None
        self.refresh()
        self.post_message(self.Scrolled())

    # --- the mouse ---

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The scrollbar was dragged."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            if new_value < self.max_scroll_y:
                self.following = False
            elif not self.pointed and not self.wrapped:
                self.following = True

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_lines(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_lines(3)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if self.pointed and (row := self._row_at(event.y)) is not None:
            self._stop_following()
            self.begun = None
            self._cursor = row
            self.capture_mouse()
            self._scrolled()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.pointed and event.button and (row := self._row_at(event.y)) is not None and row != self._cursor:
            self.begun = self._cursor if self.begun is None else self.begun
            self._cursor = row
            self._scrolled()

    def on_mouse_up(self) -> None:
        self.release_mouse()

    def _row_at(self, y: int) -> int | None:
        if self.rows is None or not self.rows.count():
            return None
        if self.wrapped:
            picture = self._wrapped_rows()
            return picture[max(0, min(y, len(picture) - 1))][0] if picture else None
        return max(0, min(self.top_row + y, self.rows.count() - 1))

    def on_resize(self) -> None:
        self._resize(self.buffer)

    # --- drawing ---

    def render_lines(self, crop: Region) -> list[Strip]:
        self._look = look = self._looks()  # asked once a paint and not once a line: it takes as long as the line
        try:
            whole = not crop.x and crop.width == self.region.width
            if self.wrapped or self.needle or self._left or not whole or not look.bare:
                return super().render_lines(crop)
            return [self._whole_line(y, crop.width, look) for y in crop.line_range]
        finally:
            self._look = None

    def _whole_line(self, y: int, all_columns: int, look: Look) -> Strip:
        """A line with what stands beside it. Nothing is kept of it: what is followed is another one at each paint."""
        ground, filters, before = look.ground, look.filters, look.before
        flat = self._flat(look.top + y, look.width, ground, before, all_columns)
        if flat is None:
            line = self.render_line(y).adjust_cell_length(all_columns - before, ground)
            flat = Strip.join([Strip.blank(before, Style(bgcolor=ground.bgcolor)), line]) if before else line
        elif look.coloured_only:
            return flat  # it is in true colours already
        for one in filters:
            flat = flat.apply_filter(one, look.background)
        return flat

    def _looks(self) -> Look:
        filters, padding = tuple(self.get_line_filters()), self.styles.padding
        return Look(
            width=self.scrollable_content_region.width or self.size.width,
            before=padding.left,
            bare=self.styles.gutter == padding and not (padding.top or padding.bottom or padding.right),
            top=0 if self.wrapped else self.top_row,
            ground=self.rich_style,
            background=self.background_colors[1],
            filters=filters,
            coloured_only=all(isinstance(one, ANSIToTruecolor) for one in filters),
        )

    def render_line(self, y: int) -> Strip:
        look = self._look or self._looks()
        width, ground = look.width, look.ground
        rows = self.rows
        if self.buffer is None or rows is None:
            return Strip.blank(self.size.width, ground)
        if self.wrapped:
            picture = self._wrapped_rows()
            row, strip = picture[y] if y < len(picture) else (-1, Strip.blank(width))
        else:
            row = look.top + y
            strip = self._drawn(row).crop(self._left, self._left + width).adjust_cell_length(width)
        return strip.apply_style(ground + self._ground(row))

    def _flat(self, row: int, width: int, ground: Style, before: int, all_columns: int) -> Strip | None:
        """A row with nothing in it but what is printed there, as nearly all are."""
        rows, buffer = self.rows, self.buffer
        if self.pointed or buffer is None or rows is None or not 0 <= row < rows.count() or rows.note(row):
            return None
        return plainly(buffer.coloured(rows.line(row)), width, ground, before=before, all_columns=all_columns)

    def _ground(self, row: int) -> Style:
        """What lies behind a row: the cursor, a selection, or nothing."""
        if not self.pointed or not self.has_focus:
            return Style.null()
        first, last = self.selected
        if row == self.cursor and not (self.following and self.begun is None):
            return pens(self.app)["cursor"]
        return pens(self.app)["cursor-far" if self.begun is not None and first <= row <= last else ""]

    def _drawn(self, row: int) -> Strip:
        if self.buffer is None or self.rows is None or not 0 <= row < self.rows.count():
            return Strip([])
        note = self.rows.note(row)
        strip = drawn(self.buffer.coloured(self.rows.line(row)), self.needle)
        return Strip.join([strip, Strip([Segment(note, pens(self.app)["quiet"])])]) if note else strip

    def _wrapped_rows(self) -> list[tuple[int, Strip]]:
        """The rows of this paint: downwards from the top one, or upwards from the end when following."""
        height = self.size.height
        width = max(1, self.scrollable_content_region.width)
        if self.buffer is None or self.rows is None:
            return []
        count = self.rows.count()
        place = (self.following, int(self.scroll_offset.y), width, height, self.needle)
        key = (id(self.buffer), id(self.rows), count, self.buffer.version, *place)
        if key == self._picture_of:
            return self._picture
        picture: list[tuple[int, Strip]] = []
        if self.following:
            row = count - 1
            while row >= 0 and len(picture) < height:
                picture[:0] = [(row, strip) for strip in wrapped(self._drawn(row), width)]
                row -= 1
            picture = picture[-height:]
        else:
            row = int(self.scroll_offset.y)
            while row < count and len(picture) < height:
                picture += [(row, strip) for strip in wrapped(self._drawn(row), width)]
                row += 1
        self._picture, self._picture_of = picture, key
        return picture
