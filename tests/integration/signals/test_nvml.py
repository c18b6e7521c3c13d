"""NVML through its own process, against the stand-in of libnvidia-ml."""

import asyncio
import ctypes
import os
import re
import subprocess
import time
from pathlib import Path

import pynvml
import pytest

from runbook_tui.gates.gpu_health import health
from runbook_tui.run.gpu.model import Source
from runbook_tui.run.gpu.trail import Trail
from runbook_tui.run.gpu.verdicts import Verdict, worst
from runbook_tui.run.gpu.words import GONE
from runbook_tui.signals.gpu import nvml as nvml_source
from runbook_tui.signals.gpu.samples import GpuMetric
from tests.stand_in.truth import MIB


async def first(source, until):
    source.start()
    return await until(lambda: source.latest().gpus and source.latest(), "a reading")


async def test_a_reading_has_everything_the_driver_gives(truth, source, until):
    host = await first(source, until)
    assert (host.source, host.fake, host.error, host.driver, host.cuda) == (
        Source.NVML,
        True,
        None,
        "580.65.06",
        "13.0",
    )
    gpu = host.gpus[0]
    assert (gpu.uuid, gpu.index, gpu.pci) == (truth.gpus[0]["uuid"], 0, "00000000:10:00.0")
    assert (gpu.util, gpu.memory_util, gpu.memory_used, gpu.memory_total) == (83, 41, 62_464 * MIB, 81_559 * MIB)
    assert gpu.memory_reserved == 520 * MIB  # not counted as used
    assert (gpu.power, gpu.power_limit, gpu.temperature, gpu.temperature_memory) == (412.34, 700.0, 64, 71)
    assert (gpu.temperature_slowdown, gpu.temperature_margin) == (87, 23)
    assert (gpu.clock_sm, gpu.clock_sm_max, gpu.clock_mem, gpu.pstate, gpu.throttle) == (1755, 1980, 2619, 0, ())
    assert (gpu.ecc, gpu.ecc_uncorrected, gpu.sram_exceeded, gpu.recovery) == (True, 0, False, 0)
    assert (gpu.row_remap.pending, gpu.row_remap.failure) == (False, False)
    assert (gpu.nvlink.active, gpu.nvlink.inactive, gpu.nvlink.speed, gpu.nvlink.errors) == (18, 0, 26_562, 0)
    assert (gpu.fabric, gpu.pcie_gen, gpu.pcie_width, gpu.pcie_replay) == ("completed", 5, 16, 0)
    assert (gpu.mig, gpu.xid, gpu.processes) == (False, (), ())


async def test_what_the_driver_cannot_give_is_absent_and_never_zero(truth, source, until):
    truth.tell(0, util=None, power_instant=None, power="!3", ecc_uncorrected="!13", remap_pending="!3", nvlinks=None)
    truth.tell(0, temperature=0xFFFFFFFF, fabric=None, procs="!4", graphics="!4", throttle=None, margin="!13")
    gpu = (await first(source, until)).gpus[0]
    for name in ("util", "power", "ecc_uncorrected", "row_remap", "nvlink", "temperature", "fabric", "processes"):
        assert getattr(gpu, name) is None, name
    assert (gpu.throttle, gpu.temperature_margin, gpu.error) == (None, None, None)


async def test_the_older_names_of_newer_values_are_asked_too(truth, source, until):
    truth.tell(0, power_instant="!3", power=250_000)
    assert (await first(source, until)).gpus[0].power == 250.0


async def test_a_gpu_lost_in_the_middle_keeps_its_last_values_and_says_so(truth, source, until):
    await first(source, until)
    truth.tell(1, lost=1)
    host = await until(lambda: source.latest().gpus[1].error and source.latest(), "the loss")
    assert "fell off the bus" in host.gpus[1].error
    assert host.gpus[1].error_code == 15
    assert host.gpus[1].util == 83
    await until(lambda: source.latest().gpus[0].age < 0.5 < source.latest().gpus[1].age, "its age")
    assert source.latest().gpus[0].error is None
    truth.tell(1, lost=0)
    await until(lambda: source.latest().gpus[1].error is None, "its return")


