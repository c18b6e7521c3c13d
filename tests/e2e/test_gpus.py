"""The GPU strip of the walk and the screen behind `g`."""

import subprocess
import time
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from runbook_tui.desk import LocalDesk
from runbook_tui.run.gpu.model import Gpu, GpuHost, GpuProcess, Source, Xid
from runbook_tui.signals.gpu.owners import start_ticks
from runbook_tui.telemetry import Telemetry
from runbook_tui.tui.app import RunbookApp
from tests.e2e.conftest import Operator
from tests.stand_in.truth import Truth

GIB = 1 << 30
PLAN = "# Deploy\n\n## Go\n\n- [ ] Look at the GPUs\n- [ ] Next\n"


def gpu(index, host="a", **more):
    values = {"util": 10.0 * (index % 10), "memory_used": 30 * GIB, "memory_total": 80 * GIB, "power": 300.0, "power_limit": 700.0,
              "temperature": 60.0, "temperature_slowdown": 87.0, "throttle": (), "at": time.time(), "processes": ()}  # fmt: skip
    return Gpu(uuid=f"GPU-{host}-{index}", index=index, name="NVIDIA H100", **(values | more))


def host(name, *gpus, **more):
    return GpuHost(host=name, source=Source.NVML, driver="580.65", gpus=gpus, at=time.time(), **more)


class Still:
    """A source that says what the test wants."""

    def __init__(self, value):
        self.value = value
        self._listeners = []

    @property
    def host(self):
        return self.value.host

    def start(self):
        self.tell(self.value)

    def tell(self, value):
        self.value = value
        for listener in self._listeners:
            listener(value)

    def latest(self):
        return self.value

    def subscribe(self, listener):
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def ask_now(self):
        self.asked = True

    async def close(self):
        pass


@pytest.fixture
def watching(folder):
    @asynccontextmanager
    async def open_(*hosts, path=None, size=(120, 40)):
        sources = [Still(one) for one in hosts]
        view = Telemetry(sources)
        app = RunbookApp(LocalDesk(gpus=lambda: view), open_path=str(path) if path else None, gpus=path is None)
        async with app.run_test(size=size) as pilot:
            ana = Operator(app, pilot)
            ana.sources = sources
            if path:
                await ana.until(lambda: ana.walk.view is not None, "the run")
            else:
                await ana.reads("GPU")
            yield ana

    return open_


async def test_the_strip_shows_the_gpus_of_the_walk(document, watching):
    async with watching(host("here", gpu(8)), path=document(PLAN)) as ana:
        await ana.reads("GPU 8", "80 %", "30/80 GiB", "300 W", "60 °C", "g more")
        ana.sources[0].tell(host("here", gpu(8, error="the GPU is lost: it fell off the bus", error_code=15)))
        await ana.reads("the GPU is lost")


async def test_where_there_is_no_driver_there_is_no_strip(document, opened, monkeypatch):
    monkeypatch.setattr("runbook_tui.desk.driver_here", lambda: False)
    async with opened(document(PLAN)) as ana:
        await ana.pilot.pause(0.3)
        assert "GPU 0" not in ana.screen
        await ana.press("g")
        await ana.reads("There is no NVIDIA driver")
        await ana.press("g")
        await ana.reads("Look at the GPUs")


async def test_g_opens_the_screen_and_closes_it(document, watching):
    gone = Xid(code=79, at=time.time())
    async with watching(host("here", gpu(0), gpu(1, xid=(gone,), xid_since=0.0)), path=document(PLAN)) as ana:
        await ana.reads("GPU 0")
        await ana.press("g")
        await ana.reads("2 GPUs on here", "driver 580.65", "utilisation", "held back by")
        await ana.press("j")
        await ana.reads("XID 79", "fallen off the bus → drain", "restart the machine")
        await ana.press("question_mark")
        await ana.reads("end the process under the cursor")
        await ana.press("escape", "g")
        await ana.reads("enter tick")


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_a_fleet_of_64_is_readable(watching, size):
    hosts = [host(f"node-{n:02}", *[gpu(k, f"{n}") for k in range(8)]) for n in range(8)]
    hosts[7] = replace(hosts[7], gpus=(*hosts[7].gpus[:7], gpu(7, "7", recovery=1)))
    async with watching(*hosts, size=size) as ana:
        await ana.reads("64 GPUs on 8 machines", "node-00", "blocking")
        assert all(len(line) <= size[0] for line in ana.screen.splitlines())
        await ana.press("end")
        await ana.reads("node-07", "wants: reset the GPU", "GPU-7-7")


