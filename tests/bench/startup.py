"""Start-up: `rbt --version` against a bare interpreter, first frame against Textual apps that do nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from runbook_tui import prepared
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


class Start(NamedTuple):
    """Seconds of one start until a text is painted: by the clock, and of the processor, which no neighbour stretches."""

    clock: float
    work: float


def started(argv: list[str], text: bytes) -> Start:
    with tempfile.TemporaryDirectory() as state:
        terminal = Terminal(argv, env={"RBT_STATE": state})
        try:
            return Start(terminal.wait_from_start(text), terminal.cpu_seconds())
        finally:
            terminal.kill()


def forget() -> None:
    """As before the first start of a version."""
    for shelf in (prepared.EXPRESSIONS, prepared.GRAMMARS, prepared.SECRETS):
        for file in shelf.files():
            file.unlink(missing_ok=True)


def remember() -> None:
    """As after it. Code is compiled beforehand too, as an installer does."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-m", "compileall", "-q", "runbook_tui", "tests/bench"], check=True, env=env)
    subprocess.run([sys.executable, "-c", MAKE], check=True, env=env)


MAKE = """
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from runbook_tui import prepared
from runbook_tui.records import read_runbook
from runbook_tui.run.recognising import recogniser
read_runbook(Path("runbooks/mlsdm.md"))
recogniser()
prepared.keep()
"""
FIRST_STEP = b"Infrastructure"
DOCUMENT = [RBT, "runbooks/mlsdm.md"]
FRAMES = {
    "frame": (DOCUMENT, b"mlsdm"),
    "steps": (DOCUMENT, FIRST_STEP),
    "same": ([sys.executable, "-m", "tests.bench.same_widgets_app"], b"first frame painted"),
    "minimal": ([sys.executable, "-m", "tests.bench.minimal_app"], b"first frame painted"),
}


def starts(names: Sequence[str], rounds: int) -> dict[str, Start]:
    """The least of several starts, in turn."""
    taken: dict[str, list[Start]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            taken[name].append(started(*FRAMES[name]))
    return {name: Start(min(one.clock for one in own), min(one.work for one in own)) for name, own in taken.items()}


def say(name: str, ours: Start, floor: Start, aim: str = "") -> None:
    tell(name, f"{ratio(ours.clock, floor.clock)}; processor {ratio(ours.work, floor.work)}", aim)


def first_frame() -> None:
    forget()
    cold = starts(["steps", "minimal"], 4)
    remember()
    found = starts([*FRAMES], 9)
    say(
        "rbt runbooks/mlsdm.md, first frame / Textual app with such widgets",
        found["frame"],
        found["same"],
        "aim ≤ 1.5×",
    )
    say("rbt runbooks/mlsdm.md, first frame / minimal Textual app", found["frame"], found["minimal"], "aim ≤ 2×")
    say("rbt runbooks/mlsdm.md, its steps shown / minimal app", found["steps"], found["minimal"])
    say("  the first start of a version", cold["steps"], cold["minimal"])


def main() -> None:
    remember()
    version()
    first_frame()
