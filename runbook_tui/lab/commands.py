"""The verbs of `rbt lab`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import msgspec

from runbook_tui.lab import control
from runbook_tui.lab.check import CheckResult, Limits, check
from runbook_tui.lab.control import LabStatus, PartState
from runbook_tui.lab.server import VERSIONS
from runbook_tui.places import state_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="lab", required=True, metavar="VERB")
    json = argparse.ArgumentParser(add_help=False)
    json.add_argument("--json", action="store_true", help="one JSON object on standard output")

    up = verbs.add_parser("up", parents=[json], help="start the lab, or what of it has crashed")
    up.add_argument("--port", type=_port, help="of the gateway on 127.0.0.1 (8400, or RBT_LAB_PORT)")
    verbs.add_parser("down", parents=[json], help="stop the lab and remove what it has written")
    verbs.add_parser("status", parents=[json], help="what runs; exit 1 when something that should does not")
    deploy = verbs.add_parser("deploy", parents=[json], help="start a version, without traffic")
    deploy.add_argument("version", choices=VERSIONS)
    remove = verbs.add_parser("remove", parents=[json], help="stop a version that gets no traffic")
    remove.add_argument("version", choices=VERSIONS)
    weights = verbs.add_parser("weights", parents=[json], help="show or set who gets how much of the traffic")
    weights.add_argument("weights", nargs="*", type=_weight, metavar="VERSION=PERCENT")
    probe = verbs.add_parser("check", parents=[json], help="send requests through the gateway; exit 1 beyond a limit")
    probe.add_argument("--requests", type=_count, default=50, metavar="N")
    probe.add_argument("--max-errors", type=float, default=1.0, metavar="PERCENT")
    probe.add_argument("--max-p95", type=float, default=500.0, metavar="MS")
    probe.add_argument("--only", choices=VERSIONS, help="the one version that may answer")


def main(args: argparse.Namespace, folder: Path | None = None) -> int:
    """Do one verb; raises LabError, whose message is for the operator."""
    folder = folder or state_folder() / "lab"
    if args.lab == "check":
        limits = Limits(errors=args.max_errors, p95=args.max_p95, only=args.only)
        result = check(control.gateway_port(folder), args.requests, limits)
        _say(_checked(result, limits) if not args.json else _json("lab-check", result))
        return 0 if result.passed else 1
    status = _change(args, folder)
    _say(_told(status) if not args.json else _json("lab", status))
    return 1 if args.lab in ("status", "weights") and not status.up else 0


def _change(args: argparse.Namespace, folder: Path) -> LabStatus:
    match args.lab:
        case "up":
            return control.up(folder, port=args.port if args.port is not None else _usual_port(folder))
        case "down":
            return control.down(folder)
        case "deploy":
            return control.deploy(folder, args.version)
        case "remove":
            return control.remove(folder, args.version)
        case "weights" if args.weights:
            return control.weigh(folder, dict(args.weights))
        case _:
            return control.status(folder)


def _told(status: LabStatus) -> str:
    if status.url is None:
        return "The lab is down. Bring it up: rbt lab up\n"
    lines = [f"The lab is {'up' if status.up else 'NOT whole'} at {status.url}"]
    for part in status.parts:
        where = "" if part.pid is None else f"port {part.port}  pid {part.pid}"
        share = "" if part.weight is None else f"{part.weight:3d} %"
        lines.append(f"  {part.name:8} {part.state.value:13} {share:>6}  {where}".rstrip())
    if any(part.state in (PartState.CRASHED, PartState.SILENT) for part in status.parts):
        lines.append("Start it again: rbt lab up")
    return "\n".join(lines) + "\n"


def _checked(result: CheckResult, limits: Limits) -> str:
    lines = [f"{result.requests} requests"]
    lines += [f"  {version}      {n:5d}   {100 * n / result.requests:5.1f} %" for version, n in result.versions.items()]
    lines += [
        f"  errors  {result.errors:5d}   {result.error_rate:5.1f} %   limit {limits.errors:g} %",
        f"  p95     {result.p95:7.1f} ms        limit {limits.p95:g} ms",
        *(f"FAILED: {complaint}" for complaint in result.complaints),
    ]
    return "\n".join([*lines, "passed"] if result.passed else lines) + "\n"


def _json(verb: str, value: LabStatus | CheckResult) -> str:
    return msgspec.json.encode({"schema": f"runbook-tui/{verb}@1", **msgspec.to_builtins(value)}).decode() + "\n"


def _say(text: str) -> None:
    sys.stdout.write(text)


def _usual_port(folder: Path) -> int | None:
    """What RBT_LAB_PORT says, for a lab that has no port yet."""
    given = os.environ.get("RBT_LAB_PORT") if control.status(folder).url is None else None
    try:
        return None if given is None else _port(given)
    except (ValueError, argparse.ArgumentTypeError) as error:
        raise control.LabError(f"RBT_LAB_PORT={given} is not a port.") from error


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not a port")
    return port


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("at least one request")
    return count


def _weight(text: str) -> tuple[str, int]:
    version, equals, percent = text.partition("=")
    if not equals or not percent.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} does not look like v1=90")
    return version, int(percent)
