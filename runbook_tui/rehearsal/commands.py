"""`rbt rehearse FILE`: walk a runbook on the stage, faults included; exit 0 when it is ready."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from runbook_tui import console
from runbook_tui.document.runbook import Runbook
from runbook_tui.lab import faults
from runbook_tui.places import state_folder
from runbook_tui.records import BadInput, open_journal, parse, read_bytes, read_sidecar
from runbook_tui.rehearsal import isolation, stage
from runbook_tui.rehearsal import rules as stage_rules
from runbook_tui.rehearsal.measured import on_stage
from runbook_tui.rehearsal.opening import open_rehearsal
from runbook_tui.rehearsal.report import Report, lines, report_of
from runbook_tui.rehearsal.walk import Walk
from runbook_tui.run.fleet import Fleet
from runbook_tui.targeting import fleets_of

INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME[=VALUE][@STEP]",
        help="let this go wrong, from the beginning or from a step on (rbt lab fault lists them)",
    )  # fmt: skip
    parser.add_argument("--var", action="append", default=[], metavar="NAME=VALUE", help="the value of a placeholder")
    parser.add_argument(
        "--target", default="local", help="where commands go that name no target; the stage all the same"
    )
    parser.add_argument(
        "--inventory", action="append", default=[], metavar="FILE", help="names of hosts, not their addresses"
    )
    parser.add_argument("--profile", default="default", help="a name for the circumstances, kept in the record")
    parser.add_argument("--no-rollback", action="store_true", help="do not try the way back of a walk that went well")
    parser.add_argument("--keep", action="store_true", help="leave the stage standing, to look at it")
    parser.add_argument(
        "--isolation", choices=("best", "environment"), default="best",
        help="environment: without namespaces, with more careful guesses what may run",
    )  # fmt: skip


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is read before the doors are shut."""

    runbook: Runbook
    data: bytes
    sidecar: dict[str, object] | None
    rules: stage_rules.Rules
    wanted: tuple[faults.Active, ...]
    fleets: dict[str, Fleet]


def main(args: argparse.Namespace) -> int:
    """Walk it, say how it went; raises OperatorError when it cannot be walked at all."""
    prepared = _prepared(args)
    state = state_folder().absolute()
    state.mkdir(parents=True, exist_ok=True)
    stage.sweep(state)
    place = stage.made(state, Path(prepared.runbook.source), prepared.rules)
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        enclosure = isolation.Enclosure(note="asked for")
        if args.isolation == "best":
            readable = [Path(prepared.runbook.source).parent, Path(sys.prefix), Path(sys.base_prefix)]
            readable += [Path(place) for place in (*sys.path, str(Path(__file__).parents[2])) if place]
            assets = os.environ.get("KUBEBUILDER_ASSETS")
            enclosure = isolation.enclose(
                writable=(state,), readable=(*readable, *([Path(assets)] if assets else [])),
            )  # fmt: skip
        set_up = stage.Stage(place, prepared.rules, prepared.runbook, enclosure)
        own = isolation.environment(place.home, state=state, temporary=place.temporary)
        isolation.enter({**own, "RBT_STATE": str(state)})
        os.chdir(place.work)
        report = asyncio.run(_rehearsed(args, prepared, set_up))
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        if not args.keep:
            stage.removed(place)
    if args.json:
        console.print_json(report.as_json())
    else:
        for line in lines(report):
            print(console.clean(line))  # noqa: T201
    return 0 if report.ready else 1


def _interrupted(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _prepared(args: argparse.Namespace) -> Prepared:
    path = Path(args.file).absolute()
    data, sidecar = read_bytes(path), read_sidecar(path)
    runbook = parse(data, str(path), sidecar)
    if not runbook.steps:
        raise BadInput(f"{path} has no steps: there is nothing in it to rehearse")
    rules = stage_rules.read(runbook.front_matter, sidecar)
    values = dict(rules.values)
    for pair in args.var:
        name, sign, value = pair.partition("=")
        if not sign:
            raise BadInput(f"--var wants NAME=VALUE, not {pair!r}")
        values[name] = value
    rules = msgspec.structs.replace(rules, values=values, rollback=rules.rollback and not args.no_rollback)
    return Prepared(
        runbook=runbook,
        data=data,
        sidecar=sidecar,
        rules=rules,
        wanted=tuple(_fault(text) for text in args.fault),
        fleets=fleets_of(runbook, args.target, args.inventory) if args.inventory or runbook.targets else {},
    )


def _fault(text: str) -> faults.Active:
    """NAME, NAME=VALUE, NAME@STEP, NAME=VALUE@STEP."""
    said, at, step = text.partition("@")
    name, sign, value = said.partition("=")
    try:
        number = float(value) if sign else None
    except ValueError:
        raise BadInput(f"--fault {text}: {value!r} is no number") from None
    return faults.chosen(name, value=number, step=step.strip() if at else None)


async def _rehearsed(args: argparse.Namespace, prepared: Prepared, set_up: stage.Stage) -> Report:
    stream = sys.stderr if args.json else sys.stdout

    def say(text: str) -> None:
        print(console.clean(text), file=stream, flush=True)

    began = time.monotonic()
    say(f"the stage is set up: {set_up.enclosure.words}")
    await asyncio.to_thread(set_up.up, prepared.wanted)
    _let_go_wrong(set_up, prepared.wanted)
    measured = on_stage(
        prepared.runbook, prepared.sidecar, prepared.rules,
        gateway=set_up.port("gateway"), metrics=set_up.port("metrics"),
    )  # fmt: skip
    async with open_journal() as journal:
        conductor, ledger = await open_rehearsal(
            journal, set_up, prepared.runbook, prepared.data, measured=measured, named=prepared.fleets,
            target=args.target, profile=args.profile,
        )  # fmt: skip
        say(f"rehearsal {ledger.run} · {prepared.runbook.title}")
        try:
            walked = await Walk(conductor, ledger, set_up, say).go()
            report = report_of(
                prepared.runbook, ledger.state, walked, measured, prepared.rules,
                decisions=set_up.decisions, wanted=prepared.wanted, isolation=set_up.enclosure.words,
                enclosed=set_up.enclosure.whole, seconds=time.monotonic() - began,
            )  # fmt: skip
            _, news = await journal.take_drive(ledger.run, ledger.state.driver or "", reason="the verdict")
            ledger.take_in(news)
            await ledger.append(report.judged())
        finally:
            await conductor.close()
            await journal.give_drive(ledger.run)
    return report


def _let_go_wrong(set_up: stage.Stage, wanted: Sequence[faults.Active]) -> None:
    for fault in wanted:
        now = fault if fault.step is not None else msgspec.structs.replace(fault, since=time.time())
        faults.switch_on(set_up.place.lab, now)
