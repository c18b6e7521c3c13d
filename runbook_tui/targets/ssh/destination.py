"""Where a host name leads, by ssh_config: address, port, user, jump hosts, and what of the file is not followed."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import asyncssh
import msgspec
from asyncssh.config import SSHClientConfig, SSHConfig

from runbook_tui.run.fleet import FleetError, HostSpec, parsed_host
from runbook_tui.run.ports import TargetError
from runbook_tui.targets.ssh.settings import SshSettings

DEFAULT_PORT = 22
AES = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
DEFAULT_KEYS = tuple(  # ssh_config(5), IdentityFile
    f"~/.ssh/id_{kind}" for kind in ("rsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk", "dsa")
)

# Not followed here, and of no consequence to where a command runs or who may read along.
_HARMLESS = frozenset(
    {"addkeystoagent", "batchmode", "checkhostip", "connectionattempts", "controlpath", "controlpersist", "escapechar"}
    | {"exitonforwardfailure", "fingerprinthash", "hashknownhosts", "ignoreunknown", "ipqos", "loglevel", "logverbose"}
    | {"nohostauthenticationforlocalhost", "numberofpasswordprompts", "pubkeyacceptedalgorithms", "sessiontype"}
    | {"stdinnull", "streamlocalbindmask", "streamlocalbindunlink", "syslogfacility", "updatehostkeys", "usekeychain"}
    | {"verifyhostkeydns", "visualhostkey", "xauthlocation", "forwardx11", "forwardx11timeout", "permitlocalcommand"}
    | {"obscurekeystroketiming", "hostbasedacceptedalgorithms", "pubkeyacceptedkeytypes", "canonicalizepermittedcnames"}
)


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    name: str  # of the target, as the record has it
    address: str  # what ssh_config is asked for: the alias as written
    hostname: str
    port: int
    user: str
    key_name: str  # under which known_hosts knows it
    jumps: tuple[str, ...] = ()  # `user@host:port`, nearest first
    known_hosts: tuple[Path, ...] = ()
    own_known_hosts: Path | None = None  # the user's own, where new keys go
    keepalive: float
    keepalive_count: int
    connect_timeout: float = SshSettings().connect_timeout
    hash_known_hosts: bool = False
    ignored: tuple[str, ...] = ()  # settings of ssh_config that are not followed here
    key_files: tuple[str, ...] = ()  # as ssh_config names them, there or not
    certificate_files: tuple[str, ...] = ()
    only_named_keys: bool = False
    names_ciphers: bool = False  # ssh_config does
    agent: str | None = None  # IdentityAgent as written

    @property
    def shown(self) -> str:
        return f"{self.user}@{self.hostname}" + ("" if self.port == DEFAULT_PORT else f":{self.port}")


class _Exactly(list[str]):
    """Keys to offer, also when there are none: for an empty list asyncssh would look for default ones."""

    def __bool__(self) -> bool:
        return True


def identities(where: Destination) -> dict[str, object]:
    """What to log in with, in asyncssh's words. As for OpenSSH, a file it names need not be there; blocks.

    Where none is named, OpenSSH's default ones in its order, not asyncssh's; where some are named, no others.
    """
    names = where.key_files or DEFAULT_KEYS
    found = [_usable(name, public_too=where.only_named_keys) for name in names]
    words: dict[str, object] = {"client_keys": _Exactly(name for name in found if name), "ignore_encrypted": True}
    if where.certificate_files:
        words["client_certs"] = [name for name in where.certificate_files if _usable(name)]
    if where.agent is not None:
        words["agent_path"] = _agent_socket(where.agent)
    return words


def ciphers(where: Destination) -> dict[str, object]:
    """AES-GCM first where this machine has it in hardware and ssh_config names none: half the time of ChaCha20."""
    return {} if where.names_ciphers or not _has_aes() else {"encryption_algs": f"^{','.join(AES)}"}


@cache
def _has_aes() -> bool:
    """As Linux tells it on x86-64 and on ARM; elsewhere it is not asked."""
    try:
        lines = Path("/proc/cpuinfo").read_text("ascii", "replace").lower().splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith(("flags", "features"))), "")
    return "aes" in flags.split()


def _agent_socket(written: str) -> str | None:
    """ssh_config(5): a path, `none`, `SSH_AUTH_SOCK`, or the name of another variable after a dollar sign."""
    if written.lower() == "none":
        return None
    if written == "SSH_AUTH_SOCK":
        return os.environ.get(written)
    return os.environ.get(written[1:]) if written.startswith("$") else written


def _usable(name: str, *, public_too: bool = False) -> str | None:
    """The file; or the public half beside it, which is enough to choose a key of the agent."""
    for candidate in (name, f"{name}.pub") if public_too else (name,):
        if os.access(Path(candidate).expanduser(), os.R_OK):
            return candidate
    return None


_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}  # of times, sshd_config(5)
_TIME = re.compile(r"(?:\d+[smhdw]?)+", re.IGNORECASE)
_TIMES = ("serveraliveinterval", "connecttimeout")


class _Handlers(dict[str, Any]):
    """Reads a line as OpenSSH does where asyncssh refuses it: a comment at its end, a time with its unit.

    Keeps the settings asyncssh would skip without a word.
    """

    def __getitem__(self, option: str) -> tuple[str, Any]:
        name, handler = super().__getitem__(option)

        def handle(config: _Config, name: str, args: list[str]) -> None:
            comment = next((at for at, word in enumerate(args) if word.startswith("#")), None)
            if comment:
                del args[comment:]
            if option in _TIMES and args:
                if args[0].lower() == "none":
                    args.clear()
                    return
                args[0] = _seconds(args[0])
            handler(config, name, args)

        return name, handle

    def __missing__(self, option: str) -> tuple[str, Any]:
        def keep(config: _Config, name: str, args: list[str]) -> None:
            config.skipped.setdefault(name, " ".join(args))
            args.clear()

        return option, keep


def _seconds(text: str) -> str:
    """`1m30s` as seconds; anything else as it is, to be refused in asyncssh's words."""
    if not _TIME.fullmatch(text):
        return text
    parts = re.findall(r"(\d+)([smhdw]?)", text.lower())
    return str(sum(int(number) * _UNITS[unit] for number, unit in parts))


