"""Planted bugs: the kernels' own sources with one thing wrong. The gate must catch every one, or it proves nothing."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proof.spec import Kernel

from bem.kernels import HERE, of_module


@dataclass(frozen=True)
class Mutant:
    """`old` stands in the kernel's source; it is replaced wherever it stands, or only after `after`."""

    name: str
    kernel: str
    old: str
    new: str
    try_first: str = ""  # a case that should show it, to save time; the others are tried as well
    after: str = ""
    gpu_only: bool = False


RANK, KRON, FILM = "dynamic_rank", "kronecker", "film_modulation"
LAUNCH = "    chosen = plan(x.dtype, v.shape[1])\n"

MUTANTS = (
    Mutant("the last part of every sum lost", RANK, "range(0, depth, DEPTH)", "range(0, depth - DEPTH + 1, DEPTH)"),
    Mutant(
        "stores rows that are not there", RANK, "inside = (row < rows)[:, None] & (column < out_width)[None, :]",
        "inside = (row >= 0)[:, None] & (column < out_width)[None, :]", "odd",
    ),
    Mutant(
        "sums kept in float16", RANK, "total = tl.dot(left, right, total, input_precision=PRECISION)",
        "total = tl.dot(left, right, total, input_precision=PRECISION).to(tl.float16).to(tl.float32)", "several blocks",
    ),
    Mutant(
        "operands rounded to bfloat16", RANK, "total = tl.dot(left, right, total,",
        "total = tl.dot(left.to(tl.bfloat16).to(left.dtype), right.to(tl.bfloat16).to(right.dtype), total,", "documented width",
    ),
    Mutant("scaling forgotten", RANK, "    y = y * scaling\n", ""),
    Mutant("column stride taken for 1", RANK, "(column * stride_column)[None, :]", "column[None, :]", "every second"),
    Mutant("row stride taken for the width", RANK, "(row * stride_row)[:, None] +", "(row * columns)[:, None] +", "every second"),
    Mutant(
        "NaN hidden where the gate is 0", RANK, "    gated = hidden * _gate(gate_at, row, k, rows, rank, per, gate_batch, gate_row, "
        "gate_column, FLAT)\n    u = ",
        "    switch = _gate(gate_at, row, k, rows, rank, per, gate_batch, gate_row, gate_column, FLAT)\n"
        "    gated = tl.where(switch == 0, 0.0, hidden * switch)\n    u = ", "NaN in x",
    ),
    Mutant(
        "hidden rounded to float16 before the gate", RANK, "    gated = hidden * _gate",
        "    gated = hidden.to(tl.float16).to(tl.float32) * _gate", "hidden beyond",
    ),
    Mutant("no scaling before the second product", RANK, '"SCALED": dtype == torch.float16', '"SCALED": False', "gated beyond"),
    Mutant(
        "subnormal numbers taken for 0", RANK, "return tl.load(at + (row * stride_row)[:, None] + (column * stride_column)"
        "[None, :], mask=inside, other=0.0)",
        "tile = tl.load(at + (row * stride_row)[:, None] + (column * stride_column)[None, :], mask=inside, other=0.0)\n"
        "    return tl.where(tl.abs(tile.to(tl.float32)) < 6.1e-5, 0.0, tile).to(tile.dtype)", "subnormal",
    ),
    Mutant(
        "small rows taken for 0", RANK, "    y = y * scaling\n",
        "    y = y * scaling\n    y = tl.where((tl.max(tl.abs(y), axis=1) < 0.05)[:, None], 0.0, y)\n", "rows from",
    ),
    Mutant(
        "NaN turned into 0", RANK, "    y = y * scaling\n", "    y = y * scaling\n    y = tl.where(y == y, y, 0.0)\n", "NaN in x",
    ),
    Mutant("the first row's gate for all", RANK, "lines = row * token", "lines = row * 0", "several"),
    Mutant("the first sequence's gate for all", RANK, "(row // per) * batch +", "", "gate per sequence"),
    Mutant("two columns never stored", RANK, "& (column < out_width)[None, :]\n    tl.store",
           "& (column < out_width - 2)[None, :]\n    tl.store"),
    Mutant("residual forgotten", RANK, "    if RESIDUAL:\n        y +=", "    if False:\n        y +=", "residual"),
    Mutant(
        "result stored by shape", RANK, LAUNCH,
        "    known = globals().setdefault('KNOWN', {})\n    if tuple(x.shape) in known:\n        y.copy_(known[tuple(x.shape)])\n"
        "        return\n    known[tuple(x.shape)] = y\n" + LAUNCH, "odd", after="def forward_into",
    ),
    Mutant("changes its input", RANK, LAUNCH, "    x[:1].neg_()\n" + LAUNCH, "odd", after="def forward_into"),
    Mutant(
        "computed by torch", RANK, LAUNCH,
        "    product = scaling * (((x @ v) * gate.reshape(x.shape[0], v.shape[1])) @ u)\n"
        "    y.copy_(product + x if residual else product)\n    return\n" + LAUNCH, "odd", after="def forward_into",
    ),
    Mutant(
        "last bit by chance", RANK, "*x.stride(), *v.stride(), *gate_strides, *u.stride(),\n        RESIDUAL",
        "*x.stride(), *v.stride(), *gate_strides, *u.stride(),\n        RESIDUAL", "odd",
    ),
    Mutant("gradient of the gate unscaled", RANK, "(pulled * hidden).to(", "(pulled / scaling * hidden).to(", "several"),
    Mutant("gradient of U without the gate", RANK, "tl.trans(scaling * (hidden * gate))", "tl.trans(scaling * hidden)", "several"),
    Mutant(
        "gradient of V from the first rows only", RANK, "    for start in range(0, rows, ROWS):", "    for start in range(0, ROWS, ROWS):",
        "several", after="def _rows_of_dv",
    ),
    Mutant("gradient of a residual forgotten", RANK, "        if RESIDUAL:\n            dx +=", "        if False:\n            dx +=", "residual"),
    Mutant("A transposed", KRON, "a_at + o * a_row + _far(p, a_column)", "a_at + o * a_column + _far(p, a_row)", "documented factors"),
    Mutant("the last block of x left out", KRON, "for p in range(0, p_size)", "for p in range(0, p_size - 1)", "odd"),
    Mutant(
        "products rounded to float16 before A", KRON, "a[:, None, None] * part[None, :, :]",
        "a[:, None, None] * part.to(tl.float16).to(tl.float32)[None, :, :]", "product beyond",
    ),
    Mutant("factors in the other order", KRON, "(o * n_size)[:, None, None] + n[None, None, :]",
           "o[:, None, None] + (n * o_size)[None, None, :]", "odd"),
    Mutant("only the outputs of the first group", KRON, "(inner // columns_across) * OUTS", "0", "more outputs"),
    Mutant(
        "gradient of A from the first rows only", KRON, "    for start in range(0, rows, ROWS):", "    for start in range(0, ROWS, ROWS):",
        "odd", after="def _element_of_da",
    ),
    Mutant("gradient of B without A", KRON, "mixed += a * dy", "mixed += dy", "odd"),
    Mutant("beta forgotten", FILM, "y = gamma * x + beta", "y = gamma * x", "odd"),
    Mutant("the first token's gamma for all", FILM, "gamma_at + _rows_at(row, per, gamma_batch, gamma_row, FLAT)[:, None]",
           "gamma_at + _rows_at(row * 0, per, gamma_batch, gamma_row, FLAT)[:, None]", "odd"),
    Mutant("sequences not told apart", FILM, "(row // per) * stride_batch + (row % per) * stride_row", "(row % per) * stride_row", "per sequence"),
    Mutant("stores columns that are not there", FILM, "    y_tile = y_at", "    inside = (row < rows)[:, None] & (column >= 0)[None, :]\n    y_tile = y_at", "one more"),
    Mutant("x rounded to float16", FILM, "    y = gamma * x + beta", "    y = gamma * x.to(tl.float16).to(tl.float32) + beta", "odd"),
    Mutant("-0.0 turned into 0.0", FILM, "    y = gamma * x + beta", "    y = gamma * x + beta + 0.0", "-0.0"),
    Mutant("infinity cut to the largest number", FILM, "    y_tile = y_at", "    y = tl.minimum(tl.maximum(y, -65504.0), 65504.0)\n    y_tile = y_at", "infinity"),
    Mutant("gradient of gamma without the last rows", FILM, "end = begin + group\n", "end = begin + (group // 2) * 2\n", "per channel"),
    Mutant("gradient of x without gamma", FILM, "(gamma * dy).to(", "dy.to(", "odd"),
    Mutant("offsets in 32 bits", FILM, "(program // across).to(tl.int64) * ROWS + tl.arange(0, ROWS)",
           "(program // across) * ROWS + tl.arange(0, ROWS)", "offsets", gpu_only=True),
)  # fmt: skip

