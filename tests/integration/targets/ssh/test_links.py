"""Links break, hosts go silent, sshd is restarted: the job goes on, and its output is whole."""

from __future__ import annotations

import asyncio
import time

import pytest

from runbook_tui.run.ports import JobPhase, StandingPhase, TargetError
from runbook_tui.targets.ssh.faults import Unreachable
from tests.integration.targets.conftest import eventually
from tests.integration.targets.ssh import cutting


async def test_a_link_cut_anywhere_loses_nothing_and_repeats_nothing(ssh_hosts, app_for):
    hosts = ssh_hosts(4, proxied=True)
    app = app_for(hosts)
    seeds = range(1000, 1008)
    stories = await asyncio.gather(
        *(cutting.cut_job(app, host, seed) for host, seed in zip([*hosts, *hosts], seeds, strict=True)),
    )
    assert all(story.holds for story in stories), stories


async def test_a_link_cut_again_and_again(ssh_hosts, app_for):
    hosts = ssh_hosts(1, proxied=True)
    story = await cutting.cut_job(app_for(hosts), hosts[0], seed=7, cuts=6)
    assert story.holds, story


async def test_a_restart_of_sshd_does_not_end_a_job(ssh_hosts, app_for):
    hosts = ssh_hosts()
    job = await app_for(hosts).target().start(app_for(hosts).order("echo one; sleep 1; echo two; exit 5"))
    hosts[0].server.restart(drop=True)
    out = b"".join([chunk async for chunk in job.output()])
    result = await job.wait()
    assert (out, result.exit) == (b"one\ntwo\n", 5)


async def test_an_sshd_that_is_away_for_a_while_is_waited_for_and_said_so(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts)
    job = await app.target().start(app.order("for i in 1 2 3 4 5 6; do echo $i; sleep 0.3; done"))
    reading = asyncio.create_task(_read(job))
    await asyncio.sleep(0.4)
    hosts[0].server.stop()
    hosts[0].server.drop_connections()
    await eventually(lambda: app.target().standing.phase in (StandingPhase.RECONNECTING, StandingPhase.UNREACHABLE))
    await asyncio.sleep(1.5)
    hosts[0].server.start()
    async with asyncio.timeout(20):
        assert await reading == b"1\n2\n3\n4\n5\n6\n"
    assert (await job.wait()).exit == 0
    assert app.target().standing.phase is StandingPhase.OPEN


async def test_a_host_that_stays_away_is_given_up_after_a_deadline_and_its_job_is_there_later(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts, follow_patience=2.0, patience=1.0)
    order = app.order("echo one; sleep 2; echo two; exit 6")
    job = await app.target().start(order)
    hosts[0].server.stop()
    hosts[0].server.drop_connections()
    async with asyncio.timeout(20):
        with pytest.raises(Unreachable, match="h001"):
            await _read(job)
    hosts[0].server.start()
    job = await app.target().attach(order.run, order.job)
    assert await _read(job) == b"one\ntwo\n"
    assert (await job.wait()).exit == 6


async def test_a_host_that_never_answers_does_not_hold_up_the_others(ssh_hosts, app_for):
    hosts = ssh_hosts(6, proxied=True)
    hosts[2].proxy.blackhole = True
    app = app_for(hosts, connect_timeout=1.0, login_timeout=1.0, patience=1.0, start_patience=1.0)
    began = time.monotonic()
    done = await asyncio.gather(*(app.run("echo $HOME", on=host) for host in hosts), return_exceptions=True)
    assert time.monotonic() - began < 15
    assert isinstance(done[2], Unreachable)
    assert "h003" in str(done[2])
    assert [d[0].exit for i, d in enumerate(done) if i != 2] == [0] * 5
    assert app.target(hosts[2]).standing.phase is StandingPhase.UNREACHABLE


async def test_a_host_that_falls_silent_is_noticed_and_found_again(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts, keepalive=0.5, keepalive_count=2)
    job = await app.target().start(app.order("echo one; sleep 4; echo two"))
    reading = asyncio.create_task(_read(job))
    await asyncio.sleep(0.3)
    hosts[0].server.freeze()
    await eventually(lambda: app.target().standing.phase is not StandingPhase.OPEN, seconds=8)
    hosts[0].server.thaw()
    async with asyncio.timeout(30):
        assert await reading == b"one\ntwo\n"


