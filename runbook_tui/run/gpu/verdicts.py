"""What a health check says."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """In this order of gravity: what is not known never passes."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    UNKNOWN = "unknown"
    BLOCK = "block"


_GRAVITY = tuple(Verdict)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the health table, for a host or one of its devices."""

    check: str
    verdict: Verdict
    detail: str  # the reason, for the operator
    source: str  # whose rule it is
    host: str = ""
    gpu: str | None = None  # UUID


def worst(checks: Iterable[Check]) -> Verdict:
    """The gravest verdict; UNKNOWN when nothing was checked."""
    return max((check.verdict for check in checks), key=_GRAVITY.index, default=Verdict.UNKNOWN)
