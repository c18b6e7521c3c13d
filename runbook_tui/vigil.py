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

from runbook_tui.gates.verdict import Verdict, worst
from runbook_tui.gates.windows import Span, spans_of, verdict_of
from runbook_tui.notices import Notices
from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.conductor import Conductor
from runbook_tui.run.gauges import STARTING, Gauge, light
from runbook_tui.run.headless import ExitCode
from runbook_tui.run.ports import Clock, Journal

LOOK = 0.5  # seconds
BEATS = 20  # times a window's watching is written down
PATIENCE = 20.0  # seconds in which every condition must have had its first verdict
LONGEST_LOOK = 30.0  # seconds that one look can stand for
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
    from runbook_tui.records import SystemClock, find_run, open_journal, parsed_sidecar
    from runbook_tui.sources import settings
    from runbook_tui.wiring import open_run

    policy = read_gate_policy()
    check(policy.notify)
    async with open_journal() as journal:
        name = await find_run(journal, args.run)
        conductor = await open_run(journal, name, take=args.take)
        conductor.watches_on = True
        told = _Told(as_json=args.json)
        sidecar = await asyncio.to_thread(parsed_sidecar, conductor.written.sidecar, Path(conductor.state.source))
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
        self._beaten = self._looked = clock.monotonic()
        self._kept: dict[str, tuple[float, Verdict]] = {}  # of each window since the last beat: seconds, the worst

    async def run(self) -> int:
        """Until all is over; the exit code."""
        if unknown := await self._conductor.recover():
            self._told(
                "unknown", f"the outcome of `{unknown[0].shown}` is unknown: a person must say what became of it"
            )
        if self._conductor.state.gates.watched_since is None:
            await self._first_verdicts()
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
            gauges = self._conductor.gauges()
            self._tell_light(gauges)
            left = [span for span in spans if span.name not in self._conductor.state.gates.windows]
            now = self._clock.now()  # one for both: what was watched up to here is written down before it is judged
            self._take_in(gauges, left, since, now)
            await self._beat(left, since, now)
            for span in left:
                if now >= span.bounds(since)[1]:
                    await self._close(span, since)
            if not left:
                return self._ended(spans)

    # --- inside ---

    async def _first_verdicts(self) -> None:
        """Let the watch begin before its time does."""
        end = self._clock.monotonic() + PATIENCE
        while self._clock.monotonic() < end and any(  # noqa: ASYNC110  # verdicts come from a task of their own
            gauge.condition == STARTING or (gauge.verdict is None and not gauge.manual)
            for gauge in self._conductor.gauges()
        ):
            await asyncio.sleep(LOOK)

    def _tell_light(self, gauges: Sequence[Gauge]) -> None:
        shown = light(gauges)
        word = f"{shown.verdict.replace('_', ' ')} {shown.good}/{shown.total}"
        if word != self._light and shown.verdict != "pending":
            self._light = word
            bad = f": {shown.worst.text}" if shown.worst is not None else ""
            self._told("light", f"conditions: {word}{bad}", verdict=shown.verdict, good=shown.good, total=shown.total)

    def _take_in(self, gauges: Sequence[Gauge], left: Sequence[Span], since: datetime, now: datetime) -> None:
        """Count the time since the look before if every condition was heard: that this process lives is no watch."""
        looked = self._clock.monotonic()
        passed, self._looked = min(looked - self._looked, LONGEST_LOOK), looked
        stood = heard(gauges)
        if stood is None:
            return
        for span in left:
            if part := span.part(since, now - timedelta(seconds=passed), now):
                seconds, before = self._kept.get(span.name, (0.0, stood))
                self._kept[span.name] = seconds + part, worst((before, stood))

    async def _beat(self, left: Sequence[Span], since: datetime, now: datetime) -> None:
        """Write down how long the windows that are left have been watched, and no second of any twice."""
        passed = self._clock.monotonic() - self._beaten
        parts = {span: span.part(since, now - timedelta(seconds=passed), now) for span in left}
        shortest = min((span.end - span.start for span, part in parts.items() if part), default=LONGEST * BEATS)
        over = any(now >= span.bounds(since)[1] for span in left)
        if passed < min(LONGEST, shortest / BEATS) and not over:
            return
        self._beaten += passed
        kept, self._kept = self._kept, {}
        beats = [
            e.WatchKept(window=name, seconds=round(seconds, 3), verdict=stood.value)
            for name, (seconds, stood) in kept.items()
        ]
        if beats:
            await self._say(*beats)

    async def _close(self, span: Span, since: datetime) -> None:
        start, end = span.bounds(since)
        records = await self._journal.read(self._conductor.state.run)
        judged = [(record.at, record.event) for record in records if isinstance(record.event, e.ConditionJudged)]
        before = {event.condition: event.verdict for at, event in judged if at < start}
        within = [event.verdict for at, event in judged if start <= at <= end]
        gates = self._conductor.state.gates
        stood = gates.stood.get(span.name)
        if stood is None:  # kept by a version that did not say how the conditions stood meanwhile
            stood = tuple(before.values())
        watched = gates.kept.get(span.name, 0.0)
        verdict, detail = verdict_of(span, watched, [Verdict(one) for one in (*stood, *within)])
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


def heard(gauges: Sequence[Gauge]) -> Verdict | None:
    """How the conditions stand together; None while one of them is not heard, or none is watched."""
    # a criterion is good while it is observed: a watch that has just begun says nothing else of it
    watched = [Verdict.PASS if one.passes_in is not None else one.verdict for one in gauges if not one.manual]
    silent = (None, Verdict.NO_DATA, Verdict.ERROR)
    if not watched or any(verdict in silent for verdict in watched):
        return None
    return worst(Verdict(verdict) for verdict in watched if verdict)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
