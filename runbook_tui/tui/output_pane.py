"""The output of one job, with a line that says which and how it ended."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from datetime import UTC, datetime
from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from runbook_tui.run.exits import describe_exit
from runbook_tui.run.output import OutputBuffer
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.state import JobPhase, JobState
from runbook_tui.tui.background import in_background
from runbook_tui.tui.output_view import OutputView
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.spans import of_seconds
from runbook_tui.tui.steady import put
from runbook_tui.tui.terminal_text import safe

KEPT = 3  # outputs of earlier jobs held; the journal keeps 10 MB of one at most
READ_ANEW = 60.0  # seconds after which a reading that did not end is given up
SOON = 0.05  # seconds until a job that was just started is looked at again


def _buffer_of(data: bytes) -> OutputBuffer:
    buffer = OutputBuffer()
    buffer.feed(data)
    buffer.finish()
    return buffer


class OutputPane(Vertical):
    """Shows a job live while it is followed here, else what the journal keeps of it."""

    DEFAULT_CSS = """
    OutputPane { height: 1fr; }
    OutputPane > #which { height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; text-overflow: ellipsis; }
    OutputPane > OutputView { height: 1fr; padding: 0 0 0 1; scrollbar-size-vertical: 1; }
    """

    class Changed(Message):
        """Another output is shown now."""

    def __init__(self, *, pointed: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._pointed = pointed
        self.source: OutputBuffer | None = None  # the output itself
        self._instead: OutputBuffer | None = None  # another form of it
        self.job: JobState | None = None
        self._view: RunView | None = None
        self._read_again = 0.0
        self._kept: OrderedDict[str, OutputBuffer] = OrderedDict()

    def compose(self) -> ComposeResult:
        yield Static(Content(""), id="which")
        yield OutputView(pointed=self._pointed, id="lines")

    @property
    def lines(self) -> OutputView:
        return self.query_one(OutputView)

    def show_instead(self, buffer: OutputBuffer | None) -> None:
        """Show another form of the output, or the output itself again."""
        self._instead = buffer
        self.lines.show(buffer or self.source)

    def _put(self, buffer: OutputBuffer | None) -> None:
        other = buffer is not self.source
        self.source = buffer
        self.lines.show(self._instead or buffer)
        if other:
            self.post_message(self.Changed())

    def show(self, view: RunView, job: JobState | None) -> None:
        """Show this job as it stands now."""
        self._view = view
        other = job is None or self.job is None or job.job != self.job.job
        self.job = job
        if other:
            self._instead = None
        self.tick()
        if job is None:
            self._put(None)
            return
        live = view.live_output(job.job)
        if live is not None:
            self._put(live)
        elif job.job in self._kept and job.phase is not JobPhase.RUNNING:
            self._put(self._kept[job.job])
        elif job.phase is JobPhase.RUNNING and view.current_job is None and view.busy:
            self.set_timer(SOON, self._again)
        elif other or job.phase is not JobPhase.RUNNING:
            in_background(self, partial(self._read, job), group="kept")

    def tick(self) -> None:
        """Once a second while something runs: the time it takes."""
        job = self.job
        put(self.query_one("#which", Static), Content("") if job is None else self._title(job))
        if job is not None and job.phase is JobPhase.RUNNING and self._view is not None:
            live = self._view.live_output(job.job)
            if live is not None:
                self._put(live)
            elif not self._view.busy and time.monotonic() >= self._read_again:  # somebody else runs it
                in_background(self, partial(self._read, job), group="kept")

    def _again(self) -> None:
        if self._view is not None and self.job is not None:
            self.show(self._view, self._view.state.jobs.get(self.job.job, self.job))

    async def _read(self, job: JobState) -> None:
        if self._view is None:
            return
        started = time.monotonic()
        self._read_again = started + READ_ANEW
        try:
            data = await self._view.kept_output(job.job)
        except OperatorError as error:
            data = f"the output could not be read: {error}".encode()
        buffer = await asyncio.to_thread(_buffer_of, data)
        # what is costly to read is read less often
        self._read_again = time.monotonic() + 10 * (time.monotonic() - started)
        if job.phase is not JobPhase.RUNNING:
            self._kept[job.job] = buffer
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        if self.job is not None and self.job.job == job.job:
            self._put(buffer)

    def _title(self, job: JobState) -> Content:
        if job.phase is JobPhase.RUNNING:
            seconds = (datetime.now(UTC) - job.started).total_seconds()
            state, colour = f"▶ running {of_seconds(max(0.0, seconds // 1))}", "$accent"
        elif job.open:
            state, colour = "? outcome unknown", "$warning"
        elif job.succeeded:
            state, colour = f"✔ exit status {job.exit or 0}  {of_seconds(job.seconds)}", "$success"
        else:
            state, colour = f"✖ {describe_exit(job)}  {of_seconds(job.seconds)}", "$error"
        first = safe(job.shown.strip().split("\n")[0])
        tried = f"  attempt {job.attempt}" if job.attempt > 1 else ""
        return Content.assemble((state, colour), (tried, "$quiet"), ("  $ ", "$quiet"), (first, "$quiet"))
