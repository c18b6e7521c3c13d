"""Copies of a journal in use, what is put back and what is saved when the file is damaged."""

import asyncio
import itertools
import os
import random
import shutil
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from writer import WallClock, started

from runbook_tui import onlooking, records
from runbook_tui.backup_commands import journal_checks
from runbook_tui.journal import backup, book, connector, heads, repair, restore, soundness, swap
from runbook_tui.journal.faults import DamagedFile
from runbook_tui.keeping import keep_copies, trouble_with_copies
from runbook_tui.run import ledger
from runbook_tui.run.events import (
    JobFinished,
    JobStarted,
    NoteAdded,
    Outcome,
    RecordRestored,
    RunFinished,
    RunHeld,
    StepTicked,
)
from runbook_tui.run.fold import fold
from runbook_tui.run.ports import JournalError, OutputPiece
from tests.integration.run.desk import until

ENGINE = connector.choose()
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


async def tick(journal, count, *, run="r", text="x" * 300):
    seq = len(await journal.read(run))
    for number in range(count):
        seq = (await journal.append(run, [StepTicked(step=f"{text}{seq}-{number}")], expected=seq))[-1].seq
    return seq


async def with_output(journal, job="j", data=b"hello\n" * 4000, run="r"):
    seq = len(await journal.read(run))
    begun = JobStarted(job=job, step="s", command="c", text="t", shown="t", target="local")
    seq = (await journal.append(run, [begun], expected=seq))[-1].seq
    await journal.write_outputs(run, [OutputPiece(job=job, offset=0, data=data)])
    kept = await journal.finish_output(run, job)
    ended = JobFinished(job=job, exit=0, output=kept.blob, output_bytes=kept.bytes, output_sha256=kept.sha256)
    await journal.append(run, [ended], expected=seq)
    return kept.blob


async def bodies(opened, folder, run="r"):
    journal = await opened(folder)
    try:
        return [(record.seq, record.hash) for record in await journal.read(run)]
    finally:
        await journal.close()


# --- copies ---


async def test_a_copy_made_while_others_write_is_whole(journal, process, tmp_path):
    await tick(journal, 10)
    await journal.give_drive("r")
    child = process(tmp_path, "r", "flood", "ben")
    assert (await asyncio.to_thread(child.stdout.readline)).startswith("driving")
    seen = 0
    for number in range(5):
        made = await asyncio.to_thread(backup.make, tmp_path, now=NOW + timedelta(seconds=number))
        assert backup.look_at(made.copy.path).sound
        assert made.runs[0].seq > seen
        seen = made.runs[0].seq
    child.kill()
    child.communicate()
    assert seen <= len(await journal.read("r"))
    assert {path.suffix for path in (tmp_path / "backup").iterdir()} == {".db"}  # nothing half, nothing beside


async def test_two_terminals_may_make_a_copy_in_the_same_second(journal, tmp_path):
    await tick(journal, 200)
    both = [asyncio.to_thread(backup.make, tmp_path, now=NOW) for _ in range(3)]
    paths = [made.copy.path for made in await asyncio.gather(*both)]
    assert len(set(paths)) == 3
    assert all(backup.look_at(path).sound for path in paths)
    assert {path.suffix for path in (tmp_path / "backup").iterdir()} == {".db"}


async def test_a_copy_is_private_where_the_journal_is(journal, tmp_path):
    made = await asyncio.to_thread(backup.make, tmp_path, now=NOW)
    assert made.copy.path.parent.stat().st_mode & 0o077 == 0
    assert made.copy.path.stat().st_mode & 0o007 == 0


async def test_what_is_not_sound_is_not_kept_as_a_copy(journal, tmp_path):
    await tick(journal, 5)
    good = await asyncio.to_thread(backup.make, tmp_path, now=NOW)

    def change(db):
        db.execute("DROP TRIGGER event_stays")
        db.execute("UPDATE event SET body = replace(body, 'ana', 'eve') WHERE seq = 4")

    await journal._databases["events"].call(change)
    with pytest.raises(
        DamagedFile, match=r"event 4 of run r is not what was recorded.*copies made before are untouched"
    ):
        await asyncio.to_thread(backup.make, tmp_path, now=NOW + timedelta(hours=1))
    assert [copy.path for copy in backup.copies(tmp_path / "backup")] == [good.copy.path]


