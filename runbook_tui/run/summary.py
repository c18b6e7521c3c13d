"""A run as JSON: the contract of `rbt status --json` and `rbt run --json` (docs/json.md). Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from runbook_tui.document.runbook import Runbook, Step
from runbook_tui.run.gpu.kept import HostEvidence, Span
from runbook_tui.run.kernel_gate import newest_jobs
from runbook_tui.run.kernels import KernelVerdict
from runbook_tui.run.progress import next_step, phase_of, progress
from runbook_tui.run.rollback import rollback_plan
from runbook_tui.run.state import ByHand, JobPhase, JobState, Note, RunState, SignOffState, StepPhase

SCHEMA = "runbook-tui/run@1"
NOT_RECORDED = "no result is recorded and nobody follows it now; rbt resume asks the target"


def summary(runbook: Runbook, state: RunState, *, driven: bool, waiting_for: str | None = None) -> dict[str, Any]:
    """The whole run; `driven` tells whether a live process follows its commands."""
    return {
        **brief(runbook, state, driven=driven, waiting_for=waiting_for),
        "steps": [_step(runbook, state, step, driven=driven) for step in runbook.steps],
        "signoffs": [_signoff(state, step, runbook) for step in runbook.steps if step.signoff is not None],
        "gates": [*_gates(runbook, state), *_kernel_gates(runbook, state)],
        "rollback": _rollback(runbook, state),
        "restored": [
            {"at": _time(one.at), "by": one.by, "source": one.source, "lost": one.lost} for one in state.restorations
        ],
    }


def _gates(runbook: Runbook, state: RunState) -> list[dict[str, Any]]:
    """Rollback conditions as a person or a signal found them, then every other condition that is measured."""
    judged = state.gates.conditions
    by_text = {one.text: name for name, one in judged.items()}
    known, rows = set(), []
    for trigger in runbook.triggers:
        name = trigger.step or by_text.get(trigger.text, "")  # one that is no box has a name of its own
        known.add(name)
        own, found = state.step(trigger.step) if trigger.step else None, judged.get(name)
        word = "fired" if own and own.fired else found.verdict if found else "manual"
        at = found.at if found else own.at if own else None
        value = found.value if found else None
        rows.append({"condition": trigger.text, "state": word, "value": value, "at": _time(at)})
    rows += [
        {"condition": one.text, "state": one.verdict, "value": one.value, "at": _time(one.at)}
        for name, one in judged.items()
        if name not in known
    ]
    return rows


def brief(runbook: Runbook, state: RunState, *, driven: bool, waiting_for: str | None = None) -> dict[str, Any]:
    """The run without its steps."""
    done = progress(runbook, state)
    return {
        "schema": SCHEMA,
        "run": state.run,
        "title": state.title,
        "source": state.source,
        "sha256": state.document,
        "rehearsal": state.rehearsal,
        "ticket": state.ticket or None,
        "outcome": outcome_word(runbook, state, driven=driven),
        "waiting_for": waiting_for or _waiting_for(runbook, state, driven=driven),
        "started": _time(state.started),
        "finished": _time(state.finished),
        "driver": state.driver if driven else None,
        "events": state.seq,
        "head": state.head,
        "progress": {
            "done": done.done,
            "skipped": done.skipped,
            "failed": done.failed,
            "pending": done.pending,
            "total": done.total,
            "by_hand": sum(bool(own.by_hand) and own.by_hand[-1].at == own.at for own in state.steps.values()),
        },
    }


def outcome_word(runbook: Runbook, state: RunState, *, driven: bool) -> str:
    """running, waiting, completed, aborted, rolled_back or failed."""
    if state.outcome is not None:
        return state.outcome.value
    if driven and any(job.phase is JobPhase.RUNNING for job in state.jobs.values()):
        return "running"
    if state.rollback is not None and state.rollback.succeeded is False:
        return "failed"
    step = next_step(runbook, state)
    return "failed" if step is not None and state.step(step.id).phase is StepPhase.FAILED else "waiting"


def _waiting_for(runbook: Runbook, state: RunState, *, driven: bool) -> str | None:
    if state.outcome is not None:
        return None
    for job in state.open_jobs:
        if job.phase is JobPhase.LOST:
            return f"a person to say what became of `{job.shown}` on {job.target}"
        return f"`{job.shown}` on {job.target}" if driven else f"`{job.shown}` on {job.target}: {NOT_RECORDED}"
    step = next_step(runbook, state)
    return f"“{step.title}” (line {step.line})" if step else "the run to be finished"


def _step(runbook: Runbook, state: RunState, step: Step, *, driven: bool) -> dict[str, Any]:
    own = state.step(step.id)
    phase = phase_of(runbook, state, step)
    reason = own.reason
    if phase is StepPhase.RUNNING and not driven:
        phase, reason = StepPhase.UNKNOWN, NOT_RECORDED
    return {
        "id": step.id,
        "title": step.title,
        "line": step.line,
        "state": phase.value,
        "by": own.by,
        "at": _time(own.at),
        "reason": reason,
        "note": "\n".join(_note(note) for note in own.notes) or None,
        "by_hand": [_by_hand(done) for done in own.by_hand],
        "notes": [
            {"by": note.by, "at": _time(note.at), "text": note.text, "withdrawn_by": note.withdrawn_by or None}
            for note in own.notes
        ],
        "jobs": [_job(state.jobs[job]) for job in own.jobs],
    }


def _note(note: Note) -> str:
    return f"{note.by}: {note.text}" + (f" (withdrawn by {note.withdrawn_by})" if note.withdrawn_by else "")


def _by_hand(done: ByHand) -> dict[str, Any]:
    """What a person did elsewhere and told; there is no exit status, as nobody here saw one."""
    return {
        "by": done.by,
        "at": _time(done.at),
        "succeeded": done.succeeded,
        "commands": list(done.shown),
        "target": done.target or None,
        "said": done.said or None,
        "result": done.result or None,
        "result_bytes": done.result_bytes,
    }


def _job(job: JobState) -> dict[str, Any]:
    return {
        "job": job.job,
        "purpose": job.purpose.value,
        "command": job.shown,
        "target": job.target,
        "started": _time(job.started),
        "finished": _time(job.finished),
        "exit": job.exit,
        "signal": job.signal,
        "state": job.phase.value,
        "output_bytes": job.output_bytes,
        "output_sha256": job.output_sha256 or None,
        "telemetry": [_telemetry(found) for found in job.telemetry],
        "evidence": None if job.left is None else {"ok": job.left_ok, "detail": job.left},
        "kernels": _kernels(job.kernels) if job.kernels is not None else None,
    }


def _kernel_gates(runbook: Runbook, state: RunState) -> list[dict[str, Any]]:
    """One for every step whose newest jobs told of a kernel validation."""
    return [
        {
            "condition": f"kernels validated in “{step.title}”",
            "state": job.kernels.verdict.value,
            "value": job.kernels.cases - job.kernels.failed,
            "at": _time(job.finished),
        }
        for step in runbook.steps
        for job in newest_jobs(state, step)
        if job.kernels is not None
    ]


def _kernels(verdict: KernelVerdict) -> dict[str, Any]:
    return {
        "verdict": verdict.verdict.value,
        "reason": verdict.reason or None,
        "executed_on": verdict.executed_on or None,
        "device": verdict.device or None,
        "cases": verdict.cases,
        "failed": verdict.failed,
        "mutants": {"planted": verdict.planted, "caught": verdict.caught} if verdict.planted else None,
        "failures": list(verdict.failures),
        "evidence_sha256": verdict.evidence_sha256 or None,
    }


def _telemetry(found: HostEvidence) -> dict[str, Any]:
    """The GPUs while the command ran; `source` is `fake` for a stand-in of the driver."""
    return {
        "host": found.host,
        "source": "fake" if found.fake else found.source,
        "replayed": found.replayed,
        "seconds": found.seconds,
        "note": found.note or None,
        "gpus": [
            {
                "uuid": device.uuid,
                "index": device.index,
                "name": device.name,
                "readings": device.readings,
                **{name: _span(getattr(device, name)) for name in ("util", "memory", "power", "temperature")},
                "events": list(device.events),
            }
            for device in found.devices
        ],
    }


def _span(span: Span | None) -> dict[str, float] | None:
    return None if span is None else {"min": span.min, "mean": span.mean, "max": span.max}


def _signoff(state: RunState, step: Step, runbook: Runbook) -> dict[str, Any]:
    given = state.signoffs.get(step.id)
    role = runbook.signoffs[step.signoff].role if step.signoff is not None else step.title
    return {
        "role": role,
        "by": given.name if given else None,
        "signer": given.signer or None if given else None,
        "fingerprint": given.fingerprint or None if given else None,
        "meaning": given.meaning if given else None,
        "at": _time(given.at) if given else None,
        "state": signoff_word(given),
        "void": given.void if given else None,
        "statement_sha256": given.statement or None if given else None,
    }


def signoff_word(given: SignOffState | None) -> str:
    """open, signed, name_only, void, rejected, or partly where more people have to sign."""
    if given is None:
        return "open"
    if given.void is not None:
        return "void"
    if given.rejected:
        return "rejected"
    if not given.signed:
        return "name_only"
    return "signed" if given.complete else "partly"


def _rollback(runbook: Runbook, state: RunState) -> dict[str, Any]:
    plan = rollback_plan(runbook, state)
    rollback = state.rollback
    if rollback is None:
        word = "ready" if plan.armed else "nothing to undo" if not plan.changed else "no way back in the document"
    elif rollback.succeeded is None:
        word = "under way"
    else:
        word = "done" if rollback.succeeded else "rollback failed"
    return {
        "armed": plan.armed,
        "state": word,
        "steps": [
            {
                "id": item.id,
                "title": item.title,
                "command": item.command.text if item.command else None,
                "state": "done" if item.settled else "failed" if item.failed else "pending",
                "origin": item.origin.value,
                "target": item.target or None,
                "restores": item.restores or None,
                "not_restored": list(item.not_restored),
                "objects": [{"name": part.title, "restores": part.restores} for part in item.parts],
                "replaced": item.replaced or None,
            }
            for item in plan.items
        ],
        "not_undone": list(plan.not_undone),
        "obstacles": list(plan.obstacles),
        "held": {"by": state.held.by, "reason": state.held.reason} if state.held else None,
    }


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None
