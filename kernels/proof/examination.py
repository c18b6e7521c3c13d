"""One case of one kernel, executed and judged."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from proof.place import Guarded, Placed, bits, guard_output, place_input
from proof.rule import Judgement, judge
from proof.spec import Case, Inputs, Kernel, Outputs

FORWARD_FACTOR, BACKWARD_FACTOR = 2.0, 3.0


@dataclass(frozen=True)
class Where:
    """On what kernels run."""

    device: str  # "cuda:0", or "cpu" under the interpreter
    executed_on: str  # "gpu" or "interpreter"
    repeats: int  # equal runs that must agree bitwise

    @contextmanager
    def timed(self) -> Iterator[Callable[[], float]]:
        """Yields a function that says how many seconds the block took, on the card where there is one."""
        if self.device == "cpu":
            started = time.perf_counter()
            ended = started
            yield lambda: ended - started
            ended = time.perf_counter()
            return
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        with torch.cuda.device(self.device):
            torch.cuda.synchronize()
            begin.record()
            yield lambda: begin.elapsed_time(end) / 1e3
            end.record()
            torch.cuda.synchronize()


@dataclass(frozen=True)
class CaseResult:
    """What came of a case; `ok` is only true when it ran and everything held."""

    kernel: str
    case: str
    shape: tuple[int, ...]
    dtype: str
    direction: str
    device: str
    executed_on: str
    ok: bool
    reasons: tuple[str, ...]
    output: str  # the worst of the outputs, to which the figures belong
    max_abs: float | None
    norm_rel: float | None
    tol: float
    ratio: float | None
    bound: float | None
    where: tuple[int, ...] | None
    got: float | None
    expected: float | None
    runs: int
    bits: str  # sha256 of all outputs: equal on equal cards
    ms: float | None
    reference_ms: float | None
    gbps: float | None
    seed: int

    def as_line(self) -> dict[str, Any]:
        return {"event": "case", **{name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}}


def _plain(value: object) -> object:
    """A value that JSON has: neither NaN nor infinities."""
    if isinstance(value, float) and not -float("inf") < value < float("inf"):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def examine(kernel: Kernel, case: Case, where: Where, *, seed: int, tol: float) -> CaseResult:
    """Run the case on `where` and judge it by rule F. A kernel that raises has failed; the examination goes on."""
    inputs, gradient = _made(kernel, case, seed)
    try:
        reasons, results, seconds, runs = _run(kernel, case, where, inputs, gradient, seed)
    except Exception as error:  # noqa: BLE001  # whatever a kernel raises is a finding about the kernel
        reason = f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else 'no message'}"
        return _failed(kernel, case, where, (reason,), seed)
    truth, magnitude, own, own_seconds = _truths(kernel, case, where, inputs, gradient)
    depth = kernel.depth(inputs, case.backward)
    factor = BACKWARD_FACTOR if case.backward else FORWARD_FACTOR
    judged = [
        judge(
            name, got, truth[name], magnitude[name], own[name], depth=depth[name], roundings=kernel.roundings,
            tol=tol, factor=factor, bound=kernel.bound, signed_zero=kernel.signed_zero and not case.backward,
        )
        for name, got in results.items()
    ]  # fmt: skip
    if set(results) != set(truth):
        reasons.append(f"outputs {sorted(results)} instead of {sorted(truth)}")
    worst = max(judged, key=lambda j: (not j.ok, j.bound or 0.0), default=None)
    for one in judged:
        reasons += [f"{one.output}: {reason}" for reason in one.reasons]
    moved = kernel.moved(inputs) if kernel.moved and not case.backward else None
    return _result(kernel, case, where, reasons, worst, runs, _digest(results), seconds, own_seconds, moved, seed)


# --- inputs and truths ---------------------------------------------------------------------------


def _made(kernel: Kernel, case: Case, seed: int) -> tuple[Inputs, Tensor | None]:
    generator = torch.Generator().manual_seed(seed)
    inputs = case.make(generator)
    if not case.backward:
        return inputs, None
    if "gradient" in inputs:
        gradient = inputs.pop("gradient")
        return inputs, gradient
    shape = kernel.reference(**inputs).shape
    first = next(value for value in inputs.values() if isinstance(value, Tensor))
    return inputs, torch.randn(shape, generator=generator).to(first.dtype)


def _evaluate(
    kernel: Kernel, inputs: Mapping[str, Any], gradient: Tensor | None, change: Callable[[Tensor], Tensor]
) -> Outputs:
    """The reference's outputs of changed inputs: "y", or the gradients by name."""
    fresh = {name: change(value) if isinstance(value, Tensor) else value for name, value in inputs.items()}
    if gradient is None:
        return {"y": kernel.reference(**fresh)}
    leaves = [fresh[name].detach().requires_grad_() for name in kernel.gradients]
    fresh |= dict(zip(kernel.gradients, leaves, strict=True))
    y = kernel.reference(**fresh)
    if not y.requires_grad:
        return {name: torch.zeros_like(leaf) for name, leaf in zip(kernel.gradients, leaves, strict=True)}
    found = torch.autograd.grad(y, leaves, change(gradient), allow_unused=True)
    return {
        name: torch.zeros_like(leaf) if grad is None else grad
        for name, leaf, grad in zip(kernel.gradients, leaves, found, strict=True)
    }


