"""One device read through NVML, in three tiers: once, every second, every ten. Runs in the source's own process."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from msgspec.structs import replace

from runbook_tui.run.gpu.model import Gpu, GpuProcess, MigSlice, NvLinks, RowRemap
from runbook_tui.run.gpu.words import FABRIC, error_words, throttle_names
from runbook_tui.signals.gpu.owners import Owners
from runbook_tui.signals.gpu.xid_watch import short_pci

# what a driver says of a value it does not have; anything else is trouble with the device
_NO_VALUE = frozenset({2, 3, 4, 6, 13, 21, 22, 23, 25, 26, 27, 29})
_NOT_SUPPORTED = 3
_MOST_LINKS = 36
_CAUSES = 2  # to retire a page: corrected errors, and an uncorrected one
_SENTINEL = 0x7FFFFFFFFFFFFFF0  # and above: "not supported", in the driver's own tools


class Trouble(Exception):
    """The device, or the driver as a whole, does not answer any more."""

    def __init__(self, code: int) -> None:
        super().__init__(error_words(code))
        self.code = code


class Device:
    """A device by its handle; `read` is called by one thread at a time."""

    def __init__(self, nvml: ModuleType, handle: Any, index: int, owners: Owners) -> None:
        """`handle` is None for a device that could not be reached: it is tried again with every reading."""
        self._nvml = nvml
        self.handle = handle
        self._owners = owners
        self._without: dict[str, int] = {}  # calls this device does not know, with its answer; asked again now and then
        self._links: int | None = None
        self.gpu = Gpu(uuid=f"gpu-{index}", index=index)
        self.stuck_since: float | None = None

    @property
    def pci(self) -> str:
        """Its address in one form; empty until it has answered."""
        return short_pci(self.gpu.pci) if self.gpu.pci else ""

    def read(self, *, slow: bool) -> Gpu:
        """The newest values. A device that fails keeps its last ones, with the error and their age."""
        try:
            if self.handle is None:
                self._reach()
                slow = True
            if not self.gpu.name:
                self._read_once()
            if slow:
                self._without.clear()
                self._read_slow()
            self._read_fast()
        except Trouble as trouble:
            self.gpu = replace(self.gpu, error=str(trouble), error_code=trouble.code)
        return self.gpu

    # --- tiers ---

    def _reach(self) -> None:
        try:
            self.handle = self._nvml.nvmlDeviceGetHandleByIndex(self.gpu.index)
        except self._nvml.NVMLError as error:
            raise Trouble(int(error.value)) from None

    def _read_once(self) -> None:
        n = self._nvml
        pci = self._ask("nvmlDeviceGetPciInfo_v3")
        self.gpu = replace(
            self.gpu,
            uuid=_text(self._ask("nvmlDeviceGetUUID")) or self.gpu.uuid,
            name=_text(self._ask("nvmlDeviceGetName")) or "unnamed GPU",
            pci=_text(pci.busId) if pci is not None else "",
            power_limit=_scaled(self._ask("nvmlDeviceGetEnforcedPowerLimit"), 1000),
            temperature_slowdown=_number(
                self._ask("nvmlDeviceGetTemperatureThreshold", n.NVML_TEMPERATURE_THRESHOLD_SLOWDOWN)
            ),
            clock_sm_max=_number(self._ask("nvmlDeviceGetMaxClockInfo", n.NVML_CLOCK_SM)),
            pcie_gen_max=_whole(self._ask("nvmlDeviceGetMaxPcieLinkGeneration")),
            pcie_width_max=_whole(self._ask("nvmlDeviceGetMaxPcieLinkWidth")),
        )

    def _read_fast(self) -> None:
        n = self._nvml
        use = self._ask("nvmlDeviceGetUtilizationRates")
        memory = self._ask("nvmlDeviceGetMemoryInfo", n.nvmlMemory_v2)
        fields = self._fields(n.NVML_FI_DEV_POWER_INSTANT, n.NVML_FI_DEV_MEMORY_TEMP)
        power = fields.get(n.NVML_FI_DEV_POWER_INSTANT)
        if power is None:
            power = self._ask("nvmlDeviceGetPowerUsage")
        mask = self._ask("nvmlDeviceGetCurrentClocksEventReasons")
        if mask is None:
            mask = self._ask("nvmlDeviceGetCurrentClocksThrottleReasons")
        pstate = self._ask("nvmlDeviceGetPerformanceState")
        self.gpu = replace(
            self.gpu,
            at=time.time(),
            age=0.0,
            error=None,
            error_code=None,
            util=_number(use.gpu) if use is not None else None,
            memory_util=_number(use.memory) if use is not None else None,
            memory_used=_whole(memory.used) if memory is not None else None,
            memory_reserved=_whole(memory.reserved) if memory is not None else None,
            memory_total=_whole(memory.total) if memory is not None else None,
            power=_scaled(power, 1000),
            temperature=_number(self._ask("nvmlDeviceGetTemperature", n.NVML_TEMPERATURE_GPU)),
            temperature_memory=_number(fields.get(n.NVML_FI_DEV_MEMORY_TEMP)),
            temperature_margin=_number(self._ask("nvmlDeviceGetMarginTemperature")),
            clock_sm=_number(self._ask("nvmlDeviceGetClockInfo", n.NVML_CLOCK_SM)),
            clock_mem=_number(self._ask("nvmlDeviceGetClockInfo", n.NVML_CLOCK_MEM)),
            pstate=_whole(pstate) if pstate is not None and 0 <= pstate <= 15 else None,
            throttle=throttle_names(int(mask)) if mask is not None else None,
        )

    def _read_slow(self) -> None:
        n = self._nvml
        ecc = self._ask("nvmlDeviceGetEccMode")
        rows = self._ask("nvmlDeviceGetRemappedRows")
        mig = self._ask("nvmlDeviceGetMigMode")
        persistence = self._ask("nvmlDeviceGetPersistenceMode")
        retired = self._ask("nvmlDeviceGetRetiredPagesPendingStatus")
        recovery = self._fields(n.NVML_FI_DEV_GET_GPU_RECOVERY_ACTION)
        pages = self._fields(n.NVML_FI_DEV_RETIRED_SBE, n.NVML_FI_DEV_RETIRED_DBE)
        self.gpu = replace(
            self.gpu,
            persistence=_flag(persistence),
            ecc=_flag(ecc[0]) if ecc is not None else None,
            ecc_corrected=self._ecc(n.NVML_MEMORY_ERROR_TYPE_CORRECTED, n.NVML_VOLATILE_ECC),
            ecc_uncorrected=self._ecc(n.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, n.NVML_VOLATILE_ECC),
            ecc_uncorrected_total=self._ecc(n.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, n.NVML_AGGREGATE_ECC),
            sram_exceeded=self._sram(),
            retired=max(map(int, pages.values())) if len(pages) == _CAUSES else None,
            retired_pending=_flag(retired),
            row_remap=None
            if rows is None
            else RowRemap(correctable=rows[0], uncorrectable=rows[1], pending=bool(rows[2]), failure=bool(rows[3])),
            recovery=_whole(recovery.get(n.NVML_FI_DEV_GET_GPU_RECOVERY_ACTION)),
            nvlink=self._nvlink(),
            fabric=self._fabric(),
            pcie_gen=_whole(self._ask("nvmlDeviceGetCurrPcieLinkGeneration")),
            pcie_width=_whole(self._ask("nvmlDeviceGetCurrPcieLinkWidth")),
            pcie_replay=_whole(self._ask("nvmlDeviceGetPcieReplayCounter")),
            mig=_flag(mig[0]) if mig is not None else None,
            slices=self._slices() if mig is not None and mig[0] else (),
            processes=self._processes(),
            seldom_at=time.time(),
        )
        self.gpu = replace(self.gpu, without=self._not_on_this_card())

    # --- pieces ---

    def _not_on_this_card(self) -> tuple[str, ...]:
        """What the driver says is not supported: an answer, unlike a call it does not know or may not answer."""
        links = f"field {self._nvml.NVML_FI_DEV_NVLINK_LINK_COUNT}"
        asked = {
            "ecc": "nvmlDeviceGetEccMode",
            "row_remap": "nvmlDeviceGetRemappedRows",
            "nvlink": links if links in self._without else "nvmlDeviceGetNvLinkState",
            "fabric": "nvmlDeviceGetGpuFabricInfoV",
            "mig": "nvmlDeviceGetMigMode",
            "sram_exceeded": "nvmlDeviceGetSramEccErrorStatus",
            "retired": f"field {self._nvml.NVML_FI_DEV_RETIRED_DBE}",
        }
        found = [
            name
            for name, call in asked.items()
            if getattr(self.gpu, name) is None
            and any(code == _NOT_SUPPORTED for mark, code in self._without.items() if mark.startswith(call))
        ]
        return tuple(found)

    def _ecc(self, kind: int, counter: int) -> int | None:
        return _whole(self._ask("nvmlDeviceGetTotalEccErrors", kind, counter))

    def _sram(self) -> bool | None:
        status = self._filled("nvmlDeviceGetSramEccErrorStatus", "c_nvmlEccSramErrorStatus_v1_t")
        return _flag(status.bThresholdExceeded) if status is not None else None

    def _fabric(self) -> str | None:
        info = self._filled("nvmlDeviceGetGpuFabricInfoV", "c_nvmlGpuFabricInfo_v2_t")
        if info is None:
            return None
        state = int(info.state) & 0xFF  # a byte in nvml.h, an int in the binding
        if state == self._nvml.NVML_GPU_FABRIC_STATE_COMPLETED and info.status:
            return f"failed: {error_words(int(info.status))}"
        return FABRIC.get(state, f"state {state}")

    def _filled(self, call: str, struct: str) -> Any | None:
        """A versioned struct filled by a call; None when binding or driver do not know it."""
        make = getattr(self._nvml, struct, None)
        if make is None:
            return None
        value = make()
        return None if self._ask(call, ctypes.byref(value)) is None else value

    def _nvlink(self) -> NvLinks | None:
        n = self._nvml
        fields = self._fields(
            n.NVML_FI_DEV_NVLINK_LINK_COUNT,
            n.NVML_FI_DEV_NVLINK_SPEED_MBPS_COMMON,
            n.NVML_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL,
            n.NVML_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL,
            n.NVML_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL,
            n.NVML_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL,
        )
        count = _whole(fields.pop(n.NVML_FI_DEV_NVLINK_LINK_COUNT, None))
        speed = _number(fields.pop(n.NVML_FI_DEV_NVLINK_SPEED_MBPS_COMMON, None))
        active = inactive = 0
        for link in range(count if count is not None else _MOST_LINKS):
            state = self._ask("nvmlDeviceGetNvLinkState", link)
            if state is None:
                if count is None:
                    break  # behind the last
                continue
            active, inactive = active + bool(state), inactive + (not state)
        if not active and not inactive:
            return NvLinks(links=count) if count else None
        errors = [int(value) for value in fields.values()]
        total = sum(errors) if errors else None
        return NvLinks(active=active, inactive=inactive, speed=speed, links=count, errors=total)

    def _slices(self) -> tuple[MigSlice, ...]:
        n = self._nvml
        found = []
        for index in range(_whole(self._ask("nvmlDeviceGetMaxMigDeviceCount")) or 0):
            handle = self._ask(("nvmlDeviceGetMigDeviceHandleByIndex", index), index)
            if handle is None:
                continue
            memory = self._ask(("memory", index), n.nvmlMemory_v2, handle=handle, call="nvmlDeviceGetMemoryInfo")
            found.append(
                MigSlice(
                    uuid=_text(self._ask(("uuid", index), handle=handle, call="nvmlDeviceGetUUID")),
                    name=_text(self._ask(("name", index), handle=handle, call="nvmlDeviceGetName")),
                    gpu_instance=_whole(self._ask(("gi", index), handle=handle, call="nvmlDeviceGetGpuInstanceId")),
                    compute_instance=_whole(
                        self._ask(("ci", index), handle=handle, call="nvmlDeviceGetComputeInstanceId")
                    ),
                    memory_used=_whole(memory.used) if memory is not None else None,
                    memory_total=_whole(memory.total) if memory is not None else None,
                )
            )
        return tuple(found)

    def _processes(self) -> tuple[GpuProcess, ...] | None:
        seen: dict[int, GpuProcess] = {}
        known = False
        for call, kind in (
            ("nvmlDeviceGetGraphicsRunningProcesses_v3", "graphics"),
            ("nvmlDeviceGetComputeRunningProcesses_v3", "compute"),
        ):
            listed = self._ask(call)
            known = known or (listed is not None and kind == "compute")
            for one in listed or ():
                seen[one.pid] = self._owners.of(one.pid, memory=_whole(one.usedGpuMemory), kind=kind)
        return tuple(sorted(seen.values(), key=lambda one: -(one.memory or 0))) if known else None

    # --- asking ---

    def _ask(self, key: str | tuple[str, int], *args: Any, handle: Any = None, call: str = "") -> Any:
        """The call's answer, None where there is no such value. Raises Trouble when the device is lost."""
        name = call or (key if isinstance(key, str) else key[0])
        mark = f"{key}{args}" if args and isinstance(args[0], int) else str(key)
        function: Callable[..., Any] | None = getattr(self._nvml, name, None)
        if function is None or mark in self._without:
            return None
        try:
            answer = function(self.handle if handle is None else handle, *args)
        except self._nvml.NVMLError as error:
            if error.value in _NO_VALUE:
                self._without[mark] = int(error.value)
                return None
            raise Trouble(int(error.value)) from None
        except (UnicodeDecodeError, ValueError):
            return None
        return True if answer is None else answer

    def _fields(self, *wanted: int) -> dict[int, float]:
        """Field values by id; those the device does not have are left out."""
        asked = [field for field in wanted if f"field {field}" not in self._without]
        if not asked:
            return {}
        values = self._ask(("nvmlDeviceGetFieldValues", asked[0]), asked)
        found: dict[int, float] = {}
        for field, value in zip(asked, values or (), strict=False):
            code = int(value.nvmlReturn)
            if code == 0:
                found[field] = _field(self._nvml, value)
            elif code in _NO_VALUE:
                self._without[f"field {field}"] = code
            else:
                raise Trouble(code)
        return found


