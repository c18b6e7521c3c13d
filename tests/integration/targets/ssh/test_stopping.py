"""Cancel and timeout end the whole tree over there, and that is looked at, not hoped for."""

from __future__ import annotations

import asyncio

import pytest

from runbook_tui.run.passwords import PasswordWanted
from runbook_tui.run.ports import TargetError
from tests.integration.targets.conftest import eventually
from tests.ssh import PASSWORD, has

# A child that ignores TERM, a grandchild, one that left the session, one that was nohupped.
TREE = """\
(trap '' TERM; while :; do sleep 7901; done) &
(sleep 7902; true) &
setsid sh -c 'while :; do sleep 7903; done' &
nohup sleep 7904 >/dev/null 2>&1 &
sleep 7905
"""
SLEEPS = ("7901", "7902", "7903", "7904", "7905")


async def started(host, job) -> None:
    await eventually(lambda: all(host.processes(f"sleep {number}") for number in SLEEPS), seconds=30)


def left(host) -> list[str]:
    return [process.command for process in host.processes("sleep 79")]


@pytest.mark.parametrize("user", ["root", "guest"])
async def test_cancel_ends_the_tree(ssh_hosts, app_for, user):
    """Also as root: OpenSSH before 9.8 refuses to pass signals on to root's sessions."""
    hosts = ssh_hosts(user=user, private=True)
    app = app_for(hosts)
    job = await app.target().start(app.order(TREE, grace=0.5))
    await started(hosts[0], job)
    result = await job.cancel()
    assert (result.cancelled, result.leftover, left(hosts[0])) == (True, 0, [])
    assert result.exit != 0
    assert await job.wait() == result


async def test_cancel_ends_the_tree_where_there_is_only_busybox(ssh_hosts, app_for):
    hosts = ssh_hosts(shell="busybox", path="busybox")
    app = app_for(hosts)
    tree = TREE.replace("nohup", "")  # BusyBox of Debian has none
    job = await app.target().start(app.order(tree, grace=0.5))
    await started(hosts[0], job)
    result = await job.cancel()
    assert (result.cancelled, result.leftover, left(hosts[0])) == (True, 0, [])


async def test_a_timeout_ends_the_tree_while_nobody_is_connected(ssh_hosts, app_for):
    hosts = ssh_hosts(private=True)
    app = app_for(hosts)
    order = app.order(TREE, timeout=1.5, grace=0.5)
    job = await app.target().start(order)
    await started(hosts[0], job)
    hosts[0].server.stop()
    hosts[0].server.drop_connections()
    await eventually(lambda: not left(hosts[0]), seconds=30)
    hosts[0].server.start()
    result = await (await app.target().attach("r1", order.job)).wait()
    assert (result.timed_out, result.leftover) == (True, 0)


async def test_cancel_after_the_link_was_lost(ssh_hosts, app_for):
    hosts = ssh_hosts(proxied=True, private=True)
    app = app_for(hosts)
    job = await app.target().start(app.order(TREE, grace=0.5))
    await started(hosts[0], job)
    hosts[0].proxy.cut()
    result = await job.cancel()
    assert (result.cancelled, result.leftover, left(hosts[0])) == (True, 0, [])


async def test_cancel_while_the_link_is_being_cut(ssh_hosts, app_for):
    hosts = ssh_hosts(proxied=True, private=True)
    app = app_for(hosts)
    for moment in (0.0, 0.05, 0.3):
        job = await app.target().start(app.order(TREE, grace=0.5))
        await started(hosts[0], job)
        cancelling = asyncio.create_task(job.cancel())
        await asyncio.sleep(moment)
        hosts[0].proxy.cut()
        result = await cancelling
        assert (result.cancelled, result.leftover, left(hosts[0])) == (True, 0, []), moment


async def test_cancel_by_another_app(ssh_hosts, app_for):
    hosts = ssh_hosts(private=True)
    first, second = app_for(hosts), app_for(hosts)
    job = await first.target().start(order := first.order(TREE, grace=0.5))
    await started(hosts[0], job)
    watching = asyncio.create_task(job.wait())
    other = await second.target().attach("r1", order.job)
    assert (await other.cancel()).leftover == 0
    assert (await watching).cancelled
    assert left(hosts[0]) == []


async def test_a_frozen_process_is_ended_too(ssh_hosts, app_for):
    hosts = ssh_hosts(private=True)
    app = app_for(hosts)
    job = await app.target().start(app.order("sh -c 'kill -STOP $$; sleep 7901'", grace=0.5))
    await asyncio.sleep(0.3)
    result = await job.cancel()
    assert (result.cancelled, result.leftover) == (True, 0)
    assert not hosts[0].processes("kill -STOP")


# --- sudo ---------------------------------------------------------------------------------------


@pytest.fixture
def sudo():
    if not has("sudo"):
        pytest.skip("sudo is not installed")


ROOTS_TREE = TREE.replace("sleep 7905", "sudo -n sh -c 'sleep 7906; true' &\nsudo -n setsid sleep 7907 &\nsleep 7905")


async def test_cancel_ends_what_was_started_by_sudo_inside_a_command(sudo, ssh_hosts, app_for):
    """Or says how many it could not: sudo takes the mark away, and the user may not kill root's."""
    hosts = ssh_hosts(user="deploy")
    app = app_for(hosts)
    job = await app.target().start(app.order(ROOTS_TREE, grace=0.5))
    await started(hosts[0], job)
    await eventually(lambda: hosts[0].processes("sleep 7906") and hosts[0].processes("sleep 7907"))
    result = await job.cancel()
    remaining = [p for p in hosts[0].processes("sleep 79") if not p.command.startswith("sudo")]
    assert result.cancelled
    assert result.leftover >= len(remaining), (result, remaining)


