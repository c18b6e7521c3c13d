"""The document on disk, looked at while its run is driven: an edit is shown, and taken over only by key."""

from __future__ import annotations

from functools import partial

from textual.timer import Timer

from runbook_tui.run.changes import DocumentDiff
from runbook_tui.run.ports import OperatorError
from runbook_tui.tui.house import Place, Seat
from runbook_tui.tui.ports import Driving

LOOK = 2.0  # seconds
LOOK_AGAIN = 10.0  # seconds, when an edit is known already


async def newest(driving: Driving, walk: Seat) -> DocumentDiff | None:
    """How the files differ at this moment; None, and said why, where there is nothing to take over."""
    try:
        edit = await driving.document_diff()
    except OperatorError as error:
        walk.tell(f"the run goes on with its own copy: {error}", grave=True)
        return None
    if edit is None:
        walk.tell("the document is as this run knows it again")
    return edit


class FileWatch:
    """Of one walk."""

    def __init__(self, walk: Place) -> None:
        self._walk = walk
        self._timer: Timer | None = None
        self._told = ""
        self._looked = 0

    def watch(self, driving: Driving) -> None:
        """From now on, for this seat."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._walk.set_interval(LOOK, lambda: self._walk.run_in_background(partial(self._look, driving)))

    async def _look(self, driving: Driving) -> None:
        walk = self._walk
        self._looked += 1
        often = round(LOOK_AGAIN / LOOK)
        if not walk.driving or driving.state.outcome is not None or (walk.edit and self._looked % often):
            return
        try:
            edit = await driving.document_diff()
        except OperatorError as error:
            if str(error) != self._told:
                self._told = str(error)
                walk.tell(f"the run goes on with its own copy: {error}")
            return
        self._told = ""
        if edit != walk.edit:
            walk.edit = edit
            walk.draw()