class _Config(SSHClientConfig):
    _handlers = _Handlers(SSHClientConfig._handlers)  # noqa: SLF001  # the only way to see them

    def __init__(self, *args: Any) -> None:
        self.skipped: dict[str, str] = {}
        super().__init__(*args)

    def expanded(self, text: str) -> str:
        """With the tokens of ssh_config(5) in it replaced; asyncssh does not do it for files of known hosts."""
        tokens = {**self._tokens, "k": str(self.get("HostKeyAlias") or self._orig_host), "%": "%"}
        return re.sub(r"%(.)", lambda found: tokens.get(found[1], found[0]), text)


class ReadConfig(asyncssh.SSHClientConnectionOptions):
    """What ssh_config says of one host, for asyncssh, which takes it read already only from earlier options.

    Reading a file of a few hundred hosts takes longer than the handshake; once is enough.
    """

    def __init__(self, config: SSHClientConfig) -> None:  # nothing of a connection's is prepared here
        self.kwargs = {}
        self.config = config


def destination(spec: HostSpec, settings: SshSettings, files: Sequence[Path]) -> tuple[Destination, ReadConfig | None]:
    """What these ssh_config files say of this host; blocks (Match exec runs programs).

    The second is None when asyncssh has to read them itself, as a name or a `Match final` is only settled on the way.
    Raises TargetError when a file cannot be used.
    """
    config = _read(spec, files)
    settled = not config.has_match_final() and not config.get("CanonicalizeHostname")
    return _destination(spec, settings, config), ReadConfig(config) if settled else None


