"""kill -9 at random points of a headless run of 30 steps, 200 times."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from tests.bench.figures import tell
from tests.integration.run.killing import STEPS, walk


def main(kills: int = 200, each: int = 10) -> None:
    total = twice = missing = lies = stuck = 0
    for seed in range(kills // each):
        with tempfile.TemporaryDirectory() as folder:
            result = walk(Path(folder), each, seed)
        counts = Counter(result.numbers)
        total += result.kills
        twice += sum(1 for number in counts if counts[number] > 1)
        missing += STEPS - len(counts)
        lies += len(result.lies)
        stuck += result.final_exit != 0
    tell(
        f"{total} × kill -9 in {kills // each} runs of {STEPS} steps",
        f"{twice} ran twice, {missing} never",
        "aim 0 and 0",
    )
    tell("  runs that did not complete, false claims of status", f"{stuck}, {lies}", "aim 0 and 0")
