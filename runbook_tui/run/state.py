"""The state of a run: what its events add up to. Values only; `fold` makes them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from runbook_tui.run.events import CanaryStage, Outcome, Purpose, Resolution, SecondGiven
from runbook_tui.run.gpu.kept import HostEvidence
from runbook_tui.run.kernels import KernelVerdict
from runbook_tui.run.sightings import Sighting


class StepPhase(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    ROLLED_BACK = "rolled_back"


class JobPhase(StrEnum):
    RUNNING = "running"  # an intent without a result; only the target knows more
    FINISHED = "finished"
    LOST = "lost"
    CANCELLED = "cancelled"


class JobState(msgspec.Struct, frozen=True, kw_only=True):
    job: str
    step: str
    command: str
    shown: str
    target: str
    purpose: Purpose
    attempt: int
    boot: str
    interactive: bool
    state_from: str | None
    started: datetime
    phase: JobPhase = JobPhase.RUNNING
    finished: datetime | None = None
    exit: int | None = None
    signal: str | None = None
    timed_out: bool = False
    leftover: int = 0
    seconds: float = 0.0
    output: str | None = None
    output_bytes: int = 0
    output_sha256: str = ""
    shell_state: bool = False
    detail: str = ""
    timings: str = ""  # sha256 of when its output came
    barred: str = ""  # sudo in it wanted a password and could ask nobody: that, and what to do
    known: str = ""  # what the target knew of a lost job
    resolution: Resolution | None = None
    resolved_by: str | None = None  # None: nobody had to be asked, it never reached its target
    why: str = ""  # as said with the resolution
    group: str = ""
    second: str = ""  # the request that another person said yes to
    telemetry: tuple[HostEvidence, ...] = ()  # of the GPUs while it ran
    kernels: KernelVerdict | None = None  # of a command that printed a kernel validation
    left: str | None = None  # what was found of what it must leave; None: nothing was looked for
    left_ok: bool = True

    @property
    def succeeded(self) -> bool:
        """True only for exit status 0, or when a person said so of a lost job; never without its evidence."""
        if (self.kernels is not None and not self.kernels.passed) or (not self.left_ok and self.resolution is None):
            return False
        if self.resolution is not None:
            return self.resolution is Resolution.SUCCEEDED
        return self.phase is JobPhase.FINISHED and self.exit == 0 and not self.timed_out

    @property
    def open(self) -> bool:
        """Its outcome is not settled: it may still run, or nobody knows."""
        return self.phase is JobPhase.RUNNING or (self.phase is JobPhase.LOST and self.resolution is None)


class GroupState(msgspec.Struct, frozen=True, kw_only=True):
    """A command that went to many hosts."""

    group: str
    step: str
    command: str
    fleet: str
    hosts: tuple[str, ...]
    todo: tuple[str, ...]
    purpose: Purpose
    first: int  # how many jobs the step had before
    jobs: dict[str, str] = {}  # host -> job, of those that started
    finished: bool = False
    stopped: str = ""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    by: str
    at: datetime
    text: str
    withdrawn_by: str = ""  # it no longer holds


class ByHand(msgspec.Struct, frozen=True, kw_only=True):
    """A step that a person carried out elsewhere, as told. There is no exit status: nobody here saw one."""

    by: str
    at: datetime
    succeeded: bool
    commands: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    target: str = ""
    said: str = ""
    result: str = ""
    result_bytes: int = 0


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person did that can be taken back."""

    kind: str  # tick, skip, note …
    step: str
    seq: int
    by: str
    at: datetime
    note: int = 0  # its place among the notes of the step


class StepState(msgspec.Struct, frozen=True, kw_only=True):
    phase: StepPhase = StepPhase.PENDING
    by: str | None = None
    at: datetime | None = None
    reason: str | None = None
    notes: tuple[Note, ...] = ()
    jobs: tuple[str, ...] = ()  # every job of the step, oldest first
    value: str | None = None  # of a field
    option: str | None = None  # of a choice
    fired: bool = False  # of a trigger
    by_hand: tuple[ByHand, ...] = ()
    fresh: int = 0  # jobs before the last reopening: they no longer count as progress

    @property
    def settled(self) -> bool:
        return self.phase in (StepPhase.DONE, StepPhase.SKIPPED, StepPhase.ROLLED_BACK)


