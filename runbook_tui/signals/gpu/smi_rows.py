"""What nvidia-smi writes, read into the model. Pure.

NVIDIA does not promise that its output stays: fields are asked for by name, and what cannot be read is absent.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from runbook_tui.run.gpu.model import Gpu, GpuProcess, NvLinks, RowRemap
from runbook_tui.run.gpu.words import RECOVERY, throttle_names
from runbook_tui.signals.gpu.xid_watch import short_pci

MIB = 1 << 20
# each value by the names it has had, newest first
FIELDS: dict[str, tuple[str, ...]] = {
    "count": ("count",),
    "uuid": ("uuid", "gpu_uuid"),
    "index": ("index",),
    "name": ("name",),
    "pci": ("pci.bus_id",),
    "driver": ("driver_version",),
    "persistence": ("persistence_mode",),
    "mig": ("mig.mode.current",),
    "util": ("utilization.gpu",),
    "memory_util": ("utilization.memory",),
    "memory_used": ("memory.used",),
    "memory_reserved": ("memory.reserved",),
    "memory_total": ("memory.total",),
    "temperature": ("temperature.gpu",),
    "temperature_memory": ("temperature.memory",),
    "temperature_margin": ("temperature.gpu.tlimit",),
    "power": ("power.draw.instant", "power.draw"),
    "power_limit": ("enforced.power.limit", "power.limit"),
    "clock_sm": ("clocks.sm", "clocks.current.sm"),
    "clock_sm_max": ("clocks.max.sm",),
    "clock_mem": ("clocks.mem", "clocks.current.memory"),
    "pstate": ("pstate",),
    "throttle": ("clocks_event_reasons.active", "clocks_throttle_reasons.active"),
    "ecc": ("ecc.mode.current",),
    "ecc_corrected": ("ecc.errors.corrected.volatile.total",),
    "ecc_uncorrected": ("ecc.errors.uncorrected.volatile.total",),
    "ecc_uncorrected_total": ("ecc.errors.uncorrected.aggregate.total",),
    "remap_correctable": ("remapped_rows.correctable",),
    "remap_uncorrectable": ("remapped_rows.uncorrectable",),
    "remap_pending": ("remapped_rows.pending",),
    "remap_failure": ("remapped_rows.failure",),
    "sram_exceeded": ("ecc.errors.uncorrected.aggregate.sram.thresholdExceeded",),
    "retired": ("retired_pages.double_bit.count", "retired_pages.dbe"),
    "retired_corrected": ("retired_pages.single_bit_ecc.count", "retired_pages.sbe"),
    "retired_pending": ("retired_pages.pending",),
    "recovery": ("gpu_recovery_action",),
    "fabric": ("fabric.state",),
    "pcie_gen": ("pcie.link.gen.current", "pcie.link.gen.gpucurrent"),
    "pcie_gen_max": ("pcie.link.gen.max",),
    "pcie_width": ("pcie.link.width.current",),
    "pcie_width_max": ("pcie.link.width.max",),
}
_FLAGS = {"enabled": True, "yes": True, "1": True, "active": True}
_NO_FLAGS = {"disabled": False, "no": False, "0": False, "not active": False}
_ON_SOME_CARDS = {"ecc": "ecc", "row_remap": "remap_failure", "fabric": "fabric", "mig": "mig",
                  "sram_exceeded": "sram_exceeded", "retired": "retired"}  # fmt: skip
_NOT_ON_CARD = re.compile(r"^\[?(?:n/a|not supported)\]?$", re.IGNORECASE)
_NONE = re.compile(
    r"^\[?(?:n/?a|not supported|unknown error|unknown|no data|insufficient permissions)\]?$", re.IGNORECASE
)
_SENTINEL = 0x7FFFFFFFFFFFFFF0
_HELP = re.compile(r'^"([A-Za-z0-9_.]+)"(?: or "([A-Za-z0-9_.]+)")?', re.MULTILINE)
_LINK = re.compile(r"^\s*Link\s+\d+:\s*(?P<state>.+?)\s*$")
_ALL_DOWN = re.compile(r"all links are in-?active", re.IGNORECASE)
_ERRORS = re.compile(r"^\s*Links?\s+[\d, -]+:.*Errors:\s*(\d+)\s*$")
_ELEMENT = re.compile(r"<(cuda_version|uuid|replay_counter)>\s*([^<]*?)\s*</")
_CARD = re.compile(r"^GPU\s+\d+:.*\(UUID:\s*(?P<uuid>[^)]+)\)")
_UNREACHABLE = re.compile(
    r"Unable to determine the device handle for GPU\s*(?:(?P<index>\d{1,3}):\s+)?"
    r"(?:(?P<pci>[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.\d):\s*)?(?P<why>.+)"
)
_CODES = {"lost": 15, "reset": 16, "permission": 4}  # of NVML, by a word of what is said; anything else is 999
_NOT_BEGUN = (
    ("version mismatch", 18), ("failed to initialize nvml", 9), ("couldn't communicate with the nvidia driver", 9)
)  # fmt: skip
_RECOVERY = {"none": 0, "reset": 1, "gpu reset": 1, "reboot": 2, "node reboot": 2, "drain p2p": 3, "drain and reset": 4}


def known_fields(help_text: str) -> frozenset[str]:
    """The names in the answer to `nvidia-smi --help-query-gpu`."""
    return frozenset(name for pair in _HELP.findall(help_text) for name in pair if name)


def chosen(known: Iterable[str]) -> dict[str, str]:
    """Our value → the name to ask for; one unknown name would fail the whole query."""
    there = frozenset(known)
    wanted = ((ours, next((name for name in names if name in there), None)) for ours, names in FIELDS.items())
    return {ours: name for ours, name in wanted if name is not None}


def row(line: str, columns: Sequence[str]) -> dict[str, str] | None:
    """A CSV line by column; None when it is none of this query (an error in words, a torn line)."""
    try:
        cells = next(csv.reader([line], skipinitialspace=True), [])
    except csv.Error:
        return None
    return dict(zip(columns, cells, strict=True)) if len(cells) == len(columns) else None


def gpu(cells: Mapping[str, str], before: Gpu | None, at: float) -> Gpu | None:
    """A row as a device, what it does not tell taken from `before`; None without a UUID."""
    uuid = cells.get("uuid", "").strip()
    if not uuid.startswith(("GPU-", "MIG-")):
        return None
    lost = any("requires reset" in cell.lower() or "gpu is lost" in cell.lower() for cell in cells.values())
    values: dict[str, Any] = {name: _value(name, text) for name, text in cells.items() if name in _READERS}
    base = before or Gpu(uuid=uuid)
    return replace(
        base,
        **values,
        index=_whole(cells.get("index", "")) if "index" in cells else base.index,
        name=cells.get("name", "").strip() or base.name,
        pci=cells.get("pci", "").strip() or base.pci,
        row_remap=_remap(cells),
        retired=_retired(cells),
        without=tuple(ours for ours, name in _ON_SOME_CARDS.items() if _NOT_ON_CARD.match(cells.get(name, "").strip())),
        at=at,
        age=0.0,
        error="the GPU wants a reset" if lost else None,
        error_code=16 if lost else None,
    )


def unreachable(line: str) -> Gpu | None:
    """A device that nvidia-smi counts and cannot read, from what it says in place of its row; None for other lines."""
    found = _UNREACHABLE.search(line)
    if found is None:
        return None
    index, pci, why = found["index"], found["pci"] or "", " ".join(found["why"].split())[:100]
    code = next((code for word, code in _CODES.items() if word in why.lower()), 999)
    return Gpu(
        uuid=f"gpu-{index or (short_pci(pci) if pci else '?')}",
        index=int(index) if index else None,
        pci=pci,
        error=f"nvidia-smi cannot reach it: {why}",
        error_code=code,
    )


def code_of(said: str) -> int | None:
    """NVML's code of a driver that does not begin, from what nvidia-smi says of it; None for any other trouble."""
    return next((code for words, code in _NOT_BEGUN if words in said.lower()), None)


