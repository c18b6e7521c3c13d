"""The hosts of one test together with the operator who knows them: `.ssh/config`, known_hosts, keys, agents."""

from __future__ import annotations

import contextlib
import getpass
import os
import random
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.ssh.keys import Agent, certify, new_key
from tests.ssh.machine import USERS, Machine, no_private_machines
from tests.ssh.proxy import FaultProxy, ProxyThread
from tests.ssh.sshd import ADDRESSES, PORT, Host, SshServer, no_sshd


@dataclass
class Hosts:
    """The hosts of one test, and one operator's `.ssh` that knows them all. Iterates and indexes as a list of Host."""

    folder: Path
    hosts: list[Host] = field(default_factory=list)
    servers: list[SshServer] = field(default_factory=list)
    aliases: dict[str, dict[str, str]] = field(default_factory=dict)
    _proxies: ProxyThread | None = None

    def __iter__(self) -> Iterator[Host]:
        return iter(self.hosts)

    def __len__(self) -> int:
        return len(self.hosts)

    def __getitem__(self, index: int) -> Host:
        return self.hosts[index]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the operator's side ---

    @property
    def home(self) -> Path:
        """The operator's home folder; `.ssh` in it has config, known_hosts, id_ed25519."""
        return self.folder / "operator"

    @property
    def config(self) -> Path:
        return self.home / ".ssh/config"

    @property
    def known_hosts(self) -> Path:
        return self.home / ".ssh/known_hosts"

    @property
    def key(self) -> Path:
        return self.home / ".ssh/id_ed25519"

    @property
    def user_authority(self) -> Path:
        """The key whose certificates every host takes from users."""
        return self.folder / "user_ca"

    @property
    def host_authority(self) -> Path:
        """A key to sign host keys with (`server.certify`); to be put in known_hosts by the test."""
        return self.folder / "host_ca"

    @property
    def names(self) -> list[str]:
        return [host.alias for host in self.hosts]

    def alias(self, name: str, like: Host, **options: str) -> str:
        """One more `Host` block: that host's address with other options (`User`, `ProxyJump`, `IdentityFile` …)."""
        self.aliases[name] = {"HostName": like.address, "Port": str(like.port), "User": like.user, **options}
        self.write_config()
        return name

    def proxied(self, host: Host) -> FaultProxy:
        """Put a fault proxy before that host; its alias leads through it from now on."""
        if host.proxy is None:
            self._proxies = self._proxies or ProxyThread()
            host.proxy = FaultProxy(self._proxies, host.address, host.port)
            self.aliases[host.alias] |= {"HostName": host.proxy.address, "Port": str(host.proxy.port)}
            self.write_config()
            self.trust(host)
        return host.proxy

    def write_config(self, extra: str = "") -> None:
        """Write ssh_config anew, `extra` before everything else."""
        lines = [extra] if extra else []
        for name, options in self.aliases.items():
            lines.append(f"Host {name}")
            lines += [f"    {key} {value}" for key, value in {"IdentityFile": self.key, **options}.items()]
        lines += ["Host *", f"    UserKnownHostsFile {self.known_hosts}", "    GlobalKnownHostsFile /dev/null"]
        lines += ["    IdentityAgent SSH_AUTH_SOCK", "    PasswordAuthentication no", "    StrictHostKeyChecking yes"]
        self.config.write_text("\n".join(lines) + "\n")
        self.config.chmod(0o600)

    def trust(self, *hosts: Host) -> None:
        """Write the host keys as they are now into known_hosts (all by default)."""
        kept = self.known_hosts.read_text().splitlines() if hosts and self.known_hosts.exists() else []
        for host in hosts or self.hosts:
            places = [(host.address, host.port)]
            if host.proxy is not None:
                places.append((host.proxy.address, host.proxy.port))
            for address, port in places:
                place = address if port == 22 else f"[{address}]:{port}"
                kept = [line for line in kept if not line.startswith(f"{place} ")]
                kept.append(f"{place} {' '.join(host.server.host_key.split()[:2])}")
        self.known_hosts.write_text("\n".join(kept) + "\n")

    def forget_key(self, host: Host) -> None:
        """Known_hosts no longer has that host."""
        places = [f"[{host.address}]:{host.port} ", f"{host.address} "]
        if host.proxy is not None:
            places.append(f"[{host.proxy.address}]:{host.proxy.port} ")
        kept = [line for line in self.known_hosts.read_text().splitlines() if not line.startswith(tuple(places))]
        self.known_hosts.write_text("".join(f"{line}\n" for line in kept))

    def agent(self, *keys: Path) -> Agent:
        """An ssh-agent with these keys (the operator's own by default), to be used with `with`."""
        return Agent(self.folder, *(keys or (self.key,)))

    def user_certificate(self, *principals: str, valid: str = "+1h", options: Sequence[str] = ()) -> Path:
        """A new key of the operator's that no host knows, with a certificate every host takes; the private key's file."""
        place = self.home / ".ssh" / f"id_certified_{os.urandom(3).hex()}"
        new_key(place)
        certify(
            self.user_authority,
            place.with_name(place.name + ".pub"),
            principals=principals,
            valid=valid,
            options=options,
        )
        return place

    def ssh(
        self, name: str, command: str, *, data: bytes = b"", options: Sequence[str] = (), timeout: float = 30
    ) -> subprocess.CompletedProcess[bytes]:
        """The stock client, for looking at the bed itself."""
        words = [
            "ssh",
            "-F",
            str(self.config),
            "-o",
            "BatchMode=yes",
            "-o",
            "KexAlgorithms=curve25519-sha256",
            *options,
        ]
        return subprocess.run([*words, name, command], input=data, capture_output=True, timeout=timeout, check=False)

    # --- the end ---

    def close(self) -> None:
        """Nothing of it is left running."""
        if self._proxies is not None:
            self._proxies.close()
        for server in self.servers:
            with contextlib.suppress(OSError):
                server.thaw()
            server.power_off()


