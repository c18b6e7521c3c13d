"""What keeps a rehearsal from everything that is not its stage.

Always: an environment made from nothing (a home of its own, no ssh_config, no agent, no kube context, no credentials of
clouds or registries). Where the kernel allows (root, or user namespaces): a network of its own with nothing in it but
loopback, all files read-only but the stage and the record, no sockets of this machine, nothing where keys are kept.
namespaces(7), mount_setattr(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

_KEPT = (
    "PATH",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "USER",
    "LOGNAME",
    "KUBEBUILDER_ASSETS",
    "PYTHONPATH",
    "VIRTUAL_ENV",
)
_KEYS = (".ssh", ".kube", ".aws", ".azure", ".docker", ".gnupg", ".config/gcloud", ".config/gh", ".config/containers",
         ".config/doctl", ".config/hub", ".config/op", ".vault-token", ".netrc", ".pgpass", ".my.cnf",
         ".git-credentials",
         ".npmrc", ".pypirc", ".terraform.d", ".kraken", ".password-store")  # fmt: skip
_SYSTEM_KEYS = ("/etc/kubernetes", "/etc/rancher", "/var/lib/kubelet", "/var/run/secrets", "/etc/ssh")
NEWNS, NEWUSER, NEWNET, NEWIPC = 0x00020000, 0x10000000, 0x40000000, 0x08000000
_BIND, _REC, _PRIVATE, _REMOUNT, _RDONLY, _NOSUID, _NODEV = 4096, 16384, 1 << 18, 32, 1, 2, 4
_MOUNT_SETATTR, _AT_RECURSIVE, _ATTR_RDONLY, _AT_FDCWD = 442, 0x8000, 1, -100
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


class Enclosure(msgspec.Struct, frozen=True, kw_only=True):
    """How far the stage is from everything else."""

    network: bool = False
    files: bool = False
    note: str = ""  # why less than all

    @property
    def whole(self) -> bool:
        return self.network and self.files

    @property
    def words(self) -> str:
        if self.whole:
            return "a network of its own, files read-only but the stage, no keys, no sockets, an empty environment"
        return f"an empty environment only ({self.note or 'no namespaces'}): commands are guessed more carefully"


def environment(home: Path, *, state: Path, temporary: Path, kubeconfig: Path | None = None) -> dict[str, str]:
    """What commands on the stage find; made from nothing but a few harmless variables."""
    nowhere = str(home / ".none")
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    kept |= {name: value for name, value in os.environ.items() if name.startswith("LC_")}
    return {
        **kept,
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "RBT_STATE": str(state),
        "RBT_REHEARSAL": "1",
        "KUBECONFIG": str(kubeconfig) if kubeconfig is not None else nowhere,
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_RUNTIME_DIR": str(temporary),
        "DOCKER_CONFIG": nowhere,
        "DOCKER_HOST": f"unix://{nowhere}",
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CLOUDSDK_CONFIG": nowhere,
        "GOOGLE_APPLICATION_CREDENTIALS": nowhere,
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "false",
        "PIP_NO_INDEX": "1",
    }


def enter(environ: Mapping[str, str]) -> None:
    """From now on the process has that environment, and no other."""
    os.environ.clear()
    os.environ.update(environ)


def enclose(*, writable: Sequence[Path], readable: Sequence[Path]) -> Enclosure:
    """Move this process into namespaces of its own; it must have one thread. What it could not do, it says.

    `writable` stays as it is, `readable` stays to be read also where it lies in a folder that is emptied. When the
    files cannot be had but the network can, the network alone is taken.
    """
    if sys.platform != "linux":
        return Enclosure(note="only Linux has namespaces")
    libc = ctypes.CDLL(None, use_errno=True)
    user = 0 if os.geteuid() == 0 else NEWUSER
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(user | NEWNS | NEWNET | NEWIPC) != 0:
        return Enclosure(note=f"this machine gives no namespaces: {os.strerror(ctypes.get_errno())}")
    if user:
        _keep_identity(uid, gid)
    try:
        _loopback_up()
    except OSError as error:
        return Enclosure(note=f"loopback could not be brought up: {error.strerror}")
    try:
        _close_files(libc, writable=writable, readable=readable)
    except OSError as error:
        return Enclosure(network=True, note=f"files are not read-only: {error}")
    return Enclosure(network=True, files=True)


def _keep_identity(uid: int, gid: int) -> None:
    """The same user and group inside: what runs there is nobody else."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(link, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(link, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def _close_files(libc: ctypes.CDLL, *, writable: Sequence[Path], readable: Sequence[Path]) -> None:
    """Raises OSError with the step that failed."""
    home = Path(os.environ.get("HOME") or "/")
    # what may be written to comes last: it may lie within what may only be read
    kept = [(path.resolve(), False) for path in readable] + [(path.resolve(), True) for path in writable]
    handles = [(os.open(path, os.O_PATH), path, free) for path, free in kept if path.exists()]
    _mount(libc, "none", "/", None, _REC | _PRIVATE)
    emptied = [path for path in (Path("/tmp"), Path("/run"), Path("/var/tmp")) if path.is_dir()]  # noqa: S108
    keys = [home / name for name in _KEYS] + [Path(name) for name in _SYSTEM_KEYS]
    _attributes(libc, Path("/"), read_only=True)
    for path in (*emptied, *keys):
        if path.is_dir() and not path.is_symlink():
            _mount(libc, "tmpfs", str(path), b"tmpfs", _NOSUID | _NODEV, data=b"size=64m,mode=1777")
        elif path.is_file():
            _mount(libc, "/dev/null", str(path), None, _BIND)
    for handle, path, free in handles:
        if not path.exists():  # it lay in what was emptied
            if path_is_file(handle):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
            else:
                path.mkdir(parents=True, exist_ok=True)
        _mount(libc, f"/proc/self/fd/{handle}", str(path), None, _BIND | _REC)
        _attributes(libc, path, read_only=not free)
        os.close(handle)
    with contextlib.suppress(OSError):
        Path("/run/sshd").mkdir(mode=0o755)  # where sshd locks itself in


def path_is_file(handle: int) -> bool:
    import stat

    return stat.S_ISREG(os.fstat(handle).st_mode)


def _mount(
    libc: ctypes.CDLL, source: str, target: str, kind: bytes | None, flags: int, *, data: bytes | None = None
) -> None:
    if libc.mount(source.encode(), target.encode(), kind, ctypes.c_ulong(flags), data) != 0:
        raise OSError(ctypes.get_errno(), f"{os.strerror(ctypes.get_errno())} at {target}")


def _attributes(libc: ctypes.CDLL, path: Path, *, read_only: bool) -> None:
    """Of the mount and of all below it: mount_setattr(2), which older kernels do not have."""
    to_set, to_clear = (_ATTR_RDONLY, 0) if read_only else (0, _ATTR_RDONLY)
    attributes = struct.pack("QQQQ", to_set, to_clear, 0, 0)
    done = libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, str(path).encode(), _AT_RECURSIVE, attributes, len(attributes))
    if done != 0:
        raise OSError(ctypes.get_errno(), f"{os.strerror(ctypes.get_errno())} for {path}")
