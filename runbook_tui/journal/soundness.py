"""Whether a journal's file holds what was recorded: its pages, every run's chain, everything events name by hash."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from hashlib import sha256

import msgspec

from runbook_tui.journal import chain
from runbook_tui.run.named import named_blobs
from runbook_tui.run.ports import JournalError

MOST = 8  # findings of one kind that are told


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as it was recorded, and what that means."""

    kind: str  # page, chain, tail, blob or unreadable
    what: str  # for the operator
    run: str = ""
    seq: int = 0  # the first event concerned


class RunHead(msgspec.Struct, frozen=True, kw_only=True):
    run: str
    seq: int
    head: str


class Soundness(msgspec.Struct, frozen=True, kw_only=True):
    flaws: tuple[Flaw, ...]
    runs: tuple[RunHead, ...]  # with a whole chain: how far it goes
    events: int

    @property
    def sound(self) -> bool:
        return not self.flaws


def examine(
    db: sqlite3.Connection, *, errors: tuple[type[Exception], ...], noted: Mapping[str, tuple[int, str]] | None = None
) -> Soundness:
    """Look at everything; changes nothing. `noted` is how far runs are known to have come."""
    flaws = list(_pages(db, errors))
    heads, events = [], 0
    known: dict[str, str] = {}  # evidence by its hash
    try:
        runs = db.execute("SELECT id, seq, head FROM run ORDER BY created, id").fetchall()
    except errors as error:
        flaws.append(Flaw(kind="unreadable", what=f"the list of runs cannot be read ({error})"))
        return Soundness(flaws=tuple(flaws), runs=(), events=0)
    for run, seq, head in runs:
        if not (isinstance(run, str) and isinstance(seq, int)):
            flaws.append(Flaw(kind="unreadable", what=f"the list of runs holds what is no run ({run!r}, {seq!r})"))
            continue
        try:
            flaw, good = check_chain(db, run, seq, head)
            flaws += [flaw] if flaw else []
            flaws += _evidence(db, run, known)
        except errors as error:
            flaw, good = Flaw(kind="unreadable", run=run, what=f"run {run} cannot be read to its end ({error})"), 0
            flaws.append(flaw)
        events += good
        if flaw is None:
            heads.append(RunHead(run=run, seq=seq, head=head))
    there = {run: (seq, head) for run, seq, head in runs if isinstance(run, str) and isinstance(seq, int)}
    flaws += _tails(there, noted or {}, db, errors)
    return Soundness(flaws=tuple(flaws), runs=tuple(heads), events=events)


def _pages(db: sqlite3.Connection, errors: tuple[type[Exception], ...]) -> Iterator[Flaw]:
    try:
        found = [str(row[0]) for row in db.execute(f"PRAGMA integrity_check({MOST})")]
        links = db.execute("PRAGMA foreign_key_check").fetchmany(MOST)
    except errors as error:
        found, links = [str(error)], []
    for line in found:
        if line != "ok":
            yield Flaw(kind="page", what=f"SQLite finds its pages damaged: {' '.join(line.split())}")
    for table, *_ in links:
        yield Flaw(kind="page", what=f"a row of {table} belongs to a run that is not there")


def check_chain(db: sqlite3.Connection, run: str, seq: int, head: str) -> tuple[Flaw | None, int]:
    """The first event of a run that is not what was recorded, and how many before it are whole."""
    prev, good = chain.genesis(run), 0
    for number, claimed, hash_, body in db.execute(
        "SELECT seq, prev, hash, body FROM event WHERE run_id = ? ORDER BY seq", (run,)
    ):
        if number != good + 1:
            return _broken(run, good + 1, f"it is missing, event {number} follows"), good
        if not isinstance(body, str) or not isinstance(hash_, str) or claimed != prev:
            return _broken(run, number, "it does not follow the event before it"), good
        try:
            computed = chain.link(prev, body.encode())
        except (ValueError, UnicodeError) as error:
            return _broken(run, number, str(error)), good
        if computed != hash_:
            return _broken(run, number, "its text was changed after it was recorded"), good
        prev, good = hash_, number
    if good != seq or prev != head:
        return _broken(run, good + 1, f"it is missing, there were {seq}"), good
    return None, good


def _broken(run: str, seq: int, why: str) -> Flaw:
    return Flaw(kind="chain", run=run, seq=seq, what=f"event {seq} of run {run} is not what was recorded: {why}")


def _evidence(db: sqlite3.Connection, run: str, known: dict[str, str]) -> Iterator[Flaw]:
    """What events name by hash and the journal does not hold as such.

    `known`: what is wrong with each, if anything; runs have many in common, and each is read once.
    """
    rows = db.execute("SELECT seq, body FROM event WHERE run_id = ? ORDER BY seq", (run,))
    seen: set[str] = set()
    for seq, body in rows.fetchall():
        for name in names_in(run, body):
            if name in seen:
                continue
            seen.add(name)
            if name not in known:
                row = db.execute("SELECT data FROM blob WHERE sha256 = ?", (name,)).fetchone()
                known[name] = "is missing" if row is None else "" if _is_whole(row[0], name) else "was changed"
            if known[name]:
                what = f"what event {seq} of run {run} shows as evidence {known[name]} ({name[:12]}…)"
                yield Flaw(kind="blob", run=run, seq=seq, what=what)


def _is_whole(data: object, name: str) -> bool:
    return isinstance(data, bytes) and sha256(data).hexdigest() == name


def names_in(run: str, body: str) -> list[str]:
    """The hashes under which an event's evidence is kept."""
    try:
        event = chain.decode(run, (chain.seq_of(body), "", "", body)).event
    except JournalError:
        return []  # of a newer version, or no event: the chain has its own say
    return [name for _, name in named_blobs(event)]


def _tails(
    runs: Mapping[str, tuple[int, str]],
    noted: Mapping[str, tuple[int, str]],
    db: sqlite3.Connection,
    errors: tuple[type[Exception], ...],
) -> Iterator[Flaw]:
    for run, (seq, head) in sorted(noted.items()):
        if run not in runs:
            what = f"run {run} had come to event {seq}, and it is gone: the file is older, or lost its -wal"
            yield Flaw(kind="tail", run=run, seq=1, what=what)
        elif seq > runs[run][0]:
            there = runs[run][0]
            what = (
                f"run {run} had come to event {seq} and ends at {there}: {seq - there} were durable and are gone "
                f"(the -wal was deleted, or an older copy was put in place)"
            )
            yield Flaw(kind="tail", run=run, seq=there + 1, what=what)
        else:
            try:
                row = db.execute("SELECT hash FROM event WHERE run_id = ? AND seq = ?", (run, seq)).fetchone()
            except errors:
                continue  # told as damaged pages already
            if row is not None and row[0] != head:
                what = f"event {seq} of run {run} is another than the one that was written here"
                yield Flaw(kind="tail", run=run, seq=seq, what=what)