def _magnitudes(kernel: Kernel, inputs: Mapping[str, Any], gradient: Tensor | None) -> Outputs:
    positive = {name: abs(v) if isinstance(v, float) else v for name, v in inputs.items()}
    return _evaluate(kernel, positive, gradient, lambda t: t.double().abs())


def _truths(
    kernel: Kernel, case: Case, where: Where, inputs: Inputs, gradient: Tensor | None
) -> tuple[Outputs, Outputs, Outputs, float | None]:
    """The truth and the magnitudes in float64 on the CPU, torch's own result in the format where the kernel runs."""
    del case
    truth = _evaluate(kernel, inputs, gradient, lambda t: t.double())
    magnitude = _magnitudes(kernel, inputs, gradient)
    moved = {n: v.to(where.device) if isinstance(v, Tensor) else v for n, v in inputs.items()}
    moved_gradient = gradient.to(where.device) if gradient is not None else None
    with _no_shortcuts(), where.timed() as seconds:
        own = _evaluate(kernel, moved, moved_gradient, lambda t: t)
    return (
        {n: t.detach() for n, t in truth.items()},
        {n: t.detach() for n, t in magnitude.items()},
        {n: t.detach().cpu() for n, t in own.items()},
        seconds(),
    )


@contextmanager
def _no_shortcuts() -> Iterator[None]:
    """torch as the yardstick computes float32 in float32 and sums half formats in float32."""
    matmul = torch.backends.cuda.matmul
    before = (
        matmul.allow_tf32,
        matmul.allow_fp16_reduced_precision_reduction,
        matmul.allow_bf16_reduced_precision_reduction,
    )
    matmul.allow_tf32 = False
    matmul.allow_fp16_reduced_precision_reduction = False
    matmul.allow_bf16_reduced_precision_reduction = False
    try:
        yield
    finally:
        (
            matmul.allow_tf32,
            matmul.allow_fp16_reduced_precision_reduction,
            matmul.allow_bf16_reduced_precision_reduction,
        ) = before


# --- running -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Run:
    outs: Outputs  # on the CPU
    guards: list[Guarded]
    inputs: list[tuple[str, Placed, Tensor]]  # with what was there before
    launches: int
    seconds: float

    def complaints(self, kernel: Kernel) -> list[str]:
        found = []
        if not all(guard.intact() for guard in self.guards):
            found.append("wrote outside its output")
        changed = [name for name, placed, before in self.inputs if not placed.unchanged(before)]
        if changed:
            found.append(f"changed its input {', '.join(changed)}")
        empty = all(out.numel() == 0 for out in self.outs.values())
        if kernel.launches is not None and self.launches != kernel.launches and not (empty and self.launches == 0):
            found.append(f"{self.launches} kernel launches instead of {kernel.launches}")
        return found


