"""kernels/build.py as a process. Without a graphics card it says so, in words and in its exit status; with one it must pass."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("triton", reason="triton is not installed")
torch = pytest.importorskip("torch", reason="torch is not installed")

ROOT = Path(__file__).parents[3]
KERNELS = ("dynamic_rank", "kronecker", "film_modulation")
no_card = pytest.mark.skipif(not torch.cuda.is_available(), reason="no graphics card here")


def build(folder: Path, *arguments: object, status: int | None = None) -> list[dict]:
    done = subprocess.run(
        [sys.executable, ROOT / "kernels" / "build.py", *map(str, arguments), "--json", "--evidence", folder / "evidence.json"],
        capture_output=True, text=True, timeout=500, check=False,
        env={**os.environ, "TRITON_CACHE_DIR": str(folder / "triton")},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    if status is not None:
        assert done.returncode == status, done.stdout[-2000:] + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kernel", KERNELS)
def test_every_case_holds_in_the_interpreter_and_that_is_no_pass(tmp_path, kernel):
    *lines, last = build(
        tmp_path,
        "--check-numerics",
        "--tol",
        "1e-3",
        "--device",
        "interpreter",
        "--kernel",
        kernel,
        "--targets",
        "",
        status=3,
    )
    cases = [line for line in lines if line["event"] == "case"]
    assert [case for case in cases if not case["ok"]] == []
    assert len(cases) == lines[0]["cases"] == len(last["cases"]) > 50
    assert {case["dtype"] for case in cases} == {"fp32", "fp16"}
    assert {case["direction"] for case in cases} == {"forward", "backward"}
    assert last["verdict"] == "not_validated"
    assert last["executed_on"] == "interpreter"
    assert last["device"] is None
    evidence = json.loads((tmp_path / "evidence.json").read_bytes())
    assert f"{kernel}.py" in evidence["sources"]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kernel", KERNELS)
def test_every_planted_bug_is_caught(tmp_path, kernel):
    script = f"""
import sys
from bem.mutants import MUTANTS, planted
from proof.examination import Where
from proof.hunt import hunt

count = 0
for mutant in MUTANTS:
    if mutant.kernel == {kernel!r} and not mutant.gpu_only:
        with planted(mutant) as kernel:
            found = hunt(mutant.name, kernel, Where("cpu", "interpreter", 1), ("fp16", "fp32"), seed=11, tol=1e-3,
                         try_first=mutant.try_first)
        count += 1
        if not found.caught:
            print("MISSED", mutant.name)
print(count)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True,
        env={**os.environ, "TRITON_INTERPRET": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "kernels")},
    )  # fmt: skip
    planted = {"dynamic_rank": 25, "kronecker": 7, "film_modulation": 9}
    assert done.stdout.split() == [str(planted[kernel])], done.stdout


@pytest.mark.timeout(400)
def test_all_targets_compile_without_spills_with_wide_loads_and_tensor_cores(tmp_path):
    *lines, last = build(tmp_path, status=0)
    assert last["verdict"] == "not_validated"  # built is not shown to be right
    assert json.loads((tmp_path / "evidence.json").read_bytes())["compiled"][0]["sha256"]
    assert {line["target"] for line in lines} == {"sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"}
    assert [line for line in lines if line["problems"]] == []
    for line in lines:
        assert line["spilled"] == 0
        assert line["wide_loads"] > 0
        if line["dtype"] != "fp32" and line["kernel"] != "film_modulation":
            assert line["tensor_cores"] > 0
    full = {(line["kernel"], line["dtype"], line["direction"]) for line in lines if line["target"] == "sm_90"}
    assert len(full) == 3 * 3 * 2


def test_the_operators_are_registered_as_torch_wants_them():
    """Schema, fake tensors and autograd by torch's own opcheck; the gradient is the backward kernel's, bit for bit."""
    script = """
import torch
from bem import dynamic_rank as d, film_modulation as f, kronecker as k

def leaf(*shape):
    return torch.randn(shape).requires_grad_()

film = (leaf(5, 7), leaf(7), leaf(7))
rank = (leaf(5, 7), leaf(7, 3), leaf(5, 3), leaf(3, 7), 1.5, True)
kron = (leaf(4, 6), leaf(2, 2), leaf(3, 3))
for module, operator, arguments in ((f, f.film_modulation, film), (d, d.dynamic_rank, rank), (k, k.kronecker, kron)):
    print(module.NAME, set(torch.library.opcheck(operator, arguments).values()))
    y = operator(*arguments)
    dy = torch.randn_like(y)
    y.backward(dy)
    named = [t for t in arguments if torch.is_tensor(t)]
    names = {f: ("x", "gamma", "beta"), d: ("x", "v", "gate", "u"), k: ("x", "a", "b")}[module]
    outs = {name: torch.empty_like(t) for name, t in zip(names, named)}
    module.backward_into(outs, dy, *(t.detach() if torch.is_tensor(t) else t for t in arguments))
    assert all(torch.equal(outs[name], t.grad) for name, t in zip(names, named))
for wrong in (lambda: f.film_modulation(torch.ones(2, 3), torch.ones(2), torch.ones(2)),
              lambda: d.dynamic_rank(*(torch.ones(2, 2, dtype=torch.float64) for _ in range(4))),
              lambda: k.kronecker(torch.ones(2, 5), torch.ones(2, 2), torch.ones(2, 2))):
    try:
        wrong()
    except ValueError as error:
        print("refused", error)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False,
        env={**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": str(ROOT / "kernels")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("{'SUCCESS'}") == 3
    assert done.stdout.count("refused") == 3


def test_without_a_card_nothing_is_measured_or_sanitized(tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a graphics card here")
    for verb in (["--bench"], ["--sanitize", "memcheck"], ["--check-numerics", "--device", "gpu"]):
        assert build(tmp_path, *verb, status=3) == []


# --- a user's own kernel -------------------------------------------------------------------------

OWN = """
import torch
import triton
import triton.language as tl

