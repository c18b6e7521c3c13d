"""GPUs of this host through NVML, read by a process of its own."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress

import msgspec

from runbook_tui.run.gpu.model import GpuHost, Source
from runbook_tui.run.ports import Clock
from runbook_tui.signals.gpu import children
from runbook_tui.signals.gpu.holder import Holder
from runbook_tui.signals.gpu.probe import STARTING

SILENT = 4.0  # seconds without a line, beyond the interval, before it is said so
GIVE_UP = 30.0  # seconds without a line before another process is tried
MOST_HUNG = 2  # processes that hang in the driver and cannot be ended, before no other is tried
LONGEST_LINE = 16 * 1024 * 1024
AGAIN = (1.0, 2.0, 5.0, 15.0)  # seconds before it is tried again
NO_DRIVER = 12  # of NVML: the library is not installed
RARELY = 60.0


class NvmlSource(Holder):
    """Started and closed by its owner; `latest` tells what is known at any moment."""

    def __init__(
        self, clock: Clock, *, interval: float = 1.0, kernel_log: str | None = None, root: str | None = None
    ) -> None:
        """`kernel_log` and `root` stand for /dev/kmsg and the machine's own root."""
        super().__init__(clock, socket.gethostname(), Source.NVML, silent_after=interval + SILENT)
        self._interval = interval
        self._arguments = ["--interval", str(interval)] + (["--kernel-log", kernel_log] if kernel_log else [])
        self._arguments += ["--root", root] if root else []
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._hung: list[asyncio.subprocess.Process] = []

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep_reading())

    async def ask_now(self) -> None:
        """Have everything read at the next moment, what changes seldom too."""
        process = self._process
        if process is not None and process.stdin is not None and process.returncode is None:
            with suppress(ConnectionError):
                process.stdin.write(b"now\n")

    async def close(self) -> None:
        """End the process; one that hangs in the driver is left to the kernel."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _keep_reading(self) -> None:
        tries = 0
        while True:
            worked = await self._read_one_process()
            tries = 0 if worked else tries + 1
            self._hung = [process for process in self._hung if process.returncode is None]
            while len(self._hung) >= MOST_HUNG:
                self.fail("the driver hangs: its processes cannot even be ended; restart this machine", 10)
                await asyncio.sleep(RARELY)
                self._hung = [process for process in self._hung if process.returncode is None]
            rarely = self._value.error_code == NO_DRIVER
            await asyncio.sleep(RARELY if rarely else AGAIN[min(tries, len(AGAIN) - 1)])

    async def _read_one_process(self) -> bool:
        """Whether it gave any reading before it ended."""
        command = [sys.executable, "-m", "runbook_tui.signals.gpu.probe", *self._arguments]
        try:
            process = await children.start(*command, stdin=asyncio.subprocess.PIPE, longest_line=LONGEST_LINE)
        except OSError as error:
            self.fail(f"the reader of the GPUs could not be started: {error.strerror}")
            return False
        self._process = process
        try:
            return await self._read_lines(process)
        finally:
            self._process = None
            await self._end(process)

    async def _read_lines(self, process: asyncio.subprocess.Process) -> bool:
        worked = False
        decoder = msgspec.json.Decoder(GpuHost)
        stdout = process.stdout
        while stdout is not None:
            try:
                async with asyncio.timeout(max(GIVE_UP, 3 * self._interval)):
                    line = await stdout.readline()
                value = decoder.decode(line) if line else None
            except TimeoutError:
                self.fail(f"the driver does not answer for {GIVE_UP:.0f} s", 10)
                return worked
            except (ValueError, msgspec.DecodeError):
                self.fail("the reader of the GPUs wrote something unreadable")
                return worked
            if value is None:
                if self._value.error is None:
                    self.fail("the reader of the GPUs ended unexpectedly")
                return worked
            if value.error == STARTING:
                self._starting()
                continue
            worked = worked or value.error is None
            self.put(value)
        return worked

    def _starting(self) -> None:
        """Its first words: from now on silence is the driver's. What was known before stays, with its error."""
        if not self._value.gpus and self._value.error_code is None:
            self._arrived = self._clock.monotonic()

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None and not await children.end(process):
            self._hung.append(process)
