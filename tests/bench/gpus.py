"""GPU telemetry: what a sweep costs beside nvitop and gpustat on the same stand-in, keys with 64 GPUs, age over ssh."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figures import percentile, tell
from tests.bench.startup import RBT
from tests.bench.terminal import Terminal
from tests.stand_in.truth import MIB, WHY_NOT, Truth, build, compiler, install_smi

SECONDS = 15
OTHERS = ("nvitop==1.7.2", "gpustat==1.1.1")
HERE = Path(__file__).parents[2]
SWEEPS = """
import statistics, sys, time
sys.argv = ["probe"]
from pathlib import Path
from runbook_tui.signals.gpu import binding, probe
nvml = binding.load()
nvml.nvmlInit()
one = probe.Probe(nvml, interval=1.0, kernel_log=Path("/nonexistent"))
one.sweep(slow=True)
def timed(slow):
    times = []
    for _ in range(60):
        begin = time.perf_counter()
        one.sweep(slow=slow)
        times.append(time.perf_counter() - begin)
    return min(times), statistics.median(times)
print(*timed(False), *timed(True))
sys.stdout.flush()
import os; os._exit(0)
"""
NVITOP = """
import statistics, time
from nvitop import Device
devices = Device.all()
times = []
for _ in range(30):
    begin = time.perf_counter()
    for device in devices:
        with device.oneshot():
            device.as_snapshot(); device.processes()
    times.append(time.perf_counter() - begin)
print(min(times), statistics.median(times))
"""
GPUSTAT = """
import statistics, time
import gpustat
times = []
for _ in range(30):
    begin = time.perf_counter()
    gpustat.new_query()
    times.append(time.perf_counter() - begin)
print(min(times), statistics.median(times))
"""


def others(folder: Path) -> Path:
    """nvitop and gpustat in a place of their own."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *OTHERS], check=True)
    return python


def seconds_of(python: Path | str, code: str, environment: dict[str, str]) -> list[float]:
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, **environment}, cwd=HERE
    )
    if done.returncode:
        raise SystemExit(done.stderr[-1000:])
    return [float(word) for word in done.stdout.split()]


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and its children so far."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat.parent.name) == pid or int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def share(argv: list[str], environment: dict[str, str], shows: bytes = b"H100") -> float:
    """CPU share of a program in a terminal while it shows 8 GPUs once a second."""
    terminal = Terminal(argv, columns=160, rows=48, env=environment)
    try:
        terminal.wait_for(shows, 30)
        terminal.settle(3.0)
        cpu, wall = cpu_of(terminal.pid), time.perf_counter()
        while time.perf_counter() - wall < SECONDS:
            terminal.read(0.5)
        return (cpu_of(terminal.pid) - cpu) / (time.perf_counter() - wall)
    finally:
        terminal.kill()


