"""The three kernels as the gate takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from proof.spec import DTYPES, Inputs, Kernel, Outputs
from torch import Tensor

from bem import cases, references

HERE = Path(__file__).parent
SHARED = ("layout.py", "scale.py", "references.py", "cases.py")


def kernels() -> list[Kernel]:
    """The kernels, with Triton imported: TRITON_INTERPRET must be set by now where it is wanted."""
    from bem import dynamic_rank, film_modulation, kronecker

    return [of_module(module) for module in (dynamic_rank, kronecker, film_modulation)]


def of_module(module: ModuleType) -> Kernel:
    """The kernel of a module of this package, or of a changed copy of one (bem/mutants.py)."""
    return _MAKERS[module.NAME](module)


def _runner(module: ModuleType) -> Callable[[bool, Mapping[str, Any], Tensor | None, Outputs | None], Outputs]:
    def run(backward: bool, inputs: Mapping[str, Any], gradient: Tensor | None, outs: Outputs | None) -> Outputs:
        assert outs is not None  # noqa: S101  # `into` is true of these kernels
        if backward:
            module.backward_into(outs, gradient, **inputs)
        else:
            module.forward_into(outs["y"], **inputs)
        return outs

    return run


def _files(name: str) -> tuple[str, ...]:
    extra = ("dynamic_rank.py",) if name == "kronecker" else ()
    return tuple(str(HERE / file) for file in (f"{name}.py", *extra, *SHARED))


def _bytes(*tensors: Tensor) -> int:
    """Bytes of distinct elements: what is broadcast counts once."""
    return sum(
        t.element_size() * (torch.Size(n for n, s in zip(t.shape, t.stride(), strict=True) if s or n == 1).numel())
        for t in tensors
    )


def _size(x: Tensor, width: int) -> int:
    """Bytes of as many rows as x has, `width` wide."""
    return x.shape[0] * width * x.element_size()


def _dynamic_rank(module: ModuleType) -> Kernel:
    def depth(inputs: Mapping[str, Any], backward: bool) -> Mapping[str, int]:
        tokens, width = inputs["x"].shape
        rank, out = inputs["u"].shape
        if not backward:
            return {"y": width + rank + 3}
        return {"x": out + rank + 3, "v": tokens + out + 3, "gate": width + out + 3, "u": tokens + width + 3}

    def nominal(dtype: str, backward: bool) -> Inputs:
        del backward
        kind = DTYPES[dtype]
        shapes = {"x": (1024, 768), "v": (768, 64), "gate": (1024, 64), "u": (64, 768)}
        return {n: torch.randn(s).mul(0.1).to(kind) for n, s in shapes.items()} | {"scaling": 0.25, "residual": False}

    return Kernel(
        name=module.NAME,
        reference=references.dynamic_rank,
        run=_runner(module),
        depth=depth,
        cases=lambda dtype: list(cases.dynamic_rank(dtype)),
        gradients=("x", "v", "gate", "u"),
        nominal=nominal,
        moved=lambda i: _bytes(*(i[n] for n in ("x", "v", "gate", "u"))) + _size(i["x"], i["u"].shape[1]),
        flops=lambda i: 2 * i["x"].shape[0] * i["v"].shape[1] * (i["x"].shape[1] + i["u"].shape[1]),
        files=_files(module.NAME),
    )  # fmt: skip


def _kronecker(module: ModuleType) -> Kernel:
    def depth(inputs: Mapping[str, Any], backward: bool) -> Mapping[str, int]:
        rows = inputs["x"].shape[0]
        (o, p), (n, q) = inputs["a"].shape, inputs["b"].shape
        if not backward:
            return {"y": p + q + 2}
        return {"x": o + n + 2, "a": q + rows * n + 2, "b": o + rows * p + 2}

    def nominal(dtype: str, backward: bool) -> Inputs:
        del backward
        shapes = {"x": (512, 1024), "a": (8, 8), "b": (128, 128)}
        return {name: torch.randn(shape).mul(0.1).to(DTYPES[dtype]) for name, shape in shapes.items()}

    def flops(i: Mapping[str, Any]) -> int:
        (o, p), (n, q) = i["a"].shape, i["b"].shape
        return 2 * i["x"].shape[0] * (p * q * n + o * p * n)

    return Kernel(
        name=module.NAME,
        reference=references.kronecker,
        run=_runner(module),
        depth=depth,
        cases=lambda dtype: list(cases.kronecker(dtype)),
        gradients=("x", "a", "b"),
        nominal=nominal,
        moved=lambda i: _bytes(i["x"], i["a"], i["b"]) + _size(i["x"], i["a"].shape[0] * i["b"].shape[0]),
        flops=flops,
        files=_files(module.NAME),
    )  # fmt: skip


def _film(module: ModuleType) -> Kernel:
    def depth(inputs: Mapping[str, Any], backward: bool) -> Mapping[str, int]:
        x, gamma = inputs["x"], inputs["gamma"]
        added = x.numel() // max(gamma.numel(), 1)
        return {"x": 1, "gamma": added + 1, "beta": added} if backward else {"y": 2}

    def nominal(dtype: str, backward: bool) -> Inputs:
        del backward
        return {name: torch.randn(2048, 768).to(DTYPES[dtype]) for name in ("x", "gamma", "beta")}

    return Kernel(
        name=module.NAME,
        reference=references.film_modulation,
        run=_runner(module),
        depth=depth,
        cases=lambda dtype: list(cases.film_modulation(dtype)),
        gradients=("x", "gamma", "beta"),
        roundings=0,
        signed_zero=True,
        matrix=False,
        nominal=nominal,
        moved=lambda i: _bytes(i["x"], i["x"], i["gamma"], i["beta"]),
        files=_files(module.NAME),
    )


_MAKERS = {"dynamic_rank": _dynamic_rank, "kronecker": _kronecker, "film_modulation": _film}
