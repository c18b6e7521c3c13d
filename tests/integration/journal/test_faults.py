"""Files and disks that are not as they should be: refused in a sentence, never touched, never half."""

import asyncio
import itertools
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from writer import started

from runbook_tui.journal import connector, faults
from runbook_tui.journal.faults import Damaged
from runbook_tui.journal.thread import Database
from runbook_tui.run.events import NoteAdded, StepTicked
from runbook_tui.run.ports import JournalError, OutputPiece

ENGINE = connector.choose()


@contextmanager
def raw(folder):
    db = ENGINE.module.connect(folder / "runs.db", isolation_level=None)
    try:
        yield db
    finally:
        db.close()


@pytest.fixture
async def closed(opened, tmp_path):
    """The folder of a journal with a run of twelve events, closed."""
    journal = await opened(tmp_path)
    await journal.open_run("r", *started())
    await journal.append("r", [StepTicked(step=str(n)) for n in range(10)], expected=2)
    await journal.write_outputs("r", [OutputPiece(job="j", offset=0, data=os.urandom(300_000))])
    await journal.close()
    assert not (tmp_path / "runs.db-wal").exists()
    return tmp_path


def threads():
    return [thread for thread in threading.enumerate() if "_connection_worker_thread" in thread.name]


def gone():
    for thread in threads():
        thread.join(5)  # it has answered, and is on its way out
    assert threads() == []


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    gone()


# --- the file ---


async def refused(opened, folder, match, *, read_only=False):
    before = (folder / "runs.db").read_bytes()
    with pytest.raises(JournalError, match=match):
        await opened(folder, read_only=read_only)
    assert (folder / "runs.db").read_bytes() == before
    gone()


@pytest.mark.parametrize("read_only", [False, True])
async def test_garbage(opened, tmp_path, read_only):
    (tmp_path / "runs.db").write_bytes(b"not a database, not at all\n" * 400)
    await refused(opened, tmp_path, "damaged or is no journal.*Nothing in it was touched", read_only=read_only)


