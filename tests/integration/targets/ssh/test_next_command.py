"""The channel of a command that is over serves the next one; whatever became of it meanwhile, nothing is lost by that."""

from __future__ import annotations

import asyncio
import os
import signal

from tests.integration.targets.conftest import eventually
from tests.integration.targets.ssh.conftest import job_folder
from tests.integration.targets.ssh.test_jobs import HOSTS, any_host  # noqa: F401  a fixture
from tests.ssh import Hosts


def sessions(hosts: Hosts) -> int:
    """How many were opened on the first host so far."""
    return hosts[0].server.log().count("Starting session: command")


def waiting(hosts: Hosts) -> list[int]:
    """Shells that wait for another command."""
    return [process.pid for process in hosts[0].processes("remote.sh")]


async def test_commands_one_after_another_take_one_session_and_leave_each_other_alone(any_host, app_for):  # noqa: F811
    app = app_for(any_host)
    await app.target().boot_id()  # the scripts are there from now on
    before = sessions(any_host)
    assert (await app.run("cd /usr; X=1; umask 000; trap '' TERM; set -e; echo first; exit 4"))[1] == b"first\n"
    result, out = await app.run(
        'echo "${X-none} $(umask) $-"; pwd; echo err >&2; cat; sh -c "kill -HUP \\$\\$" 2>/dev/null; echo $?'
    )
    first, *rest = out.split(b"\n")
    assert first.startswith((b"none 0022", b"none 022")), out
    assert b"e" not in first.split()[2]
    assert rest[:2] == [any_host[0].home.encode(), b"err"]
    assert rest[-2:] == [b"129", b""]  # some shells tell of it
    assert result.exit == 0
    assert (await app.run("printf '\\036'"))[1] == b"\x1e"
    assert (await app.run("printf 'no end'; exit 200"))[1] == b"no end"
    assert (await app.run("head -c 3000000 /dev/zero"))[1] == bytes(3_000_000)
    assert (await app.run(""))[0].exit == 0
    opened = sessions(any_host) - before
    assert 1 <= opened <= 6, opened  # one where nobody else is at work: a channel whose output was streamed ends


async def test_more_output_than_a_channel_holds_is_no_reason_to_wait_or_to_connect_again(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts)
    for _ in range(12):
        assert (await app.run("head -c 5000000 /dev/zero"))[1] == bytes(5_000_000)
    assert hosts[0].server.log().count("Accepted publickey") == 1


async def test_a_command_that_takes_its_time_is_followed_as_ever(ssh_hosts, app_for):
    app = app_for(ssh_hosts())
    for number in range(2):
        await app.run("true")
        result, out = await app.run(f"for i in 1 2 3 4 5 6; do echo $i; sleep 0.15; done; exit {number}")
        assert (result.exit, out) == (number, b"1\n2\n3\n4\n5\n6\n")


async def test_a_shell_that_went_away_is_replaced(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts)
    for number in range(3):
        assert (await app.run(f"echo {number} >>~/ran; echo {number}"))[1] == f"{number}\n".encode()
        for pid in waiting(hosts):
            os.kill(pid, signal.SIGKILL)
    assert (hosts[0].home_here / "ran").read_text() == "0\n1\n2\n"


async def test_a_link_that_was_cut_between_two_commands(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts)
    for number in range(4):
        assert (await app.run(f"echo {number} >>~/ran; echo {number}"))[1] == f"{number}\n".encode()
        hosts[0].server.drop_connections()
        await asyncio.sleep(0.1 * (number % 2))  # noticed already, or not yet
    assert (hosts[0].home_here / "ran").read_text() == "0\n1\n2\n3\n"
    await eventually(lambda: len(waiting(hosts)) <= 1)


async def test_files_that_were_taken_away_are_put_there_anew(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts)
    order = app.order("true")
    await (await app.target().start(order)).wait()
    place = job_folder(hosts[0], order.job).parents[2]
    for script in place.glob("bin/*/*"):
        script.unlink()
    for folder in place.glob("bin/*"):
        folder.rmdir()
    assert (await app.run("echo here"))[1] == b"here\n"


async def test_a_host_that_allows_two_sessions_is_asked_in_between(ssh_hosts, app_for):
    hosts = ssh_hosts(max_sessions=2)
    app = app_for(hosts)
    for _ in range(3):
        order = app.order("echo out")
        job = await app.target().start(order)
        assert (await job.wait()).exit == 0
        report = await app.target().inspect("r1", order.job, boot="")
        assert report.output_bytes == 4


async def test_nothing_waits_there_for_long_nor_after_the_end(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts, spare=0.5)
    await app.run("true")
    await eventually(lambda: not waiting(hosts))
    app = app_for(hosts)
    await app.run("true")
    assert len(waiting(hosts)) == 1
    await app.target().forget("r1")
    await eventually(lambda: not waiting(hosts))
    await app.run("true")
    await app.close()
    await eventually(lambda: not waiting(hosts))
