"""What the lab's HTTP servers have in common: loopback only, small JSON answers, Prometheus text."""

from __future__ import annotations

import http.client
import socketserver
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

HOST = "127.0.0.1"
VERSIONS = ("v1", "v2")
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)  # seconds


class LoopbackServer(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = False  # leaving waits for what is being answered

    def server_bind(self) -> None:
        # HTTPServer asks the resolver for the host's full name here; without a network that takes seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    timeout = 5
    wbufsize = -1  # headers and body leave together
    disable_nagle_algorithm = True

    def answer(self, status: int, body: bytes, content_type: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_json(self, status: int, value: Any, **headers: str) -> None:
        self.answer(status, msgspec.json.encode(value) + b"\n", "application/json", **headers)

    def answer_metrics(self, metrics: Metrics | None, more: str = "") -> None:
        text = (metrics.text() if metrics is not None else "") + more
        self.answer(200, text.encode(), "text/plain; version=0.0.4; charset=utf-8")

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are counted, not logged: a log that grows with the traffic fills a disk."""


class Metrics:
    """Requests by version and status, and how long they took; safe to use from many threads."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets: Counter[tuple[str, float]] = Counter()
        self._seconds: dict[str, float] = {}

    def count(self, version: str, status: int, seconds: float) -> None:
        with self._lock:
            self._requests[version, status] += 1
            self._seconds[version] = self._seconds.get(version, 0.0) + seconds
            for bound in BUCKETS:
                if seconds <= bound:
                    self._buckets[version, bound] += 1

    def text(self) -> str:
        """The Prometheus text format, version 0.0.4."""
        with self._lock:
            requests, buckets, seconds = dict(self._requests), dict(self._buckets), dict(self._seconds)
        total = {version: sum(n for (v, _), n in requests.items() if v == version) for version in seconds}
        errors = {version: sum(n for (v, s), n in requests.items() if v == version and s >= 500) for version in seconds}
        name = self._prefix
        lines = [f"# HELP {name}_requests_total Requests answered.", f"# TYPE {name}_requests_total counter"]
        lines += [
            f'{name}_requests_total{{version="{version}",status="{status}"}} {n}'
            for (version, status), n in sorted(requests.items())
        ]
        lines += [
            f"# HELP {name}_errors_total Requests answered with a 5xx status.",
            f"# TYPE {name}_errors_total counter",
        ]
        lines += [f'{name}_errors_total{{version="{version}"}} {n}' for version, n in sorted(errors.items())]
        duration = f"{name}_request_duration_seconds"
        lines += [f"# HELP {duration} Time to answer a request.", f"# TYPE {duration} histogram"]
        for version in sorted(total):
            lines += [
                f'{duration}_bucket{{version="{version}",le="{bound}"}} {buckets.get((version, bound), 0)}'
                for bound in BUCKETS
            ]
            lines += [
                f'{duration}_bucket{{version="{version}",le="+Inf"}} {total[version]}',
                f'{duration}_sum{{version="{version}"}} {seconds[version]:.9f}',
                f'{duration}_count{{version="{version}"}} {total[version]}',
            ]
        return "\n".join(lines) + "\n"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    body: bytes
    served_by: str | None
    content_type: str


def ask(port: int, method: str, path: str, body: bytes | None = None, *, timeout: float = 5) -> Reply:
    """One request to a server of the lab, past any HTTP proxy of the environment.

    Raises OSError or http.client.HTTPException when there is no answer within `timeout` seconds.
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return Reply(
            status=response.status,
            body=response.read(),
            served_by=response.getheader("X-Served-By"),
            content_type=response.getheader("Content-Type", "application/octet-stream"),
        )
    finally:
        connection.close()
