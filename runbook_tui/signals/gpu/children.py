"""Processes started so that being cancelled meanwhile leaves none behind, and hangs nobody."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

PATIENCE = 1.0  # seconds for a killed process to go


async def start(*command: str, stdin: int = DEVNULL, stderr: int = DEVNULL, longest_line: int) -> Process:
    """A process in a group of its own, its standard output a pipe. Raises OSError when it cannot be started.

    A caller cancelled while it is being started waits for it and ends it: asyncio itself can wait for ever then, for
    pipes that were never connected.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *command, stdin=stdin, stdout=PIPE, stderr=stderr, limit=longest_line, start_new_session=True
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(OSError):
            await end(await starting)
        raise


async def end(process: Process) -> bool:
    """Kill the whole group; whether the process has gone. One that hangs in the kernel stays."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    try:
        async with asyncio.timeout(PATIENCE):
            await process.wait()
    except TimeoutError:
        return False
    return True
