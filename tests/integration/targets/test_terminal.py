"""The terminal handed over: an app in a real pty, and a person typing into it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import pexpect
import pytest

from runbook_tui.run.ports import JobPhase, TargetError

from .conftest import Bench, tools

APP = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from conftest import WallClock
from runbook_tui.targets.local import LocalTarget
from runbook_tui.run.ports import JobOrder, TargetError

async def main():
    folder, job, text, before = sys.argv[2:]
    password = os.environ.pop("RBT_TEST_SUDO", None)
    target = LocalTarget(Path(folder) / "state", clock=WallClock())
    order = JobOrder(run="r1", job=job, home=folder + "/home", text=text, grace=1, state_from=before or None, env={"RBT_V_1": "v1"},
                     password=password)
    print("handing over", flush=True)
    try:
        print("got", await target.run_in_terminal(order), flush=True)
    except TargetError as error:
        print("error", error, flush=True)
    os.system("stty -a | tr ';' '\\\\n' | grep -c ' -echo '; echo back")

asyncio.run(main())
"""


def app(bench, text, job=None, before=""):
    words = ["-c", APP, str(Path(__file__).parent), str(bench.folder), job or bench.j(1), text, before]
    child = pexpect.spawn(sys.executable, words, env=bench.environ, encoding="utf-8", timeout=15, dimensions=(30, 100))
    child.expect_exact("handing over\r\n")
    return child


async def test_a_person_answers_and_everything_is_kept(every_sh):
    child = app(every_sh, '[ -t 0 ] && read -p "name? " name; echo "hello $name $RBT_V_1" >&2; exit 3')
    child.expect_exact("name? ")
    child.sendline("ana")
    child.expect_exact("hello ana v1")
    child.expect("got JobExit.exit=3, .*shell_state=True")
    child.expect_exact("\r\n0\r\nback")  # echo is on again
    child.expect(pexpect.EOF)
    job = await every_sh.target.attach("r1", every_sh.j(1))
    assert (await job.wait()).exit == 3
    whole = b"".join([chunk async for chunk in job.output()])
    assert whole == b"name? ana\r\nhello ana v1\r\n"
    report = await every_sh.target.inspect("r1", every_sh.j(1), boot=await every_sh.target.boot_id())
    assert (report.phase, report.exit) == (JobPhase.EXITED, 3)
    _, out = await every_sh.run('echo "$name"', job="after" + every_sh.j(1), state_from=every_sh.j(1))
    assert out == "ana\n"


async def test_the_window_size_is_followed(bench):
    child = app(bench, 'stty size; until test "$(stty size)" = "40 120"; do sleep 0.1; done; stty size')
    child.expect_exact("30 100")
    child.setwinsize(40, 120)
    child.expect_exact("40 120")
    child.expect_exact("back")


async def test_ctrl_c_goes_to_the_command(every_sh):
    child = app(every_sh, "echo on; sleep 60; echo no")
    child.expect_exact("on\r\n")
    await asyncio.sleep(0.2)
    child.sendcontrol("c")
    child.expect("got JobExit.exit=130, signal='INT'")
    child.expect_exact("back")


async def test_ctrl_z_does_not_lose_the_command(every_sh):
    child = app(every_sh, "echo on; sleep 1; echo off")
    child.expect_exact("on\r\n")
    await asyncio.sleep(0.2)
    child.sendcontrol("z")
    child.expect("got JobExit.exit=")
    child.expect_exact("back")


async def test_a_background_process_does_not_keep_the_terminal(every_sh):
    child = app(every_sh, "trap '' HUP; sleep 69 & echo pid $!")
    child.expect(r"pid (\d+)\r\n")
    pid = int(child.match[1])
    child.expect("got JobExit.exit=0, .*leftover=1")
    os.kill(pid, signal.SIGKILL)
    child.expect_exact("back")


async def test_it_is_not_run_again(bench):
    await bench.run("echo once >> ran", job=bench.j(1))
    child = app(bench, "echo twice >> ran")
    child.expect_exact("error This command was started before")
    child.expect_exact("back")
    assert (bench.home / "ran").read_text() == "once\n"


async def test_a_lost_state_is_told(bench):
    child = app(bench, "echo ran", before="never")
    child.expect("error The shell state is lost")


async def test_the_app_is_killed_and_the_result_is_still_known(every_sh):
    child = app(every_sh, "echo on; sleep 1; exit 6")
    child.expect_exact("on\r\n")
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    job = await every_sh.target.attach("r1", every_sh.j(1))
    result = await asyncio.wait_for(job.wait(), 10)
    assert result.exit == 6
    report = await every_sh.target.inspect("r1", every_sh.j(1), boot="")
    assert report.phase is JobPhase.EXITED


async def test_it_can_be_cancelled_from_elsewhere(every_sh):
    child = app(every_sh, "trap '' TERM; echo on; sleep 60; sleep 60")
    child.expect_exact("on\r\n")
    result = await (await every_sh.target.attach("r1", every_sh.j(1))).cancel()
    assert (result.cancelled, result.leftover) == (True, 0)
    child.expect("got JobExit.*cancelled=True")
    child.expect_exact("back")


async def test_without_a_terminal_nothing_runs(bench):
    with pytest.raises(TargetError, match="no terminal"):
        await bench.target.run_in_terminal(bench.order("touch ran"))
    assert not (bench.home / "ran").exists()


@pytest.mark.parametrize("sh", ["dash", "busybox"])
async def test_without_bash_the_terminal_is_handed_over_too(sh, tmp_path, environ):
    if not shutil.which(sh):
        pytest.skip(f"{sh} is not installed")
    bench = Bench(tmp_path, {**environ, "PATH": tools(tmp_path / "bin", sh, without=("bash",))})
    child = app(bench, 'printf "name? "; read name; echo "hello $name"; sleep 60')
    child.expect_exact("name? ")
    child.sendline("ana")
    child.expect_exact("hello ana")
    await asyncio.sleep(0.2)
    child.sendcontrol("z")
    await asyncio.sleep(0.2)
    child.sendcontrol("c")
    child.expect("got JobExit.exit=130, signal='INT'")
    child.expect_exact("back")


async def test_a_password_given_before_is_not_sent_where_sudo_can_ask(bench):
    """It would stand before the command in its file."""
    bench.environ["RBT_TEST_SUDO"] = "not-to-be-kept-7"
    child = app(bench, "echo begun")
    child.expect_exact("begun\r\n")
    child.expect("got JobExit.exit=0")
    child.expect(pexpect.EOF)
    kept = [file for file in bench.folder.rglob("*") if file.is_file() and b"not-to-be-kept-7" in file.read_bytes()]
    assert kept == []