def test_nothing_to_copy(tmp_path):
    with pytest.raises(JournalError, match="nothing to copy"):
        backup.make(tmp_path, now=NOW)


@pytest.mark.parametrize(
    ("hours", "label", "kept"),
    [
        ([0, 0.25, 0.5, 0.75, 1.0, 1.25], "", {0, 0.25, 0.5, 0.75, 1.0}),  # the newest four, one an hour
        ([0, 1, 2, 23, 30, 31, 32, 33, 55], "", {0, 1, 2, 23, 30, 55}),
        ([24 * day for day in range(40)], "", {24 * day for day in range(31)}),
        ([24 * day for day in range(40)], "schema-1", {24 * day for day in range(5)}),
    ],
)
def test_old_copies_are_thinned_out(tmp_path, hours, label, kept):
    now = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
    for back in hours:
        name = (now - timedelta(hours=back)).strftime("runs-%Y%m%dT%H%M%SZ") + (f"-{label}" if label else "") + ".db"
        (tmp_path / name).touch()
    (tmp_path / "mine.db").touch()
    backup.thin_out(tmp_path, now)
    left = {round((now - copy.at).total_seconds() / 3600, 2) for copy in backup.copies(tmp_path)}
    assert left == kept
    assert (tmp_path / "mine.db").exists()


# --- by the clock ---


class Run:
    def __init__(self, state):
        self.state = state
        self.listeners = []

    def subscribe(self, listener):
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def become(self, state):
        self.state = state
        for listener in list(self.listeners):
            listener(state)


async def test_a_driven_run_is_copied_by_the_clock_and_at_its_end(journal, tmp_path):
    run = Run(fold(await journal.read("r")))
    ticking = itertools.count()
    keeping = asyncio.create_task(
        keep_copies(run, tmp_path, now=lambda: NOW + timedelta(seconds=next(ticking)), every=0.1)
    )
    await until(lambda: backup.copies(tmp_path / "backup"))
    await asyncio.sleep(0.35)
    assert len(backup.copies(tmp_path / "backup")) == 1  # nothing happened since: no further one
    await tick(journal, 1)
    run.become(fold(await journal.read("r")))
    await until(lambda: len(backup.copies(tmp_path / "backup")) == 2)
    await journal.append("r", [RunFinished(outcome=Outcome.COMPLETED)], expected=3)
    run.become(fold(await journal.read("r")))
    keeping.cancel()  # the run is let go of at once
    await asyncio.gather(keeping, return_exceptions=True)
    newest = backup.look_at(backup.copies(tmp_path / "backup")[0].path)
    assert newest.runs[0].seq == 4
    assert run.listeners == []


async def test_a_copy_that_cannot_be_made_is_told_and_stops_nothing(journal, tmp_path, monkeypatch):
    monkeypatch.setenv("RBT_BACKUP", str(tmp_path / "no" / "where"))
    (tmp_path / "no").write_text("a file, not a folder")
    run = Run(fold(await journal.read("r")))
    keeping = asyncio.create_task(keep_copies(run, tmp_path, now=lambda: NOW, every=0.05))
    await asyncio.sleep(0.3)
    assert not keeping.done()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    monkeypatch.setenv("RBT_BACKUP", str(tmp_path / "copies"))
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "trouble.txt").write_text("2026 the disk is full\n")
    assert trouble_with_copies(tmp_path) == "2026 the disk is full"


# --- putting back ---


@pytest.fixture
async def copied(opened, tmp_path):
    """A closed journal of 22 events with a copy of its first twelve."""
    journal = await opened(tmp_path)
    await journal.open_run("r", *started())
    await tick(journal, 10)
    await asyncio.to_thread(backup.make, tmp_path, now=NOW)
    await tick(journal, 10)
    await journal.close()
    return tmp_path


def the_copy(folder):
    return backup.copies(folder / "backup")[0]


