"""Errors the driver reports, as they come: NVML's events and the kernel's log. Runs in the source's own process."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from runbook_tui.run.gpu.model import Xid

SAME = 5.0  # seconds within which event and log line are one error
BEGINNING = 60.0  # seconds after the start of the machine: a log that reaches back there is whole
KEPT = 64  # per device
_LINE = re.compile(r"NVRM: Xid \(PCI:(?P<pci>[0-9a-fA-F:.]+)\): (?P<code>\d{1,4})(?:,\s*(?P<detail>.*))?")
_POLL = 1.0  # seconds


def kernel_line(text: str) -> tuple[str, int, str] | None:
    """PCI address, code and the rest of a line of the kernel's log; None when it is another."""
    match = _LINE.search(text)
    if match is None:
        return None
    return short_pci(match["pci"]), int(match["code"]), (match["detail"] or "").strip()[:200]


def short_pci(address: str) -> str:
    """`00000000:10:1C.0`, `0000:10:1c` and their like in one form."""
    domain, _, rest = address.strip().lower().rpartition(":")
    domain, _, bus = domain.rpartition(":")
    return f"{int(domain or '0', 16):04x}:{bus}:{rest.partition('.')[0]}"


class Watched(Protocol):
    """A device whose errors are wanted."""

    @property
    def handle(self) -> Any: ...

    @property
    def pci(self) -> str:
        """Empty until the device has answered."""
        ...


class XidBook:
    """What was seen per device; one error told twice counts once."""

    def __init__(self) -> None:
        self._seen: dict[str, list[Xid]] = {}  # by PCI address
        self._lock = threading.Lock()
        self.log_since: float | None = None  # how far back the kernel's log goes, 0.0: to the start; None: unread
        self._watched: dict[str, float] = {}

    def watch(self, pci: str) -> None:
        """From now on errors of this device are told."""
        self._watched[pci] = time.time()

    def since(self, pci: str) -> float | None:
        """Since when its errors are known; None when nobody watches."""
        return self.log_since if self.log_since is not None else self._watched.get(pci)

    def add(self, pci: str, xid: Xid) -> bool:
        """Whether it is a new one."""
        with self._lock:
            seen = self._seen.setdefault(pci, [])
            for index, known in enumerate(seen):
                if known.code == xid.code and abs((known.at or 0) - (xid.at or 0)) < SAME:
                    if xid.detail and not known.detail:
                        seen[index] = xid
                    return False
            seen.append(xid)
            seen.sort(key=lambda one: one.at or 0)
            del seen[:-KEPT]
            return True

    def of(self, pci: str) -> tuple[Xid, ...]:
        with self._lock:
            return tuple(self._seen.get(pci, ()))


def watch_events(nvml: ModuleType, devices: Sequence[Watched], book: XidBook, told: Callable[[], None]) -> None:
    """Follow the driver's own events in a thread; a device is asked for them once it has answered anything at all."""

    def follow() -> None:
        try:
            events = nvml.nvmlEventSetCreate()
        except nvml.NVMLError:
            return
        waiting = list(devices)
        by_handle: dict[int, Watched] = {}
        while waiting or by_handle:
            for device in [device for device in waiting if device.pci]:
                waiting.remove(device)
                if _register(nvml, device.handle, events):
                    by_handle[_address(device.handle)] = device
                    book.watch(device.pci)
            if not by_handle:
                time.sleep(_POLL / 10)
                continue
            try:
                data = nvml.nvmlEventSetWait_v2(events, 1000 if waiting else 60_000)
            except nvml.NVMLError as error:
                if error.value != nvml.NVML_ERROR_TIMEOUT:
                    time.sleep(_POLL)
                continue
            device_of = by_handle.get(_address(data.device))
            if data.eventType != nvml.nvmlEventTypeXidCriticalError or device_of is None:
                continue
            if book.add(device_of.pci, Xid(code=int(data.eventData), at=time.time())):
                told()

    threading.Thread(target=follow, daemon=True).start()


def _register(nvml: ModuleType, handle: Any, events: Any) -> bool:
    wanted = nvml.nvmlEventTypeXidCriticalError
    try:
        if not nvml.nvmlDeviceGetSupportedEventTypes(handle) & wanted:
            return False
        nvml.nvmlDeviceRegisterEvents(handle, wanted, events)
    except nvml.NVMLError:
        return False
    return True


def _address(handle: Any) -> int:
    import ctypes

    return ctypes.cast(handle, ctypes.c_void_p).value or 0


def watch_kernel_log(path: Path, book: XidBook, told: Callable[[], None]) -> bool:
    """Follow /dev/kmsg in a thread, from its beginning; False when this user may not read it."""
    try:
        log = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        oldest = _take(log, boot, book)
    except OSError:
        return False
    whole = oldest is not None and oldest - boot < BEGINNING
    book.log_since = 0.0 if whole else oldest if oldest is not None else time.time()

    def follow() -> None:
        while True:
            time.sleep(_POLL)
            try:
                _take(log, boot, book, told)
            except OSError:
                book.log_since = None  # nobody reads it any more
                return

    threading.Thread(target=follow, daemon=True).start()
    return True


def _take(log: int, boot: float, book: XidBook, told: Callable[[], None] | None = None) -> float | None:
    """Read what is there; the time of the first record behind which none is missing: so far back the log reaches."""
    oldest: float | None = None
    missed = False
    for at, text in _records(log):
        if at is None:
            missed, oldest = True, None
            continue
        when = boot + at
        oldest = when if oldest is None else oldest
        if missed and book.log_since is not None:
            book.log_since, missed = when, False
        if (found := kernel_line(text)) is not None:
            pci, code, detail = found
            if book.add(pci, Xid(code=code, at=when, detail=detail)) and told is not None:
                told()
    return oldest


def _records(log: int) -> Iterator[tuple[float | None, str]]:
    """Records as "priority,sequence,microseconds,flags;text" (Documentation/ABI/testing/dev-kmsg), one a read.

    One without a time stands for those that were overwritten before they were read.
    """
    while True:
        try:
            data = os.read(log, 8192)
        except BlockingIOError:
            return
        except BrokenPipeError:
            yield None, ""
            continue
        if not data:
            return
        for line in data.decode("utf-8", "replace").splitlines():
            head, semicolon, text = line.partition(";")
            fields = head.split(",")
            if semicolon and len(fields) >= 3 and fields[2].isdigit():
                yield int(fields[2]) / 1e6, text
