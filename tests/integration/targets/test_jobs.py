"""What a job promises, with each kind of `sh` as the supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from runbook_tui.run.ports import JobPhase, TargetError

from .conftest import Bench, alive, eventually, ours, tools


async def test_a_command_runs_and_tells_its_output_and_status(every_sh):
    result, out = await every_sh.run("echo one; echo two >&2; echo three; exit 3")
    assert out == "one\ntwo\nthree\n"
    assert (result.exit, result.signal, result.leftover, result.shell_state) == (3, None, 0, True)
    report = await every_sh.target.inspect("r1", every_sh.j(1), boot=await every_sh.target.boot_id())
    assert (report.phase, report.exit, report.output_bytes) == (JobPhase.EXITED, 3, 14)
    assert abs(report.started - time.time()) < 30


@pytest.mark.parametrize(
    ("text", "status", "signal_name"),
    [
        ("true", 0, None),
        ("false", 1, None),
        ("exit 255", 255, None),
        ("return 7", 7, None),
        ("kill -TERM $$", 143, "TERM"),
        ("kill -KILL $$", 137, "KILL"),
        ("sh -c 'kill -KILL $$'", 137, None),
        ("exec sh -c 'exit 9'", 9, None),
        ("if then", 2, None),
        ("nosuchcommand", 127, None),
    ],
)
async def test_how_it_ended_is_told_as_well_as_can_be(every_sh, text, status, signal_name):
    result, _ = await every_sh.run(text)
    assert (result.exit, result.signal) == (status, signal_name)


async def test_a_command_killed_inside_a_shell_that_lived_on_is_named_in_the_detail(bench):
    result, _ = await bench.run("sh -c 'kill -KILL $$'")
    assert "SIGKILL" in result.detail


async def test_everything_is_private(every_sh):
    old = os.umask(0)
    try:
        await every_sh.run("umask 0; X=secret; touch made", env={"RBT_V_1": "hush"})
    finally:
        os.umask(old)
    for place in [every_sh.folder / "state" / "jobs", *(every_sh.folder / "state" / "jobs").rglob("*")]:
        assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0, place
    assert b"hush" not in b"".join(p.read_bytes() for p in every_sh.job_folder(every_sh.j(1)).iterdir())
    assert stat.S_IMODE((every_sh.home / "made").stat().st_mode) == 0o666


async def test_nothing_of_the_value_is_in_the_process_list(bench):
    job = await bench.start("sleep 1.5", env={"RBT_V_1": "sw0rdf1sh"})
    assert "sw0rdf1sh" not in subprocess.run(["ps", "axww"], capture_output=True, text=True).stdout
    await job.cancel()


async def test_the_text_is_not_touched_by_any_quoting(every_sh):
    text = (
        """printf '%s|' "a  b" 'c$d' e\\ f "$(printf '`')" $'\\x41' "it's" \\"q\\" ; cat <<'END'\n$x `y` \\z "\nEND\n"""
    )
    _, out = await every_sh.run(text)
    assert out == 'a  b|c$d|e f|`|A|it\'s|"q"|$x `y` \\z "\n'


async def test_stdin_is_empty_and_interrupts_are_not_ignored(every_sh):
    """A shell's `&` or a nohup leaves SIGINT ignored in all it starts; a command must be able to be interrupted."""
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _, out = await every_sh.run("cat; grep SigIgn /proc/self/status")
    finally:
        signal.signal(signal.SIGINT, old)
    assert int(out.split()[1], 16) & 0b110 == 0


async def test_absent_running_exited(every_sh):
    boot = await every_sh.target.boot_id()
    assert (await every_sh.target.inspect("r1", every_sh.j(1), boot=boot)).phase is JobPhase.ABSENT
    job = await every_sh.start("sleep 30")
    assert (await every_sh.target.inspect("r1", every_sh.j(1), boot=boot)).phase is JobPhase.RUNNING
    await job.cancel()
    assert (await every_sh.target.inspect("r1", every_sh.j(1), boot=boot)).phase is JobPhase.EXITED


async def test_an_absent_job_from_before_a_reboot_may_have_run(bench):
    report = await bench.target.inspect("r1", bench.j(1), boot="another-boot")
    assert report.phase is JobPhase.VANISHED
    assert "restarted" in report.detail


