"""`rbt gpu`: the GPUs as a table, as JSON, watched, judged, recorded, played again."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from runbook_tui import records, telemetry
from runbook_tui.console import clean
from runbook_tui.document.gpu_maps import placements
from runbook_tui.gates.gpu_health import Expected
from runbook_tui.run.gpu.model import Gpu, GpuHost, GpuProcess, Xid
from runbook_tui.run.gpu.verdicts import Check, Verdict, worst
from runbook_tui.run.gpu.xids import meaning
from runbook_tui.signals.gpu.holder import WAITING
from runbook_tui.signals.gpu.recording import recorder_of

SCHEMA = "runbook-tui/gpu@1"
_INSIDE = ("at", "seldom_at", "error_code")  # of a device, and nobody's outside
PATIENCE = 35.0  # seconds for the first reading: of a driver that hangs that is said after 30
_GLYPHS = {Verdict.PASS: "✔", Verdict.WARN: "!", Verdict.UNKNOWN: "?", Verdict.BLOCK: "✖"}
_CUDA = re.compile(r"^\d{1,2}(\.\d{1,2})?$")


def main(args: argparse.Namespace) -> int:
    """Run the verb; its exit code: 0 fine, 1 blocked or unreadable, 3 not known."""
    if not 0.1 <= args.interval <= 3600 or args.seconds < 0 or args.speed <= 0:
        raise records.BadInput("--interval wants 0.1 to 3600 seconds, --for and --speed no less than nothing")
    if args.cuda and not _CUDA.match(args.cuda):
        raise records.BadInput(f"--cuda wants a version like 12.4, got {args.cuda!r}")
    plain = args.plain or args.json or args.record is not None
    if args.watch and not plain and sys.stdin.isatty() and sys.stdout.isatty():
        return _screen(args)
    return asyncio.run(_run(args))


def _screen(args: argparse.Namespace) -> int:
    from runbook_tui.desk import LocalDesk
    from runbook_tui.key_commands import own_keys
    from runbook_tui.places import log_file
    from runbook_tui.terminal_guard import guarded_terminal
    from runbook_tui.tui.app import RunbookApp

    watch = watched(args)  # what is asked for wrongly is said before the terminal is taken
    app = RunbookApp(LocalDesk(gpus=lambda: watch), gpus=True, log_path=str(log_file()), keymap=own_keys())
    with guarded_terminal() as app.terminal:
        app.run()
    return app.return_code or 0


def watched(args: argparse.Namespace) -> telemetry.Telemetry:
    """The sources that were asked for: this machine's when none was named. Raises OperatorError."""
    clock = records.SystemClock()
    expected = Expected(
        count=args.count,
        uuids=frozenset(args.uuid),
        nvlinks=args.nvlinks,
        cuda=args.cuda,
        users=frozenset(args.welcome),
    )
    if args.replay:
        sources = list(telemetry.recorded(clock, args.replay, speed=args.speed, loop=args.watch))
    else:
        sources = [telemetry.exporter(clock, address, interval=max(args.interval, 1.0)) for address in args.dcgm]
        sources += telemetry.at_hosts(clock, args.host, interval=args.interval) if args.host else []
        if not sources:
            sources = [telemetry.here(clock, interval=args.interval)]
    watch = telemetry.Telemetry(sources, expected=expected)
    if args.file:
        watch.placements = placements(records.read_runbook(Path(args.file)).lines)
    return watch


async def _run(args: argparse.Namespace) -> int:
    watch = watched(args)
    recorder = recorder_of(args.record, watch.subscribe) if args.record else None
    watch.start()
    try:
        await _first(watch)
        if args.watch or recorder is not None:
            with suppress(asyncio.CancelledError, KeyboardInterrupt):
                await _go_on(args, watch)
            return 0
        if args.health:
            await asyncio.sleep(args.seconds)
            await watch.ask_now()
            await asyncio.sleep(min(args.interval * 1.5, 2.0))
        checks = await telemetry.settled(watch.health, watch.ask_now) if args.health else None
        return _tell(args, watch.hosts(), checks)
    finally:
        await watch.close()
        if recorder is not None:
            recorder.close()
            print(f"{recorder.readings} readings in {args.record}", file=sys.stderr)


