"""Compiling for graphics cards that are not here: the launches a program would make, as machine code and its resources.

A stand-in for Triton's driver names the target; launches then only compile, with the specialisation of the real
arguments (alignment, unit strides), so that what is examined is what a card of that kind would run.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

TARGETS = (80, 86, 89, 90, 100, 120)  # A100, RTX 30, RTX 40 and L40, H100 and H200, B200, RTX 50


@dataclass(frozen=True)
class Cubin:
    """What ptxas made of one launch for one kind of card."""

    kernel: str
    name: str  # of the compiled function
    target: str  # "sm_90"
    dtype: str
    direction: str
    sha256: str
    registers: int  # per thread
    spilled: int  # bytes per thread
    shared: int  # bytes per block
    wide_loads: int  # 128-bit instructions from global memory, asynchronous ones included
    tensor_cores: int  # matrix instructions
    problems: tuple[str, ...] = ()

    def as_line(self) -> dict[str, Any]:
        return {"event": "compiled", **asdict(self)}


class _Paper:
    """As much of a driver as compiling asks for."""

    def __init__(self, capability: int) -> None:
        self.capability = capability

    def get_current_device(self) -> int:
        return self.capability  # compiled kernels are kept per device

    def get_current_stream(self, device: int) -> int:
        del device
        return 0

    def get_current_target(self) -> Any:
        from triton.backends.compiler import GPUTarget

        return GPUTarget("cuda", self.capability, 32)


@contextmanager
def on_paper(capability: int) -> Iterator[list[tuple[str, Any]]]:
    """Within, launches are compiled for that compute capability and not made; yields (name, compiled) as they come."""
    from triton.runtime import driver
    from triton.runtime.jit import JITFunction

    launch = JITFunction.run
    made: list[tuple[str, Any]] = []

    def compile_only(self: Any, *args: Any, grid: Any, warmup: bool, **options: Any) -> Any:
        del warmup
        compiled = launch(self, *args, grid=grid, warmup=True, **options)
        made.append((self.__name__, compiled))
        return compiled

    driver.set_active(_Paper(capability))
    JITFunction.run = compile_only
    try:
        yield made
    finally:
        JITFunction.run = launch
        driver._active = None  # noqa: SLF001  # reset_active would look for a card


def examine(
    kernel: str,
    dtype: str,
    direction: str,
    capability: int,
    launch: Callable[[], None],
    *,
    wide: bool,
    matrix: bool,
    folder: Path,
) -> list[Cubin]:
    """Compile what `launch` launches into `folder`; `wide` and `matrix` say what the machine code must contain."""
    with on_paper(capability) as made:
        launch()
    found = []
    for name, compiled in made:
        cubin = compiled.asm["cubin"]
        file = folder / f"{name}.{dtype}.sm_{capability}.cubin"
        file.write_bytes(cubin)
        usage, code = _read(file)
        instructions = re.findall(r"/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\d+\s+)?([A-Z0-9_.]+)", code)
        loads = sum(
            1 for word in instructions if re.match(r"(LDG|LDGSTS)\b.*\.128", word) or word.startswith("UTMALDG")
        )
        matrix_words = sum(1 for word in instructions if re.match(r"(HMMA|HGMMA|QMMA|OMMA|UTCHMMA|UTCQMMA)", word))
        spilled = sum(1 for word in instructions if re.match(r"(LDL|STL)\b", word))
        problems = []
        if usage["LOCAL"] or spilled:
            problems.append(f"registers spill ({spilled} instructions, {usage['LOCAL']} bytes)")
        if wide and not loads:
            problems.append("no 128-bit loads")
        if matrix and not matrix_words:
            problems.append("the tensor cores are not used")
        found.append(
            Cubin(
                kernel=kernel,
                name=name,
                target=f"sm_{capability}",
                dtype=dtype,
                direction=direction,
                sha256=hashlib.sha256(cubin).hexdigest(),
                registers=usage["REG"],
                spilled=usage["LOCAL"] + spilled,
                shared=compiled.metadata.shared,
                wide_loads=loads,
                tensor_cores=matrix_words,
                problems=tuple(problems),
            )
        )
    return found


def _read(file: Path) -> tuple[dict[str, int], str]:
    from triton import knobs

    program = knobs.nvidia.cuobjdump.path
    usage = subprocess.run([program, "-res-usage", file], capture_output=True, text=True, check=True, timeout=60)
    code = subprocess.run([program, "-sass", file], capture_output=True, text=True, check=True, timeout=60)
    words = {name: int(value) for name, value in re.findall(r"\b(REG|STACK|SHARED|LOCAL):(\d+)", usage.stdout)}
    return {"REG": 0, "LOCAL": 0} | words, code.stdout
