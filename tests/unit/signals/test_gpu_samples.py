"""GPUs as signals for conditions: one value, believed only when it is known of every device and told by a real driver."""

import pytest
from msgspec.structs import replace

from runbook_tui import sources
from runbook_tui.document.conditions import read
from runbook_tui.gates.condition import Machine, Reading
from runbook_tui.gates.stated import Timing, check_of
from runbook_tui.gates.verdict import Verdict
from runbook_tui.run.gpu.model import Gpu, GpuHost, Source
from runbook_tui.run.ports import SignalError
from runbook_tui.signals.gpu.samples import METRICS, GpuMetric, GpuSignal, metric_named, unit_of

GIB = 1 << 30


def gpu(index, util, **more):
    return Gpu(
        uuid=f"GPU-{index}", index=index, at=1000.0, util=util, memory_used=60 * GIB, memory_total=80 * GIB, **more
    )


class Still:
    host = "node-a"

    def __init__(self, *gpus, **more):
        self.value = GpuHost(host="node-a", source=Source.NVML, gpus=gpus, **more)

    def start(self):
        pass

    def latest(self):
        return self.value


async def value(source, metric="gpu_utilization", **more):
    (sample,) = await GpuMetric([source], metric, **({"reduce": "max"} | more)).read()
    return sample.value


async def test_several_devices_become_one_value():
    source = Still(gpu(0, 20.0), gpu(1, 90.0))
    assert await value(source) == 0.9
    assert await value(source, reduce="min") == 0.2
    assert await value(source, reduce="mean") == pytest.approx(0.55)
    assert await value(source, percent=True) == 90.0
    assert await value(source, devices=["0"]) == 0.2
    assert await value(source, devices=["GPU-1"]) == 0.9
    assert await value(source, "gpu_memory_utilization") == 0.75


@pytest.mark.parametrize("trouble", [{"util": None}, {"util": 10.0, "age": 60.0}, {"util": 10.0, "error": "lost"}])
async def test_one_device_that_is_not_known_makes_the_whole_unknown(trouble):
    assert await value(Still(gpu(0, 90.0), gpu(1, **trouble))) is None


async def test_a_stand_in_and_a_recording_give_no_samples():
    for mark in ("fake", "replayed"):
        source = Still(gpu(0, 5.0), **{mark: True})
        with pytest.raises(SignalError, match="proves nothing"):
            await GpuMetric([source], "gpu_utilization", reduce="max").read()
        assert await value(source, trust=True) == 0.05


async def test_a_driver_that_does_not_answer_is_an_error_and_no_value():
    with pytest.raises(SignalError, match="does not answer"):
        await GpuSignal(Still(error="the driver does not answer", error_code=10)).read()


async def test_a_device_that_is_not_there_is_an_empty_answer():
    assert list(await GpuMetric([Still(gpu(0, 1.0))], "gpu_utilization", reduce="max", devices=["7"]).read()) == []


async def test_a_named_device_that_is_missing_makes_the_whole_unknown():
    """The one that is there says nothing about the one that is not."""
    assert await value(Still(gpu(0, 5.0)), devices=["0", "7"]) is None
    assert await value(Still(gpu(0, 5.0)), devices=["GPU-0", "GPU-7"]) is None
    assert await value(Still(gpu(0, 5.0), gpu(1, 7.0)), devices=["0", "GPU-1"]) == 0.07
    metric = {"metric": "gpu_utilization", "reduce": "max"}
    both, one_of_them = Still(gpu(0, 5.0), gpu(1, 7.0)), Still(replace(gpu(0, 9.0), uuid="GPU-b"))
    assert (await GpuMetric([both, both], devices=["0", "1"], **metric).read())[0].value == 0.07
    assert (await GpuMetric([both, one_of_them], devices=["0", "1"], **metric).read())[0].value is None
    assert (await GpuMetric([both, one_of_them], devices=["GPU-1", "GPU-b"], **metric).read())[0].value == 0.09


def test_the_words_of_documents_name_metrics():
    assert metric_named("GPU utilization") == "gpu_utilization"
    assert metric_named("gpu_memory_utilization") == "gpu_memory_utilization"
    assert metric_named("gpu temperature") == "gpu_temperature"
    assert metric_named("error rate") is None
    assert all(metric_named(name) == name for name in METRICS)
    assert unit_of("gpu_utilization") == "ratio"


