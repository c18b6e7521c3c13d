"""How another terminal learns of a commit: the writer touches a file, the reader looks at its time.

Watching the -wal itself would be wrong: it changes before the commit can be seen, and not again after.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

LISTEN_EVERY = 0.03  # seconds
LOOK_EVERY = 16  # turns without a ring after which to look all the same


class Bell:
    """A file beside the database."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ring(self) -> None:
        """After COMMIT. A ring that fails is no error: the event is durable, and listeners look by themselves."""
        with suppress(OSError):
            os.utime(self._path)

    async def listen(self) -> AsyncIterator[None]:
        """Yields when it is time to look, until cancelled: at once, after each ring, and twice a second anyway.

        Looking for news costs no more than `PRAGMA data_version`, and sees our own commits too.
        """
        heard, quiet = -1, 0
        while True:
            rung = self._rung()
            if rung != heard:
                yield
                # two commits can share a tick of the file clock: look once more at the next turn
                heard, quiet = rung, LOOK_EVERY
            elif quiet >= LOOK_EVERY:
                yield
                quiet = 0
            else:
                quiet += 1
            await asyncio.sleep(LISTEN_EVERY)

    def _rung(self) -> int:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return 0
