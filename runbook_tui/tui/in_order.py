"""What keys have begun, one after the other: a slow disk loses none of them, and a question is never answered blind."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from runbook_tui.tui.background import Work


class InOrder:
    """What waits is let go of when something was asked meanwhile: whoever pressed that key had not seen it."""

    def __init__(self) -> None:
        self._free = asyncio.Lock()
        self._waiting: set[Hashable] = set()
        self._asked = 0
        self._open = 0

    @property
    def busy(self) -> bool:
        return self._free.locked()

    @contextmanager
    def question(self) -> Iterator[None]:
        """Something is asked, from now until it is answered or left."""
        self._asked += 1
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    async def take(self, name: Hashable, work: Work) -> None:
        """Do it when what was begun before has ended; not twice in waiting, and not while something is asked."""
        if self._open or name in self._waiting:
            return
        asked = self._asked
        self._waiting.add(name)
        try:
            await self._free.acquire()
        finally:
            self._waiting.discard(name)
        try:
            if self._asked == asked:
                await work()
        finally:
            self._free.release()
