"""Where inputs and outputs lie while a kernel runs: between guards, outputs poisoned, so that a stray access shows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

BITS = {torch.float32: torch.int32, torch.float16: torch.int16, torch.bfloat16: torch.int16, torch.float64: torch.int64}
GUARD = 4096  # elements before and after, at least
ALIGN = 64  # elements


def bits(tensor: Tensor) -> Tensor:
    """The tensor's bit patterns: NaN and -0.0 compare like everything else."""
    return tensor.view(BITS[tensor.dtype])


@dataclass(frozen=True)
class Placed:
    """A tensor inside a larger buffer that belongs to nobody else."""

    tensor: Tensor
    buffer: Tensor

    def snapshot(self) -> Tensor:
        return bits(self.buffer).clone()

    def unchanged(self, before: Tensor) -> bool:
        return torch.equal(bits(self.buffer), before)


def _margin(width: int) -> int:
    return -(-max(GUARD, 64 * width) // ALIGN) * ALIGN


def place_input(tensor: Tensor, device: str, shift: int = 0) -> Placed:
    """The same values with the same strides on the device; all around and in the gaps is NaN."""
    extent = 1 + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.stride(), strict=True)) if tensor.numel() else 0
    margin = _margin(tensor.shape[-1] if tensor.ndim else 1)
    buffer = torch.full((extent + 2 * margin,), float("nan"), dtype=tensor.dtype)
    inner = buffer.as_strided(tensor.shape, tensor.stride(), margin + shift)
    if tensor.numel():
        # through an index per dimension of stride 0, since writing through an expanded view is refused
        narrow = tuple(
            slice(0, 1) if s == 0 and n > 1 else slice(None) for n, s in zip(tensor.shape, tensor.stride(), strict=True)
        )
        inner[narrow] = tensor[narrow]
    moved = buffer.to(device)
    return Placed(moved.as_strided(tensor.shape, tensor.stride(), margin + shift), moved)


@dataclass(frozen=True)
class Guarded:
    """An output: NaN inside, a pattern before and after."""

    tensor: Tensor
    buffer: Tensor
    margin: int
    pattern: int

    def intact(self) -> bool:
        edge = bits(self.buffer)
        size = self.tensor.numel()
        return bool((edge[: self.margin] == self.pattern).all() and (edge[self.margin + size :] == self.pattern).all())


def guard_output(shape: tuple[int, ...], dtype: torch.dtype, device: str, shift: int = 0) -> Guarded:
    size = 1
    for n in shape:
        size *= n
    margin = _margin(shape[-1] if shape else 1) + shift
    pattern = 0x5A5A if dtype != torch.float32 else 0x5A5A5A5A
    buffer = torch.full((size + 2 * margin,), pattern, dtype=BITS[dtype], device=device).view(dtype)
    inner = buffer[margin : margin + size]
    inner.fill_(float("nan"))
    return Guarded(inner.view(shape), buffer, margin, pattern)
