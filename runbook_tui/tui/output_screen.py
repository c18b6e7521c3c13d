"""The whole output of a job: scroll, follow, search, fold, wrap, take away; every host and attempt of the command."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer
from textual.widgets import Input

from runbook_tui.document.counting import counted
from runbook_tui.run.output import OutputBuffer
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.state import JobState, RunState
from runbook_tui.tui import keys
from runbook_tui.tui.after_painting import after_painting
from runbook_tui.tui.background import in_background
from runbook_tui.tui.bars import Bar, Hint, KeyBar
from runbook_tui.tui.front import draw_from_the_front
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.leaving import LeftOnce
from runbook_tui.tui.output_pane import OutputPane
from runbook_tui.tui.output_rows import Folded, Only
from runbook_tui.tui.output_sweeps import Alike, Search, Sweep
from runbook_tui.tui.output_tabs import HostTabs, attempts_of, hosts_of
from runbook_tui.tui.output_view import FLUSH, OutputView
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.rows import Part

COPIED = 1024 * 1024  # bytes that are given to the terminal's clipboard at most
SAID = 6.0  # seconds that a sentence stands
PAUSE = 0.002  # seconds between two steps of a sweep, for keys


class OutputScreen(LeftOnce[None]):
    """Ends with the key that opened it, with `q` and with `esc`."""

    PLACE = "output"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("output")]
    DEFAULT_CSS = """
    OutputScreen Input, OutputScreen Input:focus { height: 1; border: none; padding: 0 1; background: $panel; }
    OutputScreen Input { dock: bottom; display: none; }
    OutputScreen.-searching Input { display: block; }
    OutputScreen.-searching KeyBar { display: none; }
    """

    def __init__(self, view: RunView, job: JobState, buffer: OutputBuffer | None) -> None:
        super().__init__()
        draw_from_the_front(self)
        self._view = view
        self._job = job
        self._buffer = buffer
        self._search: Search | None = None
        self._only = False
        self._alike: Alike | None = None
        self._form = ""  # JSON or difference, instead of the output
        self._said = ""
        self._until: Timer | None = None
        self._from = 0  # the line where a search began

    def compose(self) -> ComposeResult:
        yield HostTabs()
        yield OutputPane(pointed=True)
        yield Bar(id="where")
        yield KeyBar()
        yield Input(placeholder="search; lower case finds both")

    @property
    def pane(self) -> OutputPane:
        return self.query_one(OutputPane)

    @property
    def lines(self) -> OutputView:
        return self.query_one(OutputView)

    def on_mount(self) -> None:
        self._draw()
        if self._buffer is not None:
            self.lines.show(self._buffer)
        self.lines.focus()
        after_painting(self, self._where)
        self._unsubscribe = self._view.subscribe(self._soon)
        self.set_interval(1.0, self._tick)

    def on_resize(self) -> None:
        after_painting(self, self._where)

    def on_unmount(self) -> None:
        self._unsubscribe()

    def _soon(self, _: RunState) -> None:
        self.call_later(self._draw)

    def _draw(self) -> None:
        if self.is_attached:
            self._job = self._view.state.jobs.get(self._job.job, self._job)
            self.query_one(HostTabs).show(self._view.state, self._job)
            self.pane.show(self._view, self._job)
            self._where()

    def _tick(self) -> None:
        if self._job.open:
            self.pane.tick()
            self._where()

    # --- the lines below the output ---

    @on(OutputView.Scrolled)
    def _where(self) -> None:
        lines = self.lines
        buffer, rows = lines.buffer, lines.rows
        if buffer is None or rows is None:
            self.query_one("#where", Bar).show([("no output", "quiet")])
            self._hint()
            return
        if not buffer.end:
            text = "no output" if buffer.ended else "no output yet"
        elif lines.begun is not None:
            first, last = lines.selected
            text = f"{counted(last - first + 1, 'line')} selected"
        elif lines.following:
            text = f"lines {lines.top + 1:,}–{buffer.end:,} of {buffer.end:,}"
        else:
            text = f"line {lines.line + 1:,} of {buffer.end:,}"
        dropped = f"  the first {buffer.first:,} are no longer held" if buffer.first else ""
        shown = [self._form, "only matches" if self._only else "", "folded" if self._alike else ""]
        follow = keymap_of(self.app).shown("output", "follow")
        there, away = ("", "goes to the end") if buffer.ended else ("following", "follows again")
        shown += ["wrapped" if lines.wrapped else "", there if lines.following else f"{follow} {away}"]
        found = f"   {self._search.told(self.lines.line)}" if self._search is not None else ""
        said: tuple[Sequence[Part], Sequence[Part]] = ([(self._said, "warning")], [])  # is read to its end
        stands = [(text + dropped, "quiet"), (found, "warning")], [("  ".join(filter(None, shown)), "quiet")]
        self.query_one("#where", Bar).show(*(said if self._said else stands))
        self._hint()

    def _hint(self) -> None:
        keymap, lines = keymap_of(self.app), self.lines
        wanted: list[tuple[str, str]] = [("back", "back")]
        if lines.begun is not None:
            wanted += [("copy", "copy them"), ("select", "give it up")]
        elif self._search is not None:
            wanted += [
                ("next_match", "next"),
                ("match_before", "before"),
                ("only", "all" if self._only else "only these"),
            ]
        if len(hosts_of(self._view.state, self._job)) > 1:
            wanted.append(("next_host", "next host"))
        if len(attempts_of(self._view.state, self._job)) > 1:
            wanted += [("older", "attempt before"), ("difference", self._turns("difference", "difference"))]
        wanted += [("search", "search"), ("fold", "unfold" if self._alike else "fold"), ("wrap", "wrap")]
        wanted += [
            ("json", self._turns("JSON", "JSON")),
            ("select", "select"),
            ("copy", "copy"),
            ("pager", "pager"),
            ("help", "help"),
        ]
        known: dict[str, Hint] = {}
        for action, label in wanted:
            known.setdefault(action, Hint(keymap.shown("output", action), label, action))
        self.query_one(KeyBar).show(list(known.values()))

    def _turns(self, form: str, label: str) -> str:
        """What the key of a form does: to it, or back."""
        return "as it came" if self._form == form else label

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        key = next((key for key in keys.OUTPUT if key.action == event.action), None)
        if key is not None:
            await self.run_action(key.do or key.action)

    # --- leaving, one thing at a time ---

    def action_back(self) -> None:
        lines = self.lines
        if self.has_class("-searching"):
            self._end_search()
        elif lines.begun is not None:
            lines.toggle_selecting()
        elif self._form:
            self._show_form("", None)
        elif self._search is not None or self._alike is not None:
            self._end_search()
            self._alike = None
            self._rearrange()
        else:
            self.dismiss(None)

    # --- looking ---

    def action_follow(self) -> None:
        self.lines.action_follow()
        self._where()

    def action_top(self) -> None:
        self.lines.action_top()

    def action_wrap(self) -> None:
        self.lines.toggle_wrap()
        self._where()

    def action_fold(self) -> None:
        buffer = self.lines.buffer
        self._alike = Alike(buffer) if self._alike is None and buffer is not None else None
        self._only = False
        self._rearrange()

    def action_only(self) -> None:
        if self._search is None:
            self.action_search()
            return
        self._only = not self._only
        self._alike = None
        self._rearrange()

    def _rearrange(self) -> None:
        """Show the rows that were asked for; sweeps go on in the background."""
        lines = self.lines
        if self._only and self._search is not None:
            lines.rearrange(Only(self._search))
        elif self._alike is not None:
            self._alike.step()
            lines.rearrange(Folded(self._alike))
        else:
            lines.rearrange(None)
        self._start_sweeping()
        self._where()

    # --- searching ---

    def action_search(self) -> None:
        self.add_class("-searching")
        self._from = self.lines.line
        box = self.query_one(Input)
        box.value = self._search.needle if self._search is not None else ""
        self.set_focus(box)  # not later: what is typed behind the key is searched for

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """Each letter searches anew, from where it began."""
        if self.has_class("-searching"):
            self._look_for(event.value)

    @on(Input.Submitted)
    def _settled(self, event: Input.Submitted) -> None:
        self.remove_class("-searching")
        self.lines.focus()
        if not event.value:
            self._end_search()

    def _look_for(self, needle: str) -> None:
        lines = self.lines
        if lines.buffer is None or (self._search is not None and self._search.needle == needle):
            return
        lines.needle = needle
        self._search = Search(lines.buffer, needle) if needle else None
        if self._search is not None:
            near = self._search.near(self._from, 1)
            if near is not None:
                lines.go_to_line(near)
            elif not lines.following:
                self._search.await_first(self._from, here=lines.line)
        if self._only:
            self._only = self._search is not None
            self._rearrange()
        self._start_sweeping()
        lines.refresh()
        self._where()

    def _end_search(self) -> None:
        self.remove_class("-searching")
        self._search = None
        self.lines.needle = ""
        self.lines.focus()
        if self._only:
            self._only = False
            self._rearrange()
        self.lines.refresh()
        self._where()

    def action_again(self, direction: int) -> None:
        search = self._search
        if search is None:
            self.action_search()
            return
        here = self.lines.line
        number = search.near(here + direction, direction)
        if number is None:
            number = search.next(here, direction)
        if number is not None:
            self.lines.go_to_line(number)
        self.lines.refresh()
        self._where()

    def _start_sweeping(self) -> None:
        sweeps = [sweep for sweep in (self._search, self._alike) if sweep is not None]
        in_background(self, partial(self._sweep, sweeps), group="sweep", exclusive=True)

    async def _sweep(self, sweeps: Sequence[Sweep]) -> None:
        """A little of the way at a time: keys come first. It ends with the output."""
        told, places = 0.0, [-1]
        while self.is_attached:
            caught_up = True
            for sweep in sweeps:
                caught_up = sweep.step() and caught_up
            if self._search is not None and (first := self._search.awaited(self.lines.line)) is not None:
                self.lines.go_to_line(first)
            now = [sweep.at for sweep in sweeps]
            if now != places and (caught_up or time.monotonic() - told > FLUSH):
                told, places = time.monotonic(), now
                if self._only or self._alike is not None:
                    self.lines.look_again()
                self._where()
            if caught_up and all(sweep.buffer.ended for sweep in sweeps):
                return
            await asyncio.sleep(FLUSH if caught_up else PAUSE)

    # --- other forms ---

    def action_json(self) -> None:
        self._turn_to("JSON", self._json)

    async def _json(self) -> str | None:
        from runbook_tui.tui.output_forms import json_of

        source, lines = self.pane.source, self.lines
        if source is None:
            return None
        found = await asyncio.to_thread(json_of, source.line(lines.line), source.whole())
        if found is None:
            self._tell("neither this line nor the whole output is JSON")
        return found

    def action_difference(self) -> None:
        self._turn_to("difference", self._difference)

    async def _difference(self) -> str | None:
        from runbook_tui.tui.output_forms import difference

        attempts = attempts_of(self._view.state, self._job)
        at = next((n for n, job in enumerate(attempts) if job.job == self._job.job), 0)
        if at == 0:
            self._tell("there is no attempt before this one")
            return None
        one, two = attempts[at - 1], attempts[at]
        try:
            old, new = await self._view.kept_output(one.job), await self._view.kept_output(two.job)
        except OperatorError as error:
            self._tell(str(error))
            return None
        return await asyncio.to_thread(difference, old, new, names=(f"attempt {one.attempt}", f"attempt {two.attempt}"))

    def _turn_to(self, form: str, work: Callable[[], Awaitable[str | None]]) -> None:
        """To that form, or back from it."""
        if self._form == form:
            self._show_form("", None)
            return

        async def show() -> None:
            from runbook_tui.tui.output_forms import buffer_of

            text = await work()
            if text is not None:
                self._show_form(form, buffer_of(text))

        in_background(self, show, group="form", exclusive=True)

    def _show_form(self, form: str, buffer: OutputBuffer | None) -> None:
        self._end_search()
        self._alike = None
        self._form = form
        self.pane.show_instead(buffer)
        if buffer is not None:
            self.lines.action_top()
        self._where()

    # --- hosts and attempts ---

    def action_host(self, step: int) -> None:
        jobs = hosts_of(self._view.state, self._job)
        if len(jobs) < 2:
            self._tell("this command went to one host")
            return
        at = next((n for n, job in enumerate(jobs) if job.job == self._job.job), 0)
        self._go_to(jobs[(at + step) % len(jobs)])

    @on(HostTabs.Chosen)
    def _host_clicked(self, event: HostTabs.Chosen) -> None:
        self._go_to(event.job)

    def action_attempt(self, step: int) -> None:
        jobs = attempts_of(self._view.state, self._job)
        at = next((n for n, job in enumerate(jobs) if job.job == self._job.job), 0)
        if not 0 <= at + step < len(jobs):
            self._tell("there is no attempt before this one" if step < 0 else "this is the newest attempt")
            return
        self._go_to(jobs[at + step])

    def _go_to(self, job: JobState) -> None:
        self._job, self._form, self._alike, self._said = job, "", None, ""
        self._draw()

    @on(OutputPane.Changed)
    def _other_output(self) -> None:
        """What was searched for is searched for in the new one, too."""
        needle, self._search = self.lines.needle, None
        self._alike = None
        if needle:
            self._from = 0
            self._look_for(needle)
        self._where()

    # --- taking away ---

    def action_select(self) -> None:
        self.lines.toggle_selecting()

    def action_copy(self) -> None:
        lines = self.lines
        if lines.rows is None or lines.buffer is None or not lines.rows.count():
            self._tell("there is nothing to copy")
            return
        first, last = lines.selected
        self._copy([lines.buffer.line(lines.rows.line(row)) for row in range(first, last + 1)])
        if lines.begun is not None:
            lines.toggle_selecting()

    def action_copy_all(self) -> None:
        lines = self.lines
        if lines.rows is None or lines.buffer is None or not lines.rows.count():
            self._tell("there is nothing to copy")
        elif lines.buffer.bytes > COPIED:
            pager = keymap_of(self.app).shown("output", "pager")
            self._tell(f"{lines.buffer.bytes / 1e6:.0f} MB are too much for a clipboard: {pager} opens it in the pager")
        else:
            self._copy([lines.buffer.line(lines.rows.line(row)) for row in range(lines.rows.count())])

    def _copy(self, lines: list[bytes]) -> None:
        from runbook_tui.tui.output_forms import text_of

        text = text_of(lines)
        if len(text) > COPIED:
            self._tell(f"{len(text) / 1e6:.0f} MB are too much for a clipboard")
            return
        self.app.copy_to_clipboard(text)
        self._tell(f"copied {counted(len(lines), 'line')}, if your terminal lets programs copy (OSC 52)")

    def action_pager(self) -> None:
        self._open("pager")

    def action_editor(self) -> None:
        self._open("editor")

    def _open(self, which: str) -> None:
        buffer = self.lines.buffer
        if buffer is None or not buffer.end:
            self._tell("there is nothing to open")
            return

        async def hand_over() -> None:
            from runbook_tui.tui import hand_over as terminal

            program = terminal.pager() if which == "pager" else terminal.editor()
            try:
                await terminal.open_in(
                    self.app, program, buffer.whole(), line=self.lines.line - buffer.first + 1, name=self._job.job
                )
            except OperatorError as error:
                self._tell(str(error))

        in_background(self, hand_over, group="terminal", exclusive=True)

    def _tell(self, text: str) -> None:
        """One sentence below the output, for a while."""
        self._said = text
        self._where()
        if self._until is not None:
            self._until.stop()
        self._until = self.set_timer(SAID, self._said_enough)

    def _said_enough(self) -> None:
        self._said = ""
        self._where()
