"""Where the lab keeps jobs: a SQLite file behind a small HTTP server, `python -m runbook_tui.lab.store FOLDER`.

`POST /jobs` keeps what it is given, `GET /jobs` counts, `GET /jobs/ID` gives it back. A full disk is SQLite's own: the
file may not grow any more.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from functools import cached_property
from pathlib import Path

import msgspec

from runbook_tui.lab.faults import Faults
from runbook_tui.lab.process import serve_detached
from runbook_tui.lab.server import HOST, Handler, LoopbackServer

FILE = "store.db"
PAGE = 1024  # bytes
ROOM = 1024 * 1024  # pages of a disk that is not full: 1 GiB


class Full(Exception):
    """The disk takes no more; nothing was kept."""


class Store:
    """The file, used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._faults = Faults(folder, "store")
        self._lock = threading.Lock()
        self.failures = 0

    @cached_property
    def _db(self) -> sqlite3.Connection:
        """Opened where it is used: a process that forks must not hold it."""
        db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        for setting in (f"page_size={PAGE}", "journal_mode=WAL", "synchronous=FULL"):
            db.execute(f"PRAGMA {setting}")
        db.execute("CREATE TABLE IF NOT EXISTS job (id INTEGER PRIMARY KEY, at REAL NOT NULL, body BLOB NOT NULL)")
        return db

    def add(self, body: bytes) -> int:
        """Its number. Raises Full."""
        with self._lock:
            full = self._faults.get("disk-full") is not None
            pages = int(self._db.execute("PRAGMA page_count").fetchone()[0])
            self._db.execute(f"PRAGMA max_page_count = {pages if full else ROOM}")
            padded = body.ljust(2 * PAGE) if full else body  # the last page may have room for a small one
            try:
                done = self._db.execute("INSERT INTO job (at, body) VALUES (?, ?)", (time.time(), padded))
            except sqlite3.OperationalError as error:
                self.failures += 1
                raise Full(str(error)) from None
            return int(done.lastrowid or 0)

    def get(self, number: int) -> bytes | None:
        with self._lock:
            row = self._db.execute("SELECT body FROM job WHERE id = ?", (number,)).fetchone()
        return None if row is None else bytes(row[0])

    def counts(self) -> dict[str, float | None]:
        with self._lock:
            number, last = self._db.execute("SELECT count(*), max(at) FROM job").fetchone()
        return {"count": number, "last": last}

    def damaged(self) -> int:
        """Jobs that are not what was kept: only JSON is."""
        with self._lock:
            return int(
                self._db.execute("SELECT count(*) FROM job WHERE NOT json_valid(CAST(body AS TEXT))").fetchone()[0]
            )

    def page(self) -> str:
        """Prometheus text."""
        size = self._path.stat().st_size
        ratio = 1.0 if self._faults.get("disk-full") else size / (ROOM * PAGE)
        return (
            f"# TYPE lab_store_jobs gauge\nlab_store_jobs {self.counts()['count']}\n"
            f"# TYPE lab_store_bytes gauge\nlab_store_bytes {size}\n"
            f"# TYPE lab_store_disk_used_ratio gauge\nlab_store_disk_used_ratio {ratio:.6f}\n"
            f"# TYPE lab_store_damaged gauge\nlab_store_damaged {self.damaged()}\n"
            f"# TYPE lab_store_failures_total counter\nlab_store_failures_total {self.failures}\n"
        )

    def metrics_missing(self) -> bool:
        return self._faults.get("no-metrics", anywhere=True) is not None


def serve(folder: Path) -> int:
    store = Store(folder)

    class Answers(Handler):
        def do_GET(self) -> None:  # noqa: N802
            match self.path:
                case "/health" | "/ready":
                    self.answer_json(200, {"status": "healthy", **store.counts()})
                case "/metrics" if store.metrics_missing():
                    self.answer_json(503, {"error": "no metrics"})
                case "/metrics":
                    self.answer_metrics(None, store.page())
                case "/jobs":
                    self.answer_json(200, store.counts())
                case path if path.startswith("/jobs/") and path[6:].isdecimal():
                    body = store.get(int(path[6:]))
                    self.answer_json(404, {"error": f"There is no job {path[6:]}."}) if body is None else self.answer(
                        200, body, "application/json"
                    )
                case path:
                    self.answer_json(404, {"error": f"There is nothing at {path}."})

        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                msgspec.json.decode(body)
                self.answer_json(201, {"id": store.add(body)})
            except msgspec.DecodeError:
                self.answer_json(400, {"error": "a job is JSON"})
            except Full as error:
                self.answer_json(507, {"error": str(error)})

    return serve_detached(LoopbackServer((HOST, 0), Answers), folder, "store")


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1])))
