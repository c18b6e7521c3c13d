"""What a rehearsal does behind its walls: sets up the stage, walks, judges; record and verdict go out by a link."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable, Sequence

import msgspec

from runbook_tui import console
from runbook_tui.document.runbook import Runbook
from runbook_tui.gates.stated import Alert
from runbook_tui.lab import faults
from runbook_tui.rehearsal import isolation, stage
from runbook_tui.rehearsal import rules as stage_rules
from runbook_tui.rehearsal.measured import on_stage
from runbook_tui.rehearsal.opening import open_rehearsal
from runbook_tui.rehearsal.record import RecordOutside, Verdict
from runbook_tui.rehearsal.report import Report, lines, report_of
from runbook_tui.rehearsal.walk import Walk
from runbook_tui.run.fleet import Fleet
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.written import Written


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is read before the doors are shut."""

    runbook: Runbook
    written: Written
    sidecar: dict[str, object] | None
    rules: stage_rules.Rules
    wanted: tuple[faults.Active, ...]
    fleets: dict[str, Fleet]
    target: str
    profile: str
    alerts: tuple[Alert, ...] = ()  # of the document's rule files
    as_json: bool = False  # what is said on the way goes where the report does not


def work(
    prepared: Prepared, place: stage.Place, *, actor: str
) -> Callable[[isolation.Enclosure, socket.socket], None]:  # fmt: skip
    """What is to be done once the walls stand."""

    def go(enclosure: isolation.Enclosure, link: socket.socket) -> None:
        own = isolation.environment(place.home, state=place.state, temporary=place.temporary)
        isolation.enter(own)
        os.chdir(place.work)
        asyncio.run(_verdict(prepared, stage.Stage(place, prepared.rules, prepared.runbook, enclosure), link, actor))

    return go


async def _verdict(prepared: Prepared, set_up: stage.Stage, link: socket.socket, actor: str) -> None:
    record = await RecordOutside.at(link)
    try:
        report = await _rehearsed(prepared, set_up, record, actor)
        said = Verdict(ready=report.ready, report=report.as_json(), lines=tuple(lines(report)))
    except OperatorError as error:
        said = Verdict(refused=str(error), exit_code=int(getattr(error, "exit_code", 2)))
    except Exception:  # noqa: BLE001  # the process outside says it as it says its own
        said = Verdict(defect=traceback.format_exc())
    await record.verdict(said)
    await record.close()


async def _rehearsed(prepared: Prepared, set_up: stage.Stage, record: RecordOutside, actor: str) -> Report:
    stream = sys.stderr if prepared.as_json else sys.stdout

    def say(text: str) -> None:
        print(console.clean(text), file=stream, flush=True)

    began = time.monotonic()
    say(f"the stage is set up: {set_up.enclosure.words}")
    await asyncio.to_thread(set_up.up, prepared.wanted, alerts=bool(prepared.alerts))
    _let_go_wrong(set_up, prepared.wanted)
    measured = on_stage(
        prepared.runbook, prepared.sidecar, prepared.rules,
        gateway=set_up.port("gateway"), metrics=set_up.port("metrics"), alerts=prepared.alerts,
    )  # fmt: skip
    conductor, ledger = await open_rehearsal(
        record, set_up, prepared.runbook, prepared.written, measured=measured, named=prepared.fleets,
        target=prepared.target, profile=prepared.profile, actor=actor,
    )  # fmt: skip
    say(f"rehearsal {ledger.run} · {prepared.runbook.title}")
    try:
        walked = await Walk(conductor, ledger, set_up, say).go()
        report = report_of(
            prepared.runbook, ledger.state, walked, measured, prepared.rules,
            decisions=set_up.decisions, wanted=prepared.wanted, isolation=set_up.enclosure.words,
            enclosed=set_up.enclosure.whole, seconds=time.monotonic() - began,
        )  # fmt: skip
        _, news = await record.take_drive(ledger.run, ledger.state.driver or "", reason="the verdict")
        ledger.take_in(news)
        await ledger.append(report.judged())
    finally:
        await conductor.close()
    return report


def _let_go_wrong(set_up: stage.Stage, wanted: Sequence[faults.Active]) -> None:
    for fault in wanted:
        now = fault if fault.step is not None else msgspec.structs.replace(fault, since=time.time())
        faults.switch_on(set_up.place.lab, now)
