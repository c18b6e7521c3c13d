"""How another terminal learns of a commit: the writer touches a file, the reader hears of it.

Watching the -wal itself would be wrong: it changes before the commit can be seen, and not again after.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from runbook_tui.journal.ears import Ears

LISTEN_EVERY = 0.03  # seconds between two looks at least
LOOK_EVERY = 0.5  # seconds without a ring after which to look all the same


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
        with Ears(self._path, every=LISTEN_EVERY) as ears:
            while True:
                yield
                await ears.heard(LOOK_EVERY)