async def test_a_job_that_ran_when_the_machine_was_restarted_has_vanished(every_sh):
    job = await every_sh.start("sleep 30")
    pid = int((await eventually(lambda: (every_sh.job_folder(every_sh.j(1)) / "pid").read_text().split()))[0])
    for name in ("pid", "sup"):
        place = every_sh.job_folder(every_sh.j(1)) / name
        lines = place.read_text().split("\n")
        lines[2] = "boot-before"
        place.write_text("\n".join(lines))
    report = await every_sh.target.inspect("r1", every_sh.j(1), boot="boot-before")
    assert report.phase is JobPhase.VANISHED
    assert report.exit is None
    os.kill(pid, signal.SIGKILL)
    await job.wait()


async def test_a_pid_that_belongs_to_somebody_else_by_now_is_not_the_job(every_sh):
    await every_sh.run("true")
    folder = every_sh.job_folder(every_sh.j(1))
    (folder / "rc").unlink()
    for name in ("pid", "sup"):
        lines = (folder / name).read_text().split("\n")
        lines[0] = str(os.getpid())  # alive, and started at another time
        (folder / name).write_text("\n".join(lines))
    boot = await every_sh.target.boot_id()
    assert (await every_sh.target.inspect("r1", every_sh.j(1), boot=boot)).phase is JobPhase.VANISHED
    await (await every_sh.target.attach("r1", every_sh.j(1))).cancel()  # and it is not killed either


async def test_a_dead_supervisor_is_an_unknown_outcome_and_never_success(every_sh):
    job = await every_sh.start("sleep 30; echo done")
    folder = every_sh.job_folder(every_sh.j(1))
    pid = int((await eventually(lambda: (folder / "pid").read_text().split()))[0])
    os.kill(int((folder / "sup").read_text().split()[0]), signal.SIGKILL)
    boot = await every_sh.target.boot_id()
    report = await every_sh.target.inspect("r1", every_sh.j(1), boot=boot)
    assert report.phase is JobPhase.RUNNING
    assert "supervisor is gone" in report.detail
    os.killpg(pid, signal.SIGKILL)
    await eventually(lambda: not alive(pid))
    report = await every_sh.target.inspect("r1", every_sh.j(1), boot=boot)
    assert report.phase is JobPhase.VANISHED
    result = await asyncio.wait_for(job.wait(), 10)
    assert result.exit is None
    assert result.detail


async def test_a_folder_without_a_pid_has_vanished_after_a_short_wait(every_sh):
    every_sh.job_folder(every_sh.j(9)).mkdir(parents=True)
    report = await every_sh.target.inspect("r1", every_sh.j(9), boot=await every_sh.target.boot_id())
    assert report.phase is JobPhase.VANISHED
    assert "has not begun" in report.detail


async def test_a_sealed_job_never_starts(every_sh):
    assert (await every_sh.target.seal("r1", every_sh.j(1))).phase is JobPhase.ABSENT
    with pytest.raises(TargetError, match="Nothing was run"):
        await every_sh.start("touch ran", job=every_sh.j(1))
    boot = await every_sh.target.boot_id()
    assert (await every_sh.target.inspect("r1", every_sh.j(1), boot=boot)).phase is JobPhase.ABSENT
    assert not (every_sh.home / "ran").exists()


async def test_sealing_leaves_a_job_that_is_there_alone(every_sh):
    await every_sh.run("exit 4")
    report = await every_sh.target.seal("r1", every_sh.j(1))
    assert (report.phase, report.exit) == (JobPhase.EXITED, 4)


# --- once ---


async def test_twenty_starters_at_once_run_it_once(every_sh):
    order = every_sh.order("echo ran >> ran; sleep 0.2; echo out", job=every_sh.j("once"))
    jobs = await asyncio.gather(*(every_sh.target.start(order) for _ in range(20)))
    results = await asyncio.gather(*(job.wait() for job in jobs))
    assert {result.exit for result in results} == {0}
    assert (every_sh.home / "ran").read_text() == "ran\n"
    assert [p.name for p in every_sh.job_folder(every_sh.j("once")).parent.iterdir()] == [every_sh.j("once")]