async def test_become_without_a_password_and_its_cancel(sudo, ssh_hosts, app_for):
    hosts = ssh_hosts(user="deploy")
    app = app_for(hosts)
    become = {"become": "root"}
    result, out = await app.run("id -un; echo $HOME", spec=become)
    assert (result.exit, out) == (0, b"root\n/home/root\n")
    job = await app.target(**become).start(app.order(TREE, grace=0.5))
    await started(hosts[0], job)
    result = await job.cancel()
    assert (result.cancelled, result.leftover, left(hosts[0])) == (True, 0, [])


async def test_become_with_a_password_asked_once_and_never_left_anywhere(sudo, ssh_hosts, app_for):
    hosts = ssh_hosts(user="ops")
    app = app_for(hosts)
    target = app.target(become="root")
    with pytest.raises(PasswordWanted, match="h001"):
        await target.start(app.order("true"))
    target.use_password("wrong")
    with pytest.raises(PasswordWanted, match="did not take"):
        await target.start(app.order("true"))
    target.use_password(PASSWORD)
    order = app.order("id -u; cat; sleep 0.5; echo on")
    job = await target.start(order)
    assert not any(PASSWORD in p.command or PASSWORD.encode() in p.environ for p in hosts[0].machine.processes())
    out = b"".join([chunk async for chunk in job.output()])
    assert (out, (await job.wait()).exit) == (b"0\non\n", 0)
    for place in ("/home", "/tmp", "/var/tmp", "/run"):
        assert hosts[0].machine.run("sh", "-c", 'grep -rlF -- "$0" "$1" || :', PASSWORD, place) == ""
    assert PASSWORD not in hosts[0].server.log()


async def test_become_survives_a_cut_link(sudo, ssh_hosts, app_for):
    hosts = ssh_hosts(user="ops", proxied=True)
    app = app_for(hosts)
    target = app.target(become="root")
    target.use_password(PASSWORD)
    job = await target.start(app.order("for i in 1 2 3 4 5; do echo $i; sleep 0.2; done"))
    reading = asyncio.create_task(_read(job))
    await asyncio.sleep(0.4)
    hosts[0].proxy.cut()
    assert await reading == b"1\n2\n3\n4\n5\n"
    job = await target.start(app.order(TREE, grace=0.5))
    await started(hosts[0], job)
    hosts[0].proxy.cut()
    result = await job.cancel()
    assert (result.cancelled, result.leftover, left(hosts[0])) == (True, 0, [])


async def test_a_user_without_sudo_is_told_so(sudo, ssh_hosts, app_for):
    hosts = ssh_hosts(user="guest")
    app = app_for(hosts)
    target = app.target(become="root")
    target.use_password(PASSWORD)
    with pytest.raises(TargetError, match=r"(?i)sudo"):
        await target.start(app.order("true"))


async def test_become_on_a_host_whose_shell_talks(sudo, ssh_hosts, app_for):
    hosts = ssh_hosts(user="ops", rc="echo Welcome aboard; echo 'Password: ' >&2")
    app = app_for(hosts)
    target = app.target(become="root")
    target.use_password(PASSWORD)
    job = await target.start(app.order("id -un"))
    assert (await _read(job), (await job.wait()).exit) == (b"root\n", 0)


async def test_become_another_ordinary_user(sudo, ssh_hosts, app_for):
    hosts = ssh_hosts(user="deploy")
    app = app_for(hosts)
    result, out = await app.run("id -un; cd; pwd; exit 7", spec={"become": "guest"})
    assert (result.exit, out) == (7, b"guest\n/home/guest\n")


async def _read(job) -> bytes:
    return b"".join([chunk async for chunk in job.output()])


async def test_sudo_in_a_command_takes_the_password_given_and_its_tree_is_ended(sudo, ssh_hosts, app_for):
    """Through a pipe, nowhere kept; a stop reaches what root runs, by sudo once more, or says what it left."""
    hosts = ssh_hosts(user="ops")
    app = app_for(hosts)
    job = await app.target().start(
        app.order("sudo id -un; sudo sh -c 'sleep 7911; true'", password=PASSWORD, grace=0.5)
    )
    await eventually(lambda: hosts[0].processes("sleep 7911"), seconds=30)
    assert not any(PASSWORD in p.command or PASSWORD.encode() in p.environ for p in hosts[0].machine.processes())
    result = await job.cancel()
    out = await _read(job)
    assert out.startswith(b"root\n")
    remaining = [p for p in hosts[0].processes("sleep 7911") if not p.command.startswith("sudo")]
    assert result.leftover >= len(remaining)
    for place in ("/home", "/tmp", "/var/tmp", "/run"):
        assert hosts[0].machine.run("sh", "-c", 'grep -rlF -- "$0" "$1" || :', PASSWORD, place) == ""


async def test_a_wrong_password_for_sudo_runs_nothing(sudo, ssh_hosts, app_for):
    hosts = ssh_hosts(user="ops")
    result, out = await app_for(hosts).run("touch ~/it-ran; sudo id -un", password="wrong")
    assert result.exit == 125
    assert b"did not take the password" in out
    assert not (hosts[0].home_here / "it-ran").exists()
