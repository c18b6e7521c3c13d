"""Where a journal may lie, and its files."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runbook_tui.run.ports import JournalError

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "beegfs", "davfs"}
)
NETWORK_FUSE = ("fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.cephfs", "fuse.davfs", "fuse.gvfsd")

DATABASE = "runs.db"
BELL = "runs.db.bell"
DRIVE = "drive"
PAUSE = 0.01  # seconds between two looks whether somebody is done


def prepare(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """Make the folder and its files where they are missing; refuse a place where SQLite's locks do not hold."""
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True, mode=0o770)
            sync(folder.parent)
        refuse_network(folder, mounts)
        shared = is_shared(folder)
        drive = folder / DRIVE
        if not drive.is_dir():
            drive.mkdir(exist_ok=True, mode=0o770)
            if shared:
                drive.chmod(0o2770)
        for name in (DATABASE, BELL):
            touch(folder / name, shared=shared)
        for path in (folder, drive, folder / DATABASE):
            if not may_write(path):  # SQLite would open it for reading, and say so at the first event only
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    except OSError as error:
        raise JournalError(
            f"The journal's folder {folder} cannot be used: {error}. Nothing was written or done. "
            f"Make it writable for uid {os.geteuid()} or name another folder."
        ) from error
    refuse_world_writable(folder / DATABASE)


def may_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def is_shared(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_ISGID)


def touch(path: Path, *, shared: bool) -> None:
    """Create the file before SQLite does, which would keep a colleague's group out.

    In a setgid folder, made to be shared, the group may write whatever the umask says; elsewhere the umask rules.
    """
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o660)
    except FileExistsError:
        return
    try:
        if shared:
            os.fchmod(handle, 0o660)
    finally:
        os.close(handle)
    sync(path.parent)


def sync(path: Path) -> None:
    """A file's bytes, or a folder's names: a new name is only safe from a power cut once its folder is synced.

    See fsync(2).
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def identity(path: Path) -> tuple[int, int] | None:
    """Which file lies there, whatever is in it; None when there is none. Raises OSError."""
    with suppress(FileNotFoundError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


@contextmanager
def gate(folder: Path, *, alone: bool, patience: float) -> Iterator[None]:
    """While somebody opens the journal nobody puts another in its place, and the other way round; `alone` is to put.

    SQLite finds a database and its -wal by name, one after the other: opened between the two steps of a replacement
    they would belong to different databases. Blocking. Raises JournalError after `patience` seconds, OSError.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        if alone:
            raise
        yield  # may look at what lies there, but not at the folder: no writer
        return
    try:
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    doing = "opened" if alone else "replaced"
                    raise JournalError(
                        f"The journal in {folder} is being {doing} by another process for more than {patience:g} s. "
                        f"Nothing was changed; try again."
                    ) from None
            time.sleep(PAUSE)
        yield
    finally:
        os.close(handle)


def refuse_world_writable(path: Path) -> None:
    if path.stat().st_mode & stat.S_IWOTH:
        raise JournalError(
            f"Anybody on this machine may write the journal {path}, so it proves nothing. Nothing was written or done. "
            f"Look at who wrote it, then: chmod o-w {path}"
        )


def refuse_network(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """SQLite's locks and shared memory do not work across machines (https://sqlite.org/wal.html)."""
    try:
        text = mounts.read_text(errors="surrogateescape")
    except OSError:
        return  # not Linux
    kind = filesystem_of(folder.resolve(), text)
    if kind in NETWORK or kind.startswith(NETWORK_FUSE):
        raise JournalError(
            f"The journal's folder {folder} lies on a network filesystem ({kind}), where two terminals could "
            f"damage it. Nothing was written or done. Name a folder on a local disk."
        )


def filesystem_of(folder: Path, mountinfo: str) -> str:
    """The type of the filesystem a path lies on, '' when unknown; see proc_pid_mountinfo(5)."""
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) < 5 or not right:
            continue
        point = Path(_unescape(fields[4]))
        depth = len(point.parts)
        if folder.is_relative_to(point) and depth >= best:  # a later mount hides an earlier one
            best, kind = depth, right.split()[0]
    return kind


def _unescape(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text