async def _first(watch: telemetry.Telemetry) -> None:
    """Until every source has answered, one way or the other."""
    news = asyncio.Event()
    end = watch.subscribe(lambda _: news.set())
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while any(not host.gpus and (host.error or "").startswith(WAITING) for host in watch.hosts()):
                await news.wait()
                news.clear()
    end()


async def _go_on(args: argparse.Namespace, watch: telemetry.Telemetry) -> None:
    """A table or a line of JSON every interval, until interrupted or, when recording, until the time is over."""
    end = time.monotonic() + args.seconds if args.record and not args.watch else None
    while end is None or time.monotonic() < end:
        if args.json:
            print(json.dumps(as_json(watch.hosts(), watch.health() if args.health else None)), flush=True)
        elif args.watch:
            print("\n".join([*table(watch.hosts()), ""]), flush=True)
        await asyncio.sleep(args.interval)


def _tell(args: argparse.Namespace, hosts: Sequence[GpuHost], checks: Sequence[Check] | None) -> int:
    if args.json:
        print(json.dumps(as_json(hosts, checks), ensure_ascii=False, indent=2))
    else:
        print("\n".join(table(hosts) if checks is None else judged(hosts, checks)))
    if checks is None:
        return 1 if any(host.error and not host.gpus for host in hosts) else 0
    return {Verdict.BLOCK: 1, Verdict.UNKNOWN: 3}.get(worst(checks), 0)


# --- as JSON -------------------------------------------------------------------------------------


def as_json(hosts: Sequence[GpuHost], checks: Sequence[Check] | None = None) -> dict[str, Any]:
    """The contract of `rbt gpu --json` (docs/json.md)."""
    return {
        "schema": SCHEMA,
        "hosts": [_host(host) for host in hosts],
        "health": [
            {
                "check": check.check,
                "verdict": check.verdict.value,
                "gpu": check.gpu,
                "detail": check.detail,
                "source": check.source,
                "host": check.host,
            }
            for check in checks or ()
        ],
    }


def _host(host: GpuHost) -> dict[str, Any]:
    return {
        "host": host.host,
        "source": "fake" if host.fake else host.source.value,
        "reader": host.source.value,
        "replayed": host.replayed,
        "error": host.error,
        "driver": host.driver,
        "cuda": host.cuda,
        "fabric_manager": host.fabric_manager,
        "count": host.count,
        "age": round(host.age, 3),
        "notes": list(host.notes),
        "gpus": [_gpu(gpu) for gpu in host.gpus],
    }


def _gpu(gpu: Gpu) -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(gpu, name) for name in gpu.__struct_fields__}
    told = {name: msgspec.to_builtins(value) for name, value in told.items() if name not in _INSIDE}
    for part in ("row_remap", "nvlink"):
        value = getattr(gpu, part)
        told[part] = None if value is None else {name: getattr(value, name) for name in value.__struct_fields__}
    told["xid"] = None if gpu.xid is None else [_xid(one) for one in gpu.xid]
    told["processes"] = None if gpu.processes is None else [_process(one) for one in gpu.processes]
    told["slices"] = [{name: getattr(one, name) for name in one.__struct_fields__} for one in gpu.slices]
    told["age"] = round(gpu.age, 3)
    return told


def _xid(one: Xid) -> dict[str, Any]:
    found = meaning(one.code)
    return {
        "code": one.code,
        "at": one.at,
        "meaning": found.says,
        "what_to_do": found.remedy.value,
        "detail": one.detail,
    }


def _process(one: GpuProcess) -> dict[str, Any]:
    return {"pid": one.pid, "name": one.name, "user": one.user, "memory": one.memory, "kind": one.kind}


# --- in words ------------------------------------------------------------------------------------


def table(hosts: Sequence[GpuHost]) -> Iterator[str]:
    """A line for each device; n/a where the source gives no value."""
    for host in hosts:
        yield clean(_title(host))
        if host.error is not None:
            yield clean(f"  ✖ {host.error}")
        if host.gpus:
            yield "  GPU  util  memory used/total GiB    power/limit W   °C    SM MHz  name"
        for gpu in host.gpus:
            yield clean(_row(gpu))
            if trouble := ", ".join(_trouble(gpu)):
                yield clean(f"       ! {trouble}")
        for note in host.notes:
            yield clean(f"  note: {note}")


