"""Whether what a document places on GPUs fits what is there. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from runbook_tui.document.gpu_maps import Placement
from runbook_tui.run.gpu.model import Gpu, GpuHost
from runbook_tui.run.gpu.verdicts import Check, Verdict

GIB = 1 << 30
SOURCE = "the document's own map"


def fits(placements: Sequence[Placement], host: GpuHost) -> list[Check]:
    """One check for each placement: missing device, shared device, not enough memory."""
    if host.error is not None and not host.gpus:
        return [
            _check(host, one, None, Verdict.UNKNOWN, f"the devices are not known: {host.error}") for one in placements
        ]
    sharing: dict[str, list[Placement]] = {}
    for one in placements:
        if (gpu := device_of(one, host)) is not None:
            sharing.setdefault(gpu.uuid, []).append(one)
    return [_judge(one, host, sharing) for one in placements]


def device_of(placement: Placement, host: GpuHost) -> Gpu | None:
    """The device a placement means: by UUID, also of a MIG slice, else by its place in the order of the bus."""
    for gpu in host.gpus:
        if placement.device == gpu.uuid or any(part.uuid == placement.device for part in gpu.slices):
            return gpu
        if placement.index is not None and gpu.index == placement.index:
            return gpu
    return None


def _judge(one: Placement, host: GpuHost, sharing: dict[str, list[Placement]]) -> Check:
    gpu = device_of(one, host)
    if gpu is None:
        there = f"{len(host.gpus)} devices" if host.gpus else "no device"
        return _check(host, one, None, Verdict.BLOCK, f"{one.device} is not there: {host.host} has {there}")
    if gpu.error is not None:
        return _check(host, one, gpu, Verdict.BLOCK, gpu.error)
    together = sharing[gpu.uuid]
    others = [other.name for other in together if other is not one]
    wanted = sum(other.memory for other in together if other.memory is not None)
    if wanted and gpu.memory_total is None:
        return _check(host, one, gpu, Verdict.UNKNOWN, "the source does not tell the size of the device's memory")
    if wanted and gpu.memory_total is not None and wanted > gpu.memory_total:
        with_others = f" with {', '.join(others)}" if others else ""
        detail = f"wants {wanted / GIB:.0f} GiB{with_others}, the device has {gpu.memory_total / GIB:.0f}"
        return _check(host, one, gpu, Verdict.BLOCK, detail)
    if others:
        said = "" if all(other.memory for other in together) else "; what they need together is not said"
        return _check(host, one, gpu, Verdict.WARN, f"shares {one.device} with {', '.join(others)}{said}")
    if one.index is not None and len({there.name for there in host.gpus}) > 1:
        detail = "cards differ here, and CUDA may count them in another order: set CUDA_DEVICE_ORDER=PCI_BUS_ID"
        return _check(host, one, gpu, Verdict.WARN, detail)
    if not host.proves:
        what = "a recording" if host.replayed else "a stand-in (FAKE)"
        return _check(host, one, gpu, Verdict.UNKNOWN, f"{one.device} is there, says {what}: that proves nothing")
    return _check(host, one, gpu, Verdict.PASS, f"{one.device} is {gpu.name}")


def _check(host: GpuHost, one: Placement, gpu: Gpu | None, verdict: Verdict, detail: str) -> Check:
    return Check(
        check="placement",
        verdict=verdict,
        detail=f"{one.name} (line {one.line}): {detail}",
        source=SOURCE,
        host=host.host,
        gpu=gpu.uuid if gpu else None,
    )
