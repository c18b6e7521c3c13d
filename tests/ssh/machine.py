"""A machine to log in to: as root one of its own (mounts, processes, name, users), else the user's own machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PASSWORD = "it's $3cret"  # of the users that have one; made to break careless quoting
_HASH = (
    "$6$rounds=1000$rbtbedsalt$D2qLzUw5uqT48pSjIIl91fhGLq9C0bdRHGlpuZ9QMGZQWEq0DuZFX4aWWwnU7k8s8dFvsKcjjVSeZbw8ntNAB1"
)

USERS = {"root": 0, "ops": 2001, "deploy": 2002, "guest": 2003}

SUDOERS = """\
Defaults env_reset
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
Defaults use_pty
root ALL=(ALL:ALL) ALL
ops ALL=(ALL:ALL) ALL
deploy ALL=(ALL:ALL) NOPASSWD: ALL
"""

# $1: the machine's folder on the outside. Ends, and everything of the machine with it, when its stdin is closed.
_BOOT = """\
set -e
m=$1 name=$2 home=$3 tmp=$4 size=$5
exec 3<&0 </dev/null
echo "$name" >/proc/sys/kernel/hostname
mount -t overlay overlay -o "ro,lowerdir=$m/etc:/etc" /etc
mount --bind "$m/etc/ssh/bed" /etc/ssh/bed # files below an overlay must not change, these do
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/sshd
mkdir -m 1777 /run/lock
mkdir -p -m 700 /run/sudo
if [ -d /var/lib/sudo ]; then mount -t tmpfs -o mode=700 tmpfs /var/lib/sudo; fi
mount --bind "$m/boot_id" /proc/sys/kernel/random/boot_id
if [ "$size" != 0 ]; then
    mount -t tmpfs -o "size=$size,mode=755" tmpfs /mnt
    cp -a "$m/disk/." /mnt/
    mount --bind /mnt/home /home
    mount --bind /mnt/vartmp /var/tmp
    mount --bind /mnt/tmp /tmp
else
    mount --bind "$m/disk/home" /home
    mount --bind "$m/disk/vartmp" /var/tmp
    mount --bind "$m/disk/tmp" /tmp
fi
if [ "$home" = readonly ]; then mount -o remount,bind,ro /home; fi
if [ "$tmp" = readonly ]; then
    mount -o remount,bind,ro /tmp
    mount -o remount,bind,ro /var/tmp