async def test_a_source_that_fails_and_one_that_is_fake_are_named(watching):
    down = replace(host("node-1"), error="the driver does not answer for 30 s", error_code=10)
    async with watching(host("node-0", gpu(0), fake=True), down) as ana:
        await ana.reads("FAKE", "the driver does not answer for 30 s")
        await ana.press("end")
        await ana.reads("node-1")


async def test_values_grow_old_on_the_screen(watching):
    async with watching(host("here", gpu(0, age=14.0))) as ana:
        await ana.reads("14 s old", "read 14 s ago", "oldest value 14 s")


async def test_ending_a_process_asks_with_the_key_of_destruction(document, watching):
    child = subprocess.Popen(["sleep", "60"])
    try:
        process = GpuProcess(pid=child.pid, name="sleep", user="ana", memory=GIB, started=start_ticks(child.pid))
        async with watching(host("here", gpu(0, processes=(process,)), fake=True), path=document(PLAN)) as ana:
            await ana.go_to("Look at the GPUs")
            await ana.reads("GPU 0")
            await ana.press("g")
            await ana.reads("1, by memory")
            await ana.press("tab", "x")
            await ana.reads("End this process?", f"sleep (pid {child.pid})", "destroying")
            await ana.answer("enter")
            assert child.poll() is None
            await ana.answer("D")
            await ana.reads("was asked to end")
            assert child.wait(5) == -15
            await ana.press("g")
            step = next(step for step in ana.walk.view.runbook.steps if step.title == "Look at the GPUs")
            await ana.until(lambda: ana.state.step(step.id).notes, "the note")
            assert f"pid {child.pid}" in ana.state.step(step.id).notes[0].text
    finally:
        child.kill()
        child.wait()


async def test_a_process_that_became_another_is_not_ended(watching):
    child = subprocess.Popen(["sleep", "60"])
    try:
        process = GpuProcess(pid=child.pid, name="python", user="ana", memory=GIB, started=1.0)
        async with watching(host("here", gpu(0, processes=(process,)), fake=True)) as ana:
            await ana.reads("1, by memory")
            await ana.press("tab", "x")
            await ana.answer("D")
            await ana.reads("is another process by now")
            assert child.poll() is None
    finally:
        child.kill()
        child.wait()


async def test_processes_are_filtered(watching):
    mine, other = (GpuProcess(pid=n, name=name, user="ana", memory=n) for n, name in ((5, "train"), (6, "serve")))
    async with watching(host("here", gpu(0, processes=(mine, other)))) as ana:
        await ana.reads("train", "serve")
        await ana.press("slash")
        await ana.press(*"TRAIN", "enter")
        await ana.reads("1 match")
        assert "       6  ana" not in ana.screen
        await ana.press("o")
        await ana.reads("processes by user")


async def test_processes_elsewhere_are_only_shown(watching):
    process = GpuProcess(pid=5, name="train", user="ana")
    async with watching(replace(host("far", gpu(0, processes=(process,))), source=Source.SMI)) as ana:
        await ana.reads("train")
        await ana.press("tab", "x")
        await ana.answer("D")
        await ana.reads("only shown here")


async def test_a_driver_that_hangs_never_hangs_the_app(document, opened, folder, library, monkeypatch):
    truth = Truth(folder)
    for name, value in truth.environment(library).items():
        monkeypatch.setenv(name, value)
    truth.tell(init="hang")
    async with opened(document(PLAN)) as ana:
        await ana.reads("no answer yet")
        await ana.press("space")
        await ana.until(lambda: ana.phase("Look at the GPUs") == "done")  # the driver hangs until it is told below
        await ana.press("g")
        await ana.reads("no answer yet")
        await ana.press("g")
        truth.tell(init=0)
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 30


async def test_the_app_reads_the_driver_of_this_machine(document, opened, folder, library, monkeypatch):
    truth = Truth(folder)
    for name, value in truth.environment(library).items():
        monkeypatch.setenv(name, value)
    async with opened(document(PLAN)) as ana:
        await ana.reads("83 %", "61/80 GiB", "FAKE")
        truth.tell(1, lost=1)
        await ana.press("g")
        await ana.reads("2 GPUs on", "the GPU is lost")
        truth.tell(1, lost=0, recovery=4)
        await ana.press("r")
        await ana.reads("wants: drain, then reset the GPU")
