"""What a run asks of its journal, in one process."""

import asyncio
import random
import sqlite3
from hashlib import sha256

import pytest
from writer import DOCUMENT, started

from runbook_tui.journal import connector, place
from runbook_tui.journal.output import Keep
from runbook_tui.run.events import (
    DriveGiven,
    DriveTaken,
    JobFinished,
    NoteAdded,
    Outcome,
    RollbackStarted,
    RunFinished,
    RunStarted,
    StepTicked,
)
from runbook_tui.run.ports import Conflict, Driven, Fenced, JournalError, OutputPiece, UnknownRun


async def test_a_run_is_opened_written_and_read_again(journal, opened, tmp_path):
    records = await journal.append("r", [StepTicked(step="a"), StepTicked(step="b")], expected=2)
    assert [record.seq for record in records] == [3, 4]
    everything = await journal.read("r")
    assert [type(record.event) for record in everything] == [RunStarted, DriveTaken, StepTicked, StepTicked]
    assert everything[2:] == records == await journal.read("r", 2)
    assert {record.epoch for record in everything} == {1}
    assert await journal.blob(sha256(DOCUMENT).hexdigest()) == DOCUMENT
    await journal.close()
    again = await opened(tmp_path, actor="ben@bastion")
    assert await again.read("r") == everything


async def test_a_run_is_not_opened_twice(journal):
    with pytest.raises(Conflict, match="There is a run r already"):
        await journal.open_run("r", *started())
    assert len(await journal.read("r")) == 2


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 101])
async def test_a_run_has_a_plain_name(journal, name):
    with pytest.raises(JournalError, match="cannot be the name"):
        await journal.open_run(name, *started())


async def test_a_stale_head_is_a_conflict(journal):
    await journal.append("r", [StepTicked(step="a")], expected=2)
    with pytest.raises(Conflict, match="at event 3, not 2"):
        await journal.append("r", [StepTicked(step="b")], expected=2)
    assert len(await journal.read("r")) == 3


async def test_all_or_none(journal):
    with pytest.raises(JournalError, match="cannot be recorded"):
        await journal.append("r", [StepTicked(step="a"), NoteAdded(step="b", text="\udcff")], expected=2)
    assert len(await journal.read("r")) == 2
    await journal.append("r", [StepTicked(step="a")], expected=2)


async def test_evidence_that_an_event_names_must_be_there(journal):
    finished = JobFinished(job="j", exit=0, output=sha256(b"out").hexdigest())
    with pytest.raises(JournalError, match="does not hold"):
        await journal.append("r", [finished], expected=2)
    with pytest.raises(JournalError, match="something else"):
        await journal.append("r", [finished], expected=2, blobs={finished.output: b"other"})
    await journal.append("r", [finished], expected=2, blobs={finished.output: b"out"})
    assert await journal.blob(finished.output) == b"out"


async def test_what_is_not_there_is_said(journal):
    for call in (
        journal.read("nope"),
        journal.append("nope", [StepTicked(step="s")], expected=0),
        journal.take_drive("nope", "ana"),
        journal.add_note("nope", [NoteAdded(step="s", text="t")]),
    ):
        with pytest.raises(UnknownRun, match="no run nope"):
            await call
    with pytest.raises(JournalError, match="holds nothing named"):
        await journal.blob("0" * 64)


# --- the drive ---


async def test_a_second_terminal_may_note_but_not_drive(journal, opened, tmp_path):
    other = await opened(tmp_path, actor="ben@bastion")
    with pytest.raises(Driven) as caught:
        await other.take_drive("r", "ben@bastion")
    assert caught.value.holder == "ana@bastion"
    with pytest.raises(Fenced, match="does not drive"):
        await other.append("r", [StepTicked(step="a")], expected=2)
    (note,) = await other.add_note("r", [NoteAdded(step="a", text="look here")])
    assert (note.seq, note.epoch, note.actor) == (3, 0, "ben@bastion")
    with pytest.raises(Conflict):
        await journal.append("r", [StepTicked(step="a")], expected=2)
    await journal.append("r", [StepTicked(step="a")], expected=3)


