"""Which launches are compiled ahead of time, and where the machine code goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from proof.paper import Cubin, examine
from proof.spec import DTYPES, Kernel

FULL = 90  # the target for which everything is compiled; the others get what differs most between cards


def compiled(kernels: Sequence[Kernel], targets: Sequence[int], folder: Path) -> Iterator[Cubin]:
    """Every kernel at its documented shape: all formats and directions for one target, float16 forward for all."""
    everything = FULL if FULL in targets else targets[0]
    folder.mkdir(parents=True, exist_ok=True)
    for target in targets:
        for kernel in kernels:
            for dtype in kernel.dtypes if target == everything else ("fp16",):
                for backward in (False, True) if target == everything else (False,):
                    yield from _one(kernel, dtype, target, folder, backward=backward)


def _one(kernel: Kernel, dtype: str, target: int, folder: Path, *, backward: bool) -> list[Cubin]:
    assert kernel.nominal is not None  # noqa: S101  # all kernels of this folder have one
    inputs = kernel.nominal(dtype, backward)

    def launch() -> None:
        # what lies at an address plays no part in compiling, how it lies does
        y = torch.empty(kernel.reference(**inputs).shape, dtype=DTYPES[dtype])
        outs = {name: torch.empty_like(inputs[name]) for name in kernel.gradients} if backward else {"y": y}
        kernel.run(backward, inputs, torch.empty_like(y) if backward else None, outs)

    direction = "backward" if backward else "forward"
    matrix = kernel.matrix and dtype != "fp32"
    return examine(kernel.name, dtype, direction, target, launch, wide=True, matrix=matrix, folder=folder)
