"""Everything a report tells a run from, gathered by somebody else. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape

import msgspec

from runbook_tui.document.runbook import Runbook
from runbook_tui.run.events import Record
from runbook_tui.run.state import JobPhase, JobState, RunState


class KeptText(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a job's output: pieces with their places in the whole stream."""

    pieces: tuple[tuple[int, bytes], ...] = ()
    total: int = 0

    @property
    def dropped(self) -> int:
        return self.total - sum(len(data) for _, data in self.pieces)


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """How a sign-off stands, by whoever verified it."""

    standing: str  # valid, void, refused, name only, superseded
    reasons: tuple[str, ...] = ()


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification of the record said when the report was made."""

    verdict: str
    violated: bool
    findings: tuple[str, ...] = ()
    signoffs: Mapping[int, Judged] = {}  # by event
    anchored: tuple[str, ...] = ()


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A run, to be told."""

    runbook: Runbook
    state: RunState
    records: tuple[Record, ...]
    document: bytes  # the text the run followed last
    outputs: Mapping[str, KeptText] = {}  # by job
    timings: Mapping[str, tuple[tuple[float, int], ...]] = {}  # by job: seconds after its start, bytes so far
    verified: Verified | None = None
    driven: bool = False
    tool: str = ""
    at: datetime  # when the report was made


def moment(at: datetime | None) -> str:
    """UTC, to the second: 2026-11-22 12:03:45 UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else ""


def lasting(seconds: float) -> str:
    """A length of time for people."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{days} d"] * bool(days) + [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return " ".join(parts + ([f"{rest} s"] if rest and not hours and not days else []))


def size(count: int) -> str:
    for unit, one in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= one:
            return f"{count / one:.1f} {unit}"
    return f"{count} bytes"


def ending(job: JobState) -> str:
    """How a job ended, in words."""
    if job.resolution is not None:
        words = {"succeeded": "said to have succeeded", "failed": "said to have failed", "not_run": "not run"}
        who = f" by {job.resolved_by}" if job.resolved_by else ""
        return words[job.resolution.value] + who + (f" ({job.why})" if job.why else "")
    if job.phase is JobPhase.RUNNING:
        return "no result recorded"
    if job.phase is JobPhase.LOST:
        return f"outcome unknown ({job.known})" if job.known else "outcome unknown"
    if job.phase is JobPhase.CANCELLED:
        return "cancelled"
    if job.timed_out:
        return "timed out"
    if job.signal:
        return f"ended by {job.signal}"
    return "no exit status" if job.exit is None else f"exit {job.exit}"


def safe(text: str) -> str:
    """On one line of HTML, as text and nothing else."""
    return escape(one_line(text))


def one_line(text: str) -> str:
    """Without line ends and controls."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