def probe_share(environment: dict[str, str]) -> float:
    """CPU share of our reader alone, at one sweep a second."""
    reader = subprocess.Popen(
        [sys.executable, "-m", "runbook_tui.signals.gpu.probe"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env={**os.environ, **environment}, cwd=HERE,
    )  # fmt: skip
    try:
        time.sleep(3)
        cpu, wall = cpu_of(reader.pid), time.perf_counter()
        time.sleep(SECONDS)
        return (cpu_of(reader.pid) - cpu) / (time.perf_counter() - wall)
    finally:
        reader.kill()
        reader.wait()


def beside_others(folder: Path, library: Path) -> None:
    truth = Truth(folder, 8)
    for index, gpu in enumerate(truth.gpus):
        gpu["procs"] = ",".join(f"{4_000_000 + 10 * index + n}:{n * 100 * MIB}" for n in range(3))
    truth.write()
    environment = truth.environment(library)
    python = others(folder)
    fast, fast_median, slow, slow_median = seconds_of(sys.executable, SWEEPS, environment)
    nvitop, nvitop_median = seconds_of(python, NVITOP, environment)
    gpustat, gpustat_median = seconds_of(python, GPUSTAT, environment)
    tell("one sweep of 8 GPUs, every second: least / median ms", f"{fast * 1e3:.2f} / {fast_median * 1e3:.2f}")
    tell("one sweep of 8 GPUs, every ten seconds: least / median ms", f"{slow * 1e3:.2f} / {slow_median * 1e3:.2f}")
    tell(
        "nvitop, snapshot and processes of 8: least / median ms",
        f"{nvitop * 1e3:.2f} / {nvitop_median * 1e3:.2f}",
        f"{nvitop / fast:.1f}× ours",
    )
    tell(
        "gpustat, one query of 8: least / median ms",
        f"{gpustat * 1e3:.2f} / {gpustat_median * 1e3:.2f}",
        f"{gpustat / fast:.1f}× ours",
    )
    tell("our reader's process at 1 Hz, share of a core", f"{probe_share(environment):.1%}")
    bin_ = python.parent
    state = {"RBT_STATE": str(folder / "state")}
    tell("rbt gpu --watch (screen and reader)", f"{share([RBT, 'gpu', '--watch'], environment | state):.1%}")
    tell(
        "nvitop -m full --interval 1",
        f"{share([str(bin_ / 'nvitop'), '-m', 'full', '--interval', '1'], environment, b'NVITOP'):.1%}",
    )
    tell("gpustat --interval 1", f"{share([str(bin_ / 'gpustat'), '--interval', '1', '--no-color'], environment):.1%}")


def recording(path: Path, hosts: int, gpus: int, readings: int) -> Path:
    """A fleet that changes every second."""
    lines = [{"schema": "runbook-tui/gpu-recording@1", "started": 0.0}]
    for second in range(readings):
        for host in range(hosts):
            devices = [
                {
                    "uuid": f"GPU-{host:02}-{index}", "index": index, "name": "NVIDIA H100", "at": float(second),
                    "util": float((second * 7 + index * 13 + host) % 101), "memory_used": (second % 60 + 10) << 30,
                    "memory_total": 80 << 30, "power": 300.0 + second % 50, "power_limit": 700.0,
                    "temperature": 60.0 + second % 9, "temperature_slowdown": 87.0, "throttle": [], "processes": [],
                }
                for index in range(gpus)
            ]  # fmt: skip
            lines.append({"host": f"node-{host:02}", "source": "nvml", "at": float(second), "gpus": devices})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def key_times(path: Path, state: Path, keys: int) -> list[float]:
    """From `j` or `k` until the device under the cursor stands in full on the screen."""
    terminal = Terminal(
        [RBT, "gpu", "--watch", "--replay", str(path)], columns=160, rows=48, env={"RBT_STATE": str(state)}
    )
    times = []
    try:
        terminal.wait_for(b"GPU-00-0", 30)
        terminal.settle(3.0)
        for number in range(keys):
            key, there = (b"j", b"GPU-00-1") if number % 2 == 0 else (b"k", b"GPU-00-0")
            begin = time.perf_counter()
            terminal.press(key)
            terminal.wait_for(there, 10)
            times.append(time.perf_counter() - begin)
            quiet = time.perf_counter() + 0.13
            while time.perf_counter() < quiet:
                terminal.read(quiet - time.perf_counter())
    finally:
        terminal.kill()
    return times


def keys_with_64(folder: Path) -> None:
    still = recording(folder / "two", 1, 2, 1)
    live = recording(folder / "fleet", 8, 8, 60)
    idle = key_times(still, folder / "state", 100)
    busy = key_times(live, folder / "state", 100)
    for name, share_ in (("p50", 0.5), ("p95", 0.95)):
        a, b = percentile(idle, share_), percentile(busy, share_)
        tell(
            f"key to paint with 64 GPUs at 1 Hz / 2 still ones, {name}",
            f"{b * 1e3:.0f} ms / {a * 1e3:.0f} ms = {b / a:.1f}×",
            "aim ≤ 2×",
        )


async def remote_age(folder: Path, library: Path) -> None:
    """How old the newest value of another machine is, over a real sshd where there is one."""
    from runbook_tui.records import SystemClock
    from runbook_tui.run.fleet import HostSpec
    from runbook_tui.signals.gpu.smi import SmiSource
    from runbook_tui.targets.ssh.hosts import SshHosts
    from runbook_tui.targets.ssh.settings import SshSettings
    from tests.ssh.hosts import start_hosts
    from tests.ssh.sshd import no_sshd

    if reason := no_sshd():
        tell("age of the newest remote value", reason)
        return
    there = folder / "there"
    there.mkdir()
    truth = Truth(there, 8)
    programs = install_smi(there / "bin")

    with start_hosts(1, folder / "bed", private=False) as bed:
        hosts = SshHosts(SshSettings(config=(bed.config,), known_hosts=(bed.known_hosts,)), clock=SystemClock())
        plain = hosts.lines(HostSpec(name=bed.names[0]))

        class Prepared:
            host = plain.host

            def lines(self, command: str):
                return plain.lines(f"export PATH={programs}:/usr/bin:/bin RBT_STAND_IN={truth.path}; {command}")

        source = SmiSource(SystemClock(), Prepared(), interval=1.0)
        source.start()
        while not source.latest().gpus:
            await asyncio.sleep(0.1)
        ages, delays = [], []
        for value in range(10, 22):
            await asyncio.sleep(0.7)
            began = time.perf_counter()
            truth.tell(0, util=value)
            while source.latest().gpus[0].util != value:
                await asyncio.sleep(0.01)
                ages.append(source.latest().gpus[0].age)
            delays.append(time.perf_counter() - began)
        await source.close()
        await hosts.close()
    tell(
        "over ssh at 1 Hz: age of the newest value, median / greatest s",
        f"{statistics.median(ages):.2f} / {max(ages):.2f}",
    )
    tell(
        "over ssh at 1 Hz: from a change there to here, median / greatest s",
        f"{statistics.median(delays):.2f} / {max(delays):.2f}",
    )


def main() -> None:
    if compiler() is None:
        raise SystemExit(WHY_NOT)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)
        library = build(folder)
        keys_with_64(folder)
        asyncio.run(remote_age(folder, library))
        beside_others(folder, library)
