"""What the stand-ins of libnvidia-ml, nvidia-smi and dcgm-exporter all tell: one file, so that the readers must agree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("nvml.c")
MIB = 1 << 20
WHY_NOT = "no C compiler here (gcc and libc6-dev): the stand-in of libnvidia-ml cannot be built"
H100 = {
    "name": "NVIDIA H100 80GB HBM3 (FAKE)",
    "util": 83,
    "memory_util": 41,
    "memory_used": 62_464 * MIB,
    "memory_reserved": 520 * MIB,
    "memory_total": 81_559 * MIB,
    "power_instant": 412_340,  # mW
    "power_limit": 700_000,
    "temperature": 64,
    "memory_temperature": 71,
    "margin": 23,
    "slowdown": 87,
    "clock_sm": 1755,
    "clock_sm_max": 1980,
    "clock_mem": 2619,
    "clock_mem_max": 2619,
    "pstate": 0,
    "throttle": 0,
    "persistence": 1,
    "ecc": 1,
    "ecc_corrected": 0,
    "ecc_corrected_total": 12,
    "ecc_uncorrected": 0,
    "ecc_uncorrected_total": 0,
    "sram_exceeded": 0,
    "remap_correctable": 0,
    "remap_uncorrectable": 0,
    "remap_pending": 0,
    "remap_failure": 0,
    "recovery": 0,
    "nvlinks": 18,
    "nvlinks_down": 0,
    "nvlink_speed": 26_562,
    "nvlink_crc_flit": 0,
    "nvlink_crc_data": 0,
    "nvlink_replay": 0,
    "nvlink_recovery": 0,
    "fabric": 3,
    "pcie_gen": 5,
    "pcie_gen_max": 5,
    "pcie_width": 16,
    "pcie_width_max": 16,
    "pcie_replay": 0,
    "mig": 0,
    "events": 8,
    "procs": "",
    "graphics": "",
    "energy": 1_000_000,
    "fan": "!3",
    "display": 0,
    "compute_mode": 0,
}


def build(folder: Path) -> Path:
    """The stand-in library; its folder goes into LD_LIBRARY_PATH."""
    library = folder / "libnvidia-ml.so.1"
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden", "-lpthread"]
    command = ["gcc", str(SOURCE), *flags, "-Wl,-soname,libnvidia-ml.so.1", "-o", str(library)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return library


def compiler() -> str | None:
    """gcc, where it can also find the C library's headers."""
    gcc = shutil.which("gcc")
    if gcc is None:
        return None
    tried = subprocess.run([gcc, "-E", "-"], input=b"#include <stdio.h>\n", capture_output=True, check=False)
    return gcc if tried.returncode == 0 else None


class Truth:
    """What is so: written to a file that every stand-in reads."""

    def __init__(self, folder: Path, gpus: int = 2, **common: object) -> None:
        self.path = folder / "truth"
        self.globals: dict[str, object] = {"driver": "580.65.06", "cuda": 13000, "nvml": "13.580.65.06", "init": 0}
        self.gpus: list[dict[str, object]] = [
            H100
            | {"uuid": f"GPU-{index:08x}-0000-4000-8000-00000000fa4e", "pci": f"00000000:{16 + 8 * index:02X}:00.0"}
            | common
            for index in range(gpus)
        ]
        self.extra: dict[str, object] = {}
        self.write()

    def write(self) -> None:
        lines = {**self.globals, "count": len(self.gpus), **self.extra}
        for index, gpu in enumerate(self.gpus):
            lines |= {f"gpu{index}.{key}": value for key, value in gpu.items() if value is not None}
        text = "".join(f"{key}={value}\n" for key, value in lines.items())
        beside = self.path.with_suffix(".new")
        beside.write_text(text)
        os.replace(beside, self.path)

    def tell(self, gpu: int | None = None, **changes: object) -> None:
        """Change what is so; None takes a value away."""
        place = self.globals if gpu is None else self.gpus[gpu]
        place.update({key.replace("__", "."): value for key, value in changes.items()})
        self.write()

    def xid(self, gpu: int, code: int) -> None:
        """The driver reports an error now."""
        serial = int(str(self.gpus[gpu].get("xid", "0@0")).partition("@")[2]) + 1
        self.tell(gpu, xid=f"{code}@{serial}", xid_up=float(Path("/proc/uptime").read_text().split()[0]))

    def environment(self, library: Path) -> dict[str, str]:
        return {"RBT_STAND_IN": str(self.path), "LD_LIBRARY_PATH": str(library.parent)}


def read(path: Path) -> dict[str, str]:
    """The file as the other stand-ins read it."""
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def install_smi(folder: Path) -> Path:
    """An `nvidia-smi` (and a `journalctl`) in that folder, told by the same truth."""
    folder.mkdir(exist_ok=True)
    script = Path(__file__).with_name("nvidia_smi.py")
    for name in ("nvidia-smi", "journalctl"):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -S {script} {name} "$@"\n')
        program.chmod(0o755)
    return folder


def running(words: str, of: str = "cmdline") -> list[int]:
    """The processes of this machine whose command line (or `environ`) has these words."""
    found = []
    for place in Path("/proc").glob(f"[0-9]*/{of}"):
        try:
            line = place.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if words in line and int(place.parent.name) != os.getpid():
            found.append(int(place.parent.name))
    return found