async def test_never_over_something_newer_without_saying_so(opened, copied):
    before = await bodies(opened, copied)
    with pytest.raises(
        restore.WouldLose, match=r"older than the journal.*run r: the last 1. events.*Nothing was changed"
    ):
        restore.restore(copied, the_copy(copied), clock=WallClock(), actor="ana")
    assert (await bodies(opened, copied))[: len(before)] == before
    done = restore.restore(copied, the_copy(copied), clock=WallClock(), actor="ana", older=True)
    assert done.losses[0].events >= 10
    journal = await opened(copied)
    records = await journal.read("r")
    assert [(record.seq, record.hash) for record in records[:12]] == before[:12]
    assert isinstance(records[12].event, RecordRestored)
    assert records[12].event.lost == done.losses[0].events
    assert fold(records).restorations[0].source == the_copy(copied).path.name
    aside = backup.look_at(done.aside / "runs.db")
    assert aside.runs[0].seq >= 22  # nothing is ever deleted
    await journal.take_drive("r", "ben")  # and the run goes on


async def test_a_copy_of_the_present_state_is_put_back_without_a_word(opened, copied):
    made = backup.make(copied, now=NOW + timedelta(hours=1))
    done = restore.restore(copied, made.copy, clock=WallClock(), actor="ana")
    assert done.losses == ()
    assert not any(isinstance(r.event, RecordRestored) for r in await (await opened(copied)).read("r"))


async def test_not_while_somebody_drives(opened, copied, process):
    child = process(copied, "r", "drive", "ben@bastion")
    await asyncio.to_thread(child.stdout.readline)
    before = (copied / "runs.db").stat().st_ino
    for deed in (
        lambda: restore.restore(copied, the_copy(copied), clock=WallClock(), actor="ana", older=True),
        lambda: repair.repair(copied, clock=WallClock(), actor="ana"),
    ):
        with pytest.raises(swap.StillDriven, match=r"r is being driven\. Nothing was changed"):
            deed()
    assert (copied / "runs.db").stat().st_ino == before


async def test_whoever_has_it_open_is_told(opened, copied):
    reader = await opened(copied)
    await reader.read("r")
    restore.restore(copied, the_copy(copied), clock=WallClock(), actor="ana", older=True)
    with pytest.raises(JournalError, match="moved, deleted or replaced"):
        await reader.add_note("r", [NoteAdded(step="s", text="into the old one?")])
    assert len(await bodies(opened, copied)) == 13


async def test_what_lies_beside_a_copy_in_its_wal_is_put_back_too(journal, opened, tmp_path):
    """A journal that another terminal has open is a copy whose newest events are in its -wal."""
    await tick(journal, 10)
    before = [(record.seq, record.hash) for record in await journal.read("r")]
    here = tmp_path / "here"
    copy = backup.Copy(path=tmp_path / "runs.db", at=NOW, bytes=0)
    done = restore.restore(here, copy, clock=WallClock(), actor="ana")
    assert (done.runs, done.events) == (1, len(before))
    assert await bodies(opened, here) == before
    assert {path.name for path in here.iterdir()} >= {"runs.db"}
    assert not (here / "runs.db.restored").exists()


async def test_a_copy_that_is_written_to_while_it_is_read_is_not_put_in_place(journal, tmp_path, monkeypatch):
    """What was looked over is what is put in place, or nothing is."""
    copy = backup.Copy(path=tmp_path / "runs.db", at=NOW, bytes=0)
    looked = restore.look_at

    def and_then_one_more(path, *rest):
        found = looked(path, *rest)
        if path == copy.path:
            with closing(ENGINE.module.connect(str(path), isolation_level=None)) as db:
                book.add(db, "r", [NoteAdded(step="s", text="late")], epoch=0, actor="ben", clock=WallClock())
        return found

    monkeypatch.setattr(restore, "look_at", and_then_one_more)
    here = tmp_path / "here"
    with pytest.raises(JournalError, match=r"written to while it was read. The journal is as it was"):
        restore.restore(here, copy, clock=WallClock(), actor="ana")
    assert (here / "runs.db").stat().st_size == 0
    assert not (here / "runs.db.restored").exists()


async def test_a_note_that_waited_for_the_swap_is_not_written_into_what_was_replaced(opened, copied):
    """It got its turn when the old file was set aside already: told, not acknowledged and lost."""
    other = await opened(copied, busy_timeout=5.0)
    await other.read("r")
    new = swap.fresh(copied, "runs.db.new")
    backup.copy_pages(ENGINE, copied / "runs.db", new)
    swap.finish(new)
    with swap.alone(copied) as seen:
        note = asyncio.create_task(other.add_note("r", [NoteAdded(step="s", text="approved")]))
        await asyncio.sleep(0.2)
        assert not note.done()  # it waits for its turn
        swap.put_in_place(copied, new, seen, now=NOW)
    with pytest.raises(JournalError, match=r"moved, deleted or replaced.*Nothing was written"):
        await note
    assert len(await bodies(opened, copied)) == 22