async def test_a_gpu_lost_before_the_reader_starts_is_a_row_that_blocks(truth, source, until):
    truth.tell(0, handle="!15")
    host = await first(source, until)
    assert [(gpu.index, gpu.error_code) for gpu in host.gpus] == [(0, 15), (1, None)]
    checks = {(one.check, one.gpu): one for one in health(host, trust=True)}
    assert checks["device", host.gpus[0].uuid].verdict is Verdict.BLOCK
    assert "fell off the bus" in checks["device", host.gpus[0].uuid].detail
    assert "1 of 2 devices can be used: GPU 0" in checks["inventory", None].detail
    assert checks["inventory", None].verdict is Verdict.BLOCK
    (sample,) = await GpuMetric([source], "gpu_utilization", reduce="max", trust=True).read()
    assert sample.value is None  # the device that is left says nothing about the one that is not
    truth.tell(0, handle=None)
    host = await until(lambda: source.latest().gpus[0].error is None and source.latest(), "its return")
    assert (host.gpus[0].uuid, host.gpus[0].ecc_uncorrected, len(host.gpus)) == (truth.gpus[0]["uuid"], 0, 2)
    assert {one.check: one.verdict for one in health(host, trust=True)}["inventory"] is Verdict.PASS


async def test_a_device_of_somebody_else_is_not_known_and_does_not_block(truth, source, until):
    truth.tell(1, handle="!4")
    checks = {(one.check, one.gpu): one.verdict for one in health(await first(source, until), trust=True)}
    assert (checks["device", "gpu-1"], checks["inventory", None]) == (Verdict.UNKNOWN, Verdict.PASS)


async def test_a_device_that_a_driver_begun_anew_no_longer_counts_is_missed(truth, source, until):
    await first(source, until)
    truth.gpus, gone = truth.gpus[:1], truth.gpus[1]
    truth.tell(0, util="!1")
    await until(lambda: source.latest().error, "the complaint")
    truth.tell(0, util=5)
    host = await until(lambda: source.latest().error is None and source.latest().count == 1 and source.latest(), "it")
    assert (host.gpus[1].uuid, host.gpus[1].error) == (gone["uuid"], GONE)
    assert worst(one for one in health(host, trust=True) if one.check == "inventory") is Verdict.BLOCK


@pytest.mark.parametrize(
    ("processes", "state", "wanted"),
    [(["nv-fabricmanage"], "active", Verdict.PASS), (["sh"], "inactive", Verdict.BLOCK), ([], None, Verdict.UNKNOWN)],
)
async def test_whether_the_switches_have_their_manager(truth, source, until, tmp_path, processes, state, wanted):
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "nvidia-nvswitchctl").touch()
    for pid, name in enumerate(processes, 100):
        (tmp_path / "proc" / str(pid)).mkdir(parents=True)
        (tmp_path / "proc" / str(pid) / "comm").write_text(f"{name}\n")
    host = await first(source, until)
    assert host.fabric_manager == state
    assert {one.verdict for one in health(host, trust=True) if one.check == "fabric"} == {wanted}


async def test_a_switch_whose_driver_is_not_there_is_seen_on_the_bus(truth, source, until, tmp_path):
    place = tmp_path / "sys" / "bus" / "pci" / "devices" / "0000:86:00.0"
    place.mkdir(parents=True)
    (place / "class").write_text("0x068000\n")
    (place / "vendor").write_text("0x10de\n")
    assert (await first(source, until)).fabric_manager is None


async def test_links_the_driver_counts_and_does_not_answer_for_block(truth, source, until):
    truth.tell(0, nvlinks_hidden=2)
    truth.tell(1, nvlink_speed=20_000)
    host = await first(source, until)
    assert (host.gpus[0].nvlink.links, host.gpus[0].nvlink.active) == (18, 16)
    said = [one.detail for one in health(host, trust=True) if one.check == "nvlink" and one.verdict is Verdict.BLOCK]
    assert said == ["16 links are active, 18 there must be", "a link runs at 20,000 MB/s, 26,562 is its speed"]


