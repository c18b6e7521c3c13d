"""What a job promises on another machine, whatever that machine is like."""

from __future__ import annotations

import hashlib
import resource
import time
from pathlib import Path

import pytest

from runbook_tui.run.ports import JobPhase, TargetError
from tests.integration.targets.ssh.conftest import job_folder
from tests.ssh import has

HOSTS = {  # what may be at the other end
    "bash": {"shell": "bash"},
    "bash-with-a-banner": {"shell": "bash", "rc": "echo Welcome aboard; echo Careful >&2"},
    "dash": {"shell": "dash"},
    "busybox-only": {"shell": "busybox", "path": "busybox"},
    "csh-with-a-banner": {"shell": "csh", "rc": "echo Welcome aboard"},
    "home-read-only": {"home": "readonly"},
    "ordinary-user": {"user": "guest"},
}


@pytest.fixture(params=HOSTS)
def any_host(request, ssh_hosts):
    """Hosts of every kind."""
    settings = HOSTS[request.param]
    if not has(settings.get("shell", "bash")):
        pytest.skip(f"{settings['shell']} is not installed")
    return ssh_hosts(**settings)


async def test_every_kind_of_host(any_host, app_for):
    app = app_for(any_host)
    target = app.target()
    result, out = await app.run("echo one; echo two >&2; printf three; exit 3")
    assert (result.exit, out) == (3, b"one\ntwo\nthree")
    result, out = await app.run('printf %s "$A"', env={"A": 'it\'s "$HOME" `x` \\ é\n2'})
    assert out.decode() == 'it\'s "$HOME" `x` \\ é\n2'
    result, out = await app.run("printf '\\000\\001\\377\\r\\033[31m'")
    assert (result.exit, out) == (0, b"\x00\x01\xff\r\x1b[31m")
    result, out = await app.run("kill -KILL $$")
    assert (result.exit, result.signal) == (137, "KILL")
    job = await target.start(order := app.order("trap '' TERM; sleep 7801 & sleep 7801 & wait; sleep 7801", grace=0.3))
    result = await job.cancel()
    assert (result.cancelled, result.leftover) == (True, 0)
    assert not any_host[0].processes("7801")
    report = await target.inspect("r1", order.job, boot=await target.boot_id())
    assert report.phase is JobPhase.EXITED
    await target.forget("r1")
    with pytest.raises(AssertionError):
        job_folder(any_host[0], order.job)


async def test_shell_state_goes_from_command_to_command(any_host, app_for):
    app = app_for(any_host)
    first = app.order("cd /usr; X='a b'; f() { echo \"f $X\"; }")
    job = await app.target().start(first)
    assert (await job.wait()).shell_state
    _, out = await app.run('pwd; echo "$X"', state_from=first.job)
    assert out == b"/usr\na b\n"


async def test_the_folder_is_private(ssh_hosts, app_for):
    hosts = ssh_hosts(user="guest", private=True)
    app = app_for(hosts)
    order = app.order("echo out", env={"RBT_V_1": "hush"})
    await (await app.target().start(order)).wait()
    folder = job_folder(hosts[0], order.job)
    for place in (folder, folder.parent, folder.parent.parent, folder.parent.parent.parent):
        assert place.stat().st_mode & 0o077 == 0, place
    assert all(b"hush" not in file.read_bytes() for file in folder.iterdir())


async def test_values_and_text_are_in_no_process_list_and_no_log(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts)
    job = await app.target().start(app.order(": texttext; sleep 2", env={"RBT_V_1": "hushhush"}))
    listed = " ".join(process.command for process in hosts[0].machine.processes())
    assert "hushhush" not in listed
    assert "texttext" not in listed
    assert "hushhush" not in hosts[0].server.log()
    await job.cancel()


