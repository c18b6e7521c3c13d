"""200,000 lines a second of output while keys are pressed: key-to-paint against the same app idle."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figures import percentile, tell
from tests.bench.startup import RBT
from tests.bench.terminal import UP, Terminal

RATE = 200_000  # lines a second
SECONDS = 30
KEYS = 200
PRODUCER = Path(__file__).with_name("producer.py")


def document(folder: Path) -> Path:
    path = folder / "flood.md"
    boxes = "\n".join(f"- [ ] token-{number:03d}" for number in range(KEYS // 2 + 2))
    path.write_text(
        f"# Flood\n\n## Go\n\n```bash\n# Start the flood\n{sys.executable} {PRODUCER} {RATE} {SECONDS}\n```\n\n{boxes}\n"
    )
    return path


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        environment = {"RBT_STATE": str(folder / "state")}
        terminal = Terminal([RBT, str(document(folder))], env=environment)
        try:
            terminal.wait_for(b"token-003")
            terminal.settle()
            idle = terminal.walk("token-{:03d}", 0, KEYS // 2)
            terminal.press(UP)
            terminal.settle()
            terminal.press(b"\r")
            terminal.wait_for(b"run it")
            time.sleep(0.4)
            terminal.press(b"y")
            terminal.wait_for(b"line ", 10)
            cpu, wall = terminal.cpu_seconds(), time.perf_counter()
            flooded = terminal.walk("token-{:03d}", 0, KEYS // 2)
            share = (terminal.cpu_seconds() - cpu) / (time.perf_counter() - wall)
            end = time.perf_counter() + SECONDS * 2
            while time.perf_counter() < end and b"exit status 0" not in terminal.painted:
                terminal.painted = terminal.painted[-4096:]
                terminal.read(0.5)
        finally:
            terminal.kill()
        told = json.loads(
            subprocess.run(
                [RBT, "status", "--json"], env={**os.environ, **environment}, check=True, capture_output=True
            ).stdout
        )
    job = told["steps"][0]["jobs"][0]
    digest, size = expected()
    kept = job["output_sha256"] == digest and job["output_bytes"] == size
    if not kept:
        tell("  what the record has, and what was printed", f"{job['state']} {job['output_bytes']} {size}")
    tell(
        f"{RATE:,} lines/s, key to paint p99, flood / idle",
        f"{percentile(flooded, 0.99) * 1e3:.0f} ms / {percentile(idle, 0.99) * 1e3:.0f} ms"
        f" = {percentile(flooded, 0.99) / percentile(idle, 0.99):.1f}×",
        "aim ≤ 2×",
    )
    tell(
        "  p50",
        f"{percentile(flooded, 0.5) * 1e3:.0f} ms / {percentile(idle, 0.5) * 1e3:.0f} ms",
        "aim < 20 ms",
    )
    tell(
        "  share of a core; journal has every byte of the stream", f"{share:.0%}; {'yes' if kept else 'NO'}", "aim yes"
    )


def expected() -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for number in range(RATE * SECONDS):
        line = f"line {number} of a flood that never pauses\n".encode()
        digest.update(line)
        size += len(line)
    return digest.hexdigest(), size