def _destination(spec: HostSpec, settings: SshSettings, config: _Config) -> Destination:
    hostname = _text(config, "Hostname") or spec.reached_at
    port = int(str(config.get("Port", DEFAULT_PORT)))
    interval = float(str(config.get("ServerAliveInterval", 0)))
    return Destination(
        name=spec.name,
        address=spec.reached_at,
        hostname=hostname,
        port=port,
        user=_text(config, "User") or _local_user(),
        key_name=_text(config, "HostKeyAlias") or hostname,
        jumps=tuple(hop.strip() for hop in (_text(config, "ProxyJump") or "").split(",") if hop.strip()),
        known_hosts=_known_hosts(config, settings),
        own_known_hosts=next(iter(_user_known_hosts(config, settings)), None),
        keepalive=interval or settings.keepalive,
        keepalive_count=int(str(config.get("ServerAliveCountMax", settings.keepalive_count))),
        connect_timeout=float(str(config.get("ConnectTimeout", 0))) or settings.connect_timeout,
        hash_known_hosts=config.skipped.get("hashknownhosts", "no").lower() in ("yes", "true"),
        ignored=tuple(_ignored(config.skipped)),
        key_files=_names(config, "IdentityFile"),
        certificate_files=_names(config, "CertificateFile"),
        agent=_text(config, "IdentityAgent"),
        only_named_keys=bool(config.get("IdentitiesOnly")),
        names_ciphers=bool(config.get("Ciphers")),
    )


def hop_spec(hop: str) -> HostSpec:
    """A hop of ProxyJump as a host. Raises TargetError."""
    try:
        return parsed_host(hop)
    except FleetError as error:
        raise TargetError(f"ProxyJump {hop!r} of ssh_config cannot be used: {error}") from None


def _read(spec: HostSpec, files: Sequence[Path]) -> _Config:
    user: object = spec.user or ()
    port: object = spec.port or ()
    try:
        return cast(
            "_Config",
            _Config.load(None, list(files), False, False, False, _local_user(), user, spec.reached_at, port),
        )
    except (OSError, ValueError) as error:
        raise TargetError(f"ssh_config cannot be used for {spec.name}: {error}. Nothing was run.") from error


def _local_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise TargetError("This process has no user name, and ssh needs one: set LOGNAME. Nothing was run.") from None


def _text(config: SSHConfig, option: str) -> str | None:
    value = config.get(option)
    return str(value) if value else None


def _names(config: SSHConfig, option: str) -> tuple[str, ...]:
    value = config.get(option)
    return tuple(str(name) for name in value) if isinstance(value, list) else ()


def _known_hosts(config: _Config, settings: SshSettings) -> tuple[Path, ...]:
    named = _files(config, "GlobalKnownHostsFile")
    everybodys = settings.global_known_hosts if named is None else named
    return tuple(dict.fromkeys((*_user_known_hosts(config, settings), *everybodys)))


def _user_known_hosts(config: _Config, settings: SshSettings) -> tuple[Path, ...]:
    named = _files(config, "UserKnownHostsFile")
    return settings.known_hosts if named is None else named


def _files(config: _Config, option: str) -> tuple[Path, ...] | None:
    value = config.get(option)
    return tuple(Path(config.expanded(str(path))).expanduser() for path in value) if isinstance(value, list) else None


def _ignored(skipped: dict[str, str]) -> list[str]:
    """For the preflight: what this user's ssh would do and we do not."""
    notes = []
    for option, value in skipped.items():
        if option in _HARMLESS:
            continue
        if option == "stricthostkeychecking":
            if value.lower() not in ("yes", "true", "ask"):
                notes.append(f"StrictHostKeyChecking {value} is not followed: host keys are always checked")
        elif option == "controlmaster":
            if value.lower() not in ("no", "false"):
                notes.append("ControlMaster is not used: a connection of its own is kept open")
        else:
            notes.append(f"{option} {value} of ssh_config is not followed")
    return notes
