"""The health table of GPUs, row by row: what passes, what warns, what blocks, and that the unknown never passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runbook_tui.gates.gpu_health import Expected, drift, health
from runbook_tui.run.gpu.model import Gpu, GpuHost, GpuProcess, NvLinks, RowRemap, Source, Xid
from runbook_tui.run.gpu.trail import Trail, Window
from runbook_tui.run.gpu.verdicts import Check, Verdict, worst
from runbook_tui.telemetry import JUDGED

MIB = 1 << 20
PASS, WARN, BLOCK, UNKNOWN = Verdict.PASS, Verdict.WARN, Verdict.BLOCK, Verdict.UNKNOWN
GOOD = Gpu(
    uuid="GPU-1",
    index=0,
    name="NVIDIA H100 80GB HBM3",
    at=100.0,
    util=0.0,
    memory_used=0,
    memory_total=80_000 * MIB,
    temperature=40.0,
    temperature_slowdown=87.0,
    throttle=("idle",),
    persistence=True,
    ecc=True,
    ecc_corrected=0,
    ecc_uncorrected=0,
    sram_exceeded=False,
    row_remap=RowRemap(correctable=0, uncorrectable=0, pending=False, failure=False),
    recovery=0,
    nvlink=NvLinks(active=18, inactive=0, speed=26_562.0, errors=0),
    fabric="completed",
    pcie_replay=0,
    xid=(),
    xid_since=0.0,
    processes=(),
)
HOST = GpuHost(
    host="node-a",
    source=Source.NVML,
    at=100.0,
    driver="580.65",
    cuda="13.0",
    count=1,
    fabric_manager="active",
    gpus=(GOOD,),
)
CALM = Window(seconds=60.0, readings=60, told=60, replays=0, link_errors=0)


def verdicts(gpu=GOOD, *, host=HOST, window=CALM, **expected):
    checks = health(replace(host, gpus=(gpu,)), windows=lambda _: window, expected=Expected(**expected))
    return {check.check: check for check in checks}


def verdict_of(row, gpu, **more):
    return verdicts(gpu, **more)[row].verdict


def test_a_healthy_device_passes_every_row():
    checks = verdicts()
    assert {check.verdict for check in checks.values()} == {PASS}
    assert set(checks) == {
        "driver", "inventory", "cuda", "device", "recovery action", "xid", "ecc", "row remap", "throttle", "nvlink",
        "fabric", "strangers", "persistence", "temperature", "pcie replay",
    }  # fmt: skip
    assert all(check.detail and check.source for check in checks.values())


ROWS = [
    ("recovery action", {"recovery": 2}, BLOCK),
    ("recovery action", {"recovery": None}, UNKNOWN),
    ("ecc", {"ecc_uncorrected": 1}, BLOCK),
    ("ecc", {"sram_exceeded": True}, BLOCK),
    ("ecc", {"retired_pending": True}, BLOCK),
    ("ecc", {"ecc_uncorrected": None}, UNKNOWN),
    ("ecc", {"ecc": False, "ecc_uncorrected": None}, WARN),
    ("ecc", {"ecc": None, "ecc_uncorrected": None, "without": ("ecc",)}, PASS),
    ("ecc", {"ecc_corrected": 60_000_000}, BLOCK),
    ("ecc", {"ecc_corrected": None}, UNKNOWN),
    ("ecc", {"ecc": None}, UNKNOWN),
    ("ecc", {"sram_exceeded": None}, UNKNOWN),
    ("ecc", {"sram_exceeded": None, "without": ("sram_exceeded",)}, PASS),
    ("ecc", {"ecc": False, "ecc_uncorrected": 1}, BLOCK),
    ("ecc", {"row_remap": None}, UNKNOWN),
    ("ecc", {"row_remap": None, "without": ("row_remap",), "retired": 3, "retired_pending": False}, PASS),
    ("ecc", {"row_remap": None, "without": ("row_remap",), "retired": 3}, UNKNOWN),
    ("ecc", {"row_remap": None, "without": ("row_remap", "retired")}, PASS),
    ("ecc", {"retired": 11}, BLOCK),
    ("ecc", {"retired": 10}, PASS),
    ("row remap", {"row_remap": RowRemap(pending=False, failure=True)}, BLOCK),
    ("row remap", {"row_remap": RowRemap(pending=True, failure=False)}, BLOCK),
    ("row remap", {"row_remap": RowRemap(correctable=1, failure=False)}, UNKNOWN),
    ("row remap", {"row_remap": None}, UNKNOWN),
    ("row remap", {"row_remap": None, "without": ("row_remap",)}, PASS),
    ("throttle", {"throttle": None}, UNKNOWN),
    ("throttle", {"throttle": ("power cap", "application clocks")}, PASS),
    ("throttle", {"throttle": ("thermal (software)",)}, WARN),
    ("throttle", {"throttle": ("power brake",)}, UNKNOWN),
    ("throttle", {"throttle": ("reason 0x400",)}, UNKNOWN),
    ("nvlink", {"nvlink": NvLinks(active=17, inactive=1, errors=0)}, BLOCK),
    ("nvlink", {"nvlink": NvLinks(active=18, inactive=0, speed=26_562.0)}, UNKNOWN),
    ("nvlink", {"nvlink": NvLinks(active=18, inactive=0, errors=0)}, UNKNOWN),
    ("nvlink", {"nvlink": NvLinks(active=18, inactive=0, speed=25_000.0, errors=0)}, BLOCK),
    ("nvlink", {"nvlink": NvLinks(active=17, inactive=0, speed=26_562.0, errors=0)}, BLOCK),
    ("nvlink", {"nvlink": NvLinks(active=0)}, BLOCK),
    ("nvlink", {"name": "NVIDIA L40S", "nvlink": NvLinks(active=4, inactive=0, errors=0)}, UNKNOWN),
    ("nvlink", {"name": "NVIDIA L40S", "nvlink": NvLinks(active=4, inactive=0, links=4, errors=0)}, PASS),
    ("nvlink", {"name": "NVIDIA L40S", "nvlink": NvLinks(active=4, inactive=0, links=6, errors=0)}, BLOCK),
    ("nvlink", {"nvlink": NvLinks(errors=0)}, UNKNOWN),
    ("nvlink", {"nvlink": None}, UNKNOWN),
    ("nvlink", {"nvlink": None, "without": ("nvlink",)}, BLOCK),
    ("nvlink", {"name": "NVIDIA L40S", "nvlink": None, "without": ("nvlink",)}, PASS),
    ("fabric", {"fabric": "in progress"}, BLOCK),
    ("fabric", {"fabric": "failed: unknown error of the driver"}, BLOCK),
    ("fabric", {"fabric": None}, UNKNOWN),
    ("fabric", {"fabric": None, "without": ("fabric",)}, PASS),
    ("fabric", {"fabric": "unsupported"}, PASS),
    ("persistence", {"persistence": False}, WARN),
    ("persistence", {"persistence": None}, UNKNOWN),
    ("temperature", {"temperature": 87.0}, BLOCK),
    ("temperature", {"temperature": 84.0}, WARN),
    ("temperature", {"temperature": 84.0, "temperature_margin": 30.0}, PASS),
    ("temperature", {"temperature_slowdown": None}, UNKNOWN),
    ("pcie replay", {"pcie_replay": None}, UNKNOWN),
    ("strangers", {"processes": None}, UNKNOWN),
    ("strangers", {"memory_used": 16 * MIB}, BLOCK),
    ("strangers", {"memory_used": None}, UNKNOWN),
    ("xid", {"xid": None}, UNKNOWN),
    ("xid", {"xid_since": None}, UNKNOWN),
    ("xid", {"xid_since": 90.0}, UNKNOWN),
    ("device", {"error": "the GPU is lost", "error_code": 15}, BLOCK),
    ("device", {"error": "the driver does not answer for 9 s"}, BLOCK),
    ("device", {"error": "no row of it for 9 s"}, UNKNOWN),
    ("device", {"age": 16.0}, UNKNOWN),
]


@pytest.mark.parametrize(("row", "changes", "verdict"), ROWS)
def test_a_row_of_the_table(row, changes, verdict):
    check = verdicts(replace(GOOD, **changes))[row]
    assert check.verdict is verdict, check.detail


@pytest.mark.parametrize(
    "code", [46, 62, 64, 79, 95, 109, 110, 119, 120, 136, 140, 143, 155, 156, 158, 48, 74, *range(144, 151)]
)
def test_grave_errors_of_the_driver_block(code):
    assert verdict_of("xid", replace(GOOD, xid=(Xid(code=code, at=50.0),))) is BLOCK


@pytest.mark.parametrize("code", [8, 11, 13, 25, 31, 32, 39, 68, 69, 94])
def test_errors_of_applications_block_in_our_own_step_and_warn_before(code):
    gpu = replace(GOOD, xid=(Xid(code=code, at=50.0),))
    assert verdict_of("xid", gpu) is WARN
    assert verdict_of("xid", gpu, step_since=60.0) is WARN
    assert verdict_of("xid", gpu, step_since=40.0) is BLOCK


def test_an_error_without_a_time_may_have_been_in_our_step():
    gpu = replace(GOOD, xid=(Xid(code=31),))
    assert verdict_of("xid", gpu) is WARN
    assert verdict_of("xid", gpu, step_since=60.0) is UNKNOWN
    assert verdict_of("xid", replace(gpu, xid=(Xid(code=79),)), step_since=60.0) is BLOCK


@pytest.mark.parametrize("code", [37, 38, 43, 63, 92, 121, 160])
def test_informative_errors_pass(code):
    assert verdict_of("xid", replace(GOOD, xid=(Xid(code=code, at=50.0),))) is PASS


def test_an_error_nobody_knows_is_unknown_and_a_grave_one_beside_it_blocks():
    strange, grave = Xid(code=999, at=50.0), Xid(code=79, at=51.0)
    assert verdict_of("xid", replace(GOOD, xid=(strange,))) is UNKNOWN
    assert verdict_of("xid", replace(GOOD, xid=(grave, strange))) is BLOCK


def test_errors_that_were_watched_since_the_step_began_are_enough_for_the_step():
    gpu = replace(GOOD, xid_since=90.0)
    assert verdict_of("xid", gpu, step_since=95.0) is PASS
    assert verdict_of("xid", gpu, step_since=80.0) is UNKNOWN


def test_a_slowdown_of_the_hardware_blocks_when_it_lasts():
    hot = replace(GOOD, throttle=("hardware slowdown",))
    always = Window(seconds=5, readings=5, told=5, hard=("hardware slowdown",), hard_share=1.0)
    often = Window(seconds=600, readings=600, told=600, hard=("power brake",), hard_share=0.011)
    seldom = Window(seconds=600, readings=600, told=600, hard=("power brake",), hard_share=0.005)
    twice = Window(seconds=1, readings=2, told=2, hard=("hardware slowdown",), hard_share=1.0)
    once = Window(seconds=1, readings=2, told=2, hard=("hardware slowdown",), hard_share=0.5)
    short = Window(seconds=60, readings=60, told=60, hard=("power brake",), hard_share=5 / 60)
    assert verdict_of("throttle", hot, window=always) is BLOCK
    assert verdict_of("throttle", GOOD, window=often) is BLOCK
    assert verdict_of("throttle", GOOD, window=seldom) is WARN
    assert verdict_of("throttle", hot, window=twice) is UNKNOWN
    assert verdict_of("throttle", hot, window=None) is UNKNOWN
    assert verdict_of("throttle", GOOD, window=once) is UNKNOWN  # seen, and gone by now: is that all of it?
    assert verdict_of("throttle", GOOD, window=short) is UNKNOWN
    assert verdict_of("throttle", replace(GOOD, throttle=None), window=often) is BLOCK


def watched(every, seconds, hard):
    """The window of readings that came every so many seconds, as the app keeps them; `hard` says which were slowed."""
    trail = Trail()
    count = round(seconds / every)
    for number in range(count):
        reasons = ("hardware slowdown",) if hard(number) else ()
        trail.add(replace(GOOD, at=1000.0 + every * number + 0.003 * (number % 7), throttle=reasons))
    return trail.window(JUDGED)


@pytest.mark.parametrize("every", [0.1, 0.5, 1.0, 1.003, 5.0, 30.0, 60.0])
def test_a_slowdown_that_comes_and_goes_for_ten_minutes_blocks(every):
    """Six of the readings of ten minutes (0.6 a minute), never two in a row, the device at ease now."""
    step = max(2, round(640 / every) // 8)
    window = watched(every, 640.0, lambda number: number % step == 1)
    check = verdicts(GOOD, window=window)["throttle"]
    assert check.verdict is (BLOCK if every < 60 else WARN), check.detail  # of ten readings only five were slowed


@pytest.mark.parametrize("every", [0.1, 0.5, 1.0, 5.0])
def test_three_slow_readings_in_ten_minutes_warn_and_in_less_are_not_known(every):
    few = {round(share / every) for share in (100, 300, 500)}
    assert verdict_of("throttle", GOOD, window=watched(every, 700.0, few.__contains__)) is WARN
    assert verdict_of("throttle", GOOD, window=watched(every, 520.0, few.__contains__)) is UNKNOWN


def test_counters_are_judged_by_what_was_added():
    assert verdict_of("pcie replay", replace(GOOD, pcie_replay=9)) is PASS
    assert verdict_of("pcie replay", GOOD, window=replace(CALM, replays=3)) is WARN
    assert verdict_of("pcie replay", GOOD, window=None) is UNKNOWN
    assert verdict_of("nvlink", GOOD, window=replace(CALM, link_errors=1)) is WARN
    assert verdict_of("nvlink", GOOD, window=None) is UNKNOWN


def test_strangers_are_named():
    other = GpuProcess(pid=4711, name="python train.py", user="mallory", memory=300 * MIB)
    shell = GpuProcess(pid=1, name="Xorg", user="root", memory=4 * MIB, kind="graphics")
    check = verdicts(replace(GOOD, processes=(other, shell), memory_used=304 * MIB))["strangers"]
    assert check.verdict is BLOCK
    assert "python train.py (mallory, pid 4711, 300 MiB)" in check.detail
    assert "Xorg" not in check.detail
    assert verdict_of("strangers", replace(GOOD, processes=(other,)), users=frozenset({"mallory"})) is PASS
    assert verdict_of("strangers", replace(GOOD, processes=(other,)), pids=frozenset({4711})) is PASS


def test_memory_that_known_processes_do_not_use_is_a_strangers():
    mine = GpuProcess(pid=7, name="train", user="ana", memory=1000 * MIB)
    users = frozenset({"ana"})

    def verdict(used, *processes):
        return verdict_of("strangers", replace(GOOD, processes=processes, memory_used=used * MIB), users=users)

    assert verdict(61_000, mine) is BLOCK
    assert verdict(1012, mine) is PASS
    assert verdict(1010, mine, replace(mine, pid=8)) is PASS  # shared between two, and counted with both
    assert verdict(61_000, mine, replace(mine, pid=8, memory=None)) is UNKNOWN
    assert verdict(5, replace(mine, memory=None)) is PASS
    screen = GpuProcess(pid=9, name="Xorg", user="root", memory=4 * MIB, kind="graphics")
    assert verdict(1004, mine, screen) is PASS
    assert verdict(31_004, mine, replace(screen, memory=30_000 * MIB)) is BLOCK  # no display, whatever it is called


@pytest.mark.parametrize(
    ("code", "verdict"), [(18, BLOCK), (15, BLOCK), (16, BLOCK), (10, BLOCK), (12, BLOCK), (None, UNKNOWN)]
)
def test_a_driver_in_trouble_never_passes(code, verdict):
    host = replace(HOST, error="trouble", error_code=code, gpus=())
    checks = {check.check: check.verdict for check in health(host)}
    assert checks["driver"] is verdict
    assert checks["inventory"] is UNKNOWN


def test_no_device_at_all_is_unknown():
    assert worst(health(replace(HOST, gpus=()))) is UNKNOWN
    assert worst([]) is UNKNOWN


def test_the_inventory_is_compared():
    assert verdict_of("inventory", GOOD, count=1) is PASS
    assert verdict_of("inventory", GOOD, count=8) is BLOCK
    assert verdict_of("inventory", GOOD, host=replace(HOST, count=8)) is BLOCK
    assert verdict_of("inventory", GOOD, host=replace(HOST, count=None)) is UNKNOWN
    assert verdict_of("inventory", GOOD, host=replace(HOST, count=None), count=1) is PASS
    assert verdict_of("inventory", replace(GOOD, error="the GPU is lost", error_code=15), count=1) is BLOCK
    missing = verdicts(GOOD, uuids=frozenset({"GPU-1", "GPU-2"}))["inventory"]
    assert (missing.verdict, "missing GPU-2" in missing.detail) == (BLOCK, True)


def test_the_drivers_cuda_is_compared_with_the_runtimes():
    assert verdict_of("cuda", GOOD, cuda="12.9") is PASS
    assert verdict_of("cuda", GOOD, cuda="13.1") is BLOCK
    assert verdict_of("cuda", GOOD, cuda="12.9", host=replace(HOST, cuda=None)) is UNKNOWN
    assert verdict_of("cuda", GOOD, cuda="newest") is UNKNOWN


def test_what_the_driver_is_must_be_told():
    assert verdict_of("driver", GOOD, host=replace(HOST, driver=None)) is UNKNOWN
    assert verdict_of("cuda", GOOD, host=replace(HOST, cuda=None)) is UNKNOWN
    assert verdict_of("cuda", GOOD) is PASS
    assert [check.verdict for check in drift([HOST, replace(HOST, host="node-b", driver=None)])] == [UNKNOWN]
    nameless = replace(HOST, host="node-b", gpus=(replace(GOOD, name=""),))
    assert [check.verdict for check in drift([HOST, nameless])] == [UNKNOWN]


@pytest.mark.parametrize(
    ("manager", "changes", "verdict"),
    [
        ("inactive", {}, BLOCK),
        ("inactive", {"fabric": "unsupported"}, BLOCK),  # an A100 tells no fabric, and its switches want the manager
        ("none", {}, PASS),
        ("none", {"fabric": None, "without": ("fabric",)}, PASS),
        (None, {}, UNKNOWN),
        (None, {"fabric": "unsupported"}, UNKNOWN),
        (None, {"fabric": "unsupported", "without": ("nvlink",)}, PASS),
        (None, {"fabric": "in progress"}, BLOCK),
    ],
)
def test_switches_want_their_manager(manager, changes, verdict):
    assert verdict_of("fabric", replace(GOOD, **changes), host=replace(HOST, fabric_manager=manager)) is verdict


def test_how_many_links_there_must_be_may_be_said():
    bridged = replace(GOOD, name="NVIDIA A100 80GB PCIe", nvlink=NvLinks(active=4, inactive=8, links=12, errors=0))
    assert verdict_of("nvlink", bridged) is BLOCK
    assert verdict_of("nvlink", bridged, nvlinks=4) is PASS
    assert verdict_of("nvlink", bridged, nvlinks=12) is BLOCK
    assert verdict_of("nvlink", bridged, nvlinks=0) is PASS
    assert verdict_of("nvlink", replace(bridged, nvlink=None, without=("nvlink",)), nvlinks=4) is BLOCK


def test_a_fleet_that_drifts_apart_is_a_warning():
    other = replace(HOST, host="node-b", driver="550.54")
    assert [check.verdict for check in drift([HOST, other])] == [WARN]
    assert drift([HOST, replace(HOST, host="node-b")]) == []


@pytest.mark.parametrize("field", ["fake", "replayed"])
def test_a_stand_in_and_a_recording_never_pass(field):
    checks = health(replace(HOST, **{field: True}), windows=lambda _: CALM)
    assert not any(check.verdict is PASS for check in checks)
    assert all("proves nothing" in check.detail for check in checks)
    lost = replace(HOST, **{field: True}, gpus=(replace(GOOD, recovery=1),))
    assert worst(health(lost, windows=lambda _: CALM)) is BLOCK
    assert {check.verdict for check in health(replace(HOST, **{field: True}), windows=lambda _: CALM, trust=True)} == {
        PASS
    }


VALUES = [
    name for name in Gpu.__struct_fields__ if name not in ("uuid", "index", "name", "pci", "at", "age", "without")
]


@given(st.sets(st.sampled_from(VALUES)))
def test_taking_knowledge_away_never_makes_a_verdict_pass(gone):
    """A law: with any set of values unknown, a row that passed may get worse, one that did not never passes."""
    bad = replace(GOOD, recovery=1, ecc_uncorrected=2, nvlink=NvLinks(active=1, inactive=1), processes=None)
    defaults = dict(zip(reversed(Gpu.__struct_fields__), reversed(Gpu.__struct_defaults__), strict=False))  # fmt: skip
    less = replace(bad, **{name: defaults[name] for name in gone})
    before, after = verdicts(bad), verdicts(less)
    for row, check in after.items():
        if row in before and before[row].verdict is not PASS:
            assert check.verdict is not PASS, row


def test_the_gravest_verdict_counts():
    checks = [Check(check="x", verdict=one, detail="", source="") for one in (PASS, WARN, UNKNOWN, BLOCK)]
    assert worst(checks) is BLOCK
    assert worst(checks[:3]) is UNKNOWN
    assert worst(checks[:2]) is WARN
    assert worst(checks[:1]) is PASS
