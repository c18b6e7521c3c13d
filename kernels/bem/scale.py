"""Rounding an intermediate result to float16 without overflow, underflow or a lost bit."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def largest(tile, AXIS: tl.constexpr):
    """The largest finite magnitude along an axis."""
    size = tl.abs(tile)
    return tl.max(tl.where(size < float("inf"), size, 0.0), axis=AXIS)


@triton.jit
def power(size):
    """(p, 1/p), both powers of two, so that size / p lies in [2^14, 2^15); 1 where size is 0, tiny or not finite.

    Dividing by a power of two is exact, so a tile scaled by it loses only what rounding to float16 costs anyway,
    and what is 2^-29 of the largest element stays normal.
    """
    exponent = (size.to(tl.int32, bitcast=True) >> 23) & 0xFF
    fits = (exponent > 14) & (exponent < 255)
    up = tl.where(fits, (exponent - 14) << 23, 127 << 23).to(tl.float32, bitcast=True)
    down = tl.where(fits, (268 - exponent) << 23, 127 << 23).to(tl.float32, bitcast=True)
    return up, down