async def test_a_short_freeze_is_not_taken_for_a_broken_link(ssh_hosts, app_for):
    hosts = ssh_hosts(proxied=True)
    app = app_for(hosts)  # keepalive 1 s × 3
    job = await app.target().start(app.order("for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.2; done"))
    reading = asyncio.create_task(_read(job))
    await asyncio.sleep(0.3)
    hosts[0].proxy.freeze()
    await asyncio.sleep(1)
    hosts[0].proxy.thaw()
    assert await reading == b"1\n2\n3\n4\n5\n6\n7\n8\n"
    assert hosts[0].proxy.accepted == 1


async def test_packets_that_vanish(network, ssh_hosts, app_for):
    hosts = ssh_hosts(netns=network.name, addresses=[network.there])
    app = app_for(hosts, keepalive=0.5, keepalive_count=2, connect_timeout=1.0, follow_patience=60)
    job = await app.target().start(app.order("echo one; sleep 3; echo two; exit 4"))
    reading = asyncio.create_task(_read(job))
    await asyncio.sleep(0.3)
    network.blackhole()
    await eventually(lambda: app.target().standing.phase is not StandingPhase.OPEN, seconds=10)
    await asyncio.sleep(1)
    network.heal()
    async with asyncio.timeout(40):
        assert await reading == b"one\ntwo\n"
    assert (await job.wait()).exit == 4


async def test_a_cable_pulled_for_a_moment_goes_unnoticed(network, ssh_hosts, app_for):
    hosts = ssh_hosts(netns=network.name, addresses=[network.there])
    app = app_for(hosts)
    job = await app.target().start(app.order("for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.2; done"))
    reading = asyncio.create_task(_read(job))
    await asyncio.sleep(0.3)
    network.link(up=False)
    await asyncio.sleep(0.5)
    network.link(up=True)
    async with asyncio.timeout(20):
        assert await reading == b"1\n2\n3\n4\n5\n6\n7\n8\n"


async def test_thirty_hosts_behind_one_sshd_that_refuses_many_at_once(ssh_hosts, app_for):
    """OpenSSH's own limit: from the eleventh unauthenticated connection on, one in three and more is dropped."""
    hosts = ssh_hosts(32, per_daemon=16, max_startups="10:30:100")
    app = app_for(hosts)
    done = await asyncio.gather(*(app.run("echo $HOME", on=host) for host in hosts))
    assert [(d[0].exit, d[1].decode().strip()) for d in done] == [(0, host.home) for host in hosts]


async def test_connections_refused_before_the_login_are_tried_again(ssh_hosts, app_for):
    hosts = ssh_hosts(proxied=True)
    hosts[0].proxy.refuse(3)
    result, _ = await app_for(hosts).run("true")
    assert result.exit == 0
    assert hosts[0].proxy.accepted == 4


async def test_many_commands_at_once_on_a_host_that_allows_few_sessions(ssh_hosts, app_for):
    hosts = ssh_hosts(max_sessions=10)
    app = app_for(hosts)
    done = await asyncio.gather(*(app.run(f"sleep 0.2; echo {i}") for i in range(24)))
    assert [d[1] for d in done] == [b"%d\n" % i for i in range(24)]
    assert len([line for line in hosts[0].server.log().splitlines() if "Accepted publickey" in line]) == 1


async def test_a_command_that_was_lost_on_its_way_is_known_to_be_absent(ssh_hosts, app_for):
    hosts = ssh_hosts(proxied=True)
    app = app_for(hosts, start_patience=0.5, patience=0.5, answer_timeout=2.0)
    target = app.target()
    boot = await target.boot_id()
    hosts[0].proxy.freeze()
    order = app.order("echo x >>~/effect")
    starting = asyncio.create_task(target.start(order))
    await asyncio.sleep(0.3)
    hosts[0].proxy.blackhole = True
    hosts[0].proxy.cut()
    with pytest.raises(TargetError):
        await starting
    hosts[0].proxy.blackhole = False
    hosts[0].proxy.thaw()
    report = await target.inspect(order.run, order.job, boot=boot)
    assert report.phase is JobPhase.ABSENT
    assert (await target.seal(order.run, order.job)).phase is JobPhase.ABSENT
    with pytest.raises(TargetError, match="given up"):
        await target.start(order)
    assert not (hosts[0].home_here / "effect").exists()


async def _read(job, offset: int = 0) -> bytes:
    return b"".join([chunk async for chunk in job.output(offset)])
