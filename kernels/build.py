"""Build the kernels and prove them: `python kernels/build.py --check-numerics --tol 1e-3`.

Exit status: 0 pass (or, without --check-numerics, compiled), 1 fail, 2 usage, 3 not validated: nothing ran on a card.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from proof.evidence import Evidence
    from proof.examination import Where
    from proof.spec import Kernel

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "kernels"
ON_GPU, INTERPRETED = (
    ("fp32", "fp16", "bf16"),
    ("fp32", "fp16"),
)  # the interpreter's bfloat16 is wrong (Triton issue 11584)
REPEATS = 20
SCHEMA = "runbook-tui/kernels@1"


def main(argv: list[str] | None = None) -> int:
    args = _arguments(argv)
    sys.path.insert(0, str(HERE))
    warnings.filterwarnings("ignore", module=r"triton\.runtime\.interpreter")
    warnings.filterwarnings("ignore", message=".*deterministic")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # many small products: threads only get in each other's way
    from proof.surroundings import Unusable, cards, check_one_triton

    try:
        check_one_triton()
        found = cards() if args.device != "interpreter" else []
    except Unusable as unusable:
        print(f"kernels: {unusable}", file=sys.stderr)
        return 2
    if args.device == "gpu" and not found:
        print("kernels: no graphics card that torch can use is here", file=sys.stderr)
        return 3
    if args.bench:
        from proof.bench import bench

        return bench(found, say=print, as_json=args.json)
    if args.sanitize:
        from proof.sanitizer import sanitize

        return sanitize(args.sanitize, found)
    if args.compile_only:
        return _compile_only(args)
    return _check(args, found) if args.check_numerics else _build(args)


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="kernels/build.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check-numerics", action="store_true", help="run every case and judge it by rule F")
    parser.add_argument("--tol", type=float, default=1e-3, help="largest normwise relative error (default 1e-3)")
    parser.add_argument(
        "--mutants", action="store_true", help="also plant bugs; all must be caught (implies --check-numerics)"
    )
    parser.add_argument("--bench", action="store_true", help="measure on this machine's graphics card")
    parser.add_argument("--sanitize", choices=("memcheck", "racecheck"), help="small shapes under compute-sanitizer")
    parser.add_argument(
        "--spec", type=Path, metavar="FILE", help="the user's own kernels instead (TOML, docs/kernels.md)"
    )
    parser.add_argument("--device", choices=("auto", "gpu", "interpreter"), default="auto")
    parser.add_argument("--kernel", action="append", metavar="NAME", help="only this one (again for more)")
    parser.add_argument(
        "--case", action="append", metavar="TEXT", help="only cases whose name holds the text; never a pass"
    )
    parser.add_argument(
        "--targets", default="80,86,89,90,100,120", help="compute capabilities to compile for; none: “”"
    )
    parser.add_argument("--seed", type=int, help="of the inputs; else drawn anew and recorded")
    parser.add_argument("--evidence", type=Path, default=BUILD / "evidence.json", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="JSON lines while it works, the verdict as the last one")
    parser.add_argument(
        "--compile-only", action="store_true", help=argparse.SUPPRESS
    )  # a process of its own, without interpreter
    args = parser.parse_args(argv)
    args.check_numerics |= args.mutants or args.spec is not None
    if not args.tol > 0:
        parser.error("--tol wants a number above 0")
    if args.mutants and args.spec:
        parser.error("--mutants plants bugs in the three kernels of this folder, not in those of --spec")
    return args


def _printer(args: argparse.Namespace) -> Callable[[dict[str, Any]], None]:
    from proof.lines import as_text

    def say(line: dict[str, Any]) -> None:
        if args.json:
            print(json.dumps(line, ensure_ascii=False), flush=True)
        elif text := as_text(line):
            print(text, flush=True)

    return say


# --- compiling -----------------------------------------------------------------------------------


def _compile_only(args: argparse.Namespace) -> int:
    from bem.kernels import kernels
    from proof.building import compiled

    wanted = [kernel for kernel in kernels() if not args.kernel or kernel.name in args.kernel]
    for cubin in compiled(wanted, [int(t) for t in args.targets.split(",")], BUILD):
        print(json.dumps(cubin.as_line()), flush=True)
    return 0


def _compiled_elsewhere(args: argparse.Namespace, say: Callable[[dict[str, Any]], None]) -> list[Any]:
    """Cubins made by a second process: Triton either compiles or interprets, decided when it is imported."""
    from proof.paper import Cubin

    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    command = [sys.executable, str(HERE / "build.py"), "--compile-only", "--targets", args.targets]
    for kernel in args.kernel or ():
        command += ["--kernel", kernel]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    cubins = []
    with process:
        for text in process.stdout or ():
            line = json.loads(text)
            say(line)
            line.pop("event")
            cubins.append(Cubin(**line | {"problems": tuple(line["problems"])}))
    if process.returncode:
        raise SystemExit(process.returncode)
    return cubins


def _build(args: argparse.Namespace) -> int:
    """Compile and report; proves that it can be built, not that it is right."""
    say = _printer(args)
    evidence = _evidence(args, "none", [], [])
    evidence.cubins = _compiled_elsewhere(args, say)
    return _finish(args, evidence, say, built=True)


# --- checking ------------------------------------------------------------------------------------


def _check(args: argparse.Namespace, cards: list[dict[str, Any]]) -> int:
    if not cards:
        os.environ["TRITON_INTERPRET"] = "1"
    from proof.evidence import quarrels
    from proof.own import BadSpec

    say = _printer(args)
    try:
        kernels = _kernels(args)
    except BadSpec as bad:
        print(f"kernels: {bad}", file=sys.stderr)
        return 2
    evidence = _evidence(args, "gpu" if cards else "interpreter", cards, kernels)
    places = _places(cards)
    say(_start(args, evidence, kernels, places))
    if args.spec is None and not args.case and args.targets:
        evidence.cubins = _compiled_elsewhere(args, say)
    _examine(args, evidence, kernels, places, say)
    evidence.quarrels = quarrels(evidence.cases, cards)
    if args.mutants:
        _hunt(args, evidence, places[0], say)
    return _finish(args, evidence, say)


def _kernels(args: argparse.Namespace) -> list[Kernel]:
    from proof.own import BadSpec, read

    if args.spec is not None:
        found = read(args.spec)
    else:
        from bem.kernels import kernels

        found = kernels()
    wanted = [k for k in found if not args.kernel or k.name in args.kernel]
    if not wanted:
        raise BadSpec(f"there is no kernel {', '.join(args.kernel)}; there is {', '.join(k.name for k in found)}")
    return wanted


def _places(cards: list[dict[str, Any]]) -> list[Where]:
    from proof.examination import Where

    return [Where(card["device"], "gpu", REPEATS) for card in cards] or [Where("cpu", "interpreter", 1)]


def _plan(args: argparse.Namespace, kernels: Sequence[Kernel], where: Where) -> tuple[list[Any], list[str]]:
    """(kernel, case) to run there, and what is left out and why."""
    on_gpu = where.executed_on == "gpu"
    todo, skipped = [], []
    for kernel in kernels:
        for dtype in kernel.dtypes:
            if not on_gpu and dtype not in INTERPRETED:
                skipped.append(f"{kernel.name} in {dtype}: the interpreter's bfloat16 is wrong")
                continue
            for case in kernel.cases(dtype):
                if args.case and not any(text in case.name for text in args.case):
                    skipped.append(f"{kernel.name} “{case.name}”: not asked for")
                elif case.gpu_only and not on_gpu:
                    skipped.append(f"{kernel.name} “{case.name}”: {case.gpu_only}")
                else:
                    todo.append((kernel, case))
    return todo, skipped


def _start(
    args: argparse.Namespace, evidence: Evidence, kernels: Sequence[Kernel], places: Sequence[Where]
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "event": "start",
        "executed_on": evidence.executed_on,
        "devices": evidence.cards,
        "kernels": [kernel.name for kernel in kernels],
        "cases": sum(len(_plan(args, kernels, where)[0]) for where in places),
        "tol": args.tol,
        "seed": evidence.seed,
    }


def _examine(
    args: argparse.Namespace,
    evidence: Evidence,
    kernels: Sequence[Kernel],
    places: Sequence[Where],
    say: Callable[[dict[str, Any]], None],
) -> None:
    from proof.examination import examine

    for where in places:
        todo, skipped = _plan(args, kernels, where)
        evidence.skipped += skipped
        for kernel, case in todo:
            result = examine(kernel, case, where, seed=evidence.seed, tol=args.tol)
            evidence.cases.append(result)
            say(result.as_line())


def _hunt(args: argparse.Namespace, evidence: Evidence, where: Where, say: Callable[[dict[str, Any]], None]) -> None:
    from bem.mutants import MUTANTS, planted
    from proof.hunt import hunt

    on_gpu = where.executed_on == "gpu"
    for mutant in MUTANTS:
        if (mutant.gpu_only and not on_gpu) or (args.kernel and mutant.kernel not in args.kernel):
            continue
        with planted(mutant) as kernel:
            caught = hunt(
                mutant.name,
                kernel,
                where,
                ("fp16", "fp32"),
                seed=evidence.seed,
                tol=args.tol,
                try_first=mutant.try_first,
            )
        evidence.hunted.append(caught)
        say(caught.as_line())


# --- the end -------------------------------------------------------------------------------------


def _evidence(
    args: argparse.Namespace, executed_on: str, cards: list[dict[str, Any]], kernels: Sequence[Kernel]
) -> Evidence:
    from proof import surroundings
    from proof.evidence import Evidence

    gate = [str(file) for file in sorted((HERE / "proof").glob("*.py"))]
    return Evidence(
        executed_on=executed_on,
        cards=cards,
        versions=surroundings.versions(),
        settings=surroundings.settings(),
        sources=surroundings.sha256_of(
            [*gate, str(HERE / "build.py"), *(file for kernel in kernels for file in kernel.files)]
        ),
        tol=args.tol,
        seed=args.seed if args.seed is not None else int.from_bytes(os.urandom(4)),
        at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    )


def _finish(
    args: argparse.Namespace, evidence: Evidence, say: Callable[[dict[str, Any]], None], *, built: bool = False
) -> int:
    from proof.evidence import EXIT

    digest = evidence.write(args.evidence)
    say(evidence.summary() | {"evidence": str(args.evidence), "evidence_sha256": digest})
    verdict, _ = evidence.verdict()
    return 0 if built and not any(cubin.problems for cubin in evidence.cubins) else EXIT[verdict]


if __name__ == "__main__":
    sys.exit(main())
