"""The run as JSON: the contract of `rbt report --format json` (docs/json.md)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from runbook_tui.report.account import Account
from runbook_tui.report.words import judged
from runbook_tui.run.gpu.kept import HostEvidence
from runbook_tui.run.masking import masked
from runbook_tui.run.state import JobState
from runbook_tui.run.summary import summary

SCHEMA = "runbook-tui/report@1"
MOST_OUTPUT = 64 * 1024  # bytes of a job's output


def as_json(account: Account) -> dict[str, Any]:
    """The run as `rbt status --json` tells it, and beside it what only a report has."""
    state = account.state
    return {
        "schema": SCHEMA,
        "made": _time(account.at),
        "tool": account.tool,
        "run": summary(account.runbook, state, driven=account.driven),
        "document": masked(account.document.decode("utf-8", "replace")),
        "verified": _verified(account),
        "signoffs": [_signoff(account, step) for step in state.signoffs],
        "outputs": [_output(account, job) for job in state.jobs.values()],
        "events": [
            {
                "seq": record.seq,
                "at": _time(record.at),
                "actor": record.actor,
                "hash": record.hash,
                "event": msgspec.to_builtins(record.event),
            }
            for record in account.records
        ],
    }


def _verified(account: Account) -> dict[str, Any] | None:
    found = account.verified
    if found is None:
        return None
    return {
        "verdict": found.verdict,
        "violated": found.violated,
        "findings": list(found.findings),
        "anchored": list(found.anchored),
    }


def _signoff(account: Account, step: str) -> dict[str, Any]:
    off = account.state.signoffs[step]
    how = judged(account, off)
    return {
        "step": step,
        "role": off.role,
        "name": off.name,
        "by": off.by,
        "at": _time(off.at),
        "meaning": off.meaning,
        "rejected": off.rejected,
        "fingerprint": off.fingerprint or None,
        "statement_sha256": off.statement or None,
        "standing": how.standing,
        "reasons": list(how.reasons),
    }


def _output(account: Account, job: JobState) -> dict[str, Any]:
    """The newest of it, with the rest counted."""
    kept = account.outputs.get(job.job)
    data = kept.pieces[-1][1][-MOST_OUTPUT:] if kept is not None and kept.pieces else b""
    return {
        "job": job.job,
        "bytes": kept.total if kept is not None else job.output_bytes,
        "sha256": job.output_sha256 or None,
        "left_out": (kept.total if kept is not None else job.output_bytes) - len(data),
        "text": data.decode("utf-8", "replace"),
        "gpu_events": [text for found in job.telemetry for text in _gpu_events(found)],
    }


def _gpu_events(found: HostEvidence) -> list[str]:
    return [f"{gpu.uuid}: {text}" for gpu in found.devices for text in gpu.events]


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None
