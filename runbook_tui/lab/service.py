"""The service that the lab deploys: `python -m runbook_tui.lab.service FOLDER VERSION`.

`/` answers at once, `/jobs` from the store where the lab has one; `/health` tells that the process lives, `/ready` that
it may get traffic. What the faults say is really done: requests fail, answers wait, memory is kept, the process dies.
"""

from __future__ import annotations

import http.client
import os
import signal
import sys
import threading
import time
from pathlib import Path

from runbook_tui.lab import images
from runbook_tui.lab.faults import Faults
from runbook_tui.lab.process import read_record, serve_detached
from runbook_tui.lab.server import HOST, Handler, LoopbackServer, Metrics, Reply, ask

TICK = 0.1  # seconds between two looks at what has to happen by itself
MOST_KEPT = 256 * 1024 * 1024  # bytes of a leak: the machine of the operator is not the experiment


class Share:
    """Every n-th: a share of the requests that is exact, not drawn by chance."""

    def __init__(self) -> None:
        self._credit = 0.0
        self._lock = threading.Lock()

    def takes(self, percent: float) -> bool:
        with self._lock:
            self._credit += percent
            if self._credit >= 100:
                self._credit -= 100
                return True
        return False


class Service:
    """One version of the service and what is wrong with it now."""

    def __init__(self, folder: Path, version: str) -> None:
        self.folder = folder
        self.version = version
        self.release = images.deployed(folder, version)
        self.metrics = Metrics("lab_service")
        self.started = time.time()
        self._faults = Faults(folder, version)
        self._failing = Share()
        self._kept: list[bytearray] = []

    def work(self, path: str) -> int:
        """The status of a request, after the time it takes."""
        if slow := self._faults.get("latency"):
            time.sleep(slow.value / 1000)
        failing = self._faults.get("error-rate")
        if failing and self._failing.takes(failing.value):
            return 500
        return 200 if path == "/" else 404

    def not_ready(self) -> str | None:
        """Why it must not get traffic."""
        slow = self._faults.get("slow-start")
        if slow and time.time() < self.started + slow.value:
            return "starting"
        if self.store() is None and (self.folder / "store.wanted").exists():
            return "the store does not answer"
        return None

    def store(self) -> int | None:
        """The port of a store that answers."""
        record = read_record(self.folder, "store")
        try:
            return record.port if record and ask(record.port, "GET", "/health", timeout=1).status == 200 else None
        except (OSError, http.client.HTTPException):
            return None

    def jobs(self, method: str, path: str, body: bytes | None) -> Reply | None:
        """What the store answers; None when it does not."""
        record = read_record(self.folder, "store")
        try:
            return ask(record.port, method, path, body) if record else None
        except (OSError, http.client.HTTPException):
            return None

    def metrics_missing(self) -> bool:
        return self._faults.get("no-metrics", anywhere=True) is not None

    def more_metrics(self) -> str:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1]) if Path("/proc/self/statm").exists() else 0
        memory = pages * os.sysconf("SC_PAGESIZE")
        name = f'{{version="{self.version}"}}'
        return (
            "# TYPE lab_service_memory_bytes gauge\n"
            f"lab_service_memory_bytes{name} {memory}\n"
            "# TYPE lab_service_up_seconds gauge\n"
            f"lab_service_up_seconds{name} {time.time() - self.started:.1f}\n"
        )

    def happen(self) -> None:
        """What goes wrong without a request, for ever."""
        kept = 0.0
        while True:
            time.sleep(TICK)
            crash = self._faults.get("crash")
            if crash and crash.since is not None and time.time() > max(crash.since, self.started) + crash.value:
                os.kill(os.getpid(), signal.SIGKILL)
            if (leak := self._faults.get("memory-leak")) and kept < MOST_KEPT:
                piece = int(leak.value * TICK * 1024 * 1024)
                self._kept.append(bytearray(b"\1") * piece)  # written to, or the kernel would not give it
                kept += piece
            elif leak is None and self._kept:
                self._kept.clear()
                kept = 0.0


def serve(folder: Path, version: str) -> int:
    service = Service(folder, version)

    class Answers(Handler):
        def do_GET(self) -> None:  # noqa: N802
            match self.path.partition("?")[0]:
                case "/health":
                    self.answer_json(200, {"status": "healthy"})
                case "/ready":
                    why = service.not_ready()
                    self.answer_json(503 if why else 200, {"status": why or "ready"})
                case "/version":
                    said = {"version": version, "release": service.release, "pid": os.getpid()}
                    self.answer_json(200, {**said, "started": service.started})
                case "/metrics" if service.metrics_missing():
                    self.answer_json(503, {"error": "no metrics"})
                case "/metrics":
                    self.answer_metrics(service.metrics, service.more_metrics())
                case path if path.startswith("/jobs"):
                    self.store(None)
                case path:
                    self.work(path)

        def do_POST(self) -> None:  # noqa: N802
            self.store(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def work(self, path: str) -> None:
            began = time.perf_counter()
            status = service.work(path)
            self.answer_json(status, {"version": version, "release": service.release, "path": path})
            service.metrics.count(version, status, time.perf_counter() - began)

        def store(self, body: bytes | None) -> None:
            began = time.perf_counter()
            status = service.work("/")
            reply = service.jobs(self.command, self.path, body) if status < 500 else None
            if reply is None:
                status = max(status, 503)
                self.answer_json(status, {"error": "the store does not answer"})
            else:
                status = reply.status
                self.answer(status, reply.body, reply.content_type)
            service.metrics.count(version, status, time.perf_counter() - began)

    return serve_detached(LoopbackServer((HOST, 0), Answers), folder, version, service.happen)


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), sys.argv[2]))
