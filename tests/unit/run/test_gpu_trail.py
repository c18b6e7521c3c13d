"""What a device did lately."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
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
    assert [point.at for point in trail.points(2)] == [8.0, 9.0]
    assert trail.window(60).readings == 3


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


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, (), ("power brake",), ("thermal (software)",)]), st.none() | st.integers(0, 9)
        ),
        min_size=2,
        max_size=30,
    ),
    st.integers(1, 40),
)
def test_a_window_is_what_its_readings_say(readings, seconds):
    """A law: the running sums give what going through the readings gives."""
    gpus = [
        replace(GPU, at=float(n + 1), throttle=reasons, pcie_replay=count)
        for n, (reasons, count) in enumerate(readings)
    ]
    window = filled(*gpus).window(seconds)
    inside = [gpu for gpu in gpus if gpu.at >= gpus[-1].at - seconds]
    told = [gpu.throttle for gpu in inside if gpu.throttle is not None]
    counts = [gpu.pcie_replay for gpu in inside if gpu.pcie_replay is not None]
    assert (window.readings, window.told) == (len(inside), len(told))
    assert window.hard_share == (sum("power brake" in reasons for reasons in told) / len(told) if told else 0.0)
    assert window.soft_share == (sum("thermal (software)" in reasons for reasons in told) / len(told) if told else 0.0)
    assert bool(window.hard) == any("power brake" in reasons for reasons in told)
    added = sum(after - before if after >= before else after for before, after in pairwise(counts))
    if inside[0].pcie_replay is not None:  # else what came between the reading before and the first is counted too
        assert window.replays == (added if len(counts) > 1 else None)


def test_ages_grow():
    host = GpuHost(host="x", source=Source.NVML, age=1.0, gpus=(replace(GPU, age=2.0),)).older(3.0)
    assert (host.age, host.gpus[0].age) == (4.0, 5.0)


def test_every_error_has_words():
    assert all(found.says and found.remedy.value for found in map(meaning, [*CATALOGUE, 4711]))
