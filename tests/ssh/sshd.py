"""OpenSSH's own sshd on loopback addresses: hosts to log in to, and the things that happen to hosts."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.ssh.keys import certify, new_key
from tests.ssh.machine import Machine, Process, until
from tests.ssh.proxy import FaultProxy

PORT = 2200
ADDRESSES = 16  # ListenAddress lines a daemon takes (MAX_LISTEN_SOCKS)

CONFIG = """\
Port {port}
{listen}
HostKey {inside}/host_key
{certificate}
PidFile none
AuthorizedKeysFile {inside}/authorized_keys
TrustedUserCAKeys {inside}/user_ca.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UseDNS no
MaxStartups {max_startups}
MaxSessions {max_sessions}
LoginGraceTime 30
AcceptEnv LANG LC_* RB_*
PrintMotd no
LogLevel VERBOSE
Subsystem sftp internal-sftp
{options}
{homes}
"""


@cache
def no_sshd() -> str:
    """Why no sshd can be started here, or nothing."""
    for tool in ("/usr/sbin/sshd", "/usr/bin/ssh", "/usr/bin/ssh-keygen"):
        if not os.access(tool, os.X_OK):
            return f"{tool} is not installed (Debian: openssh-server, openssh-client)"
    if os.geteuid() != 0:
        import pwd

        if (shell := pwd.getpwuid(os.geteuid()).pw_shell).endswith(("nologin", "false")):
            return f"this user cannot log in: its shell is {shell}"
    try:
        with socket.socket() as probe:
            probe.bind(("127.77.1.1", 0))
    except OSError:
        return "only 127.0.0.1 is a loopback address here"
    return ""


@dataclass
class Host:
    """One address to log in to. Several may be on one machine (`per_daemon`), each with a home of its own."""

    alias: str  # as in ssh_config
    address: str
    port: int
    user: str
    home: str  # as seen on the host
    server: SshServer
    proxy: FaultProxy | None = None

    @property
    def machine(self) -> Machine:
        return self.server.machine

    @property
    def home_here(self) -> Path:
        """The home folder as a path on this side."""
        return self.machine.path(self.home)

    def processes(self, containing: str = "") -> list[Process]:
        """Live processes of the host's machine but sshd's own; `pid` is the number on this side."""
        return [p for p in self.machine.processes(containing) if p.state not in "ZX" and not p.is_sshd]


class SshServer:
    """One sshd on one machine, listening on one to sixteen addresses."""

    def __init__(self, machine: Machine, folder: Path, addresses: Sequence[str], port: int, **settings: object) -> None:
        self.machine = machine
        self.folder = folder
        self.addresses = list(addresses)
        self.port = port
        self.log_file = folder / "sshd.log"
        self._settings = settings
        self._here = machine.etc / "ssh/bed"
        self._inside = "/etc/ssh/bed" if machine.private else str(self._here)
        self._process: subprocess.Popen[bytes] | None = None
        self.host_key = new_key(self._here / "host_key", "host")
        self._certificate = False

    # --- its life ---

    def launch(self) -> None:
        """Start it; `ready` waits until it answers."""
        self._write_config()
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self.machine.command("/usr/sbin/sshd", "-D", "-e", "-f", f"{self._inside}/sshd_config"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            )  # fmt: skip

    def ready(self) -> None:
        """Until every address gives the banner; a TCP connect alone proves nothing."""
        if not self.machine.private:
            self.machine.daemons.add(self._process.pid)
        until(lambda: self._process.poll() is not None or self._answers(self.addresses[0]), 20, "sshd's start")
        if self._process.poll() is not None:
            raise RuntimeError(f"sshd did not start: {self.log()}")

    def _answers(self, address: str) -> bool:
        if f"Server listening on {address} port" not in self.log():
            return False
        if self._settings["netns"]:
            return True
        try:
            with socket.create_connection((address, self.port), 2) as link:
                link.settimeout(5)
                return link.recv(4) == b"SSH-"
        except OSError:
            return False

    def start(self) -> None:
        self.launch()
        self.ready()

    def stop(self) -> None:
        """No more listening: connects are refused. Open connections and everything they started go on."""
        listener = self.listener()
        if listener is not None:
            self.machine.processes()  # remembers those that are about to lose their parent
            with contextlib.suppress(ProcessLookupError):
                os.kill(listener, signal.SIGCONT)
                os.kill(listener, signal.SIGTERM)
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            self._process.kill()
            self._process.wait(5)
            self._process = None

    def restart(self, *, drop: bool = False) -> None:
        """As `systemctl restart ssh` does; with `drop` open connections end too (jobs do not)."""
        self.stop()
        if drop:
            self.drop_connections()
        self.start()

    def change_host_key(self) -> str:
        """Another host key from now on; what clients have in known_hosts stays as it was. The new public line."""
        self.stop()
        self.host_key = new_key(self._here / "host_key", "host")
        self.start()
        return self.host_key

    def set(self, **settings: object) -> None:
        """Change max_startups, max_sessions or options, and restart; open connections stay."""
        self._settings.update(settings)
        self.restart()

    def power_off(self) -> None:
        """Everything on the machine is killed at once, sshd as well."""
        self.machine.power_off()
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
            self._process = None

    def reboot(self) -> None:
        """Power off, boot with another boot id, sshd again. The disk stays, /tmp and /run do not."""
        if not self.machine.private:
            raise NotImplementedError("only a machine of its own can be rebooted")
        self.power_off()
        self.machine.boot()
        self.machine.booted()
        self.start()

    # --- what happens to links ---

    def connections(self) -> list[int]:
        """Pids of the processes that serve connections."""
        listener = self.listener()
        return [
            p.pid for p in self.machine.processes("sshd") if p.is_sshd and p.pid != listener and p.state not in "ZX"
        ]

    def drop_connections(self) -> int:
        """Kill -9 what serves connections: clients see the end of the stream, commands on the host live on."""
        pids = self.connections()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    def freeze(self, *, everything: bool = False) -> None:
        """Stop answering, connections stay open (SIGSTOP to sshd; with `everything` to the commands too)."""
        self._signal(signal.SIGSTOP, everything=everything)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT, everything=True)

    def _signal(self, number: int, *, everything: bool) -> None:
        pids = [process.pid for process in self.machine.processes() if everything or process.is_sshd]
        if number == signal.SIGCONT and self._process is not None and self._process.poll() is None:
            pids.append(self._process.pid)  # nsenter stops itself along with its child
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def log(self) -> str:
        """What sshd wrote since the beginning."""
        return self.log_file.read_text("utf-8", "replace") if self.log_file.exists() else ""

    # --- inside ---

    def listener(self) -> int | None:
        """The pid of the daemon, which starts everything else."""
        if self._process is None or self._process.poll() is not None:
            return None
        if not self.machine.private:
            return self._process.pid
        outer = self._process.pid  # nsenter waits, sshd is its child
        try:
            children = Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
        except OSError:
            return None
        return int(children[0]) if children else None

    def _write_config(self) -> None:
        homes = []
        for address, home in self._settings["homes"].items():
            words = " ".join(filter(None, [f"HOME={home}", self.machine.mark, self._settings["environ"]]))
            homes.append(f"Match LocalAddress {address}\n    SetEnv {words}")
        text = CONFIG.format(
            port=self.port,
            listen="\n".join(f"ListenAddress {address}" for address in self.addresses),
            inside=self._inside,
            certificate=f"HostCertificate {self._inside}/host_key-cert.pub" if self._certificate else "",
            max_startups=self._settings["max_startups"],
            max_sessions=self._settings["max_sessions"],
            options="\n".join(f"{key} {value}" for key, value in self._settings["options"].items()),
            homes="\n".join(homes),
        )
        (self._here / "sshd_config").write_text(text)

    def certify(self, authority: Path, principals: Sequence[str]) -> None:
        """Show a host certificate from now on."""
        certify(authority, self._here / "host_key.pub", principals=principals, host=True)
        self._certificate = True
        self.restart()


def has(tool: str) -> bool:
    return shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin") is not None
