"""A page for people with what runs in the lab: `python -m runbook_tui.lab.dashboard FOLDER PORT`."""

from __future__ import annotations

import errno
import html
import socket
import struct
import sys
from pathlib import Path

from runbook_tui.lab.faults import Faults
from runbook_tui.lab.monitor import PAGES
from runbook_tui.lab.process import PORT_TAKEN, alive, read_record, serve_detached
from runbook_tui.lab.server import HOST, Handler, LoopbackServer


def page(folder: Path) -> str:
    rows = []
    for name in PAGES:
        record = read_record(folder, name)
        if record is not None:
            state = "running" if alive(record) else "crashed"
            rows.append(f"<tr><td>{html.escape(name)}</td><td>{state}</td><td>{record.port}</td></tr>")
    return f"<!doctype html><title>The lab</title><h1>The lab</h1><table>{''.join(rows)}</table>\n"


def serve(folder: Path, port: int) -> int:
    faults = Faults(folder, "dashboard")

    class Server(LoopbackServer):
        def verify_request(self, request: object, client_address: object) -> bool:  # noqa: ARG002
            """Unreachable: the connection is reset before a byte is read."""
            if faults.get("dashboard-unreachable") is None:
                return True
            if isinstance(request, socket.socket):
                request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False

    class Answers(Handler):
        def do_GET(self) -> None:  # noqa: N802
            if self.path in ("/ready", "/health"):
                self.answer_json(200, {"status": "healthy"})
            else:
                self.answer(200, page(folder).encode(), "text/html; charset=utf-8")

    try:
        server = Server((HOST, port), Answers)
    except OSError as error:
        return PORT_TAKEN if error.errno == errno.EADDRINUSE else 1
    return serve_detached(server, folder, "dashboard")


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), int(sys.argv[2])))
