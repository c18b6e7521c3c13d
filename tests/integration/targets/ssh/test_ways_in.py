"""Host keys, jump hosts, agents, certificates, ssh_config: how a host is reached, and when it is not."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

from runbook_tui.run.ports import StandingPhase, TargetError
from runbook_tui.targets.ssh import destination
from runbook_tui.targets.ssh.faults import AccessDenied, HostKeyRefused, HostKeyUnknown, Unreachable
from tests.ssh.keys import new_key


async def test_a_changed_key_is_refused_and_nothing_is_sent(ssh_hosts, app_for):
    hosts = ssh_hosts(2)
    app = app_for(hosts)
    assert (await app.run("true"))[0].exit == 0
    hosts[0].server.change_host_key()
    hosts[0].server.drop_connections()
    again = app_for(hosts)
    with pytest.raises(HostKeyRefused, match="another ssh-ed25519 key") as caught:
        await again.run("touch ~/it-ran")
    assert "ssh-keygen -R" in str(caught.value)
    assert again.target().standing.phase is StandingPhase.REFUSED
    assert (await again.run("echo other", on="h002"))[1] == b"other\n"
    assert not (hosts[0].home_here / "it-ran").exists()
    assert "Accepted" not in hosts[0].server.log().rpartition("Server listening")[2]


async def test_a_key_that_changes_while_a_job_runs_is_not_followed(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts)
    order = app.order("echo one; sleep 1; echo two")
    job = await app.target().start(order)
    hosts[0].server.change_host_key()
    hosts[0].server.drop_connections()
    with pytest.raises(HostKeyRefused):
        await job.wait()
    hosts.trust(hosts[0])
    job = await app.target().attach("r1", order.job)
    assert b"".join([chunk async for chunk in job.output()]) == b"one\ntwo\n"


async def test_the_way_to_remove_an_old_key_that_is_told_works(ssh_hosts, app_for):
    hosts = ssh_hosts()
    hosts[0].server.change_host_key()
    app = app_for(hosts)
    with pytest.raises(HostKeyRefused) as caught:
        await app.run("true")
    command = str(caught.value).rpartition("with: ")[2].rstrip(".")
    assert command.startswith("ssh-keygen -R ")
    done = subprocess.run(
        ["sh", "-c", f"{command} -f {hosts.known_hosts}"], capture_output=True, text=True, check=False
    )
    assert "updated" in done.stdout + done.stderr, done
    with pytest.raises(HostKeyUnknown):
        await app.run("true")


async def test_an_unknown_key_is_a_question_and_taken_over_once_answered(ssh_hosts, app_for):
    hosts = ssh_hosts(2)
    hosts.forget_key(hosts[0])
    app = app_for(hosts)
    with pytest.raises(HostKeyUnknown) as caught:
        await app.run("touch ~/it-ran")
    assert not (hosts[0].home_here / "it-ran").exists()
    line = hosts[0].server.host_key
    listed = subprocess.run(["ssh-keygen", "-lf", "-"], input=line, capture_output=True, text=True, check=True).stdout
    assert caught.value.fingerprint in listed
    assert caught.value.fingerprint in str(caught.value)
    assert await app.hosts.trust(caught.value) == hosts.known_hosts
    assert (await app.run("true"))[0].exit == 0
    assert hosts.ssh("h001", "true").returncode == 0  # written as OpenSSH reads it


async def test_a_key_is_taken_over_nowhere_where_ssh_config_keeps_none(ssh_hosts, app_for, monkeypatch, tmp_path):
    hosts = ssh_hosts()
    monkeypatch.chdir(tmp_path)
    hosts.config.write_text("Host *\n    UserKnownHostsFile none\n" + hosts.config.read_text())
    app = app_for(hosts)
    with pytest.raises(HostKeyUnknown) as unknown:
        await app.run("true")
    with pytest.raises(TargetError, match="keeps no known hosts for h001"):
        await app.hosts.trust(unknown.value)
    assert not (tmp_path / "none").exists()


async def test_a_key_for_another_port_is_not_a_key_for_this_one(ssh_hosts, app_for):
    hosts = ssh_hosts(2)
    lines = hosts.known_hosts.read_text().splitlines()
    other = next(line for line in lines if hosts[1].address in line)
    hosts.known_hosts.write_text(f"[{hosts[0].address}]:2222 {other.split(' ', 1)[1]}\n")
    with pytest.raises(HostKeyUnknown):
        await app_for(hosts).run("true")


@pytest.mark.parametrize("hashed", [False, True])
async def test_revoked_and_hashed_keys(ssh_hosts, app_for, hashed):
    hosts = ssh_hosts(2)
    if hashed:
        subprocess.run(["ssh-keygen", "-H", "-f", str(hosts.known_hosts)], check=True, capture_output=True)
        assert hosts[0].address not in hosts.known_hosts.read_text()
    assert (await app_for(hosts).run("true"))[0].exit == 0
    key = " ".join(hosts[0].server.host_key.split()[:2])
    with hosts.known_hosts.open("a") as file:
        file.write(f"@revoked [{hosts[0].address}]:{hosts[0].port} {key}\n")
    with pytest.raises(HostKeyRefused, match="revoked"):
        await app_for(hosts).run("true")


async def test_a_user_the_host_does_not_let_in(ssh_hosts, app_for):
    hosts = ssh_hosts()
    wrong = hosts.folder / "wrong"
    new_key(wrong)
    hosts.alias("locked", hosts[0], IdentityFile=str(wrong), IdentitiesOnly="yes")
    app = app_for(hosts)
    with pytest.raises(AccessDenied, match="locked"):
        await app.run("true", on="locked")
    attempts = hosts[0].server.log().count("Connection from")
    assert attempts <= 2  # one of them the bed's own look at the banner: refused logins are not repeated


async def test_nobody_there(ssh_hosts, app_for):
    hosts = ssh_hosts()
    hosts[0].server.stop()
    with pytest.raises(Unreachable, match="refused"):
        await app_for(hosts, patience=0.5, start_patience=0.5).run("true")


async def test_a_name_without_an_address(ssh_hosts, app_for):
    hosts = ssh_hosts()
    with pytest.raises(Unreachable, match=r"no address|cannot be reached"):
        await app_for(hosts, start_patience=0.5).run("true", on="no-such-host.invalid")


# --- the ways ------------------------------------------------------------------------------------


async def test_through_a_jump_host_and_a_second_one(ssh_hosts, app_for):
    hosts = ssh_hosts(3)
    hosts.alias("near", hosts[1], ProxyJump="h001")
    hosts.alias("far", hosts[2], ProxyJump="h001,h002")
    app = app_for(hosts)
    for name in ("near", "far"):
        result, out = await app.run("hostname; exit 3", on=name)
        assert result.exit == 3
    assert out.decode().strip() in ("h003", subprocess.run(["hostname"], capture_output=True, text=True).stdout.strip())
    hosts[0].server.stop()
    with pytest.raises(Unreachable, match="h001"):
        await app_for(hosts, patience=0.5, start_patience=0.5).run("true", on="far")


async def test_jump_hosts_in_a_circle_are_told_and_not_waited_for(ssh_hosts, app_for):
    hosts = ssh_hosts(3)
    own = hosts.config.read_text()
    app = app_for(hosts)
    async with asyncio.timeout(20):
        hosts.config.write_text("Host *\n    ProxyJump h002\n" + own)
        with pytest.raises(TargetError, match="circle: h001 → h002 → h002"):
            await app.target("h001").boot_id()
        hosts.config.write_text("Host h003\n    ProxyJump none\nHost h00[123]\n    ProxyJump h003\n" + own)
        assert (await app_for(hosts).run("exit 3"))[0].exit == 3
        hosts.config.write_text("Host h002\n    ProxyJump h003\nHost h003\n    ProxyJump h002\n" + own)
        both = app_for(hosts)
        asked = (both.target(name).boot_id() for name in ("h002", "h003"))
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(error, TargetError) and "circle" in str(error) for error in found)
        # What ssh_config says of the second of two hops does not make the way longer, as with ssh -J.
        hosts.config.write_text("Host h001\n    ProxyJump h003,h002\nHost h002\n    ProxyJump h001\n" + own)
        assert (await app_for(hosts).run("exit 4"))[0].exit == 4


async def test_a_jump_host_that_restarts(ssh_hosts, app_for):
    hosts = ssh_hosts(4)
    for host in list(hosts)[1:]:
        hosts.alias(f"{host.alias}-far", host, ProxyJump="h001")
    app = app_for(hosts)
    names = [f"{host.alias}-far" for host in list(hosts)[1:]]
    jobs = [await app.target(name).start(app.order("echo one; sleep 1.2; echo two; exit 5")) for name in names]
    reading = [asyncio.create_task(_read(job)) for job in jobs]
    await asyncio.sleep(0.3)
    hosts[0].server.restart(drop=True)
    async with asyncio.timeout(30):
        assert await asyncio.gather(*reading) == [b"one\ntwo\n"] * 3
    assert [(await job.wait()).exit for job in jobs] == [5, 5, 5]
    # One connection to the bastion, however many hosts are behind it.
    assert hosts[0].server.log().rpartition("Server listening")[2].count("Accepted publickey") == 1


async def test_the_key_of_a_jump_host_is_checked_too(ssh_hosts, app_for):
    hosts = ssh_hosts(2)
    hosts.alias("far", hosts[1], ProxyJump="h001")
    hosts[0].server.change_host_key()
    with pytest.raises(TargetError, match=r"(?s)h001.*another ssh-ed25519 key"):
        await app_for(hosts).run("true", on="far")


async def test_an_agents_key(ssh_hosts, app_for, monkeypatch):
    hosts = ssh_hosts()
    hosts.alias("by-agent", hosts[0], IdentityFile="/nonexistent")
    with hosts.agent() as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent.socket))
        assert (await app_for(hosts).run("true", on="by-agent"))[0].exit == 0
    monkeypatch.delenv("SSH_AUTH_SOCK")
    with pytest.raises(AccessDenied):
        await app_for(hosts).run("true", on="by-agent")


async def test_the_default_keys_are_offered_only_where_none_is_named(ssh_hosts, app_for, monkeypatch):
    """As OpenSSH does it: the key that would open the door lies at a default place."""
    hosts = ssh_hosts()
    monkeypatch.setenv("HOME", str(hosts.home))
    where = f"    HostName {hosts[0].address}\n    Port {hosts[0].port}\n    User {hosts[0].user}\n"
    config = hosts.folder / "config"
    config.write_text(f"Host plain\n{where}Host other\n{where}    IdentityFile /nonexistent\n")
    app = app_for(hosts, config=(config,))
    assert (await app.run("true", on="plain"))[0].exit == 0
    with pytest.raises(AccessDenied):
        await app.run("true", on="other")


async def test_a_public_key_file_chooses_among_the_agents_keys(ssh_hosts, app_for, monkeypatch):
    hosts = ssh_hosts()
    moved = hosts.folder / "in-the-agent-only"
    hosts.key.rename(moved)
    hosts.alias("chosen", hosts[0], IdentityFile=str(hosts.key), IdentitiesOnly="yes")
    others = [hosts.folder / f"other{number}" for number in range(8)]  # more than sshd lets one try
    for other in others:
        new_key(other)
    with hosts.agent(*others, moved) as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent.socket))
        assert (await app_for(hosts).run("true", on="chosen"))[0].exit == 0


async def test_certificates_of_users_and_hosts(ssh_hosts, app_for):
    hosts = ssh_hosts(2)
    certified = hosts.user_certificate(hosts[0].user)
    hosts.alias("certified", hosts[0], IdentityFile=str(certified), IdentitiesOnly="yes")
    app = app_for(hosts)
    assert (await app.run("true", on="certified"))[0].exit == 0
    assert "ED25519-CERT" in hosts[0].server.log()
    old = hosts.user_certificate(hosts[0].user, valid="20200101:20200102")
    hosts.alias("expired", hosts[0], IdentityFile=str(old), IdentitiesOnly="yes")
    with pytest.raises(AccessDenied):
        await app_for(hosts).run("true", on="expired")
    hosts[0].server.certify(hosts.host_authority, [hosts[0].address])
    authority = hosts.host_authority.with_name("host_ca.pub").read_text()
    hosts.known_hosts.write_text(f"@cert-authority * {authority}")
    app = app_for(hosts)
    assert (await app.run("true"))[0].exit == 0
    with pytest.raises(HostKeyUnknown):
        await app.run("true", on="h002")


async def test_a_host_certificate_for_another_name_is_refused(ssh_hosts, app_for):
    hosts = ssh_hosts()
    hosts[0].server.certify(hosts.host_authority, ["another.example"])
    authority = hosts.host_authority.with_name("host_ca.pub").read_text()
    hosts.known_hosts.write_text(f"@cert-authority * {authority}")
    with pytest.raises(HostKeyRefused):
        await app_for(hosts).run("true")


async def test_match_blocks_and_aliases_of_ssh_config(ssh_hosts, app_for):
    hosts = ssh_hosts(1)
    host = hosts[0]
    hosts.write_config(
        f'Match originalhost alias exec "test -d /"\n    HostName {host.address}\n    Port {host.port}\n'
        f"    User {host.user}\n    IdentityFile {hosts.key}\n"
    )
    assert (await app_for(hosts).run("true", on="alias"))[0].exit == 0


async def _read(job) -> bytes:
    return b"".join([chunk async for chunk in job.output()])


@pytest.mark.parametrize(("said", "first"), [("", "aes128-gcm@openssh.com"), ("Ciphers aes256-ctr\n", "aes256-ctr")])
async def test_the_quicker_cipher_comes_first_unless_ssh_config_names_others(
    ssh_hosts, app_for, monkeypatch, said, first
):
    monkeypatch.setattr(destination, "_has_aes", lambda: True)
    hosts = ssh_hosts()
    hosts.config.write_text(said + hosts.config.read_text())
    app = app_for(hosts)
    target = app.target()
    assert (await app.run("echo on"))[1] == b"on\n"
    connection = await app.hosts._loop.run(target._remote.link.connection())
    assert connection.get_extra_info("recv_cipher") == first
    assert connection.get_extra_info("send_cipher") == first


async def test_without_aes_in_hardware_nothing_is_preferred(monkeypatch):
    where = destination.Destination(
        name="h", address="h", hostname="h", port=22, user="u", key_name="h", keepalive=1, keepalive_count=1
    )
    monkeypatch.setattr(destination, "_has_aes", lambda: False)
    assert destination.ciphers(where) == {}
