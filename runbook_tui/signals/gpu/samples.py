"""GPU readings as samples, for conditions: "GPU utilization exceeds 95 % for 10 minutes"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from runbook_tui.run.gpu.model import Gpu, GpuHost
from runbook_tui.run.ports import Sample, SignalError
from runbook_tui.signals.gpu.watch import GpuSource

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
        host = self._source.latest()
        if host.error is not None and not host.gpus:
            raise SignalError(f"GPUs of {host.host}: {host.error}")
        if not host.proves and not self._trust:
            what = "a recording" if host.replayed else "a stand-in of the driver (FAKE)"
            raise SignalError(f"GPUs of {host.host} are told by {what}: that proves nothing")
        return tuple(samples(host))

    async def close(self) -> None:
        await self._source.close()


def samples(host: GpuHost) -> Iterator[Sample]:
    """Every metric of every device. Shares are 0 to 1; what is not known, stale or of a failing device is None."""
    for gpu in host.gpus:
        fresh = gpu.error is None and gpu.age <= STALE
        labels = {"host": host.host, "gpu": str(gpu.index if gpu.index is not None else ""), "uuid": gpu.uuid}
        at = datetime.fromtimestamp(gpu.at, UTC)
        for name, value, unit in _values(gpu):
            yield Sample(name=name, value=value if fresh else None, at=at, labels=labels, unit=unit)


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
