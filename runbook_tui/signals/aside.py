"""Reads that block: one at a time for each reader, in a thread of its own that may be left behind.

A file system that hangs keeps a thread for ever. In the threads that everything shares, a few of those would stop every
other read; here the reader alone goes without, and says so.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class Aside:
    """One reader's."""

    def __init__(self) -> None:
        self._since: float | None = None  # when the read that is under way began, by the monotonic clock

    async def read(self, take: Callable[[], T], *, deadline: float) -> T:
        """What `take` returns or raises. Raises TimeoutError after the deadline, and while an earlier read hangs."""
        if self._since is not None:
            raise TimeoutError(f"it does not answer for {time.monotonic() - self._since:.0f} s")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            try:
                result = take()
            except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
                tell(partial(answer.set_exception, error))
            else:
                tell(partial(answer.set_result, result))

        def tell(say: Callable[[], None]) -> None:
            self._since = None
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(lambda: None if answer.done() else say())

        self._since = time.monotonic()
        threading.Thread(target=work, daemon=True, name="aside").start()
        try:
            async with asyncio.timeout(deadline):
                return await answer
        except TimeoutError:
            raise TimeoutError(f"it did not answer within {deadline:g} s") from None
