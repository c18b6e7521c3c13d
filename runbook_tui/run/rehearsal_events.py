"""What a rehearsal came to, in the past tense. Fields are stored: add with defaults, never rename or remove."""

from __future__ import annotations

from runbook_tui.run.event import Event


class RehearsalJudged(Event, tag=True, frozen=True, kw_only=True):
    """The last word on a rehearsal: whether the document is ready, and why not."""

    ready: bool
    reasons: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()  # that were switched on
    rehearsed: int = 0  # commands that really ran on the stage
    would_run: int = 0  # commands that could not be staged and were only shown
    isolation: str = ""  # how it was kept from everything else
