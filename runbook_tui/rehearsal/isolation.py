"""What keeps a rehearsal from everything that is not its stage.

Always: an environment made from nothing (a home of its own, no ssh_config, no agent, no kube context, no credentials of
clouds or registries). Where the kernel allows (root, or user namespaces): processes, a network with nothing in it but
loopback and a view of the files of their own (`mounts`), and few rights over them (`rights`). The record is kept by the
process outside (`record`). namespaces(7).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from runbook_tui.rehearsal import mounts, rights

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
_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER = 0x00020000, 0x04000000, 0x08000000, 0x10000000
_NEWPID, _NEWNET = 0x20000000, 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
INTERRUPTED = 130


class Walls(StrEnum):
    """How much a rehearsal is shut in; what is tried first stands first."""

    WHOLE = "whole"
    NETWORK = "network"
    NONE = "none"


class Enclosure(msgspec.Struct, frozen=True, kw_only=True):
    """How far the stage is from everything else."""

    walls: Walls = Walls.NONE
    note: str = ""  # why less than all

    @property
    def whole(self) -> bool:
        return self.walls is Walls.WHOLE

    @property
    def network(self) -> bool:
        """Whether it has one of its own."""
        return self.walls is not Walls.NONE

    @property
    def words(self) -> str:
        if self.whole:
            return (
                "processes and a network of its own, files read-only but the stage, no keys, no sockets, no devices, "
                "the record out of reach, an empty environment"
            )
        return f"an empty environment only ({self.note or 'no namespaces'}): commands are guessed more carefully"


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Of the files, from inside."""

    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()  # though it lies in what is emptied
    hidden: tuple[Path, ...] = ()  # not there at all


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


class Inside(msgspec.Struct, frozen=True, kw_only=True):
    """What runs behind walls, seen from outside."""

    enclosure: Enclosure
    link: socket.socket  # closes when it ends


@contextlib.contextmanager
def shut_in(work: Callable[[Enclosure, socket.socket], None], view: View, *, wanted: Walls) -> Iterator[Inside]:
    """Do `work` in a process behind the best walls that are to be had, and talk to it over its link.

    This process must have one thread. When the context is left, nothing of what ran inside runs on, but for what was
    detached where there are no walls.
    """
    note = "asked for" if wanted is Walls.NONE else ""
    for walls in tuple(Walls)[tuple(Walls).index(wanted) :]:
        made = Enclosure(walls=walls, note=note)
        ours, theirs = socket.socketpair()
        reading, failing = os.pipe()
        child = os.fork()
        if child == 0:
            ours.close()
            os.close(reading)
            _child(work, view, made, theirs, failing)
        theirs.close()
        os.close(failing)
        try:
            with os.fdopen(reading, encoding="utf-8", errors="replace") as heard:
                why = heard.read()  # ends when the walls stand, or cannot
            if not why:
                yield Inside(enclosure=made, link=ours)
                return
        finally:
            ours.close()
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)  # the kernel ends all that is behind the walls with it
            os.waitpid(child, 0)
        note = note or why


def _child(
    work: Callable[[Enclosure, socket.socket], None], view: View, made: Enclosure, link: socket.socket, failing: int
) -> None:
    """What the new process does. Never returns."""
    rights.end_with_parent()
    try:
        if made.walls is not Walls.NONE:
            _raise_walls(view, made.walls, failing)
        else:
            os.close(failing)
    except OSError as error:
        os.write(failing, str(error).encode())
        os._exit(0)
    try:
        work(made, link)
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _raise_walls(view: View, walls: Walls, failing: int) -> None:
    """Returns in the process that is to work, once they stand. Raises OSError with what could not be had."""
    if sys.platform != "linux":
        raise OSError("only Linux has namespaces")
    libc = ctypes.CDLL(None, use_errno=True)
    user = 0 if os.geteuid() == 0 else _NEWUSER
    uid, gid = os.geteuid(), os.getegid()
    sockets = mounts.sockets_here()
    wanted = _NEWNS | _NEWUTS | _NEWPID if walls is Walls.WHOLE else 0
    if libc.unshare(user | _NEWNET | _NEWIPC | wanted) != 0:
        raise OSError(f"this machine gives no namespaces: {os.strerror(ctypes.get_errno())}")
    if user:
        _keep_identity(uid, gid)
    if walls is not Walls.WHOLE:
        _loopback_up()
        os.close(failing)
        return
    _become_first(failing)
    _loopback_up()
    mounts.shut(libc, writable=view.writable, readable=view.readable, hidden=view.hidden, sockets=sockets)
    rights.let_go(libc)
    os.close(failing)
    _become_second()


def _become_first(failing: int) -> None:
    """Go on as the first process of a world of processes; the one that came here waits for it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it ends when what it began ends, or with who began it
    first = os.fork()
    if first:
        os.close(failing)
        os.waitpid(first, 0)
        os._exit(0)
    rights.end_with_parent()


def _become_second() -> None:
    """Go on as a child of the first, who stays to bury whom others leave behind."""
    second = os.fork()
    if second == 0:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        rights.hide_this_process()
        return
    rights.hide_this_process()
    _let_streams_go()
    while True:
        try:
            gone, _ = os.wait()
        except ChildProcessError:
            os._exit(0)
        if gone == second:
            os._exit(0)


def _let_streams_go() -> None:
    """The first process holds no end of any stream: who waits for one to end is told of it."""
    os.closerange(0, os.sysconf("SC_OPEN_MAX"))


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


def why_not() -> str:
    """Why this machine cannot shut a rehearsal in wholly, or nothing."""
    with shut_in(lambda _made, _link: None, View(), wanted=Walls.WHOLE) as inside:
        return inside.enclosure.note


def of_paths(places: Sequence[str | Path | None]) -> tuple[Path, ...]:
    """Those that are there, each once."""
    return tuple(dict.fromkeys(Path(one).absolute() for one in places if one and Path(one).exists()))
