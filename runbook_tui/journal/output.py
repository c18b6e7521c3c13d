"""What is kept of a job's output: the first 1 MB, the last 9 MB, and the hash of all of it.

The hash of the whole stream cannot be stored half-way (hashlib's state does not leave the process). While nothing
was dropped it is computed from what is kept. Once the middle is dropped, a process that takes over a job has to feed
the stream again from byte 0, which the target still has: what is kept already only advances the hash. Fed from
elsewhere, or fed bytes that differ from the kept ones, the output is kept all the same and its hash is told as
unknown (''), never guessed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from runbook_tui.run.ports import JournalError, KeptOutput, OutputRange

HEAD = 1_000_000  # bytes
TAIL = 9_000_000
PIECE = 64 * 1024  # a row of kept output is at most so long
LARGE = 1024 * 1024  # a blob from this size on is not held as a whole
SMALL = 8 * 1024  # rows shorter than this are joined with what follows

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Keep:
    """How much of a stream's start and end is kept."""

    head: int = HEAD
    tail: int = TAIL

    @property
    def most(self) -> int:
        return self.head + self.tail

    def spans(self, total: int) -> list[Span]:
        """The kept parts of a stream of that length, as [start, end)."""
        if total <= self.head + self.tail:
            return [(0, total)] if total else []
        return [span for span in ((0, self.head), (total - self.tail, total)) if span[0] < span[1]]

    def dropped(self, total: int) -> int:
        return max(0, total - self.head - self.tail)

    def pieces(self, start: int, end: int, total: int) -> Iterator[Span]:
        """The kept parts of [start, end), cut into rows that never cross the end of the head."""
        for low, high in self.spans(total):
            at, stop = max(start, low), min(end, high)
            while at < stop:
                limit = self.head if at < self.head else stop
                until = min(at + PIECE, limit, stop)
                yield at, until
                at = until


@dataclass(slots=True)
class Digest:
    """The running hash of a stream, as far as this process has seen it without a gap."""

    position: int = 0
    state: Any = field(default_factory=sha256)

    def fed(self, offset: int, *data: bytes) -> Digest | None:
        """The digest after these pieces; None when bytes before them are missing."""
        if offset > self.position:
            return None
        position, state = self.position, self.state.copy()
        for piece in data:
            state.update(memoryview(piece)[max(0, position - offset) :])
            offset += len(piece)
            position = max(position, offset)
        return Digest(position, state)


