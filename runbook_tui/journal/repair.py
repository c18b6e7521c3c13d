"""A journal made whole again from everything there is: the damaged file and the copies.

Of each run the longest chain that can be proven is taken, wherever it lies; of what events name by hash, any copy that
hashes to it. Nothing is guessed: what no source holds is told as lost, and the record says so itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import msgspec

from runbook_tui.journal import backup, chain, connector, heads, output, place, salvage, schema, swap
from runbook_tui.journal.connector import Engine
from runbook_tui.journal.restore import say_so
from runbook_tui.journal.salvage import Source
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
    outputs_lost: tuple[tuple[str, str], ...]  # run and job whose output, or a part of it, no source holds
    aside: Path | None
    sources: tuple[str, ...]

    @property
    def lost(self) -> int:
        return sum(run.lost for run in self.runs)

    @property
    def nothing_lost(self) -> bool:
        return not (self.lost or self.evidence_lost or self.outputs_lost)


class _Said(msgspec.Struct):
    """What an event's text says of itself, whatever it is."""

    at: str
    epoch: int


_said = msgspec.json.Decoder(_Said)


def _follows(row: salvage.Row, prev: str) -> bool:
    claimed, hash_, body = row
    if claimed != prev or not isinstance(body, str):
        return False
    with suppress(ValueError):  # of msgspec and of unicode, too
        return chain.link(prev, body.encode()) == hash_ and _said.decode(body).epoch >= 0
    return False


def repair(state: Path, *, clock: Clock, actor: str) -> Repaired:
    """Build a whole journal beside the damaged one and put it in its place; blocking.

    What was there is set aside. Raises StillDriven while a run is driven, JournalError when there is nothing to save
    from or when a newer rbt wrote it; then nothing was changed.
    """
    swap.refuse_while_driven(state)
    engine = connector.choose()
    with swap.alone(state) as seen, ExitStack() as stack:
        sources = list(_sources(stack, engine, state))
        for source in sources:
            source.refuse_newer()
        known = _known(sources, heads.noted(state))
        if not known:
            raise JournalError(
                f"There is nothing to repair the journal in {state} from: no run can be read in it and there is no "
                f"copy. Nothing was changed. Look for a copy elsewhere (rbt restore FILE)."
            )
        new = swap.fresh(state, NEW)
        try:
            saved, missing, cut = _rebuild(new, sources, known, engine)
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
    return Repaired(
        runs=tuple(saved), evidence_lost=tuple(missing), outputs_lost=tuple(cut), aside=aside, sources=names
    )


def _sources(stack: ExitStack, engine: Engine, state: Path) -> Iterator[Source]:
    """The journal as it is, then the copies, newest first."""
    paths = [state / place.DATABASE, *(copy.path for copy in backup.copies(backup.folder_of(state)))]
    for path in paths:
        if not path.is_file() or not path.stat().st_size:
            continue
        with suppress(*engine.unreadable):
            db = stack.enter_context(closing(connector.connect(engine, path, read_only=True, busy_timeout=backup.BUSY)))
            yield Source(path.name, db, engine.unreadable)


