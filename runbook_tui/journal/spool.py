"""A file without a name for output that no longer fits into memory: gone with the process, private to it.

It holds what was masked already and is no record: the journal keeps that. Written by a thread in large pieces, read
back in small ones.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO

SEGMENT = 64 * 1024 * 1024  # bytes of one file
LIMIT = 2 * 1024 * 1024 * 1024  # bytes of all files of one output
PIECE = 1024 * 1024  # bytes that are written at once
SPARE = 1024 * 1024 * 1024  # bytes that stay free on the disk


def _write(file: IO[bytes], data: bytes, offset: int) -> None:
    os.pwrite(file.fileno(), data, offset)


class _Segment:
    """One file."""

    def __init__(self, folder: Path, first: int) -> None:
        self.first = first  # number of the first block in it
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed with its spool
        self.size = 0


class Spool:
    """Blocks by number. The oldest are forgotten when the limit or the disk is reached."""

    def __init__(self, folder: Path, *, limit: int = LIMIT, segment: int = SEGMENT, spare: int = SPARE) -> None:
        self._folder = folder
        self._limit, self._segment, self._spare = limit, segment, spare
        self._segments: list[_Segment] = []
        self._places: list[tuple[_Segment | None, int, int]] = []  # segment, offset, length; by number from `_base`
        self._base = 0
        self._pending: dict[int, bytes] = {}  # put, and not written yet
        self._batch: list[tuple[int, bytes]] = []
        self._batched = 0
        self._writer: ThreadPoolExecutor | None = None
        self._closed = False

    @property
    def oldest(self) -> int:
        return self._base

    def put(self, data: bytes) -> int:
        """Keep it; its number."""
        number = self._base + len(self._places)
        segment = self._segments[-1] if self._segments else None
        if segment is None or segment.size >= self._segment:
            segment = self._another(number)
        if segment is None:
            self._places.append((None, 0, 0))
            return number
        self._places.append((segment, segment.size, len(data)))
        segment.size += len(data)
        self._pending[number] = data
        self._batch.append((number, data))
        self._batched += len(data)
        if self._batched >= PIECE:
            self._write_down(segment)
        return number

    def get(self, number: int) -> bytes:
        """As it was put; empty when it could not be kept."""
        if not 0 <= number - self._base < len(self._places):
            return b""  # forgotten, though it may still be on its way to the disk
        if number in self._pending:
            return self._pending[number]
        segment, offset, length = self._places[number - self._base]
        if segment is None or self._closed:
            return b""
        try:
            data = os.pread(segment.file.fileno(), length, offset)
        except (OSError, ValueError):
            return b""
        return data if len(data) == length else b""

    def close(self) -> None:
        """Give the disk back."""
        if not self._closed:
            self._closed = True
            for segment in self._segments:
                self._close_file(segment)
            if self._writer is not None:
                self._writer.shutdown(wait=False)

    def _close_file(self, segment: _Segment) -> None:
        """After what is still being written to it: a number of a closed file may be another file's by then."""
        if self._writer is None:
            segment.file.close()
        else:
            with suppress(RuntimeError):  # the process ends, and closes it
                self._writer.submit(segment.file.close)

    def __del__(self) -> None:
        self.close()

    # --- inside ---

    def _another(self, number: int) -> _Segment | None:
        """A fresh file, where there is room; the oldest make room."""
        if self._segments:
            self._write_down(self._segments[-1])
        while len(self._segments) * self._segment >= self._limit:
            self._drop_oldest()
        try:
            while self._free() < self._spare + self._segment:
                if not self._segments:
                    return None
                self._drop_oldest()
            segment = _Segment(self._folder, number)
        except OSError:
            return None
        self._segments.append(segment)
        return segment

    def _free(self) -> int:
        disk = os.statvfs(self._folder)
        return disk.f_bavail * disk.f_frsize

    def _drop_oldest(self) -> None:
        self._close_file(self._segments.pop(0))
        first = self._segments[0].first if self._segments else self._base + len(self._places)
        del self._places[: first - self._base]
        self._base = first

    def _write_down(self, segment: _Segment) -> None:
        batch, self._batch, self._batched = self._batch, [], 0
        if not batch or self._closed:
            return
        if self._writer is None:
            self._writer = ThreadPoolExecutor(1, thread_name_prefix="spool")
        offset = self._places[batch[0][0] - self._base][1]
        written = self._writer.submit(_write, segment.file, b"".join(data for _, data in batch), offset)
        written.add_done_callback(self._when_written([number for number, _ in batch]))

    def _when_written(self, numbers: list[int]) -> Callable[[Future[None]], None]:
        def done(_: Future[None]) -> None:
            for number in numbers:
                self._pending.pop(number, None)

        return done
