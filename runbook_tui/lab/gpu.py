"""A stand-in for GPUs: a recording played over and over as a page of dcgm-exporter. It never passes for a real one.

`python -m runbook_tui.lab.gpu FOLDER [RECORDING]`. A recording is what `rbt gpu --record` writes; without one the lab
writes its own, of devices that never were. Every device is called (FAKE) and REPLAY on the page.
"""

from __future__ import annotations

import gzip
import math
import sys
import time
from pathlib import Path

import msgspec

from runbook_tui.lab.faults import Active, Faults
from runbook_tui.lab.process import serve_detached
from runbook_tui.lab.server import HOST, Handler, LoopbackServer
from runbook_tui.run.gpu.model import Gpu, GpuHost, Source
from runbook_tui.run.ports import OperatorError

SCHEMA = "runbook-tui/gpu-recording@1"
OWN = "gpu-recording.jsonl"
LABEL = "(FAKE) REPLAY"
MIB = 1 << 20
GIB = 1 << 30
FALLEN_OFF = 79  # the XID of a device that is gone from the bus
_METRICS = (
    ("DCGM_FI_DEV_GPU_UTIL", "util", 1.0),
    ("DCGM_FI_DEV_MEM_COPY_UTIL", "memory_util", 1.0),
    ("DCGM_FI_DEV_FB_USED", "memory_used", MIB),
    ("DCGM_FI_DEV_FB_RESERVED", "memory_reserved", MIB),
    ("DCGM_FI_DEV_POWER_USAGE", "power", 1.0),
    ("DCGM_FI_DEV_POWER_MGMT_LIMIT", "power_limit", 1.0),
    ("DCGM_FI_DEV_GPU_TEMP", "temperature", 1.0),
    ("DCGM_FI_DEV_MEMORY_TEMP", "temperature_memory", 1.0),
    ("DCGM_FI_DEV_SM_CLOCK", "clock_sm", 1.0),
    ("DCGM_FI_DEV_MEM_CLOCK", "clock_mem", 1.0),
    ("DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "pcie_replay", 1.0),
    ("DCGM_FI_DEV_ECC_SBE_VOL_TOTAL", "ecc_corrected", 1.0),
    ("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "ecc_uncorrected", 1.0),
)


class NoRecording(OperatorError):
    """The file cannot be played."""


def write_own(path: Path, *, devices: int = 4, readings: int = 60) -> None:
    """A recording of a fleet at work: a reading a second, load that comes and goes."""
    with path.open("wb") as file:
        file.write(msgspec.json.encode({"schema": SCHEMA, "started": 0.0}) + b"\n")
        for second in range(readings):
            file.write(msgspec.json.encode(_reading(second, devices)) + b"\n")


def _reading(second: int, devices: int) -> GpuHost:
    gpus = []
    for index in range(devices):
        load = 0.5 + 0.35 * math.sin(second / 9 + index)
        gpus.append(
            Gpu(
                uuid=f"GPU-00000000-0000-0000-0000-00000000000{index}",
                index=index,
                name=f"Lab accelerator {LABEL}",
                pci=f"00000000:0{index + 1}:00.0",
                at=float(second),
                util=round(100 * load),
                memory_util=round(60 * load),
                memory_used=int(20 * GIB + 40 * GIB * load) // MIB * MIB,
                memory_reserved=512 * MIB,
                memory_total=80 * GIB,
                power=round(90 + 500 * load),
                power_limit=700.0,
                temperature=round(34 + 32 * load),
                temperature_memory=round(40 + 34 * load),
                clock_sm=1755.0,
                clock_mem=2619.0,
                pcie_replay=0,
                ecc_corrected=0,
                ecc_uncorrected=0,
            )
        )
    return GpuHost(host="lab", source=Source.DCGM, fake=True, at=float(second), gpus=tuple(gpus))


def readings(path: Path) -> list[GpuHost]:
    """What the recording holds. Raises NoRecording."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            lines = file.read().splitlines()
        head = msgspec.json.decode(lines[0])
        if head.get("schema") != SCHEMA or len(lines) < 2:
            raise NoRecording(f"{path} holds no recording of GPUs (rbt gpu --record makes one)")
        return [msgspec.json.decode(line, type=GpuHost) for line in lines[1:]]
    except (OSError, IndexError, AttributeError, msgspec.DecodeError) as error:
        raise NoRecording(f"{path} cannot be played: {error}") from None


def page(host: GpuHost, xid: Active | None) -> str:
    """One reading as dcgm-exporter writes it; with the error that a fault asks for on the first device."""
    code = int(xid.value) if xid is not None else 0
    gpus = host.gpus[1:] if code == FALLEN_OFF and len(host.gpus) > 1 else host.gpus
    lines = []
    for metric, field, scale in _METRICS:
        told = [(gpu, getattr(gpu, field)) for gpu in gpus if getattr(gpu, field) is not None]
        if told:
            lines += [
                f"# TYPE {metric} gauge",
                *(f"{metric}{{{_labels(host, gpu)}}} {v / scale:.12g}" for gpu, v in told),
            ]
    lines.append("# TYPE DCGM_FI_DEV_FB_FREE gauge")
    for gpu in gpus:
        free = (gpu.memory_total or 0) - (gpu.memory_used or 0) - (gpu.memory_reserved or 0)
        lines.append(f"DCGM_FI_DEV_FB_FREE{{{_labels(host, gpu)}}} {free // MIB}")
    lines.append("# TYPE DCGM_FI_DEV_XID_ERRORS gauge")
    for gpu in host.gpus:
        seen = code if gpu is host.gpus[0] else 0
        lines.append(f'DCGM_FI_DEV_XID_ERRORS{{{_labels(host, gpu)},err_code="{seen}",err_msg=""}} {seen}')
    return "\n".join(lines) + "\n"


def _labels(host: GpuHost, gpu: Gpu) -> str:
    name = gpu.name if LABEL in gpu.name else f"{gpu.name} {LABEL}"
    return (
        f'gpu="{gpu.index or 0}",UUID="{gpu.uuid}",pci_bus_id="{gpu.pci}",device="nvidia{gpu.index or 0}",'
        f'modelName="{name}",Hostname="{host.host}"'
    )


def serve(folder: Path, recording: str) -> int:
    path = Path(recording) if recording else folder / OWN
    if not recording:
        write_own(path)
    played = readings(path)
    began = time.monotonic()
    length = max(1.0, played[-1].at - played[0].at + 1)
    faults = Faults(folder, "gpu")

    def now() -> GpuHost:
        second = played[0].at + (time.monotonic() - began) % length
        return [reading for reading in played if reading.at <= second][-1]

    class Answers(Handler):
        def do_GET(self) -> None:  # noqa: N802
            if self.path == "/ready":
                self.answer_json(200, {"status": "ready", "fake": True, "replayed": True})
            elif faults.get("no-metrics", anywhere=True):
                self.answer_json(503, {"error": "no metrics"})
            else:
                self.answer_metrics(None, page(now(), faults.get("gpu-xid")))

    return serve_detached(LoopbackServer((HOST, 0), Answers), folder, "gpu")


if __name__ == "__main__":
    try:
        sys.exit(serve(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
    except NoRecording as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
