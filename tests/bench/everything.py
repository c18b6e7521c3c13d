"""Key to paint under each load and under all of them at once, against the same app idle in the same run; 1 GB behind.

The hosts are sshd processes on this machine that stand for others: what they take of it is kept small (`aside`).
All at once, the lines come from the hosts. `--only=hosts,idle` takes the loads with one of these words in their names.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.bench.aside import aside
from tests.bench.figures import percentile, tell
from tests.bench.startup import RBT
from tests.bench.terminal import DOWN, UP, Terminal
from tests.ssh import no_sshd, start_hosts
from tests.stand_in.truth import Truth, build, compiler

STEPS, FEW = 10_000, 100
RATE, SECONDS = 200_000, 25  # lines a second, for so long
CONDITIONS, GPUS, HOSTS = 200, 64, 50
GIGABYTE = 1_000_000_000
PRODUCER = Path(__file__).with_name("producer.py")
QUICK = "--quick" in sys.argv
KEYS, ROUNDS = (40 if QUICK else 100), 10
ONLY = [word for arg in sys.argv if arg.startswith("--only=") for word in arg.removeprefix("--only=").split(",")]
WEB = ("--target", "web")
PRINTED = b"never pauses"  # stands in what commands print, and in no command


class Page(BaseHTTPRequestHandler):
    """A metrics page with a value for each condition."""

    def do_GET(self) -> None:
        body = "".join(f'depth{{n="{n}"}} {n % 7}\n' for n in range(CONDITIONS)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


def document(
    folder: Path,
    name: str,
    *,
    steps: int,
    command: str = "",
    conditions: int = 0,
    port: int = 0,
    gpus: bool = False,
    hosts: list[str] | None = None,
) -> Path:
    path = folder / f"{name}.md"
    parts, front = [], []
    if hosts:
        front.append("targets: " + json.dumps({"web": {"hosts": hosts}}))
    if conditions:
        signals = {
            f"queue depth {n}": {"text": f"http://127.0.0.1:{port}/", "query": f'depth{{n="{n}"}}'}
            for n in range(conditions)
        }
        front.append("rbt: " + json.dumps({"every": "5s", "signals": signals}))
    if front:
        parts.append("---\n" + "\n".join(front) + "\n---\n")
    parts.append(f"# Load {name}\n")
    if gpus:
        parts.append("The GPUs of this host are watched with NVML.\n")
    if command:
        parts.append(f"## Go\n\n```bash\n# Start it\n{command}\n```\n")
    for part in range(0, steps, 100):
        boxes = "\n".join(f"- [ ] token-{n:05d}" for n in range(part, min(part + 100, steps)))
        parts.append(f"## Part {part // 100}\n\n{boxes}\n")
    if conditions:
        rows = "\n".join(f"- [ ] Queue depth {n} > 1000 for 5 minutes" for n in range(conditions))
        parts.append(f"## Rollback criteria\n\nRoll back immediately if:\n\n{rows}\n")
    path.write_text("\n".join(parts))
    return path


Taken = tuple[list[float], list[float], float]


def opened(path: Path, folder: Path, env: dict[str, str], words: tuple[str, ...] = ()) -> Terminal:
    words = ("run", str(path), *words) if words else (str(path),)
    state = folder / f"state-{path.stem}"
    terminal = Terminal([RBT, *words], columns=160, rows=48, env={"RBT_STATE": str(state), **env})
    try:
        terminal.wait_for(b"token-00003", 90)
        terminal.settle(1.0)
    except BaseException:
        terminal.kill()
        raise
    return terminal


def start(terminal: Terminal, *, looks: bool) -> None:
    """The command of the document, until its output is seen; the cursor on the first box."""
    terminal.press(b"\r")
    if looks:
        terminal.wait_for(b" hosts can go on", 120)
        time.sleep(0.4)
        terminal.press(b"c")
    terminal.wait_for(b"run it", 30)
    answer(terminal)
    terminal.press(DOWN)
    terminal.wait_for(b"Part 0", 20)
    terminal.press(DOWN)
    terminal.wait_for(b"token-00000", 20)


def answer(terminal: Terminal) -> None:
    """Yes, until the command prints: on a busy machine a key may come before the question counts (`questions.REST`).

    What is typed below an open question moves nothing. Once it is answered the key copies the command, and no more.
    """
    end = time.perf_counter() + 90
    while True:
        time.sleep(0.4)
        terminal.press(b"y")
        try:
            terminal.wait_for(PRINTED, 5)
        except TimeoutError:
            if time.perf_counter() > end:
                raise
        else:
            return


def walked(terminal: Terminal, beside: Terminal) -> Taken:
    """Key times of an app and of an idle one in the same seconds, and the app's share of a core."""
    times: list[float] = []
    still: list[float] = []
    cpu, wall = terminal.cpu_seconds(), time.perf_counter()
    for box in range(1, 1 + ROUNDS):
        for each, into in ((terminal, times), (beside, still)):
            while each.read(0.0):
                each.painted = b""
            into += each.walk("token-{:05d}", box, box + KEYS // ROUNDS // 2)
    share = (terminal.cpu_seconds() - cpu) / (time.perf_counter() - wall)
    beside.press(UP * ROUNDS)
    beside.settle(0.5)
    return times, still, share


def run(
    path: Path, folder: Path, env: dict[str, str], beside: Terminal, *, starts: bool, words: tuple[str, ...] = ()
) -> Taken:
    terminal = opened(path, folder, env, words)
    try:
        if starts:
            start(terminal, looks=WEB[0] in words)
        else:
            time.sleep(3.0)
            terminal.settle(0.5)
        return walked(terminal, beside)
    finally:
        terminal.kill()


def say(name: str, taken: Taken, idle: list[float]) -> None:
    p50, p99 = percentile(taken[0], 0.5), percentile(taken[0], 0.99)
    alone, beside = percentile(idle, 0.99), percentile(taken[1], 0.99)
    tell(
        f"{name}: key to paint p50; p99; share of a core",
        f"{p50 * 1e3:.0f} ms; {p99 * 1e3:.0f} ms; {taken[2]:.0%}",
        "aim < 20 ms",
    )
    tell(
        "  p99 / of the idle app before; / of one beside it",
        f"{p99 / alone:.1f}× of {alone * 1e3:.0f} ms; {p99 / beside:.1f}× of {beside * 1e3:.0f} ms",
        f"aim ≤ 2× (p50 of the one beside: {percentile(taken[1], 0.5) * 1e3:.0f} ms)",
    )


def a_gigabyte(folder: Path) -> None:
    """Memory of the app with 1 GB printed, and how soon its first and last line and a word in it are on the screen."""
    lines = GIGABYTE // 100 if not QUICK else GIGABYTE // 1000
    filler = "what a line of a log may say " * 2 + "and then some more."
    path = document(
        folder, "gigabyte", steps=FEW, command=f"seq -f 'row %012.0f {filler}' 1 {lines}; echo over-and-\"\"out"
    )
    terminal = Terminal([RBT, str(path)], columns=160, rows=48, env={"RBT_STATE": str(folder / "state-gigabyte")})
    try:
        terminal.wait_for(b"token-00003", 60)
        terminal.settle(1.0)
        terminal.press(b"\r")
        terminal.settle(1.0, 3)
        if b"run it" in terminal.painted:
            terminal.press(b"y")
        if b"over-and-out" not in terminal.painted:  # as soon as that where little is printed
            terminal.wait_for(b"over-and-out", 500)
        terminal.settle(1.0)
        status = Path(f"/proc/{terminal.pid}/status").read_text()
        held = {
            line.split(":")[0]: int(line.split()[1]) / 1024
            for line in status.splitlines()
            if line.startswith(("VmRSS", "VmHWM"))
        }
        tell(
            f"{lines * 97 / 1e9:.1f} GB of output behind: memory now / at most",
            f"{held['VmRSS']:.0f} / {held['VmHWM']:.0f} MB",
            "aim < 150 MB",
        )
        terminal.press(b"l")
        terminal.wait_for(b"pager", 20)
        begin = time.perf_counter()
        terminal.press(b"g")
        terminal.wait_for(b"row 000000000001 ", 20)
        first = time.perf_counter() - begin
        begin = time.perf_counter()
        terminal.press(b"f")
        terminal.wait_for(b"over-and-out", 20)
        last = time.perf_counter() - begin
        terminal.press(b"g/")
        terminal.settle(0.3, 2)
        begin = time.perf_counter()
        terminal.press(f"row {lines // 2:012d}".encode())
        terminal.wait_for(b": 1 of 1 line", 300)
        tell(
            "  to its first line / to its last / a word in the middle found and counted",
            f"{first * 1e3:.0f} ms / {last * 1e3:.0f} ms / {time.perf_counter() - begin:.1f} s",
        )
    finally:
        terminal.kill()


def wanted(name: str) -> bool:
    return not ONLY or any(word in name for word in ONLY)


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_port
    flood = f"{sys.executable} {PRODUCER} {RATE} {SECONDS}"
    tell(
        "processes that wanted a core before, 1 / 5 / 15 minutes", " / ".join(f"{load:.1f}" for load in os.getloadavg())
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        gpus: dict[str, str] = {}
        if compiler() is not None:
            gpus = Truth(folder, GPUS).environment(build(folder))
        names: list[str] = []
        home: dict[str, str] = {}
        if any(wanted(name) for name in (f"{HOSTS} hosts", "all at once")) and not no_sshd():
            bed = stack.enter_context(start_hosts(HOSTS, folder / "bed", per_daemon=16, max_startups="1000:30:2000"))
            stack.enter_context(aside(bed))
            names, home = bed.names, {"HOME": str(bed.home)}
        each = f"touch begun; for i in $(seq {SECONDS}); do seq -f 'line %.0f of a flood that never pau''ses' {RATE // HOSTS}; sleep 1; done"
        few = f"touch begun; for i in $(seq {SECONDS * 2}); do echo line $i of $(hostname), never pau''ses; sleep 0.5; done"
        beside = opened(document(folder, "beside", steps=FEW), folder, {})
        stack.callback(beside.kill)
        idle = run(document(folder, "idle", steps=FEW), folder, {}, beside, starts=False)
        say("idle, 100 steps", idle, idle[0])
        loads: dict[str, tuple[Path, dict[str, str], bool]] = {
            f"{STEPS:,} steps": (document(folder, "long", steps=STEPS), {}, False),
            f"{RATE:,} lines/s": (document(folder, "flood", steps=FEW, command=flood), {}, True),
            f"{CONDITIONS} conditions": (document(folder, "watched", steps=FEW, conditions=CONDITIONS, port=port), {}, False),
            f"{GPUS} GPUs": (document(folder, "gpus", steps=FEW, gpus=True), gpus, False),
            f"{HOSTS} hosts": (document(folder, "hosts", steps=FEW, command=few, hosts=names), home, True),
            "all at once": (
                document(
                    folder,
                    "all",
                    steps=STEPS,
                    command=each if names else flood,
                    conditions=CONDITIONS,
                    port=port,
                    gpus=True,
                    hosts=names,
                ),
                {**gpus, **home},
                True,
            ),
        }  # fmt: skip
        for name, (path, env, starts) in loads.items():
            if not wanted(name):
                continue
            words = WEB if names and "HOME" in env else ()
            if "hosts" in name and not words:
                tell(name, f"not taken: {no_sshd()}")
                continue
            say(name, run(path, folder, env, beside, starts=starts, words=words), idle[0])
        again = run(document(folder, "idle-again", steps=FEW), folder, {}, beside, starts=False)
        tell(
            "  the idle app at the end of the run, p50 / p99",
            f"{statistics.median(again[0]) * 1e3:.0f} / {percentile(again[0], 0.99) * 1e3:.0f} ms",
        )
        if wanted("gigabyte"):
            a_gigabyte(folder)
    server.shutdown()