def start_hosts(
    count: int,
    folder: Path,
    *,
    user: str = "",
    shell: str = "bash",
    rc: str = "",
    path: str = "",
    home: str = "",
    tmp: str = "",
    size: str = "0",
    private: bool | None = None,
    per_daemon: int = 1,
    max_startups: str = "500:30:1000",
    max_sessions: int = 500,
    options: Mapping[str, str] | None = None,
    proxied: bool = False,
    netns: str | None = None,
    addresses: Sequence[str] = (),
) -> Hosts:
    """Start `count` hosts in `folder` (to be made) and wait until all answer. See the package's own text."""
    if reason := no_sshd():
        raise RuntimeError(reason)
    if private is None:
        private = not no_private_machines()
    user = user or ("root" if private else getpass.getuser())
    if not private and (shell != "bash" or home or tmp or size != "0" or user != getpass.getuser()):
        raise RuntimeError(no_private_machines() or "other shells, homes and users need a machine of its own")
    per_daemon = min(per_daemon, ADDRESSES)
    (folder / "operator/.ssh").mkdir(parents=True)
    folder.chmod(0o755)
    hosts = Hosts(folder)
    key = new_key(hosts.key, "operator")
    user_ca = new_key(hosts.user_authority, "user-ca")
    new_key(hosts.host_authority, "host-ca")
    if not private and os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd insists on it
    try:
        port = 22 if netns else PORT
        places = list(addresses) or _free_addresses(count, port)
        for first in range(0, count, per_daemon):
            some = places[first : first + per_daemon]
            names = [f"h{number + 1:03d}" for number in range(first, first + len(some))]
            machine = Machine(
                folder / names[0], names[0], private=private, shell=shell, home=home, tmp=tmp, size=size, netns=netns
            )
            base = f"/home/{user}" if private else str(machine.disk / "home")
            homes = {
                address: base if len(some) == 1 else f"{base}/{name}" for address, name in zip(some, names, strict=True)
            }
            bed = machine.etc / "ssh/bed"
            (bed / "authorized_keys").write_text(f"{key}\n")
            (bed / "user_ca.pub").write_text(f"{user_ca}\n")
            server = SshServer(
                machine, folder / names[0], some, port,
                max_startups=max_startups, max_sessions=max_sessions, options=dict(options or {}), homes=homes,
                environ=f"PATH={machine.tools(path)}" if path else "", netns=netns,
            )  # fmt: skip
            hosts.servers.append(server)
            _furnish(machine, user, homes.values(), rc, private=private)
            machine.boot()
            for name, address in zip(names, some, strict=True):
                hosts.hosts.append(Host(name, address, port, user, homes[address], server))
                hosts.aliases[name] = {"HostName": address, "Port": str(port), "User": user}
        for step in (lambda s: s.machine.booted(), SshServer.launch, SshServer.ready):
            for server in hosts.servers:
                step(server)
        hosts.trust()
        hosts.write_config()
        if proxied:
            for host in hosts:
                hosts.proxied(host)
    except BaseException:
        hosts.close()
        raise
    return hosts


def _furnish(machine: Machine, user: str, homes: Sequence[str], rc: str, *, private: bool) -> None:
    """Home folders, and what the login shell reads in them."""
    for home in homes:
        place = machine.disk / home.lstrip("/") if private else Path(home)
        place.mkdir(exist_ok=True, parents=True)
        for name in (".bashrc", ".cshrc") if rc else ():
            (place / name).write_text(rc + "\n")
        if private:
            for entry in (place, *place.iterdir()):
                os.chown(entry, USERS[user], USERS[user])


def _free_addresses(count: int, port: int) -> list[str]:
    """Loopback addresses where that port is free; random ones, as several test runs may be about."""
    for _ in range(100):
        block = f"127.{random.randrange(16, 250)}.{random.randrange(256)}"
        found = [f"{block}.{number}" for number in range(1, count + 1)]
        with contextlib.suppress(OSError):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((found[0], port))
            return found
    raise RuntimeError("no free loopback addresses")