async def test_what_is_written_until_the_swap_is_among_what_would_be_lost(journal, opened, tmp_path, monkeypatch):
    """The copy held everything when it was compared; a sign-off given a moment later counts as well."""
    await tick(journal, 5)
    made = await asyncio.to_thread(backup.make, tmp_path, now=NOW)
    await journal.give_drive("r")
    fresh = swap.fresh

    def and_then_a_note(*given):
        with closing(ENGINE.module.connect(str(tmp_path / "runs.db"), isolation_level=None)) as db:
            book.add(db, "r", [NoteAdded(step="s", text="late")], epoch=0, actor="ben", clock=WallClock())
        return fresh(*given)

    await journal.close()
    monkeypatch.setattr(swap, "fresh", and_then_a_note)
    with pytest.raises(restore.WouldLose, match="run r: the last 2 events"):  # that the drive was given, and the note
        restore.restore(tmp_path, made.copy, clock=WallClock(), actor="ana")
    assert (await (await opened(tmp_path)).read("r"))[-1].event.text == "late"


async def test_no_acknowledged_note_is_lost_while_copies_are_put_back(journal, process, opened, tmp_path):
    """Whatever was acknowledged is in the journal or in what was set aside, and all of them are sound."""
    await tick(journal, 5)
    await journal.close()
    made = backup.make(tmp_path, now=NOW)
    children = [process(tmp_path, "r", "note-on", name) for name in ("ben", "eve")]
    for child in children:
        await asyncio.to_thread(child.stdout.readline)
    for number in range(12):
        done = restore.restore(tmp_path, made.copy, clock=WallClock(), actor="ana", older=True)
        assert done.aside is not None
        await asyncio.sleep(0.02 * (number % 3))
        if number % 4 == 3:
            repair.repair(tmp_path, clock=WallClock(), actor="ana")
    acknowledged = set()
    for child in children:
        child.kill()
        acknowledged |= {line.strip().partition(" ")[2] for line in child.communicate()[0].splitlines()}
    found = set()
    for folder in (tmp_path, *tmp_path.glob("replaced-*")):
        assert backup.look_at(folder / "runs.db").sound
        found |= {record.event.text for record in await noted(opened, folder)}
    assert len(acknowledged) > 20
    assert acknowledged - found <= {""}


async def noted(opened, folder):
    journal = await opened(folder)
    records = await journal.read("r")
    await journal.close()
    return [record for record in records if isinstance(record.event, NoteAdded)]


async def test_an_old_file_is_set_aside_without_being_opened(copied, monkeypatch):
    """Closing a file lets go of every lock that SQLite has on it in this process."""
    before = (copied / "runs.db").stat().st_ino
    done = restore.restore(copied, the_copy(copied), clock=WallClock(), actor="ana", older=True)
    assert (done.aside / "runs.db").stat().st_ino == before

    def no_links(*_):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    done = restore.restore(copied, the_copy(copied), clock=WallClock(), actor="ana", older=True)
    assert backup.look_at(done.aside / "runs.db").sound


async def test_two_do_not_replace_it_at_once(copied):
    new = swap.fresh(copied, "runs.db.new")
    with swap.alone(copied) as seen:
        (copied / "runs.db").rename(copied / "runs.db.moved")
        with pytest.raises(JournalError, match=r"replaced by another process meanwhile.*Nothing was changed"):
            swap.put_in_place(copied, new, seen, now=NOW)


async def test_a_wal_without_its_database_is_set_aside_too(copied):
    """Somebody deleted runs.db: what its -wal holds is evidence, and nothing is ever deleted."""
    (copied / "runs.db").unlink()
    (copied / "runs.db-wal").write_bytes(b"what was left")
    done = repair.repair(copied, clock=WallClock(), actor="ana")
    assert (done.aside / "runs.db-wal").read_bytes() == b"what was left"


