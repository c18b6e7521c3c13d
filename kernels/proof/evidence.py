"""The verdict over everything that was tried, and the file that shows what it rests on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proof.examination import CaseResult
from proof.hunt import Hunted
from proof.paper import Cubin

SCHEMA = "runbook-tui/kernels@1"
PASS, FAIL, NOT_VALIDATED = "pass", "fail", "not_validated"
EXIT = {PASS: 0, FAIL: 1, NOT_VALIDATED: 3}


@dataclass
class Evidence:
    """What was tried and what came of it."""

    executed_on: str  # "gpu", "interpreter" or "none"
    cards: list[dict[str, Any]]
    versions: dict[str, Any]
    settings: dict[str, Any]
    sources: dict[str, str]
    tol: float
    seed: int
    at: str  # UTC
    cases: list[CaseResult] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)  # and why
    hunted: list[Hunted] = field(default_factory=list)
    cubins: list[Cubin] = field(default_factory=list)
    quarrels: list[str] = field(default_factory=list)  # cards of one model that disagree

    def verdict(self) -> tuple[str, str]:
        """The verdict and, unless it is "pass", why: "pass" only when cases ran on a graphics card and all held."""
        bad = [c for c in self.cases if not c.ok]
        if bad:
            return (
                FAIL,
                f"{len(bad)} of {len(self.cases)} cases failed, the first: {_name(bad[0])}: {bad[0].reasons[0]}",
            )
        if self.quarrels:
            return FAIL, self.quarrels[0]
        if missed := [h.mutant for h in self.hunted if not h.caught]:
            return FAIL, f"the gate let a planted bug pass: {missed[0]}"
        if broken := [c for c in self.cubins if c.problems]:
            return FAIL, f"{broken[0].kernel} {broken[0].dtype} for {broken[0].target}: {broken[0].problems[0]}"
        if self.executed_on == "interpreter":
            return NOT_VALIDATED, f"no graphics card was used: {len(self.cases)} cases held in the interpreter only"
        if not self.cases:
            return NOT_VALIDATED, "no case was executed"
        if self.executed_on != "gpu":
            return NOT_VALIDATED, "nothing was executed on a graphics card"
        if self.skipped:
            return NOT_VALIDATED, f"{len(self.skipped)} cases were left out, the first: {self.skipped[0]}"
        return PASS, ""

    def summary(self) -> dict[str, Any]:
        """The JSON object of docs/json.md, without evidence_sha256."""
        verdict, reason = self.verdict()
        return {
            "schema": SCHEMA,
            "verdict": verdict,
            "reason": reason,
            "executed_on": self.executed_on,
            "device": ", ".join(sorted({card["name"] for card in self.cards})) or None,
            "devices": self.cards,
            "versions": self.versions,
            "tol": self.tol,
            "seed": self.seed,
            "at": self.at,
            "cases": [_without_event(c.as_line()) for c in self.cases],
            "skipped": len(self.skipped),
            "mutants": {"planted": len(self.hunted), "caught": sum(h.caught for h in self.hunted)}
            if self.hunted
            else None,
            "compiled": [_without_event(c.as_line()) for c in self.cubins],
        }

    def write(self, path: Path) -> str:
        """Write the file; returns its sha256."""
        whole = self.summary() | {
            "schema": "runbook-tui/kernels-evidence@1",
            "settings": self.settings,
            "sources": self.sources,
            "skipped": self.skipped,
            "quarrels": self.quarrels,
            "hunted": [_without_event(h.as_line()) for h in self.hunted],
        }
        data = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return hashlib.sha256(data).hexdigest()


def quarrels(results: Sequence[CaseResult], cards: Sequence[dict[str, Any]]) -> list[str]:
    """Cases that gave other bits on another card of the same model: one of the two computes wrongly."""
    names = {card["device"]: card["name"] for card in cards}
    first: dict[tuple[str, ...], CaseResult] = {}
    found = []
    for one in results:
        key = (one.kernel, one.case, one.dtype, one.direction, names.get(one.device, one.device))
        before = first.setdefault(key, one)
        if before.bits != one.bits:
            found.append(f"{_name(one)} gave other bits on {one.device} than on {before.device}, both {key[-1]}")
    return found


def _name(case: CaseResult) -> str:
    return f"{case.kernel} {case.direction} {case.dtype} “{case.case}”"


def _without_event(line: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key != "event"}
