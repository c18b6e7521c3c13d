import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest

from runbook_tui.journal import backup, chain, connector, schema
from runbook_tui.run.ports import JournalError

ENGINE = connector.choose()


@pytest.fixture
def db():
    db = ENGINE.module.connect(":memory:", isolation_level=None)
    schema.migrate(db)
    db.execute("INSERT INTO run VALUES ('r', '', 0, '')")
    db.execute("INSERT INTO lease VALUES ('r', 3, 'ana', 1, '')")
    return db


def insert(db, seq=1, prev="p", epoch=3, body_seq=None, run="r"):
    body = f'{{"run":"{run}","seq":{body_seq or seq},"epoch":{epoch},"event":{{"kind":"K"}}}}'
    db.execute(
        "INSERT INTO event (run_id, seq, prev, hash, body) VALUES ('r', ?, ?, ?, ?)", (seq, prev, f"h{seq}", body)
    )


def test_columns_are_read_from_the_body(db):
    insert(db)
    assert db.execute("SELECT kind, epoch FROM event").fetchone() == ("K", 3)


@pytest.mark.parametrize(
    "wrong",
    [{"seq": 3}, {"seq": 1}, {"seq": 2, "prev": "other"}, {"seq": 2, "prev": "h1", "epoch": 2},
     {"seq": 2, "prev": "h1", "body_seq": 7}, {"seq": 2, "prev": "h1", "run": "other"}],
)  # fmt: skip
def test_an_event_out_of_place_is_refused_by_the_file_itself(db, wrong):
    insert(db)
    with pytest.raises(ENGINE.error):
        insert(db, **wrong)
    insert(db, seq=2, prev="h1", epoch=0)


@pytest.mark.parametrize("sql", ["UPDATE event SET body = '{}'", "DELETE FROM event", "UPDATE lease SET epoch = 3"])
def test_history_is_not_edited(db, sql):
    insert(db)
    with pytest.raises(ENGINE.error):
        db.execute(sql)


def test_a_migration_is_whole_or_not_at_all():
    db = ENGINE.module.connect(":memory:", isolation_level=None)
    with pytest.raises(ENGINE.error):
        schema.migrate(db, migrations=(*schema.MIGRATIONS, ("CREATE TABLE more (x)", "CREATE nonsense")))
    assert schema.version_of(db) == 0
    assert db.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    schema.migrate(db)
    assert schema.version_of(db) == schema.VERSION
    schema.migrate(db)


def test_the_list_of_runs_uses_its_index(db):
    plan = db.execute(
        "EXPLAIN QUERY PLAN SELECT body FROM event WHERE run_id = 'r' AND kind IN ('RunFinished', 'RollbackStarted')"
        " ORDER BY seq DESC LIMIT 1"
    ).fetchall()
    assert "event_outcome" in str(plan)


@pytest.mark.parametrize(
    ("version", "safe"),
    [((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
     ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 4), True)],
)  # fmt: skip
def test_wal_only_where_its_reset_bug_is_mended(version, safe):
    engine = connector.Engine(module=ENGINE.module, version=version)
    assert (engine.journal_mode, engine.synchronous) == (("wal", 2) if safe else ("delete", 3))


def test_a_pragma_that_does_not_take_is_refused():
    db = ENGINE.module.connect(":memory:", isolation_level=None)  # memory knows no WAL
    with pytest.raises(JournalError, match="journal_mode is memory"):
        connector.settle(db, ENGINE, read_only=False, busy_timeout=1)


def test_genesis_differs_by_run():
    assert chain.genesis("a") != chain.genesis("b")


def test_a_file_is_copied_before_its_tables_are_changed_and_a_newer_one_is_refused(tmp_path, monkeypatch):
    """A step that comes after today's, over a file of today: whole, with a copy of what was before."""
    path = tmp_path / "runs.db"
    path.touch()
    with closing(connector.connect(ENGINE, path, read_only=False, busy_timeout=1)) as db:
        schema.migrate(db)
    today = schema.VERSION
    later = (*schema.MIGRATIONS, ("ALTER TABLE run ADD COLUMN more TEXT NOT NULL DEFAULT 'x'",))
    with closing(connector.connect(ENGINE, path, read_only=False, busy_timeout=1)) as db:
        backup.before_migration(db, path, today, now=datetime(2026, 1, 1, tzinfo=UTC))
        schema.migrate(db, migrations=later)
        assert db.execute("SELECT more FROM run").fetchall() == []
        with pytest.raises(JournalError, match="newer rbt"):
            schema.version_of(db)
    (copy,) = backup.copies(tmp_path / "backup")
    assert copy.label == f"schema-{today}"
    with closing(connector.connect(ENGINE, copy.path, read_only=True, busy_timeout=1)) as db:
        assert schema.version_of(db) == today


KILLED = """
import os, sys
from runbook_tui.journal import connector, schema
from pathlib import Path
engine = connector.choose()
db = connector.connect(engine, Path(sys.argv[1]), read_only=False, busy_timeout=1)
connector.settle(db, engine, read_only=False, busy_timeout=1)
class Dies:
    def __init__(self, left): self.left = left
    def execute(self, sql):
        if self.left == 0: os._exit(9)
        self.left -= 1
        return db.execute(sql)
    @property
    def in_transaction(self): return db.in_transaction
schema.migrate(Dies(int(sys.argv[2])))
"""


def test_killed_at_each_statement_it_is_the_old_schema_or_the_new_one(tmp_path):
    whole = len([statement for step in schema.MIGRATIONS for statement in step])
    seen = set()
    for left in range(0, whole + 14, 3):
        path = tmp_path / f"{left}.db"
        path.touch()
        subprocess.run([sys.executable, "-c", KILLED, str(path), str(left)], check=False)
        with closing(connector.connect(ENGINE, path, read_only=False, busy_timeout=1)) as db:
            (tables,) = db.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").fetchone()
            version = schema.version_of(db)
            assert (version, tables) in ((0, 0), (schema.VERSION, tables))
            assert not version or tables >= 6
            seen.add(version)
            schema.migrate(db)
    assert seen == {0, schema.VERSION}
