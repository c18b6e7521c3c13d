"""What ssh_config says, read as OpenSSH reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_tui.run.fleet import HostSpec
from runbook_tui.run.ports import TargetError
from runbook_tui.targets.ssh.destination import destination
from runbook_tui.targets.ssh.settings import SshSettings


@pytest.fixture
def of(tmp_path, monkeypatch):
    """Where `web` leads by this text."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOGNAME", "ana")
    settings = SshSettings(known_hosts=(tmp_path / "known",), global_known_hosts=(tmp_path / "all",))

    def read(text: str, name: str = "web"):
        path = tmp_path / "config"
        path.write_text(text)
        return destination(HostSpec(name=name), settings, [path])[0]

    return read


def test_a_comment_at_the_end_of_a_line(of):
    where = of("Host web db # the new ones\n  HostName 10.0.0.7   # since May\n  Port 2222 #x\n  Tunnel no # none\n")
    assert (where.hostname, where.port) == ("10.0.0.7", 2222)
    assert where.ignored == ("tunnel no of ssh_config is not followed",)
    assert of('Host web\n  IdentityFile "~/a key" # mine\n').key_files == ("~/a key",)


@pytest.mark.parametrize(
    ("said", "seconds"), [("15", 15), ("15s", 15), ("1m30s", 90), ("2M", 120), ("1h", 3600), ("0", 10), ("none", 10)]
)
def test_times_with_their_units(of, said, seconds):
    where = of(f"Host web\n  ServerAliveInterval {said}\n  ConnectTimeout {said}\n")
    assert (where.keepalive, where.connect_timeout) == (seconds, seconds)


def test_a_time_that_is_none_is_refused_with_its_line(of):
    with pytest.raises(TargetError, match=r"line 2.*15 apples"):
        of('Host web\n  ServerAliveInterval "15 apples"\n')


def test_files_of_known_hosts(of, tmp_path):
    everybodys = tmp_path / "all"
    assert of("Host web\n").known_hosts == (tmp_path / "known", everybodys)
    # What the machine's file revokes holds for files of one's own as well.
    assert of("Host web\n  UserKnownHostsFile ~/mine\n").known_hosts == (tmp_path / "mine", everybodys)
    assert of("Host web\n  GlobalKnownHostsFile none\n").known_hosts == (tmp_path / "known",)
    assert of("Host web\n").own_known_hosts == tmp_path / "known"
    where = of("Host web\n  UserKnownHostsFile none\n  GlobalKnownHostsFile /etc/all\n")
    assert (where.known_hosts, where.own_known_hosts) == ((Path("/etc/all"),), None)  # new keys never go to everybody's
    where = of("Host web\n  HostName 10.0.0.7\n  HostKeyAlias w\n  UserKnownHostsFile ~/d/%k-%h-%p-%% %x\n")
    assert where.known_hosts == (tmp_path / "d/w-10.0.0.7-22-%", Path("%x"), everybodys)
    assert of("Host web\n  UserKnownHostsFile ~/d/%k\n").own_known_hosts == tmp_path / "d/web"


def test_no_jump_host_where_none_is_said_first(of):
    assert of("Host web\n  ProxyJump none\nHost *\n  ProxyJump bastion\n").jumps == ()
    assert of("Host *\n  ProxyJump a,ben@b:2200\n").jumps == ("a", "ben@b:2200")
