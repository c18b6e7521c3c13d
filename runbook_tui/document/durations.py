"""Times as Prometheus writes them. Light: screens read what an operator types by it, before YAML is loaded."""

from __future__ import annotations

from runbook_tui.document.patterns import expression

_DURATION = expression(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)")
_FACTORS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}


def seconds(written: str) -> float | None:
    """`5m`, `1h30m`, as Prometheus writes times."""
    text = written.strip()
    if not text or _DURATION.sub("", text):
        return None
    return float(sum(float(number) * _FACTORS[unit] for number, unit in _DURATION.findall(text)))
