"""How a job ended, in words. Pure."""

from __future__ import annotations

from runbook_tui.run.state import JobPhase, JobState


def describe_exit(job: JobState) -> str:
    """How a job ended, in words for the operator."""
    if job.phase is JobPhase.CANCELLED:
        return "cancelled" + (f", {job.leftover} processes could not be stopped" if job.leftover else "")
    if job.timed_out:
        return f"timed out after {job.seconds:.0f} s"
    if job.signal:
        return f"ended by {job.signal}"
    if job.exit is None:
        return "no exit status"
    return f"exit status {job.exit}"
