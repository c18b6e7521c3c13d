"""What the lab keeps, saved with a manifest and brought back: the jobs, who gets how much traffic, which image runs."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from runbook_tui.lab import control
from runbook_tui.lab.gateway import WEIGHTS_FILE
from runbook_tui.lab.process import alive, read_record, write_json
from runbook_tui.lab.server import VERSIONS, ask
from runbook_tui.lab.store import FILE
from runbook_tui.run.ports import OperatorError

MANIFEST = "manifest.json"
SETTINGS = (WEIGHTS_FILE, *(f"{version}.image.json" for version in VERSIONS))


class BackupError(OperatorError):
    """A backup that could not be made, is not what was saved, or could not be brought back."""

    exit_code = 1


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    made: str  # RFC 3339, UTC
    jobs: int
    last: float | None  # epoch seconds of the newest job
    status: str  # complete: written last, when everything else is there
    files: tuple[Kept, ...]


class Jobs(msgspec.Struct, frozen=True, kw_only=True):
    count: int
    last: float | None


def save(folder: Path, place: Path) -> Manifest:
    """Into a folder that is not there yet; while the lab works. Raises BackupError; then there is no manifest."""
    source = folder / FILE
    if not source.is_file():
        raise BackupError("There is no store in the lab: nothing was saved. Bring it up: rbt lab up store")
    try:
        place.mkdir(parents=True)
    except FileExistsError:
        raise BackupError(
            f"{place} is there already: a backup does not overwrite another. Nothing was saved."
        ) from None
    except OSError as error:
        raise BackupError(f"{place} cannot be made: {error.strerror}. Nothing was saved.") from None
    try:
        _copy_database(source, place / FILE)
        for name in SETTINGS:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, place / name)
        counted = _counted(place / FILE)
        files = tuple(_kept(place / name) for name in (FILE, *SETTINGS) if (place / name).is_file())
        made = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        manifest = Manifest(made=made, jobs=counted.count, last=counted.last, status="complete", files=files)
        write_json(place / MANIFEST, manifest)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"The backup in {place} is not complete: {error}. Do not use it.") from error
    return manifest


def verified(place: Path) -> Manifest:
    """The manifest of a backup that holds what it says. Raises BackupError."""
    try:
        manifest = msgspec.json.decode((place / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        raise BackupError(f"{place} has no manifest: it is no backup, or one that was not finished.") from None
    for file in manifest.files:
        path = place / file.name
        if not path.is_file() or _kept(path) != file:
            raise BackupError(f"{path} is not what was saved: its checksum is another. Nothing was restored.")
    return manifest


def restore(folder: Path, place: Path) -> Manifest:
    """Bring a backup back into a lab that is up; the store is stopped for it, and started again.

    Raises BackupError when the backup is not what was saved, when fewer jobs are back than it holds, or when the store
    still has jobs: what is not lost is not written over.
    """
    manifest = verified(place)
    record = read_record(folder, "store")
    if record is not None and alive(record) and jobs(folder).count:
        raise BackupError("The store is there and has jobs: nothing was restored over them. Lost it would be empty.")
    control.down(folder, ["store"])
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
        (folder / name).unlink(missing_ok=True)
    part = folder / f"{FILE}.part"
    shutil.copyfile(place / FILE, part)
    os.replace(part, folder / FILE)  # noqa: PTH105  # whole or not at all
    for file in manifest.files:
        if file.name.endswith(".image.json"):
            shutil.copyfile(place / file.name, folder / file.name)
    control.up(folder, more={"store": ""})
    if (found := jobs(folder).count) != manifest.jobs:
        raise BackupError(f"{found} jobs are back and {manifest.jobs} were saved.")
    return manifest


def jobs(folder: Path, *, add: int = 0) -> Jobs:
    """How many jobs are kept, after adding some through the store. Raises BackupError."""
    record = read_record(folder, "store")
    if record is None:
        raise BackupError("There is no store in the lab. Bring it up: rbt lab up store")
    try:
        for _ in range(add):
            reply = ask(record.port, "POST", "/jobs", b'{"from":"rbt lab job"}')
            if reply.status != 201:
                raise BackupError(f"The store did not keep the job: {_why(reply.body)}.")
        reply = ask(record.port, "GET", "/jobs")
        return msgspec.json.decode(reply.body, type=Jobs)
    except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
        raise BackupError("The store does not answer. rbt lab status shows it; rbt lab up starts it again.") from error


def _why(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["error"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return "no reason given"


def _copy_database(source: Path, target: Path) -> None:
    """As it stands in one moment, also while it is written to."""
    with sqlite3.connect(source) as db, sqlite3.connect(target) as copy:
        db.backup(copy)
    db.close()
    copy.close()


def _counted(path: Path) -> Jobs:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        if db.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BackupError(f"{path} is damaged.")
        number, last = db.execute("SELECT count(*), max(at) FROM job").fetchone()
        return Jobs(count=number, last=last)
    finally:
        db.close()


def _kept(path: Path) -> Kept:
    data = path.read_bytes()
    return Kept(name=path.name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
