import sqlite3
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.journal import connector, output, schema
from runbook_tui.journal.output import Keep, Shelf
from runbook_tui.run.ports import JournalError

KEEP = Keep(head=40, tail=90)


def fresh():
    db = connector.choose().module.connect(":memory:", isolation_level=None)
    schema.migrate(db)
    db.execute("INSERT INTO run VALUES ('r', '', 0, '')")
    return db


def write(db, shelf, offset, data):
    shelf.remember("r", "j", shelf.write(db, "r", "j", offset, data))


def kept_of(data, keep=KEEP):
    return data if len(data) <= keep.head + keep.tail else data[: keep.head] + data[len(data) - keep.tail :]


def cut(data, text):
    """In up to three pieces."""
    one, two = sorted(data.draw(st.integers(0, len(text))) for _ in range(2))
    return text[:one], text[one:two], text[two:]


def ranges(db, after=0):
    return {piece.offset: piece.data for piece in output.read(db, "r", "j", after)}


@given(st.binary(max_size=400), st.data())
@settings(max_examples=100, deadline=None)
def test_any_split_with_re_feeding_keeps_the_same(stream, data):
    """Whatever the pieces, repeated or not, and whoever dies between them."""
    db, shelf = fresh(), Shelf(KEEP)
    position, last = 0, (0,)
    while position < len(stream):
        if data.draw(st.integers(0, 6)) == 0:  # the process dies, another takes over
            shelf = Shelf(KEEP)
            position = shelf.resume_at(db, "r", "j")
            assert position in {0, output.size(db, "r", "j")}
        start = data.draw(st.integers(max(0, position - 30), position))
        end = data.draw(st.integers(position, min(len(stream), position + 150)))
        if end == len(stream) and data.draw(st.booleans()):
            last = start, *cut(data, stream[start:])
            break
        write(db, shelf, start, stream[start:end])
        position = max(position, end)
        seen = output.size(db, "r", "j")
        live = ranges(db)
        assert b"".join(live.values()) == kept_of(stream[:seen])
        assert all(stream[at : at + len(piece)] == piece for at, piece in live.items())
    live = ranges(db)
    kept = shelf.finish(db, "r", "j", *last)
    assert kept.bytes == len(stream)
    assert kept.sha256 == sha256(stream).hexdigest()
    assert kept.dropped == max(0, len(stream) - 130)
    assert kept.blob == (sha256(kept_of(stream)).hexdigest() if stream else None)
    if len(last) > 1:
        live = ranges(db)
        assert b"".join(live.values()) == kept_of(stream)
        assert all(stream[at : at + len(piece)] == piece for at, piece in live.items())
    assert ranges(db) == live
    assert shelf.finish(db, "r", "j") == kept == Shelf(KEEP).finish(db, "r", "j")
    assert db.execute("SELECT count(*) FROM chunk").fetchone() == (0,)
    after = data.draw(st.integers(0, 450))
    assert b"".join(ranges(db, after).values()) == b"".join(piece[max(0, after - at) :] for at, piece in live.items())


@given(st.binary(max_size=1200), st.data())
@settings(max_examples=200, deadline=None)
def test_what_is_passed_over_leaves_no_trace_but_in_the_hash(stream, data):
    """The record is what it would be had everything been written, and whole at any moment."""
    db, shelf = fresh(), Shelf(KEEP)
    position, last = 0, (0,)
    while position < len(stream):
        if data.draw(st.integers(0, 8)) == 0:
            shelf = Shelf(KEEP)
            position = shelf.resume_at(db, "r", "j")
        at = position
        while len(stream) - at > KEEP.tail and data.draw(st.booleans()):
            start = data.draw(st.integers(max(0, at - 20), at))  # some of it once more: nobody told that it had come
            end = data.draw(st.integers(at, len(stream) - KEEP.tail))
            seen, live = output.size(db, "r", "j"), ranges(db)
            taken = shelf.pass_over(db, "r", "j", start, stream[start:end], ahead=KEEP.tail)
            assert (output.size(db, "r", "j"), ranges(db)) == (seen, live)
            if not taken:
                break
            at = end
        least = KEEP.tail if at > position else 1
        end = data.draw(st.integers(min(len(stream), at + least), min(len(stream), at + least + 150)))
        if end == len(stream) and data.draw(st.booleans()):
            last = at, *cut(data, stream[at:])
            break
        write(db, shelf, at, stream[at:end])
        position = max(position, end)
        seen = output.size(db, "r", "j")
        assert b"".join(ranges(db).values()) == kept_of(stream[:seen])
    kept = shelf.finish(db, "r", "j", *last)
    assert (kept.bytes, kept.sha256) == (len(stream), sha256(stream).hexdigest())
    assert kept.blob == (sha256(kept_of(stream)).hexdigest() if stream else None)
    assert b"".join(ranges(db).values()) == kept_of(stream)


