"""How tensors lie in memory, as the kernels want to know it. Pure arithmetic on shapes and strides."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

FORMATS = (torch.float32, torch.float16, torch.bfloat16)
INT32 = 2**31 - 1


class Unfit(ValueError):
    """Arguments that the kernel does not take; nothing was launched."""


def check(name: str, *tensors: Tensor) -> None:
    """Raise Unfit unless all tensors share one of the three formats and one device."""
    first = tensors[0]
    if first.dtype not in FORMATS:
        raise Unfit(f"{name} takes float32, float16 or bfloat16, not {first.dtype}")
    for other in tensors[1:]:
        if other.dtype != first.dtype or other.device != first.device:
            raise Unfit(f"{name} wants one format and one device, got {first.dtype} and {other.dtype}")


def reach(tensor: Tensor) -> int:
    """The largest element offset that an index into the tensor can have."""
    return sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True) if size > 1)


def wide(tensors: Iterable[Tensor]) -> bool:
    """Whether an offset needs 64 bits."""
    return any(reach(tensor) > INT32 for tensor in tensors)


def flat(tensors: Iterable[Tensor]) -> bool:
    """Whether the two leading dimensions of all (3-D) tensors walk as one: row r lies at r times one stride."""
    return all(t.shape[0] <= 1 or t.stride(0) == t.shape[1] * t.stride(1) for t in tensors)


def blocks(size: int, block: int) -> int:
    return -(-size // block)


def power_of_two(size: int) -> int:
    """The smallest power of two that is not less."""
    return 1 << max(size - 1, 0).bit_length()


def interpreted() -> bool:
    """Whether kernels run in Triton's interpreter, where time is counted by operations and not by elements."""
    from triton import knobs

    return bool(knobs.runtime.interpret)
