"""`rbt kernels` as a process, on a small kernel of one's own in the interpreter, and inside a run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

pytest.importorskip("triton", reason="triton is not installed")
pytest.importorskip("torch", reason="torch is not installed")

from tests.integration.kernels.test_build import SPEC, own
from tests.rbt import run as run_rbt

FIGURE = {"type": ["number", "string", "null"]}
CONTRACT = {
    "type": "object",
    "required": ["schema", "verdict", "reason", "executed_on", "device", "versions", "tol", "seed", "at", "cases", "skipped", "mutants",
                 "compiled", "evidence", "evidence_sha256"],
    "properties": {
        "schema": {"const": "runbook-tui/kernels@1"},
        "verdict": {"enum": ["pass", "fail", "not_validated"]},
        "executed_on": {"enum": ["gpu", "interpreter", "none"]},
        "versions": {"type": "object", "required": ["python", "torch", "triton", "cuda", "driver"]},
        "cases": {
            "type": "array", "minItems": 1,
            "items": {
                "type": "object",
                "required": ["kernel", "case", "shape", "dtype", "direction", "ok", "reasons", "max_abs", "norm_rel", "ratio", "bound", "ms",
                             "reference_ms", "gbps", "seed", "bits"],
                "properties": {"max_abs": FIGURE, "norm_rel": FIGURE, "ratio": FIGURE, "bound": FIGURE, "ok": {"type": "boolean"},
                               "shape": {"type": "array", "items": {"type": "integer"}}},
            },
        },
        "evidence_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    },
}  # fmt: skip


@pytest.fixture
def rbt(tmp_path):
    def run(*arguments: object, status: int):
        done = run_rbt(*arguments, env={**os.environ, "RBT_STATE": str(tmp_path / "state")}, timeout=200)
        assert "Traceback" not in done.stderr
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return run


def small(folder: Path, expression: str = "x * g + x") -> list[object]:
    spec = own(folder, expression, SPEC.replace('["fp32", "fp16"]', '["fp32"]\nlayouts = ["contiguous", "strided"]'))
    return ["kernels", "--spec", spec, "--device", "interpreter", "--evidence", folder / "evidence.json"]


def test_a_table_and_no_pass_without_a_card(rbt, tmp_path):
    told = rbt(*small(tmp_path), status=3).stdout
    assert "gated" in told
    assert "? kernels not validated: no graphics card was used: 4 cases held in the interpreter only" in told


def test_json_is_the_contract_and_progress_goes_elsewhere(rbt, tmp_path):
    whole = json.loads(rbt(*small(tmp_path), "--json", status=3).stdout)
    jsonschema.validate(whole, CONTRACT)
    assert whole["verdict"] == "not_validated"
    assert whole["executed_on"] == "interpreter"


def test_a_wrong_kernel_is_told_with_its_place(rbt, tmp_path):
    told = rbt(*small(tmp_path, "x * g + tl.where(column == 3, 0.0, x)"), status=1).stdout
    assert "✖ gated forward fp32" in told
    assert ", 3]: " in told
    assert "kernels failed" in told


def test_what_cannot_be_run_is_one_sentence(rbt, tmp_path):
    for arguments, says in (
        (["--python", tmp_path / "none"], "cannot be started"),
        (["--python", "/bin/false"], "ended with status 1 and no verdict"),
        (["--build", tmp_path / "none.py"], "from a checkout"),
        (["--spec", tmp_path / "none.toml"], "none.toml"),
        (["--kernel", "nothing", "--device", "interpreter"], "there is no kernel nothing"),
    ):
        done = rbt("kernels", *arguments, status=2)
        assert len(done.stderr.strip().splitlines()) == 1
        assert says in done.stderr


def test_a_step_of_a_runbook_is_judged_by_it(rbt, tmp_path):
    words = " ".join(f"'{word}'" for word in small(tmp_path))
    path = tmp_path / "plan.md"
    path.write_text(f"# R\n\n```bash {{gate=kernels}}\n# Prove it\nrbt {words} --lines || true\n```\n")
    whole = json.loads(rbt("run", path, "--headless", "--yes", "--json", status=1).stdout)
    job = whole["steps"][0]["jobs"][0]
    assert job["exit"] == 0
    assert job["kernels"]["verdict"] == "not_validated"
    assert job["kernels"]["cases"] == 4
    assert whole["steps"][0]["state"] == "failed"
    assert "no graphics card" in whole["steps"][0]["reason"]
