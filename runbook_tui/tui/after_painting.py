"""What is done once a screen has been painted, kept by that screen and not by the one on top."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen


def after_painting(screen: Screen[Any], work: Callable[[], object]) -> None:
    """Do it after the screen's next painting; at its next rest where another screen lies on it.

    `call_after_refresh` hands it to whichever screen is on top, and it is lost when that one goes before it is painted.
    """
    screen.call_later(screen._invoke_later, work, screen)  # noqa: SLF001 - the library has no other door to it
