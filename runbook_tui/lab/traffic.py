"""Users of the lab: so many requests a second at the gateway, and what came of them.

`python -m runbook_tui.lab.traffic FOLDER RATE`; `/summary` tells it, with the longest time in which nobody got one.
"""

from __future__ import annotations

import http.client
import sys
import threading
import time
from pathlib import Path

from runbook_tui.lab.process import read_record, serve_detached
from runbook_tui.lab.server import HOST, Handler, LoopbackServer, ask


class Users:
    """Ask the gateway in a steady rhythm; a request has 1 s."""

    def __init__(self, folder: Path, rate: float) -> None:
        self._folder = folder
        self._pause = 1 / rate
        self._lock = threading.Lock()
        self._asked = self._failed = 0
        self._good = time.monotonic()
        self._longest = 0.0

    def ask_for_ever(self) -> None:
        due = time.monotonic()
        while True:
            good = self._answered()
            now = time.monotonic()
            with self._lock:
                self._asked += 1
                self._failed += not good
                self._longest = max(self._longest, now - self._good)
                if good:
                    self._good = now
            due = max(due + self._pause, now - 1)
            time.sleep(max(0.0, due - now))

    def _answered(self) -> bool:
        record = read_record(self._folder, "gateway")
        try:
            return record is not None and ask(record.port, "GET", "/", timeout=1).status < 500
        except (OSError, http.client.HTTPException):
            return False

    def summary(self) -> dict[str, float]:
        with self._lock:
            gap = time.monotonic() - self._good
            return {
                "requests": self._asked,
                "failed": self._failed,
                "longest_gap": round(max(self._longest, gap), 3),
                "gap": round(gap, 3),
            }

    def page(self) -> str:
        """Prometheus text."""
        told = self.summary()
        return (
            f"# TYPE lab_traffic_requests_total counter\nlab_traffic_requests_total {told['requests']:g}\n"
            f"# TYPE lab_traffic_failed_total counter\nlab_traffic_failed_total {told['failed']:g}\n"
            f"# TYPE lab_traffic_gap_seconds gauge\nlab_traffic_gap_seconds {told['gap']:g}\n"
        )


def serve(folder: Path, rate: float) -> int:
    users = Users(folder, rate)

    class Answers(Handler):
        def do_GET(self) -> None:  # noqa: N802
            match self.path:
                case "/ready" | "/health":
                    self.answer_json(200, {"status": "healthy"})
                case "/metrics":
                    self.answer_metrics(None, users.page())
                case _:
                    self.answer_json(200, users.summary())

    return serve_detached(LoopbackServer((HOST, 0), Answers), folder, "traffic", users.ask_for_ever)


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), float(sys.argv[2])))
