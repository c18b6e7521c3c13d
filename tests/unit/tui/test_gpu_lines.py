"""Plots and lines about GPUs, without a screen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from runbook_tui.run.gpu.model import Gpu, GpuHost, GpuProcess, MigSlice, NvLinks, RowRemap, Source, Xid
from runbook_tui.run.gpu.trail import Trail
from runbook_tui.run.gpu.verdicts import Check, Verdict
from runbook_tui.tui.gpu.detail import lines
from runbook_tui.tui.gpu.plots import bar, plot, spark
from runbook_tui.tui.gpu.strip import strip

GIB = 1 << 30
GPU = Gpu(uuid="GPU-1", index=0, name="NVIDIA H100", at=1.0, util=83.0, memory_used=61 * GIB, memory_total=80 * GIB,
          power=412.0, power_limit=700.0, temperature=64.0, temperature_slowdown=87.0, throttle=(), processes=())  # fmt: skip


class View:
    def __init__(self, *hosts):
        self._hosts = hosts
        self._trails = {}
        for host in hosts:
            for gpu in host.gpus:
                self._trails[gpu.uuid] = Trail()
                self._trails[gpu.uuid].add(gpu)

    def hosts(self):
        return self._hosts

    def trail(self, uuid):
        return self._trails[uuid]


def host(*gpus, **more):
    return GpuHost(host="node-a", source=Source.NVML, gpus=gpus, **more)


def text(parts):
    return "".join(piece for piece, _ in parts)


def said(gpu, checks=(), sort="memory", needle="", width=80):
    trail = Trail()
    trail.add(gpu)
    found = lines(host(gpu), gpu, trail, checks, width, sort=sort, needle=needle, tall=False)
    return "\n".join(text(line.parts) for line in found)


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=50), st.integers(1, 40), st.integers(1, 4))
def test_a_plot_has_its_size_and_draws_what_is_there(values, width, height):
    rows = plot(values, width, height, high=100)
    assert len(rows) == height
    assert all(len(row) == width for row in rows)
    shown = values[-width:]
    for place, value in enumerate(shown, start=width - len(shown)):
        assert rows[-1][place] == "·" if value is None else rows[-1][place] in "▁▂▃▄▅▆▇█"


def test_plots_and_bars():
    assert spark([0, 50, 100, None], 6, high=100) == "  ▁▄▇·"
    assert plot([100], 1, 2, high=100) == ["▇", "█"]
    assert (bar(0.5, 4), bar(None, 4), bar(7, 2)) == ("━━──", "····", "━━")


def test_the_strip_shows_one_device_in_full():
    left, right = strip(View(host(GPU)), 100)
    assert text(left) == "GPU 0          ▆  83 % 61/80 GiB 412 W 64 °C"
    assert text(right) == "  g more"


@pytest.mark.parametrize("width", [40, 80, 120, 160, 400])
@pytest.mark.parametrize("count", [1, 2, 8, 64])
def test_the_strip_fits_and_leaves_the_troubled_in_sight(width, count):
    gpus = [replace(GPU, uuid=f"GPU-{n}", index=n) for n in range(count)]
    gpus[-1] = replace(gpus[-1], error="the GPU is lost", error_code=15)
    left, right = strip(View(host(*gpus, fake=True)), width)
    if width >= 80:
        assert cell_len(text(left)) + cell_len(text(right)) <= width
    assert f"{count - 1} " in text(left)
    assert "FAKE" in text(right)


def test_the_strip_says_why_there_is_nothing():
    left, _ = strip(View(host(error="the driver is not loaded")), 80)
    assert "the driver is not loaded" in text(left)


def test_values_that_are_not_there_are_said_to_be_so():
    shown = said(Gpu(uuid="GPU-1", at=1.0))
    assert "n/a" in shown
    assert " 0 " not in shown.replace("P0", "")
    assert "nobody watches for errors" in shown
    assert "n/a: the source does not tell them" in shown


def test_what_a_card_does_not_have_is_told_apart_from_what_is_unknown():
    shown = said(replace(GPU, without=("ecc", "row_remap", "nvlink", "fabric")))
    assert shown.count("not on this card") == 4


def test_everything_about_a_device_is_in_words():
    gpu = replace(
        GPU,
        throttle=("thermal (hardware)",),
        ecc=True,
        ecc_uncorrected=2,
        row_remap=RowRemap(correctable=1, uncorrectable=0, pending=True, failure=False),
        recovery=2,
        nvlink=NvLinks(active=16, inactive=2, speed=26_562, errors=5),
        xid=(Xid(code=79, at=1e9), Xid(code=4711)),
        xid_since=0.0,
        slices=(MigSlice(uuid="MIG-1", name="1g.10gb", gpu_instance=7, memory_used=GIB, memory_total=10 * GIB),),
        pcie_replay=4,
    )
    checks = [Check(check="xid", verdict=Verdict.BLOCK, detail="XID 79 blocks", source="x", gpu="GPU-1")]
    shown = said(gpu, checks, width=120)
    for words in (
        "✖ xid", "XID 79", "fallen off the bus → drain the node and restart the machine", "before  an error this program has no words for",
        "thermal (hardware)", "2 uncorrected", "waits for a reset", "reboot the machine", "16 active, 2 inactive at 26.6 GB/s, 5 errors",
        "4 replays", "MIG 7", "1.0/10 GiB",
    ):  # fmt: skip
        assert words in shown, words


def test_processes_are_filtered_and_sorted():
    mine = GpuProcess(pid=7, name="python train.py", user="ana", memory=GIB)
    other = GpuProcess(pid=3, name="tritonserver", user="bob", memory=2 * GIB)
    hidden = GpuProcess(pid=9, name="evil\x1b[2J", user=None, memory=None)
    gpu = replace(GPU, processes=(mine, other, hidden))
    rows = said(gpu).splitlines()[-3:]
    assert [row.split()[0] for row in rows] == ["3", "7", "9"]
    assert [row.split()[0] for row in said(gpu, sort="user").splitlines()[-3:]] == ["7", "3", "9"]
    assert [row.split()[0] for row in said(gpu, sort="pid").splitlines()[-3:]] == ["3", "7", "9"]
    only = said(gpu, needle="TRAIN")
    assert "1 match" in only
    assert "tritonserver" not in only
    assert "\x1b" not in said(gpu)


def test_what_is_wrong_with_the_machine_stands_with_each_of_its_devices():
    missing = Check(
        check="placement", verdict=Verdict.BLOCK, detail="mission_D: cuda:2 is not there", source="x", host="node-a"
    )
    assert "✖ placement       mission_D: cuda:2 is not there" in said(GPU, [missing])
    assert "mission_D" not in said(GPU, [replace(missing, host="node-b")])


def test_long_lines_are_wrapped_and_not_cut():
    check = Check(check="strangers", verdict=Verdict.BLOCK, detail="word " * 40 + "end", source="x", gpu="GPU-1")
    shown = said(GPU, [check], width=60)
    assert "end" in shown
    assert all(len(line) <= 80 for line in shown.splitlines()[1:])
