"""Over the link to the record a rehearsal can write its own run, and nothing else."""

import asyncio
import hashlib
import socket

import pytest

from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.records import SystemClock
from runbook_tui.rehearsal.record import Broken, Keeper, RecordOutside, Verdict
from runbook_tui.run import events as e
from runbook_tui.run.ports import Conflict, JournalError, UnknownRun

DATA = b"# T\n"
SHA = hashlib.sha256(DATA).hexdigest()


def started(**more):
    return e.RunStarted(
        title="T", source="/t.md", document=SHA, tool="1", user="ana", host="h", target="local", profile="default",
        **more,
    )  # fmt: skip


@pytest.fixture
async def link(tmp_path):
    """What is inside, and what serves it; a real run lies in the same journal."""
    journal = await SqliteJournal.open(tmp_path, clock=SystemClock(), actor="ana@h")
    await journal.open_run("real-run", [started()], {SHA: DATA})
    ours, theirs = socket.socketpair()
    serving = asyncio.create_task(Keeper(journal, "mock-run").serve(ours))
    inside = await RecordOutside.at(theirs)
    yield inside, serving, journal
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    await inside.close()
    await journal.close()


async def test_one_run_marked_as_a_rehearsal_and_no_other(link):
    inside, serving, journal = link
    with pytest.raises(JournalError, match="marked as a rehearsal"):
        await inside.open_run("", [started()], {SHA: DATA})
    with pytest.raises(UnknownRun):
        await inside.read("real-run")
    records = await inside.open_run("real-run", [started(rehearsal=True)], {SHA: DATA})
    assert [record.run for record in records] == ["mock-run"] * 2  # and its drive
    with pytest.raises(JournalError, match="one run"):
        await inside.open_run("", [started(rehearsal=True)], {SHA: DATA})
    for refused in (
        inside.read("real-run"),
        inside.append("real-run", [], expected=1),
        inside.take_drive("real-run", "x"),
    ):
        with pytest.raises(UnknownRun):
            await refused
    assert await inside.runs() == []
    assert await inside.blob(SHA) == DATA
    other = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(JournalError, match="nothing of this rehearsal"):
        await inside.blob(other)
    assert await inside.append("mock-run", [e.NoteAdded(step="s", text="hello")], expected=2)
    with pytest.raises(Conflict):
        await inside.append("mock-run", [e.NoteAdded(step="s", text="late")], expected=2)
    assert [type(one.event).__name__ for one in await inside.read("mock-run")][::2] == ["RunStarted", "NoteAdded"]
    assert len(await journal.read("real-run")) == 2
    await inside.verdict(Verdict(ready=True, lines=("ready",)))
    assert (await serving).lines == ("ready",)


async def test_an_answer_nobody_waits_for_does_not_go_to_the_next(link):
    inside, _, _ = link
    await inside.open_run("", [started(rehearsal=True)], {SHA: DATA})
    asking = asyncio.create_task(inside.blob(SHA))
    await asyncio.sleep(0)
    asking.cancel()
    assert len(await inside.read("mock-run")) == 2


async def test_an_end_without_a_verdict_is_said(link):
    inside, serving, journal = link
    await inside.open_run("", [started(rehearsal=True)], {SHA: DATA})
    await inside.close()
    with pytest.raises(Broken, match="before it had a verdict"):
        await serving
    assert (await journal.runs())[0].driver is None or (await journal.runs())[1].driver is None
