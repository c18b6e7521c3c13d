"""Files to and from a host by SFTP, on the connection that is there already."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import asyncssh

from runbook_tui.run.ports import TargetError
from runbook_tui.targets.ssh.faults import Unreachable
from runbook_tui.targets.ssh.link import Link

ATTEMPTS = 3
IDLE = 60.0  # seconds without a byte
_PLACES = (".", "/var/tmp", "/tmp")  # noqa: S108  # names nobody can guess, created exclusively, 0600


Work = Callable[[asyncssh.SFTPClient, "Progress"], Awaitable[str]]


class Progress:
    """Bytes moved so far."""

    def __init__(self) -> None:
        self.moved = 0

    def __call__(self, _source: bytes, _destination: bytes, moved: int, _total: int) -> None:
        self.moved = moved


async def put(link: Link, source: Path, name: str) -> str:
    """Upload to a file of that name where this user may write; its absolute path over there. Raises TargetError."""

    async def work(sftp: asyncssh.SFTPClient, progress: Progress) -> str:
        refusal: asyncssh.SFTPError | None = None
        for place in _PLACES:
            path = f"{await sftp.realpath(place)}/.rbt-{name}.part"
            try:
                await sftp.put(str(source), path, progress_handler=progress)
            except (asyncssh.SFTPFailure, asyncssh.SFTPPermissionDenied, asyncssh.SFTPNoSuchFile) as error:
                refusal = refusal or error
                with suppress(asyncssh.SFTPError):
                    await sftp.remove(path)
            else:
                await sftp.chmod(path, 0o600)
                return str(path)
        raise refusal or asyncssh.SFTPFailure("no folder to write to")

    return await _tried(link, work)


async def get(link: Link, source: str, destination: Path) -> None:
    """Download to a new file beside `destination`, then in its place. Raises TargetError."""
    part = destination.with_name(f".{destination.name}.rbt-part")

    async def work(sftp: asyncssh.SFTPClient, progress: Progress) -> str:
        path = source.removeprefix("~/")  # SFTP starts at home
        if await sftp.isdir(path):
            raise asyncssh.SFTPFailure("it is a folder")
        await sftp.get(path, str(part), progress_handler=progress)
        return ""

    try:
        await _tried(link, work)
        await asyncio.to_thread(_into_place, part, destination)
    except OSError as error:
        raise TargetError(f"{destination} cannot be written: {error.strerror}. Nothing there was changed.") from error
    finally:
        part.unlink(missing_ok=True)


def _into_place(part: Path, destination: Path) -> None:
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(destination)


async def _tried(link: Link, work: Work) -> str:
    attempt = 0
    while True:
        attempt += 1
        try:
            return await _watched(link, work)
        except Unreachable:
            if attempt >= ATTEMPTS:
                raise
            await link.reconnection(attempt)


async def _watched(link: Link, work: Work) -> str:
    """Do it, and give up when nothing moves for a while."""
    name = link.spec.name
    connection = await link.connection()
    await link.make_room()
    progress = Progress()

    async def with_client() -> str:
        async with connection.start_sftp_client() as sftp:
            return await work(sftp, progress)

    working = asyncio.create_task(with_client())
    seen = -1
    try:
        while not (await asyncio.wait({working}, timeout=IDLE))[0]:
            if progress.moved == seen:
                link.drop()
                raise Unreachable(f"Nothing moved to or from {name} for {IDLE:.0f} s.")
            seen = progress.moved
        return await working
    except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, ConnectionError) as error:
        raise Unreachable(f"The link to {name} was lost.") from error
    except asyncssh.SFTPError as error:
        why = error.reason.strip().rstrip(".")
        raise TargetError(f"{name} does not take or give the file: {why}. Nothing was put in place.") from error
    except asyncssh.Error as error:
        raise Unreachable(f"The link to {name} was lost: {error}.") from error
    finally:
        working.cancel()
