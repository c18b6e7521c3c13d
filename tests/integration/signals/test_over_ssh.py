"""Telemetry over the connection that commands use as well: a real sshd, the fake nvidia-smi behind it."""

import asyncio
import os
import time

import pytest

from runbook_tui.document.conditions import read
from runbook_tui.gates.stated import Timing, check_of
from runbook_tui.gates.verdict import Verdict
from runbook_tui.records import SystemClock
from runbook_tui.run.fleet import HostSpec
from runbook_tui.run.ports import SignalError
from runbook_tui.signals.gpu.samples import GpuMetric
from runbook_tui.signals.gpu.smi import SmiSource
from runbook_tui.targets.ssh.hosts import SshHosts
from runbook_tui.targets.ssh.settings import SshSettings
from runbook_tui.watching import Watched, Watcher
from tests.ssh.plugin import ssh_hosts  # noqa: F401 - a fixture
from tests.stand_in.truth import install_smi, running


@pytest.fixture
def bed(ssh_hosts):  # noqa: F811
    return ssh_hosts(1, private=False)  # it shares this machine's files


@pytest.fixture
async def lines(bed):
    """A host reached by SSH, read line by line."""
    hosts = SshHosts(SshSettings(config=(bed.config,), known_hosts=(bed.known_hosts,)), clock=SystemClock())
    yield hosts.lines(HostSpec(name=bed.names[0]))
    await hosts.close()


async def taken(lines, command, most=100):
    found = []
    stream = lines.lines(command)
    async for line in stream:
        found.append(line)
        if len(found) >= most:
            break
    await stream.aclose()
    return found


async def test_lines_come_as_they_are_written(lines):
    began = time.monotonic()
    stream = lines.lines("echo one; sleep 30; echo two")
    async with asyncio.timeout(15):
        assert await anext(stream) == "one"
    await stream.aclose()
    assert time.monotonic() - began < 20


async def test_a_command_that_ends_well_ends_the_stream(lines):
    assert [
        line for line in await taken(lines, "printf 'a\\nb \\n'; LC_ALL=C printf '%s\\n' \"$HOME\" | wc -l") if line
    ] == [
        "a",
        "b ",
        "1",
    ]


async def test_a_command_that_fails_says_why(lines):
    with pytest.raises(SignalError, match="not installed"):
        await taken(lines, "no-such-program")
    with pytest.raises(SignalError, match="status 3: because"):
        await taken(lines, "echo because >&2; exit 3")


async def test_closing_ends_even_a_silent_command_over_there(lines, tmp_path):
    stream = lines.lines(f"echo $$; exec sleep 7{os.getpid()}")
    async with asyncio.timeout(15):
        await anext(stream)
    await stream.aclose()
    for _ in range(100):
        left = running(f"sleep 7{os.getpid()}")
        if not left:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it still runs there")


class There:
    """The same host, with the fake nvidia-smi in its PATH."""

    def __init__(self, lines, environment):
        self._lines = lines
        self.host = lines.host
        self._environment = " ".join(f"{name}={value}" for name, value in environment.items())

    def lines(self, command):
        return self._lines.lines(f"export {self._environment}; {command}")


async def test_gpus_of_another_machine(lines, truth, tmp_path, until):
    programs = install_smi(tmp_path / "bin")
    there = There(lines, {"PATH": f"{programs}:/usr/bin:/bin", "RBT_STAND_IN": truth.path})
    source = SmiSource(SystemClock(), there, interval=0.1)
    try:
        source.start()
        await until(lambda: source.latest().gpus and source.latest().gpus[0].xid == (), "a reading", 20)
        ages = []
        for value in (11, 22, 33):
            began = time.monotonic()
            truth.tell(0, util=value)
            await until(lambda value=value: source.latest().gpus[0].util == value, f"{value} %")
            ages.append(time.monotonic() - began)
        assert min(ages) < 5.0
        truth.xid(1, 31)
        await until(lambda: source.latest().gpus[1].xid, "the error")
    finally:
        await source.close()


async def test_a_condition_on_another_machines_gpus_has_no_data_when_the_host_is_gone(
    bed, lines, truth, tmp_path, until
):
    programs = install_smi(tmp_path / "bin")
    there = There(lines, {"PATH": f"{programs}:/usr/bin:/bin", "RBT_STAND_IN": truth.path})
    source = SmiSource(SystemClock(), there, interval=0.1)
    signal = GpuMetric([source], "gpu_utilization", reduce="max", percent=True, trust=True)
    condition = read("GPU utilization exceeds 95% for >10 minutes", 1)
    check = check_of(condition, id="c", unit="%", timing=Timing(every=0.2))
    watcher = Watcher(Watched(check=check, signal=signal), SystemClock())
    try:
        truth.tell(0, util=97)
        truth.tell(1, util=12)
        source.start()
        await until(lambda: any(gpu.util == 97 for gpu in source.latest().gpus), "a reading", 20)
        seen = await watcher.look()
        assert (seen.standing.verdict, seen.standing.value) == (Verdict.PASS, 97.0)  # ten minutes are not over
        assert seen.standing.breaching is not None
        assert seen.standing.age < 5
        bed[0].server.stop()
        bed[0].server.drop_connections()
        end = time.monotonic() + 30
        while (verdict := (await watcher.look()).standing.verdict) is Verdict.PASS:
            assert time.monotonic() < end
            await asyncio.sleep(0.2)
        assert verdict is Verdict.NO_DATA
    finally:
        await source.close()