def _field(nvml: ModuleType, value: Any) -> float:
    names = {
        nvml.NVML_VALUE_TYPE_DOUBLE: "dVal",
        nvml.NVML_VALUE_TYPE_UNSIGNED_INT: "uiVal",
        nvml.NVML_VALUE_TYPE_UNSIGNED_LONG: "ulVal",
        nvml.NVML_VALUE_TYPE_UNSIGNED_LONG_LONG: "ullVal",
        nvml.NVML_VALUE_TYPE_SIGNED_LONG_LONG: "sllVal",
        nvml.NVML_VALUE_TYPE_SIGNED_INT: "siVal",
        nvml.NVML_VALUE_TYPE_UNSIGNED_SHORT: "usVal",
    }
    return getattr(value.value, names.get(int(value.valueType), "ullVal"))  # type: ignore[no-any-return]


def _number(value: Any) -> float | None:
    """A number; what a driver writes for "not supported" is none."""
    if value is None or value is True or value >= _SENTINEL or value in (0xFFFFFFFF, -_SENTINEL):
        return None
    return float(value)


def _whole(value: Any) -> int | None:
    return None if _number(value) is None else int(value)


def _scaled(value: Any, by: float) -> float | None:
    return None if (number := _number(value)) is None else number / by


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _text(value: Any) -> str:
    if value is None or value is True:
        return ""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.strip("\x00 ")
