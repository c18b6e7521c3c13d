"""Workloads while they change: a line for each, the tree of its revisions and pods, and what it is warned of."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from runbook_tui.run.live import LiveChange, Phase
from runbook_tui.run.state import JobState
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.terminal_text import safe

REDRAW = 0.25  # seconds
OLD = 5.0  # seconds after which the age of what is shown is told
MOST = 10  # lines of one tree; less when several are shown

_MARKS = {
    Phase.WAITING: ("◷", "$quiet", "waiting"),
    Phase.MOVING: ("▶", "$accent", "rolling out"),
    Phase.DONE: ("✔", "$success", "done"),
    Phase.FAILED: ("✖", "$error", "FAILED"),
    Phase.PAUSED: ("‖", "$warning", "paused"),
    Phase.GONE: ("–", "$quiet", "gone"),
}


class RolloutPane(Static):
    """Hidden where nothing is watched; asks for what is new a few times a second while it is shown."""

    DEFAULT_CSS = """
    RolloutPane { height: auto; max-height: 14; padding: 0 1; border-top: solid $rule; display: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id)
        self._view: RunView | None = None
        self._job = ""
        self._seen: tuple[LiveChange, ...] = ()
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        self._timer = self.set_interval(REDRAW, self._look, pause=True)

    def follow(self, view: RunView, job: JobState | None) -> None:
        """Show what this job changes, for as long as the run watches it."""
        self._view, self._job = view, job.job if job is not None else ""
        self._look()

    def _look(self) -> None:
        changes = self._view.live_change(self._job) if self._view is not None and self._job else ()
        if self._timer is not None:
            self._timer.resume() if changes else self._timer.pause()
        if changes == self._seen:
            return
        self._seen = changes
        self.display = bool(changes)
        if changes:
            self.update(tree(changes))


def tree(changes: tuple[LiveChange, ...]) -> Content:
    """All workloads, one below the other."""
    most = max(3, MOST // len(changes))
    return Content("\n").join(line for change in changes for line in _lines(change, most))


def _lines(change: LiveChange, most: int) -> Iterable[Content]:
    stands = change.rollout
    glyph, colour, word = _MARKS[stands.phase]
    counts = f"updated {stands.updated} · ready {stands.ready} · available {stands.available} of {stands.wanted}"
    yield Content.assemble(
        (f"{glyph} {word}  ", f"bold {colour}"), (safe(change.title), "bold"), (f"  {counts}", "$quiet")
    )
    if change.trouble:
        yield Content.styled(f"  not heard of for {change.age:.0f} s: {safe(change.trouble)}", "$warning")
    elif change.age > OLD and stands.phase not in (Phase.DONE, Phase.GONE):
        yield Content.styled(f"  {safe(stands.says)} · {change.age:.0f} s ago", "$quiet")
    else:
        yield Content.styled(f"  {safe(stands.says)}", "$quiet")
    for branch in change.branches[:most]:
        mark, pen = {True: ("✔", "$success"), False: ("✖", "$error"), None: ("○", "$quiet")}[branch.good]
        indent = "  " * (branch.depth + 1)
        newness = ("  new", "$accent") if branch.new and not branch.depth else ("", "")
        yield Content.assemble(indent, (f"{mark} ", pen), safe(branch.title), (f"  {safe(branch.word)}", pen), newness)
    if len(change.branches) > most:
        yield Content.styled(f"    and {len(change.branches) - most} more lines", "$quiet")
    for warning in change.warnings[:2]:
        yield Content.assemble(("  ! ", "$warning"), (safe(warning)[:160], "$warning"))