async def test_pages_that_were_retired_are_counted(truth, source, until):
    truth.tell(0, retired=3, retired_corrected=11)
    gpu = (await first(source, until)).gpus[0]
    assert gpu.retired == 11
    assert "retired" in source.latest().gpus[1].without


async def test_counters_read_once_are_not_compared_with_themselves(truth, source, until):
    trail = Trail()
    source.subscribe(lambda host: trail.add(host.gpus[0]) if host.gpus else None)
    await first(source, until)
    await until(lambda: trail.window(60) and trail.window(60).told > 3, "readings")
    assert (trail.window(60).replays, trail.window(60).link_errors) == (None, None)
    await source.ask_now()
    await until(lambda: (trail.window(60).replays, trail.window(60).link_errors) == (0, 0), "the second")


async def test_one_device_that_hangs_holds_up_no_other(truth, source, until):
    await first(source, until)
    truth.tell(1, hang=1)
    host = await until(lambda: source.latest().gpus[1].error and source.latest(), "the hang")
    assert "does not answer" in host.gpus[1].error
    truth.tell(0, util=12)
    await until(lambda: source.latest().gpus[0].util == 12, "the other device")
    assert source.latest().gpus[1].util == 83
    begin = time.monotonic()
    await source.close()
    assert time.monotonic() - begin < 20


async def test_a_device_that_hangs_from_the_start_leaves_the_others_readable(truth, source, until):
    truth.tell(0, hang=1)
    source.start()
    await until(lambda: len(source.latest().gpus) == 2 and source.latest().gpus[1].util == 83, "the other device")


async def test_an_initialisation_that_hangs_for_ever_is_said_and_left(truth, source, until, monkeypatch):
    monkeypatch.setattr(nvml_source, "GIVE_UP", 0.6)
    truth.tell(init="hang")
    source.start()
    await until(lambda: "does not answer" in (source.latest().error or ""), "the complaint")
    assert source.latest().error_code == 10
    truth.tell(init=0)
    await until(lambda: source.latest().gpus, "a later try")


async def test_a_slow_call_makes_values_older_and_stops_nothing(truth, source, until):
    truth.tell(0, power_instant="!3", power=250_000, power__ms=700)
    await first(source, until)
    truth.tell(1, util=7)
    await until(lambda: source.latest().gpus[1].util == 7, "the fast device", 3)


@pytest.mark.parametrize(("code", "says"), [(18, "not reloaded"), (9, "not loaded"), (4, "no permission")])
async def test_a_driver_that_will_not_begin_is_named(truth, source, until, code, says):
    truth.tell(init=f"!{code}")
    source.start()
    await until(lambda: says in (source.latest().error or ""), says)
    assert source.latest().error_code == code
    assert source.latest().gpus == ()


async def test_a_driver_reloaded_under_way_is_read_again(truth, source, until):
    await first(source, until)
    truth.tell(0, lost=0, util="!1", memory_used="!1")
    await until(lambda: source.latest().error, "the complaint")
    truth.tell(0, util=5, memory_used=MIB)
    truth.tell(driver="590.10")
    await until(lambda: source.latest().error is None and source.latest().driver == "590.10", "the new driver")


async def test_errors_of_the_driver_are_told_as_they_come(truth, source, until, tmp_path):
    (tmp_path / "kmsg").unlink()  # only the driver's own events
    await first(source, until)
    await until(lambda: all(gpu.xid == () for gpu in source.latest().gpus), "the watch")
    assert "may not be read" in source.latest().notes[-1]
    truth.xid(1, 79)
    await until(lambda: source.latest().gpus[1].xid, "the error")
    assert [xid.code for xid in source.latest().gpus[1].xid] == [79]
    truth.xid(1, 79)
    truth.xid(0, 13)
    await until(lambda: source.latest().gpus[0].xid, "the second")
    assert len(source.latest().gpus[1].xid) == 1  # the same within seconds is one