@pytest.mark.parametrize(
    ("sentence", "tripped", "calm"),
    [
        ("GPU utilization exceeds 95% for >10 minutes", 0.97, 0.90),
        ("gpu_memory_utilization > 0.95", 0.96, 0.95),
        ("GPU memory utilization > 95%", 0.96, 0.95),
    ],
)
def test_conditions_of_documents_are_watched(sentence, tripped, calm):
    condition = read(sentence, 1)
    metric = metric_named(condition.metric)
    check = check_of(condition, id="x", unit=unit_of(metric), timing=Timing(every=60.0))
    for reading, verdict in ((tripped, Verdict.FAIL), (calm, Verdict.PASS)):
        machine = Machine(check, start=0.0)
        for minute in range(12):
            machine.feed(Reading(at=60.0 * minute, value=reading))
        assert machine.look(660.0).verdict is verdict


def test_a_condition_about_gpus_needs_no_mapping_where_there_is_a_driver(monkeypatch):
    condition = read("GPU utilization exceeds 95% for >10 minutes", 1)
    there = sources.Sources()
    monkeypatch.setattr(sources, "driver_here", lambda: False)
    assert there.of_gpus(condition) is None
    monkeypatch.setattr(sources, "driver_here", lambda: True)
    assert there.of_gpus(condition) == {"gpu": "gpu_utilization", "take": "max", "unit": "", "host": "local"}
    assert there.of_gpus(replace(condition, unit=None))["unit"] == "%"
    assert there.of_gpus(replace(condition, op="<"))["take"] == "min"
    assert there.of_gpus(replace(condition, op=">", severity="gate"))["take"] == "min"


async def test_a_mapping_names_what_is_taken():
    there = sources.Sources()
    signal, unit = there.signal("use", {"gpu": "utilization", "take": "mean", "devices": [0, 1], "unit": "%"})
    assert (unit, signal.name.startswith("gpu_utilization of")) == ("%", True)
    with pytest.raises(sources.BadMapping, match="nothing GPUs tell"):
        there.signal("x", {"gpu": "mood"})
    with pytest.raises(sources.BadMapping):
        there.signal("x", {"gpu": "utilization", "take": "sometimes"})
    await there.close()


async def test_several_machines_are_worst_of_all_and_one_that_tells_nothing_hides_nothing():
    near, far = Still(gpu(0, 20.0)), Still(gpu(0, 90.0, age=3.0))
    assert await one([near, far]) == 0.9
    assert await one([near, Still()]) is None  # a machine without devices is no good news
    with pytest.raises(SignalError, match="no answer"):
        await one([near, Still(error="no answer for 30 s")])


async def test_a_value_of_several_machines_is_as_old_as_the_oldest():
    (sample,) = await GpuMetric(
        [Still(gpu(0, 20.0)), Still(replace(gpu(0, 90.0), at=900.0))], "gpu_utilization", reduce="max"
    ).read()
    assert sample.at.timestamp() == 900.0


async def one(machines):
    (sample,) = await GpuMetric(machines, "gpu_utilization", reduce="max").read()
    return sample.value


class Machines:
    """Who knows the way to machines."""

    meant = "trainers"

    def __init__(self, **machines):
        self.machines = machines
        self.closed = False

    def of(self, name):
        if name not in self.machines:
            raise sources.BadMapping(f"nothing leads to {name}")
        return self.machines[name]

    async def close(self):
        self.closed = True


async def test_a_sentence_that_names_no_machine_is_of_the_runs_target():
    there = sources.Sources(gpus=Machines(trainers=[Still(gpu(0, 50.0)), Still(gpu(0, 97.0))]))
    spec = there.of_gpus(read("GPU utilization exceeds 95% for >10 minutes", 1))
    assert spec["host"] == "trainers"
    (sample,) = await there.signal("gpu utilization", spec)[0].read()
    assert sample.value == 0.97


async def test_a_mapping_names_the_machine_and_one_that_is_not_known_is_refused():
    machines = Machines(node=[Still(gpu(0, 50.0))])
    there = sources.Sources(gpus=machines)
    signal, unit = there.signal("use", {"gpu": "utilization", "host": "node", "unit": "%"})
    (sample,) = await signal.read()
    assert (sample.value, unit) == (50.0, "%")
    with pytest.raises(sources.BadMapping, match="nothing leads to elsewhere"):
        there.signal("use", {"gpu": "utilization", "host": "elsewhere"})
    with pytest.raises(sources.BadMapping, match="wants a query"):
        there.signal("use", {"host": "disk", "http": "http://127.0.0.1/"})
    assert sources.measured_hosts({"signals": {"a": {"gpu": "power", "host": "n1"}, "b": {"host": "cpu"}}}) == {"n1"}
    await there.close()
    assert machines.closed
