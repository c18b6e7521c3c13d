"""What is known of GPUs: one model for every source. What a source cannot give is None, never 0."""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec.structs import replace

IDLE_MEMORY = 15 << 20  # bytes in use on a device that nobody uses (gcm gpu_mem_usage)


class Source(StrEnum):
    """Where a host's values come from."""

    NVML = "nvml"
    SMI = "nvidia-smi"
    DCGM = "dcgm"


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of everything here; ages and times are seconds, times since the epoch."""


class GpuProcess(Value, frozen=True, kw_only=True):
    pid: int
    name: str = ""  # the program, without its arguments: they may hold secrets
    user: str | None = None
    memory: int | None = None  # bytes
    kind: str = "compute"  # or graphics
    started: float | None = None  # ticks since boot, to know the process again before it is ended


class Xid(Value, frozen=True, kw_only=True):
    """An error the driver reported."""

    code: int
    at: float | None = None  # None: before it was watched
    detail: str = ""


class RowRemap(Value, frozen=True, kw_only=True):
    correctable: int | None = None
    uncorrectable: int | None = None
    pending: bool | None = None
    failure: bool | None = None


class NvLinks(Value, frozen=True, kw_only=True):
    active: int | None = None
    inactive: int | None = None
    speed: float | None = None  # MB/s of one link
    links: int | None = None  # how many the card has, as its driver counts
    errors: int | None = None  # CRC, replay and recovery, all links, since the driver was loaded

    @property
    def missing(self) -> int:
        """Links the driver counts and tells nothing of."""
        return 0 if self.links is None else max(0, self.links - (self.active or 0) - (self.inactive or 0))


class MigSlice(Value, frozen=True, kw_only=True):
    uuid: str
    name: str = ""
    gpu_instance: int | None = None
    compute_instance: int | None = None
    memory_used: int | None = None
    memory_total: int | None = None


class Gpu(Value, frozen=True, kw_only=True):
    """One device as last read, known by its UUID: indices differ between tools and boots."""

    uuid: str
    index: int | None = None
    name: str = ""
    pci: str = ""
    at: float = 0.0  # when it was read
    seldom_at: float = 0.0  # when what changes seldom was read (counters of links and PCIe); 0.0: with the rest
    age: float = 0.0  # how old the values are now
    error: str | None = None  # why it cannot be read any more; the values are the last ones
    error_code: int | None = None  # of NVML

    util: float | None = None  # share of time with any kernel running, %
    memory_util: float | None = None  # share of time the memory was read or written, %
    memory_used: int | None = None  # bytes, without what the driver reserves
    memory_reserved: int | None = None
    memory_total: int | None = None
    power: float | None = None  # W
    power_limit: float | None = None
    temperature: float | None = None  # °C
    temperature_memory: float | None = None
    temperature_slowdown: float | None = None  # the card's own limit, °C
    temperature_margin: float | None = None  # °C left to that limit
    clock_sm: float | None = None  # MHz
    clock_sm_max: float | None = None
    clock_mem: float | None = None
    pstate: int | None = None
    throttle: tuple[str, ...] | None = None  # names of words.THROTTLE
    persistence: bool | None = None
    ecc: bool | None = None
    ecc_corrected: int | None = None  # since the driver was loaded
    ecc_uncorrected: int | None = None
    ecc_uncorrected_total: int | None = None  # ever
    sram_exceeded: bool | None = None
    retired: int | None = None  # pages of memory so far, of the kind that has more (corrected often, uncorrected)
    retired_pending: bool | None = None
    row_remap: RowRemap | None = None
    recovery: int | None = None  # what the driver asks for; 0 is nothing
    nvlink: NvLinks | None = None
    fabric: str | None = None  # completed, in progress, not started, unsupported, or failed: …
    pcie_gen: int | None = None
    pcie_gen_max: int | None = None
    pcie_width: int | None = None
    pcie_width_max: int | None = None
    pcie_replay: int | None = None  # since the driver was loaded
    mig: bool | None = None
    slices: tuple[MigSlice, ...] = ()
    xid: tuple[Xid, ...] | None = None  # None: nobody watches for them
    xid_since: float | None = None  # since when they were watched for; 0.0: since the machine started
    processes: tuple[GpuProcess, ...] | None = None
    without: tuple[str, ...] = ()  # values the driver says this card does not have, which is not the same as unknown

    @property
    def memory_share(self) -> float | None:
        """Memory in use, 0 to 1."""
        if self.memory_used is None or not self.memory_total:
            return None
        return self.memory_used / self.memory_total


class GpuHost(Value, frozen=True, kw_only=True):
    """A machine's devices as last read, or why there is nothing to read."""

    host: str
    source: Source
    fake: bool = False  # a stand-in of the driver: shows, never proves
    replayed: bool = False  # from a recording
    at: float = 0.0
    age: float = 0.0
    error: str | None = None
    error_code: int | None = None  # of NVML, when it is its
    driver: str | None = None
    cuda: str | None = None
    fabric_manager: str | None = None  # its service: active, inactive, …; none where there is no NVSwitch
    count: int | None = None  # devices the driver counts, those that cannot be reached too
    gpus: tuple[Gpu, ...] = ()
    notes: tuple[str, ...] = ()  # what the source cannot see, for the operator

    @property
    def proves(self) -> bool:
        """Whether a good value of this source may be believed."""
        return not self.fake and not self.replayed

    def older(self, seconds: float) -> GpuHost:
        """The same, that many seconds later."""
        if seconds <= 0.0:
            return self
        gpus = tuple(replace(gpu, age=gpu.age + seconds) for gpu in self.gpus)
        return replace(self, age=self.age + seconds, gpus=gpus)


def looks_fake(text: str) -> bool:
    """Whether a device's name says that it is a stand-in."""
    return "(FAKE)" in text or "mock" in text.lower()
