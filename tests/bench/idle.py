"""What the app costs while nothing happens."""

from __future__ import annotations

import tempfile
import time

from tests.bench.figures import tell
from tests.bench.startup import RBT
from tests.bench.terminal import Terminal

SECONDS = 15
AFTER = 6  # what a start leaves to be tidied up is done by then


def main() -> None:
    with tempfile.TemporaryDirectory() as state:
        terminal = Terminal([RBT, "runbooks/mlsdm.md"], env={"RBT_STATE": state})
        try:
            terminal.wait_for(b"Infrastructure")
            terminal.settle(1.0)
            begun = time.perf_counter()
            while time.perf_counter() - begun < AFTER:
                terminal.read(0.5)
            cpu, wall = terminal.cpu_seconds(), time.perf_counter()
            while time.perf_counter() - wall < SECONDS:
                terminal.read(0.5)
            share = (terminal.cpu_seconds() - cpu) / (time.perf_counter() - wall)
        finally:
            terminal.kill()
    tell("share of a core while nothing happens", f"{share:.1%}", "aim < 1 %")