def _known(sources: Sequence[Source], noted: Mapping[str, tuple[int, str]]) -> dict[str, tuple[str, int]]:
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
    new: Path, sources: Sequence[Source], known: Mapping[str, tuple[str, int]], engine: Engine
) -> tuple[list[RunSaved], list[str], list[tuple[str, str]]]:
    saved, missing, cut = [], [], []
    with closing(engine.module.connect(str(new), isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")  # synced as a whole before it gets its name
        schema.migrate(db)
        db.execute("PRAGMA foreign_keys = 0")
        db.execute("BEGIN IMMEDIATE")
        for run, (created, most) in sorted(known.items(), key=lambda one: (one[1][0], one[0])):
            rows, holders = _chain(run, most, sources)
            if rows:
                _write(db, run, created or _said.decode(rows[0][2]).at, rows, sources)
                missing += _evidence(db, run, rows, sources)
                cut += [(run, job) for job in _outputs(db, run, sources, missing)]
            saved.append(
                RunSaved(
                    run=run, events=len(rows), lost=max(most - len(rows), 0), sources=tuple(dict.fromkeys(holders))
                )
            )
        db.execute("COMMIT")
    return saved, missing, cut


def _chain(run: str, most: int, sources: Sequence[Source]) -> tuple[list[Row], list[str]]:
    """Every event that provably follows the one before it, from the first source that has it, and who that was."""
    rows: list[Row] = []
    holders: list[str] = []
    prev = chain.genesis(run)
    while True:
        seq = len(rows) + 1
        held = ((source, row) for source in sources for row in source.events(run, seq, thoroughly=seq <= most))
        source, row = next(((source, row) for source, row in held if _follows(row, prev)), (None, ()))
        if source is None:
            return rows, holders
        rows.append((str(row[0]), str(row[1]), str(row[2])))
        holders.append(source.name)
        prev = rows[-1][1]


def _write(db: sqlite3.Connection, run: str, created: str, rows: Sequence[Row], sources: Sequence[Source]) -> None:
    """The events as they are, under the drives they were written under."""
    db.execute("INSERT INTO run (id, created, seq, head) VALUES (?, ?, ?, ?)", (run, created, len(rows), rows[-1][1]))
    at = 0
    for seq, (prev, hash_, body) in enumerate(rows, 1):
        epoch = _said.decode(body).epoch
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
    last = next((found for source in sources if (found := source.lease(run)) is not None), (at, "", 0, ""))
    epoch = max(at, last[0]) + 1  # whoever drove is fenced: its view may be ahead of what was saved
    db.execute("UPDATE lease SET epoch = ?, holder = ?, pid = ?, taken = ? WHERE run_id = ?", (epoch, *last[1:], run))


def _evidence(db: sqlite3.Connection, run: str, rows: Sequence[Row], sources: Sequence[Source]) -> list[str]:
    """Bring along what the events name; what no source holds."""
    named = dict.fromkeys(name for _, _, body in rows for name in names_in(run, body))
    return [name for name in named if not _brought(db, name, sources)]


def _brought(db: sqlite3.Connection, name: str, sources: Sequence[Source]) -> bool:
    """Whether the new file has that blob, now at the latest."""
    if db.execute("SELECT 1 FROM blob WHERE sha256 = ?", (name,)).fetchone():
        return True
    data = next((data for source in sources if (data := source.blob(name)) is not None), None)
    if data is not None:
        db.execute("INSERT INTO blob (sha256, data) VALUES (?, ?)", (name, data))
    return data is not None


def _outputs(db: sqlite3.Connection, run: str, sources: Sequence[Source], missing: Sequence[str]) -> list[str]:
    """Bring along the output of jobs, piece by piece; those of which something is lost that is not in `missing`."""
    jobs = dict.fromkeys(job for source in sources for job in source.jobs(run))
    return [job for job in jobs if not _output(db, run, job, sources, missing)]


def _output(db: sqlite3.Connection, run: str, job: str, sources: Sequence[Source], missing: Sequence[str]) -> bool:
    """Whether everything is there that the newest source to know the job speaks of."""
    knowing = [source for source in sources if job in source.jobs(run)]
    readable = [row for source in knowing if (row := source.output(run, job)) is not None]
    if not readable:
        return False
    row = readable[0]
    total, head, tail, blob, _ = row
    db.execute("INSERT INTO output VALUES (?, ?, ?, ?, ?, ?, ?)", (run, job, *row))
    newest = knowing[0].output(run, job) is not None
    if blob is not None:  # finished: its pieces were joined
        return (_brought(db, blob, sources) or blob in missing) and newest
    for source in knowing:
        for start, data in source.chunks(run, job):
            db.execute("INSERT OR IGNORE INTO chunk VALUES (?, ?, ?, ?)", (run, job, start, data))
    kept = sum(len(piece.data) for piece in output.read(db, run, job, 0))
    return newest and kept == sum(high - low for low, high in output.Keep(head, tail).spans(total))


def newest_sound(state: Path) -> backup.Copy | None:
    """The newest copy in which everything is as it was recorded."""
    for copy in backup.copies(backup.folder_of(state)):
        with suppress(JournalError):
            if backup.look_at(copy.path).sound:
                return copy
    return None
