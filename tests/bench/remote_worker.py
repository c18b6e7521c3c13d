"""One contender in a process of its own, so that its CPU time is its own: `python -m tests.bench.remote_worker MODE …`.

Prints one JSON line; for `…-warm` one when all hosts are connected to, and one more for each line of its stdin.
The first word of a mode says who works: `ours` (supervisor included) or `bare` (asyncssh alone).
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import sys
import time
from pathlib import Path

FAN_OUT = 50  # at once, as the peers are told
# bash tells the time without starting anything.
TICKS = "i=0; while [ $i -lt {count} ]; do echo $EPOCHREALTIME; i=$((i + 1)); sleep {pause}; done"


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def machine_cpu() -> float:
    """Seconds all processes together have used; 0 where nobody tells."""
    try:
        with Path("/proc/stat").open() as stat:
            user, nice, system, _, _, irq, soft = (int(word) for word in stat.readline().split()[1:8])
    except (OSError, ValueError):
        return 0.0
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def machine_forks() -> int:
    """Processes (threads too) started on this machine since it was; 0 where nobody tells."""
    try:
        return next(int(line.split()[1]) for line in Path("/proc/stat").open() if line.startswith("processes "))
    except (OSError, StopIteration):
        return 0


class Ours:
    """The target of this project, as the app uses it."""

    TRUE = "true"

    def __init__(self, home: Path) -> None:
        from runbook_tui.records import SystemClock
        from runbook_tui.targets.ssh.hosts import SshHosts
        from runbook_tui.targets.ssh.settings import SshSettings

        files = {"config": (home / ".ssh/config",), "known_hosts": (home / ".ssh/known_hosts",)}
        self._hosts = SshHosts(SshSettings(**files), clock=SystemClock())
        self._run = f"bench-{os.urandom(4).hex()}"
        self._number = 0

    async def job(self, name: str, text: str):
        from runbook_tui.run.fleet import HostSpec
        from runbook_tui.run.ports import JobOrder

        self._number += 1
        order = JobOrder(run=self._run, job=f"j{self._number}-{os.urandom(4).hex()}", text=text, home="/")
        return await self._hosts.target(HostSpec(name=name)).start(order)

    async def true(self, name: str) -> None:
        assert (await (await self.job(name, self.TRUE)).wait()).exit == 0

    async def read(self, name: str, command: str, take) -> None:
        job = await self.job(name, command)
        async for chunk in job.output():
            take(chunk)
        assert (await job.wait()).exit == 0

    async def close(self) -> None:
        await self._hosts.close()


class Lines(Ours):
    """The same with a text that only a shell can run, whose state is kept."""

    TRUE = "true; true"


class Bare:
    """asyncssh with nothing around it: connect, run, read in chunks."""

    def __init__(self, home: Path) -> None:
        import asyncssh

        self._ssh = asyncssh
        self._config = str(home / ".ssh/config")
        self._known = asyncssh.read_known_hosts(str(home / ".ssh/known_hosts"))
        self._open: dict[str, asyncssh.SSHClientConnection] = {}

    async def _connection(self, name: str):
        if name not in self._open:
            self._open[name] = await self._ssh.connect(name, config=[self._config], known_hosts=self._known)
        return self._open[name]

    async def true(self, name: str) -> None:
        done = await (await self._connection(name)).run("true", encoding=None, stdin=self._ssh.DEVNULL)
        assert done.exit_status == 0

    async def read(self, name: str, command: str, take) -> None:
        connection = await self._connection(name)
        async with connection.create_process(command, encoding=None, stdin=self._ssh.DEVNULL) as process:
            while data := await process.stdout.read(65536):
                take(data)

    async def ticks(self, name: str, command: str, take) -> None:
        """By a session's own callback: nothing can be told sooner."""

        class Session(self._ssh.SSHClientSession):
            def data_received(self, data, datatype):
                take(data)

            def connection_lost(self, exc):
                ended.set()

        ended = asyncio.Event()
        await (await self._connection(name)).create_session(Session, command, encoding=None)
        await ended.wait()

    async def close(self) -> None:
        for connection in self._open.values():
            connection.close()


