"""What a document places on GPUs against what is there."""

from msgspec.structs import replace

from runbook_tui.document.gpu_maps import placements, size
from runbook_tui.gates.gpu_map import fits
from runbook_tui.run.gpu.model import Gpu, GpuHost, MigSlice, Source
from runbook_tui.run.gpu.verdicts import Verdict

GIB = 1 << 30
DOCUMENT = """# Fleet

```yaml
production:
  gpu_allocation:
    mission_A: "cuda:0"  # Agentic Router
    mission_B: "cuda:1"
    mission_C: "cuda:0"  # Safety Basis (shared)
    mission_D: "cuda:2"
  dashboard_port: 8501
```

```bash
export DEVICE=cuda:7
```

~~~yml
big: {device: cuda:1, memory: 60GiB}
other: {device: cuda:1, memory: 40GiB}
sliced: {gpu: MIG-0aaa0000-1111-2222-3333-444444444444}
~~~

```yaml
a: &a [cuda:0]
b: *a
```
"""


def gpu(index, **more):
    return Gpu(uuid=f"GPU-{index}", index=index, name="NVIDIA H100", memory_total=80 * GIB, **more)


HOST = GpuHost(host="node-a", source=Source.NVML, gpus=(gpu(0), gpu(1)))


def test_placements_are_read_from_the_yaml_a_document_shows():
    found = placements(DOCUMENT.splitlines())
    assert [(one.name, one.device, one.line) for one in found[:4]] == [
        ("mission_A", "cuda:0", 6),
        ("mission_B", "cuda:1", 7),
        ("mission_C", "cuda:0", 8),
        ("mission_D", "cuda:2", 9),
    ]
    assert [(one.name, one.memory) for one in found[4:6]] == [("big", 60 * GIB), ("other", 40 * GIB)]
    assert found[6].device.startswith("MIG-")
    assert len(found) == 7  # nothing of the shell block, nothing of a block with aliases


def test_what_is_missing_shared_or_too_small_is_said():
    found = {check.detail.split(" ")[0]: check for check in fits(placements(DOCUMENT.splitlines()), HOST)}
    assert found["mission_A"].verdict is Verdict.WARN
    assert "shares cuda:0 with mission_C" in found["mission_A"].detail
    assert found["mission_D"].verdict is Verdict.BLOCK
    assert "is not there" in found["mission_D"].detail
    assert found["big"].verdict is Verdict.BLOCK
    assert "wants 100 GiB with" in found["big"].detail
    assert found["sliced"].verdict is Verdict.BLOCK


def test_a_placement_that_fits_passes_only_on_real_devices():
    one = placements("```yaml\nalone: cuda:1\n```".splitlines())
    assert [check.verdict for check in fits(one, HOST)] == [Verdict.PASS]
    assert [check.verdict for check in fits(one, replace(HOST, fake=True))] == [Verdict.UNKNOWN]
    assert [check.verdict for check in fits(one, replace(HOST, gpus=(), error="no driver"))] == [Verdict.UNKNOWN]
    lost = replace(HOST, gpus=(gpu(0), gpu(1, error="the GPU is lost")))
    assert [check.verdict for check in fits(one, lost)] == [Verdict.BLOCK]
    mixed = replace(HOST, gpus=(gpu(0), replace(gpu(1), name="NVIDIA A100")))
    assert "CUDA_DEVICE_ORDER" in fits(one, mixed)[0].detail


def test_a_slice_is_found_on_its_device():
    one = placements("```yaml\nx: MIG-0aaa0000-1111\n```".splitlines())
    host = replace(HOST, gpus=(gpu(0, slices=(MigSlice(uuid="MIG-0aaa0000-1111"),)),))
    assert fits(one, host)[0].gpu == "GPU-0"


def test_sizes():
    assert [size(text) for text in ("40GiB", "1.5 GB", "1024 Mi", "7", "lots")] == [
        40 * GIB,
        1_500_000_000,
        GIB,
        7,
        None,
    ]
