"""Hosts of a bench stand for other machines: of this one's processor all of them get an eighth of what the app gets.

`nice` alone does not do it where the kernel shares the processor between sessions first (sched_autogroup, sched(7)):
each login makes a session of its own, and fifty of them get fifty shares beside the one of the app.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.bench.figures import tell
from tests.ssh import Hosts

# Of cgroups(7), version 1 and 2: where groups are made, what says how much of the processor one gets, and an eighth of
# what is usual. The least possible would starve them where others want all of it: logins have deadlines.
GROUPS = ((Path("/sys/fs/cgroup/cpu"), "cpu.shares", "128"), (Path("/sys/fs/cgroup"), "cpu.weight", "13"))
EMPTYING = 10.0  # seconds until the last of its processes has gone


@contextmanager
def aside(hosts: Hosts, but: int = 0) -> Iterator[None]:
    """Every sshd of these hosts but the first few, and all that it starts from now on, steps back; how far is told."""
    daemons = [pid for server in hosts.servers[but:] if (pid := server.listener()) is not None]
    for pid in daemons:
        os.setpriority(os.PRIO_PROCESS, pid, 19)
    group = _group(daemons)
    by_sessions = _text(Path("/proc/sys/kernel/sched_autogroup_enabled")) == "1"
    without = "nice 19, which a kernel that shares by sessions passes over" if by_sessions else "nice 19"
    told = "an eighth of a share of the processor (a cpu cgroup)" if group is not None else without
    tell("the hosts stand for other machines: their processes run with", told)
    try:
        yield
    finally:
        if group is not None:
            _leave(group)


def _group(pids: list[int]) -> Path | None:
    """A group with these processes in it; None where none can be made."""
    for parent, name, share in GROUPS:
        group = parent / f"rbt-bench-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if not (group / name).is_file():
                raise OSError(name)
            (group / name).write_text(share)
            for pid in pids:
                (group / "cgroup.procs").write_text(str(pid))
        except OSError:
            _leave(group)
            continue
        return group
    return None


def _leave(group: Path) -> None:
    """What is still in it goes back to where it was, and the group is removed."""
    end = time.monotonic() + EMPTYING
    while time.monotonic() < end:
        for pid in _text(group / "cgroup.procs").split():
            with suppress(OSError):
                (group.parent / "cgroup.procs").write_text(pid)
        with suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.1)


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
