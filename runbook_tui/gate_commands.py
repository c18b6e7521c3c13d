"""`rbt gate`: conditions asked once, or for as long as they must hold, with an exit code for pipelines."""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from runbook_tui.gates.verdict import Verdict, worst

if TYPE_CHECKING:
    from runbook_tui.gates.stated import Timing
    from runbook_tui.sources import Sources
    from runbook_tui.watching import Seen, Watched

EXIT = {Verdict.PASS: 0, Verdict.FAIL: 1}
NEEDS_PERSON = 3
_GLYPHS = {Verdict.PASS: "✔", Verdict.FAIL: "✖", Verdict.ERROR: "!", Verdict.NO_DATA: "?", Verdict.INSUFFICIENT: "?"}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One condition in the answer."""

    condition: str
    verdict: str
    value: float | None = None
    threshold: float | None = None
    samples: int = 0
    expected: int = 0
    series: int = 0
    at: str | None = None
    detail: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="*",
        metavar="FILE|EXPR",
        help="a runbook, a Prometheus rule file, or what must hold: 'QUERY < 0.05 for 5m'",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--prometheus", metavar="URL", help="the server that is asked (RBT_PROMETHEUS)")
    parser.add_argument("--text", metavar="URL", help="an endpoint in the Prometheus text format, instead of a server")
    parser.add_argument("--http", metavar="URL", help="EXPR is of ok, status, latency (ms), tls_days or json")
    parser.add_argument("--contains", metavar="TEXT", help="with --http: what the body must hold")
    parser.add_argument("--path", metavar="$.A.B", help="with --http: where in its JSON the value stands")
    parser.add_argument("--equals", metavar="VALUE", help="with --http and --path: what must stand there")
    parser.add_argument("--host", action="store_true", help="EXPR is of cpu, memory, disk or load of this machine")
    parser.add_argument("--kubernetes", metavar="KIND/NAME", help="EXPR is of ready_share, failing, restarts …")
    parser.add_argument("--namespace", default="", metavar="NAME", help="with --kubernetes: not the kubeconfig's")
    parser.add_argument("--context", default="", metavar="NAME", help="with --kubernetes: not the kubeconfig's")
    parser.add_argument("--over", default="10m", metavar="10m", help="with --kubernetes: restarts are counted over it")
    parser.add_argument("--gpu", nargs="?", const="local", metavar="HOST", help="EXPR is of GPUs: here, or of a host")
    parser.add_argument("--every", type=_interval, default=15.0, metavar="15s", help="between two questions")
    parser.add_argument("--for", type=_time, default=0.0, dest="lasting", metavar="0s", help="how long it must hold")
    parser.add_argument("--warmup", type=_time, default=0.0, metavar="0s", help="wait so long before it counts")
    parser.add_argument("--min-samples", type=int, default=1, metavar="N", help="values wanted for a pass")
    parser.add_argument("--triggers", action="store_true", help="of a runbook: its rollback conditions and alerts too")


def main(args: argparse.Namespace) -> int:
    """Ask and judge. Raises OperatorError; 0 only on pass, 1 on fail, 3 when nothing could be decided."""
    rows = asyncio.run(_asked(args))
    verdict = worst(Verdict(row.verdict) for row in rows)
    if args.json:
        body = {"schema": "runbook-tui/gate@1", "verdict": verdict.value, "checks": rows}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(body)).decode() + "\n")
    else:
        from runbook_tui.console import clean

        sys.stdout.write("".join(f"{clean(_told(row))}\n" for row in rows) + verdict.words + "\n")
    return EXIT.get(verdict, NEEDS_PERSON)


async def _asked(args: argparse.Namespace) -> list[Row]:
    from runbook_tui.gates.stated import Timing
    from runbook_tui.gpu_machines import named_by_operator
    from runbook_tui.records import BadInput, SystemClock, read_runbook, read_sidecar
    from runbook_tui.sources import Sources, settings
    from runbook_tui.watching import DEADLINE, Watching

    said: dict[str, Any] = {key: getattr(args, key) for key in ("prometheus", "text") if getattr(args, key)}
    timing = Timing(every=args.every, warmup=args.warmup, observe=args.lasting, least=args.min_samples)
    if not args.what and not args.http:
        raise BadInput("say what must hold: a runbook, a rule file, or 'QUERY < NUMBER'")
    watched: list[Watched] = []
    rows: list[Row] = []
    runbooks = [Path(what) for what in args.what if what.endswith((".md", ".markdown"))]
    for path in runbooks:
        sidecar = await asyncio.to_thread(read_sidecar, path)
        said = {**settings((await asyncio.to_thread(read_runbook, path)).front_matter, sidecar), **said}
    sources = Sources(said, gpus=named_by_operator(SystemClock()))
    try:
        for what in args.what or ["ok == 1"]:
            if Path(what) in runbooks:
                more, manual = _of_runbook(Path(what), said, sources, args, timing)
            elif what.endswith((".yml", ".yaml")):
                more, manual = _of_rules(Path(what), sources, timing)
            else:
                more, manual = [_of_expression(what, sources, args, timing)], []
            watched += more
            rows += manual
        if not watched and not rows:
            raise BadInput(f"there is no condition in {' '.join(args.what)}: nothing to ask is no pass")
        if args.text or args.host:  # what grows is known from the second look on
            with suppress(TimeoutError):  # what does not answer now is asked again, and has its verdict then
                async with asyncio.timeout(DEADLINE):
                    await asyncio.gather(*(one.signal.read() for one in watched), return_exceptions=True)
            await asyncio.sleep(min(1.0, args.every))
        watching = Watching(watched, SystemClock())
        await watching.run()
        return [*(_row(seen) for seen in watching.seen()), *rows]
    finally:
        await sources.close()


def _of_runbook(
    path: Path, said: dict[str, Any], sources: Sources, args: argparse.Namespace, timing: Timing
) -> tuple[list[Watched], list[Row]]:
    from runbook_tui.alerting import alerts_said, watched_alerts
    from runbook_tui.records import read_runbook
    from runbook_tui.sources import of_runbook

    watched, manual = of_runbook(read_runbook(path), said, sources, triggers=args.triggers, gates=True, timing=timing)
    if args.triggers:
        by_rule, no_rule = watched_alerts(alerts_said(said, path.absolute().parent, timing), sources)
        watched, manual = [*watched, *by_rule], [*manual, *no_rule]
    return watched, [
        Row(condition=one.condition.text, verdict=Verdict.ERROR.value, detail=one.why)
        if one.mistaken
        else Row(
            condition=one.condition.text,
            verdict=Verdict.INSUFFICIENT.value,
            detail=f"a person judges it: {one.why}",
        )
        for one in manual
    ]


def _of_rules(path: Path, sources: Sources, timing: Timing) -> tuple[list[Watched], list[Row]]:
    from runbook_tui.alerting import alerts_in
    from runbook_tui.watching import Watched

    watched: list[Watched] = []
    rows: list[Row] = []
    for number, alert in enumerate(alerts_in(path, timing)):
        if alert.check is None or alert.query is None:
            rows.append(Row(condition=alert.name, verdict=Verdict.ERROR.value, detail=alert.why_not))
        else:
            signal, _ = sources.signal(alert.name, {"query": alert.query})
            watched.append(Watched(check=alert.check_as(f"{number}-{alert.name}"), signal=signal))
    return watched, rows


def _of_expression(text: str, sources: Sources, args: argparse.Namespace, timing: Timing) -> Watched:
    from runbook_tui.gates.stated import must_hold
    from runbook_tui.watching import Watched

    query, check = must_hold(text, timing=timing)
    spec: dict[str, Any] = {"query": query}
    if args.http:
        spec = {"http": args.http, "take": query, "contains": args.contains, "json": args.path, "equals": args.equals}
    elif args.host:
        spec = {"host": query}
    elif args.kubernetes:
        place = {"namespace": args.namespace, "context": args.context, "over": args.over}
        spec = {"kubernetes": args.kubernetes, "take": query, **place}
    elif args.gpu:
        spec = {"gpu": query, "host": args.gpu, "unit": "%" if "%" in text else ""}
    signal, _ = sources.signal(query, spec)
    return Watched(check=check, signal=signal)


def _row(seen: Seen) -> Row:
    standing = seen.standing
    verdict = standing.verdict or Verdict.NO_DATA
    return Row(
        condition=seen.check.text, verdict=verdict.value, value=standing.value, threshold=seen.check.threshold,
        samples=standing.samples, expected=standing.expected, series=standing.series,
        at=seen.at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if seen.at else None,
        detail=standing.detail,
    )  # fmt: skip


def _told(row: Row) -> str:
    verdict = Verdict(row.verdict)
    value = "" if row.value is None or not math.isfinite(row.value) else f"  now {row.value:.6g}"
    counted = f"  {row.samples} of {row.expected} values" if row.expected > 1 else ""
    detail = f"  ({row.detail})" if row.detail else ""
    return f"{_GLYPHS[verdict]} {row.condition}{value}{counted}{detail}"


def _time(text: str) -> float:
    from runbook_tui.document import rules

    try:
        seconds = float(text)
    except ValueError:
        found = rules.seconds(text)
        if found is None:
            raise argparse.ArgumentTypeError(f"{text!r} is no time: write 30s, 5m or 1h30m") from None
        seconds = found
    if not (math.isfinite(seconds) and seconds >= 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no time")
    return seconds


def _interval(text: str) -> float:
    if (seconds := _time(text)) <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no time between two questions: write 30s or 5m")
    return seconds


def rows_of(seen: Sequence[Seen]) -> list[Row]:
    """Conditions as they stand, in the form of the JSON answer."""
    return [_row(one) for one in seen]
