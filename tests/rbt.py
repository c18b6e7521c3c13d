"""`rbt WORDS` as a process, quickly: forked from one that has its modules loaded."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

_ZYGOTE = Path(__file__).with_name("zygote.py")
_sending = threading.Lock()


def run(
    *words: str | Path, env: Mapping[str, str] | None = None, cwd: str | Path | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """What `subprocess.run([…"-m", "runbook_tui", *words], capture_output=True, text=True)` gives; stdin is empty."""
    command = list(map(str, words))
    asked = {"words": command, "env": dict(os.environ if env is None else env), "cwd": str(cwd or os.getcwd())}
    with open(os.devnull, "rb") as nothing, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        heard, told = os.pipe()
        try:
            with _sending:
                socket.send_fds(
                    _zygote(os.getpid()),
                    [json.dumps(asked).encode()],
                    [nothing.fileno(), out.fileno(), err.fileno(), told],
                )
        finally:
            os.close(told)
        try:
            code = _end(heard, command, timeout)
        finally:
            os.close(heard)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode().replace("\r\n", "\n"))
    return subprocess.CompletedProcess(["rbt", *command], code, *texts)


def _end(heard: int, command: list[str], timeout: float) -> int:
    """The exit status, from the two lines that come: the process, and how it ended."""
    data, end = b"", time.monotonic() + timeout
    while data.count(b"\n") < 2:
        ready, _, _ = select.select([heard], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int(data), signal.SIGKILL)
            raise subprocess.TimeoutExpired(command, timeout)
        piece = os.read(heard, 100)
        assert piece, "the process that forks is gone"
        data += piece
    return int(data.split()[1])


@lru_cache(maxsize=1)
def _zygote(_: int) -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    subprocess.Popen(
        [sys.executable, _ZYGOTE, str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        cwd=_ZYGOTE.parents[1],
    )
    theirs.close()
    return ours
