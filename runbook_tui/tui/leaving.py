"""Screens that are left once."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

T = TypeVar("T")


class LeftOnce(Screen[T]):
    """A second key of the same moment must not take away what lies below."""

    _left = False

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        if self._left:
            return AwaitComplete()
        self._left = True
        return super().dismiss(result)
