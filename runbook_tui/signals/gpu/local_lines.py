"""Commands of this machine, read line by line."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator

from runbook_tui.run.ports import SignalError
from runbook_tui.signals.gpu import children

LONGEST_LINE = 1024 * 1024
SAID = 2000  # bytes of standard error kept for the operator


class LocalLines:
    """Each command in a process group of its own, ended with it."""

    host = socket.gethostname()

    async def lines(self, command: str) -> AsyncGenerator[str, None]:
        process = await children.start("sh", "-c", command, stderr=asyncio.subprocess.PIPE, longest_line=LONGEST_LINE)
        said = asyncio.create_task(_end_of(process.stderr))
        try:
            while process.stdout is not None:
                try:
                    line = await process.stdout.readline()
                except ValueError:
                    continue  # longer than any line of telemetry
                if not line:
                    break
                yield line.decode("utf-8", "replace").rstrip("\r\n")
            status = await process.wait()
            if status:
                raise SignalError(_why(command, status, await said))
        finally:
            said.cancel()
            await asyncio.gather(said, return_exceptions=True)
            await children.end(process)


async def _end_of(stream: asyncio.StreamReader | None) -> str:
    kept = b""
    while stream is not None and (data := await stream.read(4096)):
        kept = (kept + data)[-SAID:]
    return kept.decode("utf-8", "replace").strip()


def _why(command: str, status: int, said: str) -> str:
    program = command.split(maxsplit=1)[0].rpartition("/")[2]
    if status == 127:
        return f"{program} is not installed there"
    return f"{program} ended with status {status}" + (f": {said.splitlines()[-1]}" if said else "")
