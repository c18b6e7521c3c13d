"""`rbt kernels`: run the gate of kernels/build.py, show its cases as they come, judge what it printed."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from runbook_tui.console import clean
from runbook_tui.run.kernels import KernelProgress, KernelVerdict, Verdict
from runbook_tui.run.ports import OperatorError
from runbook_tui.validation.reading import SCHEMA, KernelReader, in_words
from runbook_tui.validation.table import Row, rows

EXIT = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.NOT_VALIDATED: 3}
USAGE = 2


class NoGate(OperatorError):
    """The gate could not be run; nothing was validated."""


def main(args: argparse.Namespace) -> int:
    """Run the verb; its exit code: 0 pass, 1 fail, 3 not validated."""
    if not Path(args.build).is_file():
        raise NoGate("kernels/build.py is not beside this program: run rbt from a checkout, where the kernels lie")
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(_command(args), stdout=subprocess.PIPE, stderr=complaints)
        except OSError as error:
            raise NoGate(f"{args.python} cannot be started: {error.strerror}") from None
        reader = KernelReader()
        try:
            last = _follow(args, process.stdout, reader) if process.stdout is not None else b""
            status = process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        verdict = reader.verdict(status)
        if verdict is None:
            raise NoGate(_complaint(complaints, status))
    _tell(args, reader.progress, verdict, last)
    return EXIT[verdict.verdict]


def _command(args: argparse.Namespace) -> list[str]:
    command = [args.python, args.build, "--check-numerics", "--json", "--tol", str(args.tol), "--device", args.device]
    command += ["--mutants"] if args.mutants else []
    for name, value in (("--spec", args.spec), ("--seed", args.seed), ("--evidence", args.evidence)):
        command += [name, str(value)] if value is not None else []
    for kernel in args.kernel:
        command += ["--kernel", kernel]
    return command


def _follow(args: argparse.Namespace, output: IO[bytes], reader: KernelReader) -> bytes:
    """Read to the end and show what comes; returns the last line."""
    last = b""
    stream = sys.stderr if args.json else sys.stdout
    shown = 0
    for line in output:
        last = line
        reader.feed(line)
        if args.lines:
            sys.stdout.write(clean(line.decode(errors="replace")))
            sys.stdout.flush()
            continue
        cases = reader.progress.cases
        for case in cases[shown:]:
            if not case.ok:
                print(clean(f"✖ {in_words(case)}"), file=stream, flush=True)
        if len(cases) // 50 > shown // 50:
            print(f"  {len(cases)} of {reader.progress.announced or '?'} cases", file=stream, flush=True)
        shown = len(cases)
    return last


def _complaint(complaints: IO[bytes], status: int) -> str:
    complaints.seek(0)
    said = complaints.read().decode(errors="replace").strip().splitlines()
    if said and said[-1].startswith("kernels: "):
        return clean(said[-1].removeprefix("kernels: "))
    return f"the gate ended with status {status} and no verdict" + (f": {clean(said[-1])}" if said else "")


# --- what is said at the end ---------------------------------------------------------------------


def _tell(args: argparse.Namespace, progress: KernelProgress, verdict: KernelVerdict, last: bytes) -> None:
    if args.lines:
        return
    if args.json:
        print(json.dumps(_as_json(verdict, last), ensure_ascii=False, indent=2))
        return
    for line in table(progress, verdict):
        print(clean(line))


def _as_json(verdict: KernelVerdict, last: bytes) -> dict[str, Any]:
    """The gate's own object, with the verdict as it was judged here."""
    try:
        said = json.loads(last)
    except ValueError:
        said = {}
    whole = said if isinstance(said, dict) and said.get("schema") == SCHEMA else {"schema": SCHEMA, "cases": []}
    judged = {
        "verdict": verdict.verdict.value,
        "reason": verdict.reason or None,
        "executed_on": verdict.executed_on or "none",
    }
    return {**whole, **judged}


def table(progress: KernelProgress, verdict: KernelVerdict) -> list[str]:
    """A row for each kernel, format and direction, and the verdict."""
    head = (
        f"{'kernel':<18}{'format':<8}{'direction':<11}{'cases':>6}{'failed':>8}{'error':>11}{'x torch':>9}{'bound':>8}"
    )
    lines = [head, *(_row(row) for row in rows(progress.cases))]
    planted = progress.planted
    if planted:
        lines.append(f"planted bugs: {sum(one.caught for one in planted)} of {len(planted)} caught")
    if progress.compiled:
        trouble = progress.not_compiled
        lines.append(f"compiled for other cards: {progress.compiled}, {len(trouble) or 'none'} with a problem")
    word = {Verdict.PASS: "✔", Verdict.FAIL: "✖", Verdict.NOT_VALIDATED: "?"}[verdict.verdict]
    lines.append(f"{word} {verdict.sentence}")
    if verdict.evidence_sha256:
        lines.append(f"  evidence sha256 {verdict.evidence_sha256}")
    return lines


def _row(row: Row) -> str:
    figures = f"{_figure(row.norm_rel, '.1e'):>11}{_figure(row.ratio, '.2f'):>9}{_figure(row.bound, '.0%'):>8}"
    return f"{row.kernel:<18}{row.dtype:<8}{row.direction:<11}{row.cases:>6}{row.failed or '-':>8}{figures}"


def _figure(value: float | None, form: str) -> str:
    return format(value, form) if value is not None else "-"
