"""Is this the host it says it is? known_hosts, read once a change, and one strict answer for every key shown."""

from __future__ import annotations

import base64
import hmac
import os
import threading
from enum import StrEnum
from hashlib import sha1
from pathlib import Path

import asyncssh
import msgspec
from asyncssh.known_hosts import SSHKnownHosts, import_known_hosts

from runbook_tui.targets.ssh.destination import DEFAULT_PORT, Destination


class KeyVerdict(StrEnum):
    KNOWN = "known"
    UNKNOWN = "unknown"
    OTHER_TYPE = "other type"  # the host is known by a key of another algorithm
    CHANGED = "changed"
    REVOKED = "revoked"


class KnownKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What known_hosts says about one host."""

    trusted: tuple[asyncssh.SSHKey, ...] = ()
    authorities: tuple[asyncssh.SSHKey, ...] = ()
    revoked: tuple[asyncssh.SSHKey, ...] = ()

    def verdict(self, key: asyncssh.SSHKey) -> KeyVerdict:
        if key in self.revoked:
            return KeyVerdict.REVOKED
        if key in self.trusted:
            return KeyVerdict.KNOWN
        if not self.trusted:
            return KeyVerdict.UNKNOWN
        same = any(known.algorithm == key.algorithm for known in self.trusted)
        return KeyVerdict.CHANGED if same else KeyVerdict.OTHER_TYPE

    def algorithms(self) -> list[str] | None:
        """Those to ask the server for, the known ones first; None: asyncssh's own order, without certificates."""
        wanted: list[str] = []
        for key in self.trusted:
            wanted += [name.decode() for name in key.sig_algorithms]
        every = [name.decode() for name in asyncssh.public_key.get_default_public_key_algs()]
        if self.authorities:
            wanted = [name.decode() for name in asyncssh.public_key.get_default_certificate_algs()] + wanted
        return list(dict.fromkeys([*wanted, *every]))


class HostKeys:
    """The known_hosts files, parsed when they change. Thread-safe: thousands of entries are read off the loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parsed: dict[Path, tuple[tuple[int, int], SSHKnownHosts, SSHKnownHosts]] = {}
        self._found: dict[tuple[Path, str, int], tuple[tuple[int, int], KnownKeys]] = {}

    def of(self, where: Destination) -> KnownKeys:
        """What the files say about this host; a file that is not there says nothing."""
        with self._lock:
            parts = [self._in_file(path, where) for path in where.known_hosts]
        return KnownKeys(
            trusted=tuple(key for part in parts for key in part.trusted),
            authorities=tuple(key for part in parts for key in part.authorities),
            revoked=tuple(key for part in parts for key in part.revoked),
        )

    def _in_file(self, path: Path, where: Destination) -> KnownKeys:
        try:
            stat = path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            parsed = self._parsed.get(path)
            if parsed is None or parsed[0] != stamp:
                text = path.read_text("utf-8", "replace")
                parsed = self._parsed[path] = (stamp, _parsed(text), _revocations(text))
        except OSError:
            return KnownKeys()
        at = (path, where.key_name, where.port)
        found = self._found.get(at)
        if found is None or found[0] != stamp:
            found = self._found[at] = (stamp, _lookup(parsed[1], parsed[2], where))
        return found[1]


def _parsed(text: str) -> SSHKnownHosts:
    try:
        return import_known_hosts(text)
    except ValueError:
        hosts = SSHKnownHosts()
        for line in text.splitlines():  # one bad line must not hide the others
            try:
                hosts.load(line)
            except ValueError:
                continue
        return hosts


def _revocations(text: str) -> SSHKnownHosts:
    """The @revoked lines as plain ones: asyncssh drops one for `[host]:port` that has no other line beside it."""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("@revoked")]
    return _parsed("\n".join(line.split(None, 1)[1] for line in lines if len(line.split(None, 1)) > 1))


def _lookup(hosts: SSHKnownHosts, revocations: SSHKnownHosts, where: Destination) -> KnownKeys:
    ports = [None] if where.port == DEFAULT_PORT else [where.port, None]
    found = hosts.match(where.key_name, "", ports[0])
    revoked = [*found[2], *(key for port in ports for key in revocations.match(where.key_name, "", port)[0])]
    return KnownKeys(trusted=tuple(found[0]), authorities=tuple(found[1]), revoked=tuple(dict.fromkeys(revoked)))


def known_hosts_line(where: Destination, key: asyncssh.SSHKey) -> str:
    """As OpenSSH writes it."""
    name = where.key_name if where.port == DEFAULT_PORT else f"[{where.key_name}]:{where.port}"
    if where.hash_known_hosts:
        salt = os.urandom(20)
        digest = hmac.new(salt, name.encode(), sha1).digest()
        name = f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"
    algorithm, data = key.export_public_key("openssh").decode().split()[:2]
    return f"{name} {algorithm} {data}"


def add_known_host(path: Path, line: str) -> Path:
    """Append the line to the user's own file. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        unfinished = False
        if size:
            file.seek(-1, os.SEEK_END)
            unfinished = file.read(1) != b"\n"
        file.write((b"\n" if unfinished else b"") + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return path
