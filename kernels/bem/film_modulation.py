"""y = gamma * x + beta, and its gradient, one launch each.

x [T, D] or [B, S, D]; gamma and beta alike: x's own shape (per token), [B, 1, D] (per sequence) or [D] (per channel).
The document's (2048, 768) is read as tokens x hidden. Source: Perez et al., FiLM, arXiv 1709.07871.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from bem.layout import Unfit, blocks, check, flat, interpreted, power_of_two, wide

TILE = 4096  # elements of a program: with four warps eight 128-bit loads of float16 in flight per thread
NAME = "film_modulation"


@triton.jit
def _rows_at(row, per, stride_batch, stride_row, FLAT: tl.constexpr):
    """Element offsets of the rows; `per` rows make a batch."""
    if FLAT:
        return row * stride_row
    return (row // per) * stride_batch + (row % per) * stride_row


@triton.jit
def film_forward(
    x_at, gamma_at, beta_at, y_at, rows, columns, per,
    x_batch, x_row, x_column, gamma_batch, gamma_row, gamma_column, beta_batch, beta_row, beta_column,
    SHARED: tl.constexpr, FLAT: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0)
    across = tl.cdiv(columns, COLUMNS)
    row = (program // across).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    column = (program % across) * COLUMNS + tl.arange(0, COLUMNS)
    if WIDE:
        column = column.to(tl.int64)
    inside = (row < rows)[:, None] & (column < columns)[None, :]
    x_tile = x_at + _rows_at(row, per, x_batch, x_row, FLAT)[:, None] + (column * x_column)[None, :]
    x = tl.load(x_tile, mask=inside, other=0.0).to(tl.float32)
    if SHARED:
        within = column < columns
        gamma = tl.load(gamma_at + column * gamma_column, mask=within, other=0.0).to(tl.float32)[None, :]
        beta = tl.load(beta_at + column * beta_column, mask=within, other=0.0).to(tl.float32)[None, :]
    else:
        gamma_tile = gamma_at + _rows_at(row, per, gamma_batch, gamma_row, FLAT)[:, None]
        beta_tile = beta_at + _rows_at(row, per, beta_batch, beta_row, FLAT)[:, None]
        gamma = tl.load(gamma_tile + (column * gamma_column)[None, :], mask=inside, other=0.0).to(tl.float32)
        beta = tl.load(beta_tile + (column * beta_column)[None, :], mask=inside, other=0.0).to(tl.float32)
    y = gamma * x + beta
    y_tile = y_at + (row * columns)[:, None] + column[None, :]
    tl.store(y_tile, y.to(y_at.dtype.element_ty), mask=inside)


@triton.jit
def film_backward(
    x_at, gamma_at, dy_at, dx_at, dgamma_at, dbeta_at, rows, columns, per, group,
    x_batch, x_row, x_column, gamma_batch, gamma_row, gamma_column, dy_batch, dy_row, dy_column,
    REDUCE: tl.constexpr, FLAT: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    """Per token: a tile per program. Else a program owns `COLUMNS` columns of a group of rows and adds in order."""
    program = tl.program_id(0)
    across = tl.cdiv(columns, COLUMNS)
    first = (program // across).to(tl.int64)
    column = (program % across) * COLUMNS + tl.arange(0, COLUMNS)
    if WIDE:
        column = column.to(tl.int64)
    if REDUCE:
        begin = first * group
        end = begin + group
    else:
        begin = first * ROWS
        end = tl.minimum(begin + ROWS, rows)
    within = column < columns
    sum_gamma = tl.zeros((ROWS, COLUMNS), tl.float32)
    sum_beta = tl.zeros((ROWS, COLUMNS), tl.float32)
    for start in range(begin, end, ROWS):
        row = start + tl.arange(0, ROWS).to(tl.int64)
        inside = (row < end)[:, None] & within[None, :]
        x_tile = x_at + _rows_at(row, per, x_batch, x_row, FLAT)[:, None] + (column * x_column)[None, :]
        dy_tile = dy_at + _rows_at(row, per, dy_batch, dy_row, FLAT)[:, None] + (column * dy_column)[None, :]
        gamma_tile = gamma_at + _rows_at(row, per, gamma_batch, gamma_row, FLAT)[:, None]
        x = tl.load(x_tile, mask=inside, other=0.0).to(tl.float32)
        dy = tl.load(dy_tile, mask=inside, other=0.0).to(tl.float32)
        gamma = tl.load(gamma_tile + (column * gamma_column)[None, :], mask=inside, other=0.0).to(tl.float32)
        there = (row * columns)[:, None] + column[None, :]
        tl.store(dx_at + there, (gamma * dy).to(dx_at.dtype.element_ty), mask=inside)
        if REDUCE:
            sum_gamma += dy * x
            sum_beta += dy
        else:
            tl.store(dgamma_at + there, (dy * x).to(dgamma_at.dtype.element_ty), mask=inside)
            tl.store(dbeta_at + there, dy.to(dbeta_at.dtype.element_ty), mask=inside)
    if REDUCE:
        there = first * columns + column
        tl.store(dgamma_at + there, tl.sum(sum_gamma, axis=0).to(dgamma_at.dtype.element_ty), mask=within)
        tl.store(dbeta_at + there, tl.sum(sum_beta, axis=0).to(dbeta_at.dtype.element_ty), mask=within)


# --- shapes --------------------------------------------------------------------------------------


def _three(tensor: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """A view [B, S, D]: broadcast dimensions get stride 0."""
    return tensor.expand(shape)


def _shape(x: Tensor, gamma: Tensor, beta: Tensor) -> tuple[int, int, int]:
    check(NAME, x, gamma, beta)
    if x.ndim not in (2, 3):
        raise Unfit(f"{NAME} takes x [T, D] or [B, S, D], not {tuple(x.shape)}")
    forms = [x.shape, x.shape[-1:]] + ([torch.Size((x.shape[0], 1, x.shape[2]))] if x.ndim == 3 else [])
    if gamma.shape != beta.shape or gamma.shape not in forms:
        wanted = " or ".join(str(tuple(form)) for form in forms)
        raise Unfit(f"{NAME} takes gamma and beta {wanted}, not {tuple(gamma.shape)} and {tuple(beta.shape)}")
    return (x.shape[0] if x.ndim == 3 else 1, x.shape[-2], x.shape[-1])


def tile(rows: int, columns: int) -> tuple[int, int]:
    """(rows, columns) of a program: the widest power of two that wastes least of a row."""
    most = min(1024, max(16, power_of_two(columns)))
    wide_ = min((w for w in (1024, 512, 256, 128, 64, 32, 16) if w <= most), key=lambda w: blocks(columns, w) * w)
    tall = max(1, TILE // wide_)
    return (min(power_of_two(rows), 32 * tall) if interpreted() else tall), wide_


# --- launches ------------------------------------------------------------------------------------


def forward_into(y: Tensor, x: Tensor, gamma: Tensor, beta: Tensor) -> None:
    """One launch that writes all of y (contiguous, of x's shape). Raises Unfit for other shapes or formats."""
    shape = _shape(x, gamma, beta)
    rows, columns = shape[0] * shape[1], shape[2]
    if rows * columns == 0:
        return
    x, gamma, beta = operands = tuple(_three(t, shape) for t in (x, gamma, beta))
    tall, broad = tile(rows, columns)
    film_forward[(blocks(rows, tall) * blocks(columns, broad),)](
        x, gamma, beta, y, rows, columns, shape[1], *x.stride(), *gamma.stride(), *beta.stride(),
        SHARED=gamma.stride()[:2] == (0, 0) == beta.stride()[:2], FLAT=flat(operands), WIDE=wide(operands),
        ROWS=tall, COLUMNS=broad, num_warps=4, enable_fp_fusion=True,
    )  # fmt: skip


def backward_into(outs: dict[str, Tensor], dy: Tensor, x: Tensor, gamma: Tensor, beta: Tensor) -> None:
    """One launch that writes all of outs["x"], outs["gamma"], outs["beta"] (contiguous, of the inputs' shapes)."""
    shape = _shape(x, gamma, beta)
    if dy.shape != x.shape:
        raise Unfit(f"{NAME}: the gradient has x's shape {tuple(x.shape)}, not {tuple(dy.shape)}")
    reduce = gamma.shape != x.shape
    rows, columns = shape[0] * shape[1], shape[2]
    group = rows if gamma.ndim == 1 else shape[1]
    groups = 1 if gamma.ndim == 1 else shape[0]
    if columns == 0 or (rows == 0 and not reduce) or (reduce and groups == 0):
        return
    x, dy, gamma = (_three(t, shape) for t in (x, dy, gamma))
    tall, broad = (64, 32) if reduce else tile(rows, columns)
    grid = (groups if reduce else blocks(rows, tall)) * blocks(columns, broad)
    film_backward[(grid,)](
        x, gamma, dy, outs["x"], outs["gamma"], outs["beta"], rows, columns, max(shape[1], 1), group,
        *x.stride(), *gamma.stride(), *dy.stride(), REDUCE=reduce, FLAT=flat((x, gamma, dy)), WIDE=wide((x, gamma, dy)),
        ROWS=tall, COLUMNS=broad, num_warps=4, enable_fp_fusion=True,
    )  # fmt: skip


# --- the operator --------------------------------------------------------------------------------


@torch.library.custom_op("bem::film_modulation", mutates_args=())
def film_modulation(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """gamma * x + beta in one launch. Raises Unfit for shapes or formats it does not take."""
    y = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    forward_into(y, x, gamma, beta)
    return y


@torch.library.custom_op("bem::film_modulation_backward", mutates_args=())
def film_modulation_backward(dy: Tensor, x: Tensor, gamma: Tensor, beta: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of x, gamma and beta in one launch."""
    named = {"x": x, "gamma": gamma, "beta": beta}
    outs = {name: torch.empty(t.shape, dtype=t.dtype, device=t.device) for name, t in named.items()}
    backward_into(outs, dy, x, gamma, beta)
    return outs["x"], outs["gamma"], outs["beta"]


@film_modulation.register_fake
def _(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    return x.new_empty(x.shape)


@film_modulation_backward.register_fake
def _(dy: Tensor, x: Tensor, gamma: Tensor, beta: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return x.new_empty(x.shape), gamma.new_empty(gamma.shape), beta.new_empty(beta.shape)


def _keep(ctx, inputs, output) -> None:
    ctx.save_for_backward(*inputs)


def _differentiate(ctx, dy):
    return film_modulation_backward(dy, *ctx.saved_tensors)


film_modulation.register_autograd(_differentiate, setup_context=_keep)
