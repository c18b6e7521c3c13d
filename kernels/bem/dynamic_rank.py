"""y = scaling * ((x V) * gate) U [+ x], and its gradient, one launch each; the hidden x V stays on the chip.

x [M, d], V [d, r], gate [M, r] (or [B, r] for x [B, S, d]: one gate a sequence), U [r, n]. The document's
(1024, 768, 64) is read as (tokens M, hidden d = n, rank r). The gate is a product and no switch: 0 * NaN is NaN.
Sources: BEM, TECHNICAL_ARCHITECTURE `fused_dynamic_rank_kernel`; AdaLoRA, arXiv 2303.10512; LoRA, arXiv 2106.09685.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from bem.layout import Unfit, blocks, check, flat, interpreted, power_of_two, wide
from bem.scale import largest, power

NAME = "dynamic_rank"
WIDEST_RANK = 256  # the hidden tile [rows, rank] lives in registers


@triton.jit
def _tile(at, row, column, rows, columns, stride_row, stride_column):
    """A masked tile; zero outside."""
    inside = (row < rows)[:, None] & (column < columns)[None, :]
    return tl.load(at + (row * stride_row)[:, None] + (column * stride_column)[None, :], mask=inside, other=0.0)


@triton.jit
def _span(start, SIZE: tl.constexpr, WIDE: tl.constexpr):
    """start … start + SIZE - 1."""
    span = start + tl.arange(0, SIZE)
    if WIDE:
        span = span.to(tl.int64)
    return span


@triton.jit
def _product(
    left_at, right_at, row, column, rows, depth, columns,
    left_row, left_depth, right_depth, right_column,
    PRECISION: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, DEPTH: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    """left[row, :] right[:, column] in float32."""
    total = tl.zeros((ROWS, COLUMNS), tl.float32)
    for start in range(0, depth, DEPTH):
        k = _span(start, DEPTH, WIDE)
        left = _tile(left_at, row, k, rows, depth, left_row, left_depth)
        right = _tile(right_at, k, column, depth, columns, right_depth, right_column)
        total = tl.dot(left, right, total, input_precision=PRECISION)
    return total


@triton.jit
def _gate(at, row, k, rows, rank, per, batch, token, column, FLAT: tl.constexpr):
    """The gate's rows; unless FLAT, `per` of them make a batch."""
    inside = (row < rows)[:, None] & (k < rank)[None, :]
    if FLAT:  # noqa: SIM108  # Triton compiles the branch that is taken, and a conditional expression whole
        lines = row * token
    else:
        lines = (row // per) * batch + (row % per) * token
    return tl.load(at + lines[:, None] + (k * column)[None, :], mask=inside, other=0.0).to(tl.float32)


@triton.jit
def dynamic_rank_forward(
    x_at, v_at, gate_at, u_at, y_at, scaling, rows, width, rank, out_width, per,
    x_row, x_column, v_row, v_column, gate_batch, gate_row, gate_column, u_row, u_column,
    RESIDUAL: tl.constexpr, SCALED: tl.constexpr, PRECISION: tl.constexpr, WIDE: tl.constexpr, FLAT: tl.constexpr,
    ROWS: tl.constexpr, DEPTH: tl.constexpr, RANK: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0)
    across = tl.cdiv(out_width, COLUMNS)
    row = (program // across).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    column = _span((program % across) * COLUMNS, COLUMNS, WIDE)
    k = _span(0, RANK, WIDE)
    hidden = _product(
        x_at, v_at, row, k, rows, width, rank, x_row, x_column, v_row, v_column, PRECISION, WIDE, ROWS, DEPTH, RANK
    )
    gated = hidden * _gate(gate_at, row, k, rows, rank, per, gate_batch, gate_row, gate_column, FLAT)
    u = _tile(u_at, k, column, rank, out_width, u_row, u_column)
    if SCALED:
        up, down = power(largest(gated, 1))
        y = tl.dot((gated * down[:, None]).to(u.dtype), u) * up[:, None]
    else:
        y = tl.dot(gated.to(u.dtype), u, input_precision=PRECISION)
    y = y * scaling
    if RESIDUAL:
        y += _tile(x_at, row, column, rows, out_width, x_row, x_column).to(tl.float32)
    inside = (row < rows)[:, None] & (column < out_width)[None, :]
    tl.store(y_at + (row * out_width)[:, None] + column[None, :], y.to(y_at.dtype.element_ty), mask=inside)


@triton.jit
def _rows_of_dx(
    program, x_at, v_at, gate_at, u_at, dy_at, dx_at, dgate_at, scaling, rows, width, rank, out_width, per,
    x_row, x_column, v_row, v_column, gate_batch, gate_row, gate_column, u_row, u_column, dy_row, dy_column,
    RESIDUAL: tl.constexpr, SCALED: tl.constexpr, PRECISION: tl.constexpr, WIDE: tl.constexpr, FLAT: tl.constexpr,
    ROWS: tl.constexpr, DEPTH: tl.constexpr, RANK: tl.constexpr,
):  # fmt: skip
    row = program.to(tl.int64) * ROWS + tl.arange(0, ROWS)
    k = _span(0, RANK, WIDE)
    hidden = _product(
        x_at, v_at, row, k, rows, width, rank, x_row, x_column, v_row, v_column, PRECISION, WIDE, ROWS, DEPTH, RANK
    )
    pulled = scaling * _product(
        dy_at,
        u_at,
        row,
        k,
        rows,
        out_width,
        rank,
        dy_row,
        dy_column,
        u_column,
        u_row,
        PRECISION,
        WIDE,
        ROWS,
        DEPTH,
        RANK,
    )
    inside = (row < rows)[:, None] & (k < rank)[None, :]
    there = (row * rank)[:, None] + k[None, :]
    tl.store(dgate_at + there, (pulled * hidden).to(dgate_at.dtype.element_ty), mask=inside)
    inner = pulled * _gate(gate_at, row, k, rows, rank, per, gate_batch, gate_row, gate_column, FLAT)
    up, down = power(largest(inner, 1))
    for start in range(0, width, DEPTH):
        column = _span(start, DEPTH, WIDE)
        v = _tile(v_at, k, column, rank, width, v_column, v_row)
        if SCALED:
            dx = tl.dot((inner * down[:, None]).to(v.dtype), v) * up[:, None]
        else:
            dx = tl.dot(inner.to(v.dtype), v, input_precision=PRECISION)
        if RESIDUAL:
            dx += _tile(dy_at, row, column, rows, width, dy_row, dy_column).to(tl.float32)
        within = (row < rows)[:, None] & (column < width)[None, :]
        tl.store(dx_at + (row * width)[:, None] + column[None, :], dx.to(dx_at.dtype.element_ty), mask=within)


@triton.jit
def _rows_of_dv(
    program, x_at, gate_at, u_at, dy_at, dv_at, scaling, rows, width, rank, out_width, per,
    x_row, x_column, gate_batch, gate_row, gate_column, u_row, u_column, dy_row, dy_column,
    SCALED: tl.constexpr, PRECISION: tl.constexpr, WIDE: tl.constexpr, FLAT: tl.constexpr,
    ROWS: tl.constexpr, DEPTH: tl.constexpr, RANK: tl.constexpr,
):  # fmt: skip
    column = _span(program * DEPTH, DEPTH, WIDE)
    k = _span(0, RANK, WIDE)
    total = tl.zeros((DEPTH, RANK), tl.float32)
    for start in range(0, rows, ROWS):
        row = start + tl.arange(0, ROWS).to(tl.int64)
        pulled = scaling * _product(
            dy_at, u_at, row, k, rows, out_width, rank, dy_row, dy_column, u_column, u_row,
            PRECISION, WIDE, ROWS, DEPTH, RANK,
        )  # fmt: skip
        inner = pulled * _gate(gate_at, row, k, rows, rank, per, gate_batch, gate_row, gate_column, FLAT)
        x = _tile(x_at, column, row, width, rows, x_column, x_row)
        if SCALED:
            up, down = power(largest(inner, 0))
            total += tl.dot(x, (inner * down[None, :]).to(x.dtype)) * up[None, :]
        else:
            total = tl.dot(x, inner.to(x.dtype), total, input_precision=PRECISION)
    inside = (column < width)[:, None] & (k < rank)[None, :]
    there = (column.to(tl.int64) * rank)[:, None] + k[None, :]
    tl.store(dv_at + there, total.to(dv_at.dtype.element_ty), mask=inside)


@triton.jit
def _columns_of_du(
    program, x_at, v_at, gate_at, dy_at, du_at, scaling, rows, width, rank, out_width, per,
    x_row, x_column, v_row, v_column, gate_batch, gate_row, gate_column, dy_row, dy_column,
    SCALED: tl.constexpr, PRECISION: tl.constexpr, WIDE: tl.constexpr, FLAT: tl.constexpr,
    ROWS: tl.constexpr, DEPTH: tl.constexpr, RANK: tl.constexpr,
):  # fmt: skip
    column = _span(program * DEPTH, DEPTH, WIDE)
    k = _span(0, RANK, WIDE)
    total = tl.zeros((RANK, DEPTH), tl.float32)
    for start in range(0, rows, ROWS):
        row = start + tl.arange(0, ROWS).to(tl.int64)
        hidden = _product(
            x_at, v_at, row, k, rows, width, rank, x_row, x_column, v_row, v_column, PRECISION, WIDE, ROWS, DEPTH, RANK
        )
        gate = _gate(gate_at, row, k, rows, rank, per, gate_batch, gate_row, gate_column, FLAT)
        gated = tl.trans(scaling * (hidden * gate))
        dy = _tile(dy_at, row, column, rows, out_width, dy_row, dy_column)
        if SCALED:
            up, down = power(largest(gated, 1))
            total += tl.dot((gated * down[:, None]).to(dy.dtype), dy) * up[:, None]
        else:
            total = tl.dot(gated.to(dy.dtype), dy, total, input_precision=PRECISION)
    inside = (k < rank)[:, None] & (column < out_width)[None, :]
    there = (k.to(tl.int64) * out_width)[:, None] + column[None, :]
    tl.store(du_at + there, total.to(du_at.dtype.element_ty), mask=inside)


@triton.jit
def dynamic_rank_backward(
    x_at, v_at, gate_at, u_at, dy_at, dx_at, dv_at, dgate_at, du_at,
    scaling, rows, width, rank, out_width, per,
    x_row, x_column, v_row, v_column, gate_batch, gate_row, gate_column, u_row, u_column, dy_row, dy_column,
    RESIDUAL: tl.constexpr, SCALED: tl.constexpr, PRECISION: tl.constexpr, WIDE: tl.constexpr, FLAT: tl.constexpr,
    ROWS: tl.constexpr, DEPTH: tl.constexpr, RANK: tl.constexpr,
):  # fmt: skip
    """Three kinds of program in one launch, none waits for another: rows of dx and dgate, rows of dV, columns of dU.

    What dV and dU need of every row (the pulled gradient dy U^T, the hidden x V) is computed again by each, so that
    every sum has one owner and one order: no atomics, equal bits at every run.
    """
    program = tl.program_id(0)
    row_programs = tl.cdiv(rows, ROWS)
    v_programs = tl.cdiv(width, DEPTH)
    if program < row_programs:
        _rows_of_dx(
            program, x_at, v_at, gate_at, u_at, dy_at, dx_at, dgate_at, scaling, rows, width, rank, out_width, per,
            x_row, x_column, v_row, v_column, gate_batch, gate_row, gate_column, u_row, u_column, dy_row, dy_column,
            RESIDUAL, SCALED, PRECISION, WIDE, FLAT, ROWS, DEPTH, RANK,
        )  # fmt: skip
    elif program < row_programs + v_programs:
        _rows_of_dv(
            program - row_programs, x_at, gate_at, u_at, dy_at, dv_at, scaling, rows, width, rank, out_width, per,
            x_row, x_column, gate_batch, gate_row, gate_column, u_row, u_column, dy_row, dy_column,
            SCALED, PRECISION, WIDE, FLAT, ROWS, DEPTH, RANK,
        )  # fmt: skip
    else:
        _columns_of_du(
            program - row_programs - v_programs, x_at, v_at, gate_at, dy_at, du_at,
            scaling, rows, width, rank, out_width, per,
            x_row, x_column, v_row, v_column, gate_batch, gate_row, gate_column, dy_row, dy_column,
            SCALED, PRECISION, WIDE, FLAT, ROWS, DEPTH, RANK,
        )  # fmt: skip


# --- shapes --------------------------------------------------------------------------------------


def _check(x: Tensor, v: Tensor, gate: Tensor, u: Tensor, residual: bool) -> None:
    check(NAME, x, v, gate, u)
    if x.ndim != 2 or v.ndim != 2 or u.ndim != 2 or gate.ndim not in (2, 3):
        raise Unfit(f"{NAME} takes x [M, d], V [d, r], gate [M, r] or [B, S, r], U [r, n]")
    rank = v.shape[1]
    tokens = gate.shape[0] if gate.ndim == 2 else gate.shape[0] * gate.shape[1]
    if v.shape[0] != x.shape[1] or u.shape[0] != rank or gate.shape[-1] != rank or tokens != x.shape[0]:
        shapes = ", ".join(str(tuple(t.shape)) for t in (x, v, gate, u))
        raise Unfit(f"{NAME}: the shapes do not belong together: {shapes}")
    if residual and u.shape[1] != x.shape[1]:
        raise Unfit(f"{NAME}: a residual wants as many columns out as in, got {u.shape[1]} and {x.shape[1]}")
    if rank > WIDEST_RANK:
        raise Unfit(f"{NAME} takes a rank of {WIDEST_RANK} at most, not {rank}")


def _gate_strides(gate: Tensor) -> tuple[int, tuple[int, ...], bool]:
    """Rows of a batch, strides [batch, row, rank], and whether all rows walk as one."""
    three = gate if gate.ndim == 3 else gate[None]
    return max(three.shape[1], 1), three.stride(), flat((three,))


def plan(dtype: torch.dtype, rank: int, *, backward: bool = False) -> dict[str, object]:
    """Tile sizes and how products are taken: float32 exactly (FMA), the half formats on tensor cores.

    Without the limit raised ptxas spills a few registers of the backward kernel to fit one more block on a card.
    """
    exact = dtype == torch.float32
    small = rank > 128
    return {
        "ROWS": 16 if exact or small else 32,
        "DEPTH": 128 if interpreted() else 32 if exact or small else 64,
        "RANK": max(16, power_of_two(rank)),
        "SCALED": dtype == torch.float16,
        "PRECISION": "ieee" if exact else "tf32",  # of float32 operands only
        "num_warps": 8 if exact and backward else 4,
        "num_stages": 3,
        "enable_fp_fusion": True,
        **({"maxnreg": 255} if backward else {}),
    }


# --- launches ------------------------------------------------------------------------------------


def forward_into(
    y: Tensor, x: Tensor, v: Tensor, gate: Tensor, u: Tensor, scaling: float = 1.0, residual: bool = False
) -> None:
    """One launch that writes all of y [M, n] (contiguous). Raises Unfit for other shapes or formats."""
    _check(x, v, gate, u, residual)
    rows, out_width = x.shape[0], u.shape[1]
    if rows * out_width == 0:
        return
    chosen = plan(x.dtype, v.shape[1])
    across = 256 if interpreted() else 64
    per, gate_strides, walks = _gate_strides(gate)
    dynamic_rank_forward[(blocks(rows, chosen["ROWS"]) * blocks(out_width, across),)](
        x, v, gate, u, y, scaling, rows, x.shape[1], v.shape[1], out_width, per,
        *x.stride(), *v.stride(), *gate_strides, *u.stride(),
        RESIDUAL=residual, WIDE=wide((x, v, gate, u)), FLAT=walks, COLUMNS=across, **chosen,
    )  # fmt: skip


def backward_into(
    outs: dict[str, Tensor], dy: Tensor, x: Tensor, v: Tensor, gate: Tensor, u: Tensor,
    scaling: float = 1.0, residual: bool = False,
) -> None:  # fmt: skip
    """One launch that writes all of outs["x"], ["v"], ["gate"], ["u"] (contiguous, of the inputs' shapes)."""
    _check(x, v, gate, u, residual)
    if dy.shape != (x.shape[0], u.shape[1]):
        raise Unfit(f"{NAME}: the gradient is [M, n] {(x.shape[0], u.shape[1])}, not {tuple(dy.shape)}")
    chosen = plan(x.dtype, v.shape[1], backward=True)
    per, gate_strides, walks = _gate_strides(gate)
    programs = (
        blocks(x.shape[0], chosen["ROWS"]) + blocks(x.shape[1], chosen["DEPTH"]) + blocks(u.shape[1], chosen["DEPTH"])
    )
    if programs == 0:
        return
    dynamic_rank_backward[(programs,)](
        x, v, gate, u, dy, outs["x"], outs["v"], outs["gate"], outs["u"],
        scaling, x.shape[0], x.shape[1], v.shape[1], u.shape[1], per,
        *x.stride(), *v.stride(), *gate_strides, *u.stride(), *dy.stride(),
        RESIDUAL=residual, WIDE=wide((x, v, gate, u, dy)), FLAT=walks, **chosen,
    )  # fmt: skip


# --- the operator --------------------------------------------------------------------------------


@torch.library.custom_op("bem::dynamic_rank", mutates_args=())
def dynamic_rank(x: Tensor, v: Tensor, gate: Tensor, u: Tensor, scaling: float = 1.0, residual: bool = False) -> Tensor:
    """scaling * ((x V) * gate) U [+ x] in one launch. A gate per sequence: `gate[:, None].expand(B, S, r)`.

    Raises Unfit for shapes or formats it does not take.
    """
    y = torch.empty((x.shape[0], u.shape[1]), dtype=x.dtype, device=x.device)
    forward_into(y, x, v, gate, u, scaling, residual)
    return y


@torch.library.custom_op("bem::dynamic_rank_backward", mutates_args=())
def dynamic_rank_backward_op(
    dy: Tensor, x: Tensor, v: Tensor, gate: Tensor, u: Tensor, scaling: float, residual: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gradients of x, V, gate and U in one launch."""
    named = {"x": x, "v": v, "gate": gate, "u": u}
    outs = {name: torch.empty(t.shape, dtype=t.dtype, device=t.device) for name, t in named.items()}
    backward_into(outs, dy, x, v, gate, u, scaling, residual)
    return outs["x"], outs["v"], outs["gate"], outs["u"]


@dynamic_rank.register_fake
def _(x: Tensor, v: Tensor, gate: Tensor, u: Tensor, scaling: float = 1.0, residual: bool = False) -> Tensor:
    return x.new_empty((x.shape[0], u.shape[1]))


@dynamic_rank_backward_op.register_fake
def _(dy: Tensor, x: Tensor, v: Tensor, gate: Tensor, u: Tensor, scaling: float, residual: bool):
    return tuple(t.new_empty(t.shape) for t in (x, v, gate, u))


def _keep(ctx, inputs, output) -> None:
    *tensors, ctx.scaling, ctx.residual = inputs
    ctx.save_for_backward(*tensors)


def _differentiate(ctx, dy):
    return (*dynamic_rank_backward_op(dy, *ctx.saved_tensors, ctx.scaling, ctx.residual), None, None)


dynamic_rank.register_autograd(_differentiate, setup_context=_keep)
