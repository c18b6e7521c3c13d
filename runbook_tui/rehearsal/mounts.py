"""A view of the files in which nothing but the stage can be written. mount(2), mount_setattr(2), namespaces(7)."""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

_KEYS = (".ssh", ".kube", ".aws", ".azure", ".docker", ".gnupg", ".config/gcloud", ".config/gh", ".config/containers",
         ".config/doctl", ".config/hub", ".config/op", ".vault-token", ".netrc", ".pgpass", ".my.cnf",
         ".git-credentials",
         ".npmrc", ".pypirc", ".terraform.d", ".kraken", ".password-store")  # fmt: skip
_SYSTEM_KEYS = ("/etc/kubernetes", "/etc/rancher", "/var/lib/kubelet", "/var/run/secrets", "/etc/ssh")
_EMPTIED = ("/tmp", "/run", "/var/tmp")  # noqa: S108
_NODES = ("null", "zero", "full", "random", "urandom", "tty")
_BIND, _REC, _PRIVATE, _RDONLY, _NOSUID, _NODEV, _NOEXEC = 4096, 16384, 1 << 18, 1, 2, 4, 8
_MOUNT_SETATTR, _AT_RECURSIVE, _ATTR_RDONLY, _ATTR_NODEV, _AT_FDCWD = 442, 0x8000, 1, 4, -100
_ROOM = b"size=64m,mode=1777"


def sockets_here() -> tuple[Path, ...]:
    """Of services of this machine, wherever they lie; to be asked before the network is left: unix(7)."""
    try:
        lines = Path("/proc/net/unix").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    found = dict.fromkeys(line[line.index(" /") + 1 :] for line in lines if " /" in line)
    return tuple(Path(name) for name in found)


def shut(
    libc: ctypes.CDLL, *, writable: Sequence[Path], readable: Sequence[Path], hidden: Sequence[Path],
    sockets: Sequence[Path],
) -> None:  # fmt: skip
    """Everything is read-only but `writable`; temporary folders, keys, `hidden` and sockets are empty, devices gone.

    `readable` is there also where it lies in a folder that is emptied. In the first process of a process namespace.
    Raises OSError with the step that failed.
    """
    home = Path(os.environ.get("HOME") or "/")
    seen, free = [_Held.of(path) for path in _there(readable)], [_Held.of(path) for path in _there(writable)]
    nodes = [_Held.of(path) for path in _there(Path("/dev") / name for name in _NODES)]
    _mount(libc, "none", "/", None, _REC | _PRIVATE)
    _attributes(libc, Path("/"), to_set=_ATTR_RDONLY | _ATTR_NODEV, deep=True)
    for path in map(Path, _EMPTIED):
        _cover(libc, path)
    for held in seen:
        _put_back(libc, held, to_set=_ATTR_RDONLY)
    # from here on, as what may be read may hold what may not
    own = [path.resolve() for path in (*(home / name for name in _KEYS), *map(Path, _SYSTEM_KEYS), *hidden, *sockets)]
    covers = [path for path in own if _cover(libc, path)]
    for held in free:
        _put_back(libc, held, to_clear=_ATTR_RDONLY)
    with contextlib.suppress(OSError):
        Path("/run/sshd").mkdir(mode=0o755)  # where sshd locks itself in
    for path in covers:
        _attributes(libc, path, to_set=_ATTR_RDONLY)
    _devices(libc, nodes)
    _mount(libc, "proc", "/proc", b"proc", _NOSUID | _NODEV | _NOEXEC | _RDONLY)


class _Held:
    """A file or folder, held open while what leads to it changes."""

    def __init__(self, handle: int, path: Path) -> None:
        self.handle, self.path = handle, path

    @classmethod
    def of(cls, path: Path) -> _Held:
        return cls(os.open(path, os.O_PATH), path)

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(os.fstat(self.handle).st_mode)


def _there(paths: Iterable[Path]) -> list[Path]:
    return [path.resolve() for path in paths if path.exists()]


def _cover(libc: ctypes.CDLL, path: Path) -> bool:
    """Put nothing in its place; False when it is not there."""
    try:
        kind = path.lstat().st_mode
    except OSError:
        return False
    if stat.S_ISDIR(kind):
        _mount(libc, "tmpfs", str(path), b"tmpfs", _NOSUID | _NODEV, data=_ROOM)
    elif stat.S_ISREG(kind) or stat.S_ISSOCK(kind):
        _mount(libc, "/dev/null", str(path), None, _BIND)
    else:
        return False
    return True


def _put_back(libc: ctypes.CDLL, held: _Held, *, to_set: int = 0, to_clear: int = 0) -> None:
    if not held.path.exists():  # it lay in what is covered
        if held.is_folder:
            held.path.mkdir(parents=True, exist_ok=True)
        else:
            held.path.parent.mkdir(parents=True, exist_ok=True)
            held.path.touch()
    _mount(libc, f"/proc/self/fd/{held.handle}", str(held.path), None, _BIND | _REC)
    _attributes(libc, held.path, to_set=to_set, to_clear=to_clear, deep=True)
    os.close(held.handle)


def _devices(libc: ctypes.CDLL, nodes: Sequence[_Held]) -> None:
    """Those that do nothing, terminals of its own, and no other."""
    own = Path("/dev")
    _mount(libc, "tmpfs", str(own), b"tmpfs", _NOSUID, data=b"size=1m,mode=755")
    for held in nodes:
        held.path.touch()
        _mount(libc, f"/proc/self/fd/{held.handle}", str(held.path), None, _BIND)
        _attributes(libc, held.path, to_clear=_ATTR_NODEV)
        os.close(held.handle)
    for name in ("pts", "shm"):
        (own / name).mkdir()
    _mount(libc, "devpts", str(own / "pts"), b"devpts", _NOSUID | _NOEXEC, data=b"newinstance,ptmxmode=0666,mode=620")
    _mount(libc, "tmpfs", str(own / "shm"), b"tmpfs", _NOSUID | _NODEV, data=_ROOM)
    for name, leads in (("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"),
                        ("stderr", "fd/2")):  # fmt: skip
        (own / name).symlink_to(leads)
    _attributes(libc, own, to_set=_ATTR_RDONLY)


def _mount(
    libc: ctypes.CDLL, source: str, target: str, kind: bytes | None, flags: int, *, data: bytes | None = None
) -> None:
    if libc.mount(source.encode(), os.fsencode(target), kind, ctypes.c_ulong(flags), data) != 0:
        raise OSError(f"files are not read-only: {os.strerror(ctypes.get_errno())} at {target}")


def _attributes(
    libc: ctypes.CDLL, path: Path, *, to_set: int = 0, to_clear: int = 0, deep: bool = False
) -> None:  # fmt: skip
    """Of the mount, and `deep` of all below it: mount_setattr(2), which older kernels do not have."""
    attributes = struct.pack("QQQQ", to_set, to_clear, 0, 0)
    flags = _AT_RECURSIVE if deep else 0
    if libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path), flags, attributes, len(attributes)) != 0:
        raise OSError(f"files are not read-only: {os.strerror(ctypes.get_errno())} for {path}")
