"""What a gate can say, and how verdicts add up. No data is never a pass."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """Ordered by how much it stands in the way, see `worst`."""

    PASS = "pass"  # noqa: S105
    INSUFFICIENT = "insufficient"  # there are data, too few or too uncertain to decide
    NO_DATA = "no_data"
    ERROR = "error"  # the question could not be asked, or the answer is not one value
    FAIL = "fail"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


_ORDER = tuple(Verdict)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of all of them together: the worst; of none at all NO_DATA."""
    return max(verdicts, key=_ORDER.index, default=Verdict.NO_DATA)
