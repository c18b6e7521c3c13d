"""The windows after a deployment: hour 1, hour 4, day 3-7. When they begin and end, and what they come to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from runbook_tui.document import rules
from runbook_tui.document.runbook import Window
from runbook_tui.gates.verdict import Verdict, worst
from runbook_tui.run.ports import OperatorError

HOUR, DAY = 3600.0, 86_400.0
COVERAGE = 0.8  # of a window that must have been watched


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A window: seconds after the watch began."""

    name: str
    start: float
    end: float

    def bounds(self, since: datetime) -> tuple[datetime, datetime]:
        return since + timedelta(seconds=self.start), since + timedelta(seconds=self.end)

    def part(self, since: datetime, begin: datetime, end: datetime) -> float:
        """Seconds of it that lie between `begin` and `end`."""
        start, last = self.bounds(since)
        return max(0.0, (min(last, end) - max(start, begin)).total_seconds())


USUAL = (
    Span(name="hour 1", start=0, end=HOUR),
    Span(name="hour 4", start=HOUR, end=4 * HOUR),
    Span(name="hour 6", start=4 * HOUR, end=6 * HOUR),
    Span(name="hour 24", start=6 * HOUR, end=24 * HOUR),
    Span(name="day 3-7", start=2 * DAY, end=7 * DAY),
)


class BadWindow(OperatorError):
    """What is said of a window is no time; nothing was watched."""


def spans_of(windows: Sequence[Window], said: object = None) -> tuple[Span, ...]:
    """The windows a document names with a beginning and an end, each once; the usual ones where it names none.

    `said` are those of the front matter, which go first: a mapping of names to `[0s, 1h]`. Raises BadWindow.
    """
    if isinstance(said, Mapping) and said:
        return tuple(sorted((_span(str(name), bounds) for name, bounds in said.items()), key=lambda span: span.end))
    found: dict[tuple[float, float], Span] = {}
    for window in windows:
        if window.start is not None and window.end is not None and window.end > window.start:
            key = (window.start, window.end)
            found.setdefault(key, Span(name=window.text, start=window.start, end=window.end))
    return tuple(sorted(found.values(), key=lambda span: (span.end, span.start))) or USUAL


def _span(name: str, bounds: object) -> Span:
    pair = [rules.seconds(str(one)) for one in bounds] if isinstance(bounds, (list, tuple)) else []
    if len(pair) != 2 or pair[0] is None or pair[1] is None or pair[0] >= pair[1]:
        raise BadWindow(f"the window “{name}” wants a beginning and an end: [0s, 1h]")
    return Span(name=name, start=pair[0], end=pair[1])


def verdict_of(span: Span, watched: float, verdicts: Iterable[Verdict]) -> tuple[Verdict, str]:
    """What a window comes to: the worst it saw, if enough of it was watched; and in words.

    `watched` is in seconds. A window nobody watched is NO_DATA, one watched too little INSUFFICIENT, unless it failed.
    """
    share = watched / (span.end - span.start)
    seen = worst(verdicts)
    said = f"{min(share, 1):.0%} of it was watched"
    if share <= 0:
        return Verdict.NO_DATA, "nobody watched, or not every condition was heard"
    if seen is Verdict.FAIL:
        return seen, f"a condition held that must not; {said}"
    if share < COVERAGE:
        return worst([seen, Verdict.INSUFFICIENT]), said
    return seen, said
