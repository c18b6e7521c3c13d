"""What a device did lately."""

from msgspec.structs import replace

from runbook_tui.run.gpu.model import Gpu, GpuHost, NvLinks, Source
from runbook_tui.run.gpu.trail import Trail
from runbook_tui.run.gpu.xids import CATALOGUE, meaning

GPU = Gpu(uuid="GPU-1", at=1.0, util=50.0, memory_used=1, memory_total=4, pcie_replay=3, throttle=())


def filled(*gpus):
    trail = Trail()
    for gpu in gpus:
        trail.add(gpu)
    return trail


def test_the_same_reading_told_twice_counts_once():
    trail = filled(GPU, replace(GPU, age=5.0), replace(GPU, at=2.0))
    assert [(point.at, point.memory) for point in trail.points()] == [(1.0, 25.0), (2.0, 25.0)]


def test_it_is_bounded():
    trail = Trail(3)
    for at in range(1, 10):
        trail.add(replace(GPU, at=float(at)))
    assert [point.at for point in trail.points()] == [7.0, 8.0, 9.0]
    assert [point.at for point in trail.since(8.5)] == [9.0]


def test_a_window_counts_what_was_added():
    hot = ("hardware slowdown", "power cap")
    trail = filled(
        *[replace(GPU, at=float(at), pcie_replay=count, throttle=hot if at > 2 else (), nvlink=NvLinks(errors=at))
          for at, count in ((1, 3), (2, 5), (3, 0), (4, 2))],
    )  # fmt: skip
    window = trail.window(60)
    assert (window.seconds, window.readings, window.replays, window.link_errors) == (3.0, 4, 4, 3)
    assert (window.hard, window.hard_share, window.told) == (("hardware slowdown",), 0.5, 4)
    assert trail.window(1).replays == 2
    assert Trail().window(60) is None


def test_a_value_that_was_never_told_has_no_sum():
    window = filled(
        replace(GPU, pcie_replay=None, throttle=None), replace(GPU, at=2.0, pcie_replay=None, throttle=None)
    ).window(9)
    assert (window.replays, window.told) == (None, 0)


def test_ages_grow():
    host = GpuHost(host="x", source=Source.NVML, age=1.0, gpus=(replace(GPU, age=2.0),)).older(3.0)
    assert (host.age, host.gpus[0].age) == (4.0, 5.0)


def test_every_error_has_words():
    assert all(found.says and found.remedy.value for found in map(meaning, [*CATALOGUE, 4711]))
