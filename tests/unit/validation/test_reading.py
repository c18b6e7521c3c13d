"""Reading a kernel validation out of an output: whatever the pieces, whatever the command claims."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run.kernel_gate import read_kernels
from runbook_tui.run.kernels import Verdict
from runbook_tui.validation.reading import LONGEST_LINE, MOST_CASES, KernelReader

SCHEMA = "runbook-tui/kernels@1"


def start(cases=2, on="gpu", **more):
    return {
        "schema": SCHEMA,
        "event": "start",
        "cases": cases,
        "executed_on": on,
        "devices": [{"name": "H200"}],
        **more,
    }


def case(name="odd", ok=True, **more):
    return {
        "event": "case", "kernel": "film", "case": name, "shape": [3, 5], "dtype": "fp16", "direction": "forward", "ok": ok,
        "reasons": [] if ok else ["y: 3 of 15 elements beyond the componentwise bound"], "output": "y", "where": [1, 2],
        "got": 0.5, "expected": 0.75, "max_abs": 1e-3, "norm_rel": 1e-4, "ratio": 0.9, "bound": 0.4, "ms": 0.01, **more,
    }  # fmt: skip


def end(verdict="pass", on="gpu", **more):
    return {
        "schema": SCHEMA,
        "verdict": verdict,
        "executed_on": on,
        "device": "H200",
        "cases": [],
        "skipped": 0,
        "evidence_sha256": "ab",
        **more,
    }


def text(*lines) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def judged(*lines, status=0):
    reader = KernelReader()
    reader.feed(text(*lines))
    return reader.verdict(status)


GOOD = (start(), case(), case("even"), end())


def test_a_pass_is_what_ran_on_a_card_completely_and_held():
    verdict = judged(*GOOD)
    assert verdict.passed
    assert (verdict.cases, verdict.failed, verdict.device, verdict.evidence_sha256) == (2, 0, "H200", "ab")
    assert verdict.sentence == "kernels validated: 2 cases on H200"


@pytest.mark.parametrize(
    ("lines", "status", "verdict", "says"),
    [
        (GOOD, 1, "not_validated", "ended with status 1"),
        (GOOD, None, "not_validated", "exit status is not known"),
        (GOOD[:-1], 0, "not_validated", "without a verdict"),
        ((start(), end()), 0, "not_validated", "no case"),
        ((start(0), end()), 0, "not_validated", "no case"),
        ((start(3), *GOOD[1:]), 0, "not_validated", "2 of 3 cases"),
        ((start(on="interpreter"), *GOOD[1:]), 0, "not_validated", "no graphics card"),
        ((*GOOD[:-1], end(on="interpreter")), 0, "not_validated", "no graphics card (interpreter)"),
        ((*GOOD[:-1], end(on="none")), 0, "not_validated", "no graphics card"),
        ((*GOOD[:-1], end("not_validated", reason="a reason")), 3, "not_validated", "a reason"),
        ((*GOOD[:-1], end("perfect")), 0, "not_validated", "perfect"),
        ((*GOOD[:-1], end(skipped=4)), 0, "not_validated", "4 cases were left out"),
        ((*GOOD[:-1], end(evidence_sha256="")), 0, "not_validated", "no evidence"),
        ((*GOOD[:-1], end("fail", reason="too large")), 0, "fail", "too large"),
        ((start(), case(), case("even", ok=False), end()), 0, "fail", "1 of 2 cases failed"),
        (
            (*GOOD[:-1], {"event": "mutant", "mutant": "lost", "kernel": "film", "caught": False}, end()),
            0,
            "fail",
            "lost",
        ),
        (
            (start(), {"event": "compiled", "name": "f", "target": "sm_90", "problems": ["spills"]}, *GOOD[1:]),
            0,
            "fail",
            "spills",
        ),
    ],
)
def test_a_claim_is_not_enough(lines, status, verdict, says):
    found = judged(*lines, status=status)
    assert found.verdict == verdict
    assert says in found.reason
    assert not found.passed


def test_a_failure_says_what_differs_and_where():
    found = judged(start(1), case(ok=False), end("fail"))
    assert found.failures == (
        "film forward fp16 “odd”: y: 3 of 15 elements beyond the componentwise bound at y[1, 2]: 0.5 instead of 0.75",
    )


def test_two_validations_in_one_output_must_both_hold():
    again = (start(1), case("third"), end())
    assert judged(*GOOD, *again).passed
    assert judged(*GOOD, start(1), case("third", ok=False), end()).verdict is Verdict.FAIL
    assert judged(*GOOD, start(1), case("third")).reason == "it ended without a verdict"
    assert "no graphics card" in judged(start(on="interpreter"), *GOOD[1:-1], *again).reason


def test_the_verdict_object_alone_counts_with_its_own_cases():
    listed = [{k: v for k, v in case().items() if k != "event"}]
    assert judged(end(cases=listed)).passed
    assert judged(end(cases=[{**listed[0], "ok": False}])).verdict is Verdict.FAIL
    assert "no case" in judged(end()).reason


def test_an_output_that_tells_of_no_validation_has_no_verdict():
    noise = b'hello\n{"event": "case"}\n{"schema": "other@1"}\n{broken\n\xff\xfe{\n' + text(case()) + b"x" * 1000
    reader = KernelReader()
    reader.feed(noise)
    assert reader.verdict(0) is None
    assert not reader.seen
    assert read_kernels(KernelReader(), noise) is None


@given(st.lists(st.integers(1, 200), min_size=0, max_size=30), st.binary(max_size=60))
def test_the_pieces_in_which_it_comes_do_not_matter(cuts, noise):
    whole = noise.replace(b"{", b"") + b"\n" + text(*GOOD[:3]) + b"between\r\n" + text(GOOD[3])
    reader = KernelReader()
    at = 0
    for cut in cuts:
        reader.feed(whole[at : at + cut])
        at += cut
    reader.feed(whole[at:])
    assert reader.verdict(0).passed
    assert [one.case for one in reader.progress.cases] == ["odd", "even"]


@given(st.binary(max_size=300))
def test_no_bytes_break_it_or_make_a_pass(noise):
    reader = KernelReader()
    reader.feed(text(start()) + noise + b"\n" + noise)
    assert not reader.verdict(0).passed


def test_a_line_without_end_is_bounded():
    reader = KernelReader()
    reader.feed(text(start(1)))
    for _ in range(LONGEST_LINE // (1 << 20) + 3):
        reader.feed(b"{" * (1 << 20))
        assert len(reader._rest) <= LONGEST_LINE
    reader.feed(b"\n" + text(case(), end()))
    assert reader.verdict(0).passed


def test_many_cases_are_counted_and_not_all_kept():
    reader = KernelReader()
    reader.feed(text(start(MOST_CASES + 5)))
    line = text(case())
    for _ in range(MOST_CASES + 4):
        reader.feed(line)
    reader.feed(text(case(ok=False), end("fail")))
    assert len(reader.progress.cases) == MOST_CASES + 1
    assert reader.verdict(1).cases == MOST_CASES + 5
    assert reader.progress.cases[-1].ok is False


def test_wrong_types_in_a_line_leave_it_out():
    found = judged(start(2), case(), case("even", shape="large"), end())
    assert "1 of 2 cases" in found.reason
