"""Many cases as few rows. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from runbook_tui.run.kernels import KernelCase


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """All cases of a kernel in one format and direction; the figures are the largest of those that are numbers."""

    kernel: str
    dtype: str
    direction: str
    cases: int
    failed: int
    norm_rel: float | None
    ratio: float | None
    bound: float | None


def rows(cases: Iterable[KernelCase]) -> list[Row]:
    """In the order in which they were first seen."""
    groups: dict[tuple[str, str, str], list[KernelCase]] = {}
    for case in cases:
        groups.setdefault((case.kernel, case.dtype, case.direction), []).append(case)
    return [
        Row(
            kernel=kernel,
            dtype=dtype,
            direction=direction,
            cases=len(group),
            failed=sum(not case.ok for case in group),
            norm_rel=_largest(case.norm_rel for case in group),
            ratio=_largest(case.ratio for case in group),
            bound=_largest(case.bound for case in group),
        )
        for (kernel, dtype, direction), group in groups.items()
    ]


def _largest(values: Iterable[float | str | None]) -> float | None:
    return max((value for value in values if isinstance(value, float | int)), default=None)
