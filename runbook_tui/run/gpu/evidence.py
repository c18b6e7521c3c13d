"""What GPUs did while a command ran: kept in the record for ever. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from runbook_tui.run.gpu.kept import DeviceEvidence, HostEvidence, Span
from runbook_tui.run.gpu.model import Gpu, GpuHost
from runbook_tui.run.gpu.words import NORMAL_THROTTLE, recovery_words
from runbook_tui.run.gpu.xids import meaning

MOST_DEVICES = 64
MOST_EVENTS = 50
FRESH = 3.0  # seconds: a reading older than that says nothing about the beginning of a command
_VISIBLE = re.compile(r"\b(?:CUDA|NVIDIA)_VISIBLE_DEVICES=[\"']?([0-9A-Za-z,/-]+)")
_NAMED = re.compile(r"\bcuda:(\d{1,3})\b")
_DEVICE_OPTION = re.compile(
    r"(?:--gpus[= ][\"']?device=|--gpu-ids?[= ]|\bnvidia-smi\b[^|;&]*\s-i[= ]?)([0-9A-Za-z,-]+)"
)


class _Track:
    """One device, reading by reading."""

    def __init__(self, gpu: Gpu, *, began: float, told: float) -> None:
        self.first = gpu
        self.earlier = {(xid.code, xid.at) for xid in gpu.xid or () if xid.at is None or xid.at < told}
        self.began = began
        self.last = gpu
        self.values: dict[str, tuple[int, float, float, float]] = {}  # count, sum, least, greatest
        self.readings = 0
        self.at = 0.0
        self.events: list[str] = []
        self._begun = False

    def take(self, gpu: Gpu) -> None:
        if gpu.error is None and gpu.at > self.at:
            self.at = gpu.at
            self.readings += 1
            self._add("util", gpu.util)
            self._add("memory", gpu.memory_used)
            self._add("power", gpu.power)
            self._add("temperature", gpu.temperature)
        for text in self._news(gpu):
            if text not in self.events and len(self.events) < MOST_EVENTS:
                self.events.append(text)
        self.last = gpu
        self._begun = True

    def _add(self, name: str, value: float | None) -> None:
        if value is None:
            return
        count, total, low, high = self.values.get(name, (0, 0.0, value, value))
        self.values[name] = (count + 1, total + value, min(low, value), max(high, value))

    def _news(self, gpu: Gpu) -> Iterable[str]:
        """What is so now and was not at the beginning; what was so already says that."""
        first = self.first
        already = "" if self._begun else " (already at the beginning)"
        if gpu.error is not None:
            yield _without_numbers(gpu.error) + already
        for reason in gpu.throttle or ():
            if reason not in NORMAL_THROTTLE:
                known = " (already at the beginning)" if reason in (first.throttle or ()) else ""
                yield f"slowed down: {reason}{known}"
        for xid in gpu.xid or ():
            if (xid.code, xid.at) not in self.earlier:
                sooner = " (just before this command)" if xid.at is not None and xid.at < self.began else ""
                yield f"XID {xid.code}: {meaning(xid.code).says}{sooner}"
        if gpu.recovery and gpu.recovery != first.recovery:
            yield f"the driver asks to {recovery_words(gpu.recovery)}"
        for name, words in (("ecc_uncorrected", "uncorrected ECC errors"), ("pcie_replay", "PCIe replays")):
            before, now = getattr(first, name), getattr(gpu, name)
            if before is not None and now is not None and now > before:
                yield f"{words} came up"
        if gpu.row_remap is not None and first.row_remap is not None and gpu.row_remap != first.row_remap:
            yield "rows of memory were remapped"
        if gpu.nvlink is not None and gpu.nvlink.inactive and first.nvlink is not None and not first.nvlink.inactive:
            yield "NVLinks went down"

    def frozen(self) -> DeviceEvidence:
        return DeviceEvidence(
            uuid=self.first.uuid,
            index=self.first.index,
            name=self.last.name or self.first.name,
            readings=self.readings,
            util=self._span("util"),
            memory=self._span("memory"),
            power=self._span("power"),
            temperature=self._span("temperature"),
            events=tuple(self.events),
        )

    def _span(self, name: str) -> Span | None:
        if name not in self.values:
            return None
        count, total, low, high = self.values[name]
        return Span(min=float(round(low, 2)), mean=float(round(total / count, 2)), max=float(round(high, 2)))


class Gathering:
    """The readings of one command's time, bounded whatever it lasts.

    `told` is the time up to which the commands before told of errors: one that came since belongs here, for a command
    may be over before the driver's error was read. Both in epoch seconds.
    """

    def __init__(self, text: str, *, began: float, told: float | None = None) -> None:
        self._wanted = devices_named(text)
        self._began = began
        self._told = began if told is None else told
        self._tracks: dict[str, _Track] = {}
        self._host: GpuHost | None = None

    def take(self, host: GpuHost) -> None:
        """A reading that came meanwhile, or the newest one at the beginning."""
        self._host = host
        for gpu in host.gpus:
            if not self._means(gpu) or (gpu.uuid not in self._tracks and len(self._tracks) >= MOST_DEVICES):
                continue
            if gpu.uuid not in self._tracks:
                self._tracks[gpu.uuid] = _Track(gpu, began=self._began, told=self._told)
            self._tracks[gpu.uuid].take(gpu)

    @property
    def told(self) -> float:
        """Up to when errors are told by this command's evidence, or those before it."""
        return max(self._told, self._host.at if self._host is not None else 0.0)

    def frozen(self, now: float) -> HostEvidence | None:
        """What was seen; None when there was nothing to see."""
        host = self._host
        if host is None or (not self._tracks and host.error_code == _NO_DRIVER):
            return None
        missing = sorted(name for name in self._wanted if not any(means(name, gpu) for gpu in host.gpus))
        note = host.error or (f"not there, and named by the command: {', '.join(missing)}" if missing else "")
        if not self._tracks and not host.error:
            note = "none of the devices the command names is there" if self._wanted else "no device was read"
        return HostEvidence(
            host=host.host,
            source=host.source.value,
            fake=host.fake,
            replayed=host.replayed,
            seconds=round(max(0.0, now - self._began), 3),
            devices=tuple(track.frozen() for track in self._tracks.values()),
            note=note,
        )

    def _means(self, gpu: Gpu) -> bool:
        if not self._wanted:
            return True
        return any(means(name, gpu) for name in self._wanted)


_NO_DRIVER = 12  # of NVML


def means(name: str, gpu: Gpu) -> bool:
    """Whether a name in a command is of that device: its index, its UUID or a slice's, or how a UUID begins."""
    if name.isdigit():
        return gpu.index == int(name)
    known = (gpu.uuid, *(part.uuid for part in gpu.slices))
    return any(uuid.startswith(name) for uuid in known) if name.startswith(("GPU-", "MIG-")) else name in known


def devices_named(text: str) -> frozenset[str]:
    """Indices and UUIDs of the devices a command names; empty when it names none, which means all."""
    found: set[str] = set(_NAMED.findall(text))
    for pattern in (_VISIBLE, _DEVICE_OPTION):
        for listed in pattern.findall(text):
            found |= {one for one in listed.split(",") if one and one not in ("all", "none", "void", "-1")}
    return frozenset(found)


def _without_numbers(error: str) -> str:
    """An error that counts seconds is one error, however often it is told."""
    return re.sub(r" for \d+ s\b", "", error)