CHANCE = """
_launch = forward_into
_calls = []


def forward_into(y, *arguments, **named):
    _launch(y, *arguments, **named)
    _calls.append(1)
    if len(_calls) % 3 == 0 and y.numel():
        y.view(-1)[:1].mul_(1 + torch.finfo(y.dtype).eps)
"""


def source(mutant: Mutant) -> str:
    """The changed source. Raises ValueError when the place is not there: then the kernel was rewritten and this list was not."""
    text = (HERE / f"{mutant.kernel}.py").read_text(encoding="utf-8")
    begin = text.index(mutant.after) if mutant.after else 0
    if mutant.old not in text[begin:]:
        raise ValueError(f"{mutant.name}: its place is not in {mutant.kernel}.py any more")
    if mutant.name == "last bit by chance":
        changed = text + CHANCE
    elif mutant.after:
        changed = text[:begin] + text[begin:].replace(mutant.old, mutant.new, 1)
    else:
        changed = text.replace(mutant.old, mutant.new)
    return changed.replace('"bem::', f'"bem_mutant_{MUTANTS.index(mutant)}::')


@contextmanager
def planted(mutant: Mutant) -> Iterator[Kernel]:
    """The kernel with the bug in it."""
    number = MUTANTS.index(mutant)
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        file = Path(folder) / f"mutant_{number}_{mutant.kernel}.py"
        file.write_text(source(mutant), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None and spec.loader is not None  # noqa: S101, PT018  # it was written just now
        module = importlib.util.module_from_spec(spec)
        sys.modules[file.stem] = module
        try:
            spec.loader.exec_module(module)
            yield of_module(module)
        finally:
            del sys.modules[file.stem]