fi
echo ready
exec >/dev/null
cat <&3 &
wait
"""


@cache
def no_private_machines() -> str:
    """Why machines of their own cannot be had here, or nothing."""
    if os.geteuid() != 0:
        return "only root can make machines of their own (mount and process namespaces)"
    try:
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--uts", "--propagation", "private", "--mount-proc", "sh", "-c",
             "mount -t overlay overlay -o ro,lowerdir=/etc:/usr /etc && mount -t tmpfs tmpfs /run"],
            capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"namespaces cannot be had here: {error}"
    return "" if done.returncode == 0 else f"namespaces cannot be had here: {done.stderr.strip()}"


@dataclass(frozen=True)
class Process:
    """One process of a machine, numbered as on the outside."""

    pid: int
    command: str
    environ: bytes
    state: str

    @property
    def is_sshd(self) -> bool:
        return self.command.startswith(("sshd: ", "/usr/sbin/sshd", "sshd-session"))


class Machine:
    """Boots, is rebooted, loses power. Its disk (homes, /tmp) is `disk` and stays over reboots unless `size` is given."""

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        private: bool,
        shell: str,
        home: str,
        tmp: str,
        size: str,
        netns: str | None,
    ) -> None:
        self.folder = folder
        self.name = name
        self.private = private
        self.mark = f"RBT_BED={uuid.uuid4().hex}"
        self.disk = folder / "disk"
        self.etc = folder / "etc"
        self._home, self._tmp, self._size, self._netns = home, tmp, size, netns
        self._unshare: subprocess.Popen[bytes] | None = None
        self._init = 0
        self._namespace = ""
        self.daemons: set[int] = set()  # of sshd, where there is no namespace to tell its processes by
        for place in ("etc/ssh/bed/bin", "disk/home", "disk/tmp", "disk/vartmp"):
            (folder / place).mkdir(parents=True)
            (folder / place).chmod(0o755)
        for place in ("disk", "etc", "etc/ssh", "etc/ssh/bed"):
            (folder / place).chmod(0o755)
        for place in ("tmp", "vartmp"):
            (self.disk / place).chmod(0o1777)
        self.shell = self._shell(shell)
        if private:
            self._users()

    # --- what it is made of ---

    def _shell(self, shell: str) -> str:
        """The login shell's path on the machine."""
        if shell == "busybox":  # sshd names the shell by its path's last part, and BusyBox acts by that name
            (self.etc / "ssh/bed/bin/sh").symlink_to(_found("busybox"))
            return "/etc/ssh/bed/bin/sh"
        return shell if shell.startswith("/") else _found(shell)

    def tools(self, kind: str) -> str:
        """A PATH of this machine with nothing but that: "busybox", or names of single tools, comma separated."""
        folder = self.etc / "ssh/bed/tools"
        if not folder.exists():
            folder.mkdir()
            folder.chmod(0o755)
            if kind == "busybox":
                busybox = _found("busybox")
                for applet in subprocess.run(
                    [busybox, "--list"], capture_output=True, text=True, check=True
                ).stdout.split():
                    (folder / applet).symlink_to(busybox)
            else:
                for tool in kind.split(","):
                    (folder / tool).symlink_to(_found(tool))
        return "/etc/ssh/bed/tools" if self.private else str(folder)

    def _users(self) -> None:
        own = {*USERS, "sshd"}
        ids = {str(number) for name, number in USERS.items() if number}
        lines = [
            line
            for line in Path("/etc/passwd").read_text().splitlines()
            if (parts := line.split(":"))[0] not in own and parts[2] not in ids
        ]
        lines += [f"{user}:x:{uid}:{uid}:{user}:/home/{user}:{self.shell}" for user, uid in USERS.items()]
        lines.append("sshd:x:992:65534::/run/sshd:/usr/sbin/nologin")
        lines.sort(key=lambda line: not line.startswith("root:"))
        secret = {"ops": _HASH, "deploy": "*", "guest": _HASH, "root": "*", "sshd": "*"}
        groups = [
            line for line in Path("/etc/group").read_text().splitlines() if line.split(":")[0] not in own - {"root"}
        ]
        groups += [f"{user}:x:{uid}:" for user, uid in USERS.items() if uid]
        self._etc("passwd", "\n".join(lines), 0o644)
        self._etc("group", "\n".join(groups), 0o644)
        self._etc("shadow", "\n".join(f"{user}:{hash_}:19000:0:99999:7:::" for user, hash_ in secret.items()), 0o600)
        self._etc("sudoers", SUDOERS, 0o440)
        self._etc("hosts", f"127.0.0.1 localhost\n127.0.1.1 {self.name}", 0o644)
        for user, uid in USERS.items():
            home = self.disk / "home" / user
            home.mkdir()
            home.chmod(0o755)
            os.chown(home, uid, uid)

    def _etc(self, name: str, text: str, mode: int) -> None:
        place = self.etc / name
        place.write_text(text.rstrip("\n") + "\n")
        place.chmod(mode)

    # --- its life ---

    def boot(self) -> None:
        """Begin to boot; `booted` waits for it. Several machines boot at once this way."""
        if not self.private:
            return
        (self.folder / "boot_id").write_text(f"{uuid.uuid4()}\n")
        if self._size == "0":
            for place in ("tmp", "vartmp"):
                _empty(self.disk / place)
        self._unshare = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--propagation", "private", "--mount-proc",
             "sh", "-c", _BOOT, "sh", str(self.folder), self.name, self._home, self._tmp, self._size],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", start_new_session=True,
        )  # fmt: skip

    def booted(self) -> None:
        if self._unshare is None:
            return
        assert self._unshare.stdout is not None
        assert self._unshare.stderr is not None
        if self._unshare.stdout.readline() != b"ready\n":
            self._unshare.kill()
            raise RuntimeError(f"{self.name} did not boot: {self._unshare.stderr.read().decode()}")
        outer = self._unshare.pid
        self._init = int(Path(f"/proc/{outer}/task/{outer}/children").read_text().split()[0])
        self._namespace = os.readlink(f"/proc/{self._init}/ns/pid")

    def power_off(self) -> None:
        """Everything that runs on it is killed, at once and for sure."""
        if not self.private:
            for process in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            return
        if self._unshare is not None:
            for stream in (self._unshare.stdin, self._unshare.stdout, self._unshare.stderr):
                stream.close()
            with contextlib.suppress(ProcessLookupError):
                if self._init:
                    os.kill(self._init, signal.SIGKILL)
            self._unshare.kill() if not self._init else None
            self._unshare.wait(10)
            self._unshare, self._init = None, 0

    # --- looking inside ---

    def command(self, *words: str) -> list[str]:
        """The command line that runs `words` on the machine, past ssh."""
        if not self.private:
            return list(words)
        network = [f"--net=/run/netns/{self._netns}"] if self._netns else []
        return ["nsenter", f"--target={self._init}", "--mount", "--pid", "--uts", *network, "--", *words]

    def run(self, *words: str) -> str:
        """What a command on the machine prints, run past ssh as the machine's root."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=30, check=True, cwd="/")
        return done.stdout

    def path(self, inside: str) -> Path:
        """A file of the machine, seen from here."""
        return Path(f"/proc/{self._init}/root{inside}") if self.private else Path(inside)

    def processes(self, containing: str = "") -> list[Process]:
        """What runs on the machine (without its init), zombies too."""
        return [process for process in self._processes() if containing in process.command]

    def _processes(self) -> Iterator[Process]:
        family = self._family() if not self.private else set()
        hidden = {self._init, *_first_child(self._init)} if self.private else {os.getpid()}
        for pid in _pids():
            if pid in hidden:
                continue
            try:
                if self.private and (not self._init or os.readlink(f"/proc/{pid}/ns/pid") != self._namespace):
                    continue
                environ = Path(f"/proc/{pid}/environ").read_bytes()
                if not self.private and pid not in family and self.mark.encode() not in environ.split(b"\0"):
                    continue
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                state = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(") ")[2][0]
            except OSError:
                continue
            yield Process(pid, command.strip(), environ, state)

    def _family(self) -> set[int]:
        """Sshd's processes and what descends from them; sshd's own are remembered, they may lose their parent."""
        found = set()
        todo = [pid for pid in self.daemons if _is_sshd(pid)]
        self.daemons = set(todo)
        children: dict[int, list[int]] = {}
        for pid in _pids():
            with contextlib.suppress(OSError):
                parent = int(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(") ")[2].split()[1])
                children.setdefault(parent, []).append(pid)
        while todo:
            pid = todo.pop()
            found.add(pid)
            todo += children.get(pid, [])
        self.daemons |= {pid for pid in found if _is_sshd(pid)}
        return found

    # --- its disk ---

    def fill(self) -> int:
        """Fill the disk (a machine made with `size=`); the bytes it took."""
        if self._size == "0":
            raise ValueError("only a machine with a disk of its own size can be filled: size='2m'")
        place = self.path("/mnt/filler")
        with place.open("ab", buffering=0) as file:
            for piece in (65536, 4096, 512, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"\0" * piece)
            return file.tell()

    def free(self) -> None:
        self.path("/mnt/filler").unlink(missing_ok=True)


def _found(tool: str) -> str:
    place = shutil.which(tool, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    if place is None:
        raise FileNotFoundError(f"{tool} is not installed")
    return place


def _pids() -> list[int]:
    return [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]


def _is_sshd(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().startswith("sshd")
    except OSError:
        return False


def _first_child(pid: int) -> Sequence[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()][:1]
    except OSError:
        return []


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def until(check, seconds: float = 10.0, what: str = "it"):
    """The first true value of `check()`, looked at often; AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while not (value := check()):
        assert time.monotonic() < end, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(0.01)
    return value
