"""Two accounts of one group at one journal, and a third that is none of their business. Real users, so only as root."""

import asyncio
import importlib
import json
import os
import traceback
from contextlib import suppress

import pytest

from runbook_tui.journal import backup, heads
from runbook_tui.journal.presence import Presence
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.run.events import NoteAdded, RunStarted, StepTicked
from runbook_tui.run.people import Someone, Who
from runbook_tui.run.ports import Fenced, JournalError
from tests.disk.writer import DOCUMENT, WallClock

for late in ("_strptime", "concurrent.futures.thread"):  # the interpreter may lie where these users may not look
    importlib.import_module(late)

GROUP, ANA, BEN, EVE = 54321, 54322, 54323, 54324
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")


class User:
    """A process of that user, doing `work`; it may pause until it is told to go on."""

    def __init__(self, uid, gid, umask, work):
        self._said, out = os.pipe()
        go, self._go = os.pipe()
        self._child = os.fork()
        if self._child:
            os.close(out)
            os.close(go)
            return
        try:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
            os.umask(umask)

            async def pause():
                os.write(out, b"paused\n")
                await asyncio.to_thread(os.read, go, 1)

            told = {"ok": asyncio.run(work(pause))}
        except BaseException as error:  # told to the parent, whatever it is
            told = {"error": type(error).__name__, "said": str(error), "trace": traceback.format_exc()}
        os.write(out, json.dumps(told).encode() + b"\n")
        os._exit(0)

    def paused(self):
        assert os.read(self._said, 7) == b"paused\n"

    def end(self):
        """Let it go on, and what it returns."""
        with suppress(BrokenPipeError):  # it has not paused
            os.write(self._go, b".")
        with os.fdopen(self._said) as pipe:
            told = json.loads(pipe.read())
        os.close(self._go)
        os.waitpid(self._child, 0)
        return told


@pytest.fixture
def shared(tmp_path_factory):
    """A folder made to be shared: mkdir; chgrp; chmod 2770."""
    folder = tmp_path_factory.mktemp("shared")
    for parent in (folder, *folder.parents[:-2]):
        parent.chmod(parent.stat().st_mode | 0o711)
    state = folder / "state"
    state.mkdir()
    os.chown(state, 0, GROUP)
    state.chmod(0o2770)
    return state


def open_as(state, name):
    return SqliteJournal.open(state, clock=WallClock(), actor=name)


async def begin(state):
    from hashlib import sha256

    name = sha256(DOCUMENT).hexdigest()
    journal = await open_as(state, "ana")
    first = RunStarted(title="t", source="/a.md", document=name, tool="0", user="a", host="b")
    await journal.open_run("r", [first], {name: DOCUMENT})
    return journal


@pytest.mark.parametrize("umask", [0o077, 0o022], ids=["077", "022"])
def test_both_read_write_drive_and_are_seen(shared, umask):
    async def ana(pause):
        journal = await begin(shared)
        await journal.append("r", [StepTicked(step="by ana")], expected=2)
        me = Presence(shared, "r", Someone(id="ana", who=Who(person="ana")))
        me.enter()
        await pause()
        records = await journal.read("r")
        try:
            await journal.append("r", [StepTicked(step="too late")], expected=len(records))
        except Fenced as error:
            return [str(error), len(records)]
        finally:
            me.leave()
            await journal.close()

    async def ben(_):
        journal = await open_as(shared, "ben")
        records = await journal.read("r")
        await journal.add_note("r", [NoteAdded(step="s", text="by ben")])
        me = Presence(shared, "r", Someone(id="ben", who=Who(person="ben")))
        me.enter()
        seen = [(one.who.person, one.who.uid) for one in me.others()]
        rung = me.bell.stat().st_mtime_ns
        me.say(me.me)
        assert me.bell.stat().st_mtime_ns != rung
        await journal.take_drive("r", "ben", force=True)
        bell = (shared / "runs.db.bell").stat().st_mtime_ns
        await asyncio.sleep(0.02)
        await journal.append("r", [StepTicked(step="by ben")], expected=len(records) + 2)
        assert (shared / "runs.db.bell").stat().st_mtime_ns != bell  # a colleague's bell can be rung
        made = backup.make(shared, now=WallClock().now())
        await journal.close()
        me.leave()
        return [seen, len(records), made.events]

    one = User(ANA, GROUP, umask, ana)
    one.paused()
    other = User(BEN, GROUP, umask, ben).end()
    assert "ok" in other, other
    told = one.end()
    assert "ok" in told, told
    assert other["ok"] == [[["ana", ANA]], 3, 6]
    fenced, events = told["ok"]
    assert "ben took over" in fenced
    assert events == 6
    assert heads.noted(shared)["r"][0] == 6
    for path in shared.rglob("*"):
        mode = path.stat().st_mode
        assert path.stat().st_gid == GROUP, path
        assert not mode & 0o007, path
        assert mode & 0o060 == 0o060, path


def test_a_stranger_is_refused_in_a_sentence(shared):
    async def ana(_):
        await (await begin(shared)).close()

    async def eve(_):
        journal = await open_as(shared, "eve")
        await journal.close()

    assert "ok" in User(ANA, GROUP, 0o077, ana).end()
    told = User(EVE, EVE, 0o022, eve).end()
    assert told["error"] == JournalError.__name__
    assert "cannot be used" in told["said"]