def test_only_what_will_be_dropped_is_passed_over():
    db, shelf = fresh(), Shelf(KEEP)
    stream = bytes(range(250)) * 4
    assert not shelf.pass_over(db, "r", "j", 0, stream[:10], ahead=1000)  # nothing was written yet
    write(db, shelf, 0, stream[:30])
    assert not shelf.pass_over(db, "r", "j", 30, stream[30:60], ahead=1000)  # of its head
    write(db, shelf, 30, stream[30:60])
    assert not shelf.pass_over(db, "r", "j", 60, stream[60:100], ahead=KEEP.tail - 1)
    assert not shelf.pass_over(db, "r", "j", 61, stream[61:100], ahead=1000)  # a gap
    assert shelf.pass_over(db, "r", "j", 60, stream[60:100], ahead=KEEP.tail)
    assert not shelf.pass_over(db, "r", "j", 120, stream[120:130], ahead=KEEP.tail)  # a gap
    with pytest.raises(JournalError):
        write(db, shelf, 100, stream[100:120])  # less than what was promised
    assert output.size(db, "r", "j") == 60
    write(db, shelf, 60, stream[60:])  # written all the same
    assert shelf.finish(db, "r", "j").sha256 == sha256(stream).hexdigest()


def test_a_gap_is_refused_and_says_where_to_go_on():
    db, shelf = fresh(), Shelf(KEEP)
    write(db, shelf, 0, b"12345")
    with pytest.raises(JournalError, match="only 5 bytes came before"):
        write(db, shelf, 6, b"7")
    assert ranges(db) == {0: b"12345"}


def test_a_successor_that_does_not_feed_again_loses_no_output_and_claims_no_hash():
    db, stream = fresh(), bytes(range(200))
    write(db, Shelf(KEEP), 0, stream)
    late = Shelf(KEEP)
    write(db, late, 200, b"the end")
    kept = late.finish(db, "r", "j")
    assert (kept.bytes, kept.sha256) == (207, "")
    assert ranges(db)[117] == (stream + b"the end")[-90:]


def test_bytes_fed_again_that_differ_make_the_hash_unknown():
    db = fresh()
    write(db, Shelf(KEEP), 0, b"a" * 300)
    late = Shelf(KEEP)
    write(db, late, 0, b"b" * 300)
    write(db, late, 300, b"c")
    assert late.finish(db, "r", "j").sha256 == ""


def test_a_finished_output_takes_the_same_again_but_no_more():
    db, shelf = fresh(), Shelf(KEEP)
    write(db, shelf, 0, b"done")
    shelf.finish(db, "r", "j")
    write(db, shelf, 0, b"done")
    with pytest.raises(JournalError, match="after it was closed"):
        write(db, shelf, 4, b"!")


def test_no_output_is_no_blob():
    assert Shelf(KEEP).finish(fresh(), "r", "j").blob is None


def test_crumbs_are_joined_into_few_rows():
    db, shelf = fresh(), Shelf(Keep())
    for n in range(3000):
        write(db, shelf, n * 10, b"0123456789")
    assert db.execute("SELECT count(*) FROM chunk").fetchone()[0] <= 5


def test_rows_lost_from_the_file_are_noticed():
    db, shelf = fresh(), Shelf(KEEP)
    write(db, shelf, 0, b"x" * 10)
    db.execute("DELETE FROM chunk")
    with pytest.raises(JournalError, match="10 kept bytes are missing"):
        shelf.finish(db, "r", "j")


def test_the_error_class_is_the_connectors_own():
    engine = connector.choose()
    assert issubclass(engine.module.OperationalError, engine.error)
    if engine.module is not sqlite3:
        assert not issubclass(engine.error, sqlite3.Error)


@pytest.mark.parametrize("module", ["sqlite3", "pysqlite3"])
def test_a_large_output_is_written_into_its_place_and_read_back_whole(module):
    db = pytest.importorskip(module).connect(":memory:", isolation_level=None)
    schema.migrate(db)
    db.execute("INSERT INTO run VALUES ('r', '', 0, '')")
    data, shelf = bytes(range(256)) * (3 * output.LARGE // 256), Shelf(Keep())
    write(db, shelf, 0, data[:100_000])
    kept = shelf.finish(db, "r", "j", 100_000, data[100_000:])
    assert kept.blob == kept.sha256 == sha256(data).hexdigest()
    assert db.execute("SELECT data FROM blob").fetchone()[0] == data
    assert shelf.finish(db, "r", "j").blob == kept.blob
