"""The whole app against a host over ssh: a line printed there until it is painted here, and 1 GB of output."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from runbook_tui.journal.output import HEAD, TAIL
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.records import SystemClock
from tests.bench.aside import aside
from tests.bench.figures import percentile, tell
from tests.bench.startup import RBT
from tests.bench.terminal import Terminal
from tests.ssh import Hosts

LINES = 200
GIGABYTE = 1_000_000_000
PATIENCE = 240.0  # seconds
ASKED = 5.0  # seconds without a line after which it has asked for a yes
_TICK = re.compile(rb"tick(\d{10}\.\d{6})")


def painted(hosts: Hosts) -> None:
    """By itself, and while another process connects to all the hosts."""
    _painted(hosts, "remote line printed → painted")
    with aside(hosts, but=1):  # all but the one that the line comes from, and what shares its sshd
        _painted(hosts, f"  while {len(hosts)} hosts are connected to beside it", connecting=True)


def _painted(hosts: Hosts, what: str, *, connecting: bool = False) -> None:
    """Each line carries the time it was printed; the same line counts once, when it is seen whole."""
    connect = [sys.executable, "-m", "tests.bench.remote_worker", "ours-cold", str(hosts.home), *hosts.names]
    beside: subprocess.Popen[bytes] | None = None
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        ticking = f"for i in {{1..{LINES}}}; do echo tick$EPOCHREALTIME; sleep 0.037; done"
        document = folder / "ticks.md"
        document.write_text(f"# Ticks\n\n## Go\n\n```bash\n# Tick\n{ticking}\n```\n")
        environment = {"RBT_STATE": str(folder / "state"), "HOME": str(hosts.home)}
        terminal = Terminal([RBT, "run", str(document), "--target", hosts.names[0]], env=environment)
        late: dict[bytes, float] = {}
        try:
            terminal.wait_for(b"Tick")
            terminal.settle()
            terminal.press(b"\r")
            ask = time.perf_counter() + ASKED
            end = ask + LINES * 0.037 * 4 + 20
            rest = b""
            while time.perf_counter() < end and b"exit status 0" not in rest:
                rest = rest[-64:] + terminal.read(1)
                now = time.time()
                if connecting and len(late) > LINES // 20 and (beside is None or beside.poll() is not None):
                    beside = subprocess.Popen(connect, stdout=subprocess.DEVNULL)
                if not late and time.perf_counter() > ask:
                    terminal.press(b"y")  # it asks
                    ask = end
                for tick in _TICK.findall(rest):
                    late.setdefault(tick, now - float(tick))
        finally:
            terminal.kill()
            if beside is not None:
                beside.kill()
                beside.wait()
    times = [late[tick] for tick in sorted(late)][LINES // 20 :]  # the first ones wait for their panel
    if not times:
        tell(what, "not taken: no line was seen")
        return
    tell(
        f"{what}, p50, p99",
        f"{percentile(times, 0.5) * 1e3:.0f}, {percentile(times, 0.99) * 1e3:.0f} ms ({len(late)} of {LINES} seen)",
        "aim p99 < 100 ms",
    )


def gigabyte(hosts: Hosts) -> None:
    """Bounded memory; the record has the hash and the count of all of it."""
    command = f"seq 100000000 300000000 | head -c {GIGABYTE}"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        document = folder / "large.md"
        document.write_text(f"# Large\n\n## Go\n\n```bash\n{command}\n```\n")
        environment = {**os.environ, "RBT_STATE": str(folder / "state"), "HOME": str(hosts.home)}
        words = [RBT, "run", str(document), "--headless", "--yes", "--target", hosts.names[0]]
        began = time.perf_counter()
        app = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE)
        assert app.stdout is not None
        too_long = threading.Timer(PATIENCE, app.kill)
        too_long.start()
        said = app.stdout.read().decode()
        too_long.cancel()
        _, status, used = os.wait4(app.pid, 0)
        app.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        assert app.returncode == 0, f"rbt ended with {app.returncode} after {wall:.0f} s: {said[-300:]}"
        run = said.split()[1]
        told = json.loads(
            subprocess.run([RBT, "status", run, "--json"], env=environment, check=True, capture_output=True).stdout
        )
        kept = sum(file.stat().st_size for file in (folder / "state").rglob("*") if file.is_file())
        job = told["steps"][0]["jobs"][0]
        parts = asyncio.run(_kept(folder / "state", run, job["job"]))
    digest, first, last = _read_here(command)
    right = job["output_bytes"] == GIGABYTE and job["output_sha256"] == digest
    ends = [(0, first), (GIGABYTE - TAIL, last)]
    tell(
        "1 GB of output from a host: peak memory of rbt; on disk",
        f"{used.ru_maxrss / 1024:.0f} MB; {kept / 1e6:.0f} MB in {wall:.0f} s",
        "bounded",
    )
    tell("  count and sha256 in the record are those of the whole", "yes" if right else "NO", "aim yes")
    tell("  kept are its first 1 MB and its last 9 MB, byte by byte", "yes" if parts == ends else "NO", "aim yes")


async def _kept(state: Path, run: str, job: str) -> list[tuple[int, bytes]]:
    journal = await SqliteJournal.open(state, clock=SystemClock(), actor="bench", read_only=True)
    try:
        return [(piece.offset, piece.data) for piece in await journal.read_output(run, job)]
    finally:
        await journal.close()


def _read_here(command: str) -> tuple[str, bytes, bytes]:
    """The hash, the start and the end of what the command prints."""
    digest, first, last = hashlib.sha256(), bytearray(), bytearray()
    with subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE) as producer:
        while data := producer.stdout.read(1 << 20):  # type: ignore[union-attr]
            digest.update(data)
            first += data[: HEAD - len(first)]
            last += data
            if len(last) > 8 * TAIL:
                del last[:-TAIL]
    return digest.hexdigest(), bytes(first), bytes(last[-TAIL:])