async def test_the_kernels_log_tells_what_was_before(truth, source, until, tmp_path):
    (tmp_path / "kmsg").write_text(
        "4,100,1000000,-;something else\n3,101,2000000,-;NVRM: Xid (PCI:0000:18:00): 63, pid=77, name=python, row remapped\n"
    )
    host = await first(source, until)
    assert host.gpus[0].xid == ()
    assert [(xid.code, "row remapped" in xid.detail) for xid in host.gpus[1].xid] == [(63, True)]


async def test_mig_slices_are_known_by_their_uuid(truth, source, until):
    truth.tell(0, mig=1, util="!3")
    for index in range(2):
        for key, value in {"uuid": f"MIG-{index}", "name": "1g.10gb", "gi": 7 + index, "ci": 0, "memory_used": MIB,
                           "memory_total": 9984 * MIB}.items():  # fmt: skip
            truth.extra[f"gpu0.mig{index}.{key}"] = value
    truth.write()
    gpu = (await first(source, until)).gpus[0]
    assert gpu.mig
    assert gpu.util is None
    assert [(one.uuid, one.name, one.gpu_instance) for one in gpu.slices] == [
        ("MIG-0", "1g.10gb", 7),
        ("MIG-1", "1g.10gb", 8),
    ]


async def test_eight_devices_with_two_hundred_processes(truth, source, until):
    own = subprocess.Popen(["sleep", "60"])
    try:
        truth.gpus = [truth.gpus[0] | {"uuid": f"GPU-{n}", "pci": f"00000000:{n:02X}:00.0"} for n in range(8)]
        for index, gpu in enumerate(truth.gpus):
            gpu["procs"] = ",".join([f"{own.pid}:{512 * MIB}"] + [f"{4_000_000 + index * 100 + n}:{n * MIB}" for n in range(24)])  # fmt: skip
        truth.write()
        host = await first(source, until)
        assert sum(len(gpu.processes) for gpu in host.gpus) == 200
        mine = next(one for one in host.gpus[3].processes if one.pid == own.pid)
        assert (mine.name, mine.memory) == ("sleep", 512 * MIB)
        assert mine.user
        assert mine.started
        stranger = next(one for one in host.gpus[3].processes if one.pid == 4_000_305)
        assert (stranger.user, stranger.memory) == (None, 5 * MIB)  # of another namespace
    finally:
        own.kill()
        own.wait()


async def test_a_reader_that_is_killed_is_started_again(truth, source, until):
    await first(source, until)
    source._process.kill()
    await until(lambda: source.latest().error, "the complaint")
    truth.tell(0, util=1)
    await until(lambda: source.latest().error is None and source.latest().gpus[0].util == 1, "the return")


async def test_closing_leaves_no_process(truth, source, until):
    await first(source, until)
    pid = source._process.pid
    await source.close()
    await asyncio.sleep(0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_where_there_is_no_driver_it_says_so(source, until, monkeypatch, tmp_path):
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    source.start()
    await until(lambda: source.latest().error_code is not None, "the answer")
    if source.latest().error_code != 12:
        pytest.skip("there is a driver on this machine")
    assert "no NVIDIA driver" in source.latest().error


# --- the stand-in itself ---


def test_structs_are_as_large_as_the_bindings(library):
    standing_in = ctypes.CDLL(str(library))
    standing_in.rbt_sizeof.restype = ctypes.c_ulong
    names = re.findall(r"    SIZE\(\w+, (\w+)\);", (Path(__file__).parents[2] / "stand_in" / "nvml.c").read_text())
    assert len(names) == 10
    for name in names:
        assert standing_in.rbt_sizeof(name.encode()) == ctypes.sizeof(getattr(pynvml, name)), name


def test_it_exports_nothing_the_library_does_not_have(library):
    """Every symbol is one that the binding asks the real library for."""
    listed = subprocess.run(["nm", "-D", "--defined-only", str(library)], capture_output=True, text=True, check=True)
    exported = set(re.findall(r" T (nvml\w+)$", listed.stdout, re.MULTILINE))
    asked = set(re.findall(r'_nvmlGetFunctionPointer\("(nvml\w+)"\)', Path(pynvml.__file__).read_text()))
    assert len(exported) > 60
    assert exported - asked - {"nvmlInit_v2"} == set()
