"""A real Prometheus and a real Alertmanager on loopback, with an exporter whose values a test sets."""

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from runbook_tui.signals.prometheus import PrometheusServer
from runbook_tui.signals.web import Web

CONFIG = """
global: {{scrape_interval: 500ms, evaluation_interval: 500ms}}
scrape_configs:
  - job_name: service
    static_configs: [{{targets: ['127.0.0.1:{exporter}']}}]
{more}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(predicate, what, seconds=40.0):
    end = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.05)


class Exporter:
    """A target whose text a test sets; it can be stopped and come back on its port."""

    def __init__(self):
        self.text = ""
        self.port = free_port()
        self._server = None
        self.start()

    def start(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = outer.text.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/metrics"

    def stop(self):
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class Prometheus:
    def __init__(self, folder, exporter_port, *, rules="", alertmanager=None, history=""):
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        more = ""
        if rules:
            (folder / "rules.yml").write_text(rules)
            subprocess.run(["promtool", "check", "rules", folder / "rules.yml"], check=True, capture_output=True)
            more += f"rule_files: ['{folder}/rules.yml']\n"
        if alertmanager:
            more += f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{alertmanager}']}}]}}]}}\n"
        (folder / "prometheus.yml").write_text(CONFIG.format(exporter=exporter_port, more=more))
        if history:
            (folder / "history.om").write_text(history)
            subprocess.run(
                ["promtool", "tsdb", "create-blocks-from", "openmetrics", folder / "history.om", folder / "data"],
                check=True, capture_output=True,
            )  # fmt: skip
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
             f"--web.listen-address=127.0.0.1:{self.port}", "--storage.tsdb.retention.time=1y", "--rules.alert.resend-delay=1s"],
            stdout=subprocess.DEVNULL, stderr=(self.folder / "prometheus.log").open("ab"),
        )  # fmt: skip
        until(lambda: answers(f"{self.url}/-/ready"), "Prometheus")

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def value(self, expression):
        """What it answers now, past our own client: the first value, or None."""
        with urllib.request.urlopen(f"{self.url}/api/v1/query?query={urllib.request.quote(expression)}") as answer:
            result = json.load(answer)["data"]["result"]
        return float(result[0]["value"][1]) if result else None

    def until(self, expression, value):
        until(lambda: self.value(expression) == value, f"{expression} == {value}")


def answers(url):
    with contextlib.suppress(OSError):
        urllib.request.urlopen(url, timeout=1).close()
        return True
    return False


def needs(program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian: prometheus, prometheus-alertmanager)")


@pytest.fixture(scope="module")
def exporter():
    one = Exporter()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def past():
    """Samples of the last hours, as OpenMetrics: `gap` lacks 2 of every 20 values, `silent` ended three minutes ago."""
    now = int(time.time()) // 30 * 30
    lines = ["# TYPE gap gauge"]
    lines += [f"gap 0.12 {now - 30 * n}" for n in range(40, -1, -1) if n % 20 not in (3, 11)]
    lines.append("# TYPE silent gauge")
    lines += [f"silent 0.5 {now - 30 * n}" for n in range(40, 5, -1)]
    return now, "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory, exporter, past):
    needs("prometheus")
    exporter.text = "errors 0.5\n"
    one = Prometheus(tmp_path_factory.mktemp("prometheus"), exporter.port, history=past[1])
    one.until("errors", 0.5)
    yield one
    one.kill()


@pytest.fixture
async def web():
    one = Web()
    yield one
    await one.close()


@pytest.fixture
async def server(prometheus, web):
    return PrometheusServer(prometheus.url, web)


class Clock:
    """Real time, with the hand of the wall clock moved."""

    def __init__(self, off=0.0):
        self.off = off

    def now(self):
        return datetime.fromtimestamp(time.time() + self.off, UTC)

    def monotonic(self):
        return time.monotonic()


async def eventually(look, verdict, seconds=20.0):
    """Look until the verdict comes; what was seen last."""
    end = time.monotonic() + seconds
    while True:
        seen = await look()
        if seen.standing.verdict is verdict:
            return seen
        assert time.monotonic() < end, seen
        await asyncio.sleep(0.1)


@pytest.fixture
def service():
    """The metrics of a service that does well."""
    one = Exporter()
    one.text = "errors 0.5\nlatency 100\n"
    yield one
    one.stop()
