"""`rbt serve`: read and sign in a browser on this machine; drive only where that is allowed."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shlex
import signal
import sys
from importlib.util import find_spec

from runbook_tui.run.ports import OperatorError


class NotServed(OperatorError):
    """The app cannot be put into a browser here."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", help="only this run (the library when none is named)")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1 (a free one when none is named)")
    parser.add_argument("--allow-drive", action="store_true", help="browsers may start runs and drive them")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)


def main(args: argparse.Namespace) -> int:
    """Serve until ctrl+c."""
    if args.inside:
        return _inside(args)
    if find_spec("textual_serve") is None:
        raise NotServed("a browser wants textual-serve, which is not installed here: pip install 'runbook-tui[web]'")
    if not 0 <= args.port <= 65535:
        raise NotServed(f"{args.port} is no port: name one from 1 to 65535, or none for a free one")
    from runbook_tui.serving import TokenServer

    words = [sys.executable, "-m", "runbook_tui", "serve", "--inside"]
    words += ["--allow-drive"] if args.allow_drive else []
    words += [args.run] if args.run else []
    server = TokenServer(shlex.join(words), port=args.port, token=secrets.token_urlsafe(32), title="rbt")

    def ready(address: str) -> None:
        print(address)
        drive = "read, sign and DRIVE" if args.allow_drive else "read and sign, never drive,"
        print(f"Whoever has this address may {drive} as you. ctrl+c ends it.", flush=True)

    async def serve() -> None:
        end = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, end.set)
        await server.until_ended(ready, end)

    try:
        asyncio.run(serve())
    except OSError as error:
        raise NotServed(f"port {args.port} cannot be used ({error.strerror}): name another with --port") from None
    return 0


def _inside(args: argparse.Namespace) -> int:
    """The app of one browser: textual-serve speaks to it over its standard input and output."""
    from runbook_tui.config import own_config
    from runbook_tui.desk import LocalDesk
    from runbook_tui.key_commands import own_keys
    from runbook_tui.observing import ObservingDesk
    from runbook_tui.places import log_file
    from runbook_tui.tui.app import RunbookApp

    desk = LocalDesk() if args.allow_drive else ObservingDesk()
    app = RunbookApp(desk, watch=args.run, log_path=str(log_file()), keymap=own_keys(), config=own_config())
    app.run()
    return app.return_code or 0
