"""A command that only starts a program gets no shell to itself, and nobody can tell but by the clock."""

from __future__ import annotations

import os
import signal

import pytest

from tests.integration.targets.conftest import eventually
from tests.integration.targets.ssh.conftest import job_pid
from tests.integration.targets.ssh.test_jobs import any_host  # noqa: F401  a fixture


async def test_it_is_as_in_a_shell(any_host, app_for):  # noqa: F811
    app = app_for(any_host)
    result, out = await app.run("uname -s")
    assert (result.exit, out) == (0, b"Linux\n")
    assert "state" not in result.detail  # nobody misses it
    result, out = await app.run("cat /no/such/file")
    assert result.exit == 1
    assert out.startswith(b"cat: ")
    result, out = await app.run("no-such-program --at all")
    assert result.exit == 127
    assert b"not found" in out
    assert (await app.run("false"))[0].exit == 1
    home = any_host[0].home.encode()
    assert (await app.run("readlink /proc/self/cwd"))[1] == home + b"\n"
    assert b"PWD=" + home in (await app.run("env"))[1].split(b"\n")
    assert (await app.run("cat"))[1] == b""
    assert (await app.run("head -c 100000 /dev/zero"))[1] == bytes(100_000)


async def test_it_sees_what_was_left_and_leaves_nothing(any_host, app_for):  # noqa: F811
    app = app_for(any_host)
    first = app.order("cd /usr; export X=1; umask 027; tail() { echo mine $1; }")
    assert (await (await app.target().start(first)).wait()).shell_state
    bash = (await app.run("type bash"))[0].exit == 0  # others carry no functions
    assert (await app.run("tail /dev/null", state_from=first.job))[1] == (b"mine /dev/null\n" if bash else b"")
    for text, said in (("env", b"X=1"), ("readlink /proc/self/cwd", b"/usr")):
        result, out = await app.run(text, state_from=first.job)
        assert (result.exit, result.shell_state, result.detail if bash else "") == (0, not bash, "")
        assert said in out.split(b"\n")
    result, out = await app.run("no-such-program", state_from=first.job)
    assert result.exit == 127
    assert b"not found" in out


async def test_another_one_continues_where_the_last_shell_stopped(ssh_hosts, app_for):
    app = app_for(ssh_hosts())
    first, second = app.order("X=1"), None
    assert (await (await app.target().start(first)).wait()).shell_state
    second = app.order("true", state_from=first.job)
    assert not (await (await app.target().start(second)).wait()).shell_state
    assert (await app.run('echo "$X"', state_from=second.job))[1] == b"1\n"
    third = app.order("true")
    assert not (await (await app.target().start(third)).wait()).shell_state
    assert (await app.run('echo "${X-none}"', state_from=third.job))[1] == b"none\n"


async def test_no_shell_stands_between(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts)
    job = await app.target().start(order := app.order("sleep 7811", grace=0.3))
    (sleep,) = await eventually(lambda: hosts[0].processes("sleep 7811"))
    assert not hosts[0].processes("shell-bash.sh")
    inside = job_pid(hosts[0], order.job)
    assert b"sleep" in (await app.run(f"cat /proc/{inside}/cmdline"))[1]
    result = await job.cancel()
    assert (result.cancelled, result.signal, result.leftover) == (True, "TERM", 0)
    assert await job.wait() == result

    job = await app.target().start(app.order("sleep 7812"))
    (sleep,) = await eventually(lambda: hosts[0].processes("sleep 7812"))
    os.kill(sleep.pid, signal.SIGKILL)
    result = await job.wait()
    assert (result.exit, result.signal, result.leftover) == (137, None, 0)
    assert "probably ended by SIGKILL" in result.detail

    result, _ = await app.run("sleep 7813", timeout=0.3)
    assert (result.timed_out, result.signal, result.leftover) == (True, "TERM", 0)


async def test_a_home_that_has_gone_is_said_and_nothing_runs(ssh_hosts, app_for):
    app = app_for(ssh_hosts())
    result, out = await app.run("id", spec={"cwd": "/no/such"})
    assert (result.exit, result.detail) == (125, "no such folder: /no/such (nothing was run)")
    assert out == b"runbook: no such folder: /no/such (nothing was run)\n"


@pytest.mark.parametrize("kind", ["a script without a first line", "a script"])
async def test_what_stands_beside_the_system_is_started_as_bash_does(ssh_hosts, app_for, kind):
    hosts = ssh_hosts()
    app = app_for(hosts)
    folder = hosts[0].home_here / "bin"
    folder.mkdir()
    script = folder / "own-tool"
    first = "" if "without" in kind else "#!/bin/bash\n"
    script.write_text(f'{first}[[ $1 == a* ]] && echo "got $1"\n')
    script.chmod(0o755)
    order = app.order("PATH=~/bin:$PATH")
    await (await app.target().start(order)).wait()
    assert (await app.run("own-tool abc", state_from=order.job))[1] == b"got abc\n"