def _once(kernel: Kernel, case: Case, where: Where, inputs: Inputs, gradient: Tensor | None) -> _Run:
    from proof.launches import counted

    placed = {n: place_input(v, where.device, case.shift) for n, v in inputs.items() if isinstance(v, Tensor)}
    dy = place_input(gradient, where.device, case.shift) if gradient is not None else None
    arguments = inputs | {name: one.tensor for name, one in placed.items()}
    guards: dict[str, Guarded] = {}
    if kernel.into:
        shapes = (
            {name: tuple(inputs[name].shape) for name in kernel.gradients}
            if case.backward
            else {"y": tuple(kernel.reference(**{n: _meta(v) for n, v in inputs.items()}).shape)}
        )
        dtype = next(iter(placed.values())).tensor.dtype
        guards = {name: guard_output(shape, dtype, where.device, case.shift) for name, shape in shapes.items()}
    watched = [(n, one, one.snapshot()) for n, one in placed.items()]
    if dy is not None:
        watched.append(("gradient", dy, dy.snapshot()))
    with counted() as count, _poisoned_memory(), where.timed() as seconds:
        outs = kernel.run(
            case.backward, arguments, dy.tensor if dy else None, {n: g.tensor for n, g in guards.items()} or None
        )
    return _Run(
        {n: t.detach().cpu().clone() for n, t in outs.items()}, list(guards.values()), watched, count(), seconds()
    )


def _meta(value: Any) -> Any:
    return value.to("meta") if isinstance(value, Tensor) else value


@contextmanager
def _poisoned_memory() -> Iterator[None]:
    """Memory that a kernel's own code allocates without filling it holds NaN."""
    import torch.utils.deterministic as settings

    before = (torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled())
    filled = settings.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True, warn_only=True)
    settings.fill_uninitialized_memory = True
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        settings.fill_uninitialized_memory = filled


def _run(
    kernel: Kernel, case: Case, where: Where, inputs: Inputs, gradient: Tensor | None, seed: int
) -> tuple[list[str], Outputs, float, int]:
    """Run on these inputs, on others, and on these again; returns complaints, outputs, seconds of a warm run, runs."""
    first = _once(kernel, case, where, inputs, gradient)
    reasons = first.complaints(kernel)
    others, other_gradient = _made(kernel, case, seed + 1)
    between = _once(kernel, case, where, others, other_gradient)
    fastest = min(first.seconds, between.seconds)
    if _same(first.outs, between.outs) and any(out[out.isfinite()].unique().numel() > 2 for out in first.outs.values()):
        reasons.append("the same result for other data: a stored result, or no use of its inputs")
    for _ in range(where.repeats):
        again = _once(kernel, case, where, inputs, gradient)
        fastest = min(fastest, again.seconds)
        if not _same(first.outs, again.outs):
            reasons.append("another run of the same data gave other bits")
            break
    return reasons, first.outs, fastest, 2 + where.repeats


def _same(one: Outputs, other: Outputs) -> bool:
    return set(one) == set(other) and all(
        one[n].shape == other[n].shape and torch.equal(bits(one[n].contiguous()), bits(other[n].contiguous()))
        for n in one
    )


def _digest(outs: Outputs) -> str:
    digest = hashlib.sha256()
    for name in sorted(outs):
        digest.update(name.encode() + bits(outs[name].contiguous()).numpy().tobytes())
    return digest.hexdigest()


# --- results -------------------------------------------------------------------------------------


def _failed(kernel: Kernel, case: Case, where: Where, reasons: tuple[str, ...], seed: int) -> CaseResult:
    return _result(kernel, case, where, list(reasons), None, 0, "", None, None, None, seed)


def _result(
    kernel: Kernel, case: Case, where: Where, reasons: list[str], worst: Judgement | None, runs: int, digest: str,
    seconds: float | None, own_seconds: float | None, moved: int | None, seed: int,
) -> CaseResult:  # fmt: skip
    on_gpu = where.executed_on == "gpu"
    return CaseResult(
        kernel=kernel.name,
        case=case.name,
        shape=case.shape,
        dtype=case.dtype,
        direction="backward" if case.backward else "forward",
        device=where.device,
        executed_on=where.executed_on,
        ok=not reasons,
        reasons=tuple(reasons),
        output=worst.output if worst else "",
        max_abs=worst.max_abs if worst else None,
        norm_rel=worst.norm_rel if worst else None,
        tol=worst.tol if worst else 0.0,
        ratio=worst.ratio if worst else None,
        bound=worst.bound if worst else None,
        where=worst.where if worst else None,
        got=worst.got if worst else None,
        expected=worst.expected if worst else None,
        runs=runs,
        bits=digest,
        ms=round(seconds * 1e3, 4) if seconds is not None else None,
        reference_ms=round(own_seconds * 1e3, 4) if own_seconds is not None else None,
        gbps=round(moved / seconds / 1e9, 1) if moved and seconds and on_gpu else None,
        seed=seed,
    )
