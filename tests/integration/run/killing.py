"""A headless run of 30 steps, killed with -9 at random points and resumed: what the kill test and the bench share."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.rbt import Started, start

STEPS = 30


@dataclass
class Walk:
    """What came of one run that was killed now and then."""

    kills: int = 0
    resumes: int = 0
    numbers: list[int] = field(default_factory=list)
    lies: list[str] = field(default_factory=list)  # what `rbt status` claimed that did not happen
    final_exit: int | None = None
    stderr: str = ""


def document(folder: Path, chance: random.Random) -> Path:
    """Thirty steps; each sleeps 5 to 700 ms and appends its number to a file: longer than it takes to kill it often."""
    parts = ["# Thirty numbers\n", "## Go\n"]
    for number in range(1, STEPS + 1):
        nap = chance.uniform(0.005, 0.7)
        parts.append(f"```bash\n# Append {number}\nsleep {nap:.3f}; echo {number} >> {folder}/numbers\n```\n")
    path = folder / "thirty.md"
    path.write_text("\n".join(parts))
    return path


def rbt(*arguments: str, state: Path) -> Started:
    return start(*arguments, env={**os.environ, "RBT_STATE": str(state)})


def numbers_in(folder: Path) -> list[int]:
    file = folder / "numbers"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def status(state: Path) -> dict[str, object] | None:
    """The newest run as `rbt status` tells it, or None when there is none yet."""
    process = rbt("status", "--json", state=state)
    out, err = process.communicate(timeout=60)
    if process.returncode == 0:
        return json.loads(out)
    assert "no run" in err, err
    return None


def walk(folder: Path, kills: int, seed: int, longest: float = 1.2) -> Walk:
    """Start the run, kill it `kills` times at random moments, then let it end."""
    chance = random.Random(seed)
    path = document(folder, chance)
    state = folder / "state"
    result = Walk()
    started = False
    while True:
        arguments = ("resume", "--headless", "--yes") if started else ("run", str(path), "--headless", "--yes")
        process = rbt(*arguments, state=state)
        if result.kills < kills:
            try:
                process.wait(timeout=chance.uniform(0.05, longest))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                result.kills += 1
                told = status(state)
                started = started or told is not None
                result.lies += _lies(told, folder)
                result.resumes += 1
                continue
        out, err = process.communicate(timeout=120)
        result.final_exit = process.returncode
        result.stderr = out + err
        result.numbers = numbers_in(folder)
        return result


def _lies(told: dict[str, object] | None, folder: Path) -> list[str]:
    """Steps that status calls done whose number is not in the file."""
    if told is None:
        return []
    done = {str(step["title"]) for step in told["steps"] if step["state"] == "done"}  # type: ignore[index,attr-defined]
    happened = {f"Append {number}" for number in numbers_in(folder)}
    return sorted(done - happened)


def settle(folder: Path) -> None:
    """Wait for commands that outlived their app."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and len(numbers_in(folder)) < STEPS:
        time.sleep(0.05)