class SignOffState(msgspec.Struct, frozen=True, kw_only=True):
    step: str
    role: str
    name: str
    meaning: str
    by: str
    at: datetime
    void: str | None = None  # why it no longer holds
    signer: str = ""  # principal; empty: a name that was typed, not signed
    fingerprint: str = ""
    statement: str = ""  # sha256
    gate: bool = False  # later steps do not touch it
    covers: int = 0  # the last event it covers
    steps: frozenset[str] = frozenset()  # of a gate: those whose change voids it
    complete: bool = True  # as many have signed as have to
    deputy: bool = False
    rejected: bool = False  # it says no
    others: tuple[SignOffState, ...] = ()  # who signed for the same role before, where more than one has to

    @property
    def signed(self) -> bool:
        """Whether a key stands behind it; else it is a name only."""
        return bool(self.statement)

    @property
    def holds(self) -> bool:
        """Whether it lets the run go on."""
        return self.void is None and self.complete and not self.rejected


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The policy and the list of signers a run follows, by their hashes."""

    policy: str = ""
    signers: str = ""
    revoked: str = ""
    authors: tuple[str, ...] = ()


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    value: str | None  # None: a secret, asked again
    secret: bool = False


class DocumentChange(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    document: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


class RollbackState(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    by: str
    started: datetime
    items: tuple[str, ...]
    steps: tuple[str, ...] = ()  # those whose changes are taken back
    settled: dict[str, bool] = {}  # item id -> done (True) or left out (False)
    finished: datetime | None = None
    succeeded: bool | None = None


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody decided to go on against a gate or a conflict."""

    by: str
    reason: str
    at: datetime
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.until is None or now < self.until


class Held(msgspec.Struct, frozen=True, kw_only=True):
    by: str
    reason: str
    at: datetime


class ConditionState(msgspec.Struct, frozen=True, kw_only=True):
    """The newest verdict on a watched condition, as it stands in the record."""

    text: str
    verdict: str
    at: datetime
    step: str = ""
    value: float | None = None
    threshold: float | None = None
    unit: str = ""
    detail: str = ""
    gate: bool = False


class Countdown(msgspec.Struct, frozen=True, kw_only=True):
    """A rollback by machine that is coming, or was held."""

    reason: str
    due: datetime
    step: str = ""
    held_by: str | None = None


class CanaryState(msgspec.Struct, frozen=True, kw_only=True):
    step: str
    stages: tuple[CanaryStage, ...]
    every: float
    started: datetime
    second: str = ""  # the request under which its weights are sent
    holding: float = 0.0  # seconds for which its checks must have been good before a stage is left
    stage: int = -1  # -1: not entered yet
    weight: int = 0
    entered: datetime | None = None
    deadline: datetime | None = None
    checks: int = 0  # of this stage that passed
    good_since: datetime | None = None  # the first of them after the newest that failed
    good: tuple[datetime, ...] = ()  # those since, of the newest `holding` seconds
    last: str = ""  # verdict of the newest check
    detail: str = ""
    checked: datetime | None = None
    failures: int = 0  # failed checks of this stage since one passed
    held: str | None = None  # why
    stuck: bool = False  # held because the traffic could not be divided
    steered: str = ""  # promote or abort, by a person
    outcome: str | None = None
    reason: str = ""


class BreakerRecord(msgspec.Struct, frozen=True, kw_only=True):
    state: str
    failures: int
    until: datetime | None
    reason: str


class WindowState(msgspec.Struct, frozen=True, kw_only=True):
    verdict: str
    detail: str
    at: datetime


class GateState(msgspec.Struct, frozen=True, kw_only=True):
    """What gates saw and decided in a run."""

    conditions: dict[str, ConditionState] = {}
    countdown: Countdown | None = None
    canary: CanaryState | None = None
    breakers: dict[str, BreakerRecord] = {}
    rested: dict[str, dict[str, str]] = {}  # by group of a command for many hosts: host, why it was left out
    watched_since: datetime | None = None
    kept: dict[str, float] = {}  # seconds for which each window was watched
    stood: dict[str, tuple[str, ...]] = {}  # the verdicts that its conditions came to in them
    windows: dict[str, WindowState] = {}


class SecondState(msgspec.Struct, frozen=True, kw_only=True):
    """A request for another person's yes, and what became of it."""

    request: str
    step: str
    commands: tuple[str, ...]
    places: tuple[str, ...]
    digest: str
    effect: str
    person: str  # who asks
    principal: str
    actor: str
    at: datetime
    seconds: float
    epoch: int
    given: SecondGiven | None = None
    refused: str | None = None  # by whom, and why
    closed: str | None = None
    used: bool = False

    @property
    def open(self) -> bool:
        return self.given is None and self.refused is None and self.closed is None and not self.used


