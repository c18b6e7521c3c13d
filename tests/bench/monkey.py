"""Fifty thousand keys in an order that a seed decides; whatever goes wrong ends it. `--keys=N --seed=N`."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests import monkey
from tests.bench.figures import tell

KEYS, SEED = 50_000, 1
OFTEN = 2_500  # keys


def _goes_on() -> Callable[[monkey.Story], None]:
    """Says every few thousand keys how far it is."""
    told, began = 0, time.monotonic()

    def tell_of(story: monkey.Story) -> None:
        nonlocal told
        if story.keys // OFTEN > told:
            told = story.keys // OFTEN
            print(
                f"  {story.keys:,} keys, {story.living / story.keys:.0%} living, {time.monotonic() - began:.0f} s",
                flush=True,
            )

    return tell_of


def main() -> None:
    said = dict(word[2:].split("=", 1) for word in sys.argv if word.startswith("--") and "=" in word)
    keys, seed = int(said.get("keys", KEYS)), int(said.get("seed", SEED))
    began = time.process_time()
    with tempfile.TemporaryDirectory(prefix="rbt-monkey-", ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        story = asyncio.run(monkey.play(keys, seed, Path(folder), all_of_them=True, heard=_goes_on()))
        os.chdir("/")
    each = (time.process_time() - began) / story.keys * 1000
    tell("keys in no order", f"{story.keys:,} of seed {seed}", f"no exception; {story.ways_out} times opened and left")
    tell(
        "keys that changed something",
        f"{story.living / story.keys:.0%} in bursts, {story.single_living / max(1, story.single):.0%} alone",
    )
    tell("escape led home", f"{story.ways_home} times")
    tell(
        "screens entered",
        f"{len(story.entered)}",
        ", ".join(f"{name} {n:,}" for name, n in story.entered.most_common()),
    )
    tell(
        "keys met", f"{len(story.visits)} screens", ", ".join(f"{name} {n:,}" for name, n in story.visits.most_common())
    )
    tell("stages", f"{len(story.stages)}", ", ".join(f"{name} {n}" for name, n in story.stages.most_common()))
    tell(
        "keys of footers",
        f"{len(story.tried)} kinds, {story.tried.total():,} times",
        f"never did anything: {', '.join(story.idle_hints) or 'none'}",
    )
    tell(
        "screens that one key took away together",
        f"{story.two_at_once.total()}",
        "; ".join(f"{w} ×{n}" for w, n in story.two_at_once.most_common(12)),
    )
    tell("what a key and its paint cost", f"{each:.1f} ms of a core", "typed in bursts, each painted")
