"""A disk that fails at the n-th call of the journal and stays so, for every n: `python failing.py FOLDER ERRNO HOW STRIDE`.

To be run with the shim preloaded. One JSON object for each n on standard output; ends when a whole story needs fewer
calls than n. HOW is `journal` (the journal alone) or `run` (a run whose commands leave traces).
"""

from __future__ import annotations

import asyncio
import ctypes
import itertools
import json
import os
import sys
from hashlib import sha256
from pathlib import Path

from runbook_tui import records, wiring
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.run import intents as i
from runbook_tui.run.events import JobFinished, JobStarted, NoteAdded, RunStarted, StepTicked
from runbook_tui.run.ports import JournalError, OperatorError, OutputPiece, UnknownRun
from runbook_tui.run.preview import Action
from tests.disk.writer import DOCUMENT, RUN, WallClock

DISK = ctypes.CDLL(None)
STEPS = 4


def ticks(number: int) -> list[StepTicked]:
    """Three events of one append: all of them or none."""
    return [StepTicked(step=f"{number}.{part}") for part in range(3)]


async def journal_story(folder: Path, told: dict) -> None:
    """Everything a journal does, until something fails; then once more, which must fail too or be whole."""
    name = sha256(DOCUMENT).hexdigest()
    first = RunStarted(title="A runbook", source="/a.md", document=name, tool="0", user="ana", host="bastion")
    journal = await SqliteJournal.open(folder, clock=WallClock(), actor="ana@bastion", busy_timeout=0.2)
    seq = 0

    async def add(*events, first=False) -> None:
        nonlocal seq
        if first:
            records = await journal.open_run(RUN, events, {name: DOCUMENT})
        else:
            records = await journal.append(RUN, events, expected=seq)
        seq = records[-1].seq
        told["acknowledged"] = seq

    async def note() -> None:
        nonlocal seq
        seq = (await journal.add_note(RUN, [NoteAdded(step="s", text="n")]))[-1].seq
        told["acknowledged"] = seq

    async def output() -> None:
        await add(JobStarted(job="j", step="s", command="c", text="t", shown="t", target="local"))
        await journal.write_outputs(RUN, [OutputPiece(job="j", offset=0, data=os.urandom(9000))])
        kept = await journal.finish_output(RUN, "j")
        await add(JobFinished(job="j", exit=0, output=kept.blob, output_bytes=kept.bytes, output_sha256=kept.sha256))

    deeds = [lambda: add(first, first=True), lambda: add(*ticks(1)), output, note, lambda: add(*ticks(2))]
    try:
        for deed in deeds:
            await deed()
        await journal.give_drive(RUN)
    except JournalError as error:
        told["errors"].append(str(error))
        if seq:
            try:
                await add(*ticks(3))
                told["went_on"] = True
            except JournalError as again:
                told["errors"].append(str(again))
    finally:
        await journal.close()


RUNBOOK = "# Traces\n\n" + "\n".join(
    f"## Part {number}\n\n```bash\necho {number} >> traces\n```\n" for number in range(STEPS)
)


async def run_story(folder: Path, told: dict) -> None:
    """A run of a runbook whose commands leave traces: no trace without its intent, none after the first error."""
    document = folder.parent / "traces.md"
    document.write_text(RUNBOOK)
    os.environ["RBT_STATE"] = str(folder)
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, document)
        try:
            for step in conductor.runbook.steps:
                if conductor.preview(step.id).action is Action.RUN:
                    try:
                        await conductor.perform(i.RunStep(step=step.id, confirmed=True, deliberate=True))
                    except OperatorError as error:
                        told["errors"].append(str(error))
                    told["acknowledged"] = conductor.state.seq
        finally:
            await conductor.close()


async def look(folder: Path, told: dict) -> None:
    """The disk works again: what is there?"""
    try:
        journal = await SqliteJournal.open(folder, clock=WallClock(), actor="ben@bastion")
    except JournalError as error:
        told["broken"] = str(error)
        return
    try:
        runs = await journal.runs()
        records = await journal.read(runs[0].run) if runs else []
        told["events"] = len(records)
        told["ticked"] = [record.event.step for record in records if isinstance(record.event, StepTicked)]
        told["intents"] = [record.event.shown for record in records if isinstance(record.event, JobStarted)]
    except UnknownRun:
        told["events"] = 0
    except JournalError as error:
        told["broken"] = str(error)
    finally:
        await journal.close()


def one(folder: Path, number: int, error: int, how: str) -> dict:
    told = {"n": number, "acknowledged": 0, "errors": [], "went_on": False, "broken": "", "events": 0, "calls": 0}
    story = journal_story if how == "journal" else run_story
    state = folder / "state"
    under = ctypes.c_char_p(str(state).encode())
    DISK.disk_fault(under, number, error)
    try:
        asyncio.run(story(state, told))
    except OperatorError as refused:
        told["errors"].append(str(refused))
    told["calls"] = DISK.disk_calls()
    DISK.disk_fault(under, 0, 0)
    if state.exists():
        asyncio.run(look(state, told))
    traces = folder / "traces"
    told["traces"] = traces.read_text().split() if traces.exists() else []
    return told


def main() -> None:
    base, error, how, stride = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    for number in itertools.count(1, stride):
        folder = base / str(number)
        folder.mkdir(parents=True)
        back, out = os.pipe()
        child = os.fork()
        if not child:
            told = one(folder, number, error, how)
            os.write(out, json.dumps(told).encode())
            os._exit(0)
        os.close(out)
        with os.fdopen(back) as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        print(said, flush=True)
        if json.loads(said)["calls"] < number:
            return


if __name__ == "__main__":
    main()
