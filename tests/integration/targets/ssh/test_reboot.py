"""A host that was restarted: what ran there is unknown, never failed, and never taken for running."""

from __future__ import annotations

import asyncio

from runbook_tui.run.ports import JobPhase


async def test_a_job_on_a_host_that_reboots_has_an_unknown_outcome(ssh_hosts, app_for):
    hosts = ssh_hosts(private=True)
    app = app_for(hosts)
    target = app.target()
    before = await target.boot_id()
    order = app.order("echo one; sleep 60; echo two")
    job = await target.start(order)
    reading = asyncio.create_task(_read(job))
    await asyncio.sleep(0.5)
    await asyncio.to_thread(hosts[0].server.reboot)
    async with asyncio.timeout(30):
        assert await reading == b"one\n"
        result = await job.wait()
    assert result.exit is None
    assert "restarted" in result.detail
    after = await target.boot_id()
    assert after != before
    report = await target.inspect("r1", order.job, boot=before)
    assert (report.phase, report.exit) == (JobPhase.VANISHED, None)
    again = app_for(hosts)
    report = await again.target().inspect("r1", order.job, boot=before)
    assert report.phase is JobPhase.VANISHED
    result = await (await again.target().attach("r1", order.job)).wait()
    assert result.exit is None


async def test_a_job_that_had_ended_before_the_reboot_is_still_known(ssh_hosts, app_for):
    hosts = ssh_hosts(private=True)
    app = app_for(hosts)
    before = await app.target().boot_id()
    order = app.order("echo done; exit 3")
    await (await app.target().start(order)).wait()
    await asyncio.to_thread(hosts[0].server.reboot)
    report = await app.target().inspect("r1", order.job, boot=before)
    assert (report.phase, report.exit) == (JobPhase.EXITED, 3)
    job = await app.target().attach("r1", order.job)
    assert await _read(job) == b"done\n"


async def test_a_command_whose_start_was_lost_with_the_machine_may_have_run(ssh_hosts, app_for):
    hosts = ssh_hosts(
        private=True, tmp="", home="readonly"
    )  # the folder of jobs is in /var/tmp, which a reboot empties
    app = app_for(hosts)
    before = await app.target().boot_id()
    order = app.order("sleep 60")
    await app.target().start(order)
    await asyncio.to_thread(hosts[0].server.reboot)
    report = await app.target().inspect("r1", order.job, boot=before)
    assert report.phase is JobPhase.VANISHED


async def test_numbers_of_processes_that_begin_anew_are_not_taken_for_the_job(ssh_hosts, app_for):
    """After the reboot the job's pid is somebody else's: asking and cancelling must leave that one alone."""
    hosts = ssh_hosts(private=True)
    app = app_for(hosts)
    before = await app.target().boot_id()
    order = app.order("sleep 60")
    job = await app.target().start(order)
    await asyncio.to_thread(hosts[0].server.reboot)
    crowd = "i=0; while [ $i -lt 150 ]; do setsid sleep 7850 >/dev/null 2>&1 </dev/null & i=$((i+1)); done"
    hosts[0].machine.run("sh", "-c", crowd)
    assert (await app.target().inspect("r1", order.job, boot=before)).phase is JobPhase.VANISHED
    result = await job.cancel()
    assert result.exit is None
    assert len(hosts[0].processes("sleep 7850")) == 150


async def _read(job) -> bytes:
    return b"".join([chunk async for chunk in job.output()])
