"""A desk for who may look and sign but never drive: what a browser gets unless it is allowed more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook_tui.desk import LocalDesk
from runbook_tui.run.policy import Refused

if TYPE_CHECKING:
    from runbook_tui.tui.ports import Driving, GpuView

WHY = "from here one reads and signs; who serves this would have to start it with rbt serve --allow-drive"


class ObservingDesk(LocalDesk):
    """The same runs and documents; every door to changing something refuses, whatever key led there."""

    drives = False

    async def new_run(self, path: str) -> Driving:  # noqa: ARG002
        raise Refused(f"no run is started here: {WHY}")

    async def resume(self, run: str, *, take: bool = False) -> Driving:  # noqa: ARG002
        raise Refused(f"the drive is not taken here: {WHY}; the library watches the run")

    async def gpus(self) -> GpuView | None:
        view = await super().gpus()
        return _OnlyLooked(view) if view is not None else None


class _OnlyLooked:
    """GPUs whose processes cannot be ended from here."""

    def __init__(self, view: GpuView) -> None:
        self._view = view

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)

    def end_process(self, *_: object) -> str:
        raise Refused(f"no process is ended here: {WHY}")
