"""The gateway in front of the service: `python -m runbook_tui.lab.gateway FOLDER PORT`.

`/` goes to a version by weight. `/admin/weights` reads (GET) and sets (PUT) the weights, `/admin/status` tells what is
behind, `/admin/metrics` counts what was answered, by version.
"""

from __future__ import annotations

import errno
import http.client
import sys
import threading
import time
from pathlib import Path

import msgspec

from runbook_tui.lab.faults import Faults
from runbook_tui.lab.process import PORT_TAKEN, alive, read_record, serve_detached, write_json
from runbook_tui.lab.server import HOST, VERSIONS, Handler, LoopbackServer, Metrics, ask

INITIAL = {"v1": 100, "v2": 0}
WEIGHTS_FILE = "weights.json"


class Refused(ValueError):
    """Weights that must not be set; the message is for the operator."""


def checked_weights(weights: dict[str, int], deployed: set[str]) -> dict[str, int]:
    """The weights of all versions, or Refused: percentages that add up to 100, nothing sent to what is not there."""
    for version, weight in weights.items():
        if version not in VERSIONS:
            raise Refused(f"There is no version {version}; the lab has {' and '.join(VERSIONS)}.")
        if not 0 <= weight <= 100:
            raise Refused(f"{version}={weight} is not a percentage between 0 and 100.")
        if weight and version not in deployed:
            raise Refused(f"{version} is not deployed. Deploy it first: rbt lab deploy {version}")
    if sum(weights.values()) != 100:
        raise Refused(f"The weights must add up to 100, these add up to {sum(weights.values())}.")
    return {version: weights.get(version, 0) for version in VERSIONS}


class Balance:
    """Which version answers next: smooth weighted round robin, as nginx does it, so that 10 % is 1 in 10 exactly."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        try:
            self._weights = msgspec.json.decode((folder / WEIGHTS_FILE).read_bytes(), type=dict[str, int])
        except (OSError, msgspec.DecodeError):
            self._weights = dict(INITIAL)
        self._credit = dict.fromkeys(VERSIONS, 0)

    def weights(self) -> dict[str, int]:
        with self._lock:
            return dict(self._weights)

    def set(self, wanted: dict[str, int]) -> dict[str, int]:
        deployed = {v for v in VERSIONS if (record := read_record(self._folder, v)) is not None and alive(record)}
        weights = checked_weights(wanted, deployed)
        with self._lock:
            write_json(self._folder / WEIGHTS_FILE, weights)  # a gateway that is restarted sends as before
            self._weights = weights
            self._credit = dict.fromkeys(VERSIONS, 0)
        return weights

    def choose(self) -> str:
        with self._lock:
            for version in VERSIONS:
                self._credit[version] += self._weights[version]
            chosen = max(VERSIONS, key=self._credit.__getitem__)
            self._credit[chosen] -= sum(self._weights.values())
            return chosen


def serve(folder: Path, port: int) -> int:
    balance = Balance(folder)
    metrics = Metrics("lab_gateway")
    faults = Faults(folder, "gateway")

    class Gateway(Handler):
        def do_GET(self) -> None:  # noqa: N802
            match self.path:
                case "/admin/weights":
                    self.answer_json(200, balance.weights())
                case "/admin/status":
                    self.answer_json(200, {"status": "healthy", "weights": balance.weights(), "versions": behind()})
                case "/admin/metrics" if faults.get("no-metrics", anywhere=True):
                    self.answer_json(503, {"error": "no metrics"})
                case "/admin/metrics":
                    self.answer_metrics(metrics)
                case path if path.startswith("/admin"):
                    self.answer_json(404, {"error": f"There is nothing at {path}."})
                case path:
                    self.forward(path)

        def do_POST(self) -> None:  # noqa: N802
            self.forward(self.path, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def do_PUT(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path != "/admin/weights":
                self.answer_json(404, {"error": f"Nothing can be set at {self.path}."})
                return
            try:
                self.answer_json(200, balance.set(msgspec.json.decode(body, type=dict[str, int])))
            except Refused as error:
                self.answer_json(409, {"error": str(error)})
            except msgspec.DecodeError:
                self.answer_json(400, {"error": 'Weights look like this: {"v1": 90, "v2": 10}'})

        def forward(self, path: str, body: bytes | None = None) -> None:
            began = time.perf_counter()
            version = balance.choose()
            record = read_record(folder, version)
            try:
                if record is None:
                    raise ConnectionRefusedError
                reply = ask(record.port, self.command, path, body)
            except (OSError, http.client.HTTPException):
                status = 502
                self.answer_json(status, {"error": f"{version} does not answer."}, X_Served_By=version)
            else:
                status = reply.status
                self.answer(status, reply.body, reply.content_type, X_Served_By=version)
            metrics.count(version, status, time.perf_counter() - began)

    def behind() -> dict[str, object]:
        records = {version: read_record(folder, version) for version in VERSIONS}
        return {
            version: None if record is None else {"port": record.port, "running": alive(record)}
            for version, record in records.items()
        }

    try:
        server = LoopbackServer((HOST, port), Gateway)
    except OSError as error:
        return PORT_TAKEN if error.errno == errno.EADDRINUSE else 1
    return serve_detached(server, folder, "gateway")


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), int(sys.argv[2])))
