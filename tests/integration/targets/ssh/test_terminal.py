"""The terminal handed over to a command on another machine: an app in a real pty, and a person typing into it.

On machines of their own only: an sshd of an ordinary user may not give a pty away.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pexpect
import pytest

from runbook_tui.run.ports import JobPhase
from tests.integration.targets.conftest import eventually
from tests.ssh import PASSWORD, has

ROOT = Path(__file__).parents[4]

APP = """
import asyncio, os, sys
from pathlib import Path
from runbook_tui.run.fleet import HostSpec
from runbook_tui.run.ports import JobOrder, TargetError
from runbook_tui.targets.ssh.hosts import SshHosts
from runbook_tui.targets.ssh.settings import user_settings
from tests.integration.targets.conftest import WallClock

async def main():
    home, name, job, text, become = sys.argv[1:]
    hosts = SshHosts(user_settings(Path(home)), clock=WallClock())
    target = hosts.target(HostSpec(name=name, become=become or None))
    order = JobOrder(run="r1", job=job, home="/", text=text, grace=1, env={"RBT_V_1": "v1"},
                     password=os.environ.pop("RBT_TEST_SUDO", None))
    print("handing over", flush=True)
    try:
        print("got", await target.run_in_terminal(order), flush=True)
    except TargetError as error:
        print("error", error, flush=True)
    os.system("stty -a | tr ';' '\\\\n' | grep -c ' -echo '; echo back")
    await hosts.close()

asyncio.run(main())
"""


def app(hosts, text: str, *, name: str = "h001", job: str = "", become: str = ""):
    job = job or f"t-{os.urandom(4).hex()}"
    words = ["-c", APP, str(hosts.home), name, job, text, become]
    child = pexpect.spawn(
        sys.executable, words, cwd=ROOT, env=dict(os.environ), encoding="utf-8", timeout=20, dimensions=(30, 100)
    )
    child.expect_exact("handing over\r\n")
    child.job = job
    return child


@pytest.mark.parametrize("shell", ["bash", "dash", "busybox", "csh"])
async def test_a_person_answers_and_everything_is_kept(ssh_hosts, app_for, shell):
    if not has(shell):
        pytest.skip(f"{shell} is not installed")
    hosts = ssh_hosts(shell=shell, rc="echo Welcome aboard", path="busybox" if shell == "busybox" else "")
    child = app(hosts, '[ -t 0 ] && printf "name? "; read name; echo "hello $name $RBT_V_1" >&2; exit 3')
    child.expect_exact("name? ")
    child.sendline("ana")
    child.expect_exact("hello ana v1")
    child.expect("got JobExit.exit=3, ")
    child.expect_exact("\r\n0\r\nback")  # echo is on again
    child.expect(pexpect.EOF)
    target = app_for(hosts).target()
    job = await target.attach("r1", child.job)
    assert (await job.wait()).exit == 3
    whole = b"".join([chunk async for chunk in job.output()])
    assert b"name? ana\r\nhello ana v1\r\n" in whole
    report = await target.inspect("r1", child.job, boot=await target.boot_id())
    assert (report.phase, report.exit) == (JobPhase.EXITED, 3)


async def test_keys_sizes_and_ctrl_c_reach_the_command(ssh_hosts):
    hosts = ssh_hosts(private=True)
    child = app(
        hosts,
        'stty size; until test "$(stty size)" = "40 120"; do sleep 0.1; done; stty size; read x; echo "key $x"; sleep 60',
    )
    child.expect_exact("30 100")
    child.setwinsize(40, 120)
    child.expect_exact("40 120")
    child.sendline("hello")
    child.expect_exact("key hello")
    await asyncio.sleep(0.2)
    child.sendcontrol("c")
    child.expect("got JobExit.exit=130, signal='INT'")
    child.expect_exact("back")


async def test_a_link_lost_gives_the_terminal_back_and_the_result_is_told(ssh_hosts):
    hosts = ssh_hosts(private=True)
    child = app(hosts, "trap '' HUP; echo on; sleep 1.5; exit 6")
    child.expect_exact("on\r\n")
    hosts[0].server.drop_connections()
    child.expect(r"got JobExit.exit=6|error [^\r]*h001")
    child.expect_exact("\r\n0\r\nback")


async def test_it_is_not_run_again(ssh_hosts, app_for):
    hosts = ssh_hosts(private=True)
    test_app = app_for(hosts)
    order = test_app.order("echo once >>~/ran")
    await (await test_app.target().start(order)).wait()
    child = app(hosts, "echo twice >>~/ran", job=order.job)
    child.expect_exact("error This command was started before")
    child.expect_exact("back")
    assert (hosts[0].home_here / "ran").read_text() == "once\n"


async def test_it_can_be_cancelled_from_elsewhere(ssh_hosts, app_for):
    hosts = ssh_hosts(private=True)
    child = app(hosts, "trap '' TERM; echo on; sleep 7931; sleep 7932")
    child.expect_exact("on\r\n")
    job = await app_for(hosts).target().attach("r1", child.job)
    result = await job.cancel()
    assert (result.cancelled, result.leftover) == (True, 0)
    child.expect("got JobExit.*cancelled=True")
    child.expect_exact("back")
    assert not hosts[0].processes("sleep 793")


async def test_the_app_is_killed_and_the_result_is_still_known(ssh_hosts, app_for):
    hosts = ssh_hosts(private=True)
    child = app(hosts, "trap '' HUP; echo on; sleep 1; exit 6")
    child.expect_exact("on\r\n")
    child.kill(9)
    child.wait()
    job = await app_for(hosts).target().attach("r1", child.job)
    async with asyncio.timeout(20):
        assert (await job.wait()).exit == 6


async def test_sudo_asks_on_the_terminal(ssh_hosts):
    if not has("sudo"):
        pytest.skip("sudo is not installed")
    hosts = ssh_hosts(user="ops")
    child = app(hosts, "sudo id -un")
    child.expect("password for ops: ")
    child.sendline(PASSWORD)
    child.expect_exact("root\r\n")
    child.expect("got JobExit.exit=0")
    assert PASSWORD not in (child.before or "")
    folder = next(hosts[0].home_here.glob(f".local/state/runbook-tui/jobs/r1/{child.job}"))
    await eventually(lambda: b"root" in (folder / "out").read_bytes())
    assert PASSWORD.encode() not in (folder / "out").read_bytes()


async def test_a_password_given_before_is_not_sent_where_sudo_can_ask(ssh_hosts, app_for, monkeypatch):
    """It would stand before the command in its file."""
    monkeypatch.setenv("RBT_TEST_SUDO", PASSWORD)
    hosts = ssh_hosts(private=True)
    child = app(hosts, "echo begun")
    child.expect_exact("begun\r\n")
    child.expect("got JobExit.exit=0")
    for place in ("/home", "/tmp", "/var/tmp"):
        assert hosts[0].machine.run("sh", "-c", 'grep -rlF -- "$0" "$1" || :', PASSWORD, place) == ""
