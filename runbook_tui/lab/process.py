"""Processes that outlive the command which started them, and how they are found again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path

import msgspec

PORT_TAKEN = 98  # exit status of a server that could not bind: EADDRINUSE on Linux

# Nothing of the job that runs `rbt lab up` leaks into the lab, but for what Python itself needs.
_KEPT_VARIABLES = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "KUBEBUILDER_ASSETS",
    "KUBECONFIG",
)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Where a part of the lab runs. `mark` is its start time, so that a reused pid is never taken for it."""

    name: str
    pid: int
    mark: str
    port: int


def start_mark(pid: int) -> str | None:
    """When the process started, in a form that no other process of that pid can have; None when it is gone."""
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        fields = stat.rpartition(")")[2].split()  # the name before it may hold blanks and brackets
        return None if fields[0] in "ZX" else f"{_boot_id()} {fields[19]}"  # ticks since that boot
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    return None if not answer or answer[0].startswith("Z") else " ".join(answer[1:])


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # hidden by a container
        return "-"


def alive(record: Record) -> bool:
    return start_mark(record.pid) == record.mark


def record_path(folder: Path, name: str) -> Path:
    return folder / f"{name}.pid.json"


def log_path(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"


def write_json(path: Path, value: object) -> None:
    """Replace a file in one step: a reader sees the old or the new content, never half of one."""
    half = path.with_name(f"{path.name}.{os.getpid()}.new")
    half.write_bytes(msgspec.json.encode(value) + b"\n")
    half.replace(path)


def read_record(folder: Path, name: str) -> Record | None:
    try:
        return msgspec.json.decode(record_path(folder, name).read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None


def forget(folder: Path, name: str) -> None:
    record_path(folder, name).unlink(missing_ok=True)


def launch(folder: Path, name: str, module: str, *arguments: str, timeout: float = 15) -> int:
    """Start a server module detached and return 0 once it listens and has its record, else its exit status."""
    environment = {key: os.environ[key] for key in _KEPT_VARIABLES if key in os.environ}
    with log_path(folder, name).open("ab") as log:
        return subprocess.run(
            [sys.executable, "-P", "-m", module, str(folder), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=environment,
            start_new_session=True,
            timeout=timeout,
            check=False,
        ).returncode


def serve_detached(server: ThreadingHTTPServer, folder: Path, name: str, *beside: Callable[[], None]) -> int:
    """Leave a bound server running in the background; called in the process that `launch` waits for.

    The port is bound before the fork: when `launch` returns, connections are accepted. What is to be done `beside` gets
    a thread each.
    """

    def work() -> None:
        for task in beside:
            threading.Thread(target=task, daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever(poll_interval=0.1)
        server.server_close()  # waits for the requests that are being answered

    return detach(folder, name, int(server.server_address[1]), work)


def detach(folder: Path, name: str, port: int, work: Callable[[], None]) -> int:
    """Do `work` in a background process that others find by its record; SIGTERM raises KeyboardInterrupt in it."""
    child = os.fork()
    if child:
        mark = start_mark(child)
        if mark is None:
            return 1
        write_json(record_path(folder, name), Record(name=name, pid=child, mark=mark, port=port))
        return 0
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sys.stderr.write(f"{time.strftime('%FT%TZ', time.gmtime())} {name} listens on port {port}\n")
    sys.stderr.flush()
    work()
    return 0


def _leave(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def last_line(folder: Path, name: str) -> str:
    """The end of what a part wrote."""
    try:
        lines = log_path(folder, name).read_text("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def gone(record: Record, patience: float = 5.0) -> bool:
    """Wait until the process has ended."""
    end = time.monotonic() + patience
    while alive(record) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(record)


def stop(record: Record, *, grace: float = 5) -> bool:
    """End the process: TERM, then KILL after `grace` seconds. True when it is gone."""
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        if not alive(record):
            return True
        try:
            os.kill(record.pid, number)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if not alive(record):
                return True
            time.sleep(0.02)
    return not alive(record)
