"""The operator's terminal joined to a pty on a host, for one command."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import sys
import termios
import tty

from runbook_tui.run.ports import TargetError
from runbook_tui.targets import order as wire
from runbook_tui.targets.ssh.exchange import Exchange
from runbook_tui.targets.ssh.remote import Remote

LOOK = 0.2  # seconds between looks at the window's size
RECORDED = 10 * 1024 * 1024  # bytes of a session kept


class Session:
    """Keys go there, what comes back goes to the screen and afterwards into the job's output over there."""

    def __init__(self, remote: Remote, run: str, job: str) -> None:
        self._remote = remote
        self._run = run
        self._job = job
        self._stdin = sys.stdin.fileno()
        self._stdout = sys.stdout.fileno()
        self._recorded = bytearray()

    async def run(self, arguments: list[str], payload: bytes) -> None:
        """Until the session has ended. Raises TargetError when it was not started by this call."""
        if not (os.isatty(self._stdin) and os.isatty(self._stdout)):
            raise TargetError("There is no terminal to hand over. Nothing was run.")
        order = (await self._remote.ask("deposit", *arguments, data=payload))["order"]
        nonce = secrets.token_hex(8)
        command = self._remote.terminal_command(nonce, self._run, self._job, order)
        columns, rows = os.get_terminal_size(self._stdout)
        before = termios.tcgetattr(self._stdin)
        term = os.environ.get("TERM", "xterm-256color")
        try:
            async with self._remote.link.exchange(f"exec {command}", pty=(term, columns, rows)) as exchange:
                tty.setraw(self._stdin)
                await self._carry(exchange)
        finally:
            termios.tcsetattr(self._stdin, termios.TCSADRAIN, before)
        answer = wire.understood("start", await self._remote.say("report", self._run, self._job, order))
        if "attached" in answer:
            raise TargetError("This command was started before; it was not run again.")
        if "started" not in answer:
            raise TargetError(
                f"{self._remote.name} gave no answer; whether the command started is not known: ask for it."
            )
        if self._recorded:
            await self._remote.ask("record", self._run, self._job, data=bytes(self._recorded))

    async def _carry(self, exchange: Exchange) -> None:
        loop = asyncio.get_running_loop()
        flags = fcntl.fcntl(self._stdin, fcntl.F_GETFL)
        loop.add_reader(self._stdin, self._typed, exchange)
        watching = asyncio.create_task(self._follow_size(exchange))
        try:
            while True:
                data = exchange.take()
                if data:
                    if len(self._recorded) < RECORDED:
                        self._recorded += data
                    await asyncio.to_thread(_write_all, self._stdout, data)
                elif exchange.ended:
                    return
                else:
                    await exchange.news()
        finally:
            watching.cancel()
            loop.remove_reader(self._stdin)
            fcntl.fcntl(self._stdin, fcntl.F_SETFL, flags)

    def _typed(self, exchange: Exchange) -> None:
        exchange.send(os.read(self._stdin, 4096), end=False)

    async def _follow_size(self, exchange: Exchange) -> None:
        size = os.get_terminal_size(self._stdout)
        while True:
            await asyncio.sleep(LOOK)
            if (now := os.get_terminal_size(self._stdout)) != size:
                size = now
                exchange.resize(*size)


def _write_all(fd: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]
