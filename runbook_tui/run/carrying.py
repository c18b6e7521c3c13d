"""Carries the file of an upload or download; the job that follows makes it count."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from msgspec.structs import replace

from runbook_tui.document.transfers import Transfer
from runbook_tui.run import transfers
from runbook_tui.run.ports import JobOrder, Target, TargetError


async def with_upload(target: Target, order: JobOrder, transfer: Transfer) -> JobOrder:
    """Send the file to a name of its own; the order that checks it and puts it in place. Raises TargetError."""
    source = _here(order, transfer.source)
    if not await asyncio.to_thread(source.is_file):
        raise TargetError(f"{source} is not a file on this machine. Nothing was sent.")
    digest = await _digest(source)
    _check(transfer, source, digest)
    part = await target.put_file(source, order.job)
    text, values = transfers.upload_job(transfer, part=part, name=source.name, sha256=digest)
    return replace(order, text=text, env={**order.env, **values})


async def with_download(target: Target, order: JobOrder, transfer: Transfer) -> JobOrder:
    """Fetch the file; the order that says whether it is still the same over there. Raises TargetError."""
    destination = _here(order, transfer.destination)
    if await asyncio.to_thread(destination.is_dir):
        destination /= Path(transfer.source).name
    if not await asyncio.to_thread(destination.parent.is_dir):
        raise TargetError(f"There is no folder {destination.parent} on this machine. Nothing was fetched.")
    await target.get_file(transfer.source, destination)
    digest = await _digest(destination)
    _check(transfer, destination, digest)
    text, values = transfers.download_job(transfer, sha256=digest)
    return replace(order, text=text, env={**order.env, **values})


def _here(order: JobOrder, path: str) -> Path:
    return Path(order.home, Path(path).expanduser())


async def _digest(path: Path) -> str:
    def digest() -> str:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    try:
        return await asyncio.to_thread(digest)
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}.") from error


def _check(transfer: Transfer, path: Path, digest: str) -> None:
    if transfer.sha256 is not None and digest != transfer.sha256:
        raise TargetError(
            f"{path} has the sha256 {digest}, and the runbook wants {transfer.sha256}. Nothing was changed."
        )
