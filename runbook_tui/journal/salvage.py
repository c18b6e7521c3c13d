"""A damaged file, read row by row: whatever is asked of it may fail, which means that it does not hold it.

The damage may be in an index only, or in a table only, or in the text of the schema; so each row is sought by its key
and, when that is not good enough, among all rows that can still be read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256

from runbook_tui.journal import output, schema

Row = tuple[object, ...]

GIVE_UP = 100_000  # numbers in a row under which nothing can be read: about a second
LEAST = 16  # bytes of a row at least: no file holds more rows than that


class Source:
    """A file to save from."""

    def __init__(self, name: str, db: sqlite3.Connection, unreadable: tuple[type[Exception], ...]) -> None:
        """Raises one of `unreadable` when it is no database at all."""
        self.name = name
        self._db = db
        self._unreadable = unreadable
        self._found: dict[tuple[str, tuple[str, ...]], dict[Row, list[int]]] = {}
        db.execute("PRAGMA query_only = 1")
        db.execute("PRAGMA writable_schema = 1")  # a trigger whose text is damaged hides no table then
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        (pages,), (size,) = db.execute("PRAGMA page_count").fetchone(), db.execute("PRAGMA page_size").fetchone()
        self.most = pages * size // LEAST  # rows, events, drives: a number beyond is no claim but damage

    def refuse_newer(self) -> None:
        """What this rbt does not know it would leave behind. Raises JournalError."""
        if self.rows("PRAGMA application_id") == [(schema.APPLICATION,)]:
            with suppress(*self._unreadable):
                schema.version_of(self._db)

    def rows(self, sql: str, *values: object) -> list[Row]:
        """As far as they can be read."""
        return self._read(sql, values)[0]

    def _read(self, sql: str, values: Row) -> tuple[list[Row], bool]:
        """What came until an error, and whether there was none."""
        found: list[Row] = []
        try:
            for row in self._db.execute(sql, values):
                found.append(row)  # noqa: PERF402
        except self._unreadable:
            return found, False
        return found, True

    def select(self, table: str, columns: str, **key: object) -> Iterator[Row]:
        """Rows of that key: by the index, then by the table itself. A row may come twice."""
        where = " AND ".join(f"{name} = ?" for name in key)
        yield from self.rows(f"SELECT {columns} FROM {table} WHERE {where}", *key.values())  # noqa: S608  # our words
        for rowid in self._by_key(table, tuple(key)).get(tuple(key.values()), ()):
            yield from self.rows(f"SELECT {columns} FROM {table} NOT INDEXED WHERE rowid = ?", rowid)  # noqa: S608

    def _by_key(self, table: str, names: tuple[str, ...]) -> dict[Row, list[int]]:
        """Where rows lie in the table, read from both of its ends and then between, over what cannot be read."""
        if (table, names) in self._found:
            return self._found[table, names]
        found: dict[Row, list[int]] = {}
        sql = f"SELECT rowid, {', '.join(names)} FROM {table} NOT INDEXED"  # noqa: S608

        def take(how: str, *values: object) -> tuple[int, bool]:
            rows, whole = self._read(f"{sql} {how}", values)
            last = 0
            for number, *key in rows:
                if (sane := self._number(number)) is not None:
                    found.setdefault(tuple(key), []).append(sane)
                    last = sane
            return last, whole

        low, whole = take("ORDER BY rowid")
        if not whole:
            high = take("ORDER BY rowid DESC")[0] or self.most
            nothing = 0
            for between in range(low + 1, high):
                nothing = 0 if take("WHERE rowid = ?", between)[0] else nothing + 1
                if nothing >= GIVE_UP:
                    break
        self._found[table, names] = found
        return found

    # --- what a journal holds ---

    def runs(self) -> dict[str, tuple[str, int]]:
        """When each was created, and how far it says it came."""
        known = {}
        for run, created, seq in self.rows("SELECT id, created, seq FROM run"):
            if isinstance(run, str):
                known[run] = (created if isinstance(created, str) else "", self._number(seq) or 0)
        for (run,) in self.rows("SELECT DISTINCT run_id FROM event"):
            if isinstance(run, str):
                known.setdefault(run, ("", 0))
        return known

    def events(self, run: str, seq: int, *, thoroughly: bool) -> Iterator[Row]:
        """prev, hash and body of what may be that event."""
        if thoroughly:
            yield from self.select("event", "prev, hash, body", run_id=run, seq=seq)
        else:
            yield from self.rows("SELECT prev, hash, body FROM event WHERE run_id = ? AND seq = ?", run, seq)

    def blob(self, name: str) -> bytes | None:
        for (data,) in self.select("blob", "data", sha256=name):
            if isinstance(data, bytes) and sha256(data).hexdigest() == name:
                return data
        return None

    def lease(self, run: str) -> tuple[int, str, int, str] | None:
        """Epoch, holder, process and since when."""
        for epoch, holder, pid, taken in self.select("lease", "epoch, holder, pid, taken", run_id=run):
            if self._number(epoch) is not None and isinstance(pid, int):
                return int(str(epoch)), str(holder), pid, str(taken)
        return None

    def jobs(self, run: str) -> list[str]:
        """Those of which there is output, or was."""
        listed = [job for (job,) in self.rows("SELECT job FROM output WHERE run_id = ?", run)]
        found = [key[1] for key in self._by_key("output", ("run_id", "job")) if key[0] == run]
        return [job for job in dict.fromkeys((*listed, *found)) if isinstance(job, str)]

    def output(self, run: str, job: str) -> tuple[int, int, int, str | None, str | None] | None:
        """total, head, tail, blob and sha256."""
        for row in self.select("output", "total, head, tail, blob, sha256", run_id=run, job=job):
            total, head, tail, blob, whole = row
            numbers = all(isinstance(one, int) and one >= 0 for one in (total, head, tail))
            if numbers and all(one is None or isinstance(one, str) for one in (blob, whole)):
                return row  # type: ignore[return-value]  # looked at just now
        return None

    def chunks(self, run: str, job: str) -> Iterator[tuple[int, bytes]]:
        """Where each begins, and its bytes; a piece may come twice."""
        listed = self.rows("SELECT start FROM chunk WHERE run_id = ? AND job = ?", run, job)
        found = [key[2:] for key in self._by_key("chunk", ("run_id", "job", "start")) if key[:2] == (run, job)]
        for (start,) in dict.fromkeys((*listed, *found)):
            for (data,) in self.select("chunk", "data", run_id=run, job=job, start=start):
                if isinstance(start, int) and start >= 0 and isinstance(data, bytes) and len(data) <= output.PIECE:
                    yield start, data
                    break

    def _number(self, value: object) -> int | None:
        return value if isinstance(value, int) and 0 <= value <= self.most else None
