"""How connections are made: files read, times waited."""

from __future__ import annotations

from pathlib import Path

import msgspec


class SshSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds throughout. The keepalive outlasts ordinary blips of a network."""

    config: tuple[Path, ...] = ()  # ssh_config files, first wins
    known_hosts: tuple[Path, ...] = ()  # where ssh_config names none; new keys are added to the first
    global_known_hosts: tuple[Path, ...] = ()  # of the machine, where ssh_config names none
    connect_timeout: float = 10.0
    login_timeout: float = 30.0
    patience: float = 30.0  # for a host that resets the connection before the login, as MaxStartups does
    keepalive: float = 10.0
    keepalive_count: int = 3
    answer_timeout: float = 60.0
    start_patience: float = 60.0  # for a host that is lost while a command is being started on it
    follow_patience: float = 900.0  # for a host that is lost while a command runs on it
    handshakes: int = 8  # at once, for one next hop
    channels: int = 8  # at once, on one connection; sshd's MaxSessions is 10 by default
    spare: float = 30.0  # for how long a channel that is free stays open for the next command
    longest_pause: float = 15.0  # between two attempts to reconnect


def user_settings(home: Path | None = None) -> SshSettings:
    """The files OpenSSH's client reads for this user."""
    home = home or Path.home()
    candidates = (home / ".ssh" / "config", Path("/etc/ssh/ssh_config"))
    return SshSettings(
        config=tuple(path for path in candidates if path.is_file()),
        known_hosts=(home / ".ssh" / "known_hosts", home / ".ssh" / "known_hosts2"),
        global_known_hosts=(Path("/etc/ssh/ssh_known_hosts"), Path("/etc/ssh/ssh_known_hosts2")),
    )
