"""A page of dcgm-exporter read into the model. Pure.

What its default list of metrics does not hold stays absent: ECC, throttle reasons, pending remaps, NVLink.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from runbook_tui.run.gpu.model import Gpu, GpuHost, NvLinks, RowRemap, Source, Xid, looks_fake
from runbook_tui.run.gpu.words import throttle_names

MIB = 1 << 20
_SENTINEL = 0x7FFFFFFFFFFFFFF0
_MILLISECONDS = 1e11  # from here on a time since the epoch is no number of seconds
_BLANK = frozenset({2147483632, 2147483633, 2147483634})  # DCGM's 32-bit "no value" codes
_SAMPLE = re.compile(r"^(?P<name>DCGM_[A-Z0-9_]+)\{(?P<labels>.*)\}\s+(?P<value>\S+)(?:\s+(?P<at>-?[\d.]+))?\s*$")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:\\.|[^"\\])*)"')
_PLAIN = {
    "DCGM_FI_DEV_GPU_UTIL": "util",
    "DCGM_FI_DEV_MEM_COPY_UTIL": "memory_util",
    "DCGM_FI_DEV_POWER_USAGE": "power",
    "DCGM_FI_DEV_POWER_MGMT_LIMIT": "power_limit",
    "DCGM_FI_DEV_ENFORCED_POWER_LIMIT": "power_limit",
    "DCGM_FI_DEV_GPU_TEMP": "temperature",
    "DCGM_FI_DEV_MEMORY_TEMP": "temperature_memory",
    "DCGM_FI_DEV_SLOWDOWN_TEMP": "temperature_slowdown",
    "DCGM_FI_DEV_SM_CLOCK": "clock_sm",
    "DCGM_FI_DEV_MEM_CLOCK": "clock_mem",
}
_WHOLE = {
    "DCGM_FI_DEV_PCIE_REPLAY_COUNTER": "pcie_replay",
    "DCGM_FI_DEV_ECC_SBE_VOL_TOTAL": "ecc_corrected",
    "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL": "ecc_uncorrected",
    "DCGM_FI_DEV_ECC_DBE_AGG_TOTAL": "ecc_uncorrected_total",
}
_THROTTLE = ("DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "DCGM_FI_DEV_CLOCK_THROTTLE_REASONS")
_REMAP = {
    "DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS": "correctable",
    "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS": "uncorrectable",
    "DCGM_FI_DEV_ROW_REMAP_PENDING": "pending",
    "DCGM_FI_DEV_ROW_REMAP_FAILURE": "failure",
}
_RETIRED = ("DCGM_FI_DEV_RETIRED_SBE", "DCGM_FI_DEV_RETIRED_DBE")
_PENDING = "DCGM_FI_DEV_RETIRED_PENDING"
_LINK_ERRORS = (
    "DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL",
    "DCGM_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL",
    "DCGM_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL",
    "DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL",
)
_XID = "DCGM_FI_DEV_XID_ERRORS"


def samples(text: str) -> Iterator[tuple[str, dict[str, str], float, float | None]]:
    """Name, labels, value and time of every DCGM sample; values that mean "not supported" are left out.

    Few exporters write the time: milliseconds since the epoch in the text format, seconds in OpenMetrics.
    """
    for line in text.splitlines():
        match = _SAMPLE.match(line)
        if match is None:
            continue
        try:
            value = float(match["value"])
            told = float(match["at"]) if match["at"] else None
        except ValueError:
            continue
        if value != value or value >= _SENTINEL or value in _BLANK:  # noqa: PLR0124 - NaN
            continue
        labels = {name: re.sub(r"\\(.)", r"\1", told) for name, told in _LABEL.findall(match["labels"])}
        yield match["name"], labels, value, None if told is None else told / 1000 if told > _MILLISECONDS else told


def hosts(text: str, *, where: str, before: Mapping[str, Gpu], at: float) -> tuple[GpuHost, ...]:
    """The page's machines.

    `before` holds the devices of the last page by UUID: the exporter's XID never goes back to 0, so only a change
    tells of an error since. A device is as old as the oldest of its samples that says when it was taken.
    """
    values: dict[str, dict[str, float]] = {}
    named: dict[str, dict[str, str]] = {}
    taken: dict[str, float] = {}
    for name, labels, value, told_at in samples(text):
        uuid = labels.get("UUID") or labels.get("uuid") or ""
        if not uuid or labels.get("GPU_I_ID"):
            continue  # of a MIG slice: the device's own values stand elsewhere
        values.setdefault(uuid, {})[name] = value
        named[uuid] = labels
        taken[uuid] = min(taken.get(uuid, at), at if told_at is None else told_at)
    found: dict[str, list[Gpu]] = {}
    for uuid, told in values.items():
        host = named[uuid].get("Hostname") or where
        gpu = _gpu(uuid, named[uuid], told, before.get(uuid), at)
        found.setdefault(host, []).append(replace(gpu, at=taken[uuid], age=at - taken[uuid]))
    notes = ("XIDs since this program looked: the exporter tells only the last one, and two equal ones look like one",)
    return tuple(
        GpuHost(
            host=host,
            source=Source.DCGM,
            fake=any(looks_fake(gpu.name) for gpu in gpus),
            at=at,
            driver=next((named[gpu.uuid].get("DCGM_FI_DRIVER_VERSION") for gpu in gpus), None),
            gpus=tuple(sorted(gpus, key=lambda gpu: (gpu.index is None, gpu.index))),
            notes=notes,
        )
        for host, gpus in found.items()
    )


def _gpu(uuid: str, labels: Mapping[str, str], told: Mapping[str, float], before: Gpu | None, at: float) -> Gpu:
    values: dict[str, Any] = {ours: told[name] for name, ours in _PLAIN.items() if name in told}
    values |= {ours: int(told[name]) for name, ours in _WHOLE.items() if name in told}
    memory = {part: told.get(f"DCGM_FI_DEV_FB_{part}") for part in ("USED", "FREE", "RESERVED")}
    if memory["USED"] is not None:
        values["memory_used"] = round(memory["USED"]) * MIB
    if memory["RESERVED"] is not None:
        values["memory_reserved"] = round(memory["RESERVED"]) * MIB
    if memory["USED"] is not None and memory["FREE"] is not None and memory["RESERVED"] is not None:
        values["memory_total"] = round(sum(part for part in memory.values() if part is not None)) * MIB
    mask = next((told[name] for name in _THROTTLE if name in told), None)
    remap = {ours: told[name] for name, ours in _REMAP.items() if name in told}
    errors = [told[name] for name in _LINK_ERRORS if name in told]
    retired = [told[name] for name in _RETIRED if name in told]
    index = labels.get("gpu", "")
    gpu = Gpu(
        uuid=uuid,
        index=int(index) if index.isdigit() else None,
        name=labels.get("modelName", ""),
        pci=labels.get("pci_bus_id", ""),
        at=at,
        throttle=None if mask is None else throttle_names(int(mask)),
        row_remap=None if not remap else _row_remap(remap),
        retired=int(max(retired)) if len(retired) == len(_RETIRED) else None,
        retired_pending=bool(told[_PENDING]) if _PENDING in told else None,
        nvlink=NvLinks(errors=int(sum(errors))) if errors else None,
        **values,
    )
    return replace(gpu, **_xids(told, before, at))


def _row_remap(told: Mapping[str, float]) -> RowRemap:
    return RowRemap(
        correctable=int(told["correctable"]) if "correctable" in told else None,
        uncorrectable=int(told["uncorrectable"]) if "uncorrectable" in told else None,
        pending=bool(told["pending"]) if "pending" in told else None,
        failure=bool(told["failure"]) if "failure" in told else None,
    )


def _xids(told: Mapping[str, float], before: Gpu | None, at: float) -> dict[str, Any]:
    if _XID not in told:
        return {"xid": None, "xid_since": None}
    code = int(told[_XID])
    if before is None or before.xid is None:
        return {"xid": (Xid(code=code),) if code else (), "xid_since": at}
    known = before.xid
    if code and (not known or known[-1].code != code):
        known = (*known, Xid(code=code, at=at))
    return {"xid": known, "xid_since": before.xid_since}
