"""Files carried by steps, to this machine and to others."""

from __future__ import annotations

import hashlib
import os

import pytest

from runbook_tui.run import intents as i
from runbook_tui.run.state import StepPhase
from tests.integration.run.desk import stage_of, step  # noqa: F401
from tests.integration.run.test_fleets import fleet_of, ssh_hosts  # noqa: F401

UP = "# R\n\n## Go\n\nPut it there:\n\n```upload\nthe file -> {to} {more}\n```\n".replace("the file", '"the file"')
DOWN = "# R\n\n## Go\n\nFetch it:\n\n```download\n~/log.bin -> fetched\n```\n"


async def carried(conductor, title: str):
    own = step(conductor, title)
    await conductor.perform(i.RunStep(step=own.id, confirmed=True))
    state = conductor.state.step(own.id)
    return state, [await conductor.kept_output(job) for job in state.jobs]


async def test_a_file_arrives_whole_on_every_host_with_its_mode(fleet_of, tmp_path) -> None:  # noqa: F811
    stage, hosts = fleet_of(2, UP.format(to="~/app.bin", more="mode=0640"))
    content = os.urandom(3_000_000)
    tmp_path.joinpath("the file").write_bytes(content)
    async with stage.new_run(target="web") as conductor:
        state, outputs = await carried(conductor, "Put it there")
        assert state.phase is StepPhase.DONE
        assert all(hashlib.sha256(content).hexdigest().encode() in output for output in outputs)
    for host in hosts:
        placed = host.home_here / "app.bin"
        assert placed.read_bytes() == content
        assert placed.stat().st_mode & 0o777 == 0o640
        assert sorted(path.name for path in host.home_here.iterdir() if "rbt" in path.name) == []


async def test_what_is_not_the_file_the_runbook_wants_is_not_sent(fleet_of, tmp_path) -> None:  # noqa: F811
    stage, hosts = fleet_of(1, UP.format(to="app.bin", more=f"sha256={'0' * 64}"))
    tmp_path.joinpath("the file").write_text("something else")
    async with stage.new_run(target="web") as conductor:
        state, _ = await carried(conductor, "Put it there")
        assert "Nothing was changed" in state.reason
        assert state.phase is StepPhase.PENDING
    assert not (hosts[0].home_here / "app.bin").exists()


async def test_a_place_that_cannot_be_written_keeps_what_it_had(fleet_of, tmp_path) -> None:  # noqa: F811
    stage, hosts = fleet_of(1, UP.format(to="/proc/nowhere", more=""))
    tmp_path.joinpath("the file").write_text("x")
    async with stage.new_run(target="web") as conductor:
        state, outputs = await carried(conductor, "Put it there")
        assert state.phase is StepPhase.FAILED
        assert b"nothing there was changed" in outputs[0]
    assert not [path for path in hosts[0].home_here.iterdir() if "rbt" in path.name]


async def test_what_is_fetched_from_many_is_named_for_each(fleet_of, tmp_path) -> None:  # noqa: F811
    stage, hosts = fleet_of(2, DOWN)
    for host in hosts:
        host.home_here.joinpath("log.bin").write_bytes(host.alias.encode() * 1000)
    async with stage.new_run(target="web") as conductor:
        state, _ = await carried(conductor, "Fetch it")
        assert state.phase is StepPhase.DONE
    for host in hosts:
        assert tmp_path.joinpath(f"fetched.{host.alias}").read_bytes() == host.alias.encode() * 1000


async def test_a_file_that_is_not_there_changes_nothing_here(fleet_of, tmp_path) -> None:  # noqa: F811
    stage, _ = fleet_of(1, DOWN)
    tmp_path.joinpath("fetched").write_text("old")
    async with stage.new_run(target="web") as conductor:
        state, _ = await carried(conductor, "Fetch it")
        assert state.phase is StepPhase.PENDING
        assert "No such file" in state.reason
    assert tmp_path.joinpath("fetched").read_text() == "old"


@pytest.mark.parametrize("fence", ["upload", "download"])
async def test_this_machine_is_a_target_like_any(stage_of, fence) -> None:  # noqa: F811
    stage = stage_of(f"# R\n\n## Go\n\nCarry:\n\n```{fence}\n{{0}}/a -> {{0}}/b\n```\n")
    stage.path.write_text(stage.path.read_text().replace("{0}", str(stage.folder)))
    stage.folder.joinpath("a").write_text("content")
    async with stage.new_run() as conductor:
        state, outputs = await carried(conductor, "Carry")
        assert state.phase is StepPhase.DONE, outputs
    assert stage.folder.joinpath("b").read_text() == "content"
