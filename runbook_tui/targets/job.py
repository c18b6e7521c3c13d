"""A job on this machine, followed through the files in its folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress

from runbook_tui.run.ports import Clock, JobExit, JobPhase, TargetError
from runbook_tui.targets import order as wire
from runbook_tui.targets.supervisor import Supervisor

READ = 256 * 1024  # bytes taken from the file at once
CHUNK = 64 * 1024  # bytes handed out at once
FIRST_LOOK = 0.005  # seconds between looks; most commands are short
SLOWEST_LOOK = 0.05
ALIVE_EVERY = 1.0  # seconds between looks whether the supervisor is there
ASK_EVERY = 30.0  # seconds between thorough looks: its pid may be somebody else's by now
STOPPING = 60.0  # seconds on top of the grace that a cancel may take


class LocalJob:
    """Any number of these, in any number of processes, may follow the same job; none of them holds it up."""

    def __init__(self, supervisor: Supervisor, run: str, job: str, clock: Clock) -> None:
        self._supervisor = supervisor
        self._run = run
        self._id = job
        self._clock = clock
        self.folder = supervisor.folder(run, job)
        self._exit: JobExit | None = None
        self._looked = clock.monotonic()
        self._asked = self._looked

    @property
    def id(self) -> str:
        return self._id

    async def output(self, offset: int = 0) -> AsyncIterator[bytes]:
        """Bytes from `offset` on. What a background process writes after the job's end is not waited for."""
        fd = await self._open_output()
        if fd is None:
            return
        try:
            delay = FIRST_LOOK
            while True:
                ended = await self._ended() is not None  # before the size: nothing of the job is written after its end
                size = os.fstat(fd).st_size
                if size > offset:
                    delay = FIRST_LOOK
                while offset < size:
                    at = offset
                    data = await self._supervisor.in_thread(lambda at=at: os.pread(fd, READ, at))  # type: ignore[misc]
                    if not data:
                        break
                    offset += len(data)
                    for start in range(0, len(data), CHUNK):
                        yield data[start : start + CHUNK]
                if ended:
                    return
                await asyncio.sleep(delay)
                delay = min(delay * 1.5, SLOWEST_LOOK)
        finally:
            os.close(fd)

    async def wait(self) -> JobExit:
        """Ends with the job. An exit of None means that nobody will ever know it."""
        delay = FIRST_LOOK
        while (exit_ := await self._ended()) is None:
            await asyncio.sleep(delay)
            delay = min(delay * 1.5, SLOWEST_LOOK)
        return exit_

    async def cancel(self) -> JobExit:
        """Goes on to its end even when the caller is cancelled or the app ends."""
        grace = 5.0
        with suppress(OSError, ValueError, IndexError):
            grace = float((self.folder / "from").read_text().splitlines()[1])
        words = await self._supervisor.ask_about("cancel", self._run, self._id, patience=grace + STOPPING)
        self._exit = wire.result(words)
        return self._exit

    # --- inside ---

    async def _open_output(self) -> int | None:
        while True:
            try:
                return os.open(self.folder / "out", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            except FileNotFoundError:
                if await self._ended() is not None:
                    return None
            except OSError as error:
                raise TargetError(f"The output of job {self._id} cannot be read: {error.strerror}.") from error
            await asyncio.sleep(FIRST_LOOK)

    async def _ended(self) -> JobExit | None:
        if self._exit is None:
            self._exit = self._result() or await self._lost()
        return self._exit

    def _result(self) -> JobExit | None:
        try:
            text = (self.folder / "rc").read_text("utf-8", "replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TargetError(f"The result of job {self._id} cannot be read: {error.strerror}.") from error
        if not text.rstrip().endswith("\n."):  # just being written
            return None
        return wire.result(wire.answer(text))

    async def _lost(self) -> JobExit | None:
        """Look now and then whether somebody is there who will write the result."""
        now = self._clock.monotonic()
        if now - self._looked < ALIVE_EVERY:
            return None
        self._looked = now
        if self._supervisor_seems_alive() and now - self._asked < ASK_EVERY:
            return None
        self._asked = now
        words = await self._supervisor.ask_about("inspect", self._run, self._id, "")
        report = wire.report(words)
        if report.phase is JobPhase.EXITED:
            return wire.result(words)
        if report.phase is JobPhase.RUNNING:
            return None
        return JobExit(exit=None, detail=report.detail)

    def _supervisor_seems_alive(self) -> bool:
        try:
            os.kill(int((self.folder / "sup").read_text().split()[0]), 0)
        except (OSError, ValueError, IndexError) as error:
            return isinstance(error, PermissionError)
        return True
