"""The hosts of one command, live: rows from the state, output folded as each host ends."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial

from textual.app import ComposeResult
from textual.containers import Container

from runbook_tui.run.exits import describe_exit
from runbook_tui.run.folding import Folding
from runbook_tui.run.host_rows import headline, host_rows
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.state import GroupState, JobState
from runbook_tui.tui.background import in_background
from runbook_tui.tui.fleet import FleetPane
from runbook_tui.tui.lull import ByClock
from runbook_tui.tui.ports import RunView

EVERY = 0.25  # seconds between two looks while something runs


class FleetLive(Container):
    """Told which group to show; hidden when there is none."""

    DEFAULT_CSS = """
    FleetLive { height: 1fr; min-height: 4; display: none; border-top: solid $rule; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.group: GroupState | None = None
        self._view: RunView | None = None
        self._folding = Folding()
        self._folded: set[str] = set()  # jobs whose output is in
        self._last: dict[str, bytes] = {}
        self._reading = False
        self._looked = 0.0

    def compose(self) -> ComposeResult:
        yield FleetPane()

    def on_mount(self) -> None:
        self._timer = self.set_interval(EVERY, ByClock(self, self._look).tick, pause=True)

    @property
    def pane(self) -> FleetPane:
        return self.query_one(FleetPane)

    @property
    def job(self) -> JobState | None:
        """Of the host under the cursor."""
        here = self.pane.hosts.here
        if self.group is None or self._view is None or here is None:
            return None
        return self._view.state.last_job_on(self.group.step, self.group.command, here.host, self.group.purpose)

    def show(self, view: RunView, group: GroupState | None) -> None:
        """Show this group as it stands now."""
        if group is None or self.group is None or group.group != self.group.group:
            self._folding, self._folded, self._last = Folding(), set(), {}
        self._view, self.group = view, group
        self.display = group is not None
        if group is None:
            self._timer.pause()
            return
        self._timer.resume()
        if time.monotonic() - self._looked > EVERY:
            self._look()

    def _look(self) -> None:
        view = self._view
        group = view.state.groups.get(self.group.group) if view is not None and self.group is not None else None
        if view is None or group is None or not self.display:
            return
        self.group = group
        self._looked = time.monotonic()
        rows = host_rows(
            view.state, group, now=datetime.now(UTC), standings=view.standings(), last_line=self._last_line
        )
        self.pane.show(group.fleet, headline(rows, group), rows, self._folding.folds())
        ended = [job for job in self._jobs(group) if not job.open and job.job not in self._folded]
        if ended and not self._reading:
            self._reading = True
            in_background(self, partial(self._fold, ended, self._folding), group="folding")
        elif group.finished and not ended:
            self._timer.pause()

    def _jobs(self, group: GroupState) -> list[JobState]:
        view = self._view
        if view is None:
            return []
        jobs = (view.state.last_job_on(group.step, group.command, host, group.purpose) for host in group.hosts)
        return [job for job in jobs if job is not None]

    def _last_line(self, job: str) -> bytes:
        live = self._view.live_output(job) if self._view is not None else None
        if live is not None and live.end > live.first:
            for number in range(live.end - 1, max(live.first, live.end - 5) - 1, -1):
                if line := live.line(number).strip():
                    self._last[job] = line[-400:]
                    break
        return self._last.get(job, b"")

    async def _fold(self, ended: list[JobState], folding: Folding) -> None:
        """Read what each kept, and say the same once."""
        try:
            for job in ended:
                if self._view is None or folding is not self._folding:
                    return
                try:
                    data = await self._view.kept_output(job.job)
                except OperatorError as error:
                    data = f"the output could not be read: {error}".encode()
                if folding is not self._folding:
                    return
                self._folded.add(job.job)
                folding.feed(job.target, data)
                folding.finish(job.target, "" if job.succeeded and not job.exit else describe_exit(job))
                lines = data.rstrip().rsplit(b"\n", 1)
                self._last.setdefault(job.job, lines[-1][-400:])
        finally:
            self._reading = False
        self._look()
