"""How soon the other terminal shows a change, and what an event costs against raw sqlite3 with the same pragmas.

Two processes: one drives and writes, the other is a watched run as the app has it, and once the whole app in a pty.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from tests.bench.figures import percentile, tell
from tests.bench.terminal import Terminal

CHANGES = 600
PAINTED = 120
APPENDS = 500
MARK = re.compile(rb"N(\d{4}) ")
RBT = str(Path(sys.executable).parent / "rbt")
DOCUMENT = "# Two\n\n## One\n\n" + "\n".join(f"- [ ] Step number {n}" for n in range(40)) + "\n"


async def drive(folder: str, what: str) -> None:
    """The driver: a change every 20 to 60 ms, each with the time it was wanted at."""
    import random

    from runbook_tui import records, wiring
    from runbook_tui.company import LocalCompany, who_here
    from runbook_tui.run import intents as i

    os.environ["RBT_STATE"] = folder
    chance = random.Random(5)
    path = Path(folder).parent / "two.md"
    path.write_text(DOCUMENT)
    async with records.open_journal() as journal:
        conductor = await wiring.start_run(journal, path)
        run, steps = conductor.state.run, [step.id for step in conductor.runbook.steps]
        company = LocalCompany(Path(folder), run, who_here({"RBT_AS": "ana"}), doing="driving")
        await company.enter()
        print(run, flush=True)
        await asyncio.to_thread(sys.stdin.readline)  # the other is there
        for number in range(PAINTED if what == "painted" else CHANGES):
            await asyncio.sleep(chance.uniform(0.15, 0.25) if what == "painted" else chance.uniform(0.02, 0.06))
            if what == "cursor":
                company.look_at(f"{time.monotonic()}")
            else:
                text = f"N{number:04d} {time.monotonic()}"
                await conductor.perform(i.AddNote(step=steps[number % len(steps)], text=text))
                print(text, flush=True)
        await asyncio.sleep(0.5)
        await company.leave()
        await conductor.close()


async def watch(folder: str, run: str, what: str) -> None:
    """The other terminal, without its screen: prints how late each change was."""
    from runbook_tui.company import LocalCompany, who_here
    from runbook_tui.desk import LocalDesk

    os.environ["RBT_STATE"] = folder
    desk = LocalDesk()
    seen: set[str] = set()
    if what == "cursor":
        company = LocalCompany(Path(folder), run, who_here({"RBT_AS": "ben"}), doing="observing")

        def hear() -> None:
            now = time.monotonic()
            for one in company.others():
                if one.step and one.step not in seen:
                    seen.add(one.step)
                    print(now - float(one.step), flush=True)

        company.subscribe(hear)
        await company.enter()
    else:
        watched = await desk.watch(run)

        def look(state: object) -> None:
            now = time.monotonic()
            for step in state.steps.values():  # type: ignore[attr-defined]
                for note in step.notes:
                    if note.text not in seen:
                        seen.add(note.text)
                        print(now - float(note.text.split()[1]), flush=True)

        watched.subscribe(look)
    print("there", flush=True)
    await asyncio.sleep(3600)


def _two(what: str) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        state = str(Path(folder) / "state")
        here = [sys.executable, "-m", "tests.bench.pairing"]
        driver = subprocess.Popen(
            [*here, "drive", state, what], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        watcher = None
        try:
            run = driver.stdout.readline().strip()
            watcher = subprocess.Popen([*here, "watch", state, run, what], stdout=subprocess.PIPE, text=True)
            assert watcher.stdout.readline().strip() == "there"
            driver.stdin.write("go\n")
            driver.stdin.flush()
            driver.stdout.read()
            driver.wait()
        finally:
            driver.kill()
            if watcher is not None:
                watcher.kill()
        return [float(line) for line in watcher.stdout.read().splitlines()]


def _note(line: str) -> tuple[int, float]:
    number, at = line.split()
    return int(number[1:]), float(at)


def _painted() -> list[float]:
    """From the key to the other terminal's screen: the note stands in its strip."""
    with tempfile.TemporaryDirectory() as folder:
        state = str(Path(folder) / "state")
        driver = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.pairing", "drive", state, "painted"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        terminal = None
        late = []
        try:
            run = driver.stdout.readline().strip()
            terminal = Terminal([RBT, "attach", run], env={"RBT_STATE": state, "RBT_AS": "ben"})
            terminal.wait_for(b"watching")
            terminal.settle()
            driver.stdin.write("go\n")
            driver.stdin.flush()
            wanted: dict[int, float] = {}  # when each change was wanted
            told = threading.Thread(target=lambda: wanted.update(map(_note, driver.stdout)), daemon=True)
            told.start()
            seen, newest, end = b"", -1, time.monotonic() + 60
            while newest < PAINTED - 1 and time.monotonic() < end:
                seen = seen[-200:] + terminal.read(0.5)
                now = time.monotonic()
                for mark in MARK.findall(seen):
                    for number in range(newest + 1, int(mark) + 1):  # a later one stands for those it has overtaken
                        if number in wanted:
                            late.append(now - wanted[number])
                            newest = number
        finally:
            driver.kill()
            if terminal is not None:
                terminal.kill()
        return late


