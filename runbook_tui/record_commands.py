"""The verbs that tell what was recorded; they write nothing and ask no target."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runbook_tui.console import print_json, print_runs, print_status
from runbook_tui.records import find_run, load, open_journal
from runbook_tui.run.summary import brief, summary

if TYPE_CHECKING:
    import argparse


def no_arguments(_: argparse.ArgumentParser) -> None:
    """Nothing but what every verb has."""


def run_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?")


def runs(args: argparse.Namespace) -> int:
    """List the runs, newest first."""

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
