"""Screens that are left once."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

T = TypeVar("T")


class LeftOnce(Screen[T]):
    """A second key of the same moment must not take away what lies below, nor the end of some work what lies above."""

    _left = False
    _leaves_with: tuple[T | None] | None = None  # what it is left with once it is on top again

    def on_screen_resume(self) -> None:
        if self._leaves_with is not None:
            self.dismiss(*self._leaves_with)

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        if self._left:
            return AwaitComplete()
        if not self.is_active:  # the library would take away the screen on top, whichever it is
            self._leaves_with = self._leaves_with or (result,)
            return AwaitComplete()
        self._left = True
        return super().dismiss(result)
