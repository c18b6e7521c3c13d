"""One page with the metrics of every part, as an exporter gives them: `python -m runbook_tui.lab.monitor FOLDER`."""

from __future__ import annotations

import http.client
import sys
from pathlib import Path

from runbook_tui.lab import images
from runbook_tui.lab.faults import Faults
from runbook_tui.lab.process import Record, alive, read_record, serve_detached
from runbook_tui.lab.server import HOST, VERSIONS, Handler, LoopbackServer, ask

PAGES = {"gateway": "/admin/metrics", **dict.fromkeys((*VERSIONS, "store", "gpu", "traffic"), "/metrics")}


def page(folder: Path) -> str:
    """The pages of the parts that answer, each type said once, and which parts are up."""
    lines: dict[str, None] = {"# TYPE lab_up gauge": None}
    for name, path in PAGES.items():
        record = read_record(folder, name)
        if record is None:
            continue
        text = _scraped(record, path)
        lines[f'lab_up{{part="{name}"}} {int(text is not None)}'] = None
        lines |= dict.fromkeys((text or "").splitlines())
    lines["# TYPE lab_critical_advisories gauge"] = None
    lines[f"lab_critical_advisories {images.advised(folder)}"] = None
    return "\n".join(lines) + "\n"


def _scraped(record: Record, path: str) -> str | None:
    if not alive(record):
        return None
    try:
        reply = ask(record.port, "GET", path, timeout=2)
    except (OSError, http.client.HTTPException):
        return None
    return reply.body.decode() if reply.status == 200 else None


def serve(folder: Path) -> int:
    faults = Faults(folder, "metrics")

    class Answers(Handler):
        def do_GET(self) -> None:  # noqa: N802
            if self.path == "/ready":
                self.answer_json(200, {"status": "ready"})
            elif faults.get("no-metrics"):
                self.answer_json(503, {"error": "no metrics"})
            elif self.path == "/metrics":
                self.answer_metrics(None, page(folder))
            else:
                self.answer_json(404, {"error": f"There is nothing at {self.path}."})

    return serve_detached(LoopbackServer((HOST, 0), Answers), folder, "metrics")


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1])))
