"""A kernel validation as a run knows it: what a command printed of it, and the verdict that stays in the record."""

from __future__ import annotations

from enum import StrEnum

import msgspec

ON_A_CARD = "gpu"  # the only place where a pass can come from
NOTHING_PRINTED = "the command printed nothing of a kernel validation"


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    NOT_VALIDATED = "not_validated"


class KernelCase(msgspec.Struct, frozen=True, kw_only=True):
    """One case of one kernel, as the gate printed it. Figures are None where there was nothing finite to compare."""

    kernel: str
    case: str
    ok: bool
    shape: tuple[int, ...] = ()
    dtype: str = ""
    direction: str = ""
    device: str = ""
    reasons: tuple[str, ...] = ()
    output: str = ""
    max_abs: float | str | None = None
    norm_rel: float | str | None = None
    ratio: float | str | None = None  # of the largest error to torch's own
    bound: float | str | None = None  # part of the componentwise bound that is used
    where: tuple[int, ...] | None = None
    got: float | str | None = None
    expected: float | str | None = None
    ms: float | None = None
    reference_ms: float | None = None
    gbps: float | None = None


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """A planted bug that went through the gate."""

    mutant: str
    kernel: str
    caught: bool
    by: str = ""
    reason: str = ""


class KernelVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the record of a job that printed a kernel validation."""

    verdict: Verdict
    reason: str = ""  # empty for a pass
    executed_on: str = ""  # gpu, interpreter, none; empty when it was not said
    device: str = ""
    cases: int = 0
    failed: int = 0
    planted: int = 0
    caught: int = 0
    evidence_sha256: str = ""
    failures: tuple[str, ...] = ()  # the first few, one line each

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASS

    @property
    def sentence(self) -> str:
        """For the operator."""
        if self.passed:
            return f"kernels validated: {self.cases} cases on {self.device}"
        word = "failed" if self.verdict is Verdict.FAIL else "not validated"
        return f"kernels {word}: {self.reason}"


class KernelProgress:
    """What was read so far; grows while the command works. `version` moves with every change."""

    def __init__(self) -> None:
        self.version = 0
        self.announced: int | None = None  # cases that were promised
        self.executed_on = ""
        self.device = ""
        self.cases: list[KernelCase] = []
        self.planted: list[Planted] = []
        self.compiled = 0
        self.not_compiled: list[str] = []
        self.left_out = 0  # cases beyond what is kept
        self.ended = False  # the verdict line was read
        self.verdict: KernelVerdict | None = None  # once the command is over

    @property
    def failed(self) -> list[KernelCase]:
        return [case for case in self.cases if not case.ok]
