"""The verbs that walk a run: in the app, or without a screen."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runbook_tui import unattended

if TYPE_CHECKING:
    import argparse

    from runbook_tui.run.conductor import Conductor
    from runbook_tui.run.headless import Stop
    from runbook_tui.run.ports import Journal

LARGEST = 16 * 1024 * 1024  # bytes of a document; what is larger is refused before the terminal is taken


def open_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?")
    unattended.add_where(parser)


def run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file")
    unattended.add_where(parser)
    unattended.add_consent(parser)


def resume_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?")
    parser.add_argument("--take", action="store_true", help="take over from a terminal that drives it now")
    unattended.add_consent(parser)


def attach_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?")


def rollback_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?")
    parser.add_argument("--headless", action="store_true", help="without the app")
    parser.add_argument("--yes", action="store_true", help="confirm the rollback shown")
    parser.add_argument("--reason", default="asked for on the command line")
    parser.add_argument("--take", action="store_true", help="take over from a terminal that drives it now")


def open_(args: argparse.Namespace) -> int:
    """Open the library, or a runbook's next run."""
    if args.file is not None:
        _check_readable(args.file)
    return _app(path=args.file, args=args)


def attach(args: argparse.Namespace) -> int:
    """Watch a run, read-only."""
    return _app(watch=args.run or "")


def run(args: argparse.Namespace) -> int:
    """Start a run: in the app, or headless."""
    if not args.headless:
        return open_(args)
    from pathlib import Path

    from runbook_tui.wiring import start_run

    return unattended.walk(
        args,
        lambda journal: start_run(
            journal,
            Path(args.file),
            target=args.target,
            profile=args.profile,
            ticket=args.ticket,
            inventories=args.inventory,
        ),
    )


def resume(args: argparse.Namespace) -> int:
    """Go on with a run: in the app, or headless."""
    if not args.headless:
        return _app(run=args.run or "")
    return unattended.walk(args, lambda journal: _open(journal, args))


def rollback(args: argparse.Namespace) -> int:
    """Take a run back: in the app, or headless."""
    if not args.headless:
        return _app(run=args.run or "")
    from runbook_tui.run.headless import Consent, roll_back

    async def back(conductor: Conductor) -> Stop:
        return await roll_back(conductor, args.reason, Consent(changes=args.yes), unattended.progress(args))

    return unattended.with_conductor(args, lambda journal: _open(journal, args), back)


async def _open(journal: Journal, args: argparse.Namespace) -> Conductor:
    from runbook_tui.records import find_run
    from runbook_tui.wiring import open_run

    return await open_run(journal, await find_run(journal, args.run), take=args.take)


def _app(
    *,
    path: str | None = None,
    run: str | None = None,
    watch: str | None = None,
    args: argparse.Namespace | None = None,
) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        from runbook_tui.records import BadInput

        raise BadInput("the app wants a terminal; without one use rbt run --headless, rbt status or rbt show")
    from runbook_tui.tui.heap import hold

    hold()
    _let_plugins_ask(path)
    from runbook_tui.config import own_config
    from runbook_tui.desk import LocalDesk
    from runbook_tui.hangup import end_when_closed
    from runbook_tui.key_commands import own_keys
    from runbook_tui.places import as_typed, log_file
    from runbook_tui.terminal_guard import guarded_terminal
    from runbook_tui.tui.app import RunbookApp

    where = (
        {"target": args.target, "profile": args.profile, "inventories": args.inventory, "ticket": args.ticket}
        if args
        else {}
    )
    app = RunbookApp(
        LocalDesk(**where),
        open_path=path,
        run=run,
        watch=watch,
        log_path=str(log_file()),
        keymap=own_keys(),
        config=own_config(),
        command=as_typed(sys.argv[0]),
    )
    end_when_closed(sys.stdin.fileno())
    with guarded_terminal() as app.terminal:
        app.run()
    return app.return_code or 0


def _check_readable(file: str) -> None:
    """Refuse what is not a document before the terminal is taken; the app reads it again."""
    import os

    if not os.path.isfile(file) or os.path.getsize(file) > LARGEST:  # noqa: PTH113, PTH202  # pathlib costs start-up
        from pathlib import Path

        from runbook_tui.records import read_runbook

        read_runbook(Path(file))


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
