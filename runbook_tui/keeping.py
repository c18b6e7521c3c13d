"""Copies of the journal while a run is driven: every quarter of an hour, and when it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol

from runbook_tui.journal import backup
from runbook_tui.run.ports import JournalError
from runbook_tui.run.state import RunState

log = logging.getLogger("runbook_tui")

TROUBLE = "trouble.txt"  # beside the copies: why the newest was not made


class Run(Protocol):
    @property
    def state(self) -> RunState: ...

    def subscribe(self, listener: Callable[[RunState], None]) -> Callable[[], None]: ...


async def keep_copies(run: Run, state: Path, *, now: Callable[[], datetime], every: float = backup.EVERY) -> None:
    """Until cancelled, which is when the run is let go of. A run that has ended is copied before this returns.

    A copy that cannot be made never stops a run: it is written down for `rbt doctor`.
    """
    changed = asyncio.Event()
    copied: tuple[object, int] | None = None  # the outcome and the event it was copied at
    unsubscribe = run.subscribe(lambda _: changed.set())

    async def copy() -> None:
        nonlocal copied
        at = (run.state.outcome, run.state.seq)
        if at != copied:
            copied = at
            await asyncio.shield(asyncio.to_thread(_copy, state, now()))

    loop = asyncio.get_running_loop()
    due = loop.time() + every  # by a clock that nobody sets
    ended = run.state.outcome
    try:
        while True:
            changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await changed.wait()
            if run.state.outcome is not ended:
                ended = run.state.outcome
                await copy()
            elif loop.time() >= due:
                due = loop.time() + every
                await copy()
    finally:
        unsubscribe()
        if run.state.outcome is not None and (copied is None or copied[0] is not run.state.outcome):
            await copy()


def _copy(state: Path, now: datetime) -> None:
    trouble = backup.folder_of(state) / TROUBLE
    try:
        backup.make(state, now=now)
        trouble.unlink(missing_ok=True)
    except (JournalError, OSError) as error:
        log.warning("no copy of the journal: %s", error)
        with suppress(OSError):
            trouble.parent.mkdir(parents=True, exist_ok=True)
            trouble.write_text(f"{now.isoformat()} {error}\n")


def trouble_with_copies(state: Path) -> str | None:
    """Why the newest automatic copy was not made."""
    try:
        return (backup.folder_of(state) / TROUBLE).read_text().strip()
    except OSError:
        return None
