"""The verbs of `rbt lab`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import msgspec

from runbook_tui.lab import backup, control, faults, images, parts
from runbook_tui.lab.check import CheckResult, Limits, check
from runbook_tui.lab.control import LabStatus, PartState
from runbook_tui.lab.server import VERSIONS
from runbook_tui.places import state_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="lab", required=True, metavar="VERB")
    json = argparse.ArgumentParser(add_help=False)
    json.add_argument("--json", action="store_true", help="one JSON object on standard output")

    up = verbs.add_parser("up", parents=[json], help="start the lab, or what of it has crashed")
    up.add_argument(
        "parts", nargs="*", type=_more_of_it, metavar="PART", help=f"more than the gateway and v1: {_known_parts()}"
    )
    up.add_argument("--port", type=_port, help="of the gateway on 127.0.0.1 (8400, or RBT_LAB_PORT)")
    up.add_argument("--rate", type=float, default=20, metavar="N", help="requests a second of the part traffic (20)")
    up.add_argument("--recording", metavar="FILE", help="of GPUs, for the part gpu (rbt gpu --record makes one)")
    up.add_argument("--kube-context", metavar="NAME", help="the part kube is this cluster of yours, instead of its own")
    up.add_argument(
        "--dashboard-port", type=_port, default=0, metavar="PORT", help="of the part dashboard (any free one)"
    )
    down = verbs.add_parser("down", parents=[json], help="stop the lab and remove what it has written")
    down.add_argument("parts", nargs="*", type=_part, metavar="PART", help="only these parts")
    verbs.add_parser("status", parents=[json], help="what runs; exit 1 when something that should does not")
    deploy = verbs.add_parser("deploy", parents=[json], help="start a version, without traffic")
    deploy.add_argument("version", choices=(*VERSIONS, *parts.SLOTS), metavar="VERSION|SLOT")
    deploy.add_argument("--image", metavar="NAME", help="that was built here")
    deploy.add_argument("--within", type=float, default=control.READY_WITHIN, metavar="S", help="it must be ready (10)")
    build = verbs.add_parser("build", parents=[json], help="build an image of the service")
    build.add_argument("image", metavar="NAME:TAG")
    switch = verbs.add_parser("switch", parents=[json], help="all traffic to one slot at once, when it is ready")
    switch.add_argument("slot", choices=(*parts.SLOTS, *VERSIONS), metavar="SLOT")
    remove = verbs.add_parser("remove", parents=[json], help="stop a version that gets no traffic")
    remove.add_argument("version", choices=VERSIONS)
    weights = verbs.add_parser("weights", parents=[json], help="show or set who gets how much of the traffic")
    weights.add_argument("weights", nargs="*", type=_weight, metavar="VERSION=PERCENT")
    probe = verbs.add_parser("check", parents=[json], help="send requests through the gateway; exit 1 beyond a limit")
    probe.add_argument("--requests", type=_count, default=50, metavar="N")
    probe.add_argument("--max-errors", type=float, default=1.0, metavar="PERCENT")
    probe.add_argument("--max-p95", type=float, default=500.0, metavar="MS")
    probe.add_argument("--only", choices=VERSIONS, help="the one version that may answer")
    fault = verbs.add_parser(
        "fault", parents=[json], help="let something go wrong; without a name: what can, and what does",
        epilog="\n".join(f"{kind.name:22} {kind.part:9} {kind.does}" for kind in faults.KINDS.values()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    fault.add_argument("name", nargs="?", metavar="NAME")
    fault.add_argument("--value", type=float, metavar="N", help="how strongly, in the fault's own unit")
    fault.add_argument("--on", choices=(*VERSIONS, *parts.SLOTS), metavar="VERSION", help="which version (v2)")
    when = fault.add_mutually_exclusive_group()
    when.add_argument("--after", type=float, default=0, metavar="S", help="so many seconds from now")
    when.add_argument("--at", metavar="STEP", help="when a run comes to this step: its line, or how its title begins")
    when.add_argument("--off", action="store_true", help="no longer; `all` is every fault")
    lose = verbs.add_parser("lose", parents=[json], help="a disaster: a part dies, and what it kept is gone")
    lose.add_argument("part", choices=("store", *VERSIONS, "gateway"), metavar="PART")
    _add_project(verbs.add_parser("project", help="the files that a runbook of the collection names, in a folder"))
    save = verbs.add_parser(
        "backup", parents=[json], help="everything the lab keeps, with a manifest, into a new folder"
    )
    save.add_argument("place", metavar="FOLDER")
    back = verbs.add_parser(
        "restore", parents=[json], help="bring back what a backup holds, after comparing its manifest"
    )
    back.add_argument("place", metavar="FOLDER")
    back.add_argument("--only-check", action="store_true", help="compare the manifest, restore nothing")
    job = verbs.add_parser("job", parents=[json], help="give the service jobs to keep in the store, or count them")
    job.add_argument("--add", type=_count, metavar="N", help="so many new ones")
    job.add_argument("--least", type=int, metavar="N", help="exit 1 when fewer are kept")


def main(args: argparse.Namespace, folder: Path | None = None) -> int:
    """Do one verb; raises LabError, whose message is for the operator."""
    folder = folder or state_folder() / "lab"
    match args.lab:
        case "check":
            limits = Limits(errors=args.max_errors, p95=args.max_p95, only=args.only)
            result = check(control.gateway_port(folder), args.requests, limits)
            _say(_checked(result, limits) if not args.json else _json("lab-check", result))
            return 0 if result.passed else 1
        case "build":
            image = images.build(folder, args.image)
            _say(f"built {image.name}  {image.digest[:19]}\n" if not args.json else _json("lab-image", image))
            return 0
        case "fault":
            return _fault(args, folder)
        case "backup" | "restore":
            return _backup(args, folder)
        case "project":
            return _project(args)
        case "job":
            jobs = backup.jobs(folder, add=args.add or 0)
            _say(f"{jobs.count} jobs are kept\n" if not args.json else _json("lab-jobs", jobs))
            return 1 if args.least is not None and jobs.count < args.least else 0
    status = _change(args, folder)
    _say(_told(status) if not args.json else _json("lab", status))
    shown = args.lab == "status" or (args.lab == "weights" and not args.weights)
    return 1 if shown and not status.up else 0


def _change(args: argparse.Namespace, folder: Path) -> LabStatus:
    match args.lab:
        case "up":
            port = args.port if args.port is not None else _usual_port(folder)
            return control.up(folder, port=port, more=_more(args))
        case "down":
            return control.down(folder, args.parts)
        case "deploy":
            version = parts.SLOTS.get(args.version, args.version)
            return control.deploy(folder, version, image=args.image, patience=args.within)
        case "switch":
            return control.switch(folder, args.slot)
        case "remove":
            return control.remove(folder, args.version)
        case "lose":
            return control.lose(folder, args.part)
        case "weights" if args.weights:
            return control.weigh(folder, dict(args.weights))
        case _:
            return control.status(folder)


def _more(args: argparse.Namespace) -> dict[str, str]:
    """The other parts that are wanted, each with what it is told."""
    told = {
        "traffic": f"{args.rate:g}",
        "gpu": str(Path(args.recording).absolute()) if args.recording else "",
        "kube": args.kube_context or "",
        "dashboard": str(args.dashboard_port),
    }
    wanted = dict.fromkeys(parts.EASY if "all" in args.parts else args.parts)
    return {name: told.get(name, "") for name in wanted if name in parts.MORE}


def _known_parts() -> str:
    return "; ".join(f"{name}: {parts.KINDS[name].is_}" for name in parts.MORE) + "; all: each of them but kube"


def _fault(args: argparse.Namespace, folder: Path) -> int:
    if args.name is not None and args.off:
        faults.switch_off(folder, args.name)
    elif args.name is not None:
        if control.status(folder).url is None:
            raise control.LabError("The lab is not up, so nothing of it can go wrong. Bring it up: rbt lab up")
        on = parts.SLOTS.get(args.on, args.on)
        faults.switch_on(folder, faults.chosen(args.name, value=args.value, part=on, after=args.after, step=args.at))
    active = faults.read(folder)
    if args.json:
        _say(msgspec.json.encode({"schema": "runbook-tui/lab-faults@1", "faults": active}).decode() + "\n")
        return 0
    if args.name is None:
        for kind in faults.KINDS.values():
            usual = f"{kind.value:g} {kind.unit}" if kind.unit else ""
            _say(f"  {kind.name:22} {usual:>9}  {kind.part:9} {kind.does}\n")
    _say("".join(f"ON  {_moment(one)}\n" for one in active) or "nothing is wrong with the lab\n")
    return 0


def _add_project(project: argparse.ArgumentParser) -> None:
    project.add_argument("system", metavar="NAME")
    project.add_argument("place", metavar="FOLDER")


def _project(args: argparse.Namespace) -> int:
    from runbook_tui.lab.systems.layout import lay_out

    for path in lay_out(args.system, Path(args.place)):
        _say(f"{path}\n")
    return 0


def _moment(fault: faults.Active) -> str:
    if fault.since is None:
        return f"{fault.shown} of {fault.part}, when a run comes to step {fault.step!r}"
    ahead = fault.since - time.time()
    return f"{fault.shown} of {fault.part}" + (f", in {ahead:.0f} s" if ahead > 0 else "")


def _backup(args: argparse.Namespace, folder: Path) -> int:
    place = Path(args.place)
    if args.lab == "backup":
        manifest = backup.save(folder, place)
        verb, done = "lab-backup", f"{len(manifest.files)} files in {place}, {manifest.jobs} jobs, by manifest.json"
    elif args.only_check:
        manifest = backup.verified(place)
        verb, done = "lab-backup", f"{place} is what was backed up: {len(manifest.files)} files, {manifest.jobs} jobs"
    else:
        manifest = backup.restore(folder, place)
        verb, done = "lab-restore", f"{manifest.jobs} jobs are back, as of {manifest.made}"
    _say(done + "\n" if not args.json else _json(verb, manifest))
    return 0


def _told(status: LabStatus) -> str:
    if status.url is None:
        return "The lab is down. Bring it up: rbt lab up\n"
    lines = [f"The lab is {'up' if status.up else 'NOT whole'} at {status.url}"]
    width = max(8, *(len(part.name) for part in status.parts))
    for part in status.parts:
        where = "" if part.pid is None else f"port {part.port}  pid {part.pid}"
        share = "" if part.weight is None else f"{part.weight:3d} %"
        lines.append(f"  {part.name:{width}} {part.state.value:13} {share:>6}  {where}".rstrip())
    lines += [f"WRONG: {_moment(fault)}" for fault in status.faults]
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


def _json(verb: str, value: msgspec.Struct) -> str:
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


def _part(text: str) -> str:
    if text not in parts.MORE:
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(parts.MORE)}")
    return text


def _more_of_it(text: str) -> str:
    """What may be asked for; the gateway and v1 are there in any case."""
    if text in parts.SLOTS or text in VERSIONS[1:]:
        raise argparse.ArgumentTypeError(f"{text} is a version: rbt lab deploy {text}")
    return text if text in ("all", parts.GATEWAY, VERSIONS[0]) else _part(text)


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