async def test_a_large_output_arrives_whole_with_bounded_memory(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts)
    await app.run("true")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = 60_000_000
    job = await app.target().start(app.order(f"yes 0123456789abcdef | head -c {size}"))
    digest, count = hashlib.sha256(), 0
    async for chunk in job.output():
        digest.update(chunk)
        count += len(chunk)
    expected = hashlib.sha256((b"0123456789abcdef\n" * (size // 17 + 1))[:size]).hexdigest()
    assert (count, digest.hexdigest()) == (size, expected)
    assert (await job.wait()).exit == 0
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100_000 + size // 1000, grown  # kB; the expected text itself is in it


async def test_a_reader_that_stops_does_not_stop_the_command(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts)
    job = await app.target().start(app.order("head -c 30000000 /dev/zero; echo done >~/done"))
    reading = job.output()
    await anext(reading)
    from tests.integration.targets.conftest import eventually

    await eventually((hosts[0].home_here / "done").exists, seconds=10)
    await reading.aclose()
    assert (await job.wait()).exit == 0


def _memory() -> int:
    """What this process holds now, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) // 1024


async def test_a_slow_reader_does_not_make_the_output_pile_up_here(ssh_hosts, app_for):
    app = app_for(ssh_hosts())
    job = await app.target().start(app.order("head -c 80000000 /dev/zero"))
    count, before, most = 0, _memory(), 0
    async for chunk in job.output():
        count += len(chunk)
        time.sleep(0.001)
        most = max(most, _memory() - before)
    assert count == 80_000_000
    assert most < 25, most


async def test_reading_from_any_offset(ssh_hosts, app_for):
    app = app_for(ssh_hosts())
    order = app.order("seq 1 20000")
    job = await app.target().start(order)
    await job.wait()
    whole = "".join(f"{i}\n" for i in range(1, 20001)).encode()
    for offset in (0, 1, 4095, 4096, 4097, 65536, len(whole) - 1, len(whole), len(whole) + 10):
        again = await app.target().attach("r1", order.job)
        assert b"".join([chunk async for chunk in again.output(offset)]) == whole[offset:], offset


async def test_a_full_disk_is_said_and_nothing_runs(ssh_hosts, app_for):
    hosts = ssh_hosts(size="3m")
    app = app_for(hosts)
    assert (await app.run("true"))[0].exit == 0
    hosts[0].machine.fill()
    with pytest.raises(TargetError, match=r"(?i)full") as caught:
        await app.run("touch /run/it-ran")
    assert "Nothing was run" in str(caught.value)
    assert hosts[0].machine.run("ls", "/run").count("it-ran") == 0
    hosts[0].machine.free()
    assert (await app.run("true"))[0].exit == 0


async def test_a_full_disk_at_the_very_first_contact(ssh_hosts, app_for):
    hosts = ssh_hosts(size="3m")
    hosts[0].machine.fill()
    with pytest.raises(TargetError, match=r"(?i)folder|full|written"):
        await app_for(hosts).run("touch /run/it-ran")
    assert hosts[0].machine.run("ls", "/run").count("it-ran") == 0


async def test_a_disk_that_fills_up_under_a_job_costs_output_and_not_the_exit_status(ssh_hosts, app_for):
    hosts = ssh_hosts(size="3m")
    app = app_for(hosts)
    await app.run("true")
    result, out = await app.run("head -c 5000000 /dev/zero; touch /run/it-ran; exit 9")
    assert result.exit == 9
    assert 0 < len(out) < 5_000_000
    assert hosts[0].machine.run("ls", "/run").count("it-ran") == 1


async def test_nothing_can_be_written_anywhere(ssh_hosts, app_for):
    hosts = ssh_hosts(home="readonly", tmp="readonly")
    with pytest.raises(TargetError, match=r"Nothing was run|can be written"):
        await app_for(hosts).run("true")


async def test_a_login_that_runs_no_commands(ssh_hosts, app_for):
    hosts = ssh_hosts(shell="/usr/sbin/nologin")
    with pytest.raises(TargetError, match=r"(?i)h001.*account is currently not available|runs no commands"):
        await app_for(hosts).run("true")


async def test_an_old_bash_with_a_rc_file_that_ends_the_shell(ssh_hosts, app_for):
    hosts = ssh_hosts(rc="exit 0")
    with pytest.raises(TargetError, match="h001"):
        await app_for(hosts).run("true")


async def test_a_rc_file_that_never_ends(ssh_hosts, app_for):
    hosts = ssh_hosts(rc="while :; do sleep 1; done")
    with pytest.raises(TargetError, match="h001"):
        await app_for(hosts, answer_timeout=2.0, start_patience=1.0).run("true")


async def test_a_rc_file_that_floods_and_reads_stdin(ssh_hosts, app_for):
    hosts = ssh_hosts(rc="seq 1 200000; seq 1 100000 >&2")
    result, out = await app_for(hosts).run("echo mine")
    assert (result.exit, out) == (0, b"mine\n")


async def test_two_accounts_on_one_host_are_kept_apart(ssh_hosts, app_for):
    hosts = ssh_hosts(user="ops", private=True)
    app = app_for(hosts)
    _, first = await app.run("id -un")
    hosts.alias("other", hosts[0], User="guest")
    _, second = await app.run("id -un", on="other")
    assert (first, second) == (b"ops\n", b"guest\n")
