"""Speaks with supervisor.sh on this machine: one short process per question."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from runbook_tui.run.ports import TargetError
from runbook_tui.targets import order as wire

T = TypeVar("T")

SCRIPT = Path(__file__).with_name("supervisor.sh")
ANSWER_TIMEOUT = 60.0  # seconds


class Supervisor:
    """The script, the folder it keeps jobs in, and the threads that wait for its answers."""

    def __init__(self, jobs: Path, environ: Mapping[str, str] | None) -> None:
        self.jobs = jobs
        self.environ = dict(os.environ if environ is None else environ)
        # Own threads: cancelling several jobs with a long grace must not hold up the loop's default executor.
        self._threads = ThreadPoolExecutor(max_workers=32, thread_name_prefix="local-target")

    def folder(self, run: str, job: str) -> Path:
        return self.jobs / wire.checked_name(run) / wire.checked_name(job)

    def command(self, *words: str) -> list[str]:
        shell = shutil.which("sh", path=self.environ.get("PATH"))
        if shell is None:
            raise TargetError("There is no `sh` in PATH on this machine. Nothing was run.")
        return [shell, str(SCRIPT), *words]

    async def ask_about(
        self, verb: str, run: str, job: str, *more: str, patience: float = ANSWER_TIMEOUT
    ) -> dict[str, str]:
        words = (verb, str(self.jobs), wire.checked_name(run), wire.checked_name(job), *more)
        return await self.ask(*words, patience=patience)

    async def ask(
        self,
        *words: str,
        data: bytes = b"",
        patience: float = ANSWER_TIMEOUT,
        environ: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        text = await self.in_thread(lambda: self._call(words, data, patience, environ or {}))
        return wire.understood(words[0], text)

    async def say(self, *words: str) -> str:
        """The script's answer. A cancelled caller leaves the script running to its end."""
        return await self.in_thread(lambda: self._call(words, b"", ANSWER_TIMEOUT, {}))

    async def in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _call(self, words: tuple[str, ...], data: bytes, patience: float, environ: Mapping[str, str]) -> str:
        try:
            done = subprocess.run(
                self.command(*words),
                input=data,
                capture_output=True,
                start_new_session=True,  # a signal to the app's group does not reach it
                cwd="/",
                env={**self.environ, **environ},
                timeout=patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TargetError(
                f"This machine did not answer {words[0]!r} within {patience:.0f} s. It may still do it: ask first."
            ) from None
        except OSError as error:
            raise TargetError(f"The supervisor could not be run: {error.strerror}. Nothing was run.") from error
        text = done.stdout.decode("utf-8", "replace")
        if not text and words[0] != "forget":
            why = done.stderr.decode("utf-8", "replace").strip() or "no reason given"
            raise TargetError(f"The supervisor ended without an answer: {why}.")
        return text
