"""The bed holds what it says, seen through the stock client."""

from __future__ import annotations

import subprocess
import time

import pytest

from tests.ssh import PASSWORD, has, no_private_machines, until


def said(hosts, name, command, **more) -> str:
    done = hosts.ssh(name, command, **more)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def sleeping(hosts, host, seconds: str) -> subprocess.Popen[bytes]:
    """A client whose remote `sleep` has begun."""
    words = ["ssh", "-F", str(hosts.config), "-o", "BatchMode=yes", host.alias, f"sleep {seconds}"]
    client = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until(lambda: host.processes(f"sleep {seconds}"), what="the command's start")
    return client


def refused_with(hosts, name: str) -> str:
    done = hosts.ssh(name, "true", options=["-o", "ConnectTimeout=5"])
    assert done.returncode == 255
    return done.stderr.decode()


def test_hosts_answer_each_with_a_home_of_its_own_and_nothing_is_left_of_them(ssh_hosts):
    for per_daemon in (1, 16):
        with ssh_hosts(3, per_daemon=per_daemon) as hosts:
            for host in hosts:
                said(hosts, host.alias, f"echo {host.alias} >>~/mine; (setsid sleep 7711 >/dev/null 2>&1 &)")
                assert (host.home_here / "mine").read_text() == f"{host.alias}\n"
            machines = {host.machine for host in hosts}
            until(
                lambda machines=machines: sum(len(machine.processes("sleep 7711")) for machine in machines) >= 3,
                what="the start of what runs beside",
            )
            pids = [process.pid for machine in machines for process in machine.processes()]
        until(lambda pids=pids: not any(_alive(pid) for pid in pids), what="the end of all processes")


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def test_an_ordinary_users_sshd_logs_in_that_user(ssh_hosts):
    hosts = ssh_hosts(2, private=False, per_daemon=2)
    assert said(hosts, "h002", "cd && pwd").strip() == hosts[1].home
    client = sleeping(hosts, hosts[0], "7712")
    assert hosts[0].server.drop_connections()
    assert client.wait(10) == 255
    assert len(hosts[0].processes("sleep 7712")) >= 1


def test_a_dropped_link_leaves_the_command_running_a_stopped_listener_leaves_the_link(ssh_hosts):
    hosts = ssh_hosts()
    host = hosts[0]
    client = sleeping(hosts, host, "7713")
    host.server.stop()
    assert "refused" in refused_with(hosts, "h001")
    assert client.poll() is None
    host.server.start()
    assert host.server.drop_connections()
    assert client.wait(10) == 255
    assert host.processes("sleep 7713")
    assert host.server.connections() == []


def test_a_frozen_host_says_nothing_and_comes_back(ssh_hosts):
    hosts = ssh_hosts()
    hosts[0].server.freeze()
    assert "timed out" in hosts.ssh("h001", "true", options=["-o", "ConnectTimeout=1"]).stderr.decode()
    hosts[0].server.thaw()
    said(hosts, "h001", "true")


def test_a_changed_and_an_unknown_key_are_seen_as_such(ssh_hosts):
    hosts = ssh_hosts()
    hosts[0].server.change_host_key()
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in refused_with(hosts, "h001")
    hosts.forget_key(hosts[0])
    assert "Host key verification failed" in refused_with(hosts, "h001")
    hosts.trust(hosts[0])
    said(hosts, "h001", "true")


def test_too_many_at_once_are_turned_away(ssh_hosts):
    hosts = ssh_hosts(max_startups="2:100:2")
    words = ["ssh", "-F", str(hosts.config), "-o", "BatchMode=yes", "h001", "true"]
    clients = [subprocess.Popen(words, stderr=subprocess.PIPE) for _ in range(8)]
    said_ = [client.communicate(timeout=20)[1].decode() for client in clients]
    assert any("Exceeded MaxStartups" in text or "reset" in text or "closed" in text for text in said_)
    assert any(client.returncode == 0 for client in clients)


def test_a_reboot_kills_everything_and_changes_the_boot_id_but_not_the_disk(ssh_hosts):
    hosts = ssh_hosts(private=True)
    host = hosts[0]
    before = said(hosts, "h001", "echo kept >~/file; echo gone >/tmp/file; cat /proc/sys/kernel/random/boot_id")
    client = sleeping(hosts, host, "7714")
    host.server.reboot()
    assert client.wait(10) == 255
    assert not host.processes("sleep")
    after = said(hosts, "h001", "cat ~/file /proc/sys/kernel/random/boot_id; ls /tmp").split()
    assert after[0] == "kept"
    assert len(after) == 2
    assert after[1] != before.strip()


def test_machines_are_apart(ssh_hosts):
    hosts = ssh_hosts(2, private=True)
    assert said(hosts, "h002", "hostname; echo x >/tmp/x").strip() == "h002"
    assert said(hosts, "h001", "ls /tmp; ps ax").count("\n") < 10
    with pytest.raises(OSError, match="x"):
        hosts[0].machine.path("/tmp/x").stat()