@dataclass(slots=True)
class Shelf:
    """The output rows of one database, written by one thread.

    `begin` and `commit` frame a change: digests follow only what the database has taken.
    """

    keep: Keep
    digests: dict[tuple[str, str], Digest] = field(default_factory=dict)
    differing: set[tuple[str, str]] = field(default_factory=set)
    passed: dict[tuple[str, str], Digest] = field(default_factory=dict)  # beyond what the database knows of

    def write(self, db: sqlite3.Connection, run: str, job: str, offset: int, data: bytes) -> Digest | None:
        """Keep a piece, inside a transaction; gives the digest to `remember` once that is committed."""
        row, new, digest = self._accepted(db, run, job, offset, data)
        for piece in new:
            _extend(db, row, piece)
        return digest

    def _accepted(
        self, db: sqlite3.Connection, run: str, job: str, offset: int, *data: bytes
    ) -> tuple[_Row, list[memoryview], Digest | None]:
        """The row these pieces go on from, what of them is new, and the digest with them. Raises JournalError."""
        row = _row(db, run, job)
        if row is None:
            db.execute(
                "INSERT INTO output (run_id, job, total, head, tail) VALUES (?, ?, 0, ?, ?)",
                (run, job, self.keep.head, self.keep.tail),
            )
            row = _Row(run, job, 0, self.keep, None, None)
        end = offset + sum(map(len, data))
        if (passed := self._passed(row, offset, end)) is not None and end - offset >= row.keep.tail:
            return replace(row, total=offset), [memoryview(piece) for piece in data], passed.fed(offset, *data)
        if offset < 0 or offset > row.total:
            raise JournalError(
                f"Output of job {job} was offered from byte {offset}, but only {row.total} bytes came before. "
                f"Nothing of it was kept; read the job's output again from byte {row.total} or from its start."
            )
        if row.blob is not None and end > row.total:
            raise JournalError(
                f"Output of job {job} went on after it was closed at byte {row.total}. "
                f"The kept part is unchanged; the rest is still on the target."
            )
        if row.blob is None and not all(_same(db, row, start, piece) for start, piece in _placed(offset, data)):
            self.differing.add((run, job))
        digest = self._digest(db, row)
        if offset == 0 and digest.position < 0:
            digest = Digest()
        new = [memoryview(piece)[max(0, row.total - start) :] for start, piece in _placed(offset, data)]
        return row, [piece for piece in new if piece], digest.fed(offset, *data)

    def pass_over(self, db: sqlite3.Connection, run: str, job: str, offset: int, *data: bytes, ahead: int) -> bool:
        """Bytes that are dropped as soon as those after them are kept: only the hash needs them.

        Whether they are such, and follow what came before.
        """
        row = _row(db, run, job)
        if row is None or row.blob is not None or ahead < row.keep.tail or row.total < row.keep.head:
            return False
        digest = self._passed(row, offset, offset + sum(map(len, data)))
        if digest is None and offset == row.total and (known := self._digest(db, row)).position == offset:
            digest = known
        digest = digest.fed(offset, *data) if digest is not None else None
        if digest is None:
            return False
        self.passed[run, job] = digest
        return True

    def _passed(self, row: _Row, offset: int, end: int) -> Digest | None:
        """What was passed over, where it goes up to somewhere in that piece."""
        passed = self.passed.get((row.run, row.job))
        return passed if passed is not None and row.total < offset <= passed.position <= end else None

    def remember(self, run: str, job: str, digest: Digest | None) -> None:
        self.passed.pop((run, job), None)
        if digest is None:
            self.digests.pop((run, job), None)
        else:
            self.digests[run, job] = digest

    def _digest(self, db: sqlite3.Connection, row: _Row) -> Digest:
        known = self.digests.get((row.run, row.job))
        if known is not None or row.keep.dropped(row.total) or row.blob is not None:
            return known or Digest(position=-1)  # -1: nothing can follow it
        whole = b"".join(data for _, data in _kept(db, row))
        return Digest(len(whole), sha256(whole))

    def resume_at(self, db: sqlite3.Connection, run: str, job: str) -> int:
        """Where a writer goes on: the end, or byte 0 when only that makes the hash right again."""
        row = _row(db, run, job)
        if row is None:
            return 0
        digest = self._digest(db, row)
        return row.total if digest.position == row.total or row.blob is not None else 0

    def finish(self, db: sqlite3.Connection, run: str, job: str, offset: int = 0, *data: bytes) -> KeptOutput:
        """Join what is kept, and the last pieces, into one blob, inside a transaction. Done again it gives the same."""
        new: list[memoryview] = []
        row, digest = _row(db, run, job), self.digests.get((run, job))
        if data:
            row, new, digest = self._accepted(db, run, job, offset, *data)
        total = (row.total if row is not None else 0) + sum(map(len, new))
        if row is None or not total:
            return KeptOutput(blob=None, bytes=0, sha256=sha256().hexdigest(), dropped=0)
        dropped = row.keep.dropped(total)
        if row.blob is not None:
            return KeptOutput(blob=row.blob, bytes=row.total, sha256=row.sha256 or "", dropped=dropped)
        parts = [part for low, high in row.keep.spans(total) for part in _parts(db, row, new, low, high)]
        if (kept := sum(map(len, parts))) != total - dropped:
            raise JournalError(
                f"Of job {job}'s output {total - dropped - kept} kept bytes are missing. Nothing was changed; "
                f"copy the journal's folder aside."
            )
        blob = _put(db, parts, kept)
        whole = blob if not dropped else self._whole(run, job, total, digest)
        db.execute(
            "UPDATE output SET total = ?, blob = ?, sha256 = ? WHERE run_id = ? AND job = ?",
            (total, blob, whole, run, job),
        )
        db.execute("DELETE FROM chunk WHERE run_id = ? AND job = ?", (run, job))
        return KeptOutput(blob=blob, bytes=total, sha256=whole, dropped=dropped)

    def _whole(self, run: str, job: str, total: int, digest: Digest | None) -> str:
        if digest is None or digest.position != total or (run, job) in self.differing:
            return ""
        return str(digest.state.hexdigest())


def read(db: sqlite3.Connection, run: str, job: str, after: int) -> list[OutputRange]:
    """The kept parts from byte `after` on, each one piece."""
    row = _row(db, run, job)
    if row is None:
        return []
    return [OutputRange(offset=start, data=data) for start, data in _kept(db, row, after) if data]


def size(db: sqlite3.Connection, run: str, job: str) -> int:
    row = _row(db, run, job)
    return row.total if row else 0


