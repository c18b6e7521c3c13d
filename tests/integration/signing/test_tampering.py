"""Somebody with the file: every byte flipped, every event dropped, doubled and moved, in a signed record.

What is found is found by the record alone; what is not is the same record, byte for byte, as far as anybody reads it.
"""

import sqlite3
from functools import lru_cache

import msgspec
import pytest

from runbook_tui.evidence import heads_in, names_in
from runbook_tui.journal import stored
from runbook_tui.run import events as e
from runbook_tui.run.ports import OperatorError
from runbook_tui.signing import documents, judging
from runbook_tui.signing.evidence import Evidence, Head
from runbook_tui.signing.findings import Standing
from runbook_tui.signing.verification import verify
from tests.integration.signing.bed import Run, judge


def read(db: sqlite3.Connection, run: str, now) -> Evidence:
    rows = stored.read(db, run)
    last = Head(seq=rows.seq, hash=rows.head, source="the journal's own table of runs")
    kept = stored.blobs(db, names_in(rows))
    return Evidence(run=run, events=rows.events, outputs=rows.outputs, blobs=kept, last=last, now=now)


@pytest.fixture(scope="module")
def signed(team) -> Run:
    run = Run(team)
    run.sign("ana", "Engineering Lead")
    return run


@pytest.fixture(scope="module")
def image(signed, tmp_path_factory) -> bytes:
    """The journal's own tables, small pages, the run of the bed in them."""
    from runbook_tui.journal.schema import migrate

    path = tmp_path_factory.mktemp("tampering") / "runs.db"
    with sqlite3.connect(path, isolation_level=None) as db:
        db.execute("PRAGMA page_size = 512")
        migrate(db)
        last = signed.rows[-1]
        db.execute("INSERT INTO run (id, created, seq, head) VALUES (?, ?, 0, '')", (signed.name, "2026"))
        db.execute("INSERT INTO lease VALUES (?, 1, 'eve@b', 1, '2026')", (signed.name,))
        for row in signed.rows:
            db.execute("INSERT INTO event (run_id, seq, prev, hash, body) VALUES (?, ?, ?, ?, ?)", (signed.name, *row))
        db.execute("UPDATE run SET seq = ?, head = ? WHERE id = ?", (last.seq, last.hash, signed.name))
        db.executemany("INSERT INTO blob VALUES (?, ?)", signed.blobs.items())
        for record in signed.records:
            if isinstance(record.event, e.JobFinished):
                job = record.event
                values = (signed.name, job.job, job.output_bytes, 10, 10, job.output, job.output_sha256)
                db.execute(
                    "INSERT INTO output (run_id, job, total, head, tail, blob, sha256) VALUES (?,?,?,?,?,?,?)", values
                )
        db.execute("VACUUM")
    db.close()
    return path.read_bytes()


@pytest.fixture
def read_once(monkeypatch) -> None:
    """Documents and policies say the same each time: of bytes that come again and again they are read once."""
    for room, name in ((documents, "read"), (documents, "read_policy"), (judging, "read_policy")):
        monkeypatch.setattr(room, name, lru_cache(maxsize=64)(getattr(room, name)))


@pytest.mark.usefixtures("read_once")
def test_every_byte_of_the_database_flipped_is_found_or_changes_nothing(signed, image) -> None:
    with sqlite3.connect(":memory:") as whole:
        whole.deserialize(image)
        untouched = read(whole, signed.name, signed.now)
    assert not verify(untouched, judge).violated
    found = harmless = 0
    for at in range(len(image)):
        flipped = bytearray(image)
        flipped[at] ^= 1 << at % 8
        db = sqlite3.connect(":memory:")
        try:
            db.deserialize(bytes(flipped))
            evidence = read(db, signed.name, signed.now)
        except (sqlite3.Error, OperatorError):
            found += 1  # it cannot be read any more, and is said to be damaged
            continue
        finally:
            db.close()
        if evidence == untouched:
            harmless += 1  # free space, an index, a table that is no evidence: what is read is the same
        else:
            assert verify(evidence, judge).violated, f"byte {at} of {len(image)}"
            found += 1
    assert found > len(image) // 3
    assert harmless


def test_a_bit_flipped_anywhere_in_statement_or_signature_is_refused(team) -> None:
    from runbook_tui.signing.offering import NotSigned, taken

    run = Run(team)
    data = run.request("ana", "Engineering Lead")
    good = team.sign("ana", data)
    case = run.case()
    for at in range(0, len(data), 5):
        bad = bytearray(data)
        bad[at] ^= 1 << at % 7
        with pytest.raises(NotSigned):
            taken(case, bytes(bad), good, how="detached", at=run.now, judged_by=judge)
    for at in range(0, len(good), 7):
        bad = bytearray(good)
        bad[at] ^= 1 << at % 7
        with pytest.raises(NotSigned):
            taken(case, data, bytes(bad), how="detached", at=run.now, judged_by=judge)


@pytest.mark.parametrize("what", ["dropped", "doubled", "moved"])
def test_every_event_of_a_signed_record(signed, what) -> None:
    """Also when the chain over what is left was computed anew: then the signature gives it away."""
    for at in range(len(signed.rows) - 1):
        again = Run.__new__(Run)
        again.__dict__ |= {
            "team": signed.team,
            "name": signed.name,
            "runbook": signed.runbook,
            "rows": [],
            "records": [],
        }
        again.blobs, again.now = dict(signed.blobs), signed.now
        records = list(signed.records)
        if what == "dropped":
            del records[at]
        elif what == "doubled":
            records.insert(at, records[at])
        else:
            records[at], records[at + 1] = records[at + 1], records[at]
        for record in records:
            again.add(record.event, at=record.at)
        found = again.verify()
        assert found.violated or found.signoffs[-1].standing is not Standing.VALID, (what, at)


def test_a_tail_cut_before_the_signature_is_told_by_the_head_somebody_kept(signed) -> None:
    rows = signed.rows[:-1]
    evidence = msgspec.structs.replace(
        signed.evidence(), events=tuple(rows), last=Head(seq=len(rows), hash=rows[-1].hash, source="the store")
    )
    assert not verify(evidence, judge).violated
    note = f"deploys, May\nrbt-head-v1 {signed.name} {len(signed.rows)} {signed.rows[-1].hash} 2026-05-01T10:00:00Z\n"
    heads = tuple(heads_in(note, signed.name, "the team's channel"))
    found = verify(msgspec.structs.replace(evidence, heads=heads), judge)
    assert found.exit_code == 5
    assert "the end was cut off" in found.findings[-1].text
    assert "the team's channel" in found.findings[-1].text


def test_a_whole_record_put_back_from_an_older_copy_is_told_the_same_way(signed) -> None:
    older = signed.rows[:5]
    evidence = msgspec.structs.replace(
        signed.evidence(), events=tuple(older), last=Head(seq=5, hash=older[-1].hash, source="the store")
    )
    kept = Head(seq=len(signed.rows), hash=signed.rows[-1].hash, source="the other terminal")
    assert verify(msgspec.structs.replace(evidence, heads=(kept,)), judge).violated
