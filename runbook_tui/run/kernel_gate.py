"""What a kernel validation decides about a step. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook_tui.document import gates
from runbook_tui.document.runbook import Runbook, Step
from runbook_tui.run.events import Purpose
from runbook_tui.run.kernels import NOTHING_PRINTED, KernelVerdict, Verdict
from runbook_tui.run.progress import remaining_commands
from runbook_tui.run.state import JobState, RunState

if TYPE_CHECKING:
    from runbook_tui.run.kernels import KernelProgress
    from runbook_tui.run.ports import KernelReading


def wants_kernels(step: Step) -> bool:
    """Whether the document says `gate=kernels`: then only a validation that passed settles the step."""
    return "kernels" in gates.named(step.annotations)


def newest_jobs(state: RunState, step: Step) -> list[JobState]:
    """The newest job of every command on every host since the step was last opened."""
    own = state.step(step.id)
    jobs = (state.jobs[name] for name in own.jobs[own.fresh :])
    newest = {(job.command, job.target): job for job in jobs if job.purpose is Purpose.STEP}
    return list(newest.values())


def not_validated(state: RunState, step: Step) -> str | None:
    """Why the step's kernels are not shown to be right, as a sentence; None when they are or nothing asks for it."""
    judged = [job.kernels for job in newest_jobs(state, step) if job.kernels is not None]
    for verdict in judged:
        if not verdict.passed:
            return verdict.sentence
    if wants_kernels(step) and not judged:
        return "this step wants kernels validated, and no validation was seen yet"
    return None


def verdict_of(
    reading: KernelReading | None, runbook: Runbook, state: RunState, job: JobState, *, status: int | None
) -> KernelVerdict | None:
    """Of a command that printed a kernel validation, and of the last one of a step that must have one."""
    step = runbook.step_by_id.get(job.step)
    verdict = reading.verdict(status) if reading is not None else None
    if verdict is not None or step is None or job.purpose is not Purpose.STEP or not wants_kernels(step):
        return verdict
    if any(done.kernels is not None and done.succeeded for done in newest_jobs(state, step)):
        return None
    if [command.id for command in remaining_commands(runbook, state, step)] != [job.command]:
        return None
    return KernelVerdict(verdict=Verdict.NOT_VALIDATED, reason=NOTHING_PRINTED)


def read_kernels(reading: KernelReading, output: bytes) -> KernelProgress | None:
    """What a whole output tells of a kernel validation; None when nothing."""
    reading.feed(output)
    reading.feed(b"\n")
    return reading.progress if reading.seen else None
