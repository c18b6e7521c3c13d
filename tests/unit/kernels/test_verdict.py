"""The verdict is `pass` only for what ran on a card, all of it, and held."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="torch is not installed")

from proof.evidence import EXIT, Evidence, quarrels
from proof.examination import CaseResult
from proof.hunt import Hunted
from proof.lines import as_text
from proof.surroundings import _satisfies, _wanted_triton

CASE = CaseResult(
    kernel="film", case="odd", shape=(3, 5), dtype="fp16", direction="forward", device="cuda:0", executed_on="gpu", ok=True, reasons=(),
    output="y", max_abs=1e-3, norm_rel=1e-4, tol=1e-3, ratio=1.0, bound=0.5, where=(1, 2), got=1.0, expected=1.001, runs=22, bits="aa",
    ms=0.01, reference_ms=0.02, gbps=100.0, seed=1,
)  # fmt: skip
BAD = replace(CASE, ok=False, reasons=("y: 3 of 15 elements beyond the componentwise bound",))


def evidence(executed_on="gpu", cases=(CASE,), **more) -> Evidence:
    card = {"device": "cuda:0", "name": "H200", "uuid": "GPU-1"}
    return Evidence(
        executed_on=executed_on, cards=[card] if executed_on == "gpu" else [], versions={}, settings={}, sources={},
        tol=1e-3, seed=1, at="2026-01-01T00:00:00Z", cases=list(cases), **more,
    )  # fmt: skip


def test_pass_needs_a_card_and_a_case():
    assert evidence().verdict() == ("pass", "")
    for weaker in (
        evidence("interpreter"),
        evidence("none"),
        evidence(cases=()),
        evidence("none", ()),
        evidence(skipped=["one"]),
    ):
        verdict, reason = weaker.verdict()
        assert verdict == "not_validated"
        assert reason
        assert EXIT[verdict] == 3


def test_one_failure_is_enough_anywhere():
    assert evidence(cases=(CASE, BAD)).verdict()[0] == "fail"
    assert evidence("interpreter", (BAD,)).verdict()[0] == "fail"
    survivor = Hunted("beta forgotten", "film", False, "", "every case passed", 40)
    assert "beta forgotten" in evidence(hunted=[survivor]).verdict()[1]
    assert evidence(quarrels=["cuda:1 disagrees"]).verdict() == ("fail", "cuda:1 disagrees")


def test_two_cards_of_one_model_must_agree_bitwise():
    other = replace(CASE, device="cuda:1", bits="bb")
    two = [{"device": "cuda:0", "name": "H200"}, {"device": "cuda:1", "name": "H200"}]
    assert len(quarrels([CASE, other], two)) == 1
    assert not quarrels([CASE, replace(other, bits="aa")], two)
    assert not quarrels([CASE, other], [two[0], {"device": "cuda:1", "name": "A100"}])


def test_the_evidence_file_is_what_its_hash_says(tmp_path):
    file = tmp_path / "deep" / "evidence.json"
    digest = evidence(cases=(replace(CASE, max_abs=float("inf")),)).write(file)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
    assert (
        json.loads(file.read_bytes(), parse_constant=lambda _: pytest.fail("not JSON"))["cases"][0]["max_abs"] == "inf"
    )


def test_a_failure_reads_with_its_place():
    text = as_text(BAD.as_line())
    assert "FAIL" in text
    assert "at y[1, 2]: 1.0 instead of 1.001" in text
    assert "NOT VALIDATED" in as_text(evidence("interpreter").summary() | {"evidence": "e", "evidence_sha256": "s"})


def test_the_triton_that_torch_asks_for():
    asked = ["filelock", 'triton==3.7.1; platform_system == "Linux"', 'triton-x==1; extra == "x"']
    assert _wanted_triton(asked) == "==3.7.1"
    assert _wanted_triton(["filelock"]) == ""
    assert _satisfies("3.7.1", "==3.7.1")
    assert _satisfies("3.8.2", "~=3.8.0")
    assert _satisfies("3.7.1+git1", ">=3.7,<4")
    assert not _satisfies("3.9.0", "~=3.8.0")
    assert not _satisfies("3.9.0", "==3.7.1")
