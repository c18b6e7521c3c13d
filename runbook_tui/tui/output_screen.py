"""The whole output of a job: scroll, follow, search, wrap."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from runbook_tui.run.output import OutputBuffer
from runbook_tui.run.state import JobState, RunState
from runbook_tui.tui.bars import Bar, Hint, KeyBar
from runbook_tui.tui.output_pane import OutputPane
from runbook_tui.tui.output_view import OutputView
from runbook_tui.tui.ports import RunView

_HINTS = (
    Hint("l", "back", "back"),
    Hint("f", "follow", "follow"),
    Hint("/", "search", "search"),
    Hint("n N", "matches", "again(1)"),
    Hint("w", "wrap", "wrap"),
    Hint("← →", "sideways", ""),
)


class OutputScreen(Screen[None]):
    """Ends with the key that opened it, with `q` and with `esc`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l,q,escape", "back", show=False),
        Binding("f", "follow", show=False),
        Binding("slash", "search", show=False),
        Binding("n", "again(1)", show=False),
        Binding("N", "again(-1)", show=False),
        Binding("w", "wrap", show=False),
        Binding("question_mark", "app.show_help", show=False),
    ]
    DEFAULT_CSS = """
    OutputScreen Input { dock: bottom; height: 1; border: none; padding: 0 1; background: $panel; display: none; }
    OutputScreen.-searching Input { display: block; }
    OutputScreen.-searching KeyBar { display: none; }
    """

    def __init__(self, view: RunView, job: JobState, buffer: OutputBuffer | None) -> None:
        super().__init__()
        self._view = view
        self._job = job
        self._buffer = buffer
        self._found = ""
        self._at = 0  # line of the last match

    def compose(self) -> ComposeResult:
        yield OutputPane()
        yield Bar(id="where")
        yield KeyBar(_HINTS)
        yield Input(placeholder="search; lower case finds both")

    @property
    def lines(self) -> OutputView:
        return self.query_one(OutputView)

    def on_mount(self) -> None:
        self._draw()
        if self._buffer is not None:
            self.lines.show(self._buffer)
        self.lines.focus()
        self.call_after_refresh(self._where)
        self._unsubscribe = self._view.subscribe(self._soon)
        self.set_interval(1.0, self._tick)

    def on_resize(self) -> None:
        self.call_after_refresh(self._where)

    def on_unmount(self) -> None:
        self._unsubscribe()

    def _soon(self, _: RunState) -> None:
        self.call_later(self._draw)

    def _draw(self) -> None:
        if self.is_attached:
            self._job = self._view.state.jobs.get(self._job.job, self._job)
            self.query_one(OutputPane).show(self._view, self._job)
            self._where()

    def _tick(self) -> None:
        if self._job.open:
            self.query_one(OutputPane).tick()
            self._where()

    @on(OutputView.Scrolled)
    def _where(self) -> None:
        lines = self.lines
        buffer = lines.buffer
        if buffer is None:
            self.query_one("#where", Bar).show([("no output", "quiet")])
            return
        last = min(buffer.end, lines.top + lines.size.height)
        text = f"lines {lines.top + 1:,}–{last:,} of {buffer.end:,}" if buffer.end else "no output yet"
        dropped = f"  the first {buffer.first:,} are no longer held" if buffer.first else ""
        follows = "following" if lines.following else "f follows again"
        wraps = "  wrapped" if lines.wrapped else ""
        self.query_one("#where", Bar).show(
            [(text + dropped, "quiet"), (self._found, "warning")], [(follows + wraps, "quiet")]
        )

    # --- keys ---

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        if event.action:
            await self.run_action(event.action)

    def action_back(self) -> None:
        if self.has_class("-searching"):
            self._close_search()
        else:
            self.dismiss(None)

    def action_follow(self) -> None:
        self.lines.action_follow()
        self._where()

    def action_wrap(self) -> None:
        self.lines.toggle_wrap()
        self._where()

    def action_search(self) -> None:
        self.add_class("-searching")
        self.query_one(Input).focus()

    def _close_search(self) -> None:
        self.remove_class("-searching")
        self.lines.focus()

    @on(Input.Submitted)
    def _search(self, event: Input.Submitted) -> None:
        self._close_search()
        lines = self.lines
        lines.needle = event.value
        self._found = ""
        if not event.value:
            lines.refresh()
            self._where()
        elif lines.buffer is not None:
            self._at = lines.top - 1
            self.action_again(1)

    def action_again(self, direction: int) -> None:
        lines = self.lines
        if not lines.needle:
            self.action_search()
            return
        number = lines.find(lines.needle, start=self._at + direction, backwards=direction < 0)
        if number is None:
            self._found = f"   “{lines.needle}” is not in this output"
        else:
            self._found = f"   “{lines.needle}” in line {number + 1:,}"
            self._at = number
            lines.go_to_line(number)
        lines.refresh()
        self._where()
