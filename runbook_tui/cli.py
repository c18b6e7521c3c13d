"""The `rbt` command: one function per verb; each imports what it needs when it needs it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runbook_tui import __version__, unattended

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from runbook_tui.run.conductor import Conductor
    from runbook_tui.run.headless import Stop
    from runbook_tui.run.ports import Journal

VERBS = (
    "run",
    "resume",
    "attach",
    "runs",
    "status",
    "rollback",
    "preflight",
    "show",
    "lint",
    "gate",
    "watch",
    "stats",
    "lab",
    "gpu",
    "kernels",
    "doctor",
)
USAGE = 2
INTERRUPTED = 130
LARGEST = 16 * 1024 * 1024  # bytes of a document; what is larger is refused before the terminal is taken

EPILOG = """\
examples:
  rbt                                    pick a runbook or an unfinished run
  rbt runbooks/quickstart.md             open a runbook: its unfinished run, or a new one
  rbt run deploy.md --headless --yes     run what a machine may run, stop where a person is needed
  rbt resume                             go on with the newest unfinished run
  rbt status brave-otter --json          what happened so far

exit codes: 0 done, 1 a step failed or findings, 2 usage or unreadable input, 3 needs a person,
            4 rolled back, 5 integrity violated, 130 interrupted
"""


def main(argv: list[str] | None = None) -> int:
    """Run `rbt` and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments in (["--version"], ["-V"]):
        print(f"rbt {__version__}")
        return 0
    from runbook_tui.run.ports import OperatorError

    try:
        if arguments[:1] in (["kubectl"], ["traffic"]):  # their words are kubectl's, not argparse's
            from runbook_tui import cluster_commands

            deed = cluster_commands.kubectl if arguments[0] == "kubectl" else cluster_commands.traffic
            return deed(arguments[1:])
        args = _parser().parse_args(_with_verb(arguments))
        return int(args.verb_function(args))
    except OperatorError as error:
        print(f"rbt: {error}", file=sys.stderr)
        return int(getattr(error, "exit_code", USAGE))
    except KeyboardInterrupt:
        print("rbt: interrupted; a command that was running goes on: rbt resume", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001  # a traceback is no answer to an operator
        return _internal_error(error)


def _add_gates(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """What the system says: gate, watch, stats."""
    from runbook_tui.gate_commands import add_arguments as add_gate_arguments
    from runbook_tui.gate_commands import add_watch_arguments
    from runbook_tui.gates.stats_commands import add_arguments as add_stats_arguments

    add_watch_arguments(
        verb("watch", watch, "go on watching a run's conditions and its windows, without a screen", json=True)
    )
    add_gate_arguments(verb("gate", gate, "ask whether conditions hold; exit 0 only when all do"))

    add_stats_arguments(verb("stats", stats, "intervals, tests and budgets over files of numbers"))


def _internal_error(error: Exception) -> int:
    """One sentence on the screen, the rest in a file."""
    import traceback

    from runbook_tui.places import log_file

    log = log_file()
    where = f"details are in {log}"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as file:
            file.write("".join(traceback.format_exception(error)) + "\n")
    except OSError:
        where = "".join(traceback.format_exception(error))
    print(f"rbt: a defect of rbt itself ({type(error).__name__}: {error}); {where}", file=sys.stderr)
    print("rbt: what was recorded is safe; rbt status shows it", file=sys.stderr)
    return 1


def _own_words(_: argparse.Namespace) -> int:
    """Verbs that read their words themselves never come here."""
    return USAGE


def _with_verb(arguments: list[str]) -> list[str]:
    """`rbt FILE` and bare `rbt` open the app."""
    positional = next((word for word in arguments if not word.startswith("-")), None)
    asks_for_help = any(word in ("-h", "--help") for word in arguments)
    if positional in VERBS or (positional is None and asks_for_help):
        return arguments
    return ["open", *arguments]


def _parser() -> argparse.ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser(
        prog="rbt",
        usage="rbt [FILE] | rbt VERB …",
        description="Walk a Markdown runbook in the terminal: commands run for real, nothing is lost.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", "-V", action="version", version=f"rbt {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    def verb(
        name: str, function: Callable[[argparse.Namespace], int], help_: str | None, *, json: bool = False
    ) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=help_, description=help_) if help_ else verbs.add_parser(name)
        sub.set_defaults(verb_function=function)
        if json:
            sub.add_argument("--json", action="store_true", help="one JSON object on standard output")
        return sub

    sub = verb("open", open_, None)
    sub.add_argument("file", nargs="?")
    unattended.add_where(sub)
    sub = verb("run", run, "start a run of a runbook", json=True)
    sub.add_argument("file")
    unattended.add_where(sub)
    unattended.add_consent(sub)
    sub = verb("resume", resume, "go on with a run (the newest unfinished one when none is named)", json=True)
    sub.add_argument("run", nargs="?")
    sub.add_argument("--take", action="store_true", help="take over from a terminal that drives it now")
    unattended.add_consent(sub)
    verb("attach", attach, "watch a run that another terminal drives, read-only").add_argument("run", nargs="?")
    verb("runs", runs, "list the runs", json=True)
    verb("status", status, "what happened in a run so far", json=True).add_argument("run", nargs="?")
    sub = verb("rollback", rollback, "take a run back", json=True)
    sub.add_argument("run", nargs="?")
    sub.add_argument("--headless", action="store_true", help="without the app")
    sub.add_argument("--yes", action="store_true", help="confirm the rollback shown")
    sub.add_argument("--reason", default="asked for on the command line")
    sub.add_argument("--take", action="store_true", help="take over from a terminal that drives it now")
    unattended.add_preflight(
        verb("preflight", unattended.preflight, "look at the other machines of a runbook before a run", json=True)
    )
    verb("show", show, "what rbt understood of a document", json=True).add_argument("file")
    sub = verb("lint", lint, "findings about documents; exit 1 on errors")
    sub.add_argument("file", nargs="+")
    sub.add_argument("--format", choices=("text", "json", "sarif"), default="text")
    sub.add_argument("--strict", action="store_true", help="warnings count as errors")
    sub.add_argument(
        "--check-paths", action="store_true", help="look whether scripts and files that are named are there"
    )
    sub.add_argument(
        "--shellcheck",
        choices=("auto", "yes", "no"),
        default="auto",
        help="ask shellcheck too (auto: if installed)",
    )
    from runbook_tui.lab.commands import add_arguments

    add_arguments(verb("lab", lab, "a small real deployment on this machine to learn on"))
    from runbook_tui.gpu_arguments import add_arguments as add_gpu_arguments

    add_gpu_arguments(verb("gpu", gpu, "the GPUs here, of another machine or of a cluster", json=True))

    _add_gates(verb)
    verb("traffic", _own_words, "show, divide or switch traffic in a cluster (rbt traffic --help)")
    verb("kubectl", _own_words, "kubectl's rollout, scale and set image, where kubectl is not installed")
    from runbook_tui.kernel_arguments import add_arguments as add_kernel_arguments

    add_kernel_arguments(verb("kernels", kernels, "prove the GPU kernels, or your own", json=True))
    verb("doctor", doctor, "check what rbt needs on this machine", json=True)
    return parser


# --- the app -------------------------------------------------------------------------------------


def open_(args: argparse.Namespace) -> int:
    """Open the library, or a runbook's next run."""
    if args.file is not None:
        _check_readable(args.file)
    return _app(path=args.file, args=args)


def attach(args: argparse.Namespace) -> int:
    """Watch a run, read-only."""
    return _app(watch=args.run or "")


def _check_readable(file: str) -> None:
    """Refuse what is not a document before the terminal is taken; the app reads it again."""
    import os

    if not os.path.isfile(file) or os.path.getsize(file) > LARGEST:  # noqa: PTH113, PTH202  # pathlib costs start-up
        from pathlib import Path

        from runbook_tui.wiring import read_runbook

        read_runbook(Path(file))


def _app(
    *,
    path: str | None = None,
    run: str | None = None,
    watch: str | None = None,
    args: argparse.Namespace | None = None,
) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        from runbook_tui.wiring import BadInput

        raise BadInput("the app wants a terminal; without one use rbt run --headless, rbt status or rbt show")
    _let_plugins_ask(path)
    from runbook_tui.desk import LocalDesk
    from runbook_tui.places import log_file
    from runbook_tui.tui.app import RunbookApp

    where = {"target": args.target, "profile": args.profile, "inventories": args.inventory} if args else {}
    app = RunbookApp(LocalDesk(**where), open_path=path, run=run, watch=watch, log_path=str(log_file()))
    app.run()
    return app.return_code or 0


def _let_plugins_ask(path: str | None) -> None:
    """A credential plugin of a kubeconfig may want to ask a person: now, while there still is a terminal for it."""
    if path is None:
        return
    import os
    from pathlib import Path

    named = os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
    configs = [Path(one) for one in named.split(os.pathsep) if Path(one).is_file()]
    if not any(b"exec:" in one.read_bytes() for one in configs) or b"kubectl" not in Path(path).read_bytes():
        return
    import asyncio

    from runbook_tui.run.ports import OperatorError
    from runbook_tui.targets.kubernetes.kubeconfig import credentials_before_the_terminal

    try:
        asyncio.run(credentials_before_the_terminal(os.environ))
    except OperatorError as error:
        print(f"rbt: {error}", file=sys.stderr)


# --- runs ----------------------------------------------------------------------------------------


def run(args: argparse.Namespace) -> int:
    """Start a run: in the app, or headless."""
    if not args.headless:
        return open_(args)
    from pathlib import Path

    from runbook_tui.wiring import start_run

    return unattended.walk(
        args,
        lambda journal: start_run(
            journal, Path(args.file), target=args.target, profile=args.profile, inventories=args.inventory
        ),
    )


def resume(args: argparse.Namespace) -> int:
    """Go on with a run: in the app, or headless."""
    if not args.headless:
        return _app(run=args.run or "")
    return unattended.walk(args, lambda journal: _open(journal, args))


async def _open(journal: Journal, args: argparse.Namespace) -> Conductor:
    from runbook_tui.wiring import find_run, open_run

    return await open_run(journal, await find_run(journal, args.run), take=args.take)


def rollback(args: argparse.Namespace) -> int:
    """Take a run back: in the app, or headless."""
    if not args.headless:
        return _app(run=args.run or "")
    from runbook_tui.run.headless import Consent, roll_back

    async def back(conductor: Conductor) -> Stop:
        return await roll_back(conductor, args.reason, Consent(changes=args.yes), unattended.progress(args))

    return unattended.with_conductor(args, lambda journal: _open(journal, args), back)


def runs(args: argparse.Namespace) -> int:
    """List the runs, newest first."""
    import asyncio

    from runbook_tui.console import print_json, print_runs
    from runbook_tui.run.summary import brief
    from runbook_tui.wiring import load, open_journal

    async def whole() -> int:
        async with open_journal(read_only=True) as journal:
            rows = []
            for one in sorted(await journal.runs(), key=lambda run: run.last, reverse=True):
                state, runbook = await load(journal, one.run)
                rows.append(brief(runbook, state, driven=one.driver is not None))
        if args.json:
            for row in rows:
                row.pop("schema")
            print_json({"schema": "runbook-tui/runs@1", "runs": rows})
        else:
            print_runs(rows)
        return 0

    return asyncio.run(whole())


def status(args: argparse.Namespace) -> int:
    """Show what happened in a run; writes nothing and asks no target."""
    import asyncio

    from runbook_tui.console import print_json, print_status
    from runbook_tui.run.summary import summary
    from runbook_tui.wiring import find_run, load, open_journal

    async def whole() -> int:
        async with open_journal(read_only=True) as journal:
            name = await find_run(journal, args.run)
            state, runbook = await load(journal, name)
            driver = next((one.driver for one in await journal.runs() if one.run == name), None)
        whole = summary(runbook, state, driven=driver is not None)
        if args.json:
            print_json(whole)
        else:
            print_status(whole)
        return 0

    return asyncio.run(whole())


# --- documents -----------------------------------------------------------------------------------


def show(args: argparse.Namespace) -> int:
    """Show what was understood of a document."""
    from pathlib import Path

    from runbook_tui.console import print_json, print_runbook
    from runbook_tui.document.summary import summary
    from runbook_tui.wiring import read_runbook

    runbook = read_runbook(Path(args.file))
    if args.json:
        print_json(summary(runbook))
    else:
        print_runbook(runbook)
    return 0


def lint(args: argparse.Namespace) -> int:
    """Print findings; exit 1 when one is an error."""
    from pathlib import Path

    from runbook_tui import checks
    from runbook_tui.console import findings_as_json, findings_as_sarif, print_findings, print_json
    from runbook_tui.document.lint import lint as findings_of
    from runbook_tui.wiring import BadInput, read_runbook

    program = None if args.shellcheck == "no" else checks.shellcheck_program()
    if program is None and args.shellcheck == "yes":
        raise BadInput("shellcheck is not installed here: install it, or leave out --shellcheck yes")
    found = {}
    for file in args.file:
        runbook = read_runbook(Path(file))
        findings = list(findings_of(runbook))
        if args.check_paths:
            findings += checks.missing(runbook, Path(file).absolute().parent)
        if program is not None:
            findings += checks.shellcheck(runbook, program)
        found[file] = sorted(findings, key=lambda finding: (finding.line, finding.code))
    if args.format == "json":
        print_json(findings_as_json(found))
    elif args.format == "sarif":
        print_json(findings_as_sarif(found))
    else:
        print_findings(found)
    counted = ("error", "warning") if args.strict else ("error",)
    return 1 if any(finding.severity in counted for findings in found.values() for finding in findings) else 0


# --- the rest ------------------------------------------------------------------------------------


def lab(args: argparse.Namespace) -> int:
    """The lab's verbs."""
    from runbook_tui.lab.commands import main as lab_main
    from runbook_tui.places import state_folder

    return lab_main(args, state_folder() / "lab")


def gpu(args: argparse.Namespace) -> int:
    """The GPUs: a table, JSON, the health table, a recording."""
    from runbook_tui.gpus import main as gpu_main

    return gpu_main(args)


def gate(args: argparse.Namespace) -> int:
    """Whether conditions hold, by what the system says."""
    from runbook_tui.gate_commands import main as gate_main

    return gate_main(args)


def watch(args: argparse.Namespace) -> int:
    """Watch a run that was left."""
    from runbook_tui.vigil import main as watch_main

    return watch_main(args)


def stats(args: argparse.Namespace) -> int:
    """Intervals and tests over numbers in files."""
    from runbook_tui.gates.stats_commands import main as stats_main

    return stats_main(args)


def kernels(args: argparse.Namespace) -> int:
    """The kernel gate."""
    from runbook_tui.kernel_commands import main as kernels_main

    return kernels_main(args)


def doctor(args: argparse.Namespace) -> int:
    """Check what rbt needs on this machine."""
    from runbook_tui.console import print_json
    from runbook_tui.doctor import examine, print_examination

    checks = examine()
    if args.json:
        print_json({"schema": "runbook-tui/doctor@1", "checks": [check.as_dict() for check in checks]})
    else:
        print_examination(checks)
    return 1 if any(check.verdict == "fail" for check in checks) else 0


if __name__ == "__main__":
    sys.exit(main())
