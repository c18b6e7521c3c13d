"""`rbt stats`: intervals, tests and budgets over files of numbers."""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from runbook_tui.gates.verdict import Verdict, worst
from runbook_tui.run.ports import OperatorError

if TYPE_CHECKING:
    from runbook_tui.gates.numbers import Table
    from runbook_tui.gates.statistics import Estimate

EXIT = {Verdict.PASS: 0, Verdict.FAIL: 1}
NEEDS_PERSON = 3
PANE = 52  # cells of a step's output in a terminal of 80 columns
ROOM = 11  # cells of a line beside its name and points
DEADLINE = 120.0  # seconds for everything
LARGEST = 64 * 1024 * 1024  # bytes of a file of numbers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="stats", required=True, metavar="VERB")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="one JSON object on standard output")
    common.add_argument("--deadline", type=_seconds, default=DEADLINE, metavar="SECONDS", help="give up then (120)")
    common.add_argument("--column", help="of a CSV or JSON file with several (the last one)")
    interval = argparse.ArgumentParser(add_help=False)
    interval.add_argument("--confidence", type=_share, default=0.95, metavar="0.95")
    interval.add_argument("--seed", type=int, default=0, help="of the resampling; kept with the result")

    bca = verbs.add_parser("bca", parents=[common, interval], help="bootstrap interval of one sample, 10,000 resamples")
    bca.add_argument("file", help="one number a line, CSV or JSON; - reads standard input")
    bca.add_argument("--statistic", choices=("mean", "median", "p95", "corr"), default="mean")
    bca.add_argument("--at-least", type=float, metavar="X", help="pass only when the whole interval is at least X")
    bca.add_argument("--at-most", type=float, metavar="X", help="pass only when the whole interval is at most X")

    bh = verbs.add_parser("bh", parents=[common], help="Benjamini-Hochberg over a family of p-values")
    bh.add_argument("file")
    bh.add_argument("--q", type=_share, default=0.05, help="false discovery rate (0.05)")
    bh.add_argument("--expect", choices=("any", "all", "none"), help="pass only when so many are shown")
    bh.add_argument("--test", help="of the p-values, as in rbt stats design; refuses what could never reject")
    bh.add_argument("--n", type=int, help="pairs or values behind each p-value, with --test")

    compare = verbs.add_parser("compare", parents=[common, interval], help="a candidate against a base")
    compare.add_argument("base")
    compare.add_argument("candidate")
    compare.add_argument("--paired", action="store_true", help="row by row: same seed, same data, same machine")
    compare.add_argument("--better", choices=("lower", "higher"), default="lower")
    compare.add_argument(
        "--margin", type=float, metavar="PERCENT", help="pass when at most so much above the base (latency: 15)"
    )

    parity = verbs.add_parser("parity", parents=[common], help="parameters or FLOPs within ±5 %% of the base's")
    parity.add_argument("base")
    parity.add_argument("candidate")
    parity.add_argument("--tolerance", type=float, default=5.0, metavar="PERCENT")

    design = verbs.add_parser("design", parents=[common], help="what so many values can show, before they are taken")
    design.add_argument("test", choices=("paired-t", "welch", "sign-flip", "wilcoxon", "mann-whitney"))
    design.add_argument("n", type=int, help="pairs, or values on each side")
    design.add_argument("--family", type=int, default=1, help="questions asked together")
    design.add_argument("--q", type=_share, default=0.05)
    design.add_argument("--effect", type=float, default=1.0, help="shift in standard deviations (1)")
    design.add_argument("--correlation", type=_share, default=0.5, help="within pairs (0.5)")


def main(args: argparse.Namespace) -> int:
    """Do one verb. Raises OperatorError; 0 on a pass, 1 on a fail, 3 when nothing could be decided."""
    with _within(args.deadline):
        return _main(args)


def _main(args: argparse.Namespace) -> int:
    verdict, results, lines = {
        "bca": _bca,
        "bh": _bh,
        "compare": _compare,
        "parity": _parity,
        "design": _design,
    }[args.stats](args)
    if args.json:
        body = [_plain(result) for result in results]
        head = {"schema": "runbook-tui/stats@1", "verb": args.stats, "verdict": verdict.value}
        whole = (
            {**head, **body[0], "verdict": verdict.value}
            if len(body) == 1 and args.stats not in ("bh", "parity")
            else {**head, "results": body}
        )
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(whole)).decode() + "\n")
    else:
        told = [line for result in results for line in _told(result)]
        sys.stdout.write("\n".join([*lines, *told, verdict.words]) + "\n")
    return EXIT.get(verdict, NEEDS_PERSON)


def _bca(args: argparse.Namespace) -> _Answer:
    from runbook_tui.gates import statistics

    table = _read(args.file)
    values, other = table.column(args.column), None
    if args.statistic == "corr":
        if len(table.columns) < 2:
            from runbook_tui.gates.numbers import Unusable

            raise Unusable(f"a correlation wants two columns, {args.file} has one")
        values, other = table.columns[-2], table.columns[-1]
    found = statistics.bca(
        values, other, statistic=statistics.Statistic(args.statistic), confidence=args.confidence, seed=args.seed,
        at_least=args.at_least, at_most=args.at_most,
    )  # fmt: skip
    drawn = _drawn({Path(args.file).name: values}, found) if other is None else []
    return found.verdict, [found], drawn