@pytest.mark.parametrize("read_only", [False, True])
async def test_a_truncated_file(opened, closed, read_only):
    data = (closed / "runs.db").read_bytes()
    (closed / "runs.db").write_bytes(data[: len(data) // 2 // 4096 * 4096])
    await refused(opened, closed, "damaged.*aside", read_only=read_only)


async def test_a_page_overwritten(opened, closed):
    with (closed / "runs.db").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096)
    await refused(opened, closed, "damaged.*aside")


@pytest.mark.parametrize("read_only", [False, True])
async def test_a_journal_from_the_future(opened, closed, read_only):
    with raw(closed) as db:
        db.execute("PRAGMA user_version = 99")
    await refused(opened, closed, "newer rbt \\(schema 99; this one knows up to 1\\)", read_only=read_only)


async def test_somebody_elses_database(opened, tmp_path):
    with raw(tmp_path) as db:
        db.execute("CREATE TABLE recipes (soup)")
    await refused(opened, tmp_path, "not made by rbt")


async def test_a_file_that_anybody_may_write(opened, closed):
    (closed / "runs.db").chmod(0o666)
    await refused(opened, closed, "Anybody on this machine may write")
    await refused(opened, closed, "Anybody on this machine may write", read_only=True)


# --- who changed what ---


@pytest.mark.parametrize("seq", [1, 7, 12])
async def test_one_changed_byte_is_named_by_its_event(opened, closed, seq):
    with raw(closed) as db:
        db.execute("DROP TRIGGER event_stays")
        (body,) = db.execute("SELECT body FROM event WHERE seq = ?", (seq,)).fetchone()
        db.execute("UPDATE event SET body = ? WHERE seq = ?", (body.replace("ana", "eve", 1), seq))
    journal = await opened(closed)
    with pytest.raises(Damaged, match=f"Event {seq} of run r is not what was recorded") as caught:
        await journal.read("r")
    assert caught.value.seq == seq
    assert len(await journal.runs()) == 1


@pytest.mark.parametrize(
    ("sql", "seq"),
    [("DELETE FROM event WHERE seq = 5", 5), ("DELETE FROM event WHERE seq > 8", 9), ("DELETE FROM event", 1)],
    ids=["one", "the tail", "all"],
)
async def test_events_deleted(opened, closed, sql, seq):
    with raw(closed) as db:
        db.execute("DROP TRIGGER event_is_kept")
        db.execute(sql)
    journal = await opened(closed)
    with pytest.raises(Damaged) as caught:
        await journal.read("r")
    assert caught.value.seq == seq
    assert len(await journal.runs()) == 1


async def test_an_older_copy_put_in_place_is_noticed_by_who_saw_more(opened, closed):
    journal = await opened(closed)
    with pytest.raises(Damaged, match="events up to 20 were seen here before"):
        await journal.read("r", 20)


async def test_a_changed_blob(opened, closed):
    with raw(closed) as db:
        (name,) = db.execute("SELECT sha256 FROM blob").fetchone()
        db.execute("UPDATE blob SET data = x'00'")
    with pytest.raises(JournalError, match="was changed after it was recorded"):
        await (await opened(closed)).blob(name)


# --- the disk ---


async def tick_for_ever(journal):
    for seq in itertools.count(2):
        records = await journal.append("r", [StepTicked(step="x" * 4000)], expected=seq)
        assert [record.seq for record in records] == [seq + 1]


async def test_a_full_database(journal):
    await journal._databases["events"].call(lambda db: db.execute("PRAGMA max_page_count = 30").fetchall())
    with pytest.raises(JournalError, match=r"disk of .* is full\. The event was not written, so nothing was done"):
        await tick_for_ever(journal)
    seq = len(await journal.read("r"))
    await journal._databases["events"].call(lambda db: db.execute("PRAGMA max_page_count = 3000").fetchall())
    await journal.append("r", [StepTicked(step="there is space again")], expected=seq)


@pytest.fixture
def small_disk():
    folder = Path(tempfile.mkdtemp(prefix="rbt-full-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=700k", "none", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("only root may make a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


async def test_a_full_disk(opened, small_disk):
    journal = await opened(small_disk)
    await journal.open_run("r", *started())
    (small_disk / "ballast").write_bytes(b"x" * 100_000)
    with pytest.raises(JournalError, match=r"disk of .* is full"):
        await tick_for_ever(journal)
    seq = len(await journal.read("r"))
    (small_disk / "ballast").unlink()
    await journal.append("r", [StepTicked(step="there is space again")], expected=seq)
    await journal.close()
    assert len(await (await opened(small_disk)).read("r")) == seq + 1


LIMITED = """
import asyncio, resource, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from writer import WallClock, started
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.run.events import StepTicked
from runbook_tui.run.ports import JournalError

async def main():
    journal = await SqliteJournal.open(Path(sys.argv[1]), clock=WallClock(), actor="a")
    await journal.open_run("r", *started())
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    seq = 2
    for _ in range(2):
        try:
            while True:
                await journal.append("r", [StepTicked(step="x" * 4000)], expected=seq)
                seq += 1
        except JournalError as error:
            print(seq, error)
    await journal.close()

asyncio.run(main())
"""


async def test_a_disk_that_refuses_writes_stops_the_driving(process, opened, tmp_path):
    """An I/O error is not tried again: after a failed write or fsync nobody knows what the disk has."""
    run = [sys.executable, "-c", LIMITED, str(tmp_path), str(Path(__file__).parent)]
    done = await asyncio.to_thread(subprocess.run, run, capture_output=True, text=True, check=True, timeout=30)
    first, second = done.stdout.splitlines()
    assert "The disk failed" in first
    assert first == second
    records = await (await opened(tmp_path)).read("r")
    assert int(first.split()[0]) <= len(records) <= int(first.split()[0]) + 1


@contextmanager
def as_nobody():
    """Root may write anywhere, so be somebody else for a while."""
    if os.geteuid():
        yield
        return
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def public():
    with tempfile.TemporaryDirectory(prefix="rbt-ro-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


async def test_a_folder_without_permission_to_write(opened, public):
    journal = await opened(public)
    await journal.open_run("r", *started())
    await journal.close()
    (public / "runs.db").chmod(0o444)
    (public / "drive").chmod(0o555)
    public.chmod(0o555)
    with as_nobody():
        with pytest.raises(JournalError, match=r"cannot be used.*Permission denied"):
            await opened(public)
        reader = await opened(public, read_only=True)
        assert len(await reader.read("r")) == 2
        with pytest.raises(JournalError, match="cannot be used"):
            await opened(public / "new")
    for path in (public, public / "drive", public / "runs.db"):
        path.chmod(0o755)
    owner = await opened(public)
    await owner.add_note("r", [NoteAdded(step="s", text="the owner writes on")])
    public.chmod(0o555)
    with as_nobody():
        assert len(await reader.read("r")) == 3
        await reader.close()
    public.chmod(0o755)


async def test_a_file_moved_or_replaced_under_the_open_journal(journal, tmp_path):
    """SQLite in WAL mode does not notice: the event would be durable where nobody looks."""
    (tmp_path / "runs.db").rename(tmp_path / "elsewhere.db")
    for _ in range(2):
        with pytest.raises(JournalError, match="moved, deleted or replaced"):
            await journal.append("r", [StepTicked(step="a")], expected=2)
        (tmp_path / "runs.db").touch()
    (tmp_path / "elsewhere.db").rename(tmp_path / "runs.db")
    await journal.append("r", [StepTicked(step="a")], expected=2)


# --- the others ---

HOLD = """
import sys, time
from runbook_tui.journal.connector import choose
db = choose().module.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(60)
"""


async def test_a_lock_held_too_long_names_its_holder(journal, tmp_path):
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "runs.db")], stdout=subprocess.PIPE)
    try:
        await asyncio.to_thread(child.stdout.readline)
        with pytest.raises(JournalError, match=rf"process {child.pid} \(python.*within 0.3 s.*nothing was done"):
            await journal.append("r", [StepTicked(step="a")], expected=2)
        assert len(await journal.read("r")) == 2
    finally:
        child.kill()
        child.communicate()
    await journal.append("r", [StepTicked(step="a")], expected=2)


async def test_an_open_that_is_cancelled_leaves_no_thread(opened, tmp_path):
    for turn in range(10):
        task = asyncio.create_task(opened(tmp_path))
        await asyncio.sleep(turn / 2000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled():
            await task.result().close()
        gone()
    await (await opened(tmp_path)).close()


async def test_bugs_are_not_dressed_up_as_journal_errors(journal):
    with pytest.raises(ZeroDivisionError):
        await journal._databases["events"].call(lambda db: 1 / 0)
    await journal.add_note("r", [NoteAdded(step="s", text="the thread goes on")])


async def test_a_database_never_opened_is_closed_without_ado(tmp_path):
    await Database(tmp_path / "x", ENGINE, read_only=False, busy_timeout=1).close()


def test_every_code_has_a_sentence(tmp_path):
    for code in range(27):
        error = ENGINE.module.OperationalError("no")
        error.sqlite_errorcode = code
        sentence = str(faults.explain(error, tmp_path / "runs.db", busy_timeout=1))
        assert any(word in sentence for word in ("othing was", "othing in it", "nothing more", "nothing was"))