def _remap(cells: Mapping[str, str]) -> RowRemap | None:
    numbers = [_whole(cells.get(f"remap_{name}", "")) for name in ("correctable", "uncorrectable")]
    flags = [_flag(cells.get(f"remap_{name}", "")) for name in ("pending", "failure")]
    if all(value is None for value in (*numbers, *flags)):
        return None
    return RowRemap(correctable=numbers[0], uncorrectable=numbers[1], pending=flags[0], failure=flags[1])


def _retired(cells: Mapping[str, str]) -> int | None:
    counts = [_whole(cells.get(name, "")) for name in ("retired", "retired_corrected")]
    return max((count for count in counts if count is not None), default=None) if None not in counts else None


def process(cells: Mapping[str, str]) -> tuple[str, GpuProcess] | None:
    """UUID and process of a row of --query-compute-apps, with the owner where one was found."""
    pid = _whole(cells.get("pid", ""))
    uuid = cells.get("gpu_uuid", "").strip()
    if pid is None or not uuid:
        return None
    used = _number(cells.get("used_memory", ""))
    name = cells.get("process_name", "").strip().split(" ")[0].rpartition("/")[2]
    memory = None if used is None else int(used * MIB)
    return uuid, GpuProcess(pid=pid, name=name, user=cells.get("user", "").strip() or None, memory=memory)


