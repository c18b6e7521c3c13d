"""Values in one unit told in another. Pure."""

from __future__ import annotations

_SCALES: tuple[dict[str, float], ...] = (
    {"": 1.0, "ratio": 1.0, "%": 0.01, "percent": 0.01, "pp": 0.01},
    {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "min": 60.0,
     "minute": 60.0, "minutes": 60.0, "m": 60.0, "h": 3600.0, "hour": 3600.0, "hours": 3600.0, "d": 86_400.0,
     "day": 86_400.0, "days": 86_400.0},
    {"b": 1.0, "bytes": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 2.0**10, "mib": 2.0**20,
     "gib": 2.0**30, "tib": 2.0**40},
)  # fmt: skip


def factor(given: str | None, wanted: str | None) -> float | None:
    """What a value in `given` is multiplied by to be one in `wanted`; None when they measure different things.

    Without a unit on one side the numbers are taken as they are.
    """
    a, b = (given or "").strip().lower(), (wanted or "").strip().lower()
    if not a or not b or a == b:
        return 1.0
    for scale in _SCALES:
        if a in scale and b in scale:
            return scale[a] / scale[b]
    return None
