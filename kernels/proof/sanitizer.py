"""Small shapes under NVIDIA's compute-sanitizer: memory accesses and shared-memory races that values do not show."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent
FOUND = 86  # the exit status asked of the sanitizer when it found something

SCRIPT = """
import torch
from bem.kernels import kernels
from proof.spec import DTYPES
import bem.dynamic_rank, bem.kronecker, bem.film_modulation
ran = 0
for kernel in kernels():
    operator = getattr(torch.ops.bem, kernel.name)
    for dtype in DTYPES:
        for case in kernel.cases(dtype):
            if case.backward or case.gpu_only or case.shift:
                continue
            inputs = case.make(torch.Generator().manual_seed(1))
            moved = {n: v.cuda() if torch.is_tensor(v) else v for n, v in inputs.items()}
            for name in kernel.gradients:
                moved[name].requires_grad_()
            y = operator(**moved)
            if y.requires_grad and y.numel():
                y.backward(torch.ones_like(y))
            torch.cuda.synchronize()
            ran += 1
print(ran, "cases")
assert ran
"""


def sanitize(tool: str, cards: list[dict[str, Any]]) -> int:
    """Run every small case through the operators; 0 clean, 1 findings, 3 when it could not be done."""
    program = shutil.which("compute-sanitizer")
    if not cards or program is None:
        lacking = "no graphics card that torch can use is here" if not cards else "compute-sanitizer is not on the PATH"
        print(f"kernels: {tool} was not run: {lacking}", file=sys.stderr)
        return 3
    # torch's own pool would hide accesses beyond an allocation
    environment = {**os.environ, "PYTORCH_NO_CUDA_MEMORY_CACHING": "1", "PYTHONPATH": str(FOLDER)}
    command = [program, "--tool", tool, "--error-exitcode", str(FOUND), sys.executable, "-c", SCRIPT]
    status = subprocess.run(command, env=environment, check=False).returncode
    return 0 if status == 0 else 1
