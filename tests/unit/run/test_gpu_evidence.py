"""What GPUs did while a command ran."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runbook_tui.run.events import JobStarted, TelemetryFrozen
from runbook_tui.run.fold import fold
from runbook_tui.run.gpu.evidence import MOST_DEVICES, MOST_EVENTS, Gathering, devices_named
from runbook_tui.run.gpu.kept import HostEvidence
from runbook_tui.run.gpu.model import Gpu, GpuHost, NvLinks, RowRemap, Source, Xid
from tests.unit.run.documents import records

GPU = Gpu(
    uuid="GPU-1", index=0, name="NVIDIA H100", at=1.0, util=50.0, memory_used=10, power=100.0, temperature=40.0, xid=()
)


def host(*gpus, **more):
    return GpuHost(host="node-a", source=Source.NVML, gpus=gpus, **more)


def gathered(*readings, text=""):
    gathering = Gathering(text, began=1.0)
    for reading in readings:
        gathering.take(reading)
    return gathering.frozen(10.0)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_least_mean_and_greatest(values):
    found = gathered(*(host(replace(GPU, at=float(n + 1), util=value)) for n, value in enumerate(values)))
    span = found.devices[0].util
    assert found.devices[0].readings == len(values)
    assert (span.min, span.max) == (round(min(values), 2), round(max(values), 2))
    assert span.mean == pytest.approx(sum(values) / len(values), abs=0.01)


def test_the_same_reading_told_twice_counts_once():
    assert gathered(host(GPU), host(replace(GPU, age=2.0))).devices[0].readings == 1


def test_an_error_that_came_as_one_command_ended_is_told_with_the_next():
    first = Gathering("", began=10.0)
    first.take(host(replace(GPU, at=11.0), at=11.0))
    after = host(
        replace(GPU, at=13.0, xid=(Xid(code=43, at=9.0), Xid(code=31, at=11.5), Xid(code=79, at=12.5))), at=13.0
    )
    second = Gathering("", began=12.0, told=first.told)
    second.take(after)
    before, during = second.frozen(14.0).devices[0].events
    assert before.startswith("XID 31: ")
    assert before.endswith(" (just before this command)")
    assert during.startswith("XID 79: ")
    assert "just before" not in during
    third = Gathering("", began=13.5, told=second.told)
    third.take(after)
    assert third.frozen(14.0).devices[0].events == ()


def test_what_was_not_told_is_absent():
    device = gathered(host(replace(GPU, util=None))).devices[0]
    assert (device.util, device.power.max) == (None, 100.0)


def test_what_happened_is_told_once_and_what_was_so_before_says_so():
    first = replace(GPU, throttle=("power brake",), xid=(Xid(code=43, at=0.5),), pcie_replay=1, row_remap=RowRemap(pending=False),
                    nvlink=NvLinks(active=2, inactive=0), ecc_uncorrected=0)  # fmt: skip
    later = replace(first, at=2.0, throttle=("power brake", "thermal (hardware)", "power cap"), ecc_uncorrected=2, recovery=1,
                    xid=(*first.xid, Xid(code=79, at=2.0)), pcie_replay=4, row_remap=RowRemap(pending=True),
                    nvlink=NvLinks(active=1, inactive=1))  # fmt: skip
    lost = replace(later, at=2.0, error="the driver does not answer for 3 s")
    found = gathered(
        host(first),
        host(later),
        host(later),
        host(lost),
        host(replace(lost, error="the driver does not answer for 4 s")),
    )
    assert found.devices[0].events == (
        "slowed down: power brake (already at the beginning)",
        "slowed down: thermal (hardware)",
        "XID 79: the GPU has fallen off the bus",
        "the driver asks to reset the GPU",
        "uncorrected ECC errors came up",
        "PCIe replays came up",
        "rows of memory were remapped",
        "NVLinks went down",
        "the driver does not answer",
    )


def test_it_is_bounded():
    many = [replace(GPU, uuid=f"GPU-{n}", index=n) for n in range(70)]
    storms = [host(*[replace(one, at=float(n), xid=tuple(Xid(code=1000 + k, at=1.5) for k in range(n))) for one in many]) for n in (1, 30, 60)]  # fmt: skip
    found = gathered(*storms)
    assert len(found.devices) == MOST_DEVICES
    assert max(len(device.events) for device in found.devices) == MOST_EVENTS


def test_only_the_devices_a_command_names():
    found = gathered(host(GPU, replace(GPU, uuid="GPU-2", index=1)), text="CUDA_VISIBLE_DEVICES=1 python train.py")
    assert [device.uuid for device in found.devices] == ["GPU-2"]
    assert "none of the devices" in gathered(host(GPU), text="train --device cuda:7").note
    some = gathered(host(GPU), text="CUDA_VISIBLE_DEVICES=0,7 python train.py")
    assert ([device.uuid for device in some.devices], some.note[-10:]) == ([GPU.uuid], "command: 7")
    assert gathered(host(GPU), text=f"CUDA_VISIBLE_DEVICES={GPU.uuid[:5]} python train.py").note == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("CUDA_VISIBLE_DEVICES=0,2 ./go", {"0", "2"}),
        ('NVIDIA_VISIBLE_DEVICES="GPU-aa" x', {"GPU-aa"}),
        ("python t.py --device cuda:3", {"3"}),
        ("docker run --gpus device=1 x", {"1"}),
        ("nvidia-smi -i 2 --query", {"2"}),
        ("NVIDIA_VISIBLE_DEVICES=all x", set()),
        ("ls -i 2", set()),
        ("CUDA_VISIBLE_DEVICES=-1 python train.py", set()),
    ],
)
def test_devices_that_commands_name(text, named):
    assert devices_named(text) == named


def test_nothing_to_see_is_no_evidence_and_trouble_is_a_note():
    assert gathered() is None
    assert gathered(host(error="there is no driver", error_code=12)) is None
    assert gathered(host(error="the driver does not answer", error_code=10)).note == "the driver does not answer"
    assert gathered(host(GPU, fake=True)).fake


def test_it_stands_with_the_job():
    evidence = HostEvidence(host="node-a", source="nvml")
    started = JobStarted(job="j", step="s", command="c", text="x", shown="x", target="local")
    state = fold(
        records(started, TelemetryFrozen(job="j", evidence=evidence), TelemetryFrozen(job="gone", evidence=evidence))
    )
    assert state.jobs["j"].telemetry == (evidence,)
