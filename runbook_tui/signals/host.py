"""Of the machine here and its processes, as /proc tells it: CPU, memory, disk, load. Linux."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from runbook_tui.run.ports import Sample, SignalError
from runbook_tui.signals.aside import Aside

TAKES = ("cpu", "memory", "disk", "load", "process_cpu", "process_memory", "processes")
DEADLINE = 5.0  # seconds for a read: a file system may hang
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class HostSignal:
    """One value of this machine: percent for cpu, memory and disk, bytes for process_memory.

    `process_*` want `process`: a process id, or the file that holds it. `cpu` is of all cores together, `process_cpu`
    of one core, both since the read before; the first read of them has no value yet.
    """

    def __init__(
        self, take: str, *, path: str = "/", process: str = "", name: str = "", proc: Path = Path("/proc"),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        if take not in TAKES:
            raise SignalError(f"{take!r} is not one of {', '.join(TAKES)}")
        self._take = take
        self._path = path
        self._process = process
        self._name = name or take
        self._proc = proc
        self._monotonic = monotonic
        self._before: tuple[float, float] | None = None
        self._aside = Aside()

    @property
    def name(self) -> str:
        return self._name

    async def read(self) -> Sequence[Sample]:
        try:
            value, unit = await self._aside.read(self._value, deadline=DEADLINE)
        except (OSError, ValueError, IndexError, StopIteration, KeyError) as error:
            raise SignalError(f"{self._take} of this machine cannot be read: {error}") from None
        return [] if value is None else [Sample(name=self._name, value=value, at=datetime.now(UTC), unit=unit)]

    async def close(self) -> None:
        """Nothing is held."""

    def _value(self) -> tuple[float | None, str]:
        match self._take:
            case "cpu":
                ticks = [float(x) for x in (self._proc / "stat").read_text().split("\n", 1)[0].split()[1:9]]
                return self._share(sum(ticks) - ticks[3] - ticks[4], sum(ticks)), "%"
            case "memory":
                rows = dict(line.split(":", 1) for line in (self._proc / "meminfo").read_text().splitlines())
                total, free = (float(rows[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
                return 100 * (1 - free / total), "%"
            case "disk":
                disk = os.statvfs(self._path)
                used = disk.f_blocks - disk.f_bfree
                return 100 * used / ((used + disk.f_bavail) or 1), "%"
            case "load":
                return float((self._proc / "loadavg").read_text().split()[0]), ""
            case "processes":
                return float(sum(entry.name.isdigit() for entry in self._proc.iterdir())), ""
            case "process_cpu":
                fields = (self._proc / self._pid() / "stat").read_text().rpartition(")")[2].split()
                return self._share((float(fields[11]) + float(fields[12])) / _TICK, self._monotonic()), "%"
            case _:
                return float((self._proc / self._pid() / "statm").read_text().split()[1]) * _PAGE, "B"

    def _share(self, part: float, whole: float) -> float | None:
        before, self._before = self._before, (part, whole)
        if before is None or whole <= before[1] or part < before[0]:
            return None
        return 100 * (part - before[0]) / (whole - before[1])

    def _pid(self) -> str:
        pid = self._process if self._process.isdigit() else Path(self._process).read_text().strip()
        if not pid.isdigit():
            raise ValueError(f"{self._process or 'nothing'} names no process")
        return pid
