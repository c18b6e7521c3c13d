"""The tables, as numbered steps. A step, once released, is never edited; a change is a new step."""

from __future__ import annotations

import sqlite3

from runbook_tui.run.ports import JournalError

APPLICATION = 0x52425431  # "RBT1"; tells our files from other SQLite files

_V1 = (
    """
    CREATE TABLE run (
        id      TEXT PRIMARY KEY,
        created TEXT NOT NULL,
        seq     INTEGER NOT NULL,  -- of the last event, so that a cut tail is seen
        head    TEXT NOT NULL      -- its hash
    ) STRICT
    """,
    """
    CREATE TABLE lease (
        run_id TEXT PRIMARY KEY REFERENCES run(id),
        epoch  INTEGER NOT NULL,
        holder TEXT NOT NULL,
        pid    INTEGER NOT NULL,
        taken  TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE event (
        run_id TEXT NOT NULL REFERENCES run(id),
        seq    INTEGER NOT NULL,
        prev   TEXT NOT NULL,
        hash   TEXT NOT NULL,
        body   TEXT NOT NULL,
        kind   TEXT GENERATED ALWAYS AS (json_extract(body, '$.event.kind')) VIRTUAL,
        at     TEXT GENERATED ALWAYS AS (json_extract(body, '$.at')) VIRTUAL,
        actor  TEXT GENERATED ALWAYS AS (json_extract(body, '$.actor')) VIRTUAL,
        epoch  INTEGER GENERATED ALWAYS AS (json_extract(body, '$.epoch')) VIRTUAL,
        PRIMARY KEY (run_id, seq)
    ) STRICT
    """,
    "CREATE INDEX event_outcome ON event(run_id, seq) WHERE kind IN ('RunFinished', 'RollbackStarted')",
    """
    CREATE TRIGGER event_in_order BEFORE INSERT ON event BEGIN
        SELECT RAISE(ABORT, 'the sequence number is not the next one') WHERE NEW.seq IS NOT
            (SELECT coalesce(max(seq), 0) + 1 FROM event WHERE run_id = NEW.run_id);
        SELECT RAISE(ABORT, 'it does not follow the last event') WHERE NEW.seq > 1 AND NEW.prev IS NOT
            (SELECT hash FROM event WHERE run_id = NEW.run_id AND seq = NEW.seq - 1);
        SELECT RAISE(ABORT, 'its text names another place') WHERE json_extract(NEW.body, '$.run') IS NOT NEW.run_id
            OR json_extract(NEW.body, '$.seq') IS NOT NEW.seq;
        SELECT RAISE(ABORT, 'its epoch is not that of the drive') WHERE json_extract(NEW.body, '$.epoch') IS NOT 0
            AND json_extract(NEW.body, '$.epoch') IS NOT (SELECT epoch FROM lease WHERE run_id = NEW.run_id);
    END
    """,
    """
    CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN
        SELECT RAISE(ABORT, 'an event is never changed');
    END
    """,
    """
    CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN
        SELECT RAISE(ABORT, 'an event is never deleted');
    END
    """,
    """
    CREATE TRIGGER lease_moves_on BEFORE UPDATE ON lease WHEN NEW.epoch <= OLD.epoch BEGIN
        SELECT RAISE(ABORT, 'the epoch of a drive only grows');
    END
    """,
    "CREATE TABLE blob (sha256 TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT",
    """
    CREATE TABLE output (
        run_id TEXT NOT NULL REFERENCES run(id),
        job    TEXT NOT NULL,
        total  INTEGER NOT NULL,  -- bytes of the stream so far
        head   INTEGER NOT NULL,  -- bytes kept from its start and from its end
        tail   INTEGER NOT NULL,
        blob   TEXT,              -- once finished: the kept bytes joined
        sha256 TEXT,              -- once finished: of the whole stream, '' when it could not be told
        PRIMARY KEY (run_id, job)
    ) STRICT
    """,
    """
    CREATE TABLE chunk (
        run_id TEXT NOT NULL,
        job    TEXT NOT NULL,
        start  INTEGER NOT NULL,
        data   BLOB NOT NULL,
        PRIMARY KEY (run_id, job, start),
        FOREIGN KEY (run_id, job) REFERENCES output(run_id, job)
    ) STRICT
    """,
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_V1,)
VERSION = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """The schema's version, 0 for an empty file. Raises JournalError for a file that is not ours or is too new."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not version and not objects:
        return 0
    if application != APPLICATION:
        raise JournalError(
            "This SQLite file was not made by rbt. Nothing in it was touched. Name another folder for the journal."
        )
    if version > VERSION:
        raise JournalError(
            f"This journal was written by a newer rbt (schema {version}; this one knows up to {VERSION}). "
            f"Nothing in it was touched. Use the newer rbt."
        )
    return int(version)


def migrate(connection: sqlite3.Connection, *, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
    """Bring the file up to date, whole or not at all; user_version is part of the transaction."""
    if version_of(connection) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number, statements in enumerate(migrations[version_of(connection) :], version_of(connection) + 1):
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
