"""Lines written on one loop and read on another: the output of work that is done in this process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

LARGEST = 4 * 1024 * 1024  # bytes kept; what is said after that is dropped and said so


class Feed:
    """Written from any thread, read by any number of readers on their own loops."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._lock = threading.Lock()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self.closed = False

    def say(self, line: str) -> None:
        with self._lock:
            if len(self._data) < LARGEST:
                self._data += line.encode("utf-8", "replace") + b"\n"
            self._wake()

    def close(self) -> None:
        with self._lock:
            self.closed = True
            self._wake()

    async def read(self, offset: int = 0) -> AsyncIterator[bytes]:
        """Chunks from that byte on, until it is closed and all was read."""
        loop = asyncio.get_running_loop()
        while True:
            news = asyncio.Event()
            with self._lock:
                data, closed = bytes(self._data[offset : offset + 65536]), self.closed
                if not data and not closed:
                    self._waiting.append((loop, news))
            if data:
                offset += len(data)
                yield data
            elif closed:
                return
            else:
                await news.wait()

    def _wake(self) -> None:
        for loop, news in self._waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(news.set)
        self._waiting.clear()
