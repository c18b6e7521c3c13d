"""Power cuts computed from a log of what a disk was told.

A synced write stays. Any other one may be there or not, whatever came before or after it, and a page may be torn at a
sector's edge. Names of files behave like a journalled directory: in order, up to some point after the last sync.
"""

from __future__ import annotations

import random
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.disk import HERE, environment
from tests.disk.examine import Cut, examine

WRITE, TRUNCATE, SYNC, SYNC_FOLDER, CREATE, UNLINK, NOTE = range(1, 8)
SECTOR = 512
HEAD = struct.Struct("<QQQQ")


@dataclass(frozen=True)
class Told:
    kind: int
    name: str
    offset: int
    data: bytes


def record(folder: Path, shim: Path, *, synchronous: str, seed: int, appends: int) -> list[Told]:
    """Let somebody work on a disk that writes everything down."""
    state, log = folder / "state", folder / "disk.log"
    subprocess.run(
        [sys.executable, str(HERE / "writer.py"), str(state), "-", synchronous, str(seed), str(appends)],
        env=environment(shim, DISK_UNDER=str(state), DISK_LOG=str(log)),
        check=True,
        capture_output=True,
        timeout=120,
    )
    told = list(_read(log.read_bytes(), str(state)))
    log.unlink()
    return told


def _read(log: bytes, under: str) -> Iterator[Told]:
    at = 0
    while at < len(log):
        kind, name_length, offset, length = HEAD.unpack_from(log, at)
        at += HEAD.size
        name = log[at : at + name_length].decode()
        at += name_length
        data = b""
        if kind == WRITE:
            data = log[at : at + length]
            at += length
        yield Told(kind, name.removeprefix(under).lstrip("/"), offset, data)


@dataclass
class File:
    synced: bytearray = field(default_factory=bytearray)
    waiting: list[Told] = field(default_factory=list)


@dataclass
class Disk:
    """Files by what they are, names beside them, so that a name made anew is another file."""

    files: dict[str, File] = field(default_factory=dict)  # as the running system sees them
    names: dict[str, File] = field(default_factory=dict)  # as the disk has them
    waiting: list[tuple[str, File | None]] = field(default_factory=list)

    def take(self, told: Told) -> None:
        if told.kind == CREATE:
            self.files[told.name] = File()
            self.waiting.append((told.name, self.files[told.name]))
        elif told.kind == UNLINK:
            self.files.pop(told.name, None)
            self.waiting.append((told.name, None))
        elif told.kind in (WRITE, TRUNCATE):
            if told.name in self.files:
                self.files[told.name].waiting.append(told)
        elif told.kind == SYNC:
            if (file := self.files.get(told.name)) is not None:
                for change in file.waiting:
                    _apply(file.synced, change)
                file.waiting.clear()
        elif told.kind == SYNC_FOLDER:
            for name, file in self.waiting:
                _rename(self.names, name, file)
            self.waiting.clear()

    def after_a_cut(self, chance: random.Random) -> dict[str, bytes]:
        """What the disk may hold when the power comes back."""
        names = dict(self.names)
        for name, file in self.waiting[: chance.randint(0, len(self.waiting))]:
            _rename(names, name, file)
        return {name: bytes(_torn(file, chance)) for name, file in names.items() if not name.endswith("-shm")}


def _rename(names: dict[str, File], name: str, file: File | None) -> None:
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file


def _torn(file: File, chance: random.Random) -> bytearray:
    content = bytearray(file.synced)
    share = chance.choice((0.0, 0.5, 0.9, 1.0))
    for change in file.waiting:
        if chance.random() >= share:
            continue
        if change.kind == WRITE and len(change.data) > SECTOR and chance.random() < 0.3:
            end = chance.randrange(0, len(change.data), SECTOR)
            change = Told(WRITE, change.name, change.offset, change.data[:end])
        _apply(content, change)
    return content


def _apply(content: bytearray, change: Told) -> None:
    if change.kind == TRUNCATE:
        del content[change.offset :]
        content.extend(bytes(change.offset - len(content)))
        return
    end = change.offset + len(change.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[change.offset : end] = change.data


def cuts(told: list[Told], folder: Path, *, count: int, seed: int) -> list[Cut]:
    """Cut the power at so many random points of the recording; each time look at what is left."""
    chance = random.Random(seed)
    points = sorted(chance.randrange(1, len(told)) for _ in range(count))
    disk, acknowledged, found, at = Disk(), {}, [], 0
    for number, point in enumerate(points):
        for one in told[at:point]:
            if one.kind == NOTE:
                seq, digest = one.name.split()
                acknowledged[int(seq)] = digest
            else:
                disk.take(one)
        at = point
        place = folder / f"cut-{number}"
        place.mkdir()
        (place / "drive").mkdir()
        for name, data in disk.after_a_cut(chance).items():
            if "/" not in name and name:
                (place / name).write_bytes(data)
        found.append(examine(place, dict(acknowledged)))
        for path in sorted(place.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        place.rmdir()
    return found
