"""Real processes: a target in a folder of its own, with each of the shells a target may have as `sh`."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runbook_tui.run.ports import JobOrder
from runbook_tui.targets.local import LocalTarget

TOOLS = [
    "bash",
    "cat",
    "cp",
    "cut",
    "date",
    "dd",
    "dirname",
    "env",
    "false",
    "grep",
    "head",
    "id",
    "ln",
    "ls",
    "mkdir",
    "mkfifo",
    "mv",
    "od",
    "perl",
    "ps",
    "python3",
    "rm",
    "rmdir",
    "sed",
    "seq",
    "setsid",
    "sha256sum",
    "sleep",
    "sort",
    "stty",
    "tail",
    "tee",
    "touch",
    "tr",
    "true",
    "umask",
    "uname",
    "wc",
    "yes",
]


class WallClock:
    def now(self):
        return datetime.now(UTC)

    def monotonic(self):
        return time.monotonic()


def tools(folder: Path, sh: str, without: tuple[str, ...] = ()) -> str:
    """A folder to use as PATH: the usual tools, `sh` being the given shell; BusyBox brings its own tools too."""
    folder.mkdir()
    busybox = shutil.which("busybox")
    applets = set(os.popen("busybox --list").read().split()) if sh == "busybox" else set()
    for tool in TOOLS:
        source = busybox if tool in applets else shutil.which(tool)
        if tool == "python3":
            source = os.path.realpath("/proc/self/exe")
        if source and tool not in without:
            (folder / tool).symlink_to(source)
    (folder / "sh").symlink_to(busybox if sh == "busybox" else shutil.which(sh))
    return str(folder)


class Bench:
    """A target, and a run on it whose shell state goes from job to job."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self.environ = environ
        self.target = LocalTarget(folder / "state", clock=WallClock(), environ=environ)
        self.home = folder / "home"
        self.home.mkdir()
        self.last: str | None = None
        self._numbers = itertools.count(1)
        self._world = os.urandom(4).hex()

    def j(self, number) -> str:
        """Job ids are unique in the world: a stop looks for the id in the environment of every process."""
        return f"j{number}-{self._world}"

    def order(self, text: str, **fields) -> JobOrder:
        job = fields.pop("job", None) or self.j(next(self._numbers))
        return JobOrder(**{"run": "r1", "job": job, "text": text, "home": str(self.home), "grace": 1.0, **fields})

    def job_folder(self, job: str) -> Path:
        return self.folder / "state" / "jobs" / "r1" / job

    async def start(self, text: str, **fields):
        return await self.target.start(self.order(text, **fields))

    async def run(self, text: str, **fields):
        """Run and return (exit, output)."""
        job = await self.start(text, **fields)
        out = b"".join([chunk async for chunk in job.output()])
        return await job.wait(), out.decode("utf-8", "surrogateescape")

    async def then(self, text: str, **fields):
        """The next command of the run: continues from the last one that left a state, as the conductor does."""
        job = await self.start(text, state_from=self.last, **fields)
        out = b"".join([chunk async for chunk in job.output()])
        result = await job.wait()
        if result.shell_state:
            self.last = job.id
        return result, out.decode("utf-8", "surrogateescape")


def ours(folder: Path) -> list[int]:
    """Live processes started for jobs below `folder` or named in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes()
            state = (entry / "stat").read_text().rpartition(") ")[2][0]
        except OSError:
            continue
        if str(folder).encode() in line and state != "Z" and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


async def eventually(check, seconds: float = 5.0):
    import asyncio

    end = time.monotonic() + seconds
    while not (value := check()):
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)
    return value


@pytest.fixture(params=["dash", "bash", "busybox"])
def shells(request, tmp_path):
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    return request.param


@pytest.fixture
def environ():
    return {**os.environ, "LANG": "C.UTF-8"}


@pytest.fixture
def every_sh(shells, tmp_path, environ):
    """The bench with each kind of `sh`."""
    bench = Bench(tmp_path, {**environ, "PATH": tools(tmp_path / "bin", shells)})
    yield bench
    sweep(tmp_path)


@pytest.fixture
def bench(tmp_path, environ):
    bench = Bench(tmp_path, environ)
    yield bench
    sweep(tmp_path)


def sweep(folder: Path) -> None:
    for pid in ours(folder):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
