"""Whose a process is: from /proc on the machine where it runs."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from runbook_tui.run.gpu.model import GpuProcess

_INTERPRETERS = ("python", "perl", "ruby", "node", "bash", "sh")
_FIRST_PID_NAMESPACE = "pid:[4026531836]"  # PROC_PID_INIT_INO of the kernel


class Owners:
    """Looks processes up; what was found is kept while the process lives."""

    def __init__(self, proc: Path = Path("/proc"), *, here: bool | None = None) -> None:
        self._proc = proc
        self.here = _in_first_namespace(proc) if here is None else here
        self._users: dict[int, str] = {}

    def of(self, pid: int, *, memory: int | None, kind: str) -> GpuProcess:
        """The process as far as this machine knows it; in a container it may belong to another."""
        folder = self._proc / str(pid)
        if not self.here:
            return GpuProcess(pid=pid, memory=memory, kind=kind)
        try:
            user = self._user(folder.stat().st_uid)
            started = start_ticks(pid, self._proc)
            name = program(_arguments(folder)) or (folder / "comm").read_text().strip()
        except (OSError, ValueError, IndexError):
            return GpuProcess(pid=pid, memory=memory, kind=kind)
        return GpuProcess(pid=pid, name=name, user=user, memory=memory, kind=kind, started=started)

    def _user(self, uid: int) -> str:
        if uid not in self._users:
            try:
                self._users[uid] = pwd.getpwuid(uid).pw_name
            except KeyError:
                self._users[uid] = f"uid {uid}"
        return self._users[uid]


def start_ticks(pid: int, proc: Path = Path("/proc")) -> float:
    """When the process started, in ticks since boot: a pid may be given again, this may not.

    Raises OSError or ValueError when there is no such process.
    """
    return float((proc / str(pid) / "stat").read_text().rpartition(")")[2].split()[19])


def program(arguments: list[str]) -> str:
    """The program's name, for an interpreter with its script; never other arguments, they may hold secrets."""
    if not arguments or not arguments[0]:
        return ""
    name = os.path.basename(arguments[0])  # noqa: PTH119 - of a process, not of a file here
    if not name.startswith(_INTERPRETERS):
        return name
    for word, following in zip(arguments[1:], [*arguments[2:], ""], strict=True):
        if word in ("-c", "-e", "-"):
            return name
        if word == "-m":
            return f"{name} -m {following}"
        if word and not word.startswith("-"):
            return f"{name} {os.path.basename(word)}"  # noqa: PTH119
    return name


def _arguments(folder: Path) -> list[str]:
    return (folder / "cmdline").read_bytes()[:4096].decode("utf-8", "replace").split("\0")


def _in_first_namespace(proc: Path) -> bool:
    """Whether pids here are those the driver tells: in a container they are the host's."""
    try:
        return str((proc / "self" / "ns" / "pid").readlink()) == _FIRST_PID_NAMESPACE
    except OSError:
        return False
