"""The walk's line about the GPUs: there only where there are any."""

from __future__ import annotations

from runbook_tui.run.ports import OperatorError
from runbook_tui.tui.bars import Bar
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.lull import ByClock
from runbook_tui.tui.ports import Desk, GpuView

EVERY = 1.0  # seconds between two paintings


class GpuLane(Bar):
    """Asks the desk after the first frame, and from then on once a second."""

    DEFAULT_CSS = "GpuLane { display: none; background: $background; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._view: GpuView | None = None

    async def begin(self, desk: Desk) -> None:
        """Start to watch; where there is no driver the line stays away."""
        try:
            self._view = await desk.gpus()
        except OperatorError:
            return
        if self._view is not None and self.is_attached:
            self.draw()
            self.set_interval(EVERY, ByClock(self, self.draw).tick)

    def draw(self) -> None:
        from runbook_tui.tui.gpu.strip import strip  # wanted only where there are GPUs

        if self._view is None or not self.is_attached or self.app.screen is not self.screen:
            return
        if self.display != bool(self._view.hosts()):
            self.display = not self.display
        if self.display:
            self.show(*strip(self._view, self.size.width, keymap_of(self.app).shown("walk", "gpus")))
