"""A user's own kernels, described in a TOML file, as the gate takes them; docs/kernels.md explains the file."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor

from proof.spec import DTYPES, Case, Inputs, Kernel, Outputs

LAYOUTS = ("contiguous", "strided", "transposed", "offset", "rows", "nan")
KNOWN = {
    "name", "function", "reference", "dtypes", "depth", "roundings", "bound", "launches", "gradients", "layouts",
    "inputs", "shapes",
}  # fmt: skip


class BadSpec(ValueError):
    """The file does not describe a kernel; the message names the place."""


def read(path: Path) -> list[Kernel]:
    """The kernels of a spec. Raises BadSpec; importing their modules runs their code."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSpec(f"{path}: {error}") from None
    tables = data.get("kernel")
    if not isinstance(tables, list) or not tables:
        raise BadSpec(f"{path} has no [[kernel]]")
    return [_kernel(path, table) for table in tables]


def _kernel(path: Path, table: Mapping[str, Any]) -> Kernel:
    name = table.get("name")
    if not isinstance(name, str):
        raise BadSpec(f"{path}: a [[kernel]] has no name")
    here = f"{path}, {name}"
    if unknown := sorted(set(table) - KNOWN):
        raise BadSpec(f"{here}: unknown {', '.join(unknown)}")
    for key, kind in (("function", str), ("reference", str), ("inputs", dict), ("shapes", list)):
        if not isinstance(table.get(key), kind):
            raise BadSpec(f"{here}: {key} is missing")
    dtypes = tuple(table.get("dtypes", ("fp32", "fp16", "bf16")))
    if not dtypes or any(dtype not in DTYPES for dtype in dtypes):
        raise BadSpec(f"{here}: dtypes are some of {', '.join(DTYPES)}")
    layouts = tuple(table.get("layouts", LAYOUTS))
    if not layouts or any(layout not in LAYOUTS for layout in layouts):
        raise BadSpec(f"{here}: layouts are some of {', '.join(LAYOUTS)}")
    gradients = tuple(table.get("gradients", ()))
    if any(not isinstance(table["inputs"].get(g), list) for g in gradients):
        raise BadSpec(f"{here}: gradients are names of tensors among the inputs")
    if not table["shapes"]:
        raise BadSpec(f"{here}: no shapes, nothing to try")
    function, reference = (_load(path.parent, table[key], here) for key in ("function", "reference"))
    depth = int(table.get("depth", 1))
    return Kernel(
        name=name,
        reference=reference,
        run=_runner(function, gradients),
        depth=lambda _, backward: dict.fromkeys(gradients if backward else ("y",), depth),
        cases=lambda dtype: _cases(
            table["inputs"], table["shapes"], layouts, dtype, backward=bool(gradients), here=here
        ),
        dtypes=dtypes,
        gradients=gradients,
        roundings=int(table.get("roundings", 1)),
        into=False,
        launches=table.get("launches"),
        bound=table.get("bound"),
        files=(str(path), *(str(f) for f in {_file(path.parent, table[k]) for k in ("function", "reference")} if f)),
    )


def _file(folder: Path, place: str) -> Path | None:
    module = place.partition(":")[0]
    return folder / module if module.endswith(".py") else None


def _load(folder: Path, place: str, here: str) -> Callable[..., Any]:
    """`file.py:name`, beside the spec, or `package.module:name`."""
    module_name, colon, attribute = place.partition(":")
    if not colon:
        raise BadSpec(f"{here}: {place!r} is not `file.py:name` or `module:name`")
    file = _file(folder, place)
    try:
        if file is None:
            module = importlib.import_module(module_name)
        else:
            stem = f"own_{abs(hash(str(file.resolve()))):x}"
            if stem not in sys.modules:
                _import_file(stem, file)
            module = sys.modules[stem]
        found = getattr(module, attribute)
    except Exception as error:
        raise BadSpec(f"{here}: {place} cannot be loaded: {type(error).__name__}: {error}") from error
    if not callable(found):
        raise BadSpec(f"{here}: {place} is not a function")
    return found  # type: ignore[no-any-return]


def _import_file(stem: str, file: Path) -> None:
    spec = importlib.util.spec_from_file_location(stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    sys.modules[stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[stem])


def _runner(
    function: Callable[..., Tensor], gradients: tuple[str, ...]
) -> Callable[[bool, Mapping[str, Any], Tensor | None, Outputs | None], Outputs]:
    def run(backward: bool, inputs: Mapping[str, Any], gradient: Tensor | None, outs: Outputs | None) -> Outputs:
        del outs
        if not backward:
            return {"y": function(**inputs)}
        leaves = {name: inputs[name].detach().requires_grad_() for name in gradients}
        y = function(**{**inputs, **leaves})
        found = torch.autograd.grad(y, list(leaves.values()), gradient)
        return dict(zip(gradients, found, strict=True))

    return run


# --- cases ---------------------------------------------------------------------------------------


def _cases(
    inputs: Mapping[str, Any],
    shapes: list[Mapping[str, int]],
    layouts: tuple[str, ...],
    dtype: str,
    *,
    backward: bool,
    here: str,
) -> list[Case]:
    cases = []
    for sizes in shapes:
        for layout in layouts:
            label = ", ".join(f"{k}={v}" for k, v in sizes.items())
            make = _make(inputs, sizes, layout, dtype, here)
            shape = tuple(sizes.values())
            shift = 1 if layout == "offset" else 0
            name = label if layout == "contiguous" else f"{label}, {layout}"
            cases.append(Case(name, shape, dtype, make, shift=shift))
            if backward and layout != "nan":
                cases.append(Case(name, shape, dtype, make, backward=True, shift=shift))
    return cases


def _make(
    inputs: Mapping[str, Any], sizes: Mapping[str, int], layout: str, dtype: str, here: str
) -> Callable[[Generator], Inputs]:
    def make(generator: Generator) -> Inputs:
        made: Inputs = {}
        for name, shape in inputs.items():
            if not isinstance(shape, list):
                made[name] = shape
                continue
            try:
                extent = tuple(sizes[n] if isinstance(n, str) else int(n) for n in shape)
            except KeyError as missing:
                raise BadSpec(f"{here}: the shapes give no {missing}") from None
            made[name] = _laid_out(torch.randn(extent, generator=generator), layout).to(DTYPES[dtype])
            if layout == "strided":
                wide = torch.zeros((*extent[:-1], 2 * extent[-1]), dtype=DTYPES[dtype])
                wide[..., ::2] = made[name]
                made[name] = wide[..., ::2]
            elif layout == "transposed" and len(extent) > 1:
                made[name] = made[name].mT.contiguous().mT
        if layout == "nan":
            first = next(value for value in made.values() if isinstance(value, Tensor))
            if first.numel():
                first.view(-1)[first.numel() // 2] = float("nan")
        return made

    return make


def _laid_out(tensor: Tensor, layout: str) -> Tensor:
    if layout == "rows" and tensor.ndim > 1:
        exponents = torch.linspace(-3, 1, max(tensor.shape[0], 1)).reshape(-1, *([1] * (tensor.ndim - 1)))
        return tensor * 10.0**exponents
    return tensor
