"""The step under the cursor: title, prose, commands, results."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from runbook_tui.document.runbook import Runbook, Step
from runbook_tui.tui import passages, step_text
from runbook_tui.tui.background import in_background
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.outline_rows import Row
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.standing import Standing
from runbook_tui.tui.steady import put

if TYPE_CHECKING:
    from textual.widgets import Markdown

PROSE_AFTER = 0.08  # seconds the cursor rests before prose is laid out: a held key stays fast


class StepPane(VerticalScroll, can_focus=True):
    """Told what to show; scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "scroll_up", show=False),
        Binding("j", "scroll_down", show=False),
        Binding("G", "scroll_end", show=False),
    ]
    DEFAULT_CSS = """
    StepPane { padding: 0 1; scrollbar-size-vertical: 1; }
    StepPane > Static { height: auto; }
    StepPane > #body { margin-top: 1; }
    StepPane > #body.-empty { display: none; }
    StepPane > #body.-below { margin-top: 0; }
    StepPane > Markdown { height: auto; padding: 0; margin: 1 0 0 0; background: $background; }
    StepPane > Markdown.-around { color: $quiet; }
    StepPane > Markdown MarkdownBlock { margin: 0 0 1 0; }
    StepPane > Markdown MarkdownFence { margin: 0 0 1 0; }
    StepPane > Markdown.-empty { display: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._shown: Row | None = None
        self._read: tuple[Runbook, Row, tuple[str, str]] | None = None
        self._prose: tuple[str, str] = ("", "")
        self._laid_out: tuple[str, str] = ("", "")
        self._laying = False
        self._timer: Timer | None = None
        self._markdown: tuple[Markdown, Markdown] | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="head")
        yield Static("", id="body")

    def say(self, text: str | Content) -> None:
        """Show a plain sentence instead of a step."""
        self.query_one("#head", Static).update(text if isinstance(text, Content) else Content(text))
        self.query_one("#body", Static).add_class("-empty")

    def show(self, view: RunView, standing: Standing, row: Row) -> None:
        """Draw the row as it stands now."""
        section = view.runbook.section_by_id[row.section]
        if row.step is None:
            head, body = step_text.of_section(standing, section), Content("")
            prose = ("", passages.of_section(section))
        else:
            step, keymap = view.runbook.step_by_id[row.step], keymap_of(self.app)
            head, body = step_text.head(view, step, keymap), step_text.body(view, step, keymap)
            prose = self._around(view.runbook, step, row)
        put(self.query_one("#head", Static), head)
        widget = self.query_one("#body", Static)
        put(widget, body)
        widget.set_class(not body.plain, "-empty")
        if row != self._shown:
            self._shown = row
            self.scroll_home(animate=False)
        if prose != self._prose:
            self._prose = prose
            if self._timer is not None:
                self._timer.stop()
            self._timer = self.set_timer(PROSE_AFTER, self._lay_out)

    def _around(self, runbook: Runbook, step: Step, row: Row) -> tuple[str, str]:
        """The prose of the step, read once for each row."""
        if self._read is None or self._read[0] is not runbook or self._read[1] != row:
            self._read = (runbook, row, passages.of_step(runbook, step))
        return self._read[2]

    def _lay_out(self) -> None:
        if not self._laying:
            self._laying = True
            in_background(self, self._lay_out_prose, group="prose")

    async def _lay_out_prose(self) -> None:
        """Until what is wanted is there: the cursor may have moved on meanwhile."""
        if self._markdown is None:
            from textual.widgets import Markdown

            own = Markdown(open_links=False, classes="-empty")  # the cursor may be where there is none by now
            around = Markdown(open_links=False, classes="-around -empty")
            self._markdown = (own, around)
            await self.mount(own, after="#head")
            await self.mount(around)
        while self._laid_out != self._prose:
            wanted = self._prose
            for widget, text, before in zip(self._markdown, wanted, self._laid_out, strict=True):
                widget.set_class(not text, "-empty")
                if text != before:
                    if not widget.is_mounted:  # the pane went while it was put there
                        return
                    await widget.update(text)
            self.query_one("#body").set_class(bool(wanted[0]), "-below")  # prose ends with an empty line
            self._laid_out = wanted
        self._laying = False