@triton.jit
def _silu_times(x_at, g_at, y_at, size, width, x_row, x_column, g_row, g_column, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < size
    row, column = i // width, i % width
    x = tl.load(x_at + row * x_row + column * x_column, mask=inside, other=0.0).to(tl.float32)
    g = tl.load(g_at + row * g_row + column * g_column, mask=inside, other=0.0).to(tl.float32)
    tl.store(y_at + i, ({expression}).to(y_at.dtype.element_ty), mask=inside)

def silu_times(x, g):
    y = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    if y.numel():
        _silu_times[(triton.cdiv(y.numel(), 1024),)](x, g, y, y.numel(), x.shape[1], *x.stride(), *g.stride(), BLOCK=1024)
    return y

def reference(x, g):
    return x * g + x
"""

SPEC = """
[[kernel]]
name = "gated"
function = "own.py:silu_times"
reference = "own.py:reference"
dtypes = ["fp32", "fp16"]
depth = 3
launches = 1
[kernel.inputs]
x = ["T", "D"]
g = ["T", "D"]
[[kernel.shapes]]
T = 17
D = 100
[[kernel.shapes]]
T = 0
D = 16
"""


def own(folder: Path, expression: str, spec: str = SPEC) -> Path:
    (folder / "own.py").write_text(OWN.replace("{expression}", expression))
    (folder / "spec.toml").write_text(spec)
    return folder / "spec.toml"


def test_a_users_kernel_goes_through_the_same_gate(tmp_path):
    *lines, last = build(tmp_path, "--spec", own(tmp_path, "x * g + x"), "--device", "interpreter", status=3)
    assert all(line["ok"] for line in lines if line["event"] == "case")
    assert len(last["cases"]) == 2 * 2 * 6
    assert last["verdict"] == "not_validated"


def test_a_users_wrong_kernel_fails_with_the_place(tmp_path):
    *lines, last = build(
        tmp_path, "--spec", own(tmp_path, "x * g + tl.where(column == 3, 0.0, x)"), "--device", "interpreter", status=1
    )
    assert last["verdict"] == "fail"
    first = next(line for line in lines if line["event"] == "case" and not line["ok"])
    assert first["where"][1] == 3
    assert first["reasons"]


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("", "has no [[kernel]]"),
        ("[[kernel]]\nname = 'a'", "function is missing"),
        (SPEC.replace("own.py:silu_times", "own.py:gone"), "cannot be loaded"),
        (SPEC.replace("depth", "deep"), "unknown deep"),
        (SPEC.replace('"fp16"', '"fp8"'), "dtypes are some of"),
        ("[[kernel", "spec.toml"),
    ],
)
def test_a_bad_spec_is_one_sentence(tmp_path, spec, says):
    file = own(tmp_path, "x", spec)
    done = subprocess.run(
        [sys.executable, ROOT / "kernels" / "build.py", "--spec", file, "--evidence", tmp_path / "e.json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


# --- with a card ---------------------------------------------------------------------------------


@no_card
@pytest.mark.timeout(1800)
def test_on_a_card_everything_passes_twice_with_the_same_bits(tmp_path):
    first, second = (
        build(tmp_path, "--check-numerics", "--tol", "1e-3", "--mutants", "--seed", "5", status=0)[-1] for _ in range(2)
    )
    assert first["verdict"] == "pass"
    assert first["mutants"]["planted"] == first["mutants"]["caught"] >= 20
    assert [case["bits"] for case in first["cases"]] == [case["bits"] for case in second["cases"]]


@no_card
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("tool", ["memcheck", "racecheck"])
def test_on_a_card_the_sanitizer_finds_nothing(tmp_path, tool):
    build(tmp_path, "--sanitize", tool, status=0)
