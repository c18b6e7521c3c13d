"""In what surroundings kernels were built and run: versions, cards, settings, hashes."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

SETTINGS = (
    "CUDA_VISIBLE_DEVICES", "NVIDIA_TF32_OVERRIDE", "TRITON_INTERPRET", "TRITON_F32_DEFAULT",
    "TRITON_DEFAULT_FP_FUSION", "PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_NO_CUDA_MEMORY_CACHING", "CUBLAS_WORKSPACE_CONFIG",
)  # fmt: skip


class Unusable(Exception):
    """These surroundings cannot prove anything; the message says what to do."""


def check_one_triton() -> None:
    """Raise Unusable when two distributions hold `triton`, or when it is not the one that torch asks for."""
    owners = sorted(set(metadata.packages_distributions().get("triton", [])))
    if not owners:
        raise Unusable(
            "triton is not installed here: pip install -c constraints.txt -e '.[kernels]', or use torch's CUDA build"
        )
    if len(owners) > 1:
        raise Unusable(
            f"two packages hold `triton` ({', '.join(owners)}): uninstall all but the one that came with torch"
        )
    wanted = _wanted_triton(metadata.requires("torch") or [])
    have = metadata.version(owners[0])
    if wanted and not _satisfies(have, wanted):
        torch = f"torch {metadata.version('torch')}"
        raise Unusable(f"{torch} asks for triton{wanted}, but {have} is installed: install what torch asks for")


def _wanted_triton(requirements: Iterable[str]) -> str:
    """The version that this torch asks for: "==3.7.1"; empty for its CPU build, which asks for none."""
    for line in requirements:
        found = re.match(r"triton\s*\(?([=<>~!][^;)]*)", line)
        if found and "extra ==" not in line:
            return found[1].strip()
    return ""


def _satisfies(version: str, wanted: str) -> bool:
    """As much of PEP 440 as torch uses: ==, ~=, >=, <, separated by commas."""
    have = _numbers(version)
    for part in wanted.split(","):
        found = re.match(r"\s*(==|~=|>=|<=|<|>|!=)\s*([\d.]+)", part)
        if found is None:
            return False
        want = _numbers(found[2])
        same = have[: len(want)] == want
        holds = {
            "==": same, "!=": not same, ">=": have >= want, "<=": have <= want or same, "<": have < want,
            ">": have > want, "~=": have >= want and have[: len(want) - 1] == want[:-1],
        }[found[1]]  # fmt: skip
        if not holds:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.split("+", maxsplit=1)[0]))


def versions() -> dict[str, str | None]:
    import torch
    import triton

    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "triton": triton.__version__,
        "cuda": torch.version.cuda,
        "driver": _driver(),
        "platform": platform.platform(),
    }


def _driver() -> str | None:
    try:
        asked = subprocess.run(
            ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"],
            capture_output=True, text=True, timeout=20, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.split("\n")[0].strip() or None


def cards() -> list[dict[str, Any]]:
    """Every graphics card that torch can use here."""
    import torch

    if not torch.cuda.is_available():
        return []
    found = []
    for index in range(torch.cuda.device_count()):
        card = torch.cuda.get_device_properties(index)
        found.append(
            {
                "device": f"cuda:{index}",
                "name": card.name,
                "uuid": str(getattr(card, "uuid", "")),
                "capability": f"sm_{card.major}{card.minor}",
                "memory": card.total_memory,
            }
        )
    return found


def settings() -> dict[str, Any]:
    import torch

    return {
        "environment": {name: os.environ[name] for name in SETTINGS if name in os.environ},
        "tf32_matmul": torch.backends.cuda.matmul.allow_tf32,
        "tf32_cudnn": torch.backends.cudnn.allow_tf32,
        "fp_fusion": True,  # every launch sets it
    }


def sha256_of(files: Iterable[str]) -> dict[str, str]:
    """By file name; the gate's own files belong to it: a changed gate is another proof."""
    return {str(Path(file).name): hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in sorted(set(files))}