def nvlinks(lines: Iterable[str]) -> dict[str, NvLinks]:
    """The answer to `nvidia-smi nvlink -s` by UUID; the slowest link's speed. Cards that list no link are left out."""
    found: dict[str, NvLinks] = {}
    uuid = ""
    for line in lines:
        if (card := _CARD.match(line)) is not None:
            uuid = card["uuid"].strip()
        elif uuid and _ALL_DOWN.search(line):
            found[uuid] = NvLinks(active=0)
        elif uuid and (link := _LINK.match(line)) is not None:
            speed = re.match(r"([\d.]+)\s*GB/s", link["state"])
            so_far = found.get(uuid, NvLinks(active=0, inactive=0))
            found[uuid] = NvLinks(
                active=(so_far.active or 0) + (speed is not None),
                inactive=(so_far.inactive or 0) + (speed is None),
                speed=_slowest(round(float(speed[1]) * 1000), so_far.speed) if speed else so_far.speed,
            )
    return found


def _slowest(one: float, before: float | None) -> float:
    return one if before is None else min(one, before)


def nvlink_errors(lines: Iterable[str]) -> dict[str, int]:
    """The answer to `nvidia-smi nvlink -e`: errors of all kinds on all links, by UUID."""
    found: dict[str, int] = {}
    uuid = ""
    for line in lines:
        if (card := _CARD.match(line)) is not None:
            uuid = card["uuid"].strip()
        elif uuid and (errors := _ERRORS.match(line)) is not None:
            found[uuid] = found.get(uuid, 0) + int(errors[1])
    return found


def of_xml(lines: Iterable[str]) -> tuple[str | None, dict[str, int]]:
    """What the stream of rows has no field for, from `nvidia-smi -q -x`: CUDA's version, PCIe replays by UUID."""
    cuda, uuid = None, ""
    replays: dict[str, int] = {}
    for line in lines:
        for tag, value in _ELEMENT.findall(line):
            match tag:
                case "cuda_version" if re.fullmatch(r"\d+\.\d+", value):
                    cuda = value
                case "uuid" if value.startswith("GPU-"):
                    uuid = value
                case "replay_counter" if uuid and value.isdigit():
                    replays[uuid] = int(value)
        if "</gpu>" in line:
            uuid = ""
    return cuda, replays


# --- cells ---


def _absent(text: str) -> bool:
    return (
        not text.strip() or _NONE.match(text.strip()) is not None or "ERR!" in text or "requires reset" in text.lower()
    )


def _number(text: str) -> float | None:
    if _absent(text):
        return None
    match = re.match(r"^\s*(-?\d+(?:\.\d+)?)(?:\s*[A-Za-z%/]+)?\s*$", text)
    if match is None or float(match[1]) >= _SENTINEL:
        return None
    return float(match[1])


def _whole(text: str) -> int | None:
    return None if (number := _number(text)) is None else int(number)


def _bytes(text: str) -> int | None:
    return None if (number := _number(text)) is None else int(number * MIB)


def _flag(text: str) -> bool | None:
    word = text.strip().lower()
    return _FLAGS.get(word, _NO_FLAGS.get(word))


def _pstate(text: str) -> int | None:
    match = re.match(r"^\s*P(\d{1,2})\s*$", text)
    return int(match[1]) if match else None


def _reasons(text: str) -> tuple[str, ...] | None:
    try:
        return None if _absent(text) else throttle_names(int(text.strip(), 16))
    except ValueError:
        return None


def _action(text: str) -> int | None:
    if _absent(text) and text.strip().lower() != "none":
        return None
    word = text.strip().lower()
    if word in _RECOVERY:
        return _RECOVERY[word]
    number = _whole(text)
    return number if number is not None else next((code for code, says in RECOVERY.items() if says == word), None)


def _fabric(text: str) -> str | None:
    return None if _absent(text) else text.strip().lower()


_READERS = {
    "util": _number,
    "memory_util": _number,
    "memory_used": _bytes,
    "memory_reserved": _bytes,
    "memory_total": _bytes,
    "temperature": _number,
    "temperature_memory": _number,
    "temperature_margin": _number,
    "power": _number,
    "power_limit": _number,
    "clock_sm": _number,
    "clock_sm_max": _number,
    "clock_mem": _number,
    "pstate": _pstate,
    "throttle": _reasons,
    "persistence": _flag,
    "mig": _flag,
    "ecc": _flag,
    "ecc_corrected": _whole,
    "ecc_uncorrected": _whole,
    "ecc_uncorrected_total": _whole,
    "sram_exceeded": _flag,
    "retired_pending": _flag,
    "recovery": _action,
    "fabric": _fabric,
    "pcie_gen": _whole,
    "pcie_gen_max": _whole,
    "pcie_width": _whole,
    "pcie_width_max": _whole,
}


def _value(name: str, text: str) -> Any:
    return _READERS[name](text)
