"""What the gate wants to know of a kernel. A user's own kernel is described by the same values (proof/own.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

Inputs = dict[str, Any]  # name -> Tensor, or a plain value
Outputs = dict[str, Tensor]
DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class Case:
    """One set of inputs, made anew from a seed: on the CPU, rounded to the format, laid out as wanted."""

    name: str
    shape: tuple[int, ...]  # as the documents write it
    dtype: str
    make: Callable[[torch.Generator], Inputs]
    backward: bool = False
    shift: int = 0  # elements by which every buffer is moved off its alignment
    gpu_only: str = ""  # why, when it is


@dataclass(frozen=True)
class Kernel:
    """A kernel under test and what it must equal."""

    name: str
    reference: Callable[..., Tensor]  # of the inputs, in any floating format
    # run(backward, inputs, gradient, outs) fills `outs` where it can, else returns new tensors: "y", or the gradients
    run: Callable[[bool, Mapping[str, Any], Tensor | None, Outputs | None], Outputs]
    depth: Callable[[Mapping[str, Any], bool], Mapping[str, int]]  # longest sum behind an element of each output
    cases: Callable[[str], Sequence[Case]]  # of one format
    dtypes: tuple[str, ...] = ("fp32", "fp16", "bf16")
    gradients: tuple[str, ...] = ()  # inputs that have one
    roundings: int = 1  # intermediate results rounded to the format
    into: bool = True  # run() writes into given outputs, so they can be guarded
    launches: int | None = 1  # of Triton kernels per call; None: not counted
    bound: float | None = None  # a componentwise bound of the user's own, relative to the magnitude
    signed_zero: bool = False  # forward results tell -0.0 from 0.0
    matrix: bool = True  # half formats must use the tensor cores
    nominal: Callable[[str, bool], Inputs] | None = None  # inputs of the documented shape, for compiling and timing
    moved: Callable[[Mapping[str, Any]], int] | None = None  # bytes read and written at least
    flops: Callable[[Mapping[str, Any]], int] | None = None
    files: Sequence[str] = field(default=())  # source files that go into the evidence
