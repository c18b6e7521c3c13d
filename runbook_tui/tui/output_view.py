"""Lines of output, drawn straight from a bounded buffer: only what is on the screen is decoded.

Measured in shared facts (200,000 lines/s): no work per line anywhere else, one flush per 100 ms and only when
something came, the scrollbar's size brought up to date at most twice a second.
"""

from __future__ import annotations

import time
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from runbook_tui.run.output import OutputBuffer
from runbook_tui.tui.terminal_text import plain, segments

FLUSH = 0.1  # seconds
RESIZE = 0.5  # seconds


class OutputView(ScrollView, can_focus=True):
    """Follows the end until somebody scrolls up; `end` or `f` follows again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "lines(-1)", show=False),
        Binding("down,j", "lines(1)", show=False),
        Binding("pageup,ctrl+b", "pages(-1)", show=False),
        Binding("pagedown,ctrl+f", "pages(1)", show=False),
        Binding("home", "top", show=False),
        Binding("end,G", "follow", show=False),
        Binding("left", "columns(-8)", show=False),
        Binding("right", "columns(8)", show=False),
    ]
    DEFAULT_CSS = "OutputView { overflow-x: hidden; overflow-y: scroll; }"

    class Scrolled(Message):
        """What is on the screen is another part of the output."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.buffer: OutputBuffer | None = None
        self.following = True
        self.wrapped = False
        self.needle = ""
        self._timer: Timer | None = None
        self._version = -1
        self._sized = 0.0
        self._left = 0  # first column shown
        self._picture: list[tuple[int, Strip]] = []  # wrapped rows of this paint: line number and row
        self._picture_of: tuple[object, ...] = ()

    def on_mount(self) -> None:
        self._timer = self.set_interval(FLUSH, self._flush, name="flush", pause=True)

    def on_show(self) -> None:
        self._flush()

    # --- state down ---

    def show(self, buffer: OutputBuffer | None) -> None:
        """Draw this buffer from now on."""
        if buffer is self.buffer:
            self.wake()
            return
        self.buffer = buffer
        self.following = True
        self._left = 0
        self._version = -1
        self.wake()

    def wake(self) -> None:
        """Look at the buffer now, and ten times a second until it has ended."""
        if self._timer is not None:
            self._timer.resume()
            self._flush()

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
        self._version = buffer.version
        if time.monotonic() - self._sized > RESIZE:
            self._resize(buffer)
        if self.is_on_screen:
            self.refresh()

    def _resize(self, buffer: OutputBuffer | None) -> None:
        self._sized = time.monotonic()
        held = buffer.end - buffer.first if buffer else 0
        extra = max(0, self.size.height - 1) if self.wrapped and held > self.size.height else 0
        self.virtual_size = Size(self.size.width, held + extra)
        if self.following:
            self.set_reactive(ScrollView.scroll_y, float(self.max_scroll_y))
            self.set_reactive(ScrollView.scroll_target_y, float(self.max_scroll_y))
            if self.show_vertical_scrollbar:
                self.vertical_scrollbar.position = self.max_scroll_y

    # --- where we are ---

    @property
    def top(self) -> int:
        """The number of the first line on the screen."""
        buffer = self.buffer
        if buffer is None:
            return 0
        if not self.following:
            return buffer.first + int(self.scroll_offset.y)
        if self.wrapped:
            return self._wrapped_rows()[0][0] if self._wrapped_rows() else buffer.first
        return max(buffer.first, buffer.end - self.size.height)

    def go_to_line(self, number: int) -> None:
        """Bring a line to the top third of the screen."""
        if self.buffer is None:
            return
        self._stop_following()
        self.scroll_to(y=max(0, number - self.buffer.first - self.size.height // 3), animate=False, immediate=True)
        self.refresh()
        self.post_message(self.Scrolled())

    def _stop_following(self) -> None:
        if self.following and self.buffer is not None:
            top = self.top - self.buffer.first
            self._resize(self.buffer)
            self.following = False
            self.scroll_to(y=top, animate=False, immediate=True, force=True)

    def _scrolled(self) -> None:
        if self.buffer is not None and not self.wrapped and self.scroll_offset.y >= self.max_scroll_y:
            self.following = True
        self.refresh()
        self.post_message(self.Scrolled())

    def action_lines(self, count: int) -> None:
        if count > 0 and self.following:
            return
        self._stop_following()
        self.scroll_to(y=self.scroll_offset.y + count, animate=False, immediate=True)
        self._scrolled()

    def action_pages(self, count: int) -> None:
        self.action_lines(count * max(1, self.size.height - 1))

    def action_top(self) -> None:
        self._stop_following()
        self.scroll_to(y=0, animate=False, immediate=True)
        self._scrolled()

    def action_follow(self) -> None:
        self.following = True
        self._resize(self.buffer)
        self.refresh()
        self.post_message(self.Scrolled())

    def action_columns(self, count: int) -> None:
        if not self.wrapped:
            self._left = max(0, self._left + count)
            self.refresh()

    def toggle_wrap(self) -> None:
        top = self.top
        self.wrapped = not self.wrapped
        self._left = 0
        self._resize(self.buffer)
        if not self.following and self.buffer is not None:
            self.scroll_to(y=top - self.buffer.first, animate=False, immediate=True)
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The scrollbar was dragged."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.following = not self.wrapped and new_value >= self.max_scroll_y

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_lines(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_lines(3)

    def on_resize(self) -> None:
        self._resize(self.buffer)

    # --- searching ---

    def find(self, needle: str, *, start: int, backwards: bool = False) -> int | None:
        """The next line with the text, from `start`, wrapping round once."""
        buffer = self.buffer
        if buffer is None or not needle or buffer.end == buffer.first:
            return None
        exact = needle != needle.lower()
        size = buffer.end - buffer.first
        step = -1 if backwards else 1
        raw = needle.encode() if exact else needle.lower().encode()
        ascii_needle = needle.isascii()
        for count in range(size):
            number = buffer.first + (start - buffer.first + step * count) % size
            line = buffer.line(number)
            if ascii_needle and b"\x1b" not in line:
                if raw in (line if exact else line.lower()):
                    return number
                continue
            text = plain(line)
            if needle in (text if exact else text.lower()):
                return number
        return None

    # --- drawing ---

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width or self.size.width
        buffer = self.buffer
        if buffer is None:
            return Strip.blank(self.size.width, self.rich_style)
        if self.wrapped:
            rows = self._wrapped_rows()
            strip = rows[y][1] if y < len(rows) else Strip.blank(width)
        else:
            number = self.top + y
            strip = self._line(buffer, number).crop(self._left, self._left + width).adjust_cell_length(width)
        return strip.apply_style(self.rich_style)

    def _line(self, buffer: OutputBuffer, number: int) -> Strip:
        parts = segments(buffer.line(number))
        return Strip(self._marked(parts) if self.needle else parts)

    def _marked(self, parts: tuple[Segment, ...]) -> list[Segment]:
        """The line with what was searched for in reverse."""
        text = "".join(part.text for part in parts)
        exact = self.needle != self.needle.lower()
        hay = text if exact else text.lower()
        at = hay.find(self.needle if exact else self.needle.lower())
        if at < 0 or len(hay) != len(text):
            return list(parts)
        start = cell_len(text[:at])
        end = start + cell_len(text[at : at + len(self.needle)])
        strip = Strip(parts)
        hit = strip.crop(start, end).apply_style(Style(reverse=True))
        return [*strip.crop(0, start), *hit, *strip.crop(end, strip.cell_length)]

    def _wrapped_rows(self) -> list[tuple[int, Strip]]:
        """The rows of this paint: downwards from the top line, or upwards from the end when following."""
        buffer = self.buffer
        height = self.size.height
        width = max(1, self.scrollable_content_region.width)
        if buffer is None:
            return []
        key = (id(buffer), buffer.version, self.following, int(self.scroll_offset.y), width, height, self.needle)
        if key == self._picture_of:
            return self._picture
        rows: list[tuple[int, Strip]] = []
        if self.following:
            number = buffer.end - 1
            while number >= buffer.first and len(rows) < height:
                rows[:0] = [(number, row) for row in self._rows_of(buffer, number, width)]
                number -= 1
            rows = rows[-height:]
        else:
            number = buffer.first + int(self.scroll_offset.y)
            while number < buffer.end and len(rows) < height:
                rows += [(number, row) for row in self._rows_of(buffer, number, width)]
                number += 1
        self._picture, self._picture_of = rows, key
        return rows

    def _rows_of(self, buffer: OutputBuffer, number: int, width: int) -> list[Strip]:
        strip = self._line(buffer, number)
        length = strip.cell_length
        if length <= width:
            return [strip.adjust_cell_length(width)]
        return [strip.crop(at, at + width).adjust_cell_length(width) for at in range(0, length, width)]
