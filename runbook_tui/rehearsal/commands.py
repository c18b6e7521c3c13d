"""`rbt rehearse FILE`: walk a runbook on the stage, faults included; exit 0 when it is ready."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import msgspec

from runbook_tui import authorities, console
from runbook_tui.alerting import alerts_said
from runbook_tui.lab import faults
from runbook_tui.papers import read_written
from runbook_tui.places import state_folder
from runbook_tui.records import BadInput, new_name, open_journal, parsed_sidecar, whoami
from runbook_tui.rehearsal import inside, isolation, stage
from runbook_tui.rehearsal import rules as stage_rules
from runbook_tui.rehearsal.record import Keeper, Verdict
from runbook_tui.run.ports import OperatorError
from runbook_tui.sources import settings
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


class Refused(OperatorError):
    """What the inside could not do, in its own words."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def main(args: argparse.Namespace) -> int:
    """Walk it, say how it went; raises OperatorError when it cannot be walked at all."""
    prepared = _prepared(args)
    state = state_folder().absolute()
    state.mkdir(parents=True, exist_ok=True)
    stage.sweep(state)
    place = stage.made(state, Path(prepared.runbook.source), prepared.rules)
    signal.signal(signal.SIGTERM, _interrupted)
    walls = isolation.Walls.NONE
    wanted = isolation.Walls.WHOLE if args.isolation == "best" else isolation.Walls.NONE
    work = inside.work(prepared, place, actor=whoami())
    try:
        with isolation.shut_in(work, _view(state, place, prepared), wanted=wanted) as shut:
            walls = shut.enclosure.walls
            stage.owned(place, walls)
            verdict = asyncio.run(_kept(shut.link))
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        if not args.keep:
            stage.removed(place, walls)
    if verdict.refused:
        raise Refused(verdict.refused, verdict.exit_code)
    if verdict.defect:
        raise RuntimeError(verdict.defect)
    if args.json:
        console.print_json(verdict.report)
    else:
        for line in verdict.lines:
            print(console.clean(line))  # noqa: T201
    return 0 if verdict.ready else 1


def _view(state: Path, place: stage.Place, prepared: inside.Prepared) -> isolation.View:
    """Of the files: the stage can be written, program and document be read, what is the operator's own is hidden."""
    sources: list[str | Path | None] = [Path(prepared.runbook.source).parent, Path(sys.prefix), *sys.path]
    sources += [Path(sys.base_prefix), Path(__file__).parents[2], os.environ.get("KUBEBUILDER_ASSETS")]
    own = [state, *authorities.paths(), os.environ.get("RBT_KEY")]
    return isolation.View(
        writable=(place.folder,), readable=isolation.of_paths(sources), hidden=isolation.of_paths(own)
    )


async def _kept(link: socket.socket) -> Verdict:
    async with open_journal() as journal:
        return await Keeper(journal, await new_name(journal)).serve(link)


def _interrupted(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _prepared(args: argparse.Namespace) -> inside.Prepared:
    path = Path(args.file).absolute()
    written, runbook = read_written(path)
    sidecar = parsed_sidecar(written.sidecar, path)
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
    return inside.Prepared(
        runbook=runbook,
        written=written,
        sidecar=sidecar,
        rules=rules,
        wanted=tuple(_fault(text) for text in args.fault),
        fleets=fleets_of(runbook, args.target, args.inventory) if args.inventory or runbook.targets else {},
        target=args.target,
        profile=args.profile,
        alerts=tuple(alerts_said(settings(runbook.front_matter, sidecar), path.parent)),
        as_json=args.json,
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
