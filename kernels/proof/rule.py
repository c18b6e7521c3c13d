"""Rule F: is what a kernel returned right? Pure arithmetic on tensors; nothing here knows the kernel.

Both must hold for every finite element, and special values must be exactly where the truth has them:
* componentwise (Higham, Accuracy and Stability, ch. 3): |y - t| <= (gamma(depth) + roundings u) m + u |t| + tiny, where
  t is the truth in float64, m the same formula of the operands' magnitudes, u the unit roundoff and
  gamma(n) = n u32 / (1 - n u32);
* by ratio (the test of FlashAttention, per block of rows): the largest error is at most twice (gradients: three times)
  that of torch in the same format, plus what one rounding and a sum's random walk may cost.
With a bound of the user's own, |y - t| <= bound m + u |t| + tiny takes the place of both.
The first alone lets a silently lowered precision pass, the second alone lets small rows be wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

U32 = 2.0**-24
BLOCK = 256  # elements at least in a block of rows: the largest of fewer errors is a matter of luck


@dataclass(frozen=True)
class Judgement:
    """How one output compares. Error figures are None when there was nothing finite to compare."""

    output: str
    ok: bool
    reasons: tuple[str, ...]
    max_abs: float | None
    norm_rel: float | None  # largest error over the largest magnitude: what --tol is about
    tol: float
    ratio: float | None  # of the largest error to torch's in the same format
    bound: float | None  # part of the componentwise bound that is used, in the worst element
    where: tuple[int, ...] | None  # the worst element
    got: float | None = None
    expected: float | None = None


def unit(dtype: torch.dtype) -> float:
    return torch.finfo(dtype).eps / 2


def judge(
    output: str,
    got: Tensor,
    truth: Tensor,
    magnitude: Tensor,
    own: Tensor,
    *,
    depth: int,
    roundings: int,
    tol: float,
    factor: float,
    bound: float | None = None,
    signed_zero: bool = False,
) -> Judgement:
    """Compare `got`, on the CPU in the kernel's format, with truth and magnitude (float64) and torch's own result."""
    info = torch.finfo(got.dtype)
    u = unit(got.dtype)
    wanted = max(tol, 2 * u)  # no result can be nearer than a rounding of its format
    reasons: list[str] = []
    if got.shape != truth.shape:
        return _refused(output, f"shape {tuple(got.shape)} instead of {tuple(truth.shape)}", wanted)
    if got.numel() == 0:
        return Judgement(output, True, (), None, None, wanted, None, None, None)
    y = got.double()
    depth = max(depth, 1)
    gamma = depth * U32 / (1 - depth * U32)
    allowed = (gamma + roundings * u) * magnitude if bound is None else bound * magnitude
    tiny = info.smallest_normal * info.eps
    allowed = allowed + u * truth.abs() + tiny
    expected = truth.to(got.dtype).double()
    on_edge = truth.isfinite() & (truth.abs() + allowed >= info.max)  # may round to infinity or not
    strange = _strangers(y, expected, on_edge)
    if signed_zero:
        strange |= (y == 0) & (truth == 0) & (y.signbit() != truth.signbit())
    if strange.any():
        where = _first(strange)
        reasons.append(f"{_count(strange)}: {_word(y[where])} where {_word(expected[where])} is right")
        return Judgement(
            output,
            False,
            tuple(reasons),
            None,
            None,
            wanted,
            None,
            None,
            where,
            float(y[where]),
            float(expected[where]),
        )
    compare = y.isfinite() & truth.isfinite() & magnitude.isfinite()
    if not compare.any():
        return Judgement(output, True, (), None, None, wanted, None, None, None)
    error = torch.where(compare, (y - truth).abs(), 0.0)
    used = torch.where(compare, error / allowed, 0.0)
    where = _largest(used)
    share = float(used[where])
    if share > 1:
        reasons.append(f"{_count(used > 1)} beyond the componentwise bound, the worst {share:.3g} times it")
    top = float(torch.where(compare, magnitude, 0.0).max())
    relative = float(error.max()) / top if top else 0.0
    if float(error.max()) > wanted * top + tiny:  # subnormal numbers lie no nearer
        reasons.append(f"normwise error {relative:.3g} > {wanted:.3g}")
    ratio, excess, block = _ratio(error, compare, own.double(), truth, magnitude, u, depth)
    if bound is None and excess > factor:
        reasons.append(f"error {excess:.3g} times torch's in rows {block[0]} to {block[1]} (at most {factor:g})")
        if share <= 1:
            where = _largest(error[block[0] : block[1] + 1])
            where = (where[0] + block[0], *where[1:])
    return Judgement(
        output, not reasons, tuple(reasons), float(error.max()), relative, wanted, ratio, share, where,
        float(y[where]), float(truth[where]),
    )  # fmt: skip


def _refused(output: str, reason: str, tol: float) -> Judgement:
    return Judgement(output, False, (reason,), None, None, tol, None, None, None)


def _strangers(y: Tensor, expected: Tensor, on_edge: Tensor) -> Tensor:
    """Elements that are special where they should not be, or not the special value they should be."""
    special = y.isnan() | y.isinf() | expected.isnan() | expected.isinf()
    same = (y == expected) | (y.isnan() & expected.isnan())
    edge = on_edge & ~y.isnan() & (y.sign() == expected.sign())
    return special & ~same & ~edge


def _ratio(
    error: Tensor, compare: Tensor, own: Tensor, truth: Tensor, magnitude: Tensor, u: float, depth: int
) -> tuple[float | None, float, tuple[int, int]]:
    """The largest error over torch's; the same for the worst block of rows, after what chance may cost is taken off."""
    if error.numel() < BLOCK:
        return None, 0.0, (0, 0)
    rows = error.shape[0]
    across = error.numel() // rows
    tall = max(1, math.ceil(BLOCK / across))
    count = rows // tall  # a last, smaller block joins the one before
    both = compare & own.isfinite()
    walk = u * truth.abs() + math.sqrt(depth) * U32 * magnitude
    group = torch.clamp(torch.arange(rows) // tall, max=count - 1)

    def tops(values: Tensor) -> Tensor:
        by_row = torch.where(both, values, 0.0).reshape(rows, across).amax(dim=1)
        return torch.zeros(count, dtype=torch.float64).scatter_reduce(0, group, by_row, "amax")

    mine, theirs, chance = tops(error), tops((own - truth).abs()), tops(walk)
    plain = float(mine.max() / theirs.max()) if theirs.max() > 0 else None
    excess = torch.where(mine > chance, (mine - chance) / theirs.clamp(min=1e-300), 0.0)
    index = int(excess.argmax())
    return plain, float(excess[index]), (index * tall, rows - 1 if index == count - 1 else (index + 1) * tall - 1)


def _first(mask: Tensor) -> tuple[int, ...]:
    return tuple(int(i) for i in mask.nonzero()[0])


def _largest(values: Tensor) -> tuple[int, ...]:
    return tuple(int(i) for i in torch.unravel_index(values.argmax(), values.shape))


def _count(mask: Tensor) -> str:
    count = int(mask.sum())
    return f"{count} of {mask.numel()} elements" if count > 1 else f"1 of {mask.numel()} elements"


def _word(value: Tensor) -> str:
    return f"{float(value):.6g}"