def _placed(offset: int, data: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Pieces that follow each other, each with where it begins."""
    for piece in data:
        yield offset, piece
        offset += len(piece)


def _extend(db: sqlite3.Connection, row: _Row, new: memoryview) -> None:
    start, total = row.total, row.total + len(new)
    for low, high in row.keep.pieces(start, total, total):
        piece = new[low - start : high - start]
        if not _joined(db, row, low, piece):
            db.execute(
                "INSERT INTO chunk (run_id, job, start, data) VALUES (?, ?, ?, ?)", (row.run, row.job, low, piece)
            )
    if row.keep.dropped(total):
        cut = total - row.keep.tail
        db.execute(
            "DELETE FROM chunk WHERE run_id = ? AND job = ? AND start >= ? AND start < ? AND start + length(data) <= ?",
            (row.run, row.job, row.keep.head, cut, cut),
        )
    db.execute("UPDATE output SET total = ? WHERE run_id = ? AND job = ?", (total, row.run, row.job))


@dataclass(frozen=True, slots=True)
class _Row:
    run: str
    job: str
    total: int
    keep: Keep
    blob: str | None
    sha256: str | None


def _row(db: sqlite3.Connection, run: str, job: str) -> _Row | None:
    found = db.execute(
        "SELECT total, head, tail, blob, sha256 FROM output WHERE run_id = ? AND job = ?", (run, job)
    ).fetchone()
    return _Row(run, job, found[0], Keep(found[1], found[2]), *found[3:]) if found else None


def _kept(db: sqlite3.Connection, row: _Row, after: int = 0) -> list[tuple[int, bytes]]:
    spans = [(max(low, after), high) for low, high in row.keep.spans(row.total) if high > after]
    if row.blob is not None:
        found = db.execute("SELECT data FROM blob WHERE sha256 = ?", (row.blob,)).fetchone()
        if found is None:
            raise JournalError(f"The output of job {row.job} is not in the journal any more. Nothing was changed.")
        (data,) = found
        dropped = row.keep.dropped(row.total)
        return [
            (low, data[low:high] if low < row.keep.head or not dropped else data[low - dropped : high - dropped])
            for low, high in spans
        ]
    return [(low, _between(db, row, low, high)) for low, high in spans]


def _parts(
    db: sqlite3.Connection, row: _Row, new: Iterable[memoryview], low: int, high: int
) -> Iterator[bytes | memoryview]:
    """Bytes of a stream that goes on after what is kept with those that are new."""
    if low < row.total:
        yield _between(db, row, low, min(high, row.total))
    start = row.total
    for piece in new:
        if start < high and start + len(piece) > low:
            yield piece[max(0, low - start) : high - start]
        start += len(piece)


def _put(db: sqlite3.Connection, parts: list[bytes | memoryview], size: int) -> str:
    """Keep them as one blob; its name.

    A large one is written into its place: as a value SQLite would hold it twice more in memory.
    """
    digest = sha256()
    for part in parts:
        digest.update(part)
    name = digest.hexdigest()
    # the library beside Python's own calls it otherwise
    place: Any = getattr(db, "blobopen", None) or getattr(db, "open_blob", None)
    if size < LARGE or place is None:
        db.execute("INSERT OR IGNORE INTO blob (sha256, data) VALUES (?, ?)", (name, b"".join(parts)))
        return name
    if db.execute("INSERT OR IGNORE INTO blob (sha256, data) VALUES (?, zeroblob(?))", (name, size)).rowcount:
        (row,) = db.execute("SELECT rowid FROM blob WHERE sha256 = ?", (name,)).fetchone()
        with place("blob", "data", row) as blob:
            for part in parts:
                blob.write(part)
    return name


def _between(db: sqlite3.Connection, row: _Row, low: int, high: int) -> bytes:
    rows = db.execute(
        "SELECT start, data FROM chunk WHERE run_id = ? AND job = ? AND start > ? AND start < ? ORDER BY start",
        (row.run, row.job, low - 2 * PIECE, high),
    )
    return b"".join(data[max(0, low - start) : high - start] for start, data in rows if start + len(data) > low)


def _same(db: sqlite3.Connection, row: _Row, offset: int, data: bytes) -> bool:
    """Whether bytes that are fed again are those that were kept."""
    end = min(offset + len(data), row.total)
    for low, high in row.keep.spans(row.total):
        at, stop = max(low, offset), min(high, end)
        if at < stop and _between(db, row, at, stop) != data[at - offset : stop - offset]:
            return False
    return True


def _joined(db: sqlite3.Connection, row: _Row, start: int, piece: memoryview) -> bool:
    """Add to the last row when both are small, so that a slow talker does not fill the table with crumbs."""
    if len(piece) >= SMALL:
        return False
    last = db.execute(
        "SELECT start, length(data) FROM chunk WHERE run_id = ? AND job = ? ORDER BY start DESC LIMIT 1",
        (row.run, row.job),
    ).fetchone()
    if last is None or last[1] >= SMALL or last[0] + last[1] != start:
        return False
    if (last[0] < row.keep.head) != (start < row.keep.head):
        return False
    place = row.run, row.job, last[0]
    (data,) = db.execute("SELECT data FROM chunk WHERE run_id = ? AND job = ? AND start = ?", place).fetchone()
    db.execute("UPDATE chunk SET data = ? WHERE run_id = ? AND job = ? AND start = ?", (data + piece, *place))
    return True
