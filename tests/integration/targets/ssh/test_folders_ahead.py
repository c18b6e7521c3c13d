"""After a channel's first command its folders are made some at a time: each job has still one of its own, and runs once."""

from __future__ import annotations

import asyncio

import pytest

from runbook_tui.run.ports import JobPhase, TargetError
from tests.integration.targets.conftest import eventually
from tests.integration.targets.ssh.conftest import job_folder
from tests.integration.targets.ssh.test_jobs import HOSTS, any_host  # noqa: F401  a fixture


def places(host, run: str = "r1"):
    """What lies in the run's folder, by name."""
    folder = host.home_here / f".local/state/runbook-tui/jobs/{run}"
    return {place.name: place for place in folder.iterdir()} if folder.is_dir() else {}


async def test_each_command_has_a_folder_of_its_own_that_anybody_finds(any_host, app_for):  # noqa: F811
    app = app_for(any_host)
    host, target = any_host[0], app.target()
    orders = [app.order(f"echo {number}; exit {number}") for number in range(12)]
    for order in orders:
        await (await target.start(order)).wait()
    folders = {job_folder(host, order.job) for order in orders}
    assert len(folders) == 12
    assert any(folder.name.startswith(".ahead.") for folder in folders)
    assert all(folder.stat().st_mode & 0o777 == 0o700 for folder in folders)
    again = app_for(any_host)
    for number, order in enumerate(orders):
        job = await again.target().start(order)  # it is there already
        assert b"".join([chunk async for chunk in job.output()]) == f"{number}\n".encode()
        assert (await job.wait()).exit == number
        report = await again.target().inspect("r1", order.job, boot=await target.boot_id())
        assert (report.phase, report.exit) == (JobPhase.EXITED, number)
        assert (await again.target().seal("r1", order.job)).phase is JobPhase.EXITED
    await target.forget("r1")
    assert places(host) == {}


async def test_the_shell_state_is_found_there(any_host, app_for):  # noqa: F811
    app = app_for(any_host)
    before = None
    for number in range(4):
        order = app.order(f'X="${{X-}}{number}"; echo "$X"', state_from=before)
        job = await app.target().start(order)
        assert b"".join([chunk async for chunk in job.output()]) == "0123"[: number + 1].encode() + b"\n"
        await job.wait()
        before = order.job


async def test_a_job_in_such_a_folder_is_ended_with_its_whole_tree(any_host, app_for):  # noqa: F811
    app = app_for(any_host)
    host = any_host[0]
    for _ in range(2):
        await app.run("true")
    order = app.order("setsid sleep 7811 & env -i sleep 7811 & sleep 7811")
    job = await app.target().start(order)
    await eventually(lambda: len(host.processes("sleep 7811")) >= 3)
    assert job_folder(host, order.job).name.startswith(".ahead.")
    result = await job.cancel()
    assert (result.cancelled, result.leftover) == (True, 0)
    await eventually(lambda: not host.processes("sleep 7811"))


async def test_one_that_runs_is_kept_and_the_others_forgotten(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts)
    for _ in range(2):
        await app.run("true")
    order = app.order("sleep 7812")
    job = await app.target().start(order)
    folder = job_folder(hosts[0], order.job)
    with pytest.raises(TargetError, match=order.job):
        await app.target().forget("r1")
    assert set(places(hosts[0])) == {order.job, folder.name, f"{folder.stem}.sup"}
    assert (await job.cancel()).cancelled
    await app.target().forget("r1")
    assert places(hosts[0]) == {}


async def test_what_was_ended_between_taking_the_folder_and_naming_it_never_ran(ssh_hosts, app_for):
    hosts = ssh_hosts()
    app = app_for(hosts)
    for _ in range(2):
        await app.run("true")
    order = app.order("echo >>~/ran")
    (hosts[0].home_here / f".local/state/runbook-tui/jobs/r1/{order.job}").touch()
    report = await app.target().inspect("r1", order.job, boot=await app.target().boot_id())
    assert (report.phase, "has not begun" in report.detail) == (JobPhase.VANISHED, True)
    assert (await app.target().seal("r1", order.job)).phase is JobPhase.VANISHED
    assert (await (await app.target().start(order)).wait()).exit is None
    assert not (hosts[0].home_here / "ran").exists()
    await app.target().forget("r1")
    assert places(hosts[0]) == {}


