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
    process = start(*words, env=env, cwd=cwd)
    try:
        out, err = process.communicate(timeout)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        raise
    assert process.returncode is not None
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


class Started:
    """The part of `subprocess.Popen` that tests use."""

    def __init__(self, args: list[str], heard: int, out: object, err: object) -> None:
        self.args = args
        self.returncode: int | None = None
        self._heard = heard
        self._files = (out, err)
        self._told = b""
        self._hear(1, 30)

    @property
    def pid(self) -> int:
        return int(self._told.split()[0])

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, timeout: float = 60) -> int:
        """Its exit status. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            self._hear(2, timeout)
            self.returncode = int(self._told.split()[1])
            os.close(self._heard)
        return self.returncode

    def communicate(self, timeout: float = 60) -> tuple[str, str]:
        """All it wrote, at its end."""
        self.wait(timeout)
        texts = []
        for file in self._files:
            file.seek(0)  # type: ignore[attr-defined]
            texts.append(file.read().decode().replace("\r\n", "\n"))  # type: ignore[attr-defined]
        return texts[0], texts[1]

    def _hear(self, lines: int, timeout: float) -> None:
        end = time.monotonic() + timeout
        while self._told.count(b"\n") < lines:
            ready, _, _ = select.select([self._heard], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise subprocess.TimeoutExpired(self.args, timeout)
            piece = os.read(self._heard, 100)
            assert piece, "the process that forks is gone"
            self._told += piece


def start(*words: str | Path, env: Mapping[str, str] | None = None, cwd: str | Path | None = None) -> Started:
    """It runs; its output goes to files, its stdin is empty."""
    command = list(map(str, words))
    asked = {"words": command, "env": dict(os.environ if env is None else env), "cwd": str(cwd or os.getcwd())}
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - read when it has ended
    heard, told = os.pipe()
    try:
        with open(os.devnull, "rb") as nothing, _sending:
            fds = [nothing.fileno(), out.fileno(), err.fileno(), told]
            socket.send_fds(_zygote(os.getpid()), [json.dumps(asked).encode()], fds)
    finally:
        os.close(told)
    return Started(["rbt", *command], heard, out, err)


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
