"""What is read: documents as they lie there, and runs as the journal has them. Light: no screen, no target, no gate."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from runbook_tui.company import who_here
from runbook_tui.document.errors import Unreadable
from runbook_tui.document.runbook import Runbook
from runbook_tui.journal.sqlite import SqliteJournal
from runbook_tui.near import meant
from runbook_tui.places import state_folder
from runbook_tui.run.fold import fold
from runbook_tui.run.ports import Journal, OperatorError, UnknownRun
from runbook_tui.run.state import RunState
from runbook_tui.run.written import Written

LARGEST_DOCUMENT = 16 * 1024 * 1024


class BadInput(OperatorError):
    """A file or name that cannot be used; nothing was done."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def whoami() -> str:
    """user@host, as it stands in the record; on a shared account person/user@host, when the person says who it is."""
    return who_here().actor


# --- documents -----------------------------------------------------------------------------------


def read_bytes(path: Path) -> bytes:
    """The file's bytes. Raises BadInput with one sentence for the operator."""
    try:
        if path.is_dir():
            raise BadInput(f"{path} is a folder, not a runbook: name a Markdown file in it")
        if not path.is_file() and path.exists():
            raise BadInput(f"{path} is not a regular file")
        if (size := path.stat().st_size) > LARGEST_DOCUMENT:
            raise BadInput(
                f"{path} is {size / 1e6:.0f} MB: a runbook of more than {LARGEST_DOCUMENT >> 20} MB is not read"
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist{meant(path)}") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None


def parse(data: bytes, source: str, sidecar: dict[str, object] | None = None) -> Runbook:
    """The document as a Runbook. Raises BadInput."""
    from runbook_tui.document.reader import read

    try:
        return read(data, source, sidecar)
    except Unreadable as error:
        raise BadInput(str(error)) from None


def read_sidecar(path: Path) -> dict[str, object] | None:
    """The annotations beside a document one may not edit: NAME.runbook.yaml."""
    return parsed_sidecar(sidecar_bytes(path), path)


def sidecar_bytes(path: Path) -> bytes | None:
    """The file beside the document at `path`; None where there is none. Raises BadInput."""
    beside = _beside(path)
    return read_bytes(beside) if beside.is_file() else None


def parsed_sidecar(data: bytes | None, path: Path) -> dict[str, object] | None:
    """What the file beside the document at `path` says. Raises BadInput."""
    from runbook_tui.document.sidecar import BadSidecar, parsed

    try:
        return None if data is None else parsed(data)
    except BadSidecar as error:
        raise BadInput(f"{_beside(path)} {error}") from None


def _beside(path: Path) -> Path:
    return path.with_suffix(".runbook.yaml")


def read_runbook(path: Path) -> Runbook:
    return parse(read_bytes(path), str(path), read_sidecar(path))


# --- runs ----------------------------------------------------------------------------------------


@asynccontextmanager
async def open_journal(*, read_only: bool = False) -> AsyncIterator[SqliteJournal]:
    """The journal of this state folder, closed at the end whatever happens."""
    journal = await SqliteJournal.open(state_folder(), clock=SystemClock(), actor=whoami(), read_only=read_only)
    try:
        yield journal
    finally:
        await journal.close()


async def load(journal: Journal, run: str) -> tuple[RunState, Runbook]:
    """A run's state and the text it follows, without driving it."""
    state = fold(await journal.read(run))
    written = await written_of(journal, state)
    return state, await asyncio.to_thread(parse_written, written, Path(state.source))


async def written_of(journal: Journal, state: RunState) -> Written:
    """What a run follows, as its record keeps it.

    Where the record is too old to keep what lies beside the document, that is read from where it lies now.
    """
    document = await journal.blob(state.document)
    if state.sidecar is None:
        return Written(document=document, sidecar=await asyncio.to_thread(sidecar_bytes, Path(state.source)))
    sidecar = await journal.blob(state.sidecar) if state.sidecar else None
    files = {file: await journal.blob(name) for file, name in state.beside.items()}
    return Written(document=document, sidecar=sidecar, files=files)


def parse_written(written: Written, path: Path) -> Runbook:
    return parse(written.document, str(path), parsed_sidecar(written.sidecar, path))


async def find_run(journal: Journal, name: str | None) -> str:
    """The run of that name, or the newest unfinished one when no name is given; a unique beginning is enough."""
    runs = await journal.runs()
    if name is None:
        unfinished = [run for run in runs if run.outcome is None and not run.rehearsal]
        if not unfinished:
            raise UnknownRun("no run is unfinished; rbt runs lists them all")
        return max(unfinished, key=lambda run: run.last).run
    matches = [run.run for run in runs if run.run == name] or [run.run for run in runs if run.run.startswith(name)]
    if not matches:
        raise UnknownRun(f"there is no run {name!r} in {state_folder()}; rbt runs lists them")
    if len(matches) > 1:
        raise UnknownRun(f"{name!r} is the beginning of {len(matches)} runs: {', '.join(sorted(matches)[:5])}")
    return matches[0]


async def new_name(journal: Journal) -> str:
    from coolname import generate_slug

    taken = {run.run for run in await journal.runs()}
    for words in (2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4):
        name = str(generate_slug(words))
        if name not in taken:
            return name
    return f"run-{secrets.token_hex(4)}"
