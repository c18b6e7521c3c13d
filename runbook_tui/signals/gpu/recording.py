"""Readings kept in a file and played again: incidents and demonstrations need no GPU.

A line of JSON a reading, after a first line that says what the file is; gzip when the name ends in .gz.
"""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

import msgspec
from msgspec.structs import replace

from runbook_tui.run.gpu.model import GpuHost, Source
from runbook_tui.run.ports import Clock, OperatorError
from runbook_tui.signals.gpu.holder import Holder

SCHEMA = "runbook-tui/gpu-recording@1"
LONGEST_LINE = 16 * 1024 * 1024


class Unplayable(OperatorError):
    """The file is no recording, or a broken one."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    schema: str
    started: float


class Recorder:
    """Writes every reading as it comes. Raises OperatorError when the file cannot be written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = _opened(path)
        except FileExistsError:
            raise Unplayable(f"{path} is there already: a recording does not overwrite, name another file") from None
        except OSError as error:
            raise Unplayable(f"{path} cannot be written: {error.strerror}") from None
        self._write(Header(schema=SCHEMA, started=time.time()))
        self.readings = 0

    def take(self, host: GpuHost) -> None:
        self._write(host)
        self.readings += 1

    def close(self) -> None:
        self._file.close()

    def _write(self, value: msgspec.Struct) -> None:
        try:
            self._file.write(msgspec.json.encode(value) + b"\n")
            self._file.flush()
        except OSError as error:
            raise Unplayable(f"{self._path} cannot be written: {error.strerror}; what it holds can be played") from None


def _opened(path: Path) -> IO[bytes]:
    """A new file. Raises FileExistsError rather than write over one."""
    return cast("IO[bytes]", gzip.open(path, "xb")) if path.suffix == ".gz" else path.open("xb")


def read(path: Path) -> Iterator[GpuHost]:
    """The readings of a recording; one that was cut off gives what it has. Raises Unplayable."""
    decoder = msgspec.json.Decoder(GpuHost)
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            header = msgspec.json.decode(file.readline(LONGEST_LINE), type=Header)
            if header.schema != SCHEMA:
                raise Unplayable(f"{path} is a recording of another kind ({header.schema})")
            for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=2):
                if not line.endswith(b"\n"):
                    return  # cut off while it was written
                try:
                    yield decoder.decode(line)
                except msgspec.DecodeError as error:
                    raise Unplayable(f"{path}, line {number}: {error}") from None
    except FileNotFoundError:
        raise Unplayable(f"{path} does not exist") from None
    except msgspec.DecodeError:
        raise Unplayable(f"{path} is no recording of GPUs (rbt gpu --record makes one)") from None
    except EOFError:
        return
    except OSError as error:
        raise Unplayable(f"{path} cannot be read: {error.strerror or error}") from None


class Replay(Holder):
    """One host's part of a recording, played at its own pace or faster; its last reading stays."""

    def __init__(self, clock: Clock, readings: list[GpuHost], *, speed: float = 1.0, loop: bool = False) -> None:
        super().__init__(clock, readings[0].host, readings[0].source, silent_after=float("inf"))
        self._readings = readings
        self._speed = speed
        self._loop = loop
        self._task: asyncio.Task[None] | None = None
        self.over = asyncio.Event()

    def start(self) -> None:
        if self._task is None:
            self._show(self._readings[0], time.time())
            self._task = asyncio.get_running_loop().create_task(self._play())

    async def ask_now(self) -> None:
        """A recording has nothing newer."""

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _play(self) -> None:
        while True:
            began, first = time.monotonic(), self._readings[0].at
            for reading in self._readings[1:]:
                due = began + (reading.at - first) / self._speed
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                self._show(reading, time.time())
            self.over.set()
            if not self._loop or len(self._readings) < 2:
                return

    def _show(self, reading: GpuHost, now: float) -> None:
        """A reading as if it were made now; the times it holds are moved as well."""
        by = now - reading.at
        gpus = tuple(
            replace(
                gpu,
                at=gpu.at + by,
                seldom_at=gpu.seldom_at + by if gpu.seldom_at else 0.0,
                xid=None
                if gpu.xid is None
                else tuple(replace(xid, at=None if xid.at is None else xid.at + by) for xid in gpu.xid),
                xid_since=None if gpu.xid_since is None else gpu.xid_since + by,
            )
            for gpu in reading.gpus
        )
        self.put(replace(reading, replayed=True, at=now, gpus=gpus))


def replays(clock: Clock, path: Path, *, speed: float = 1.0, loop: bool = False) -> list[Replay]:
    """The hosts of a recording as sources. Raises Unplayable, also when it holds no reading."""
    by_host: dict[tuple[str, Source], list[GpuHost]] = {}
    for reading in read(path):
        by_host.setdefault((reading.host, reading.source), []).append(reading)
    if not by_host:
        raise Unplayable(f"{path} holds no reading")
    return [Replay(clock, readings, speed=speed, loop=loop) for readings in by_host.values()]


def recorder_of(path: Path, subscribe: Callable[[Callable[[GpuHost], None]], Callable[[], None]]) -> Recorder:
    """A recorder that hears of every reading."""
    recorder = Recorder(path)
    subscribe(recorder.take)
    return recorder
