"""How a command stands on each host of a fleet, one row a host: derived from the state. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from runbook_tui.run.events import Resolution
from runbook_tui.run.ports import Standing, StandingPhase
from runbook_tui.run.state import GroupState, JobPhase, JobState, RunState


class HostPhase(StrEnum):
    """In the order in which a person wants to hear of them."""

    FAILED = "failed"
    UNKNOWN = "outcome unknown"
    TIMED_OUT = "timed out"
    STOPPED = "stopped"
    RUNNING = "running"
    CONNECTING = "connecting"
    WAITING = "waiting"
    LEFT_OUT = "not started"  # the command went no further before this host's turn came
    DONE = "done"


class HostRow(msgspec.Struct, frozen=True, kw_only=True):
    host: str
    phase: HostPhase
    exit: int | None = None
    seconds: float | None = None  # it took, or has been running: then whole ones
    last: bytes = b""  # the last line it printed
    note: str = ""  # for the operator: why, or what is wrong with the link


_OFF = {
    StandingPhase.LOST: "link lost; it goes on over there",
    StandingPhase.RECONNECTING: "link lost, being made again; it goes on over there",
    StandingPhase.UNREACHABLE: "cannot be reached now; it goes on over there",
    StandingPhase.REFUSED: "the host no longer lets us in; it goes on over there",
}


def host_rows(
    state: RunState,
    group: GroupState,
    *,
    now: datetime,
    standings: Mapping[str, Standing] | None = None,
    last_line: Callable[[str], bytes] = lambda _: b"",
) -> tuple[HostRow, ...]:
    """One row for each host of the group, in the fleet's order; `last_line` is asked with the id of a job."""
    standings = standings or {}
    none = Standing()
    found = []
    for host in group.hosts:
        standing = standings.get(host, none)
        job = _job(state, group, host)
        found.append(
            _without_job(group, host, standing, state.gates.rested.get(group.group, {}).get(host, ""))
            if job is None
            else _with_job(job, standing, now, last_line(job.job))
        )
    return tuple(found)


def headline(rows: Sequence[HostRow], group: GroupState) -> str:
    """All rows in one line: `12 of 16 done · 1 failed · 3 running`."""
    count = Counter(row.phase for row in rows)
    parts = [f"{count[HostPhase.DONE]} of {len(rows)} done"]
    parts += [f"{count[phase]} {phase.value}" for phase in HostPhase if phase is not HostPhase.DONE and count[phase]]
    if group.stopped:
        parts.append(group.stopped)
    return " · ".join(parts)


def again(rows: Sequence[HostRow]) -> tuple[str, ...]:
    """The hosts to run it on again: where it failed, was stopped or never began; never where the outcome is unknown."""
    wanted = (HostPhase.FAILED, HostPhase.TIMED_OUT, HostPhase.STOPPED, HostPhase.LEFT_OUT)
    return tuple(row.host for row in rows if row.phase in wanted)


def _job(state: RunState, group: GroupState, host: str) -> JobState | None:
    if host in group.jobs:
        return state.jobs[group.jobs[host]]
    if host in group.todo:
        return None
    return state.last_job_on(group.step, group.command, host, group.purpose)  # it had succeeded before


def _without_job(group: GroupState, host: str, standing: Standing, rested: str) -> HostRow:
    if group.finished or rested:
        return HostRow(host=host, phase=HostPhase.LEFT_OUT, note=rested)
    connecting = standing.phase in (StandingPhase.CONNECTING, StandingPhase.RECONNECTING)
    phase = HostPhase.CONNECTING if connecting else HostPhase.WAITING
    return HostRow(host=host, phase=phase, note=standing.detail)


def _with_job(job: JobState, standing: Standing, now: datetime, last: bytes) -> HostRow:
    phase = _phase(job)
    if phase is HostPhase.RUNNING:
        return HostRow(
            host=job.target,
            phase=phase,
            seconds=max(0.0, (now - job.started).total_seconds() // 1),
            last=last,
            note=_OFF.get(standing.phase, ""),
        )
    if phase is HostPhase.LEFT_OUT:
        return HostRow(host=job.target, phase=phase, note=job.why or standing.detail)
    return HostRow(host=job.target, phase=phase, exit=job.exit, seconds=job.seconds, last=last, note=_note(job))


def _note(job: JobState) -> str:
    if job.leftover:
        return f"{job.leftover} of its processes could not be stopped"
    return job.barred or job.detail or ("" if job.succeeded else job.known)


def _phase(job: JobState) -> HostPhase:
    if job.phase is JobPhase.RUNNING:
        return HostPhase.RUNNING
    if job.open:
        return HostPhase.UNKNOWN
    if job.succeeded:
        return HostPhase.DONE
    if job.resolution is Resolution.NOT_RUN:
        return HostPhase.LEFT_OUT
    if job.timed_out:
        return HostPhase.TIMED_OUT
    return HostPhase.STOPPED if job.phase is JobPhase.CANCELLED else HostPhase.FAILED