def _title(host: GpuHost) -> str:
    marks = ("  FAKE: a stand-in of the driver" if host.fake else "") + (
        "  REPLAY: a recording" if host.replayed else ""
    )
    driver = f"  driver {host.driver}" if host.driver else ""
    return f"{host.host}  {host.source.value}{driver}" + (f"  CUDA {host.cuda}" if host.cuda else "") + marks


def _row(gpu: Gpu) -> str:
    memory = f"{_gib(gpu.memory_used)}/{_gib(gpu.memory_total)}"
    share = "" if gpu.memory_share is None else f" {100 * gpu.memory_share:3.0f} %"
    power = f"{_number(gpu.power)}/{_number(gpu.power_limit)}"
    index = "?" if gpu.index is None else gpu.index
    stale = f"  ({gpu.age:.0f} s old)" if gpu.age > 5 else ""
    return (
        f"  {index:>3}  {_number(gpu.util):>4}  {memory + share:>22}  {power:>15}  {_number(gpu.temperature):>4}"
        f"  {_number(gpu.clock_sm):>7}  {gpu.name}{stale}"
    )


def _trouble(gpu: Gpu) -> Iterator[str]:
    """What wants attention, in words."""
    from runbook_tui.run.gpu.words import NORMAL_THROTTLE, recovery_words

    if gpu.error:
        yield gpu.error
    if held := [reason for reason in gpu.throttle or () if reason not in NORMAL_THROTTLE]:
        yield f"slowed down: {', '.join(held)}"
    if gpu.recovery:
        yield f"the driver asks to {recovery_words(gpu.recovery)}"
    for xid in (gpu.xid or ())[-3:]:
        yield f"XID {xid.code} ({meaning(xid.code).says})"
    if gpu.ecc_uncorrected:
        yield f"{gpu.ecc_uncorrected} uncorrected ECC errors"
    if gpu.row_remap and (gpu.row_remap.pending or gpu.row_remap.failure):
        yield "row remapping failed" if gpu.row_remap.failure else "row remapping waits for a reset"
    if gpu.nvlink and gpu.nvlink.inactive:
        yield f"{gpu.nvlink.inactive} NVLinks inactive"
    if gpu.nvlink and gpu.nvlink.missing:
        yield f"{gpu.nvlink.missing} NVLinks do not answer"


def judged(hosts: Sequence[GpuHost], checks: Sequence[Check]) -> Iterator[str]:
    """The health table: what does not pass line by line, what passes in one."""
    index = {gpu.uuid: gpu.index for host in hosts for gpu in host.gpus}
    for host in hosts:
        yield clean(_title(host))
    same: dict[tuple[Verdict, str, str, str, str], list[int]] = {}
    for verdict in (Verdict.BLOCK, Verdict.UNKNOWN, Verdict.WARN):
        for check in checks:
            if check.verdict is verdict:
                where = same.setdefault((verdict, check.host, check.check, check.detail, check.source), [])
                if check.gpu is not None and (number := index.get(check.gpu)) is not None:
                    where.append(number)
    hosted = len(hosts) > 1
    places = [
        (f"{key[1]} " if hosted else "") + (f"GPU {ranges(numbers)}" if numbers else "")
        for key, numbers in same.items()
    ]
    wide = max(map(len, places), default=0)
    for place, (verdict, _, name, detail, source) in zip(places, same, strict=True):
        yield clean(f"{_GLYPHS[verdict]} {verdict.value.upper():<7} {place:<{wide}}  {name:<15} {detail}  [{source}]")
    passed = sum(check.verdict is Verdict.PASS for check in checks)
    yield f"{_GLYPHS[worst(checks)]} {worst(checks).value.upper()}: {passed} of {len(checks)} checks pass"


def ranges(numbers: Sequence[int]) -> str:
    """`0-3,5`: what is said of several devices is said once."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.0f}"


def _gib(value: int | None) -> str:
    return "n/a" if value is None else f"{value / (1 << 30):.1f}"
