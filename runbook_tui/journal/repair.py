"""A journal made whole again from everything there is: the damaged file and the copies.

Of each run the longest chain that can be proven is taken, wherever it lies; of what events name by hash, any copy that
hashes to it. Nothing is guessed: what no source holds is told as lost, and the record says so itself.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from runbook_tui.journal import backup, chain, connector, heads, place, schema, swap
from runbook_tui.journal.connector import Engine
from runbook_tui.journal.restore import say_so
from runbook_tui.journal.soundness import names_in
from runbook_tui.run.ports import Clock, JournalError

NEW = "runs.db.repaired"

Row = tuple[str, str, str]
"""prev, hash, body."""


class RunSaved(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a run."""

    run: str
    events: int  # that are whole
    lost: int  # known to have been there
    sources: tuple[str, ...]  # the files that held it


class Repaired(msgspec.Struct, frozen=True, kw_only=True):
    runs: tuple[RunSaved, ...]
    evidence_lost: tuple[str, ...]  # hashes that events name and no source holds
    aside: Path | None
    sources: tuple[str, ...]

    @property
    def lost(self) -> int:
        return sum(run.lost for run in self.runs)


class _Source:
    """A file to save from; asking it anything may fail, which means that it does not hold it."""

    def __init__(self, name: str, db: sqlite3.Connection, errors: type[Exception]) -> None:
        self.name = name
        self._db = db
        self._errors = errors
        self._scanned: dict[tuple[str, int], tuple[object, ...]] | None = None

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except self._errors:
            return []

    def runs(self) -> dict[str, tuple[str, int]]:
        """When each was created, and how far it says it came."""
        known = {
            str(run): (str(created), int(str(seq)))
            for run, created, seq in self.rows("SELECT id, created, seq FROM run")
        }
        for (run,) in self.rows("SELECT DISTINCT run_id FROM event"):
            known.setdefault(str(run), ("", 0))
        return known

    def event(self, run: str, seq: int) -> tuple[object, ...] | None:
        """Asked for by its number: a damaged page hides only what is on it."""
        try:
            sql = "SELECT prev, hash, body FROM event WHERE run_id = ? AND seq = ?"
            row: tuple[object, ...] | None = self._db.execute(sql, (run, seq)).fetchone()
        except self._errors:
            row = None
            if self._scanned is None:
                self._scanned = self._scan()
        return row if row is not None or self._scanned is None else self._scanned.get((run, seq))

    def _scan(self) -> dict[tuple[str, int], tuple[object, ...]]:
        """Events by the table's own rows: the damage may be in its index only."""
        last = self.rows("SELECT max(rowid) FROM event NOT INDEXED")
        most = last[0][0] if last else None
        found = {}
        for number in range(1, (most if isinstance(most, int) else 0) + 1):
            sql = "SELECT run_id, seq, prev, hash, body FROM event NOT INDEXED WHERE rowid = ?"
            for run, seq, *row in self.rows(sql, number):
                found[str(run), int(str(seq))] = tuple(row)
        return found

    def blob(self, name: str) -> bytes | None:
        for (data,) in self.rows("SELECT data FROM blob WHERE sha256 = ?", name):
            if isinstance(data, bytes) and sha256(data).hexdigest() == name:
                return data
        return None


def _follows(row: tuple[object, ...], prev: str) -> bool:
    claimed, hash_, body = row
    if claimed != prev or not isinstance(body, str):
        return False
    with suppress(ValueError, UnicodeError):
        return chain.link(prev, body.encode()) == hash_
    return False


def repair(state: Path, *, clock: Clock, actor: str) -> Repaired:
    """Build a whole journal beside the damaged one and put it in its place; blocking.

    What was there is set aside. Raises StillDriven while a run is driven, JournalError when there is nothing to save
    from; then nothing was changed.
    """
    swap.refuse_while_driven(state)
    engine = connector.choose()
    with swap.alone(state) as seen, ExitStack() as stack:
        sources = list(_sources(stack, engine, state))
        known = _known(sources, heads.noted(state))
        if not known:
            raise JournalError(
                f"There is nothing to repair the journal in {state} from: no run can be read in it and there is no "
                f"copy. Nothing was changed. Look for a copy elsewhere (rbt restore FILE)."
            )
        new = swap.fresh(state, NEW)
        try:
            saved, missing = _rebuild(new, sources, known, engine)
            lost = {run.run: run.lost for run in saved if run.lost and run.events}
            say_so(new, lost, "rbt doctor --repair", clock=clock, actor=actor)
            swap.finish(new)
            found = backup.look_at(new, engine)
            if any(flaw.kind != "blob" for flaw in found.flaws):
                raise JournalError(f"What was saved is not sound ({found.flaws[0].what}). Nothing was changed.")
            aside = swap.put_in_place(state, new, seen, now=clock.now())
        except (OSError, engine.error) as error:
            raise JournalError(
                f"The journal in {state} could not be repaired: {error}. Nothing was changed."
            ) from error
        finally:
            new.unlink(missing_ok=True)
    names = tuple(source.name for source in sources)
    return Repaired(runs=tuple(saved), evidence_lost=tuple(missing), aside=aside, sources=names)


def _sources(stack: ExitStack, engine: Engine, state: Path) -> Iterator[_Source]:
    """The journal as it is, then the copies, newest first."""
    paths = [state / place.DATABASE, *(copy.path for copy in backup.copies(backup.folder_of(state)))]
    for path in paths:
        if not path.is_file() or not path.stat().st_size:
            continue
        with suppress(*(engine.error, JournalError)):
            db = stack.enter_context(closing(connector.connect(engine, path, read_only=True, busy_timeout=backup.BUSY)))
            db.execute("PRAGMA query_only = 1")
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            yield _Source(path.name, db, engine.error)


