"""What can be opened beside the walk: outputs, GPUs, kernels, what is watched, who is here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from textual.widget import Widget

from runbook_tui.tui import walk_lines
from runbook_tui.tui.fleet_live import FleetLive
from runbook_tui.tui.house import Seat
from runbook_tui.tui.outline_rows import Row
from runbook_tui.tui.output_pane import OutputPane
from runbook_tui.tui.pairing import Pairing
from runbook_tui.tui.ports import RunView

if TYPE_CHECKING:
    from runbook_tui.tui.steering import Steering

W = TypeVar("W", bound=Widget)


class Ground(Seat, Protocol):
    """The walk, as what is opened beside it sees it."""

    view: RunView | None
    steering: Steering | None
    pairing: Pairing

    @property
    def row(self) -> Row | None: ...

    def query_one(self, selector: type[W], /) -> W: ...


class Asides:
    """Opens screens; what they show they read themselves."""

    def __init__(self, walk: Ground) -> None:
        self._walk = walk

    def deeds(self) -> dict[str, Callable[[], None]]:
        return {
            "output": self._whole_output,
            "gpus": self._show_gpus,
            "kernels": self._show_kernels,
            "copy": self._copy,
            "watched": self._show_watched,
            "people": self._show_people,
            "faults": self._show_faults,
        }

    def _whole_output(self) -> None:
        from runbook_tui.tui.output_screen import OutputScreen

        pane, fleet = self._walk.query_one(OutputPane), self._walk.query_one(FleetLive)
        job = fleet.job if fleet.display else pane.job if pane.display else None
        if self._walk.view is None or job is None:
            self._walk.tell("no command of this run has any output yet")
            return
        buffer = self._walk.view.live_output(job.job) if fleet.display else pane.lines.buffer
        self._walk.app.push_screen(OutputScreen(self._walk.view, job, buffer))

    def _show_kernels(self) -> None:
        from runbook_tui.tui.kernels import Kernels, job_to_show

        step = self._walk.row.step if self._walk.row else None
        job = job_to_show(self._walk.view, step) if self._walk.view is not None else None
        if self._walk.view is None or job is None:
            self._walk.tell("no command of this run has told of a kernel validation")
            return
        self._walk.app.push_screen(Kernels(self._walk.view, job))

    def _show_gpus(self) -> None:
        from runbook_tui.tui.gpu.screen import Gpus

        step, steering = self._walk.row.step if self._walk.row else None, self._walk.steering

        def record(text: str) -> None:
            if steering is not None and step is not None:
                self._walk.run_in_background(partial(steering.write_down, step, text))

        self._walk.app.push_screen(Gpus(self._walk.house.desk, record=record))

    def _copy(self) -> None:
        step = self._walk.row.step if self._walk.row else None
        if self._walk.view is None or step is None:
            return
        text = walk_lines.command_text(self._walk.view, step)
        self._walk.app.copy_to_clipboard(text)
        self._walk.tell(f"copied: {text.splitlines()[0]}" + (" …" if "\n" in text else ""))

    def _show_watched(self) -> None:
        from runbook_tui.tui.watched import WatchedScreen

        if self._walk.view is not None:
            self._walk.app.push_screen(WatchedScreen(self._walk.view, self._walk.steering))

    def _show_people(self) -> None:
        from runbook_tui.tui.people import People

        if self._walk.view is not None:
            self._walk.app.push_screen(People(self._walk.view, self._walk.pairing), lambda _: self._walk.draw())

    def _show_faults(self) -> None:
        self._walk.ask_in_background(self._faults)

    async def _faults(self) -> None:
        from runbook_tui.tui.lab_faults import Faults

        view, steering = self._walk.view, self._walk.steering
        lab = await self._walk.house.desk.lab(view) if view is not None else None
        if lab is None or steering is None:
            self._walk.tell("this run is not on the lab: nothing is made to go wrong here")
            return
        step = self._walk.row.step if self._walk.row else None

        def record(text: str) -> None:
            if step is not None:
                self._walk.run_in_background(partial(steering.write_down, step, text))

        self._walk.app.push_screen(Faults(lab, record=record))