class Restoration(msgspec.Struct, frozen=True, kw_only=True):
    """The record was put back from a copy, or saved from a damaged file."""

    at: datetime
    by: str
    source: str
    lost: int  # events that stood before it and are gone


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a screen, a report or a second terminal shows of a run."""

    run: str = ""
    seq: int = 0
    head: str = ""
    title: str = ""
    source: str = ""
    document: str = ""
    sidecar: str | None = None  # sha256 of the file beside the document; empty: none; None: the record does not tell
    beside: dict[str, str] = {}  # sha256 of the rule files that are named, by that name
    started: datetime | None = None
    finished: datetime | None = None
    last: datetime | None = None
    outcome: Outcome | None = None
    outcome_reason: str = ""
    driver: str | None = None
    drivers: tuple[str, ...] = ()  # whoever has driven it, the first one first
    epoch: int = 0
    target: str = "local"
    profile: str = "default"
    ticket: str = ""
    cwd: str = ""
    variables: dict[str, Variable] = {}
    steps: dict[str, StepState] = {}
    jobs: dict[str, JobState] = {}
    groups: dict[str, GroupState] = {}
    hosts: dict[str, tuple[str, ...]] = {}  # what the name of a fleet stands for
    inventory: str = ""
    accepted: dict[str, str] = {}  # host as the document writes it -> target that its commands go to
    looked_at: frozenset[str] = frozenset()  # hosts a preflight has passed
    left_out: frozenset[str] = frozenset()  # hosts of fleets that this run goes on without
    signoffs: dict[str, SignOffState] = {}  # by step
    shell: dict[str, str] = {}  # target -> job whose shell state comes next
    changes: tuple[DocumentChange, ...] = ()
    rollback: RollbackState | None = None
    sightings: dict[str, Sighting] = {}  # by job: what was seen before and after it
    overrides: dict[str, Override] = {}  # by step or rollback item
    held: Held | None = None
    cancels: dict[str, Held] = {}  # by job: who, not driving, wanted it cancelled, and why
    rehearsal: bool = False  # on a stage; never to be taken for a run
    ready: bool | None = None  # what the rehearsal came to
    not_ready: tuple[str, ...] = ()  # why
    gates: GateState = GateState()
    deeds: tuple[Deed, ...] = ()  # what can be taken back, newest last
    marks: tuple[str, ...] = ()  # steps with a bookmark, newest last
    restorations: tuple[Restoration, ...] = ()
    material: str = ""  # hash over all events that change what people sign for
    material_seq: int = 0  # the last of them
    anchor_wanted: int = 0  # the last event after which the head is to be written down outside
    anchored: dict[str, int] = {}  # by place: the last event that was written down there
    anchor_trouble: dict[str, str] = {}  # by place: why it is not
    rules: Rules | None = None
    drove: frozenset[str] = frozenset()  # principals that proved to drive
    seconds: dict[str, SecondState] = {}  # by request
    offered_to: str = ""  # the terminal that the drive was given to, until somebody takes it

    def step(self, step_id: str) -> StepState:
        return self.steps.get(step_id, _PENDING)

    @property
    def wanted_second(self) -> SecondState | None:
        """The request that waits for another person's yes now."""
        newest = next(reversed(self.seconds.values()), None)
        asks = newest is not None and newest.open and newest.epoch == self.epoch and self.driver is not None
        return newest if asks else None

    @property
    def open_jobs(self) -> list[JobState]:
        """Intents without a settled result, oldest first."""
        return [job for job in self.jobs.values() if job.open]

    def last_job(self, step_id: str, command_id: str, purpose: Purpose = Purpose.STEP) -> JobState | None:
        """The newest job of that command in that step since it was last opened."""
        step = self.step(step_id)
        for job_id in reversed(step.jobs[step.fresh :]):
            job = self.jobs[job_id]
            if job.command == command_id and job.purpose is purpose:
                return job
        return None

    def last_group(self, step_id: str, command_id: str, purpose: Purpose = Purpose.STEP) -> GroupState | None:
        """The newest time that command of that step went to many hosts, since the step was last opened."""
        fresh = self.step(step_id).fresh
        for group in reversed(self.groups.values()):
            if (group.step, group.command, group.purpose) == (step_id, command_id, purpose) and group.first >= fresh:
                return group
        return None

    def last_job_on(self, step_id: str, command_id: str, host: str, purpose: Purpose = Purpose.STEP) -> JobState | None:
        """The newest job of that command on that host since the step was last opened."""
        step = self.step(step_id)
        for job_id in reversed(step.jobs[step.fresh :]):
            job = self.jobs[job_id]
            if (job.command, job.purpose, job.target) == (command_id, purpose, host):
                return job
        return None


_PENDING = StepState()


def touch(state: RunState, step: str, **fields: object) -> None:
    """Change a step in the fold's own dictionary; nowhere else is a state changed in place."""
    state.steps[step] = replace(state.step(step), **fields)
