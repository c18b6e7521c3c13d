"""`rbt watch`: the windows after a deployment, left and resumed, and notices that are really sent."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.integration.gates.conftest import until
from tests.rbt import run as run_rbt

pytestmark = pytest.mark.timeout(100)
DOCUMENT = """---
rbt:
  text: {url}
  every: 0.2s
  signals:
    error rate: {{query: errors, unit: '%', stale: 8s}}
  windows: {windows}
---
# Release

## Deploy

```bash
echo new > {folder}/version
```

## Rollback

### Rollback Triggers

Immediately roll back if:

- [ ] Error rate > 10% for 1 second

### Rollback Procedure

```bash
echo old > {folder}/version
```
"""


@pytest.fixture
def inbox():
    """Takes notices as a webhook does."""
    texts = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["message"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    texts_of = type("Inbox", (), {"texts": texts, "address": f"json://127.0.0.1:{server.server_port}/"})
    yield texts_of
    server.shutdown()


class Rbt:
    def __init__(self, folder, service):
        self.folder, self.service, self.env = folder, service, {**os.environ, "RBT_STATE": str(folder / "state")}

    def write(self, windows):
        url = f"http://127.0.0.1:{self.service.port}/metrics"
        (self.folder / "release.md").write_text(DOCUMENT.format(url=url, folder=self.folder, windows=windows))

    def policy(self, text):
        (self.folder / "state").mkdir(exist_ok=True)
        (self.folder / "state" / "policy.yaml").write_text(text)

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "runbook_tui", *map(str, arguments)], env=self.env, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, cwd=self.folder,
        )  # fmt: skip

    def __call__(self, *arguments, code=0):
        done = run_rbt(*arguments, env=self.env, cwd=self.folder)
        assert "Traceback" not in done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        told_as_lines = "--json" in arguments and "watch" in arguments
        return [json.loads(line) for line in done.stdout.splitlines()] if told_as_lines else done.stdout


@pytest.fixture
def rbt(tmp_path, service):
    return Rbt(tmp_path, service)


def test_windows_are_watched_to_their_end_and_told(rbt, inbox):
    rbt.write("{hour 1: [0s, 6s], hour 4: [6s, 10s]}")
    rbt.policy(f"notify: ['{inbox.address}']\n")
    rbt("run", "release.md", "--headless", "--yes")
    name = json.loads(rbt("runs", "--json"))["runs"][0]["run"]
    lines = rbt("watch", name, "--json")
    assert [(line["window"], line["verdict"]) for line in lines if line["event"] == "window"] == [
        ("hour 1", "pass"),
        ("hour 4", "pass"),
    ]
    assert any("window “hour 1”: pass" in text for text in inbox.texts)
    again = [line["event"] for line in rbt("watch", name, "--json") if line["event"] != "light"]
    assert again == ["started", "over"], "what is over stays over"


def test_a_watch_that_was_ended_goes_on(rbt):
    rbt.write("{all: [0s, 6s]}")
    rbt("run", "release.md", "--headless", "--yes")
    name = json.loads(rbt("runs", "--json"))["runs"][0]["run"]
    first = rbt.start("watch", name)
    until(lambda: "conditions: pass" in first.stdout.readline(), "the first verdict")
    time.sleep(1.5)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=20)
    assert first.returncode == 130
    again = rbt.start("watch", name, "--json")
    out, _ = again.communicate(timeout=40)
    window = next(json.loads(line) for line in out.splitlines() if '"window"' in line)
    assert again.returncode in (0, 3)
    assert window["verdict"] in ("pass", "insufficient"), window


def test_a_window_nobody_watched_is_no_data(rbt):
    rbt.write("{early: [0s, 1s], late: [1s, 600s]}")
    rbt("run", "release.md", "--headless", "--yes")
    name = json.loads(rbt("runs", "--json"))["runs"][0]["run"]
    first = rbt.start("watch", name)
    until(lambda: "watching" in first.stdout.readline(), "the start")
    first.kill()
    first.communicate()
    time.sleep(1.5)
    second = rbt.start("watch", name, "--json")
    until(lambda: (line := second.stdout.readline()) and json.loads(line)["event"] == "window", "the window")
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=20)
    assert second.returncode == 130


def test_a_condition_that_fires_after_the_end_takes_the_run_back(rbt, tmp_path, service, inbox):
    rbt.write("{all: [0s, 60s]}")
    rbt.policy(f"automatic_rollback: {{on: true, countdown: 1s}}\nnotify: ['{inbox.address}']\n")
    rbt("run", "release.md", "--headless", "--yes")
    assert (tmp_path / "version").read_text() == "new\n"
    name = json.loads(rbt("runs", "--json"))["runs"][0]["run"]
    process = rbt.start("watch", name)
    until(lambda: "pass" in process.stdout.readline(), "the first verdict")
    service.text = "errors 40\n"
    out, errors = process.communicate(timeout=50)
    assert process.returncode == 4, out + errors
    assert (tmp_path / "version").read_text() == "old\n"
    assert any("rolls back at" in text for text in inbox.texts)
