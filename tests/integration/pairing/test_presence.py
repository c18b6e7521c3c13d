"""Who is seen at a run: for as long as a process lives, by nobody's clock, and by nobody who must not."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from runbook_tui.company import LocalCompany, who_here
from runbook_tui.journal.presence import Presence
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.run.events import NoteAdded, RunStarted, StepTicked
from runbook_tui.run.fold import fold
from runbook_tui.run.people import Someone, Who, same_person
from runbook_tui.tui.spans import elapsed
from tests.disk.writer import DOCUMENT

THERE = """
import sys, time
from pathlib import Path
from runbook_tui.journal.presence import Presence
from runbook_tui.run.people import Someone, Who
there = Presence(Path(sys.argv[1]), "r", Someone(id="there", who=Who(person="ben", user="u", host="h")))
there.enter()
print("in", flush=True)
time.sleep(60)
"""


@pytest.fixture
def there(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", THERE, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "in\n"
    yield child
    child.kill()
    child.communicate()


def here(tmp_path, now=None, id="here"):
    options = {} if now is None else {"now": now}
    me = Presence(tmp_path, "r", Someone(id=id, who=Who(person="ana", user="u", host="h")), **options)
    me.enter()
    return me


def test_who_dies_is_gone_at_once(tmp_path, there):
    me = here(tmp_path)
    (other,) = me.others()
    assert (other.who.person, other.gone) == ("ben", False)
    there.kill()
    there.wait()
    assert me.others() == ()
    assert {path.name for path in (tmp_path / "present").iterdir()} == {"bell", "r~here"}
    me.leave()


def test_who_is_stopped_falls_silent_and_stays_listed(tmp_path, there):
    there.send_signal(signal.SIGSTOP)
    from runbook_tui.journal.presence import since_boot

    me = here(tmp_path, now=lambda: since_boot() + 40)
    (other,) = me.others()
    assert 39 < other.silent < 60
    assert other.gone
    there.send_signal(signal.SIGCONT)
    me.leave()


def test_files_are_private_and_hold_what_is_said(tmp_path):
    me, other = here(tmp_path), here(tmp_path, id="other")
    assert (tmp_path / "present").stat().st_mode & 0o077 == 0
    for path in (tmp_path / "present").iterdir():
        assert path.stat().st_mode & 0o077 == 0
    from msgspec.structs import replace

    other.say(replace(other.me, step="a/b", doing="commenting", asks=3))
    (seen,) = me.others()
    assert (seen.step, seen.doing, seen.asks) == ("a/b", "commenting", 3)
    assert seen.who.uid == os.getuid()  # the kernel says whose file it is
    (tmp_path / "present" / "r~junk").write_text("not one of ours")
    assert len(me.others()) == 1
    me.leave()
    other.leave()


async def test_a_cursor_reaches_the_other_soon(tmp_path):
    ana = LocalCompany(tmp_path, "r", Who(person="ana", user="u", host="h"), doing="driving")
    ben = LocalCompany(tmp_path, "r", Who(person="ben", user="v", host="h"), doing="observing")
    await ana.enter()
    await ben.enter()
    heard = asyncio.Event()
    ben.subscribe(heard.set)
    ana.look_at("one")
    async with asyncio.timeout(15):
        while not ben.others() or ben.others()[0].step != "one":
            heard.clear()
            await heard.wait()
    await ana.leave()
    async with asyncio.timeout(15):
        while ben.others():
            heard.clear()
            await heard.wait()
    await ben.leave()


def test_a_name_is_cleaned_and_said_in_the_record():
    who = who_here({"RBT_AS": " ana\x1b[31m\n" + "x" * 100})
    assert who.person.startswith("ana[31mx")
    assert len(who.person) == 64
    assert who.actor == f"{who.person}/{who.account}"
    assert who_here({}).actor == who_here({}).account


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({"fingerprint": "f", "principal": "ana"}, {"fingerprint": "f", "principal": "ben"}, "same key"),
        ({"fingerprint": "f", "principal": "ana"}, {"fingerprint": "g", "principal": "ana"}, "ana again"),
        ({"fingerprint": "f", "principal": "ana"}, {"fingerprint": "g", "principal": "ben"}, None),
        ({}, {}, "on a shared account only keys"),
        ({"fingerprint": "f", "principal": "ana"}, {}, "on a shared account only keys"),
        ({}, {"user": "v"}, None),
    ],
)
def test_two_people_or_one(one, other, why):
    base = {"person": "x", "user": "u", "host": "h"}
    found = same_person(Who(**base | one), Who(**base | other))
    assert (found is None) if why is None else (why in found)


# --- a clock that is set back ---


class Clock:
    def __init__(self, back=timedelta()):
        self.back = back

    def now(self):
        return datetime.now(UTC) - self.back

    def monotonic(self):
        raise AssertionError("not asked for")


async def test_an_hour_back_changes_neither_order_nor_leases_nor_who_is_seen(tmp_path):
    from hashlib import sha256

    from runbook_tui.journal import backup

    clock = Clock()
    name = sha256(DOCUMENT).hexdigest()
    ana = await SqliteJournal.open(tmp_path, clock=clock, actor="ana")
    ben = await SqliteJournal.open(tmp_path, clock=Clock(timedelta(hours=1)), actor="ben")
    first = RunStarted(title="t", source="/a.md", document=name, tool="0", user="a", host="b")
    seq = (await ana.open_run("r", [first], {name: DOCUMENT}))[-1].seq
    me = here(tmp_path)
    early = backup.make(tmp_path, now=clock.now())
    clock.back = timedelta(hours=1)
    seq = (await ana.append("r", [StepTicked(step="a")], expected=seq))[-1].seq
    await ben.add_note("r", [NoteAdded(step="a", text="an hour ago, says my clock")])
    assert (await ben.take_drive("r", "ben", force=True))[0] == 2
    records = await ben.read("r")
    assert [record.seq for record in records] == [1, 2, 3, 4, 5]  # the chain's order, whatever the clocks say
    assert records[-1].at < records[0].at
    state = fold(records)
    assert state.driver == "ben"
    assert state.last < state.started
    assert elapsed(state.started, state.last).startswith("00:00")  # no time is negative
    late = backup.make(tmp_path, now=clock.now())
    assert backup.copies(tmp_path / "backup")[0].path == late.copy.path != early.copy.path
    assert me.others() == ()
    me.leave()
    await ana.close()
    await ben.close()
