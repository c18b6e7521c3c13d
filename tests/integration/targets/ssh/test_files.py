"""Files to and from a host while its link, its disk or its home are not what one would like."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random

import pytest

from runbook_tui.run.ports import TargetError


def written(folder, size: int):
    place = folder / "file to send"
    place.write_bytes(os.urandom(size))
    return place


def same(one, other) -> bool:
    return hashlib.sha256(one.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()


@pytest.mark.parametrize("way", ["up", "down"])
async def test_a_link_cut_while_a_file_is_carried(ssh_hosts, app_for, tmp_path, way):
    hosts = ssh_hosts(proxied=True)
    app = app_for(hosts)
    source = written(tmp_path, 12_000_000)
    await app.run("true")
    hosts[0].proxy.rate = 12_000_000

    async def cutting() -> None:
        for _ in range(2):
            await asyncio.sleep(random.uniform(0.2, 0.6))
            await asyncio.to_thread(hosts[0].proxy.cut, random.choice(["rst", "eof"]))

    scissors = asyncio.create_task(cutting())
    if way == "up":
        placed = await app.target().put_file(source, "job1")
        assert same(hosts[0].machine.path(placed), source)
    else:
        (hosts[0].home_here / "there").write_bytes(source.read_bytes())
        await app.target().get_file("there", tmp_path / "here")
        assert same(tmp_path / "here", source)
    await scissors


async def test_a_home_that_cannot_be_written_to(ssh_hosts, app_for, tmp_path):
    hosts = ssh_hosts(home="readonly")
    source = written(tmp_path, 1000)
    placed = await app_for(hosts).target().put_file(source, "job1")
    assert placed.startswith(("/var/tmp/", "/tmp/"))
    assert same(hosts[0].machine.path(placed), source)
    assert hosts[0].machine.path(placed).stat().st_mode & 0o777 == 0o600


async def test_a_host_that_allows_one_session_takes_a_file_after_a_command(ssh_hosts, app_for, tmp_path):
    hosts = ssh_hosts(max_sessions=1)
    source, app = written(tmp_path, 1000), app_for(hosts)
    assert (await app.run("echo out"))[1] == b"out\n"
    placed = await app.target().put_file(source, "job1")
    assert same(hosts[0].machine.path(placed), source)
    assert (await app.run("echo again"))[1] == b"again\n"


async def test_a_disk_that_is_full(ssh_hosts, app_for, tmp_path):
    hosts = ssh_hosts(size="3m")
    source = written(tmp_path, 5_000_000)
    with pytest.raises(TargetError, match="h001"):
        await app_for(hosts).target().put_file(source, "job1")
    left = [path.name for path in hosts[0].home_here.iterdir() if path.name.startswith(".rbt")]
    assert left == []


async def test_a_file_that_is_not_there_changes_nothing_here(ssh_hosts, app_for, tmp_path):
    hosts = ssh_hosts()
    here = tmp_path / "kept"
    here.write_text("old")
    with pytest.raises(TargetError, match="h001"):
        await app_for(hosts).target().get_file("no-such-file", here)
    assert here.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if "rbt-part" in path.name] == []