async def test_who_watches_sees_what_was_put_in_place(opened, copied, monkeypatch):
    """The screen of an observer neither freezes nor shows events that are the record's no more."""
    monkeypatch.setattr(onlooking, "AGAIN", 0.05)
    copy = the_copy(copied)
    reading = await opened(copied, read_only=True)
    state = fold(await reading.read("r"))
    monkeypatch.setattr(records, "load", lambda journal, run: loaded(journal, run))
    view = onlooking.WatchedRun(reading, state, runbook=None)
    heard = []
    view.subscribe(lambda state: heard.append((state.seq, view.unheard)))
    await asyncio.to_thread(restore.restore, copied, copy, clock=WallClock(), actor="ana", older=True)
    async with asyncio.timeout(10):
        while not (view.state.restorations and not view.unheard):
            await asyncio.sleep(0.02)
    assert view.state.seq == 13
    writing = await opened(copied)
    await writing.add_note("r", [NoteAdded(step="s", text="after")])
    async with asyncio.timeout(10):
        while view.state.seq < 14:
            await asyncio.sleep(0.02)
    await view.close()  # and ends without an error of long ago


async def loaded(journal, run):
    return fold(await journal.read(run)), None


async def test_who_drives_hears_others_again_after_the_record_could_not_be_read(journal, opened, tmp_path, monkeypatch):
    """A second yes, a hold: what others say must not stay unheard because one look failed."""
    monkeypatch.setattr(ledger, "AGAIN", 0.05)
    own = ledger.Ledger(journal, fold(await journal.read("r")))
    real, broken = journal.read, [JournalError("the disk failed")] * 2

    async def read(*given):
        if broken:
            raise broken.pop()
        return await real(*given)

    monkeypatch.setattr(journal, "read", read)
    told = []
    own.subscribe(lambda _: told.append(own.unheard))
    following = asyncio.create_task(own.follow())
    other = await opened(tmp_path)
    await other.add_note("r", [RunHeld(reason="wait")])
    async with asyncio.timeout(10):
        while own.state.held is None or own.unheard:
            await asyncio.sleep(0.02)
    assert "the disk failed" in told
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_a_damaged_copy_is_refused(copied):
    path = the_copy(copied).path
    data = bytearray(path.read_bytes())
    data[-4096:] = bytes(4096)
    path.write_bytes(data)
    with pytest.raises(DamagedFile):
        restore.restore(copied, the_copy(copied), clock=WallClock(), actor="ana", older=True)
    assert repair.newest_sound(copied) is None


# --- damage: found, explained, repaired ---


