"""How fast the kernels are on this machine's graphics card, against what else there is, measured in one run.

Device times: launches recorded in a CUDA graph, replayed between events, the least of several. Bandwidth is taken with
a buffer larger than the L2 cache overwritten in between; a figure far above what a copy reaches is not believed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import torch

NAMEPLATE = {
    "H200": 4.8e12,
    "H100": 3.35e12,
    "A100": 2.039e12,
    "B200": 8e12,
}  # bytes a second, by the makers' data sheets
REPLAYS, INNER = 20, 20
SUSPICIOUS = 1.1  # of a device copy


def bench(cards: list[dict[str, Any]], *, say: Callable[[str], None], as_json: bool) -> int:
    """Measure on the first card; 3 without one, 1 when a figure cannot be true."""
    if not cards:
        print("kernels: nothing was measured, no graphics card that torch can use is here", file=sys.stderr)
        return 3
    name = cards[0]["name"]
    with torch.cuda.device(0):
        found = {
            "device": name,
            "uuid": cards[0]["uuid"],
            "film": [_film(rows, name) for rows in (65_536, 2**20)],
            "documented": _documented(),
        }
    if as_json:
        say(json.dumps({"schema": "runbook-tui/kernels-bench@1", **found}, ensure_ascii=False))
    else:
        _tell(found, say)
    return 1 if any(row["of_copy"] > SUSPICIOUS for row in found["film"]) else 0


def _film(rows: int, name: str) -> dict[str, Any]:
    """film_modulation per token in float16 and a copy of as many bytes, both with a cold cache."""
    from bem import film_modulation

    x, gamma, beta = (torch.randn(rows, 768, device="cuda", dtype=torch.float16) for _ in range(3))
    y = torch.empty_like(x)
    moved = 4 * x.numel() * 2
    source = torch.empty(moved // 4, device="cuda", dtype=torch.float16)
    target = torch.empty_like(source)
    ours = _cold(lambda: film_modulation.forward_into(y, x, gamma, beta))
    copy = _cold(lambda: target.copy_(source))
    rate = moved / ours
    plate = next((value for model, value in NAMEPLATE.items() if model in name), None)
    return {
        "shape": [rows, 768],
        "ms": ours * 1e3,
        "tbps": rate / 1e12,
        "copy_tbps": moved / copy / 1e12,
        "of_copy": copy / ours,
        "of_nameplate": rate / plate if plate else None,
    }


def _documented() -> list[dict[str, Any]]:
    """Latency of one forward call at the documents' shapes, microseconds of device time."""
    from bem import kernels as ours
    from bem import references

    rows = []
    for kernel in ours.kernels():
        assert kernel.nominal is not None  # noqa: S101
        inputs = {n: v.cuda() if isinstance(v, torch.Tensor) else v for n, v in kernel.nominal("fp16", False).items()}
        y = torch.empty_like(kernel.reference(**inputs))
        run = kernel.run
        tuned = torch.compile(kernel.reference, mode="max-autotune-no-cudagraphs")
        row: dict[str, Any] = {
            "kernel": kernel.name,
            "ours": _warm(lambda run=run, inputs=inputs, y=y: run(False, inputs, None, {"y": y})),
            "eager": _warm(lambda kernel=kernel, inputs=inputs: kernel.reference(**inputs)),
            "torch_compile": _warm(lambda tuned=tuned, inputs=inputs: tuned(**inputs)),
        }
        if kernel.name == "dynamic_rank":
            row["cublas_two_step"] = _warm(lambda i=inputs: torch.mm(torch.mm(i["x"], i["v"]).mul_(i["gate"]), i["u"]))
        if kernel.name == "kronecker":
            i = inputs
            rows3 = i["x"].view(-1, i["a"].shape[1], i["b"].shape[1])
            row["cublas_two_step"] = _warm(
                lambda i=i, rows3=rows3: torch.matmul(i["a"], torch.matmul(rows3, i["b"].mT))
            )
            row["materialised"] = _warm(lambda i=i: references.kronecker_product(**i))
        rows.append({key: value * 1e6 if isinstance(value, float) else value for key, value in row.items()})
    return rows


def _warm(call: Callable[[], object]) -> float:
    """Seconds of one call inside a replayed graph; everything fits the cache, as it would between two layers."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(INNER):
            call()
    return min(_timed(graph.replay) for _ in range(REPLAYS)) / INNER


def _cold(call: Callable[[], object]) -> float:
    """Seconds of one call after the cache was overwritten."""
    wash = torch.empty(256 * 2**20, dtype=torch.int8, device="cuda")
    for _ in range(3):
        call()
    best = float("inf")
    for _ in range(REPLAYS):
        wash.zero_()
        best = min(best, _timed(call))
    return best


def _timed(call: Callable[[], object]) -> float:
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.cuda.synchronize()
    begin.record()
    call()
    end.record()
    torch.cuda.synchronize()
    return begin.elapsed_time(end) / 1e3


def _tell(found: dict[str, Any], say: Callable[[str], None]) -> None:
    say(found["device"])
    for row in found["film"]:
        plate = f", {row['of_nameplate']:.1%} of the data sheet" if row["of_nameplate"] else ""
        rows, copied = row["shape"][0], f"{row['of_copy']:.1%} of a copy{plate}"
        say(f"  film_modulation {rows}x768 fp16: {row['ms']:.4f} ms, {row['tbps']:.2f} TB/s, {copied}")
    for row in found["documented"]:
        figures = ", ".join(f"{key} {value:.2f} us" for key, value in row.items() if isinstance(value, float))
        say(f"  {row['kernel']}: {figures}")