def _known(sources: Sequence[_Source], noted: Mapping[str, tuple[int, str]]) -> dict[str, tuple[str, int]]:
    """Every run of which anything is known: when it was created, how many events it had."""
    known: dict[str, tuple[str, int]] = {}
    for source in sources:
        for run, (created, seq) in source.runs().items():
            before = known.get(run, ("", 0))
            known[run] = (before[0] or created, max(before[1], seq))
    if known:
        for run, (seq, _) in noted.items():
            created, most = known.get(run, ("", 0))
            known[run] = (created, max(most, seq))
    return known


def _rebuild(
    new: Path, sources: Sequence[_Source], known: Mapping[str, tuple[str, int]], engine: Engine
) -> tuple[list[RunSaved], list[str]]:
    saved, missing = [], []
    with closing(engine.module.connect(str(new), isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")  # synced as a whole before it gets its name
        schema.migrate(db)
        db.execute("PRAGMA foreign_keys = 0")
        db.execute("BEGIN IMMEDIATE")
        for run, (created, most) in sorted(known.items(), key=lambda one: (one[1][0], one[0])):
            rows, holders = _chain(run, sources)
            if rows:
                _write(db, run, created or _at(rows[0]), rows, sources)
                missing += _evidence(db, run, rows, sources)
                for source in sources:
                    _outputs(db, run, source)
            saved.append(
                RunSaved(
                    run=run, events=len(rows), lost=max(most - len(rows), 0), sources=tuple(dict.fromkeys(holders))
                )
            )
        db.execute("COMMIT")
    return saved, missing


def _chain(run: str, sources: Sequence[_Source]) -> tuple[list[Row], list[str]]:
    """Every event that provably follows the one before it, from the first source that has it, and who that was."""
    rows: list[Row] = []
    holders: list[str] = []
    prev, found = chain.genesis(run), True
    while found:
        found = False
        for source in sources:
            row = source.event(run, len(rows) + 1)
            if row is not None and _follows(row, prev):
                rows.append((str(row[0]), str(row[1]), str(row[2])))
                holders.append(source.name)
                prev, found = rows[-1][1], True
                break
    return rows, holders


def _write(db: sqlite3.Connection, run: str, created: str, rows: Sequence[Row], sources: Sequence[_Source]) -> None:
    """The events as they are, under the drives they were written under."""
    db.execute("INSERT INTO run (id, created, seq, head) VALUES (?, ?, ?, ?)", (run, created, len(rows), rows[-1][1]))
    sql = "SELECT epoch, holder, pid, taken FROM lease WHERE run_id = ?"
    lease = next((found for source in sources if (found := source.rows(sql, run))), None)
    at = 0
    for seq, (prev, hash_, body) in enumerate(rows, 1):
        epoch = json.loads(body)["epoch"]
        if epoch > at:
            at = epoch
            db.execute(
                "INSERT INTO lease (run_id, epoch, holder, pid, taken) VALUES (?, ?, '', 0, '') "
                "ON CONFLICT (run_id) DO UPDATE SET epoch = excluded.epoch",
                (run, epoch),
            )
        db.execute(
            "INSERT INTO event (run_id, seq, prev, hash, body) VALUES (?, ?, ?, ?, ?)", (run, seq, prev, hash_, body)
        )
    last = lease[0] if lease else (at, "", 0, "")
    epoch = max(at, int(str(last[0]))) + 1  # whoever drove is fenced: its view may be ahead of what was saved
    db.execute("UPDATE lease SET epoch = ?, holder = ?, pid = ?, taken = ? WHERE run_id = ?", (epoch, *last[1:], run))


def _evidence(db: sqlite3.Connection, run: str, rows: Sequence[Row], sources: Sequence[_Source]) -> list[str]:
    """Bring along what the events name; what no source holds."""
    missing = []
    for name in dict.fromkeys(name for _, _, body in rows for name in names_in(run, body)):
        if db.execute("SELECT 1 FROM blob WHERE sha256 = ?", (name,)).fetchone():
            continue
        data = next((data for source in sources if (data := source.blob(name)) is not None), None)
        if data is None:
            missing.append(name)
        else:
            db.execute("INSERT INTO blob (sha256, data) VALUES (?, ?)", (name, data))
    return missing


def _outputs(db: sqlite3.Connection, run: str, source: _Source) -> None:
    """Output that came live, as far as it can be read; what is finished is among the evidence."""
    rows = source.rows("SELECT run_id, job, total, head, tail, blob, sha256 FROM output WHERE run_id = ?", run)
    for row in rows:
        db.execute("INSERT OR IGNORE INTO output VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        for piece in source.rows(
            "SELECT run_id, job, start, data FROM chunk WHERE run_id = ? AND job = ?", run, row[1]
        ):
            db.execute("INSERT OR IGNORE INTO chunk VALUES (?, ?, ?, ?)", piece)


def _at(row: Row) -> str:
    return str(json.loads(row[2])["at"])


def newest_sound(state: Path) -> backup.Copy | None:
    """The newest copy in which everything is as it was recorded."""
    for copy in backup.copies(backup.folder_of(state)):
        with suppress(JournalError):
            if backup.look_at(copy.path).sound:
                return copy
    return None
