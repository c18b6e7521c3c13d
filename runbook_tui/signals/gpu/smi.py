"""GPUs of another machine: nvidia-smi streamed over our connection, no agent, never a process for each poll."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, NamedTuple

from msgspec.structs import replace

from runbook_tui.run.gpu.model import Gpu, NvLinks, Source, Xid, looks_fake
from runbook_tui.run.ports import Clock, Lines, SignalError
from runbook_tui.signals.gpu import fabric_manager, kernel_log, smi_processes, smi_rows
from runbook_tui.signals.gpu.fabric_manager import SWITCH
from runbook_tui.signals.gpu.holder import NO_UUID, Holder
from runbook_tui.signals.gpu.xid_watch import SAME, short_pci

FIRST = 20.0  # seconds for the first answer: a driver without persistence is loaded first
SILENT = 6.0  # seconds without a row, beyond the interval, before the stream is given up
AGAIN = (1.0, 2.0, 5.0, 15.0)  # seconds before a stream that ended is begun anew
HEARD = 3.0  # seconds in which words may come before the first row: warnings of the driver do
HUNG = 1.0  # seconds after the first time it fell silent; twice as long each time
RARELY = 600.0
TIMED_OUT = 10  # of NVML
NOT_THERE = "not installed"
GATHERED = 0.05  # seconds in which rows are told together
PROCESSES_EVERY = 5.0  # seconds
SELDOM_EVERY = 60.0  # seconds between two looks at what has no stream
KEPT_XIDS = 64
LONGEST_ANSWER = 30_000  # lines: a device takes some hundreds of them in XML


class Seldom(NamedTuple):
    """What has no stream, as it was at a moment; None where it was not told."""

    at: float
    links: dict[str, NvLinks] | None
    errors: dict[str, int]
    replays: dict[str, int]
    cuda: str | None
    fabric_manager: str | None


class SmiSource(Holder):
    """One host read through nvidia-smi; started and closed by its owner."""

    def __init__(self, clock: Clock, lines: Lines, *, interval: float = 1.0) -> None:
        super().__init__(clock, lines.host, Source.SMI, silent_after=interval + SILENT)
        self._lines = lines
        self._interval = interval
        self._tasks: list[asyncio.Task[None]] = []
        self._gpus: dict[str, Gpu] = {}
        self._arrivals: dict[str, float] = {}  # by the monotonic clock
        self._users: smi_processes.Rounds | None = None
        self._seldom: Seldom | None = None
        self._look = asyncio.Event()
        self._xids: dict[str, list[Xid]] = {}
        self._xid_since: float | None = None
        self._driver: str | None = None
        self._count: int | None = None
        self._said = ""  # what nvidia-smi said before it gave any row
        self._works = asyncio.Event()
        self._telling = False

    def start(self) -> None:
        if not self._tasks:
            loop = asyncio.get_running_loop()
            parts = (self._rows, self._follow_processes, self._look_seldom, self._follow_kernel_log)
            self._tasks = [loop.create_task(self._again_and_again(part)) for part in parts]

    async def ask_now(self) -> None:
        """The streams go on as they are; what has none is looked at now."""
        self._look.set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    # --- the streams ---

    async def _again_and_again(self, part: Callable[[], Any]) -> None:
        """A stream that ends is begun anew, later each time it gave nothing.

        A driver that hangs over there keeps its nvidia-smi for ever: few of them are started.
        """
        tries = hung = 0
        while True:
            if part != self._rows:
                await self._works.wait()  # one question is enough where there is no nvidia-smi
            began = self._clock.monotonic()
            pause = AGAIN[min(tries, len(AGAIN) - 1)]
            try:
                await part()
            except SignalError as error:
                if part == self._rows:
                    self.fail(str(error), smi_rows.code_of(str(error)))
                pause = RARELY if NOT_THERE in str(error) else pause
            except TimeoutError:
                if part == self._rows:
                    self.fail(f"nvidia-smi on {self.host} does not answer", TIMED_OUT)
                pause = min(HUNG * 2**hung, RARELY)
                hung += 1
            except Exception as error:  # noqa: BLE001 - whatever comes from there, it is read again
                if part == self._rows:
                    self.fail(f"what nvidia-smi on {self.host} writes cannot be read: {error!r}")
            else:
                hung = 0
            tries = 0 if self._clock.monotonic() - began > 30 else tries + 1
            await asyncio.sleep(pause)

    async def _rows(self) -> None:
        async with asyncio.timeout(FIRST):
            known = smi_rows.known_fields("\n".join(await self._all("LC_ALL=C nvidia-smi --help-query-gpu")))
        columns = smi_rows.chosen(known)
        if "uuid" not in columns:
            raise SignalError(f"nvidia-smi on {self.host} does not say which fields it has; nothing can be asked")
        # a device that cannot be reached is told of in words, by some versions on standard error
        query = f"LC_ALL=C nvidia-smi 2>&1 --query-gpu={','.join(columns.values())} --format=csv,noheader,nounits"
        self._said = ""
        try:
            await self._take_rows(f"{query} -lms {round(self._interval * 1000)}", tuple(columns))
        except SignalError as error:
            if not self._said or self._gpus or NOT_THERE in str(error):
                raise
            raise SignalError(f"nvidia-smi on {self.host}: {self._said}") from None

    async def _take_rows(self, command: str, columns: tuple[str, ...]) -> None:
        strange, began = 0, self._clock.monotonic()
        async for line in self._within(command, FIRST, SILENT + self._interval):
            cells = smi_rows.row(line, columns)
            gpu = cells and smi_rows.gpu(cells, self._gpus.get(cells.get("uuid", "").strip()), time.time())
            if cells is None or not gpu:
                if (lost := smi_rows.unreachable(line)) is not None:
                    self._lost(lost)
                    continue
                strange += 1
                self._said = self._said or line.strip()[:200]
                if self._said and not self._gpus and self._clock.monotonic() - began > HEARD:
                    raise SignalError(f"nvidia-smi on {self.host} gives no row")
                if strange > 100:
                    raise SignalError(f"nvidia-smi on {self.host} writes what cannot be read: {line.strip()[:80]!r}")
                continue
            strange = 0
            self._driver = cells.get("driver", "").strip() or self._driver
            self._count = int(cells["count"]) if cells.get("count", "").strip().isdigit() else None
            for other in [one for one in self._gpus if one.startswith(NO_UUID) and self._same(self._gpus[one], gpu)]:
                del self._gpus[other]
            self._gpus[gpu.uuid] = gpu
            self._arrivals[gpu.uuid] = self._clock.monotonic()
            self._works.set()
            self._publish_soon()

    def _lost(self, gpu: Gpu) -> None:
        """A device is told of in words: the one that is known as it, or one that never had a row."""
        known = next((one for one in self._gpus.values() if self._same(gpu, one)), None)
        if known is None:
            self._arrivals[gpu.uuid] = self._clock.monotonic()
        self._gpus[(known or gpu).uuid] = replace(known or gpu, error=gpu.error, error_code=gpu.error_code)
        self._works.set()
        self._publish_soon()

    @staticmethod
    def _same(lost: Gpu, other: Gpu) -> bool:
        if lost.pci and other.pci:
            return short_pci(lost.pci) == short_pci(other.pci)
        return lost.uuid == other.uuid or (lost.index is not None and lost.index == other.index)

    async def _follow_processes(self) -> None:
        lines = self._lines.lines(smi_processes.command(PROCESSES_EVERY))
        try:
            self._users = smi_processes.Rounds(PROCESSES_EVERY, self._clock.monotonic())
            async for line in lines:
                cells = smi_rows.row(line, smi_processes.COLUMNS)
                if found := cells and smi_rows.process(cells):
                    self._users.take(*found, self._clock.monotonic())
        finally:
            self._users = None
            await _closed(lines)

    async def _look_seldom(self) -> None:
        try:
            while True:
                self._look.clear()
                links, errors = await self._tried("nvlink -s"), await self._tried("nvlink -e")
                cuda, replays = smi_rows.of_xml(await self._tried("-q -x") or ())
                self._seldom = Seldom(
                    at=time.time(),
                    links=None if links is None else smi_rows.nvlinks(links),
                    errors=smi_rows.nvlink_errors(errors or ()),
                    replays=replays,
                    cuda=cuda,
                    fabric_manager=fabric_manager.told(await self._tried(None) or ()),
                )
                with suppress(TimeoutError):
                    async with asyncio.timeout(SELDOM_EVERY):
                        await self._look.wait()
        finally:
            self._seldom = None

    async def _tried(self, asked: str | None) -> list[str] | None:
        """What nvidia-smi answers, or the fabric's manager for None; None when it refuses. Raises TimeoutError."""
        command = fabric_manager.COMMAND.format(switch=SWITCH) if asked is None else f"LC_ALL=C nvidia-smi {asked}"
        with suppress(SignalError):
            async with asyncio.timeout(FIRST):
                return await self._all(command)
        return None

    async def _follow_kernel_log(self) -> None:
        lines = self._lines.lines(kernel_log.COMMAND)
        try:
            log = kernel_log.Log(time.time())
            async for line in lines:
                if (found := log.take(line, time.time())) is not None:
                    self._note(found[0], found[1], found[2], at=found[3])
                self._xid_since = log.since
        finally:
            self._xid_since = None
            await _closed(lines)

    def _note(self, pci: str, code: int, detail: str, *, at: float) -> None:
        seen = self._xids.setdefault(pci, [])
        if any(known.code == code and abs((known.at or 0) - at) < SAME for known in seen):
            return
        seen.append(Xid(code=code, at=at, detail=detail))
        del seen[:-KEPT_XIDS]
        if self._gpus:
            self._publish_soon()

    # --- what is known ---

    def _publish_soon(self) -> None:
        """Rows come in bursts, one for each device: told once."""
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_later(GATHERED, self._publish)

    def _publish(self) -> None:
        self._telling = False
        if not self._tasks:
            return  # closed meanwhile
        now = self._clock.monotonic()
        seldom = self._seldom or Seldom(0.0, None, {}, {}, None, None)
        gpus = []
        for uuid, gpu in self._gpus.items():
            links = (seldom.links or {}).get(uuid)
            if links is not None and uuid in seldom.errors:
                links = replace(links, errors=seldom.errors[uuid])
            age = now - self._arrivals[uuid]
            pci = short_pci(gpu.pci) if gpu.pci else ""
            gpus.append(
                replace(
                    gpu,
                    age=age,
                    error=gpu.error or (f"no row of it for {age:.0f} s" if age > SILENT + self._interval else None),
                    seldom_at=seldom.at,
                    nvlink=links,
                    without=gpu.without if seldom.links is None or links is not None else (*gpu.without, "nvlink"),
                    pcie_replay=seldom.replays.get(uuid),
                    processes=None if self._users is None else self._users.of(gpu, now),
                    xid=None if self._xid_since is None else tuple(self._xids.get(pci, ())),
                    xid_since=self._xid_since,
                )
            )
        gpus.sort(key=lambda one: one.index if one.index is not None else 999)
        notes: tuple[str, ...] = ("NVLinks, PCIe replays, CUDA and the fabric's manager are looked at once a minute",)
        if self._xid_since is None:
            notes = (*notes, "errors of the driver (XID) are not known: the kernel's log there may not be read")
        self.put(
            replace(
                self._value,
                fake=any(looks_fake(gpu.name) for gpu in gpus),
                at=time.time(),
                age=0.0,
                error=None,
                error_code=None,
                driver=self._driver,
                cuda=seldom.cuda,
                fabric_manager=seldom.fabric_manager,
                count=self._count,
                gpus=tuple(gpus),
                notes=notes,
            )
        )

    # --- reading ---

    async def _all(self, command: str) -> list[str]:
        found = []
        lines = self._lines.lines(command)
        try:
            async for line in lines:
                found.append(line)
                if len(found) > LONGEST_ANSWER:
                    break
        finally:
            await _closed(lines)
        return found

    async def _within(self, command: str, first: float, each: float) -> AsyncIterator[str]:
        """Lines of a command that may not fall silent. Raises TimeoutError when it does."""
        lines = self._lines.lines(command)
        patience = first
        try:
            while True:
                try:
                    async with asyncio.timeout(patience):
                        line = await anext(lines)
                except StopAsyncIteration:
                    raise SignalError(f"nvidia-smi on {self.host} ended") from None
                patience = each
                yield line
        finally:
            await _closed(lines)


async def _closed(lines: AsyncIterator[str]) -> None:
    close = getattr(lines, "aclose", None)
    if close is not None:
        with suppress(SignalError, RuntimeError):
            await close()