async def on_all(who, names: list[str], fan_out: int) -> None:
    gate = asyncio.Semaphore(fan_out)

    async def one(name: str) -> None:
        async with gate:
            await who.true(name)

    await asyncio.gather(*(one(name) for name in names))


async def cold(who, names: list[str]) -> dict[str, float]:
    began = time.perf_counter()
    await on_all(who, names, FAN_OUT)
    return {"inner": time.perf_counter() - began}


async def warm(who, names: list[str]) -> dict[str, float]:
    """A round whenever it is asked for one."""
    for _ in range(2):
        await on_all(who, names, FAN_OUT)
    gc.freeze()  # as the app does: collections look past what was loaded
    print("{}", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        began, before, busy, processes = time.perf_counter(), cpu(), machine_cpu(), machine_forks()
        await on_all(who, names, FAN_OUT)
        wall, used = time.perf_counter() - began, cpu() - before
        await asyncio.sleep(0.2)  # hosts tidy up
        elsewhere, forks = machine_cpu() - busy - used, (machine_forks() - processes) / len(names)
        print(json.dumps({"wall": wall, "cpu": used, "hosts": elsewhere, "forks": forks}), flush=True)
    return {}


async def stream(who, names: list[str], size: int) -> dict[str, float]:
    await who.true(names[0])
    count = 0

    def take(data: bytes) -> None:
        nonlocal count
        count += len(data)

    began, before = time.perf_counter(), cpu()
    await who.read(names[0], f"head -c {size} ~/lines", take)
    assert count == size, count
    return {"inner": time.perf_counter() - began, "inner_cpu": cpu() - before}


async def latency(who, names: list[str], count: int) -> dict[str, float]:
    late: list[float] = []
    rest = b""

    def take(data: bytes) -> None:
        nonlocal rest
        now = time.time()
        *lines, rest = (rest + data).split(b"\n")
        late.extend(now - float(line) for line in lines if line)

    await who.true(names[0])
    command = TICKS.format(count=count, pause=0.01)
    # bare: another line of shell is needed where the login shell is not bash, none is here
    await (who.ticks if hasattr(who, "ticks") else who.read)(names[0], command, take)
    late = sorted(late[5:])
    return {"p50": late[len(late) // 2], "p95": late[int(len(late) * 0.95)], "p99": late[int(len(late) * 0.99)]}


async def stall(who, names: list[str]) -> dict[str, float]:
    """How late a 5 ms ticker of the caller's loop is while everything connects: what a screen would feel."""
    from runbook_tui.tui.turns import take_short_turns

    late: list[float] = []

    async def tick() -> None:
        while True:
            due = time.perf_counter() + 0.005
            await asyncio.sleep(0.005)
            late.append(max(0.0, time.perf_counter() - due))

    take_short_turns()
    await who.true(names[0])  # asyncssh is loaded
    ticking = asyncio.create_task(tick())
    began = time.perf_counter()
    await on_all(who, names, len(names))
    took = time.perf_counter() - began
    ticking.cancel()
    late.sort()
    return {"p95": late[int(len(late) * 0.95)], "max": late[-1], "inner": took}


WORK = {"cold": cold, "warm": warm, "stream": stream, "latency": latency, "stall": stall}


async def main(mode: str, home: str, numbers: list[int], names: list[str]) -> None:
    kind, _, work = mode.partition("-")
    who = {"ours": Ours, "lines": Lines, "bare": Bare}[kind](Path(home))
    told = await WORK[work](who, names, *numbers) if names else {}
    await who.close()
    print(json.dumps({**told, "cpu": cpu(), "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    words = sys.argv[3:]
    asyncio.run(
        main(sys.argv[1], sys.argv[2], [int(w) for w in words if w.isdigit()], [w for w in words if not w.isdigit()])
    )
