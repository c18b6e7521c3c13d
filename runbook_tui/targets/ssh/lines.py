"""Commands of a host read line by line over its link: for telemetry, never for what changes anything."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncGenerator, Callable

from runbook_tui.run.elevation import asked
from runbook_tui.run.ports import SignalError, TargetError
from runbook_tui.targets.ssh.link import Link
from runbook_tui.targets.ssh.loop import SshLoop

HELD = 10_000  # lines waiting to be taken before the oldest are dropped: what is newest matters
LONGEST_LINE = 1024 * 1024
STATUS = "\x1e"  # begins the line that tells how the command ended

# The script comes over standard input, so that no login shell reads it. When the channel is closed, that ends and
# takes the whole process group with it: a stream that is silent would otherwise stay for ever.
READER = "exec sh -c " + shlex.quote('IFS= read -r script && eval "$script"')
SCRIPT = (
    "exec 3<&0; (cat <&3; kill 0) >/dev/null 2>&1 & w=$!; (eval {command}) </dev/null 3<&- & wait $!; s=$?; "
    "printf '\\n\\036%s\\n' $s; kill $w; exit $s"
)


class SshLines:
    """One host; may be used from any loop, the work is done on the ssh loop."""

    def __init__(self, loop: SshLoop, name: str, link: Callable[[], Link]) -> None:
        self._loop = loop
        self._link = link
        self.host = name

    async def lines(self, command: str) -> AsyncGenerator[str, None]:
        here = asyncio.get_running_loop()
        queue: asyncio.Queue[str | Exception | None] = asyncio.Queue()

        def hand_over(item: str | Exception | None) -> None:
            here.call_soon_threadsafe(queue.put_nowait, item)

        reading = asyncio.ensure_future(self._loop.run(self._read(command, hand_over, queue.qsize)))
        try:
            while (item := await queue.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(
        self, command: str, hand_over: Callable[[str | Exception | None], None], waiting: Callable[[], int]
    ) -> None:
        """On the ssh loop: lines as they come, then the end or what went wrong."""
        rest, status, said = b"", "", ""
        try:
            async with self._link().exchange(READER) as exchange:
                exchange.send(SCRIPT.format(command=shlex.quote(command)).encode() + b"\n", end=False)
                while not exchange.ended and not status:
                    await exchange.news()
                    *whole, rest = (rest + exchange.take()).split(b"\n")
                    rest = rest[-LONGEST_LINE:]
                    for line in whole:
                        text = line.decode("utf-8", "replace").rstrip("\r")
                        if text.startswith(STATUS):
                            status = text[1:]
                        elif waiting() < HELD:
                            hand_over(text)
                said = bytes(exchange.stderr).decode("utf-8", "replace").strip()
        except TargetError as error:
            hand_over(SignalError(str(error)))
            return
        if not status:
            hand_over(SignalError(f"the link to {self.host} was lost"))
        elif status != "0":
            hand_over(SignalError(_why(command, status, said)))
        else:
            hand_over(None)


def _why(command: str, status: str, said: str) -> str:
    words = [word for word in command.split() if "=" not in word]
    if who := asked(said.encode()):
        return f"{who} there wants a password, which measuring cannot give: allow it without one (NOPASSWD in sudoers)"
    program = words[0].rpartition("/")[2] if words else command
    if status == "127":
        return f"{program} is not installed there"
    return f"{program} ended with status {status}" + (f": {said.splitlines()[-1][:200]}" if said else "")
