"""`rbt watch`: watches a run that was left, through the windows after a deployment; it can be ended and resumed."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from runbook_tui.gates.verdict import Verdict
from runbook_tui.gates.windows import Span, spans_of, verdict_of
from runbook_tui.notices import Notices
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.conductor import Conductor
from runbook_tui.run.gauges import light
from runbook_tui.run.headless import ExitCode
from runbook_tui.run.ports import Clock, Journal

LOOK = 0.5  # seconds
BEATS = 20  # times a window's watching is written down
LONGEST = 300.0  # seconds between two of them, so that a crash forgets little


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?")
    parser.add_argument("--take", action="store_true", help="take over from a terminal that drives it now")


def main(args: argparse.Namespace) -> int:
    """Watch until every window is over, the run is taken back, or a signal comes. Raises OperatorError.

    0 when every window passed, 1 when one failed, 3 when one could not be judged, 4 when the run was rolled back.
    """
    return asyncio.run(_watch(args))


async def _watch(args: argparse.Namespace) -> int:
    from runbook_tui.gate_policy import read_gate_policy
    from runbook_tui.notices import check
    from runbook_tui.records import SystemClock, find_run, open_journal, read_sidecar
    from runbook_tui.sources import settings
    from runbook_tui.wiring import open_run

    policy = read_gate_policy()
    check(policy.notify)
    async with open_journal() as journal:
        name = await find_run(journal, args.run)
        conductor = await open_run(journal, name, take=args.take)
        conductor.watches_on = True
        told = _Told(as_json=args.json)
        sidecar = await asyncio.to_thread(read_sidecar, Path(conductor.state.source))
        said = settings(conductor.runbook.front_matter, sidecar).get("windows")
        spans = spans_of(conductor.runbook.windows, said)
        watch = Vigil(conductor, journal, SystemClock(), Notices(policy.notify), told, spans=spans)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        task = asyncio.create_task(watch.run())
        waiting = asyncio.create_task(ended.wait())
        try:
            await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else int(ExitCode.INTERRUPTED)
        finally:
            for one in (task, waiting):
                one.cancel()
            await asyncio.gather(task, waiting, return_exceptions=True)
            await conductor.close()
            await journal.give_drive(name)


class _Told:
    """What is said on standard output, line by line."""

    def __init__(self, *, as_json: bool) -> None:
        self._json = as_json

    def __call__(self, kind: str, text: str, **fields: Any) -> None:
        from runbook_tui.console import clean

        line = json.dumps({"schema": "runbook-tui/watch@1", "event": kind, "text": text, **fields}, ensure_ascii=False)
        sys.stdout.write((line if self._json else clean(text)) + "\n")
        sys.stdout.flush()


class Vigil:
    """The windows of one run, on top of its overseer, which watches the conditions themselves."""

    def __init__(
        self, conductor: Conductor, journal: Journal, clock: Clock, notices: Notices, told: Callable[..., None],
        *, spans: tuple[Span, ...],
    ) -> None:  # fmt: skip
        self._conductor = conductor
        self._journal = journal
        self._clock = clock
        self._notices = notices
        self._told = told
        self._spans = spans
        self._light = ""
        self._beaten = clock.monotonic()

    async def run(self) -> int:
        """Until all is over; the exit code."""
        if unknown := await self._conductor.recover():
            self._told(
                "unknown", f"the outcome of `{unknown[0].shown}` is unknown: a person must say what became of it"
            )
        if self._conductor.state.gates.watched_since is None:
            await self._say(e.WatchStarted())
        spans = self._spans
        since = self._conductor.state.gates.watched_since or self._clock.now()
        self._told(
            "started", f"watching {self._conductor.state.title} ({self._conductor.state.run})", since=_iso(since)
        )
        while True:
            await asyncio.sleep(LOOK)
            if self._conductor.state.outcome not in (None, e.Outcome.COMPLETED):
                return self._over()
            self._tell_light()
            left = [span for span in spans if span.name not in self._conductor.state.gates.windows]
            now = self._clock.now()  # one for both: what was watched up to here is written down before it is judged
            await self._beat(left, since, now)
            for span in left:
                if now >= span.bounds(since)[1]:
                    await self._close(span, since)
            if not left:
                return self._ended(spans)

    # --- inside ---

    def _tell_light(self) -> None:
        shown = light(self._conductor.gauges())
        word = f"{shown.verdict.replace('_', ' ')} {shown.good}/{shown.total}"
        if word != self._light and shown.verdict != "pending":
            self._light = word
            worst = f": {shown.worst.text}" if shown.worst is not None else ""
            self._told("light", f"conditions: {word}{worst}", verdict=shown.verdict, good=shown.good, total=shown.total)

    async def _beat(self, left: Sequence[Span], since: datetime, now: datetime) -> None:
        """Write down how long the windows that are left have been watched, and no second of any twice."""
        passed = self._clock.monotonic() - self._beaten
        parts = {span: span.part(since, now - timedelta(seconds=passed), now) for span in left}
        shortest = min((span.end - span.start for span, part in parts.items() if part), default=LONGEST * BEATS)
        over = any(now >= span.bounds(since)[1] for span in left)
        if passed < min(LONGEST, shortest / BEATS) and not over:
            return
        self._beaten += passed
        beats = [e.WatchKept(window=span.name, seconds=round(part, 3)) for span, part in parts.items() if part]
        if beats:
            await self._say(*beats)

    async def _close(self, span: Span, since: datetime) -> None:
        start, end = span.bounds(since)
        records = await self._journal.read(self._conductor.state.run)
        judged = [(record.at, record.event) for record in records if isinstance(record.event, e.ConditionJudged)]
        before = {event.condition: event.verdict for at, event in judged if at < start}
        within = [event.verdict for at, event in judged if start <= at <= end]
        watched = self._conductor.state.gates.kept.get(span.name, 0.0)
        verdict, detail = verdict_of(span, watched, [Verdict(one) for one in (*before.values(), *within)])
        await self._say(e.WindowClosed(window=span.name, verdict=verdict.value, detail=detail))
        text = f"{self._conductor.state.title}: window “{span.name}”: {verdict.words} ({detail})"
        self._told("window", text, window=span.name, verdict=verdict.value)
        await self._notices.send(text)

    def _over(self) -> int:
        outcome = self._conductor.state.outcome
        self._told("over", f"the run is {outcome.value.replace('_', ' ')}" if outcome else "the run is over")
        return int(ExitCode.ROLLED_BACK if outcome is e.Outcome.ROLLED_BACK else ExitCode.FAILED)

    def _ended(self, spans: tuple[Span, ...]) -> int:
        closed = [self._conductor.state.gates.windows[span.name].verdict for span in spans]
        self._told("over", "every window is over")
        if Verdict.FAIL.value in closed:
            return int(ExitCode.FAILED)
        passed = all(one == Verdict.PASS.value for one in closed)
        return int(ExitCode.DONE if passed else ExitCode.NEEDS_PERSON)

    async def _say(self, *events: e.AnyGateEvent) -> None:
        await self._conductor.perform(i.GateSaid(events=events))


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