async def test_a_take_over_fences_the_former_driver(journal, opened, tmp_path):
    other = await opened(tmp_path, actor="ben@bastion")
    epoch, (taken,) = await other.take_drive("r", "ben on tty2", force=True, reason="ana sleeps")
    assert epoch == taken.epoch == 2
    assert taken.event == DriveTaken(epoch=2, holder="ben on tty2", reason="ana sleeps")
    for call in (
        journal.append("r", [StepTicked(step="a")], expected=3),
        journal.write_outputs("r", [OutputPiece(job="j", offset=0, data=b"late")]),
        journal.finish_output("r", "j"),
    ):
        with pytest.raises(Fenced):
            await call
    with pytest.raises(Driven, match="ben on tty2 drives"):
        await journal.take_drive("r", "ana")
    await other.append("r", [StepTicked(step="a")], expected=3)
    await journal.give_drive("r")  # nothing to give any more
    assert [type(record.event) for record in await journal.read("r", 3)] == [StepTicked]


async def test_a_drive_given_is_free(journal, opened, tmp_path):
    other = await opened(tmp_path)
    await journal.give_drive("r")
    await journal.give_drive("r")
    assert [record.event for record in await journal.read("r", 2)] == [DriveGiven(epoch=1)]
    assert (await other.runs())[0].driver is None
    with pytest.raises(Fenced):
        await journal.append("r", [StepTicked(step="a")], expected=3)
    assert (await other.take_drive("r", "ben"))[0] == 2
    assert (await journal.runs())[0].driver == "ben"
    assert await other.take_drive("r", "ben") == (2, [])
    assert len(list((tmp_path / "drive").iterdir())) == 1


async def test_a_closed_journal_drives_no_more_and_says_so(journal, opened, tmp_path):
    await journal.close()
    await journal.close()
    with pytest.raises(JournalError, match="is closed"):
        await journal.append("r", [StepTicked(step="a")], expected=2)
    assert (await (await opened(tmp_path)).take_drive("r", "ben"))[0] == 2


# --- cancellation ---


