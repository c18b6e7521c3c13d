"""y = (A kron B) x for every row x, and its gradient, one launch each; the product A kron B is never built.

x [M, p*q], A [o, p], B [n, q], y [M, o*n]: with X = x.view(p, q) it is Y = A X B^T. The document's (512, 1024, 128) is
read as (rows M, width d = 8 * 128, factor 128): A [8, 8], B [128, 128].
Sources: BEM, perftrack/pt3_kronecker.py; KronA, arXiv 2212.10650; LoKr, arXiv 2309.14859.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from bem.dynamic_rank import _product, _span, _tile
from bem.layout import Unfit, blocks, check, interpreted, power_of_two, wide
from bem.scale import largest, power

NAME = "kronecker"
OUTER = 8  # rows of A that a program keeps sums for at once


@triton.jit
def _far(index, stride):
    """An element offset that may need 64 bits."""
    return tl.full((), index, tl.int64) * stride


@triton.jit
def _apply(
    program, x_at, a_at, b_at, y_at, rows, o_size, p_size, n_size, q_size,
    x_row, x_column, a_row, a_column, b_row, b_column,
    PRECISION: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr, DEPTH: tl.constexpr,
    OUTS: tl.constexpr,
):  # fmt: skip
    """A tile [OUTS, ROWS, COLUMNS] of y: products X_i B^T of the operands as they are, mixed by A.

    Both in float32: nothing is rounded on the way.
    """
    columns_across = tl.cdiv(n_size, COLUMNS)
    across = columns_across * tl.cdiv(o_size, OUTS)
    row = (program // across).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    inner = program % across
    n = _span((inner % columns_across) * COLUMNS, COLUMNS, WIDE)
    o = _span((inner // columns_across) * OUTS, OUTS, WIDE)
    total = tl.zeros((OUTS, ROWS, COLUMNS), tl.float32)
    for p in range(0, p_size):
        part = _product(
            x_at + _far(p * q_size, x_column), b_at, row, n, rows, q_size, n_size,
            x_row, x_column, b_column, b_row, PRECISION, WIDE, ROWS, DEPTH, COLUMNS,
        )  # fmt: skip
        a = tl.load(a_at + o * a_row + _far(p, a_column), mask=o < o_size, other=0.0).to(tl.float32)
        total += a[:, None, None] * part[None, :, :]
    inside = (o < o_size)[:, None, None] & (row < rows)[None, :, None] & (n < n_size)[None, None, :]
    there = (row * (o_size * n_size))[None, :, None] + (o * n_size)[:, None, None] + n[None, None, :]
    tl.store(y_at + there, total.to(y_at.dtype.element_ty), mask=inside)


@triton.jit
def kronecker_forward(
    x_at, a_at, b_at, y_at, rows, o_size, p_size, n_size, q_size,
    x_row, x_column, a_row, a_column, b_row, b_column,
    PRECISION: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr, DEPTH: tl.constexpr,
    OUTS: tl.constexpr,
):  # fmt: skip
    _apply(
        tl.program_id(0), x_at, a_at, b_at, y_at, rows, o_size, p_size, n_size, q_size,
        x_row, x_column, a_row, a_column, b_row, b_column, PRECISION, WIDE, ROWS, COLUMNS, DEPTH, OUTS,
    )  # fmt: skip


@triton.jit
def _tile_of_db(
    program, x_at, a_at, dy_at, db_at, rows, o_size, p_size, n_size, q_size,
    x_row, x_column, a_row, a_column, dy_row, dy_column,
    SCALED: tl.constexpr, PRECISION: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    across = tl.cdiv(q_size, COLUMNS)
    n = _span((program // across) * COLUMNS, COLUMNS, WIDE)
    q = _span((program % across) * COLUMNS, COLUMNS, WIDE)
    total = tl.zeros((COLUMNS, COLUMNS), tl.float32)
    for start in range(0, rows, ROWS):
        row = start + tl.arange(0, ROWS).to(tl.int64)
        for p in range(0, p_size):
            mixed = tl.zeros((ROWS, COLUMNS), tl.float32)
            for o in range(0, o_size):
                a = tl.load(a_at + _far(o, a_row) + _far(p, a_column)).to(tl.float32)
                dy = _tile(dy_at + _far(o * n_size, dy_column), row, n, rows, n_size, dy_row, dy_column)
                mixed += a * dy.to(tl.float32)
            x = _tile(x_at + _far(p * q_size, x_column), row, q, rows, q_size, x_row, x_column)
            pulled = tl.trans(mixed)
            if SCALED:
                up, down = power(largest(pulled, 1))
                total += tl.dot((pulled * down[:, None]).to(x.dtype), x) * up[:, None]
            else:
                total = tl.dot(pulled.to(x.dtype), x, total, input_precision=PRECISION)
    inside = (n < n_size)[:, None] & (q < q_size)[None, :]
    there = (n.to(tl.int64) * q_size)[:, None] + q[None, :]
    tl.store(db_at + there, total.to(db_at.dtype.element_ty), mask=inside)


@triton.jit
def _element_of_da(
    program, x_at, b_at, dy_at, da_at, rows, p_size, n_size, q_size,
    x_row, x_column, b_row, b_column, dy_row, dy_column,
    PRECISION: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr, DEPTH: tl.constexpr,
):  # fmt: skip
    o = program // p_size
    p = program % p_size
    sums = tl.zeros((ROWS, COLUMNS), tl.float32)
    for start in range(0, rows, ROWS):
        row = start + tl.arange(0, ROWS).to(tl.int64)
        for first in range(0, n_size, COLUMNS):
            n = _span(first, COLUMNS, WIDE)
            part = _product(
                x_at + _far(p * q_size, x_column), b_at, row, n, rows, q_size, n_size,
                x_row, x_column, b_column, b_row, PRECISION, WIDE, ROWS, DEPTH, COLUMNS,
            )  # fmt: skip
            dy = _tile(dy_at + _far(o * n_size, dy_column), row, n, rows, n_size, dy_row, dy_column)
            sums += part * dy.to(tl.float32)
    tl.store(da_at + program, tl.sum(tl.sum(sums, axis=1), axis=0).to(da_at.dtype.element_ty))


@triton.jit
def kronecker_backward(
    x_at, a_at, b_at, dy_at, dx_at, da_at, db_at, rows, o_size, p_size, n_size, q_size, dx_programs, db_programs,
    x_row, x_column, a_row, a_column, b_row, b_column, dy_row, dy_column,
    SCALED: tl.constexpr, PRECISION: tl.constexpr, WIDE: tl.constexpr,
    ROWS: tl.constexpr, COLUMNS: tl.constexpr, DEPTH: tl.constexpr, OUTS: tl.constexpr,
):  # fmt: skip
    """Three kinds of program in one launch, none waits for another: tiles of dx, tiles of dB, elements of dA.

    dx is the same product with A^T and B^T. Every sum has one owner and one order: equal bits at every run.
    """
    program = tl.program_id(0)
    if program < dx_programs:
        _apply(
            program, dy_at, a_at, b_at, dx_at, rows, p_size, o_size, q_size, n_size,
            dy_row, dy_column, a_column, a_row, b_column, b_row, PRECISION, WIDE, ROWS, COLUMNS, DEPTH, OUTS,
        )  # fmt: skip
    elif program < dx_programs + db_programs:
        _tile_of_db(
            program - dx_programs, x_at, a_at, dy_at, db_at, rows, o_size, p_size, n_size, q_size,
            x_row, x_column, a_row, a_column, dy_row, dy_column, SCALED, PRECISION, WIDE, ROWS, COLUMNS,
        )  # fmt: skip
    else:
        _element_of_da(
            program - dx_programs - db_programs, x_at, b_at, dy_at, da_at, rows, p_size, n_size, q_size,
            x_row, x_column, b_row, b_column, dy_row, dy_column, PRECISION, WIDE, ROWS, COLUMNS, DEPTH,
        )  # fmt: skip


# --- shapes --------------------------------------------------------------------------------------


def _check(x: Tensor, a: Tensor, b: Tensor) -> None:
    check(NAME, x, a, b)
    if x.ndim != 2 or a.ndim != 2 or b.ndim != 2 or x.shape[1] != a.shape[1] * b.shape[1]:
        shapes = ", ".join(str(tuple(t.shape)) for t in (x, a, b))
        raise Unfit(f"{NAME} takes x [M, p*q], A [o, p], B [n, q], not {shapes}")


def plan(dtype: torch.dtype, outer: int, depth: int) -> dict[str, object]:
    """Tile sizes and how products are taken: float32 exactly (FMA), the half formats on tensor cores."""
    exact = dtype == torch.float32
    return {
        "ROWS": 16,
        "COLUMNS": 64 if interpreted() else 32,
        "DEPTH": min(32 if exact else 128, max(16, power_of_two(depth))),
        "OUTS": min(OUTER, power_of_two(outer)),
        "PRECISION": "ieee" if exact else "tf32",  # of float32 operands only
        "num_warps": 4,
        "num_stages": 2,
        "enable_fp_fusion": True,
    }


# --- launches ------------------------------------------------------------------------------------


def _tiles(rows: int, outer: int, columns: int, chosen: dict[str, object]) -> int:
    return blocks(rows, chosen["ROWS"]) * blocks(outer, chosen["OUTS"]) * blocks(columns, chosen["COLUMNS"])


def forward_into(y: Tensor, x: Tensor, a: Tensor, b: Tensor) -> None:
    """One launch that writes all of y [M, o*n] (contiguous). Raises Unfit for other shapes or formats."""
    _check(x, a, b)
    (o, p), (n, q) = a.shape, b.shape
    chosen = plan(x.dtype, o, q)
    tiles = _tiles(x.shape[0], o, n, chosen)
    if tiles == 0:
        return
    kronecker_forward[(tiles,)](
        x, a, b, y, x.shape[0], o, p, n, q, *x.stride(), *a.stride(), *b.stride(), WIDE=wide((x, a, b)), **chosen
    )


def backward_into(outs: dict[str, Tensor], dy: Tensor, x: Tensor, a: Tensor, b: Tensor) -> None:
    """One launch that writes all of outs["x"], ["a"], ["b"] (contiguous, of the inputs' shapes)."""
    _check(x, a, b)
    (o, p), (n, q) = a.shape, b.shape
    if dy.shape != (x.shape[0], o * n):
        raise Unfit(f"{NAME}: the gradient is [M, o*n] {(x.shape[0], o * n)}, not {tuple(dy.shape)}")
    chosen = plan(x.dtype, p, max(n, q)) | {"SCALED": x.dtype == torch.float16, "maxnreg": 255}
    dx_programs = _tiles(x.shape[0], p, q, chosen)
    db_programs = blocks(n, chosen["COLUMNS"]) * blocks(q, chosen["COLUMNS"])
    programs = dx_programs + db_programs + o * p
    if programs == 0:
        return
    kronecker_backward[(programs,)](
        x, a, b, dy, outs["x"], outs["a"], outs["b"], x.shape[0], o, p, n, q, dx_programs, db_programs,
        *x.stride(), *a.stride(), *b.stride(), *dy.stride(), WIDE=wide((x, a, b, dy)), **chosen,
    )  # fmt: skip


# --- the operator --------------------------------------------------------------------------------


@torch.library.custom_op("bem::kronecker", mutates_args=())
def kronecker(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """(A kron B) x for every row x, in one launch. Raises Unfit for shapes or formats it does not take."""
    y = torch.empty((x.shape[0], a.shape[0] * b.shape[0]), dtype=x.dtype, device=x.device)
    forward_into(y, x, a, b)
    return y


@torch.library.custom_op("bem::kronecker_backward", mutates_args=())
def kronecker_backward_op(dy: Tensor, x: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of x, A and B in one launch."""
    named = {"x": x, "a": a, "b": b}
    outs = {name: torch.empty(t.shape, dtype=t.dtype, device=t.device) for name, t in named.items()}
    backward_into(outs, dy, x, a, b)
    return outs["x"], outs["a"], outs["b"]


@kronecker.register_fake
def _(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return x.new_empty((x.shape[0], a.shape[0] * b.shape[0]))


@kronecker_backward_op.register_fake
def _(dy: Tensor, x: Tensor, a: Tensor, b: Tensor):
    return tuple(t.new_empty(t.shape) for t in (x, a, b))


def _keep(ctx, inputs, output) -> None:
    ctx.save_for_backward(*inputs)


def _differentiate(ctx, dy):
    return kronecker_backward_op(dy, *ctx.saved_tensors)


kronecker.register_autograd(_differentiate, setup_context=_keep)
