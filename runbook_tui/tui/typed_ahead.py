"""Words typed right behind the key that opens a line to type in: they belong into it, whole and in their order."""

from __future__ import annotations

from collections import deque

from textual import events
from textual.widget import Widget
from textual.widgets import Input

REMEMBERED = 256  # keys that were pressed once more


class TypedAhead:
    """Tells which keys were sent to what had the keyboard before and come up from there: they are pressed anew."""

    def __init__(self) -> None:
        self._waiting: deque[events.Key] = deque()  # pressed once more, and not come in yet
        self._behind: deque[events.Key] = deque(maxlen=REMEMBERED)  # keys as enter, that only had to wait for letters

    def too_soon(self, event: events.Key, focused: Widget | None) -> bool:
        """Whether this key is to be pressed once more, as a line has the keyboard now that it was meant for."""
        if not event.is_forwarded:
            if self._waiting and self._waiting[0] is event:
                self._waiting.popleft()
            return False
        if event.is_printable:  # a line that had it would have kept it
            return isinstance(focused, Input)
        return bool(self._waiting) and all(one is not event for one in self._behind)

    def again(self, event: events.Key) -> events.Key:
        """The same key, at the time it was pressed, as if it were pressed now."""
        once_more = events.Key(event.key, event.character)
        once_more.time = event.time
        self._waiting.append(once_more)
        if not event.is_printable:
            self._behind.append(once_more)
        return once_more
