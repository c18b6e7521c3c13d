"""What rbt needs on this machine, examined."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from runbook_tui.console import print_json
from runbook_tui.journal.connector import choose
from runbook_tui.places import state_folder
from runbook_tui.records import open_journal
from runbook_tui.run.ports import OperatorError
from runbook_tui.signals.gpu.binding import load
from runbook_tui.signals.gpu.presence import driver_here

ROOM = 200 * 1024 * 1024  # bytes free that a day's runs want


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing examined: ok, warn or fail, and what to do about it."""

    name: str
    verdict: str
    detail: str

    def as_dict(self) -> dict[str, Any]:
        return msgspec.structs.asdict(self)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--repair", action="store_true", help="put a damaged journal together from itself and its copies"
    )


def main(args: argparse.Namespace) -> int:
    """Check what rbt needs on this machine; 1 when something is missing."""
    if args.repair:
        from runbook_tui.backup_commands import repair_journal

        return repair_journal(json=args.json)
    checks = examine()
    if args.json:
        print_json({"schema": "runbook-tui/doctor@1", "checks": [check.as_dict() for check in checks]})
    else:
        print_examination(checks)
    return 1 if any(check.verdict == "fail" for check in checks) else 0


def examine() -> list[Check]:
    """Everything in turn; nothing is changed."""
    return [
        Check(name="python", verdict="ok", detail=sys.version.split()[0]),
        _terminal(),
        _program("sh", "commands cannot run without it", verdict="fail"),
        _program("bash", "functions do not carry from one command to the next without it"),
        _kubernetes(),
        _program("setsid", "commands do not survive the terminal without it (package util-linux)"),
        _folder(),
        _room(),
        _journal(),
        *_record(),
        _gpus(),
    ]


def _terminal() -> Check:
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        return Check(name="terminal", verdict="warn", detail=f"encoding is {encoding or 'unknown'}: set LANG=C.UTF-8")
    size = shutil.get_terminal_size()
    if size.columns < 80 or size.lines < 24:
        return Check(name="terminal", verdict="warn", detail=f"{size.columns}×{size.lines}: the app wants 80×24")
    colour = "no colour (NO_COLOR)" if os.environ.get("NO_COLOR") else os.environ.get("COLORTERM", "basic colour")
    return Check(name="terminal", verdict="ok", detail=f"{size.columns}×{size.lines}, UTF-8, {colour}")


def _program(name: str, without: str, verdict: str = "warn") -> Check:
    found = shutil.which(name)
    return Check(name=name, verdict="ok" if found else verdict, detail=found or f"not found: {without}")


def _kubernetes() -> Check:
    """Whether there is a cluster to record and to put back in; everything else works without."""
    from runbook_tui.targets.kubernetes.api import Api

    async def look() -> str:
        api = await Api.open(os.environ)
        try:
            version = await api.get("/version", deadline=5.0)
        finally:
            await api.close()
        own = (
            ""
            if shutil.which("kubectl")
            else "; no kubectl: rbt kubectl stands in for its rollout, scale and set image"
        )
        return f"{api.how.system}, {version.get('gitVersion', 'unknown version')}{own}"

    try:
        return Check(name="kubernetes", verdict="ok", detail=asyncio.run(look()))
    except OperatorError as error:
        return Check(name="kubernetes", verdict="warn", detail=str(error))


def _folder() -> Check:
    folder = state_folder()
    nearest = next((parent for parent in (folder, *folder.parents) if parent.exists()), Path("/"))
    try:
        with tempfile.TemporaryFile(dir=nearest):
            return Check(name="state folder", verdict="ok", detail=str(folder))
    except OSError as error:
        detail = f"{folder} cannot be written ({error.strerror}): choose another with RBT_STATE"
        return Check(name="state folder", verdict="fail", detail=detail)


def _room() -> Check:
    folder = state_folder()
    nearest = next((parent for parent in (folder, *folder.parents) if parent.exists()), Path("/"))
    free = shutil.disk_usage(nearest).free
    verdict = "ok" if free > ROOM else "warn"
    return Check(name="disk", verdict=verdict, detail=f"{free / 1e9:.1f} GB free for the state folder")


def _journal() -> Check:
    async def look() -> str:
        async with open_journal(read_only=True) as journal:
            runs = await journal.runs()
            for run in runs:
                await journal.read(run.run)
        engine = choose()
        version = ".".join(map(str, engine.version))
        return f"SQLite {version}, {engine.journal_mode} mode; {len(runs)} runs, every chain checked"

    try:
        return Check(name="journal", verdict="ok", detail=asyncio.run(look()))
    except OperatorError as error:
        return Check(name="journal", verdict="fail", detail=str(error))


def _record() -> list[Check]:
    """The journal's file down to its last hash, and its copies."""
    from runbook_tui.backup_commands import journal_checks

    return [
        Check(name=name, verdict=verdict, detail=detail) for name, verdict, detail in journal_checks(state_folder())
    ]


def _gpus() -> Check:
    try:
        load()
    except OperatorError as error:
        return Check(name="gpus", verdict="warn", detail=str(error))
    if driver_here():
        return Check(name="gpus", verdict="ok", detail="a driver is here: rbt gpu --health judges it")
    return Check(name="gpus", verdict="ok", detail="no NVIDIA driver here; other machines are read with rbt gpu --host")


def print_examination(checks: list[Check]) -> None:
    """One line each."""
    glyph = {"ok": "✔", "warn": "!", "fail": "✖"}
    for check in checks:
        print(f"{glyph[check.verdict]} {check.name:<13} {check.detail}")
