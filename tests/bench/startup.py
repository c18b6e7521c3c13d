"""Start-up: `rbt --version` against a bare interpreter, first frame against Textual apps that do nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figures import interleaved, ratio, tell
from tests.bench.terminal import Terminal

RBT = str(Path(sys.executable).parent / "rbt")


def process_seconds(*argv: str) -> float:
    begin = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return time.perf_counter() - begin


def version() -> None:
    ours, floor = interleaved(
        15, lambda: process_seconds(RBT, "--version"), lambda: process_seconds(sys.executable, "-c", "pass")
    )
    tell("rbt --version / python -c pass", ratio(ours, floor), "aim ≤ 5×")


def frame_seconds(argv: list[str], text: bytes) -> float:
    with tempfile.TemporaryDirectory() as state:
        terminal = Terminal(argv, env={"RBT_STATE": state})
        try:
            return terminal.wait_from_start(text)
        finally:
            terminal.kill()


def first_frame() -> None:
    frame, steps, same, floor = interleaved(
        9,
        lambda: frame_seconds([RBT, "runbooks/mlsdm.md"], b"mlsdm"),
        lambda: frame_seconds([RBT, "runbooks/mlsdm.md"], FIRST_STEP),
        lambda: frame_seconds([sys.executable, "-m", "tests.bench.same_widgets_app"], b"first frame painted"),
        lambda: frame_seconds([sys.executable, "-m", "tests.bench.minimal_app"], b"first frame painted"),
    )
    tell("rbt runbooks/mlsdm.md, first frame / Textual app with such widgets", ratio(frame, same), "aim ≤ 1.5×")
    tell("rbt runbooks/mlsdm.md, first frame / minimal Textual app", ratio(frame, floor), "aim ≤ 2×")
    tell("rbt runbooks/mlsdm.md, its steps shown / minimal app", ratio(steps, floor))


FIRST_STEP = b"Infrastructure"


def main() -> None:
    """Compiled beforehand, as an installer does: a start that compiles is measured once in the life of a checkout."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", "runbook_tui", "tests/bench"], check=True)
    version()
    first_frame()
