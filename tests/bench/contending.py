"""What the benches of commands over ssh have in common: a contender's time, and what is made of several of them."""

from __future__ import annotations

import json
import os
import resource
import signal
import statistics
import subprocess
import time

from tests.bench.remote_worker import machine_cpu

PATIENCE = 120.0  # seconds for anything once
CURVE = "-o KexAlgorithms=curve25519-sha256"

Figures = dict[str, float]


class Failed(Exception):
    """A contender did not do it."""


def timed(words: list[str] | str, env: dict[str, str] | None = None, patience: float = PATIENCE) -> Figures:
    """Wall and CPU seconds of a command and all its children, and what it told on its last line.

    `hosts` is the CPU that the whole machine used meanwhile less that: the hosts' when nothing else runs here.
    """
    busy = machine_cpu()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen(
        words,
        shell=isinstance(words, str),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(env or {})},
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=patience)
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise Failed(f"not done within {patience:.0f} s") from None
        raise
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        said = (err or out).decode("utf-8", "replace").strip().splitlines()[-1:] or ["without a word"]
        raise Failed(f"ended with status {process.returncode}: {said[0][-200:]}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told: Figures = {}
    lines = out.splitlines()
    if lines and lines[-1].startswith(b"{"):
        told = json.loads(lines[-1])
    return {**told, "wall": wall, "cpu": used, "hosts": machine_cpu() - busy - used}


def least(runs: list[Figures], key: str) -> float:
    return min(run[key] for run in runs)


def median(runs: list[Figures], key: str) -> float:
    return statistics.median(run[key] for run in runs)


def ratio(ours: float, floor: float, digits: int = 0) -> str:
    return f"{ours * 1e3:.{digits}f} / {floor * 1e3:.{digits}f} ms = {ours / floor:.2f}×"