async def test_a_lost_wal_is_found_although_sqlite_finds_nothing(journal, opened, tmp_path):
    await tick(journal, 5)
    await asyncio.to_thread(backup.make, tmp_path, now=NOW)
    await journal._databases["events"].call(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    main = (tmp_path / "runs.db").read_bytes()
    await tick(journal, 20)
    await journal.close()
    (tmp_path / "runs.db").write_bytes(main)  # as if the machine had died and somebody had deleted the -wal
    found = backup.examine_journal(tmp_path)
    (flaw,) = found.flaws
    assert flaw.kind == "tail"
    assert "run r had come to event 27 and ends at 7: 20 were durable and are gone" in flaw.what
    done = repair.repair(tmp_path, clock=WallClock(), actor="ana")
    assert done.lost == 20
    records = await (await opened(tmp_path)).read("r")
    assert records[-1].event == RecordRestored(source="rbt doctor --repair", lost=20)
    assert backup.examine_journal(tmp_path).sound


async def test_what_an_older_file_lost_comes_back_from_a_newer_copy(journal, opened, tmp_path):
    await tick(journal, 5)
    await journal._databases["events"].call(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    older = (tmp_path / "runs.db").read_bytes()
    await tick(journal, 20)
    await asyncio.to_thread(backup.make, tmp_path, now=NOW)
    before = [(record.seq, record.hash) for record in await journal.read("r")]
    await journal.close()
    (tmp_path / "runs.db").write_bytes(older)
    done = repair.repair(tmp_path, clock=WallClock(), actor="ana")
    assert done.lost == 0
    assert await bodies(opened, tmp_path) == before


@pytest.mark.parametrize("seed", range(12))
async def test_damaged_pages_lose_only_what_nobody_else_holds(opened, tmp_path, seed):
    """Pages overwritten at random: all of the copy is there again, and what follows as far as it can be proven."""
    chance = random.Random(seed)
    journal = await opened(tmp_path)
    await journal.open_run("r", *started())
    await tick(journal, 30)
    await with_output(journal)
    await asyncio.to_thread(backup.make, tmp_path, now=NOW)
    await tick(journal, 30)
    before = [(record.seq, record.hash) for record in await journal.read("r")]
    await journal.close()
    path = tmp_path / "runs.db"
    data = bytearray(path.read_bytes())
    for page in chance.sample(range(len(data) // 4096), 2):
        data[page * 4096 : (page + 1) * 4096] = chance.choice((bytes(4096), b"\xff" * 4096, os.urandom(4096)))
    path.write_bytes(data)
    try:
        sound = backup.examine_journal(tmp_path).sound
    except DamagedFile:
        sound = False
    if sound:  # the page held nothing
        assert await bodies(opened, tmp_path) == before
        return
    done = repair.repair(tmp_path, clock=WallClock(), actor="ana")
    after = await bodies(opened, tmp_path)
    kept = done.runs[0].events
    assert kept >= 34  # all that the copy had
    assert after[:kept] == before[:kept]
    assert done.lost == len(before) - kept
    assert done.evidence_lost == ()
    assert backup.examine_journal(tmp_path).sound
    assert len(after) == kept + (1 if done.lost else 0)


@pytest.mark.parametrize("how", ["missing", "changed"])
async def test_evidence_comes_back_from_a_copy(journal, opened, tmp_path, how):
    name = await with_output(journal)
    await asyncio.to_thread(backup.make, tmp_path, now=NOW)
    sql = "DELETE FROM blob WHERE sha256 = ?" if how == "missing" else "UPDATE blob SET data = x'00' WHERE sha256 = ?"
    await journal._databases["events"].call(lambda db: db.execute(sql, (name,)))
    await journal.close()
    (flaw,) = backup.examine_journal(tmp_path).flaws
    assert flaw.kind == "blob"
    assert f"event 4 of run r shows as evidence {'is missing' if how == 'missing' else 'was changed'}" in flaw.what
    done = repair.repair(tmp_path, clock=WallClock(), actor="ana")
    assert (done.lost, done.evidence_lost) == (0, ())
    assert (await (await opened(tmp_path)).blob(name)).startswith(b"hello")


async def test_evidence_that_nobody_holds_is_told(journal, tmp_path):
    name = await with_output(journal)
    await journal._databases["events"].call(lambda db: db.execute("DELETE FROM blob WHERE sha256 = ?", (name,)))
    await journal.close()
    assert repair.repair(tmp_path, clock=WallClock(), actor="ana").evidence_lost == (name,)


async def test_evidence_that_runs_have_in_common_is_read_once_and_told_for_each(journal, tmp_path):
    await journal.open_run("other", *started())
    await with_output(journal)
    blob = await with_output(journal, run="other")
    await journal.close()
    with closing(ENGINE.module.connect(str(tmp_path / "runs.db"))) as db, db:
        read = []
        db.set_trace_callback(read.append)
        assert soundness.examine(db, errors=(ENGINE.error,)).sound
        assert len([statement for statement in read if blob in statement]) == 1
        db.execute("UPDATE blob SET data = x'00' WHERE sha256 = ?", (blob,))
    assert [(flaw.kind, flaw.run) for flaw in backup.examine_journal(tmp_path).flaws] == [
        ("blob", "r"),
        ("blob", "other"),
    ]


async def test_a_changed_event_is_put_right_from_a_copy(journal, opened, tmp_path):
    await tick(journal, 10)
    before = [(record.seq, record.hash) for record in await journal.read("r")]
    await asyncio.to_thread(backup.make, tmp_path, now=NOW)

    def change(db):
        db.execute("DROP TRIGGER event_stays")
        db.execute("UPDATE event SET body = replace(body, 'ana', 'eve') WHERE seq = 7")

    await journal._databases["events"].call(change)
    await journal.close()
    assert [flaw.seq for flaw in backup.examine_journal(tmp_path).flaws] == [7]
    done = repair.repair(tmp_path, clock=WallClock(), actor="ana")
    assert done.lost == 0
    assert set(done.runs[0].sources) == {"runs.db", the_copy(tmp_path).path.name}
    assert await bodies(opened, tmp_path) == before


async def test_a_journal_that_is_gone_comes_back_from_its_copy(opened, copied):
    (copied / "runs.db").unlink()
    done = repair.repair(copied, clock=WallClock(), actor="ana")
    assert done.runs[0].events == 12
    assert done.lost == 10
    assert len(await bodies(opened, copied)) == 13


def test_nothing_to_save_from(tmp_path):
    (tmp_path / "runs.db").write_bytes(b"garbage" * 1000)
    with pytest.raises(JournalError, match=r"nothing to repair.*Nothing was changed"):
        repair.repair(tmp_path, clock=WallClock(), actor="ana")
    assert (tmp_path / "runs.db").read_bytes() == b"garbage" * 1000


def damage(path, *statements):
    """Write what SQLite itself would refuse: values of other types, a schema whose text is broken."""
    with closing(ENGINE.module.connect(str(path), isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = 1")
        version = db.execute("PRAGMA schema_version").fetchone()[0]
        db.execute("UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '        ')")
        db.execute(f"PRAGMA schema_version = {version + 1}")
    with closing(ENGINE.module.connect(str(path), isolation_level=None)) as db:
        db.execute("DROP TRIGGER lease_moves_on")
        db.execute("PRAGMA writable_schema = 1")
        for statement in statements:
            db.execute(statement)
        db.execute("UPDATE sqlite_schema SET sql = replace(sql, ')        ', ') STRICT')")


@pytest.mark.parametrize(
    ("statement", "lost"),
    [
        ("UPDATE run SET seq = 'many' WHERE id = 'r'", ()),
        ("UPDATE run SET seq = x'00' WHERE id = 'r'", ()),
        ("UPDATE run SET created = x'00', seq = 4611686018427387904 WHERE id = 'r'", ()),
        ("UPDATE lease SET epoch = 'x', pid = 'y'", ()),
        ("UPDATE lease SET epoch = 9223372036854775807", ()),
        ("UPDATE output SET total = 'much' WHERE job = 'live'", (("r", "live"),)),
        ("UPDATE output SET total = 'much' WHERE job = 'j'", (("r", "j"),)),
        ("UPDATE chunk SET data = 'text' WHERE start = 100000", (("r", "live"),)),
        ("UPDATE chunk SET start = 'there' WHERE start = 100000", (("r", "live"),)),
        ("UPDATE sqlite_schema SET sql = 'CREATE TRIGGER event_stays !' WHERE name = 'event_stays'", ()),
    ],
)
async def test_one_damaged_value_stops_no_repair(journal, opened, tmp_path, statement, lost):
    await tick(journal, 5)
    await with_output(journal)
    live = [bytes([number]) * 50_000 for number in range(5)]
    for number, data in enumerate(live):
        await journal.write_outputs("r", [OutputPiece(job="live", offset=number * 50_000, data=data)])
    before = [(record.seq, record.hash) for record in await journal.read("r")]
    await journal.close()
    damage(tmp_path / "runs.db", statement)
    with suppress(DamagedFile):
        assert "lease SET epoch = 9" in statement or not backup.examine_journal(tmp_path).sound
    done = repair.repair(tmp_path, clock=WallClock(), actor="ana")
    assert (done.lost, done.evidence_lost, done.outputs_lost) == (0, (), lost)
    assert done.nothing_lost == (not lost)
    assert await bodies(opened, tmp_path) == before
    assert backup.examine_journal(tmp_path).sound
    again = await opened(tmp_path)
    kept = b"".join(piece.data for piece in await again.read_output("r", "live"))
    assert kept == b"".join(live) or lost
    assert kept[:50_000] == live[0] or "total" in statement


async def test_output_that_was_finished_and_not_yet_recorded_is_kept(journal, opened, tmp_path):
    """Its bytes are named by no event yet: the process died between the two."""
    await with_output(journal, job="j")
    await journal.write_outputs("r", [OutputPiece(job="k", offset=0, data=b"the end\n")])
    await journal.finish_output("r", "k")
    await journal._databases["events"].call(lambda db: db.execute("UPDATE run SET head = 'x'"))
    await journal.close()
    assert repair.repair(tmp_path, clock=WallClock(), actor="ana").nothing_lost
    assert [piece.data for piece in await (await opened(tmp_path)).read_output("r", "k")] == [b"the end\n"]


async def test_output_whose_bytes_are_gone_is_told_when_it_is_read(journal, tmp_path):
    name = await with_output(journal)
    await journal._databases["events"].call(lambda db: db.execute("DELETE FROM blob WHERE sha256 = ?", (name,)))
    with pytest.raises(JournalError, match="output of job j is not in the journal any more"):
        await journal.read_output("r", "j")


async def test_bytes_flipped_anywhere_stop_neither_the_look_nor_the_repair(opened, tmp_path):
    """All that a sound copy holds is there again, and of the rest what can be proven."""
    origin = tmp_path / "origin"
    journal = await opened(origin)
    await journal.open_run("r", *started())
    await tick(journal, 8)
    await with_output(journal)
    await journal.write_outputs("r", [OutputPiece(job="live", offset=0, data=b"x" * 5000)])
    await asyncio.to_thread(backup.make, origin, now=NOW)
    await tick(journal, 8)
    before = [(record.seq, record.hash) for record in await journal.read("r")]
    await journal.close()
    whole, copy = (origin / "runs.db").read_bytes(), the_copy(origin).path
    for seed in range(60):
        chance, folder = random.Random(seed), tmp_path / str(seed)
        shutil.copytree(origin / "heads", folder / "heads")
        if with_copy := seed % 3 > 0:
            (folder / "backup").mkdir()
            shutil.copy(copy, folder / "backup")
        data = bytearray(whole)
        for _ in range(chance.choice((1, 2, 5, 40))):
            page = chance.randrange(len(data) // 4096)  # half of them where a page tells what is on it
            data[page * 4096 + chance.randrange(chance.choice((120, 4096)))] = chance.randrange(256)
        (folder / "runs.db").write_bytes(data)
        (name, verdict, _), *_ = journal_checks(folder)
        assert name == "record"
        if verdict == "ok":
            assert await bodies(opened, folder) == before
            continue
        try:
            done = repair.repair(folder, clock=WallClock(), actor="ana")
        except JournalError as error:
            if with_copy or "nothing to repair" not in str(error):
                raise
            continue
        kept = done.runs[0].events
        assert kept >= (12 if with_copy else 0), seed
        if kept:
            assert (await bodies(opened, folder))[:kept] == before[:kept], seed
        assert journal_checks(folder)[0][1] == "ok" or done.evidence_lost, seed


def test_a_file_of_another_program_is_not_called_whole(copied):
    """What no terminal would open is no sound journal."""
    with closing(ENGINE.module.connect(str(copied / "runs.db"), isolation_level=None)) as db:
        db.execute("PRAGMA application_id = 7")
    with pytest.raises(DamagedFile, match="no journal of rbt"):
        backup.examine_journal(copied)
    assert repair.repair(copied, clock=WallClock(), actor="ana").lost == 0


def test_a_journal_of_a_newer_rbt_is_not_repaired_into_an_older_one(copied):
    with closing(ENGINE.module.connect(str(copied / "runs.db"), isolation_level=None)) as db:
        db.execute("PRAGMA user_version = 2")
    _, verdict, told = journal_checks(copied)[0]
    assert (verdict, "written by a newer rbt" in told) == ("fail", True)
    before = (copied / "runs.db").read_bytes()
    with pytest.raises(JournalError, match="written by a newer rbt"):
        repair.repair(copied, clock=WallClock(), actor="ana")
    assert (copied / "runs.db").read_bytes() == before


async def test_a_damaged_journal_is_no_obstacle_to_restoring(opened, copied):
    damage(copied / "runs.db", "UPDATE run SET seq = 'many'")
    done = restore.restore(copied, the_copy(copied), clock=WallClock(), actor="ana", older=True)
    assert [loss.events for loss in done.losses] == [10]  # by the notes beside it


# --- notes beside the database ---


async def test_notes_never_say_more_than_what_is_durable(journal, tmp_path):
    await tick(journal, 3)
    (seq, head) = heads.noted(tmp_path)["r"]
    assert (seq, head) == (5, (await journal.read("r"))[-1].hash)
    await journal.add_note("r", [NoteAdded(step="s", text="n")])
    assert heads.noted(tmp_path)["r"][0] == 6
    with pytest.raises(JournalError):
        await journal.append("r", [StepTicked(step="a")], expected=2)
    assert heads.noted(tmp_path)["r"][0] == 6
    assert (tmp_path / "heads" / "r").stat().st_mode & 0o007 == 0
