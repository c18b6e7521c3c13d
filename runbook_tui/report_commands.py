"""`rbt report` and `rbt export`: what a run leaves behind, for people, for programs and for those who verify it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from runbook_tui.accounting import account_of
from runbook_tui.bundling import bundle_of
from runbook_tui.records import BadInput, find_run, open_journal
from runbook_tui.report.account import Account, size
from runbook_tui.report.as_json import as_json
from runbook_tui.report.cast import cast
from runbook_tui.report.junit import junit
from runbook_tui.report.markdown import markdown
from runbook_tui.report.page import page

if TYPE_CHECKING:
    import argparse

FORMATS = ("md", "html", "json", "cast", "junit")


def report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", help="the newest when none is named")
    parser.add_argument("--format", choices=FORMATS, default="md", help="md, html, json, junit, or cast of a job")
    parser.add_argument("-o", "--output", metavar="FILE", help="instead of standard output; of cast also a folder")
    parser.add_argument("--job", metavar="JOB", help="of cast: this job only (rbt status --json names them)")


def export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", help="the newest when none is named")
    parser.add_argument("-o", "--output", metavar="FILE.tar", required=True)


def report(args: argparse.Namespace) -> int:
    """Write a report. Raises OperatorError; then nothing was written."""
    account = asyncio.run(_account(args.run))
    if args.format == "cast":
        return _casts(account, args)
    _write(_told(account, args.format), args.output)
    return 0


def export(args: argparse.Namespace) -> int:
    """Write a bundle that proves itself. Raises OperatorError; then nothing was written."""

    async def whole() -> tuple[str, bytes]:
        async with open_journal(read_only=True) as journal:
            run = await _find(journal, args.run)
            account = await account_of(journal, run)
            return run, await bundle_of(journal, run, account)

    run, data = asyncio.run(whole())
    _write(data, args.output)
    print(f"{args.output}: run {run}, {size(len(data))}; VERIFY.md in it says how it is verified", file=sys.stderr)
    return 0


def _told(account: Account, form: str) -> str:
    if form == "html":
        return page(account)
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(as_json(account)), indent=1).decode() + "\n"
    return junit(account) if form == "junit" else markdown(account)


async def _account(name: str | None) -> Account:
    async with open_journal(read_only=True) as journal:
        return await account_of(journal, await _find(journal, name))


async def _find(journal: object, name: str | None) -> str:
    """A report is of what is over as well: the newest run, finished or not."""
    if name is None:
        runs = await journal.runs()  # type: ignore[attr-defined]
        if not runs:
            raise BadInput("there is no run yet: rbt FILE starts one")
        return str(max(runs, key=lambda run: run.last).run)
    return await find_run(journal, name)  # type: ignore[arg-type]


def _casts(account: Account, args: argparse.Namespace) -> int:
    jobs = [job for job in account.state.jobs.values() if args.job in (None, job.job)]
    if not jobs:
        raise BadInput(f"this run has no job {args.job!r}" if args.job else "this run has run no command")
    folder = Path(args.output) if args.output else None
    if folder is not None and (folder.is_dir() or args.output.endswith("/")):
        folder.mkdir(parents=True, exist_ok=True)
        for number, job in enumerate(jobs, 1):
            _write(cast(account, job), str(folder / f"{number:03}-{job.step[:40].replace('/', '_')}.cast"))
        print(f"{len(jobs)} casts in {folder}", file=sys.stderr)
        return 0
    if len(jobs) > 1:
        raise BadInput(f"this run has {len(jobs)} jobs: name one with --job, or a folder with -o FOLDER/")
    _write(cast(account, jobs[0]), args.output)
    return 0


def _write(content: str | bytes, name: str | None) -> None:
    """Whole or not at all."""
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    if name is None or name == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    path = Path(name)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BadInput(f"{name} cannot be written: {error.strerror}") from None