async def test_starters_killed_at_any_moment_never_make_it_run_twice_or_half(bench):
    """The starter is killed, then the same order is sent again; whatever arrived first, the effect is there once."""
    script = bench.target._supervisor
    for number in range(50):
        order = bench.order(f"echo {number} >> ran", job=bench.j(f"k{number}"))
        from runbook_tui.targets import order as wire

        parts = wire.payload(order)
        starter = subprocess.Popen(
            script.command("start", str(script.jobs), *wire.arguments(order, parts)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        if number % 5:  # every fifth dies while its order is being written
            starter.stdin.write(parts.data)
            starter.stdin.flush()
        else:
            starter.stdin.write(parts.data[:5])
            starter.stdin.flush()
        time.sleep(number % 17 / 1000)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(starter.pid, signal.SIGKILL)
        starter.stdin.close()
        starter.wait()
        result = await (await bench.target.start(order)).wait()
        assert result.exit == 0, (number, result)
    assert (bench.home / "ran").read_text().split() == [str(n) for n in range(50)]


async def test_an_order_cut_short_starts_nothing(every_sh):
    script = every_sh.target._supervisor
    words = ["r1", every_sh.j(1), "0", "20", "", "1", "bash", "", "", str(every_sh.home)]
    done = subprocess.run(
        script.command("start", str(script.jobs), *words),
        input=b"touch ran",
        capture_output=True,
        start_new_session=True,
    )
    assert done.stdout.startswith(b"failed")
    assert list((script.jobs / "r1").iterdir()) == []


APP = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import WallClock
from runbook_tui.targets.local import LocalTarget
from runbook_tui.run.ports import JobOrder

async def main():
    target = LocalTarget(Path({folder!r}) / "state", clock=WallClock())
    job = await target.start(JobOrder(run="r1", job={job!r}, home={folder!r}, text={text!r}))
    async for chunk in job.output():
        print(len(chunk), flush=True)

asyncio.run(main())
"""


async def test_the_app_is_killed_and_another_one_reads_on_to_the_end(bench):
    text = "for i in $(seq 1 40); do seq 1 2000; sleep 0.02; done; exit 5"
    script = APP.format(tests=os.path.dirname(__file__), folder=str(bench.folder), text=text, job=bench.j(1))
    app = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True)
    for _ in range(5):
        app.stdout.readline()
    os.killpg(app.pid, signal.SIGKILL)
    app.wait()
    app.stdout.close()
    boot = await bench.target.boot_id()
    assert (await bench.target.inspect("r1", bench.j(1), boot=boot)).phase is JobPhase.RUNNING
    job = await bench.target.attach("r1", bench.j(1))
    whole = hashlib.sha256()
    async for chunk in job.output():
        whole.update(chunk)
    expected = hashlib.sha256("".join(f"{n}\n" for n in range(1, 2001)).encode() * 40)
    assert whole.hexdigest() == expected.hexdigest()
    assert (await job.wait()).exit == 5


async def test_reading_goes_on_from_where_it_stopped(bench):
    job = await bench.start("seq 1 20000")
    await job.wait()
    whole = b"".join([chunk async for chunk in job.output()])
    assert b"".join([chunk async for chunk in job.output(50_001)]) == whole[50_001:]
    assert b"".join([chunk async for chunk in job.output(len(whole) + 7)]) == b""


async def test_attaching_to_what_is_not_there_is_an_error(bench):
    with pytest.raises(TargetError, match="no job"):
        await bench.target.attach("r1", "nope")


# --- ending it ---


async def test_a_timeout_ends_the_whole_tree_and_says_so(every_sh):
    began = time.monotonic()
    result, out = await every_sh.run("echo on; sh -c 'sleep 60 & sleep 60'; echo no", timeout=0.3)
    assert time.monotonic() - began < 30
    assert (result.timed_out, result.leftover, out) == (True, 0, "on\n")
    assert result.exit != 0


async def test_a_timeout_holds_when_nobody_watches(every_sh):
    await every_sh.start("sleep 60 & echo $! > pid; wait", timeout=0.3)
    pid = int(await eventually(lambda: (every_sh.home / "pid").exists() and (every_sh.home / "pid").read_text()))
    await eventually(lambda: not alive(pid))


async def test_nothing_of_a_timeout_lingers_after_the_job(every_sh):
    own = 10_000 + os.getpid()  # seconds that no test beside this one waits
    await every_sh.run("true", timeout=float(own))
    await eventually(lambda: not ours(every_sh.folder))
    lines = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True).stdout.splitlines()
    assert f"sleep {own}" not in lines


async def test_who_ignores_term_is_killed_after_the_grace(every_sh):
    job = await every_sh.start("trap '' TERM; echo ready; while :; do sleep 0.1; done", grace=0.4)
    async for _ in job.output():
        break
    result = await job.cancel()
    assert (result.cancelled, result.exit, result.signal, result.leftover) == (True, 137, "KILL", 0)


async def test_cancel_finds_those_who_left_the_group(every_sh):
    job = await every_sh.start(
        "setsid sleep 61 & echo $! ; sh -c 'trap \"\" TERM; sleep 62 & wait; sleep 62'", grace=0.4
    )
    async for chunk in job.output():
        escaped = int(chunk.split()[0])
        break
    assert alive(escaped)
    result = await job.cancel()
    assert (result.cancelled, result.leftover) == (True, 0)
    assert not alive(escaped)
    assert await job.wait() == result


async def test_a_program_that_cleans_up_on_term_is_given_the_time(every_sh):
    job = await every_sh.start(
        "trap 'sleep 0.3; echo cleaned; exit 0' TERM; echo on; while :; do sleep 0.05; done", grace=5
    )
    async for _ in job.output():
        break
    result = await job.cancel()
    assert result.cancelled
    assert b"cleaned" in b"".join([chunk async for chunk in job.output()])


async def test_cancelling_what_has_ended_changes_nothing(every_sh):
    job = await every_sh.start("exit 3")
    ended = await job.wait()
    assert await job.cancel() == ended
    assert not ended.cancelled


async def test_a_stopped_job_can_be_cancelled(bench):
    job = await bench.start("echo on; kill -STOP $$; echo no")
    async for _ in job.output():
        break
    assert (await job.cancel()).leftover == 0


async def test_a_background_process_lives_on_and_is_counted(every_sh):
    result, out = await every_sh.run("sleep 63 & echo $!")
    pid = int(out)
    try:
        assert (result.exit, result.leftover) == (0, 1)
        assert alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


async def test_a_background_process_that_writes_does_not_hold_the_end_up(bench):
    result, _ = await bench.run("(while :; do echo x; sleep 0.01; done) & echo $! > pid")
    os.kill(int((bench.home / "pid").read_text()), signal.SIGKILL)
    assert result.leftover >= 1  # and it came, while that process went on


# --- output ---


async def test_bytes_come_through_as_they_are(every_sh):
    job = await every_sh.start(r"printf 'a\377\000\r\n\033[31mred no newline'")
    await job.wait()
    assert b"".join([chunk async for chunk in job.output()]) == b"a\xff\x00\r\n\x1b[31mred no newline"


async def test_fifty_megabytes_in_bounded_pieces(bench):
    job = await bench.start("yes 'a flood of lines that goes on and on' | head -c 50000000")
    size, largest = 0, 0
    async for chunk in job.output():
        size += len(chunk)
        largest = max(largest, len(chunk))
    assert size == 50_000_000
    assert largest <= 65536


async def test_output_is_seen_while_it_comes(bench):
    job = await bench.start("for i in 1 2 3; do echo $i; sleep 0.2; done")
    seen = [time.monotonic() async for _ in job.output()]
    assert len(seen) == 3
    assert seen[2] - seen[0] > 0.3


async def test_the_loop_is_never_blocked(bench):
    gaps, stop = [], False

    async def tick():
        while not stop:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            gaps.append(time.perf_counter() - began)

    async def most(work):
        nonlocal stop
        gaps.clear()
        stop = False
        ticker = asyncio.create_task(tick())
        await work
        stop = True
        await ticker
        return sorted(gaps)[int(len(gaps) * 0.95)]

    async def flood_unread():
        flood = await asyncio.create_subprocess_exec("sh", "-c", "yes | head -c 300000000 >/dev/null")
        await flood.wait()

    alone = await most(flood_unread())
    assert await most(bench.run("yes | head -c 30000000")) < max(0.1, 5 * alone)


async def test_no_file_descriptor_or_zombie_is_left(bench):
    await bench.run("true")
    before = sorted(os.listdir("/proc/self/fd"))
    for _ in range(10):
        await bench.run("echo x; echo y >&2")
    assert len(os.listdir("/proc/self/fd")) <= len(before) + 1
    children = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "stat="], capture_output=True, text=True).stdout
    assert "Z" not in children


async def test_a_job_inherits_no_descriptor(bench):
    _, out = await bench.run("ls /proc/$$/fd")
    assert set(out.split()) <= {"0", "1", "2", "255"}


# --- what cannot be ---


async def test_without_setsid_it_falls_back_and_still_works(tmp_path, environ):
    bench = Bench(tmp_path, {**environ, "PATH": tools(tmp_path / "bin", "dash", without=("setsid",))})
    result, out = await bench.run("echo hello; exit 3")
    assert (result.exit, out, result.detail) == (3, "hello\n", "")
    job = await bench.start("sleep 64 & sleep 64")
    await asyncio.sleep(0.2)
    assert (await job.cancel()).leftover == 0


async def test_without_setsid_and_perl_it_says_what_is_weaker(tmp_path, environ):
    bench = Bench(tmp_path, {**environ, "PATH": tools(tmp_path / "bin", "dash", without=("setsid", "perl"))})
    result, out = await bench.run("echo hello; exit 3")
    assert (result.exit, out) == (3, "hello\n")
    assert "no setsid" in result.detail
    job = await bench.start("sleep 65 & echo $!; sleep 65")
    async for chunk in job.output():
        pid = int(chunk)
        break
    assert (await job.cancel()).leftover == 0
    assert not alive(pid)


async def test_without_proc_it_goes_by_ps(tmp_path, environ):
    bench = Bench(tmp_path, {**environ, "RBT_PROC": "/nowhere"})
    boot = await bench.target.boot_id()
    result, out = await bench.run("sleep 66 & echo $!")
    assert (result.exit, result.leftover) == (0, 1)
    os.kill(int(out), signal.SIGKILL)
    job = await bench.start("sh -c 'sleep 67; sleep 67'")
    await asyncio.sleep(0.2)
    assert (await bench.target.inspect("r1", job.id, boot=boot)).phase is JobPhase.RUNNING
    result = await job.cancel()
    assert (result.cancelled, result.leftover) == (True, 0)


async def test_a_folder_that_cannot_be_written_is_a_plain_error(bench):
    (bench.folder / "state").write_text("in the way")
    with pytest.raises(TargetError, match=r"[Cc]annot make the folder .*Nothing was run"):
        await bench.start("true")


async def test_a_machine_without_sh_is_a_plain_error(tmp_path):
    bench = Bench(tmp_path, {"PATH": str(tmp_path)})
    with pytest.raises(TargetError, match="no `sh`"):
        await bench.start("true")


async def test_a_full_disk_starts_nothing(tmp_path, environ):
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        os.getuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk], check=False).returncode
    ):
        pytest.skip("needs root to make a small file system")
    try:
        bench = Bench(disk, environ)
        await bench.run("true")
        fill = disk / "fill"
        with contextlib.suppress(OSError), fill.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        with pytest.raises(TargetError, match=r"disk is full.*Nothing was run"):
            await bench.start("touch ran", job=bench.j("full"))
        assert not (bench.home / "ran").exists()
        boot = await bench.target.boot_id()
        assert (await bench.target.inspect("r1", bench.j("full"), boot=boot)).phase is JobPhase.ABSENT
        fill.unlink()
        result, _ = await bench.run("head -c 1000000 /dev/zero; cat /dev/zero > fill; exit 6", job=bench.j("fills"))
        assert result.exit == 6  # room for the result was set aside before
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


async def test_forget_removes_what_has_ended_and_names_what_runs(bench):
    await bench.run("true")
    job = await bench.start("sleep 68")
    outside = bench.folder / "outside"
    outside.mkdir()
    (outside / "file").write_text("stays")
    (bench.job_folder(bench.j(1)) / "link").symlink_to(outside)
    (bench.job_folder(bench.j(1)).parent / "linked").symlink_to(outside)
    with pytest.raises(TargetError, match=bench.j(2)):
        await bench.target.forget("r1")
    assert not bench.job_folder(bench.j(1)).exists()
    assert bench.job_folder(bench.j(2)).exists()
    await job.cancel()
    await bench.target.forget("r1")
    assert not bench.job_folder(bench.j(2)).parent.exists()
    assert (outside / "file").read_text() == "stays"
    await bench.target.forget("r1")
