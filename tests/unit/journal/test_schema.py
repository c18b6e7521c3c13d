import pytest

from runbook_tui.journal import chain, connector, schema
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
    assert schema.version_of(db) == 1
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
