"""GPU readings as samples, for conditions: "GPU utilization exceeds 95 % for 10 minutes"."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from runbook_tui.run.gpu.model import Gpu, GpuHost
from runbook_tui.run.ports import Sample, SignalError
from runbook_tui.signals.gpu.holder import WAITING
from runbook_tui.signals.gpu.nvml import NvmlSource
from runbook_tui.signals.gpu.watch import GpuSource

FIRST = 8.0  # seconds waited for the first reading
STALE = 15.0  # seconds after which a value says nothing about now
METRICS = (
    "gpu_utilization",
    "gpu_memory_utilization",
    "gpu_memory_used",
    "gpu_temperature",
    "gpu_memory_temperature",
    "gpu_power",
    "gpu_power_share",
    "gpu_ecc_uncorrected",
    "gpu_xid_count",
)


class GpuSignal:
    """A source as a signal. A stand-in or a recording gives no samples: they would prove nothing."""

    def __init__(self, source: GpuSource, *, trust: bool = False) -> None:
        self._source = source
        self._trust = trust  # tests only

    @property
    def name(self) -> str:
        return f"gpu:{self._source.host}"

    async def read(self) -> Sequence[Sample]:
        """The newest sweep. Raises SignalError when there is none to believe."""
        self._source.start()
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST):
                while (self._source.latest().error or "").startswith(WAITING):  # noqa: ASYNC110 - bounded
                    await asyncio.sleep(0.1)
        host = self._source.latest()
        if host.error is not None and not host.gpus:
            raise SignalError(f"GPUs of {host.host}: {host.error}")
        if not host.proves and not self._trust:
            what = "a recording" if host.replayed else "a stand-in of the driver (FAKE)"
            raise SignalError(f"GPUs of {host.host} are told by {what}: that proves nothing")
        return tuple(samples(host))

    async def close(self) -> None:
        await self._source.close()


class GpuMetric:
    """One metric of the devices of one machine or several as one value, for a condition.

    `reduce` says how several devices become one: max, min or mean. A device whose value is not known makes the whole
    unknown: the others say nothing about it. So does a machine without a device, one that cannot be asked, and a named
    device that is not there: an index is meant on every machine, a UUID on one.
    The value is as old as the oldest it is made of.
    """

    def __init__(
        self, sources: Sequence[GpuSource], metric: str, *, reduce: str, percent: bool = False,
        devices: Iterable[str] = (), trust: bool = False,
    ) -> None:  # fmt: skip
        if metric not in METRICS or reduce not in REDUCE:
            raise SignalError(f"GPUs have no {metric!r} as {reduce!r}: {', '.join(METRICS)}; {', '.join(REDUCE)}")
        self._machines = [GpuSignal(source, trust=trust) for source in sources]
        self._metric = metric
        self._reduce = REDUCE[reduce]
        self._factor = 100.0 if percent else 1.0
        self._devices = frozenset(devices)

    @property
    def name(self) -> str:
        return f"{self._metric} of {', '.join(one.name for one in self._machines)}"

    async def read(self) -> Sequence[Sample]:
        """One sample. Raises SignalError when there is none to believe."""
        machines = [self._of(samples) for samples in await asyncio.gather(*(one.read() for one in self._machines))]
        found = [one for machine in machines for one in machine]
        if not found:
            return []
        values = [one.value for one in found]
        known = [value for value in values if value is not None]
        whole = len(known) == len(values) and all(machines) and not self._missing(machines)
        value = self._reduce(known) * self._factor if whole else None
        unit = "%" if self._factor != 1.0 else found[0].unit
        oldest = min(found, key=lambda one: one.at)
        return [Sample(name=self._metric, value=value, at=oldest.at, age=oldest.age, unit=unit)]

    def _of(self, samples: Sequence[Sample]) -> list[Sample]:
        return [
            one
            for one in samples
            if one.name == self._metric
            and (not self._devices or {one.labels["gpu"], one.labels["uuid"]} & self._devices)
        ]

    def _missing(self, machines: Sequence[Sequence[Sample]]) -> frozenset[str]:
        """The devices that are named and not there."""
        by_index = [frozenset(one.labels["gpu"] for one in machine) for machine in machines]
        everywhere = frozenset.intersection(*by_index) if by_index else frozenset()
        return self._devices - everywhere - {one.labels["uuid"] for machine in machines for one in machine}

    async def close(self) -> None:
        """The source belongs to others as well."""


REDUCE: dict[str, Callable[[Sequence[float]], float]] = {
    "max": max,
    "min": min,
    "mean": lambda values: sum(values) / len(values),
}
_NAMES = {
    "gpu utilization": "gpu_utilization",
    "gpu utilisation": "gpu_utilization",
    "gpu usage": "gpu_utilization",
    "gpu memory utilization": "gpu_memory_utilization",
    "gpu memory utilisation": "gpu_memory_utilization",
    "gpu memory usage": "gpu_memory_utilization",
    "gpu memory": "gpu_memory_utilization",
    "gpu temperature": "gpu_temperature",
    "gpu memory temperature": "gpu_memory_temperature",
    "gpu power": "gpu_power",
    "gpu power usage": "gpu_power",
}


def metric_named(words: str) -> str | None:
    """The metric a document's words mean: "GPU memory utilization", "gpu_memory_utilization"."""
    plain = " ".join(words.lower().replace("_", " ").replace("-", " ").split())
    return _NAMES.get(plain) or next((name for name in METRICS if name.replace("_", " ") == plain), None)


def unit_of(metric: str) -> str:
    """The unit of a metric's samples."""
    return dict(_UNITS).get(metric, "")


_UNITS = (
    ("gpu_utilization", "ratio"),
    ("gpu_memory_utilization", "ratio"),
    ("gpu_power_share", "ratio"),
    ("gpu_memory_used", "bytes"),
)


def of_this_machine(interval: float) -> GpuSource:
    """The devices here, read every so many seconds by a process of their own."""
    return NvmlSource(_Clock(), interval=interval)


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def samples(host: GpuHost) -> Iterator[Sample]:
    """Every metric of every device. Shares are 0 to 1; what is not known, stale or of a failing device is None."""
    for gpu in host.gpus:
        fresh = gpu.error is None and gpu.age <= STALE
        labels = {"host": host.host, "gpu": str(gpu.index if gpu.index is not None else ""), "uuid": gpu.uuid}
        at = datetime.fromtimestamp(gpu.at, UTC)
        for name, value, unit in _values(gpu):
            yield Sample(name=name, value=value if fresh else None, at=at, age=gpu.age, labels=labels, unit=unit)


def _values(gpu: Gpu) -> Iterable[tuple[str, float | None, str]]:
    share = gpu.power / gpu.power_limit if gpu.power is not None and gpu.power_limit else None
    return (
        ("gpu_utilization", None if gpu.util is None else gpu.util / 100, "ratio"),
        ("gpu_memory_utilization", gpu.memory_share, "ratio"),
        ("gpu_memory_used", _float(gpu.memory_used), "bytes"),
        ("gpu_temperature", gpu.temperature, "celsius"),
        ("gpu_memory_temperature", gpu.temperature_memory, "celsius"),
        ("gpu_power", gpu.power, "watts"),
        ("gpu_power_share", share, "ratio"),
        ("gpu_ecc_uncorrected", _float(gpu.ecc_uncorrected), ""),
        ("gpu_xid_count", None if gpu.xid is None else float(len(gpu.xid)), ""),
    )


def _float(value: int | None) -> float | None:
    return None if value is None else float(value)
