"""Another process at the same journal: `python writer.py FOLDER RUN VERB`; what it did goes to stdout, line by line."""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.run.events import NoteAdded, RunStarted, StepTicked
from runbook_tui.run.ports import Conflict, JournalError

DOCUMENT = b"# A runbook\n"


class WallClock:
    def now(self):
        return datetime.now(UTC)

    def monotonic(self):
        return time.monotonic()


def started():
    name = sha256(DOCUMENT).hexdigest()
    first = RunStarted(title="A runbook", source="/a.md", document=name, tool="0", user="ana", host="bastion")
    return [first], {name: DOCUMENT}


def say(*words):
    print(*words, flush=True)


async def race(journal, run, count):
    """Append by guess of the head; go on from the true one after a conflict. Both racers force the drive to and fro."""
    seq, done = len(await journal.read(run)), 0
    while done < count:
        try:
            await journal.append(run, [StepTicked(step=f"{journal._actor}-{done}")], expected=seq)
            say("ack", f"{journal._actor}-{done}")
            seq, done = seq + 1, done + 1
        except Conflict:
            seq += len(await journal.read(run, seq))
        except JournalError:
            await journal.take_drive(run, journal._actor, force=True)
            seq = len(await journal.read(run))


async def note_on(folder, run, actor):
    """Notes for ever, whatever file is put in the journal's place; what was acknowledged is said."""
    number = 0
    while True:
        try:
            journal = await SqliteJournal.open(Path(folder), clock=WallClock(), actor=actor)
        except JournalError:
            continue
        try:
            while True:
                text = f"{actor} {number}"
                await journal.add_note(run, [NoteAdded(step="s", text=text)])
                say("ack", text)
                number += 1
        except JournalError:
            number += 1
        finally:
            await journal.close()


async def main(folder, run, verb, actor="other@host"):
    if verb == "note-on":
        await note_on(folder, run, actor)
    journal = await SqliteJournal.open(Path(folder), clock=WallClock(), actor=actor)
    if verb == "race":
        await race(journal, run, 40)
    elif verb == "note":
        for n in range(40):
            await journal.add_note(run, [NoteAdded(step="s", text=f"{actor} {n}")])
    elif verb == "flood":
        _, records = await journal.take_drive(run, actor)
        seq = records[-1].seq
        say("driving")
        while True:
            await journal.append(run, [StepTicked(step=str(seq))], expected=seq)
            seq += 1
            say("ack", seq)
    elif verb == "drive":
        await journal.take_drive(run, actor)
        say("driving")
        await asyncio.sleep(60)
    elif verb == "drive-while-starting":
        await journal.take_drive(run, actor)
        driver = os.getpid()
        if not os.fork():
            while os.getppid() == driver:
                time.sleep(0.005)
            time.sleep(0.1)
            os._exit(0)
        say("driving")
        await asyncio.sleep(60)
    elif verb == "tick-when-told":
        _, records = await journal.take_drive(run, actor)
        seq = records[-1].seq
        say("driving")
        while await asyncio.to_thread(sys.stdin.readline):
            await journal.append(run, [StepTicked(step=str(seq))], expected=seq)
            seq += 1
            say("ack", time.time())
    elif verb == "forget-to-close":
        say("open")
        return
    await journal.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
