"""A canary walked in the lab with real requests: healthy, faulty, and through a crash."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from runbook_tui.lab.process import Record, record_path, start_mark, write_json
from tests.integration.gates.conftest import until
from tests.rbt import run as run_rbt

pytestmark = pytest.mark.timeout(120)
DOCUMENT = """---
rbt:
  text: http://127.0.0.1:{port}/admin/metrics
  signals:
    canary errors: {{query: 'increase(lab_gateway_errors_total{{version="v2"}}[3s]) / sum(increase(lab_gateway_requests_total{{version="v2"}}[3s])) * 100', unit: '%'}}
    canary requests: {{query: 'sum(increase(lab_gateway_requests_total{{version="v2"}}[3s]))'}}
  canary:
    lab: true
    stages: 20% 2s, 50% 2s, 100% 2s
    every: 0.5s
    checks: [Canary errors < 5%]
    requests: canary requests
    least: 5
---
# Release v2

## Deploy

```bash
rbt lab deploy v2
```

- [ ] Walk the canary <!-- rbt: gate=canary -->

## Rollback

### Rollback Procedure

```bash
rbt lab weights v1=100 v2=0
```
"""


class Traffic:
    """Real requests through the gateway, as long as the block lasts."""

    def __init__(self, port):
        self.port, self.count, self._on = port, 0, True

    def __enter__(self):
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(2)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._on = False
        for thread in self._threads:
            thread.join(5)

    def _send(self):
        while self._on:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request("GET", "/")
                connection.getresponse().read()
                self.count += 1
            connection.close()
            time.sleep(0.01)


class Lab:
    def __init__(self, folder):
        self.folder = folder
        self.env = {
            **os.environ,
            "RBT_STATE": str(folder),
            "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
        }
        self.port = None

    def rbt(self, *arguments, code=0):
        done = run_rbt(*arguments, env=self.env, cwd=self.folder, timeout=100)
        assert "Traceback" not in done.stderr
        if code is not None:
            assert done.returncode == code, done.stdout + done.stderr
        return done

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "runbook_tui", *map(str, arguments)], env=self.env, cwd=self.folder,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def weights(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", "/admin/weights")
        return json.loads(connection.getresponse().read())

    def status(self):
        return json.loads(self.rbt("status", "--json").stdout)


@pytest.fixture
def lab(tmp_path):
    one = Lab(tmp_path)
    answer = json.loads(one.rbt("lab", "up", "--port", "0", "--json").stdout)
    one.port = int(answer["url"].rstrip("/").rpartition(":")[2])
    (tmp_path / "release.md").write_text(DOCUMENT.format(port=one.port))
    yield one
    one.rbt("lab", "down", code=None)


@contextlib.contextmanager
def faulty(lab, share):
    """A v2 that answers that share of its requests with 500, in the place of the lab's own."""
    count = 0

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            nonlocal count
            count += 1
            bad = int(count * share) != int((count - 1) * share)
            self.send_response(500 if bad and self.path == "/" else 200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    own = Record(name="v2", pid=os.getpid(), mark=start_mark(os.getpid()), port=server.server_port)
    lab.rbt("lab", "deploy", "v2")
    path = record_path(lab.folder / "lab", "v2")
    kept = path.read_bytes()
    write_json(path, own)
    try:
        yield
    finally:
        path.write_bytes(kept)
        server.shutdown()


def test_a_healthy_version_is_promoted(lab):
    with Traffic(lab.port) as traffic:
        began = time.monotonic()
        run = json.loads(lab.rbt("run", "release.md", "--headless", "--yes", "--json").stdout)
        took = time.monotonic() - began
    assert run["outcome"] == "completed"
    assert lab.weights() == {"v1": 0, "v2": 100}
    assert took >= 6, "no stage was cut short"
    assert traffic.count > 50


def test_twelve_percent_of_errors_are_held_and_rolled_back(lab):
    (lab.folder / "policy.yaml").write_text("automatic_rollback: {on: true, countdown: 1s}\n")
    with Traffic(lab.port), faulty(lab, 0.12):
        began = time.monotonic()
        run = json.loads(lab.rbt("run", "release.md", "--headless", "--yes", "--json", code=4).stdout)
        took = time.monotonic() - began
        assert lab.weights() == {"v1": 100, "v2": 0}
    assert run["outcome"] == "rolled_back"
    assert took < 45
    jobs = [job["command"] for step in run["steps"] for job in step["jobs"]]
    assert jobs.index("rbt lab weights v1=80 v2=20") < jobs.index("rbt lab weights v1=100 v2=0")
    assert "rbt lab weights v1=0 v2=100" not in jobs


def test_without_requests_nothing_is_promoted(lab):
    process = lab.start("run", "release.md", "--headless", "--yes", "--json")
    try:
        until(lambda: lab.weights()["v2"] == 20, "the first stage")
        time.sleep(5)
        assert lab.weights() == {"v1": 80, "v2": 20}
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_a_crash_in_the_middle_goes_on_rightly(lab):
    with Traffic(lab.port):
        process = lab.start("run", "release.md", "--headless", "--yes", "--json")
        until(lambda: lab.weights()["v2"] == 50, "the second stage")
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert lab.weights() == {"v1": 50, "v2": 50}
        run = json.loads(lab.rbt("resume", "--headless", "--yes", "--json").stdout)
    assert run["outcome"] == "completed"
    assert lab.weights() == {"v1": 0, "v2": 100}
    jobs = [job["command"] for step in run["steps"] for job in step["jobs"]]
    assert jobs.count("rbt lab weights v1=80 v2=20") == 1, "no stage began anew"
