"""The source's own process: reads NVML and writes a GpuHost as a line of JSON every interval.

A driver that hangs holds this process in an uninterruptible state, where neither thread nor signal helps: the app
only stops listening. `python -m runbook_tui.signals.gpu.probe`; the word `now` on standard input asks for everything
at once, the end of standard input ends it.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import socket
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from msgspec.structs import replace

from runbook_tui.run.gpu.model import Gpu, GpuHost, Source, looks_fake
from runbook_tui.run.gpu.words import error_words
from runbook_tui.run.ports import SignalError
from runbook_tui.signals.gpu import binding, fabric_manager
from runbook_tui.signals.gpu.device import Device
from runbook_tui.signals.gpu.owners import Owners
from runbook_tui.signals.gpu.xid_watch import XidBook, watch_events, watch_kernel_log

SLOW_EVERY = 10.0  # seconds between two readings of what changes seldom
PATIENCE = 0.8  # of the interval, before a device that does not answer is left behind
FATAL = frozenset({1, 9, 18})  # the driver went away: another process must begin anew
STARTING = "starting"


class Probe:
    """Sweeps all devices, each by a thread of its own so that one that hangs holds up no other."""

    def __init__(self, nvml: ModuleType, *, interval: float, kernel_log: Path, root: Path = Path("/")) -> None:
        self._nvml = nvml
        self._interval = interval
        self._root = root
        self._whole = False  # no container: everything of this machine can be seen
        self._devices: list[Device] = []
        self._pending: dict[int, Future[Gpu]] = {}
        self._book = XidBook()
        self._wake = threading.Event()
        self._all_now = threading.Event()
        self._host = GpuHost(host=socket.gethostname(), source=Source.NVML)
        self._find(kernel_log)
        self._threads = ThreadPoolExecutor(max_workers=max(1, len(self._devices)))

    def _find(self, kernel_log: Path) -> None:
        n = self._nvml
        count = n.nvmlDeviceGetCount()
        cuda = _or_none(n, n.nvmlSystemGetCudaDriverVersion_v2)
        fake = _is_stand_in(n)
        notes: list[str] = []
        owners = Owners(here=True) if fake else Owners()
        self._whole = owners.here
        for index in range(count):
            handle = _or_none(n, lambda index=index: n.nvmlDeviceGetHandleByIndex(index))
            self._devices.append(Device(n, handle, index, owners))
        if not owners.here:
            notes.append("process ids are the host's: in this container they belong to nobody known")
        logged = watch_kernel_log(kernel_log, self._book, self._wake.set)
        watch_events(n, self._devices, self._book, self._wake.set)
        if not logged:
            notes.append("errors before this program looked are not known: the kernel's log may not be read")
        self._host = replace(
            self._host,
            fake=fake,
            driver=_words(_or_none(n, n.nvmlSystemGetDriverVersion)),
            cuda=f"{cuda // 1000}.{cuda % 1000 // 10}" if cuda else None,
            count=count,
            notes=tuple(notes),
        )

    def sweep(self, *, slow: bool) -> GpuHost:
        """One reading of every device; those that do not answer in time keep their last values and their age."""
        now = time.monotonic()
        if slow:
            self._host = replace(self._host, fabric_manager=fabric_manager.here(self._root, whole=self._whole))
        for index, device in enumerate(self._devices):
            if index not in self._pending:
                device.stuck_since = now
                self._pending[index] = self._threads.submit(device.read, slow=slow)
        wait(self._pending.values(), timeout=max(0.5, self._interval * PATIENCE))
        for index in [index for index, future in self._pending.items() if future.done()]:
            self._pending.pop(index).result()
            self._devices[index].stuck_since = None
        return self.host()

    def host(self) -> GpuHost:
        at = time.time()
        gpus = []
        for device in self._devices:
            gpu, pci = device.gpu, device.pci
            since = self._book.since(pci)
            error = gpu.error
            if device.stuck_since is not None:
                error = f"the driver does not answer for {time.monotonic() - device.stuck_since:.0f} s"
            gpus.append(
                replace(
                    gpu,
                    age=round(max(0.0, at - gpu.at), 3) if gpu.at else 0.0,
                    error=error,
                    xid=self._book.of(pci) if since is not None else None,
                    xid_since=since,
                )
            )
        fatal = next((gpu for gpu in gpus if gpu.error_code in FATAL), None)
        return replace(
            self._host,
            fake=self._host.fake or any(looks_fake(gpu.name) for gpu in gpus),
            at=at,
            gpus=tuple(gpus),
            error=fatal.error if fatal else None,
            error_code=fatal.error_code if fatal else None,
        )

    def run(self) -> None:
        """For ever, or until the driver goes away."""
        last_slow = time.monotonic()
        say(self.sweep(slow=True))
        threading.Thread(target=self._listen, daemon=True).start()
        due = time.monotonic()
        while True:
            due = max(due + self._interval, time.monotonic())
            while (left := due - time.monotonic()) > 0 and not self._all_now.is_set():
                if self._wake.wait(left):
                    self._wake.clear()
                    say(self.host())  # an error is told at once
            slow = self._all_now.is_set() or time.monotonic() - last_slow >= SLOW_EVERY
            if slow:
                self._all_now.clear()
                last_slow = time.monotonic()
            host = self.sweep(slow=slow)
            say(host)
            if host.error_code in FATAL:
                return

    def _listen(self) -> None:
        while word := os.read(0, 256):
            if b"now" in word:
                self._all_now.set()
                self._wake.set()
        os._exit(0)  # whoever listened is gone


def say(host: GpuHost) -> None:
    """One line to the app. Ends the process when nobody listens any more."""
    line = msgspec.json.encode(host) + b"\n"
    try:
        while line:
            line = line[os.write(1, line) :]
    except OSError:
        os._exit(0)


def _or_none(nvml: ModuleType, call: Any) -> Any:
    try:
        return call()
    except nvml.NVMLError:
        return None


def _words(value: Any) -> str | None:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _is_stand_in(nvml: ModuleType) -> bool:
    """The stand-in of the tests says so by a symbol no driver has."""
    library = getattr(nvml, "nvmlLib", None)
    with suppress(AttributeError, TypeError):
        return library is not None and bool(ctypes.cast(library.rbt_stand_in, ctypes.c_void_p).value)
    return False


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--interval", type=float, default=1.0)
    parser.add_argument("--kernel-log", type=Path, default=Path("/dev/kmsg"))
    parser.add_argument("--root", type=Path, default=Path("/"))
    arguments = parser.parse_args()
    name = socket.gethostname()
    say(GpuHost(host=name, source=Source.NVML, at=time.time(), error=STARTING))
    code = None
    try:
        nvml = binding.load()
    except SignalError as error:
        say(GpuHost(host=name, source=Source.NVML, at=time.time(), error=str(error)))
    else:
        try:
            nvml.nvmlInit()
            Probe(nvml, interval=arguments.interval, kernel_log=arguments.kernel_log, root=arguments.root).run()
        except nvml.NVMLError as error:
            code = int(error.value)
            fake = _is_stand_in(nvml)
            say(
                GpuHost(
                    host=name, source=Source.NVML, fake=fake, at=time.time(), error=error_words(code), error_code=code
                )
            )
    sys.stdout.flush()
    os._exit(1)  # a thread that hangs in the driver must not hold the exit


if __name__ == "__main__":
    main()
