"""Send real requests through the gateway and judge the answers."""

from __future__ import annotations

import http.client
import math
import time
from collections import Counter

import msgspec

from runbook_tui.lab.server import VERSIONS, ask


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    errors: float = 1.0  # percent of the requests
    p95: float = 500.0  # milliseconds
    only: str | None = None  # the one version that may answer


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    requests: int
    versions: dict[str, int]
    errors: int
    p95: float  # milliseconds
    complaints: tuple[str, ...]

    @property
    def error_rate(self) -> float:
        """Percent."""
        return 100 * self.errors / self.requests

    @property
    def passed(self) -> bool:
        return not self.complaints


def check(port: int, requests: int, limits: Limits) -> CheckResult:
    """Ask `requests` times, one after the other; a request without an answer within 5 s is an error."""
    versions: Counter[str] = Counter()
    errors = 0
    milliseconds: list[float] = []
    for _ in range(requests):
        began = time.perf_counter()
        try:
            reply = ask(port, "GET", "/")
        except (OSError, http.client.HTTPException):
            errors += 1
        else:
            errors += reply.status >= 500
            if reply.served_by is not None:
                versions[reply.served_by] += 1
        milliseconds.append(1000 * (time.perf_counter() - began))
    return judge(requests, dict(versions), errors, percentile(milliseconds, 95), limits)


def judge(requests: int, versions: dict[str, int], errors: int, p95: float, limits: Limits) -> CheckResult:
    complaints = []
    rate = 100 * errors / requests
    if rate > limits.errors:
        complaints.append(f"error rate {rate:.1f} % is above {limits.errors:g} %")
    if p95 > limits.p95:
        complaints.append(f"p95 {p95:.1f} ms is above {limits.p95:g} ms")
    strangers = [v for v in VERSIONS if limits.only is not None and v != limits.only and versions.get(v)]
    complaints += [
        f"{version} answered {versions[version]} of {requests}, only {limits.only} may" for version in strangers
    ]
    return CheckResult(
        requests=requests,
        versions={version: versions.get(version, 0) for version in VERSIONS},
        errors=errors,
        p95=p95,
        complaints=tuple(complaints),
    )


def percentile(values: list[float], percent: float) -> float:
    """Nearest rank: a value that was really measured."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
