"""The kernel validation of a command: every case as it comes, failures first, what differs and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.strip import Strip
from textual.widgets import Static

from runbook_tui.run.kernels import KernelCase, KernelProgress
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.state import JobPhase, JobState, RunState
from runbook_tui.tui import kernel_rows, keys
from runbook_tui.tui.background import in_background
from runbook_tui.tui.bars import Bar, KeyBar
from runbook_tui.tui.footer import both, hint
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.leaving import LeftOnce
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.rows import Part, RowList, strip
from runbook_tui.tui.terminal_text import safe
from runbook_tui.tui.theme import pens

EVERY = 0.25  # seconds between two looks at what was printed
KEPT_EVERY = 8  # looks between two readings of a kept output, where another terminal drives
_FOOTER = ("next_failure", "output", "back", "help")


def job_to_show(view: RunView, step: str | None) -> JobState | None:
    """The newest job that told of a kernel validation: of that step, else of the whole run."""
    state = view.state
    own = [state.jobs[name] for name in state.step(step).jobs] if step is not None else []
    for jobs in (own, list(state.jobs.values())):
        for job in reversed(jobs):
            if job.kernels is not None or view.live_kernels(job.job) is not None:
                return job
    running = [job for job in state.jobs.values() if job.phase is JobPhase.RUNNING]
    return running[-1] if running and view.current_job is None else None  # another terminal follows it


class Cases(RowList):
    """One row a case, under a line of names."""

    sticky_rows = 1

    def __init__(self) -> None:
        super().__init__()
        self.cases: list[KernelCase] = []

    def show(self, cases: Sequence[KernelCase]) -> None:
        """Other cases; the cursor stays on its case, unless it stands at the top."""
        here = self.case if self.cursor > 0 else None
        self.cases = kernel_rows.in_order(cases)
        self.changed()
        if here is not None:
            self.go(next((n for n, case in enumerate(self.cases) if case is here), self.cursor))

    @property
    def case(self) -> KernelCase | None:
        return self.cases[self.cursor] if self.cursor < len(self.cases) else None

    def count(self) -> int:
        return len(self.cases)

    def parts(self, index: int, width: int) -> Sequence[Part]:
        return kernel_rows.of_case(self.cases[index], width, here=index == self.cursor)

    def render_line(self, y: int) -> Strip:
        if y == 0:
            width = self.size.width
            return strip(kernel_rows.header(width), width, pens(self.app).on(self.rich_style))
        return super().render_line(y)


class Kernels(LeftOnce[None]):
    """Ends with the key that opened it, with `q` and with `esc`."""

    PLACE = "kernels"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("kernels")]
    DEFAULT_CSS = """
    Kernels Cases { height: 1fr; min-height: 4; }
    Kernels #about { height: auto; max-height: 40%; min-height: 4; padding: 0 1; border-top: solid $rule; }
    Kernels #about { scrollbar-size-vertical: 1; }
    Kernels #about Static { height: auto; }
    """

    def __init__(self, view: RunView, job: JobState) -> None:
        super().__init__()
        self._view = view
        self._job = job
        self._progress: KernelProgress | None = None
        self._shown = -1
        self._looks = 0

    def compose(self) -> ComposeResult:
        yield Bar(id="top")
        yield Cases()
        with VerticalScroll(id="about", can_focus=False):
            yield Static("")
        yield Bar(id="strip")
        keymap = keymap_of(self.app)
        cases = both(keymap, "rows", "up", "down", "case")
        yield KeyBar([cases, *(hint(keymap, self.PLACE, action) for action in _FOOTER)])

    def on_mount(self) -> None:
        self.query_one(Cases).focus()
        self._unsubscribe = self._view.subscribe(self._soon)
        self.set_interval(EVERY, self._look)
        self._look()

    def on_unmount(self) -> None:
        self._unsubscribe()

    # --- state down ---

    def _soon(self, _: RunState) -> None:
        self.call_later(self._look)

    def _look(self) -> None:
        """What the command has printed by now; read again only where it can have grown."""
        if not self.is_attached:
            return
        self._job = self._view.state.jobs.get(self._job.job, self._job)
        live = self._view.live_kernels(self._job.job)
        if live is not None:
            self._progress = live
        elif self._progress is None or (self._working and self._looks % KEPT_EVERY == 0):
            in_background(self, self._read, group="kept", exclusive=True)
        self._looks += 1
        self._draw()

    async def _read(self) -> None:
        try:
            progress = await self._view.kept_kernels(self._job.job)
        except OperatorError as error:
            self.query_one("#strip", Bar).show([(str(error), "warning")])
            return
        if progress is not None:
            self._progress, self._shown = progress, -1
            self._draw()

    @property
    def _working(self) -> bool:
        return self._job.phase is JobPhase.RUNNING

    def _draw(self) -> None:
        progress = self._progress or KernelProgress()
        if progress.version != self._shown:
            self._shown = progress.version
            self.query_one(Cases).show(progress.cases)
        right: list[Part] = [("  ", ""), kernel_rows.place_part(progress), ("  ", "")] if progress.executed_on else []
        if self._job.kernels is not None:
            right.append(kernel_rows.verdict_part(self._job.kernels))
        elif not self._working:
            right.append(("? no verdict", "strong warning"))
        self.query_one("#top", Bar).show(
            [("Kernels  ", "strong"), (safe(self._job.shown.splitlines()[0]), "quiet")], right
        )
        left, state = kernel_rows.standing(progress, running=self._working)
        verdict = self._job.kernels
        why = verdict.reason if verdict is not None and not progress.failed else ""
        self.query_one("#strip", Bar).show([*left, (f"  {safe(why)}" if why else "", "warning")], state)
        self._about()

    @on(RowList.Moved)
    def _about(self) -> None:
        self.query_one("#about Static", Static).update(
            kernel_rows.about(self.query_one(Cases).case, self._progress or KernelProgress())
        )

    # --- keys ---

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        if event.action:
            await self.run_action(event.action)

    def action_back(self) -> None:
        self.dismiss(None)

    def action_next_failure(self) -> None:
        cases = self.query_one(Cases)
        failed = [n for n, case in enumerate(cases.cases) if not case.ok]
        after = [n for n in failed if n > cases.cursor]
        if failed:
            cases.go((after or failed)[0], by_hand=True)

    def action_output(self) -> None:
        from runbook_tui.tui.output_screen import OutputScreen

        self.app.push_screen(OutputScreen(self._view, self._job, self._view.live_output(self._job.job)))