def _bh(args: argparse.Namespace) -> _Answer:
    from runbook_tui.gates import statistics

    table = _read(args.file)
    values = table.column(args.column)
    if args.test and args.n:
        statistics.design(statistics.TestKind(args.test), args.n, family=len(values), q=args.q)
    results = statistics.benjamini_hochberg(values, q=args.q, names=table.rows)
    shown = sum(result.verdict is Verdict.PASS for result in results)
    lines = [f"{shown} of {len(results)} shown at a false discovery rate of {args.q:g}"]
    if args.expect is None:
        verdict = Verdict.PASS
    else:
        met = {"any": shown > 0, "all": shown == len(results), "none": shown == 0}[args.expect]
        verdict = Verdict.PASS if met else Verdict.FAIL
    if any(result.p is None for result in results):
        verdict = worst([verdict, Verdict.INSUFFICIENT])
    return verdict, results, lines


def _compare(args: argparse.Namespace) -> _Answer:
    from runbook_tui.gates import statistics

    base, candidate = _read(args.base).column(args.column), _read(args.candidate).column(args.column)
    if args.margin is None:
        found = statistics.difference(
            base, candidate, paired=args.paired, confidence=args.confidence, better=args.better
        )
    else:
        found = statistics.not_inferior(
            base, candidate, margin=args.margin / 100, paired=args.paired, confidence=args.confidence, seed=args.seed
        )
    results = [found]
    if args.paired and args.margin is None and len(base) == len(candidate) and found.low is not None:
        shift = [round(new - old, 9) for old, new in zip(base, candidate, strict=True)]
        beside = statistics.bca(shift, confidence=args.confidence, seed=args.seed)
        results.append(msgspec.structs.replace(beside, name="beside it, deciding nothing"))
    return found.verdict, results, _drawn({Path(args.base).name: base, Path(args.candidate).name: candidate})


def _parity(args: argparse.Namespace) -> _Answer:
    from runbook_tui.gates import statistics

    base, candidate = _read(args.base), _read(args.candidate)
    old, new = base.column(args.column), candidate.column(args.column)
    if len(old) != len(new):
        from runbook_tui.gates.numbers import Unusable

        raise Unusable(f"{args.base} has {len(old)} budgets, {args.candidate} has {len(new)}: they go together")
    names = base.rows or tuple(str(number) for number in range(1, len(old) + 1))
    results = [
        statistics.parity(a, b, tolerance=args.tolerance / 100, name=name)
        for a, b, name in zip(old, new, names, strict=True)
    ]
    return worst(result.verdict for result in results), results, []


def _design(args: argparse.Namespace) -> _Answer:
    from runbook_tui.gates import statistics

    found = statistics.design(
        statistics.TestKind(args.test), args.n, family=args.family, q=args.q, effect=args.effect,
        correlation=args.correlation,
    )  # fmt: skip
    return found.verdict, [found], []


_Answer = tuple[Verdict, "list[Estimate]", list[str]]


def _read(file: str) -> Table:
    from runbook_tui.gates import numbers

    try:
        data = sys.stdin.buffer.read(LARGEST + 1) if file == "-" else _bytes(Path(file))
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise numbers.Unusable(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise numbers.Unusable(f"{file} is not text") from None
    if len(data) > LARGEST:
        raise numbers.Unusable(f"{file} is larger than {LARGEST >> 20} MB")
    return numbers.read(text, file)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _drawn(samples: dict[str, Sequence[float]], found: Estimate | None = None) -> list[str]:
    from runbook_tui.gates.plot import strip_plot

    interval = None
    if found is not None and found.low is not None and found.high is not None and found.estimate is not None:
        interval = (found.low, found.estimate, found.high)
    return strip_plot(samples, interval, width=_width(max(map(len, samples), default=0)))


def _width(name: int) -> int:
    """Cells for the points: what the terminal has, or fits into the pane of a step where there is none."""
    from runbook_tui.gates.plot import LONGEST_NAME, WIDTH

    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        said = os.environ.get("COLUMNS", "")
        columns = int(said) if said.isdigit() else PANE
    return max(16, min(WIDTH, columns - min(name, LONGEST_NAME) - ROOM))


def _told(result: Estimate) -> list[str]:
    parts = [f"{result.name}: {result.method}" if result.name else result.method]
    if result.estimate is not None:
        parts.append(f"{result.estimate:.6g}")
    if result.low is not None and result.high is not None:
        level = f"{result.confidence:.0%} " if result.confidence is not None else "limits "
        parts.append(f"{level}{result.low:.6g} … {result.high:.6g}")
    if result.p is not None:
        parts.append(f"p {result.p:.4g}")
    if result.p_adjusted is not None:
        parts.append(f"adjusted {result.p_adjusted:.4g}" + ("  shown" if result.verdict is Verdict.PASS else ""))
    if result.seed is not None:
        parts.append(f"seed {result.seed}")
    return ["  ".join(parts), *(f"  {note}" for note in result.notes)]


def _plain(result: Estimate) -> dict[str, object]:
    return {**msgspec.structs.asdict(result), "verdict": result.verdict.value}


class TooLong(OperatorError):
    """It was given up at its deadline; nothing was decided."""


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raises TooLong when the block takes longer: between two batches, so within about a second of it."""
    gone: list[TooLong] = []

    def over(*_: object) -> None:
        gone.append(TooLong(f"no answer within {seconds:g} s (--deadline): nothing is decided"))
        raise gone[0]

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except Exception as error:
        if gone and error is not gone[0]:  # a library that was being imported makes an ImportError of it
            raise gone[0] from error
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _seconds(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text} is no time in seconds")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and 0 < value < 1):
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value
