"""The service that the lab deploys: `python -m runbook_tui.lab.service FOLDER VERSION`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from runbook_tui.lab.process import serve_detached
from runbook_tui.lab.server import HOST, Handler, LoopbackServer, Metrics

RELEASES = {"v1": "1.4.2", "v2": "2.0.0"}


def serve(folder: Path, version: str) -> int:
    metrics = Metrics("lab_service")
    started = time.time()

    class Service(Handler):
        def do_GET(self) -> None:  # noqa: N802
            match self.path.partition("?")[0]:
                case "/health":
                    self.answer_json(200, {"status": "healthy"})
                case "/ready":
                    self.answer_json(200, {"status": "ready"})
                case "/version":
                    self.answer_json(
                        200,
                        {"version": version, "release": RELEASES[version], "pid": os.getpid(), "started": started},
                    )
                case "/metrics":
                    self.answer_metrics(metrics)
                case path:
                    self.work(path)

        def work(self, path: str) -> None:
            began = time.perf_counter()
            status = 200 if path == "/" else 404
            self.answer_json(status, {"version": version, "release": RELEASES[version], "path": path})
            metrics.count(version, status, time.perf_counter() - began)

    return serve_detached(LoopbackServer((HOST, 0), Service), folder, version)


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), sys.argv[2]))
