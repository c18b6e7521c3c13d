"""What a process may still do, and who may look into it. prctl(2), capabilities(7)."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import struct
import sys

_PDEATHSIG, _DUMPABLE, _BOUNDING_DROP, _NO_NEW_PRIVILEGES, _AMBIENT, _AMBIENT_NONE = 1, 4, 24, 38, 47, 4
_CAPSET_VERSION = 0x20080522
# What the first user of a container keeps, without raw sockets, devices and attributes of files: capabilities(7).
CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, NET_BIND_SERVICE, SYS_CHROOT, AUDIT_WRITE = (
    0, 1, 3, 4, 5, 6, 7, 10, 18, 29,
)  # fmt: skip
_KEPT = (CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, NET_BIND_SERVICE, SYS_CHROOT, AUDIT_WRITE)
_MOST = 64


def let_go(libc: ctypes.CDLL) -> None:
    """Give up what could undo walls: mounting, devices, tracing, clocks, modules; and never get any again.

    For this thread and all that it begins from here on. Raises OSError.
    """
    for number in range(_MOST):
        if number not in _KEPT and libc.prctl(_BOUNDING_DROP, number, 0, 0, 0) != 0:
            if ctypes.get_errno() == errno.EINVAL:
                break  # the kernel knows no more of them
            _done(-1, "few capabilities")
    kept = sum(1 << number for number in _KEPT)
    header = ctypes.create_string_buffer(struct.pack("Ii", _CAPSET_VERSION, 0))
    low, high = kept & 0xFFFFFFFF, kept >> 32
    _done(libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no new privileges")
    _done(libc.capset(header, struct.pack("6I", low, low, 0, high, high, 0)), "few capabilities")
    libc.prctl(_AMBIENT, _AMBIENT_NONE, 0, 0, 0)


def hide_this_process() -> None:
    """Nobody without the right to trace looks into its memory, its files and its environment."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DUMPABLE, 0, 0, 0, 0)


def end_with_parent() -> None:
    """The kernel ends this process when the one that began it ends."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it has ended already
            os._exit(0)


def _done(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{os.strerror(ctypes.get_errno())}: {what}")
