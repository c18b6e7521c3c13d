"""The app beside other terminal apps: start to what a person waits for, key to paint, and what it costs at rest.

One method for all: a pty of 80×24, a fresh home; the time until a text of the app's own first screen is painted and
until the terminal has been quiet for a second; then two keys in turn, each timed to the first bytes painted after it;
then processor time and resident memory of the process and its children while nothing happens. In the rows of rbt a
key moves the cursor and draws the step under it, in posting and harlequin it writes a letter or takes it back, in
nvitop and htop it moves a cursor. Both GPU screens read the same eight stand-in devices.

Whatever is not there is left out and said so: `RBT_PEERS` is a list of folders with programs
(`python -m venv A && A/bin/pip install posting`), or they are on the PATH.
"""

from __future__ import annotations

import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench.figures import percentile
from tests.bench.startup import RBT
from tests.bench.terminal import DOWN, UP, Terminal
from tests.stand_in.truth import Truth, build, compiler

ROUNDS, IDLE, QUIET = 3, 10.0, 1.0
KEYS, CALM = 30, 0.15  # keys a round, and seconds without paint before each
COLUMNS, ROWS, GPUS = 80, 24, 8
WRITES = (b"a", b"\x7f")
MOVES = (DOWN, UP)
HEAD = """| | first text: processor | ÷ minimal | by the clock | quiet after | key to paint p50 | p99 | core at rest | memory |
|---|---|---|---|---|---|---|---|---|"""


class Peer(NamedTuple):
    name: str
    program: str
    words: Sequence[str]
    text: bytes  # of its first screen
    keys: Sequence[bytes] = ()
    begins: bytes = b""  # what puts the cursor where the keys are meant for
    needs: str = ""  # a program without which it has nothing to show
    gpus: bool = False


PEERS = (
    Peer("rbt", RBT, ("runbooks/mlsdm.md",), b"Infrastructure", MOVES),
    Peer("minimal Textual app", sys.executable, ("-m", "tests.bench.minimal_app"), b"first frame painted"),
    Peer("posting", "posting", (), b"Collection", WRITES, begins=b"\x0c"),
    Peer("harlequin", "harlequin", ("--adapter", "sqlite", ":memory:"), b"Query Editor", WRITES),
    Peer("k9s", "k9s", (), b"Context", MOVES, needs="kubectl"),
    Peer("htop", "htop", (), b"Load average", MOVES),
    Peer("rbt gpu --watch", RBT, ("gpu", "--watch"), b"H100", MOVES, gpus=True),
    Peer("nvitop", "nvitop", ("--monitor", "--colorful"), b"MEM:", MOVES, gpus=True),
)


def found(program: str) -> str | None:
    """The path of a program, on the PATH or in the folders of `RBT_PEERS`."""
    places = [place for place in os.environ.get("RBT_PEERS", "").split(":") if place]
    return shutil.which(program, path=os.pathsep.join([*places, os.environ.get("PATH", "")]))


def absent(peer: Peer) -> str | None:
    """Why a peer is not measured; None when it is."""
    if found(peer.program) is None:
        return "not installed"
    if peer.needs and shutil.which(peer.needs) is None:
        return f"it has nothing to show without {peer.needs}"
    if peer.gpus and compiler() is None:
        return "no C compiler to build the stand-in of the GPU library"
    return None


class Cost(NamedTuple):
    painted: float  # seconds from the start until its own text was there
    work: float  # processor seconds until then: what a loaded machine does not stretch
    settled: float  # seconds from the start until nothing more was painted
    keys: Sequence[float]  # seconds from each key to the first bytes painted
    processor: float  # share of a core while nothing happens
    memory: float  # MB resident, with its children


def measured(peer: Peer, idle: float) -> Cost:
    """One start of a program in a home of its own. Raises TimeoutError when its text or a paint does not come."""
    program = found(peer.program)
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="rbt-peers-") as home:
        own = {"HOME": home, "XDG_CONFIG_HOME": f"{home}/c", "XDG_DATA_HOME": f"{home}/d", "RBT_STATE": f"{home}/s"}
        if peer.gpus:
            own |= Truth(Path(home), GPUS).environment(build(Path(home)))
        terminal = Terminal([program, *peer.words], columns=COLUMNS, rows=ROWS, env=own)
        try:
            painted = terminal.wait_from_start(peer.text)
            work, settled = processor_seconds(terminal.pid), painted
            while terminal.read(QUIET) and settled < painted + 20:
                settled = time.perf_counter() - terminal.started
            keys = key_to_paint(terminal, peer)
            terminal.settle(QUIET)
            before, since = processor_seconds(terminal.pid), time.perf_counter()
            while time.perf_counter() - since < idle:
                terminal.read(0.5)
            share = (processor_seconds(terminal.pid) - before) / max(idle, time.perf_counter() - since)
            return Cost(painted, work, settled, keys, share if idle else math.nan, memory_of(terminal.pid))
        finally:
            terminal.kill()


def key_to_paint(terminal: Terminal, peer: Peer) -> list[float]:
    if peer.begins:
        terminal.press(peer.begins)
        terminal.read(20.0)
        terminal.settle(QUIET)
    times = []
    for number in range(KEYS if peer.keys else 0):
        terminal.settle(CALM, 2.0)
        begin = time.perf_counter()
        terminal.press(peer.keys[number % len(peer.keys)])
        if not terminal.read(5.0):
            raise TimeoutError("a key painted nothing within 5 s")
        times.append(time.perf_counter() - begin)
    return times


def family(pid: int) -> list[int]:
    """A process and what came of it."""
    every, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        every.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            waiting += [int(word) for word in task.read_text().split()]
    return every


def processor_seconds(pid: int) -> float:
    total = 0.0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")  # with children that have ended
    return total


def memory_of(pid: int) -> float:
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    there = [peer for peer in PEERS if absent(peer) is None]
    costs: dict[str, list[Cost]] = {peer.name: [] for peer in there}
    failed: dict[str, str] = {}
    for number in range(ROUNDS):  # in turn, so that a drifting machine is fair to all
        for peer in there:
            if peer.name not in failed:
                try:
                    costs[peer.name].append(measured(peer, IDLE if number == 0 else 0.0))
                except (TimeoutError, OSError) as error:
                    failed[peer.name] = str(error)[:120]
    floor = min(cost.work for cost in costs["minimal Textual app"])
    print(HEAD)
    for peer in PEERS:
        if why := absent(peer) or failed.get(peer.name):
            print(f"| {peer.name} | not measured: {why} |" + " |" * 7)
            continue
        own = costs[peer.name]
        work, least = min(cost.work for cost in own), min(cost.painted for cost in own)
        keys = [seconds * 1000 for cost in own for seconds in cost.keys]
        told = f"{percentile(keys, 0.5):.0f} ms | {percentile(keys, 0.99):.0f} ms" if keys else "– | –"
        print(
            f"| {peer.name} | {work * 1000:.0f} ms | {work / floor:.1f}× | {least * 1000:.0f} ms "
            f"| {min(cost.settled for cost in own) * 1000:.0f} ms | {told} | {own[0].processor:.1%} "
            f"| {own[0].memory:.0f} MB |"
        )


if __name__ == "__main__":
    main()
