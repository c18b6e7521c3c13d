"""What a command was found to have left, in the past tense. Fields are stored: add with defaults."""

from __future__ import annotations

from runbook_tui.run.event import Event


class EvidenceSeen(Event, tag=True, frozen=True, kw_only=True):
    """A command ended with status 0, and it was looked whether it left what its document says."""

    job: str
    ok: bool
    detail: str = ""