async def test_a_cancelled_append_is_whole_or_absent_and_leaves_nothing_open(journal, opened, tmp_path):
    other = await opened(tmp_path)
    for turn in range(30):
        seq = len(await journal.read("r"))
        task = asyncio.create_task(journal.append("r", [StepTicked(step=str(turn))] * 3, expected=seq))
        for _ in range(turn % 4):
            await asyncio.sleep(0)
        if turn % 3 == 0:
            await asyncio.sleep(turn / 10000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await other.add_note("r", [NoteAdded(step="s", text="not locked out")])
        assert (len(await journal.read("r")) - seq) in {1, 4}


async def test_closing_waits_for_what_was_sent(journal, opened, tmp_path):
    tasks = [asyncio.create_task(journal.append("r", [StepTicked(step="a")] * 50, expected=2))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await journal.close()
    await asyncio.gather(*tasks)
    assert len(await (await opened(tmp_path)).read("r")) == 52


# --- the list ---


async def test_the_list_of_runs(journal):
    await journal.open_run("done", *started())
    await journal.append("done", [RunFinished(outcome=Outcome.COMPLETED)], expected=2)
    await journal.give_drive("done")
    listed = {run.run: run for run in await journal.runs()}
    assert (listed["r"].outcome, listed["r"].driver, listed["r"].events) == (None, "ana@bastion", 2)
    assert (listed["done"].outcome, listed["done"].driver, listed["done"].events) == ("completed", None, 4)
    last = (await journal.read("done"))[-1]
    assert (listed["done"].head, listed["done"].last, listed["done"].title) == (last.hash, last.at, "A runbook")
    await journal.take_drive("done", "ana")
    await journal.append("done", [RollbackStarted(reason="errors", items=())], expected=5)
    assert {run.run: run.outcome for run in await journal.runs()}["done"] is None


# --- output ---


async def test_output_while_it_runs_and_after(opened, tmp_path):
    journal = await opened(tmp_path, keep=Keep(head=10, tail=20))
    await journal.open_run("r", *started())
    stream = bytes(range(100))
    for start in range(0, 100, 7):
        await journal.write_outputs("r", [OutputPiece(job="j", offset=start, data=stream[start : start + 7])])
    reader = await opened(tmp_path, read_only=True)
    before = await reader.read_output("r", "j")
    assert [(piece.offset, piece.data) for piece in before] == [(0, stream[:10]), (80, stream[80:])]
    assert await journal.output_size("r", "j") == await reader.output_size("r", "j") == 100
    kept = await journal.finish_output("r", "j")
    assert kept.sha256 == sha256(stream).hexdigest()
    assert (kept.bytes, kept.dropped) == (100, 70)
    assert await reader.read_output("r", "j") == before
    assert await reader.read_output("r", "j", 95) == [type(before[0])(offset=95, data=stream[95:])]
    assert await journal.blob(kept.blob) == stream[:10] + stream[80:]
    await journal.append("r", [JobFinished(job="j", exit=0, output=kept.blob)], expected=2)


async def test_the_next_process_feeds_again_and_the_hash_is_right(opened, tmp_path):
    stream = bytes(range(100))
    first = await opened(tmp_path, keep=Keep(head=10, tail=20))
    await first.open_run("r", *started())
    await first.write_outputs("r", [OutputPiece(job="j", offset=0, data=stream[:60])])
    await first.close()
    second = await opened(tmp_path, keep=Keep(head=10, tail=20))
    await second.take_drive("r", "ben")
    assert await second.output_size("r", "j") == 0  # the middle is gone: only the whole stream makes its hash
    await second.write_outputs("r", [OutputPiece(job="j", offset=0, data=stream)])
    assert (await second.finish_output("r", "j")).sha256 == sha256(stream).hexdigest()


async def test_a_large_output_is_put_in_whole_and_leaves_no_memory_held(opened, tmp_path):
    stream = random.Random(4).randbytes(3_000_000)
    pieces = [
        OutputPiece(job="j", offset=start, data=stream[start : start + 700_001])
        for start in range(0, len(stream), 700_001)
    ]
    journal = await opened(tmp_path)
    await journal.open_run("r", *started())
    await journal.write_outputs("r", pieces[:1])
    kept = await journal.finish_output("r", "j", pieces[1:])
    assert (kept.bytes, kept.sha256) == (len(stream), sha256(stream).hexdigest())
    assert await journal.blob(kept.blob) == stream
    database = await journal._database("output")  # after what it does when nobody waits any more
    settings = ("cache_size", "wal_autocheckpoint")
    held = await database.call(lambda db: [db.execute(f"PRAGMA {name}").fetchone()[0] for name in settings])
    fresh = connector.choose().module.connect(":memory:")
    assert held == [fresh.execute(f"PRAGMA {name}").fetchone()[0] for name in settings]
    if connector.choose().journal_mode == "wal":
        assert (tmp_path / place.DATABASE).stat().st_size > len(stream)


# --- the older SQLite ---


async def test_without_a_mended_wal_it_is_the_rollback_journal(opened, tmp_path):
    old = connector.Engine(module=sqlite3, version=(3, 40, 1))
    one = await opened(tmp_path, engine=old, busy_timeout=3)
    two = await opened(tmp_path, engine=old, busy_timeout=3)
    await one.open_run("r", *started())
    for n in range(10):
        await two.add_note("r", [NoteAdded(step="s", text=str(n))])
        await one.append("r", [StepTicked(step=str(n))], expected=3 + 2 * n)
        await one.write_outputs("r", [OutputPiece(job="j", offset=n, data=b"x")])
    assert len(await two.read("r")) == 22
    assert not (tmp_path / "runs.db-wal").exists()