async def test_two_that_start_the_same_job_start_it_once(ssh_hosts, app_for):
    hosts = ssh_hosts()
    apps = [app_for(hosts) for _ in range(3)]
    for app in apps:
        for _ in range(2):
            await app.run("true")
    for number in range(12):
        order = apps[0].order(f"echo {number} >>~/ran; echo out", job=f"same-{number}")
        jobs = await asyncio.gather(*(app.target().start(order) for app in apps))
        for job in jobs:
            assert b"".join([chunk async for chunk in job.output()]) == b"out\n"
            assert (await job.wait()).exit == 0
    assert (hosts[0].home_here / "ran").read_text() == "".join(f"{number}\n" for number in range(12))


async def test_folders_that_are_gone_and_a_full_disk(ssh_hosts, app_for):
    hosts = ssh_hosts(private=True, size="4m")
    app = app_for(hosts)
    for _ in range(3):
        await app.run("true")
    for name, place in places(hosts[0]).items():
        if name.startswith(".ahead.") and place.is_dir() and not any(place.iterdir()):
            place.rmdir()
    assert (await app.run("echo here"))[1] == b"here\n"
    await app.run("true")
    await app.run("dd if=/dev/zero of=~/fill bs=4096 2>/dev/null")
    order = app.order("touch ~/ran")
    with pytest.raises(TargetError, match="full"):
        await app.target().start(order)
    assert order.job not in places(hosts[0])
    (hosts[0].home_here / "fill").unlink()
    assert (await app.run("echo here"))[1] == b"here\n"
    assert not (hosts[0].home_here / "ran").exists()


def as_versions_before_kept_it(host, job, *, runs=False, result=""):
    """What a job of a version that kept all in the folder left on its host."""
    folder = job_folder(host, job)
    lines = (folder.parent / job).read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("pid "))
    process, (start, boot, *_) = lines[at].split()[1], lines[at + 1].split()
    if not runs:
        process, start = "999999999", "1"
    for name in ("sup", "pid"):
        (folder / name).write_text(f"{process}\n{start}\n{boot}\n{process}\n.\n")
    if result:
        (folder / "rc").write_text(result)
    (folder.parent / job).write_text(f"{folder.name}\n")


async def started_ahead(app, host, text):
    """A job of that command in a folder made ahead, which the first one of a channel is not; it and its order."""
    for _ in range(2):
        await app.run("true")
    order = app.order(text)
    job = await app.target().start(order)
    assert job_folder(host, order.job).name.startswith(".ahead.")
    return job, order


async def test_what_a_version_before_left_is_read_as_it_kept_it(ssh_hosts, app_for):
    hosts = ssh_hosts()
    host, app = hosts[0], app_for(hosts)
    target = app.target()
    boot = await target.boot_id()
    job, done = await started_ahead(app, host, "echo old; exit 3")
    await job.wait()
    as_versions_before_kept_it(
        host,
        done.job,
        result="exit 4\nsignal -\ntimed_out 0\ncancelled 0\nleftover 0\nstate 0\nseconds 0.01\ndetail \n.\n",
    )
    report = await target.inspect("r1", done.job, boot=boot)
    assert (report.phase, report.exit) == (JobPhase.EXITED, 4)
    again = await target.start(done)  # it is there already
    assert b"".join([chunk async for chunk in again.output()]) == b"old\n"
    assert (await again.wait()).exit == 4

    job, lost = await started_ahead(app, host, "true")
    await job.wait()
    as_versions_before_kept_it(host, lost.job)
    assert (await target.inspect("r1", lost.job, boot=boot)).phase is JobPhase.VANISHED

    job, runs = await started_ahead(app, host, "sleep 7813")
    await eventually(lambda: host.processes("sleep 7813"))
    as_versions_before_kept_it(host, runs.job, runs=True)
    assert (await target.inspect("r1", runs.job, boot=boot)).phase is JobPhase.RUNNING
    with pytest.raises(TargetError, match=runs.job):
        await target.forget("r1")
    assert (await job.cancel()).cancelled
    await eventually(lambda: not host.processes("sleep 7813"))
    await target.forget("r1")
    assert places(host) == {}
