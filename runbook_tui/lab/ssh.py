"""A host to log in to, on loopback, with keys of its own: `python -m runbook_tui.lab.ssh FOLDER`.

OpenSSH's sshd where there is one (one process a connection, as inetd starts it), asyncssh's server else. Commands run
as the user who started the lab, in a home of the lab. `ssh -F FOLDER/ssh/config lab-host` logs in.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from runbook_tui.lab.faults import Faults
from runbook_tui.lab.process import detach
from runbook_tui.lab.server import HOST

if TYPE_CHECKING:
    import asyncssh

NAME = "lab-host"
TICK = 0.05  # seconds between two looks at the fault
TIDYING = 2.0  # seconds for a link that is cut to take what was under way
_PLACES = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
_SSHD = """\
HostKey {inside}/host_key
AuthorizedKeysFile {inside}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UseDNS no
PrintMotd no
AcceptEnv LANG LC_*
SetEnv HOME={home} RBT_LAB=1 {environ}
Subsystem sftp internal-sftp
"""
_CLIENT = """\
# written by rbt lab up ssh; nothing else reads it
Host {names}
    HostName {host}
    Port {port}
    User {user}
    HostKeyAlias {name}
    IdentityFile {inside}/key
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile {inside}/known_hosts
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
"""


def inside(folder: Path) -> Path:
    return folder / "ssh"


def client_config(folder: Path, port: int, names: tuple[str, ...] = (NAME,)) -> str:
    """What ssh_config has to say so that these names lead to the lab's host."""
    return _CLIENT.format(
        names=" ".join(names), name=NAME, host=HOST, port=port, user=getpass.getuser(), inside=inside(folder)
    )


def sshd() -> str | None:
    """OpenSSH's daemon, where this user can start one."""
    program = shutil.which("sshd", path=_PLACES)
    if program is None:
        return None
    if pwd.getpwuid(os.geteuid()).pw_shell.endswith(("nologin", "false")):
        return None  # nobody can log in as this user
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # as the package's service makes it
        if not Path("/run/sshd").is_dir():
            return None
    return program


class Door:
    """Takes connections, and cuts all of them while the link is lost."""

    def __init__(self, folder: Path, listener: socket.socket, program: str) -> None:
        self._listener: socket.socket | None = listener
        self._address = listener.getsockname()
        self._command = [program, "-i", "-e", "-f", str(inside(folder) / "sshd_config")]
        self._faults = Faults(folder, "ssh")
        self._open: dict[socket.socket, subprocess.Popen[bytes]] = {}

    def work(self) -> None:
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                if lost(self._faults):
                    self._cut()
                    time.sleep(TICK)
                    continue
                if self._listener is None:
                    self._listener = listen(self._address[1])
                self._take(self._listener)
                self._forget()
        self._cut()

    def _take(self, listener: socket.socket) -> None:
        listener.settimeout(TICK)
        try:
            link, _ = listener.accept()
        except (TimeoutError, OSError):
            return
        link.setblocking(True)
        process = subprocess.Popen(self._command, stdin=link.fileno(), stdout=link.fileno(), stderr=None)
        self._open[link] = process

    def _forget(self) -> None:
        for link in [link for link, process in self._open.items() if process.poll() is not None]:
            del self._open[link]
            link.close()

    def _cut(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for link, process in self._open.items():
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()
            process.terminate()
        for process in self._open.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2)
        self._open.clear()


def lost(faults: Faults) -> bool:
    """Whether the link is down now: for as many seconds as the fault says."""
    fault = faults.get("lost-link")
    return fault is not None and fault.since is not None and time.time() < fault.since + fault.value


def listen(port: int = 0) -> socket.socket:
    return socket.create_server((HOST, port), reuse_port=False)


def prepare(folder: Path) -> None:
    """Keys of the host and of the one who logs in, a home, and who knows whom; kept while they are there."""
    import asyncssh

    place = inside(folder)
    home = place / "home"
    home.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    for name in ("host_key", "key"):
        if not (place / name).exists():
            key = asyncssh.generate_private_key("ssh-ed25519", comment=f"rbt lab {name}")
            (place / name).touch(mode=0o600)
            (place / name).write_bytes(key.export_private_key())
            (place / f"{name}.pub").write_bytes(key.export_public_key())
    (place / "authorized_keys").write_bytes((place / "key.pub").read_bytes())
    (place / "known_hosts").write_text(f"{NAME} {(place / 'host_key.pub').read_text()}")
    environ = " ".join(f"{name}={os.environ[name]}" for name in ("PATH",) if " " not in os.environ.get(name, " "))
    (place / "sshd_config").write_text(_SSHD.format(inside=place, home=home, environ=environ))


def serve(folder: Path) -> int:
    prepare(folder)
    listener = listen()
    port = int(listener.getsockname()[1])
    (inside(folder) / "config").write_text(client_config(folder, port))
    program = sshd()
    if program is not None:
        door = Door(folder, listener, program)
        return detach(folder, "ssh", port, door.work)
    return detach(folder, "ssh", port, lambda: _asyncssh(folder, listener))


# --- where there is no sshd ---


def _asyncssh(folder: Path, listener: socket.socket) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(folder, listener))


async def _serve(folder: Path, listener: socket.socket) -> None:
    import asyncssh

    port = int(listener.getsockname()[1])
    faults = Faults(folder, "ssh")
    place = inside(folder)
    links: set[asyncssh.SSHServerConnection] = set()

    class Server(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            links.add(conn)
            self._link = conn

        def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
            links.discard(self._link)

    first: socket.socket | None = listener
    while True:
        acceptor = await asyncssh.listen(
            sock=first or listen(port),
            server_factory=Server,
            server_host_keys=[str(place / "host_key")],
            authorized_client_keys=str(place / "authorized_keys"),
            process_factory=lambda process: _command(process, place / "home"),
            sftp_factory=True,
            encoding=None,
        )
        first = None
        while not lost(faults):  # noqa: ASYNC110  # another process switches it on
            await asyncio.sleep(TICK)
        acceptor.close()
        for link in list(links):
            link.abort()
        while lost(faults):  # noqa: ASYNC110
            await asyncio.sleep(TICK)


async def _command(process: asyncssh.SSHServerProcess[bytes], home: Path) -> None:
    """Run what the client asks for, as sshd does; the exit status goes back."""
    words = ("/bin/sh", "-c", process.command) if process.command else ("/bin/sh",)
    child = await asyncio.create_subprocess_exec(
        *words,
        cwd=home,
        start_new_session=True,  # as sshd does: what a session kills is its own
        env={**os.environ, "HOME": str(home), "RBT_LAB": "1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
    try:
        status = await child.wait()
        with contextlib.suppress(OSError):
            await process.stdout.drain()
            process.exit(status if status >= 0 else 255)
    finally:  # what redirecting has begun is awaited nowhere else
        with contextlib.suppress(TimeoutError, OSError):
            await asyncio.wait_for(process.wait_closed(), TIDYING)


if __name__ == "__main__":
    threading.current_thread().name = "ssh"
    sys.exit(serve(Path(sys.argv[1])))