@pytest.mark.parametrize("shell", ["bash", "dash", "busybox", "csh"])
def test_login_shells(ssh_hosts, shell):
    if not has(shell):
        pytest.skip(f"{shell} is not installed")
    hosts = ssh_hosts(shell=shell, rc="echo Welcome aboard", path="busybox" if shell == "busybox" else "")
    out = said(hosts, "h001", "readlink /proc/$$/exe; true")
    assert {"bash": "/bash", "dash": "/dash", "busybox": "/busybox", "csh": "/tcsh"}[shell] in out
    assert ("Welcome" in out) == (shell in ("bash", "csh"))


def test_disks_that_cannot_be_written_to(ssh_hosts):
    hosts = ssh_hosts(home="readonly", tmp="readonly")
    assert b"Read-only" in hosts.ssh("h001", "touch ~/x").stderr
    assert b"Read-only" in hosts.ssh("h001", "touch /var/tmp/x").stderr
    hosts = ssh_hosts(size="1m")
    assert hosts[0].machine.fill() > 500_000
    assert b"No space" in hosts.ssh("h001", "echo data >~/x").stderr
    hosts[0].machine.free()
    said(hosts, "h001", "echo data >~/x")


def test_sudo_asks_who_must_be_asked(ssh_hosts):
    if not has("sudo"):
        pytest.skip("sudo is not installed")
    if why := no_private_machines():
        pytest.skip(why)
    hosts = ssh_hosts(user="ops")
    for user in ("deploy", "guest"):
        hosts.alias(user, hosts[0], User=user)
    assert said(hosts, "deploy", "sudo -n id -u") == "0\n"
    assert b"password is required" in hosts.ssh("h001", "sudo -n id -u").stderr
    assert said(hosts, "h001", "sudo -S -p '' id -u", data=PASSWORD.encode() + b"\n") == "0\n"
    refused = hosts.ssh("guest", "sudo -S -p '' id -u", data=PASSWORD.encode() + b"\n")
    assert b"not in the sudoers file" in refused.stderr


def test_jump_agent_and_certificates(ssh_hosts):
    hosts = ssh_hosts(2)
    hosts.alias("far", hosts[1], ProxyJump="h001")
    said(hosts, "far", "true")
    assert "Accepted publickey" in hosts[0].server.log()
    certified = hosts.user_certificate(hosts[0].user)
    hosts.alias("by-certificate", hosts[0], IdentityFile=str(certified), IdentitiesOnly="yes")
    said(hosts, "by-certificate", "true")
    assert "Accepted publickey" in hosts[0].server.log()
    assert "ED25519-CERT" in hosts[0].server.log()
    with hosts.agent() as agent:
        listed = subprocess.run(["ssh-add", "-l"], env=agent.environ, capture_output=True, text=True, check=True)
        assert "operator" in listed.stdout
    hosts[0].server.certify(hosts.host_authority, [hosts[0].address])
    authority = hosts.host_authority.with_name("host_ca.pub").read_text()
    hosts.known_hosts.write_text(f"@cert-authority * {authority}")
    said(hosts, "h001", "true")
    assert "verification failed" in refused_with(hosts, "h002")


def test_the_proxy_cuts_to_the_byte_delays_thins_and_refuses(ssh_hosts):
    hosts = ssh_hosts(proxied=True)
    proxy = hosts[0].proxy
    said(hosts, "h001", "true")
    until(lambda: (proxy.accepted, proxy.open) == (1, 0), what="the end of the connection")
    before = proxy.down
    proxy.cut_after(20_000)
    cut = hosts.ssh("h001", "head -c 1000000 /dev/zero")
    assert cut.returncode == 255
    assert proxy.down - before == 20_000
    proxy.refuse(1)
    refused_with(hosts, "h001")
    said(hosts, "h001", "true")
    began = time.monotonic()
    proxy.delay = 0.05
    said(hosts, "h001", "true")
    assert time.monotonic() - began > 0.3
    proxy.delay, proxy.rate = 0, 400_000
    began = time.monotonic()
    assert len(said(hosts, "h001", "head -c 200000 /dev/zero")) == 200_000
    assert time.monotonic() - began > 0.4
    proxy.rate = None
    client = sleeping(hosts, hosts[0], "7715")
    proxy.freeze()
    assert client.poll() is None
    assert proxy.cut() == 1
    assert client.wait(10) == 255
    proxy.thaw()
    proxy.blackhole = True
    assert "timed out" in hosts.ssh("h001", "true", options=["-o", "ConnectTimeout=1"]).stderr.decode()


def test_a_network_that_loses_its_cable_and_its_packets(network, ssh_hosts):
    hosts = ssh_hosts(netns=network.name, addresses=[network.there])
    said(hosts, "h001", "true")
    network.blackhole()
    assert "timed out" in hosts.ssh("h001", "true", options=["-o", "ConnectTimeout=1"]).stderr.decode()
    network.heal()
    client = sleeping(hosts, hosts[0], "1.25")
    network.link(up=False)
    time.sleep(0.3)
    network.link(up=True)
    assert client.wait(20) == 0
    network.limit("8mbit")
    began = time.monotonic()
    said(hosts, "h001", "head -c 500000 /dev/zero >&2; true")
    assert time.monotonic() - began > 0.4
