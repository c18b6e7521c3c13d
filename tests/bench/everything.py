"""Key to paint under each load and under all of them at once, against the same app idle in the same run; 1 GB behind.

One command runs at a time in a run: what many hosts cost is measured by `remote`.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.bench.figures import percentile, tell
from tests.bench.startup import RBT
from tests.bench.terminal import DOWN, Terminal
from tests.stand_in.truth import Truth, build, compiler

STEPS, FEW = 10_000, 100
RATE, SECONDS = 200_000, 25  # lines a second, for so long
CONDITIONS, GPUS = 200, 64
KEYS = 100
GIGABYTE = 1_000_000_000
PRODUCER = Path(__file__).with_name("producer.py")
QUICK = "--quick" in sys.argv


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
    folder: Path, name: str, *, steps: int, command: str = "", conditions: int = 0, port: int = 0, gpus: bool = False
) -> Path:
    path = folder / f"{name}.md"
    parts = []
    if conditions:
        signals = {
            f"queue depth {n}": {"text": f"http://127.0.0.1:{port}/", "query": f'depth{{n="{n}"}}'}
            for n in range(conditions)
        }
        parts.append("---\nrbt: " + json.dumps({"every": "5s", "signals": signals}) + "\n---\n")
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


def run(
    path: Path, folder: Path, env: dict[str, str], *, starts: bool, wants: bytes, words: tuple[str, ...] = ()
) -> tuple[list[float], float]:
    """Key times, and the share of a core; `starts` runs the command first."""
    state = folder / f"state-{path.stem}"
    terminal = Terminal([RBT, str(path), *words], columns=160, rows=48, env={"RBT_STATE": str(state), **env})
    try:
        terminal.wait_for(b"token-00003", 90)
        terminal.settle(1.0)
        if starts:
            terminal.press(b"\r")
            terminal.wait_for(b"run it", 30)
            time.sleep(0.4)
            terminal.press(b"y")
            terminal.wait_for(wants, 60)
            terminal.press(DOWN)  # from the command to the first box
            terminal.wait_for(b"Part 0", 20)
            terminal.press(DOWN)
            terminal.wait_for(b"token-00000", 20)
        else:
            time.sleep(3.0)
            terminal.settle(0.5)
        cpu, wall = terminal.cpu_seconds(), time.perf_counter()
        times = terminal.walk("token-{:05d}", 1, (40 if QUICK else KEYS) // 2)
        return times, (terminal.cpu_seconds() - cpu) / (time.perf_counter() - wall)
    finally:
        terminal.kill()


def say(name: str, taken: tuple[list[float], float], idle: tuple[list[float], float]) -> None:
    times, share = taken
    p50, p99, still = percentile(times, 0.5), percentile(times, 0.99), percentile(idle[0], 0.99)
    tell(
        f"{name}: key to paint p50; p99 / idle p99; share of a core",
        f"{p50 * 1e3:.0f} ms; {p99 * 1e3:.0f} ms / {still * 1e3:.0f} ms = {p99 / still:.1f}×; {share:.0%}",
        "aim < 20 ms, ≤ 2×",
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


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_port
    flood = f"{sys.executable} {PRODUCER} {RATE} {SECONDS}"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)
        gpus: dict[str, str] = {}
        if compiler() is not None:
            gpus = Truth(folder, GPUS).environment(build(folder))
        idle = run(document(folder, "idle", steps=FEW), folder, {}, starts=False, wants=b"")
        say("idle, 100 steps", idle, idle)
        loads = {
            f"{STEPS:,} steps": (document(folder, "long", steps=STEPS), {}, False),
            f"{RATE:,} lines/s": (document(folder, "flood", steps=FEW, command=flood), {}, True),
            f"{CONDITIONS} conditions": (document(folder, "watched", steps=FEW, conditions=CONDITIONS, port=port), {}, False),
            f"{GPUS} GPUs": (document(folder, "gpus", steps=FEW, gpus=True), gpus, False),
            "all at once": (
                document(folder, "all", steps=STEPS, command=flood, conditions=CONDITIONS, port=port, gpus=True),
                gpus,
                True,
            ),
        }  # fmt: skip
        for name, (path, env, starts) in loads.items():
            say(name, run(path, folder, env, starts=starts, wants=b"line "), idle)
        again = run(document(folder, "idle-again", steps=FEW), folder, {}, starts=False, wants=b"")
        tell(
            "  the idle app at the end of the run, p50 / p99",
            f"{statistics.median(again[0]) * 1e3:.0f} / {percentile(again[0], 0.99) * 1e3:.0f} ms",
        )
        a_gigabyte(folder)
    server.shutdown()
