"""Fifty thousand keys in an order that a seed decides; an exception that reaches the screen ends it. `--keys=N --seed=N`."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests import monkey
from tests.bench.figures import tell

KEYS, SEED = 50_000, 1


def main() -> None:
    said = dict(word[2:].split("=", 1) for word in sys.argv if word.startswith("--") and "=" in word)
    with tempfile.TemporaryDirectory(prefix="rbt-monkey-") as folder:
        os.chdir(folder)
        path = monkey.where(Path(folder))
        found = asyncio.run(monkey.play(int(said.get("keys", KEYS)), int(said.get("seed", SEED)), path))
        os.chdir("/")
    each = found["cpu"] / found["keys"] * 1000
    tell("keys in no order", f"{found['keys']:,.0f}", f"no exception; {found['opened']:.0f} times opened")
    tell("what a key and its paint cost", f"{each:.1f} ms of a core", "typed in bursts, each painted")
