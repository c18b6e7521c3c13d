"""The gate's own test: planted bugs go through it, and it fails when one passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from proof.examination import CaseResult, Where, examine
from proof.spec import Case, Kernel


@dataclass(frozen=True)
class Hunted:
    """What became of a planted bug."""

    mutant: str
    kernel: str
    caught: bool
    by: str  # the case that showed it
    reason: str
    cases: int  # that were tried

    def as_line(self) -> dict[str, Any]:
        return {"event": "mutant", **asdict(self)}


def hunt(
    name: str, kernel: Kernel, where: Where, dtypes: Sequence[str], *, seed: int, tol: float, try_first: str = ""
) -> Hunted:
    """Try cases until one fails: those whose name holds `try_first` before the others."""
    cases: list[Case] = [
        case for dtype in dtypes for case in kernel.cases(dtype) if where.executed_on == "gpu" or not case.gpu_only
    ]
    cases.sort(key=lambda case: not (try_first and try_first in case.name))
    for tried, case in enumerate(cases, 1):
        result: CaseResult = examine(kernel, case, where, seed=seed, tol=tol)
        if not result.ok:
            label = f"{case.name} ({case.dtype}, {result.direction})"
            return Hunted(name, kernel.name, True, label, result.reasons[0], tried)
    return Hunted(name, kernel.name, False, "", "every case passed", len(cases))
