"""The hosts of a command as tabs over its output, and which jobs belong together."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from runbook_tui.run.state import JobState, RunState
from runbook_tui.tui.rows import Part, strip
from runbook_tui.tui.terminal_text import safe
from runbook_tui.tui.theme import pens


def attempts_of(state: RunState, job: JobState) -> list[JobState]:
    """Every time that command went to that host, oldest first."""
    same = (job.step, job.command, job.target, job.purpose)
    jobs = (state.jobs[name] for name in state.step(job.step).jobs)
    return [one for one in jobs if (one.step, one.command, one.target, one.purpose) == same] or [job]


def hosts_of(state: RunState, job: JobState) -> list[JobState]:
    """The jobs of the same command on all its hosts, in the order of the fleet."""
    group = state.groups.get(job.group)
    if group is None:
        return [job]
    return [state.jobs[group.jobs[host]] for host in group.hosts if host in group.jobs]


def mark_of(job: JobState) -> Part:
    if job.open:
        return ("▶ ", "accent") if job.phase.value == "running" else ("? ", "warning")
    return ("✔ ", "success") if job.succeeded else ("✖ ", "error")


class HostTabs(Widget):
    """One tab per host; the one that is shown stays in sight."""

    DEFAULT_CSS = "HostTabs { height: 1; background: $panel; display: none; }"

    class Chosen(Message):
        def __init__(self, job: JobState) -> None:
            super().__init__()
            self.job = job

    def __init__(self) -> None:
        super().__init__()
        self._jobs: list[JobState] = []
        self._here = ""

    def show(self, state: RunState, job: JobState) -> None:
        """The hosts as they stand now; hidden for a command on one host."""
        self._jobs, self._here = hosts_of(state, job), job.job
        self.display = len(self._jobs) > 1
        self.refresh()

    def _fitting(self) -> list[tuple[JobState, int, int]]:
        """Tabs with the columns they take: those around the one shown, as many as fit."""
        sizes = [cell_len(safe(job.target)) + 4 for job in self._jobs]
        here = next((n for n, job in enumerate(self._jobs) if job.job == self._here), 0)
        room = self.size.width - 8  # for how many are left out at both ends
        first = last = here
        used = sizes[here] if sizes else 0
        while True:
            if last + 1 < len(sizes) and used + sizes[last + 1] <= room:
                last += 1
                used += sizes[last]
            elif first > 0 and used + sizes[first - 1] <= room:
                first -= 1
                used += sizes[first]
            else:
                break
        out, column = [], 4 if first else 1
        for number in range(first, min(last + 1, len(sizes))):
            out.append((self._jobs[number], column, column + sizes[number]))
            column += sizes[number]
        return out

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        tabs = self._fitting()
        before = next((n for n, job in enumerate(self._jobs) if tabs and job is tabs[0][0]), 0)
        after = len(self._jobs) - before - len(tabs)
        parts: list[Part] = [(f"‹{before:<2} " if before else " ", "quiet")]
        for job, _, _ in tabs:
            here = job.job == self._here
            parts += [mark_of(job), (safe(job.target), "strong accent" if here else ""), ("  ", "")]
        if after:
            parts.append((f"{after}›", "quiet"))
        return strip(parts, self.size.width, pens(self.app).on(self.rich_style))

    def on_click(self, event: events.Click) -> None:
        for job, start, stop in self._fitting():
            if start <= event.x < stop:
                self.post_message(self.Chosen(job))