def _appends() -> None:
    """An event of ours and a row of raw sqlite3, in turn, each in its own file on the same disk."""
    ours, theirs = asyncio.run(_append_in_turn())
    ratio50 = percentile(ours, 0.5) / percentile(theirs, 0.5)
    ratio99 = percentile(ours, 0.99) / percentile(theirs, 0.99)
    tell(
        f"event append, {APPENDS} in turn with raw sqlite3: p50",
        f"{percentile(ours, 0.5) * 1e3:.2f} / {percentile(theirs, 0.5) * 1e3:.2f} ms = {ratio50:.2f}×",
        "aim ≤ 1.5×",
    )
    tell("  p99", f"{percentile(ours, 0.99) * 1e3:.2f} / {percentile(theirs, 0.99) * 1e3:.2f} ms = {ratio99:.2f}×")


async def _append_in_turn() -> tuple[list[float], list[float]]:
    from hashlib import sha256

    from runbook_tui.journal import connector
    from runbook_tui.journal.sqlite import SqliteJournal
    from runbook_tui.run.events import JobStarted, RunStarted
    from tests.disk.writer import DOCUMENT as BYTES
    from tests.disk.writer import WallClock

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        journal = await SqliteJournal.open(Path(folder) / "state", clock=WallClock(), actor="a")
        name = sha256(BYTES).hexdigest()
        first = RunStarted(title="t", source="/a.md", document=name, tool="0", user="a", host="b")
        await journal.open_run("r", [first], {name: BYTES})
        engine = connector.choose()
        path = Path(folder) / "raw.db"
        path.touch()
        text, shown = "kubectl get pods -n <namespace>", "kubectl get pods -n prod"
        event = JobStarted(job="j", step="s", command="c", text=text, shown=shown, target="local", cwd="/srv")
        ours, theirs = [], []
        with closing(connector.connect(engine, path, read_only=False, busy_timeout=5)) as raw:
            connector.settle(raw, engine, read_only=False, busy_timeout=5)
            raw.execute("CREATE TABLE event (run_id, seq, prev, hash, body, PRIMARY KEY (run_id, seq))")
            for number in range(APPENDS):
                begin = time.perf_counter()
                await journal.append("r", [event], expected=2 + number)
                middle = time.perf_counter()
                raw.execute("BEGIN IMMEDIATE")
                raw.execute("INSERT INTO event VALUES ('r', ?, ?, ?, ?)", (number, "p" * 64, "h" * 64, "b" * 400))
                raw.execute("COMMIT")
                theirs.append(time.perf_counter() - middle)
                ours.append(middle - begin)
        await journal.close()
        return ours, theirs


def main() -> None:
    for what, name in (("note", "a change in the other terminal's state"), ("cursor", "the other's cursor")):
        late = _two(what)
        tell(
            f"{name}, {len(late)} of {CHANGES}: p50, p99, worst",
            f"{percentile(late, 0.5) * 1e3:.0f}, {percentile(late, 0.99) * 1e3:.0f}, {max(late) * 1e3:.0f} ms",
            "aim p99 ≤ 200 ms" if what == "note" else "",
        )
    late = _painted()
    tell(
        f"a change on the other terminal's screen, {len(late)}: p50, p99",
        f"{percentile(late, 0.5) * 1e3:.0f}, {percentile(late, 0.99) * 1e3:.0f} ms",
        "aim ≤ 200 ms",
    )
    _appends()


if __name__ == "__main__":
    verb, *rest = sys.argv[1:] or ["main"]
    if verb == "main":
        main()
    else:
        asyncio.run({"drive": drive, "watch": watch}[verb](*rest))
