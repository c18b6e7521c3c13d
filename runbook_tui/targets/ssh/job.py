"""A job on another machine, followed over a link that may break at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import AsyncExitStack, suppress
from functools import partial

from runbook_tui.run.ports import Clock, JobExit, JobPhase, TargetError
from runbook_tui.targets import order as wire
from runbook_tui.targets.ssh.faults import Unreachable
from runbook_tui.targets.ssh.loop import SshLoop
from runbook_tui.targets.ssh.remote import Remote, Reply
from runbook_tui.targets.ssh.settings import SshSettings

# Seconds after a job was sent at which its host is asked whether it has started and has said something, and at last is
# told to stream what will come.
LOOKS = (0.01, 0.015, 0.02, 0.03, 0.08, 0.16)
STREAM = 0.3
AT_ONCE = 4  # jobs being started; where there are more each takes longer, and looks as early would only add to it
UNSETTLED = 1.0  # seconds between looks at a job whose supervisor is gone
STOPPING = 60.0  # seconds on top of the grace that a cancel may take
SILENCE = 60.0  # seconds without a byte before the host is asked whether the job is still there


class _Looks:
    """Says `look` to the host of a job that was sent, and at last `stream`."""

    def __init__(self, loop: SshLoop, reply: Reply) -> None:
        self._loop = loop
        self._reply = reply
        self._clock = asyncio.get_running_loop()
        self._sent = self._clock.time()
        self._said = 0
        self._timer = self._clock.call_at(self._due(), self._look)

    def stop(self) -> None:
        self._timer.cancel()

    def _due(self) -> float:
        slower = max(1.0, self._loop.starting / AT_ONCE)
        return self._sent + min([*(slower * look for look in LOOKS[self._said : self._said + 1]), STREAM])

    def _look(self) -> None:
        now, due = self._clock.time(), self._due()
        if now >= due:  # else many others have been sent since
            self._reply.say("look" if due < self._sent + STREAM else "stream")
            if due >= self._sent + STREAM:
                return
            self._said += 1
        self._timer = self._clock.call_at(self._due(), self._look)


class SshJob:
    """The job does not depend on this object, the app or the link; any number of these may follow it."""

    def __init__(
        self,
        loop: SshLoop,
        remote: Remote,
        settings: SshSettings,
        run: str,
        job: str,
        *,
        boot: str,
        clock: Clock,
        grace: float,
    ) -> None:
        self._loop = loop
        self._remote = remote
        self._run = run
        self._id = job
        self._boot = boot
        self._clock = clock
        self._settings = settings
        self._grace = grace
        self._begin: tuple[tuple[str, ...], bytes] | None = None
        self._open = AsyncExitStack()
        self._reply: Reply | None = None
        self._offset = 0
        self._all_read = False
        self._exit: JobExit | None = None
        self._given_up = asyncio.Event()

    @property
    def id(self) -> str:
        return self._id

    # --- on the caller's loop ---

    async def output(self, offset: int = 0) -> AsyncIterator[bytes]:
        """Bytes from `offset` on, across any number of broken links.

        Raises TargetError when the host cannot be asked any longer; the job goes on where it is.
        """
        ahead: Future[bytes] | None = None  # what comes next is on its way while the caller works on what came
        try:
            ahead = self._loop.start(self._first(offset))
            while data := await asyncio.wrap_future(ahead):
                ahead = self._loop.start(self._next())
                yield data
        finally:
            if ahead is not None:
                ahead.cancel()
            if not self._all_read:  # else it was left with the last of it
                with suppress(RuntimeError):  # the loop is stopped when the app ends
                    await asyncio.shield(self._loop.run(self._leave()))

    async def wait(self) -> JobExit:
        """Ends with the job. An exit of None means that nobody will ever know it."""
        while self._exit is None:
            async for _ in self.output(0):
                pass
        return self._exit

    async def cancel(self) -> JobExit:
        """End the whole process tree over there, also after a broken link. Raises TargetError when not told."""
        return await self._loop.run(self._cancel())

    # --- on the ssh loop ---

    async def start(self, words: tuple[str, ...], data: bytes) -> None:
        """Start it, or attach when it is there: sending the order again after a broken link cannot run it twice."""
        self._begin = (words, data)
        deadline = self._clock.monotonic() + self._settings.start_patience
        for attempt in range(1, 1000):
            try:
                await self._join_by_starting(words, data)
            except Unreachable:
                await self._leave()
                if self._clock.monotonic() > deadline or attempt > 20:
                    raise
                with suppress(Unreachable):
                    await self._remote.link.reconnection(attempt)
            else:
                return

    async def _join_by_starting(self, words: tuple[str, ...], data: bytes) -> None:
        self._loop.starting += 1
        try:
            looks = partial(_Looks, self._loop) if words[0] == "go" else None
            conversation = self._remote.conversation(words, data, meanwhile=looks)
            reply = await self._open.enter_async_context(conversation)
            said = await reply.words_until(("started", "attached", "failed"), STOPPING)
        finally:
            self._loop.starting -= 1
        if "failed" in said:
            await self._leave()
            wire.understood("start", f"failed {said['failed']}")
        if not said.keys() & {"started", "attached"}:
            raise Unreachable(f"The link to {self._remote.name} was lost before it said whether the command started.")
        self._reply = reply

    async def _first(self, offset: int) -> bytes:
        """The bytes at that offset."""
        if offset != self._offset or self._reply is None:
            await self._leave()
            self._offset = offset
        self._all_read = False
        return await self._next()

    async def _next(self) -> bytes:
        """The next bytes; none at the end, which also settles `_exit`."""
        attempt = 0
        lost_at = self._clock.monotonic()
        while not self._all_read:
            try:
                if self._reply is None:
                    if attempt:
                        await self._remote.link.reconnection(attempt)
                    await self._join()
                    continue
                data = await self._patiently(self._reply)
                if data is None:
                    continue
                if data:
                    self._offset += len(data)
                    return data
                await self._settle(self._reply.words())
            except Unreachable:
                await self._leave()
                attempt += 1
                waited = self._clock.monotonic() - lost_at
                if self._given_up.is_set() or waited > self._settings.follow_patience:
                    raise
        return b""

    async def _patiently(self, reply: Reply) -> bytes | None:
        """The next chunk; after a long silence the host is asked whether there is anything to wait for."""
        try:
            async with asyncio.timeout(SILENCE):
                return await reply.chunk()
        except TimeoutError:
            words = await self._remote.ask("inspect", self._run, self._id, self._boot)
            if wire.report(words).phase is not JobPhase.RUNNING:
                await self._leave()
            return None

    async def _join(self) -> None:
        """Follow from where the output stopped. A job that is not to be followed any more is settled here."""
        report = wire.report(await self._remote.ask("inspect", self._run, self._id, self._boot))
        if report.phase in (JobPhase.ABSENT, JobPhase.VANISHED) and report.output_bytes <= self._offset:
            self._end(JobExit(exit=None, detail=report.detail or "it never started"))
            return
        words = ("follow", self._run, self._id, str(self._offset))
        self._reply = await self._open.enter_async_context(self._remote.conversation(words))

    async def _settle(self, words: dict[str, str]) -> None:
        """The channel has ended as it should; take from it what became of the job."""
        await self._leave()
        if "exit" in words:
            self._end(wire.result(words))
            return
        if words.get("phase") != "unsettled":
            raise Unreachable(f"The link to {self._remote.name} ended before the job did.")
        answer = await self._remote.ask("inspect", self._run, self._id, self._boot)
        report = wire.report(answer)
        if report.phase is JobPhase.EXITED:
            self._end(wire.result(answer))
        elif report.phase is JobPhase.RUNNING:
            await asyncio.sleep(UNSETTLED)
        else:
            self._end(JobExit(exit=None, detail=report.detail))

    def _end(self, exit_: JobExit) -> None:
        self._exit = exit_
        self._all_read = True

    async def _cancel(self) -> JobExit:
        deadline = self._clock.monotonic() + self._grace + STOPPING
        attempt = 0
        while True:
            try:
                patience = max(1.0, deadline - self._clock.monotonic())
                self._exit = wire.result(await self._remote.ask("cancel", self._run, self._id, patience=patience))
            except Unreachable:
                attempt += 1
                if self._clock.monotonic() > deadline or attempt > 3:
                    self._given_up.set()
                    raise
                with suppress(Unreachable):
                    await self._remote.link.reconnection(attempt)
            else:
                return self._exit

    async def _leave(self) -> None:
        self._reply = None
        opened, self._open = self._open, AsyncExitStack()
        with suppress(TargetError):
            await opened.aclose()
