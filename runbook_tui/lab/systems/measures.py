"""What a stage measures at the lab's gateway, in the words of PromQL: each once, for the sidecars of all systems."""

from __future__ import annotations

WINDOW = "2s"  # what 5 minutes are on a stage
ERRORS = f"sum(increase(lab_gateway_errors_total[{WINDOW}])) / sum(increase(lab_gateway_requests_total[{WINDOW}]))"
GOOD = f"1 - {ERRORS}"


def slowest(quantile: float) -> str:
    """Seconds within which this share of the requests was answered."""
    buckets = f"rate(lab_gateway_request_duration_seconds_bucket[{WINDOW}])"
    return f"histogram_quantile({quantile:g}, sum by (le) ({buckets}))"


P95 = slowest(0.95)


def signal(name: str, query: str, unit: str, *, lasts: str = "") -> str:
    """A line of `signals:` in a sidecar; `lasts` instead of the minutes that the document wants it to hold."""
    return f"    {name}: {{query: '{query}', unit: {unit}{f', for: {lasts}' if lasts else ''}}}"


def answered_by_the_lab(remark: str, *signals: str) -> str:
    """The head of a sidecar: the stage's gateway answers these signals, four times a second."""
    return "\n".join((f"# {remark}", "rbt:", "  text: lab", "  every: 0.25s", "  signals:", *signals))


ERROR_RATE = signal("error rate", ERRORS, "ratio", lasts=WINDOW)
P95_LATENCY = signal("p95 latency", P95, "s", lasts=WINDOW)
