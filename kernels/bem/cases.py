"""The inputs that are tried: the documents' shapes, and where kernels go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from proof.spec import DTYPES, Case, Inputs
from torch import Generator, Tensor

Draw = Callable[..., Tensor]


def _drawing(generator: Generator, dtype: str) -> Draw:
    def draw(*shape: int, scale: float = 1.0) -> Tensor:
        return (torch.randn(shape, generator=generator) * scale).to(DTYPES[dtype])

    return draw


def _strided(tensor: Tensor) -> Tensor:
    """The same values, every second element of a wider row."""
    wide = torch.zeros((*tensor.shape[:-1], 2 * tensor.shape[-1] + 1), dtype=tensor.dtype)
    view = wide[..., 1 : 2 * tensor.shape[-1] : 2]
    view.copy_(tensor)
    return view


def _turned(tensor: Tensor) -> Tensor:
    """The same values, columns first in memory."""
    return tensor.mT.contiguous().mT


def _rows_from_tiny_to_large(tensor: Tensor) -> Tensor:
    exponents = torch.linspace(-3, 1, max(tensor.shape[0], 1)).reshape(-1, *([1] * (tensor.ndim - 1)))
    return (tensor.float() * 10.0**exponents).to(tensor.dtype)


def _largest(dtype: str) -> float:
    return torch.finfo(DTYPES[dtype]).max


# --- dynamic_rank --------------------------------------------------------------------------------


def _rank_inputs(
    dtype: str, tokens: int, width: int, rank: int, out: int | None = None, *, scaling: float = 1.75,
    residual: bool = False, change: Callable[[Inputs, Draw], Inputs] = lambda inputs, _: inputs,
) -> Callable[[Generator], Inputs]:  # fmt: skip
    def make(generator: Generator) -> Inputs:
        draw = _drawing(generator, dtype)
        inputs: Inputs = {
            "x": draw(tokens, width),
            "v": draw(width, rank, scale=max(width, 1) ** -0.5),
            "gate": draw(tokens, rank),
            "u": draw(rank, width if out is None else out),
            "scaling": scaling,
            "residual": residual,
        }
        return change(inputs, draw)

    return make


def _k_hot(inputs: Inputs, draw: Draw) -> Inputs:
    tokens, rank = inputs["gate"].shape
    chosen = draw(tokens, rank).float().topk(max(rank // 2, 1), dim=1).indices
    gate = torch.zeros(tokens, rank).scatter(1, chosen, 1.0)
    return inputs | {"gate": gate.to(inputs["x"].dtype)}


def _per_sequence(batch: int) -> Callable[[Inputs, Draw], Inputs]:
    def change(inputs: Inputs, draw: Draw) -> Inputs:
        tokens, rank = inputs["gate"].shape
        return inputs | {"gate": draw(batch, 1, rank).expand(batch, tokens // batch, rank)}

    return change


def _layout(turn: Callable[[Tensor], Tensor]) -> Callable[[Inputs, Draw], Inputs]:
    return lambda inputs, _: {n: turn(v) if isinstance(v, Tensor) and v.ndim > 1 else v for n, v in inputs.items()}


def _scaled_rows(inputs: Inputs, _: Draw) -> Inputs:
    return inputs | {"x": _rows_from_tiny_to_large(inputs["x"])}


def _overflow(inputs: Inputs, _: Draw) -> Inputs:
    """x V beyond what float16 holds, gated back into it."""
    return inputs | {"x": inputs["x"] * 512, "v": inputs["v"] * 512, "gate": inputs["gate"] * 2.0**-18}


def _tiny(inputs: Inputs, _: Draw) -> Inputs:
    """x V below the smallest normal number of float16, gated up again."""
    return inputs | {"v": inputs["v"] * 2.0**-11, "x": inputs["x"] * 2.0**-11, "gate": inputs["gate"] * 2.0**14}


def _gated_overflow(inputs: Inputs, _: Draw) -> Inputs:
    """(x V) * gate beyond what float16 holds, taken back by U."""
    return inputs | {"x": inputs["x"] * 512, "v": inputs["v"] * 512, "u": inputs["u"] * 2.0**-10}


def _gated_tiny(inputs: Inputs, _: Draw) -> Inputs:
    """(x V) * gate below the smallest number of float16, taken up by U."""
    return inputs | {"x": inputs["x"] * 2.0**-11, "v": inputs["v"] * 2.0**-11, "u": inputs["u"] * 2.0**12}


def _subnormal(inputs: Inputs, draw: Draw) -> Inputs:
    smallest = torch.finfo(inputs["x"].dtype).smallest_normal
    return inputs | {"v": (draw(*inputs["v"].shape).float() * smallest / 4).to(inputs["x"].dtype)}


def _special(name: str, value: float, gate: float | None = None) -> Callable[[Inputs, Draw], Inputs]:
    """One element replaced; the gate of its row optionally set."""

    def change(inputs: Inputs, _: Draw) -> Inputs:
        changed = inputs[name].clone()
        changed[changed.shape[0] // 2, changed.shape[1] // 3] = value
        inputs = inputs | {name: changed}
        if gate is not None:
            gates = inputs["gate"].clone()
            gates[gates.shape[0] // 2] = gate
            inputs = inputs | {"gate": gates}
        return inputs

    return change


def dynamic_rank(dtype: str) -> Iterator[Case]:
    def one(name: str, tokens: int, width: int, rank: int, out: int | None = None, **more: object) -> Iterator[Case]:
        shape = (tokens, width, rank)
        make = _rank_inputs(dtype, tokens, width, rank, out, **{k: v for k, v in more.items() if k in KNOWN})
        shift, gpu_only = int(more.get("shift", 0)), str(more.get("gpu_only", ""))
        yield Case(name, shape, dtype, make, shift=shift, gpu_only=gpu_only)
        if more.get("backward", True):
            yield Case(name, shape, dtype, make, backward=True, shift=shift, gpu_only=gpu_only)

    KNOWN = ("scaling", "residual", "change")  # noqa: N806
    nan, inf = float("nan"), float("inf")
    yield from one("documented", 1024, 768, 64, gpu_only="large for an interpreter", scaling=0.25)
    yield from one("documented width", 20, 768, 64, scaling=0.25, backward=False)
    yield from one("several blocks", 40, 200, 64, 300, scaling=0.25)
    yield from one("k-hot gate", 24, 64, 64, change=_k_hot)
    yield from one("odd", 37, 101, 17, 43)
    yield from one("residual", 33, 96, 16, residual=True)
    yield from one("gate per sequence", 36, 64, 24, change=_per_sequence(3))
    yield from one("one of each", 1, 1, 1, 1)
    yield from one("one more than a block", 33, 65, 17, 65)
    yield from one("one less than a block", 31, 63, 15, 63)
    yield from one("widest rank", 17, 40, 256, 40, backward=False)
    yield from one("no rows", 0, 64, 16)
    yield from one("no width", 5, 0, 16, 8)
    yield from one("no rank", 5, 64, 0, 8)
    yield from one("nothing out", 5, 64, 16, 0)
    yield from one("columns first in memory", 35, 70, 18, change=_layout(_turned))
    yield from one("every second element", 35, 70, 18, change=_layout(_strided))
    yield from one("off alignment", 35, 64, 32, shift=1)
    yield from one("rows from 1e-3 to 1e1", 48, 96, 32, change=_scaled_rows)
    yield from one("hidden beyond float16, gated back", 24, 64, 16, change=_overflow, backward=False)
    yield from one("hidden below float16, gated up", 24, 64, 16, change=_tiny, backward=False)
    yield from one("gated beyond float16, taken back", 24, 64, 16, change=_gated_overflow, backward=False)
    yield from one("gated below float16, taken up", 24, 64, 16, change=_gated_tiny, backward=False)
    yield from one("subnormal weights", 24, 64, 16, scaling=2.0, change=_subnormal, backward=False)
    yield from one("NaN in x, gate 0", 24, 64, 16, change=_special("x", nan, 0.0))
    yield from one("infinity in x", 24, 64, 16, change=_special("x", inf), backward=False)
    yield from one("NaN in U", 24, 64, 16, change=_special("u", nan), backward=False)
    yield from one("infinity in V, gate 0", 24, 64, 16, change=_special("v", -inf, 0.0), backward=False)
    yield from one(
        "more rows than a grid's second dimension", 70_000, 32, 16, 16, gpu_only="many programs", backward=False
    )
    if dtype != "fp32":
        yield Case("offsets beyond 2^31", (3, 16, 16), dtype, _far(dtype), gpu_only="2^31 elements")


def _far(dtype: str) -> Callable[[Generator], Inputs]:
    """Rows so far apart that their offsets need 64 bits."""

    def make(generator: Generator) -> Inputs:
        inputs = _rank_inputs(dtype, 3, 16, 16)(generator)
        x = torch.empty_strided((3, 16), (2**30 + 8, 1), dtype=DTYPES[dtype])
        return inputs | {"x": x.copy_(inputs["x"])}

    return make


# --- kronecker -----------------------------------------------------------------------------------


def _kron_inputs(
    dtype: str,
    rows: int,
    o: int,
    p: int,
    n: int,
    q: int,
    change: Callable[[Inputs, Draw], Inputs] = lambda inputs, _: inputs,
) -> Callable[[Generator], Inputs]:
    def make(generator: Generator) -> Inputs:
        draw = _drawing(generator, dtype)
        inputs: Inputs = {
            "x": draw(rows, p * q),
            "a": draw(o, p, scale=max(p, 1) ** -0.5),
            "b": draw(n, q, scale=max(q, 1) ** -0.5),
        }
        return change(inputs, draw)

    return make


def _kron_overflow(inputs: Inputs, _: Draw) -> Inputs:
    """X B^T beyond what float16 holds, taken back by A."""
    return inputs | {"x": inputs["x"] * 1024, "b": inputs["b"] * 1024, "a": inputs["a"] * 2.0**-12}


def _kron_tiny(inputs: Inputs, _: Draw) -> Inputs:
    return inputs | {"x": inputs["x"] * 2.0**-12, "b": inputs["b"] * 2.0**-12, "a": inputs["a"] * 2.0**13}


def kronecker(dtype: str) -> Iterator[Case]:
    def one(name: str, *sizes: int, change: Callable[[Inputs, Draw], Inputs] = lambda inputs, _: inputs,
            backward: bool = True, shift: int = 0, gpu_only: str = "") -> Iterator[Case]:  # fmt: skip
        rows, o, p, n, q = sizes
        shape = (rows, p * q, q) if (o, n) == (p, q) else sizes
        make = _kron_inputs(dtype, *sizes, change=change)
        yield Case(name, shape, dtype, make, shift=shift, gpu_only=gpu_only)
        if backward:
            yield Case(name, shape, dtype, make, backward=True, shift=shift, gpu_only=gpu_only)

    nan, inf = float("nan"), float("inf")
    yield from one("documented", 512, 8, 8, 128, 128, gpu_only="large for an interpreter")
    yield from one("documented factors", 9, 8, 8, 128, 128, backward=False)
    yield from one("documented factors, half as large", 9, 4, 4, 64, 64)
    yield from one("32 x 32 to 8 x 8", 5, 8, 32, 8, 32, backward=False)
    yield from one("odd", 19, 5, 3, 41, 37)
    yield from one("more outputs than sums kept at once", 17, 9, 2, 5, 7)
    yield from one("one of each", 1, 1, 1, 1, 1)
    yield from one("one more than a block", 17, 9, 2, 33, 17)
    yield from one("one less than a block", 15, 7, 2, 31, 15)
    yield from one("no rows", 0, 2, 2, 16, 16)
    yield from one("no inner factor", 5, 2, 0, 16, 16)
    yield from one("no outputs", 5, 0, 2, 16, 16)
    yield from one("columns first in memory", 18, 3, 2, 20, 18, change=_layout(_turned))
    yield from one("every second element", 18, 3, 2, 20, 18, change=_layout(_strided))
    yield from one("off alignment", 17, 2, 2, 32, 32, shift=1)
    yield from one("rows from 1e-3 to 1e1", 32, 4, 4, 32, 32, change=_scaled_rows)
    yield from one("product beyond float16, taken back", 17, 2, 2, 32, 32, change=_kron_overflow, backward=False)
    yield from one("product below float16, taken up", 17, 2, 2, 32, 32, change=_kron_tiny, backward=False)
    yield from one("NaN in x", 17, 2, 2, 32, 32, change=_special("x", nan))
    yield from one("infinity in x", 17, 2, 2, 32, 32, change=_special("x", inf), backward=False)
    yield from one("NaN in A", 17, 2, 2, 32, 32, change=_special("a", nan), backward=False)
    yield from one(
        "more rows than a grid's second dimension", 70_000, 2, 2, 8, 8, gpu_only="many programs", backward=False
    )
    if dtype != "fp32":
        far = _kron_inputs(dtype, 3, 2, 2, 16, 16)

        def make(generator: Generator) -> Inputs:
            inputs = far(generator)
            x = torch.empty_strided((3, 32), (2**30 + 8, 1), dtype=DTYPES[dtype])
            return inputs | {"x": x.copy_(inputs["x"])}

        yield Case("offsets beyond 2^31", (3, 32, 16), dtype, make, gpu_only="2^31 elements")


# --- film_modulation -----------------------------------------------------------------------------


def _film_inputs(
    dtype: str,
    shape: tuple[int, ...],
    form: tuple[int, ...],
    change: Callable[[Inputs, Draw], Inputs] = lambda inputs, _: inputs,
) -> Callable[[Generator], Inputs]:
    def make(generator: Generator) -> Inputs:
        draw = _drawing(generator, dtype)
        return change({"x": draw(*shape), "gamma": draw(*form), "beta": draw(*form)}, draw)

    return make


def _minus_zero(inputs: Inputs, _: Draw) -> Inputs:
    x = inputs["x"].clone()
    x[..., ::3] = -0.0
    return inputs | {"x": x, "beta": torch.full_like(inputs["beta"], -0.0)}


def _film_special(value: float) -> Callable[[Inputs, Draw], Inputs]:
    def change(inputs: Inputs, _: Draw) -> Inputs:
        x, gamma = inputs["x"].clone(), inputs["gamma"].clone()
        x[1, 2] = value
        gamma[1, 2] = 0.0
        x[2, 3] = value
        return inputs | {"x": x, "gamma": gamma}

    return change


def _film_subnormal(inputs: Inputs, _: Draw) -> Inputs:
    smallest = torch.finfo(inputs["x"].dtype).smallest_normal
    return {name: (value.float() * smallest**0.5 / 2).to(value.dtype) for name, value in inputs.items()} | {
        "beta": (inputs["beta"].float() * smallest / 8).to(inputs["x"].dtype)
    }


def _film_edge(inputs: Inputs, _: Draw) -> Inputs:
    """Products on both sides of the largest number of the format."""
    top = torch.finfo(inputs["x"].dtype).max ** 0.5
    return inputs | {
        "x": (inputs["x"].float() * top).to(inputs["x"].dtype),
        "gamma": (inputs["gamma"].float() * top).to(inputs["x"].dtype),
    }


def film_modulation(dtype: str) -> Iterator[Case]:
    def one(name: str, shape: tuple[int, ...], form: tuple[int, ...] | None = None,
            change: Callable[[Inputs, Draw], Inputs] = lambda inputs, _: inputs,
            backward: bool = True, shift: int = 0, gpu_only: str = "") -> Iterator[Case]:  # fmt: skip
        make = _film_inputs(dtype, shape, shape if form is None else form, change)
        yield Case(name, shape, dtype, make, shift=shift, gpu_only=gpu_only)
        if backward:
            yield Case(name, shape, dtype, make, backward=True, shift=shift, gpu_only=gpu_only)

    nan, inf = float("nan"), float("inf")
    yield from one("documented, per token", (2048, 768), backward=False)
    yield from one("documented, per channel", (2048, 768), (768,), gpu_only="large for an interpreter")
    yield from one("per token", (40, 768))
    yield from one("per channel", (40, 768), (768,))
    yield from one("per sequence", (3, 11, 100), (3, 1, 100))
    yield from one("odd", (37, 101))
    yield from one("one of each", (1, 1))
    yield from one("a single column", (70, 1), (1,))
    yield from one("a single row", (1, 300), (300,))
    yield from one("one more than a block", (17, 257))
    yield from one("one less than a block", (15, 255), (255,))
    yield from one("no rows", (0, 16), (16,))
    yield from one("no columns", (4, 0))
    yield from one("columns first in memory", (35, 70), change=_layout(_turned))
    yield from one("every second element", (35, 70), change=_layout(_strided))
    yield from one(
        "rows of sequences far apart", (3, 5, 40), change=lambda i, _: i | {"x": _strided(i["x"].mT.contiguous()).mT}
    )
    yield from one("off alignment", (35, 64), shift=1)
    yield from one("rows from 1e-3 to 1e1", (48, 96), change=_scaled_rows)
    yield from one("around the largest number", (24, 64), change=_film_edge, backward=False)
    yield from one("subnormal results", (24, 64), change=_film_subnormal, backward=False)
    yield from one("-0.0", (24, 64), change=_minus_zero, backward=False)
    yield from one("NaN, also times 0", (24, 64), change=_film_special(nan))
    yield from one("infinity, also times 0", (24, 64), change=_film_special(inf), backward=False)
    yield from one(
        "more rows than a grid's second dimension", (300_000, 16), (16,), gpu_only="many programs", backward=False
    )
    if dtype != "fp32":

        def make(generator: Generator) -> Inputs:
            inputs = _film_inputs(dtype, (3, 64), (3, 64))(generator)
            x = torch.empty_strided((3, 64), (2**30 + 8, 1), dtype=DTYPES[dtype])
            return inputs | {"x": x.copy_(inputs["x"])}

        yield Case("offsets beyond 2^31", (3, 64), dtype, make, gpu_only="2^31 elements")
