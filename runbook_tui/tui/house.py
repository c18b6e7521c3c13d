"""What screens know of the app, and steering of its screen: protocols, so that imports run one way."""

from __future__ import annotations

from typing import Any, Protocol

from textual.app import App
from textual.timer import Timer

from runbook_tui.run.changes import DocumentDiff
from runbook_tui.tui.background import Work
from runbook_tui.tui.outline import Outline
from runbook_tui.tui.outline_rows import Row
from runbook_tui.tui.ports import Desk, RunView


class House(Protocol):
    """The app, as its screens see it."""

    desk: Desk
    pressed_at: float  # the newest key or click, as events tell their time

    def open_path(self, path: str) -> None: ...

    def open_run(self, run: str, title: str = "") -> None: ...

    def open_watch(self, run: str, title: str = "") -> None: ...

    def leave_walk(self) -> None: ...

    async def take_seat(self, walk: Any, run: str, *, force: bool) -> None: ...

    async def leave_seat(self, walk: Any, run: str, *, to: str = "") -> None: ...

    def action_leave(self) -> None: ...

    def action_other_theme(self) -> None: ...

    def show_help(self) -> None: ...

    def tell(self, text: str, *, grave: bool = False) -> None: ...

    def write_down(self, error: BaseException) -> str: ...


class Seat(Protocol):
    """The walk, as steering sees it: where questions are asked and answers are shown."""

    view: RunView | None

    @property
    def app(self) -> App[Any]: ...

    @property
    def house(self) -> House: ...

    def tell(self, text: str, *, grave: bool = False) -> None: ...

    def draw(self) -> None: ...

    def run_in_background(self, work: Work) -> None: ...

    def shows_command_first(self) -> bool: ...

    def show_way_back(self) -> None: ...

    def stay(self, step: str) -> None: ...

    def ended(self, step: str) -> None: ...

    def advance(self, step: str) -> None: ...

    def watch_output(self) -> None: ...

    def adopted(self) -> None: ...

    def lost_drive(self, text: str) -> None: ...


class Place(Seat, Protocol):
    """The walk, as what watches beside it sees it: the file on disk, the other people."""

    view: RunView | None
    edit: DocumentDiff | None

    @property
    def driving(self) -> bool: ...

    @property
    def row(self) -> Row | None: ...

    @property
    def outline(self) -> Outline: ...

    def action_act(self, action: str) -> None: ...

    def set_interval(self, interval: float, callback: Any) -> Timer: ...
