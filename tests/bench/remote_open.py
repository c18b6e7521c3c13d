"""`true` on open connections: ours, bare asyncssh, and OpenSSH's ControlMaster.

Each figure is the median of rounds that follow each other at once, each after the same rest and every other time in the
opposite order: whoever came later, or in a busier minute, had the worse of it. Nobody but us makes files there, and on
some disks (ext4 without a journal) a new file takes several times longer for a minute or more after many were removed,
as the hosts of an earlier run are: it is waited until that is over, and how long a new file took is told.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.bench.contending import CURVE, PATIENCE, Failed, Figures, least, median, ratio, timed
from tests.bench.figures import tell
from tests.ssh import Hosts

REST = 0.5  # seconds before each round
RESTED = 100e-6  # seconds that a new file takes where none were removed lately
LONGEST_REST = 90.0  # seconds until it does


class _Rounds:
    """A worker that does another round whenever it is asked for."""

    def __init__(self, mode: str, hosts: Hosts, names: list[str]) -> None:
        words = [sys.executable, "-m", "tests.bench.remote_worker", mode, str(hosts.home), *names]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def round(self) -> Figures:
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Figures:
        there = select.select([self._process.stdout], [], [], PATIENCE)[0]
        if not there or not (line := self._process.stdout.readline()):
            self._process.kill()
            raise Failed("ended without a word" if there else f"not done within {PATIENCE:.0f} s")
        return json.loads(line)


def _seconds_for_a_file(folder: Path) -> float:
    place = Path(tempfile.mkdtemp(dir=folder))  # stays: what is removed makes the next ones slower
    began = time.perf_counter()
    for number in range(100):
        (place / str(number)).touch()
    return (time.perf_counter() - began) / 100


def _let_rest(folder: Path) -> float:
    """Wait until a new file takes no longer there than elsewhere; seconds that it takes then."""
    until = time.monotonic() + LONGEST_REST
    while (took := _seconds_for_a_file(folder)) > RESTED and time.monotonic() < until:
        time.sleep(5)
    return took


def warm(hosts: Hosts, count: int, turns: int) -> None:
    """On open connections; OpenSSH's masters are opened first and not counted."""
    names = hosts.names[:count]
    file = _let_rest(hosts[0].home_here)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, ExitStack() as stack:
        masters = f"-F {hosts.config} -o BatchMode=yes {CURVE} -o ControlPath={folder}/%n"
        listed = "\\n".join(names)
        multiplexed = f"printf '{listed}\\n' | xargs -P 50 -I% ssh {masters} % true"
        contenders: dict[str, Callable[[], Figures]] = {}
        for name, mode in (("ours", "ours-warm"), ("ours, for a shell", "lines-warm"), ("bare", "bare-warm")):
            contenders[name] = stack.enter_context(_Rounds(mode, hosts, names)).round
        stack.callback(_close_masters, Path(folder), hosts)
        try:
            timed(f"printf '{listed}\\n' | xargs -P 10 -I% ssh {masters} -o ControlMaster=yes -fN %")
            timed(multiplexed)
            contenders["mux"] = lambda: timed(multiplexed)
        except Failed as error:
            tell("  OpenSSH's ControlMaster", f"left out: {error}")
        taken: dict[str, list[Figures]] = {name: [] for name in contenders}
        for turn in range(turns):
            for name in list(contenders)[:: -1 if turn % 2 else 1]:
                time.sleep(REST)
                taken[name].append(contenders[name]())
    ours = median(taken["ours"], "wall")
    if "mux" in taken:
        tell(
            f"true on {count} open connections, wall: ours / OpenSSH's ControlMaster",
            ratio(ours, median(taken["mux"], "wall")),
            "aim ≤ 0.5×" if count == 100 else "",
        )
        tell(
            "  the least of the rounds of each",
            ratio(least(taken["ours"], "wall"), least(taken["mux"], "wall")),
        )
        tell(
            "  a line for a shell, whose state is kept: wall, ours / OpenSSH's ControlMaster with true",
            ratio(median(taken["ours, for a shell"], "wall"), median(taken["mux"], "wall")),
        )
        tell(
            "  client CPU, ours / OpenSSH's ControlMaster",
            ratio(median(taken["ours"], "cpu"), median(taken["mux"], "cpu")),
        )
    tell(
        f"  CPU of the hosts for it: {', '.join(taken)}",
        ", ".join(f"{median(taken[who], 'hosts') * 1e3:.0f}" for who in taken) + " ms",
    )
    tell(
        "  processes started for each command, sshd's included: ours, bare asyncssh",
        ", ".join(f"{least(taken[who], 'forks'):.1f}" for who in ("ours", "bare")),
    )
    tell(
        f"  {count} open connections, ours / bare asyncssh: wall; client CPU",
        f"{ratio(ours, median(taken['bare'], 'wall'))}; "
        f"{ratio(median(taken['ours'], 'cpu'), median(taken['bare'], 'cpu'))}",
    )
    tell("  a new file on the disk of the hosts", f"{file * 1e6:.0f} µs")


def _close_masters(folder: Path, hosts: Hosts) -> None:
    for socket in folder.iterdir():
        words = ["ssh", "-F", str(hosts.config), "-o", f"ControlPath={socket}", "-O", "exit", socket.name]
        subprocess.run(words, capture_output=True, check=False)
