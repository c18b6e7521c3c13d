"""When something was first on the screen: a key from before that is not its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from runbook_tui.tui.questions import REST


class Painted:
    """What calls for a key without being a screen of its own: a line that somebody asks for something."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}  # not there yet where it is not painted

    def follow(self, names: Collection[str], after_refresh: Callable[[Callable[[], None]], object]) -> None:
        """What stands on the screen from the next painting on."""
        new = set(names) - self._since.keys()
        self._since = {name: at for name, at in self._since.items() if name in names}
        if new:
            self._since |= dict.fromkeys(new, float("inf"))
            after_refresh(lambda: self._painted(new))

    def _painted(self, names: Collection[str]) -> None:
        for name in names:
            if name in self._since:
                self._since[name] = time.monotonic() + REST

    def before(self, name: str, pressed: float) -> bool:
        """Whether it could be read when that key was pressed."""
        return self._since.get(name, float("inf")) <= pressed
