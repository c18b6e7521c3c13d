"""The vocabulary of a run: everything that happened, in the past tense.

An event is a value; the journal wraps it in a `Record` with run, sequence number, time, actor and hash.
Field names are part of the stored record: add fields with defaults, never rename or remove.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from runbook_tui.run.event import Event, Outcome, Purpose, Resolution
from runbook_tui.run.gate_events import (
    AnyGateEvent,
    BreakerChanged,
    CanaryChecked,
    CanaryEnded,
    CanaryHeld,
    CanaryResumed,
    CanaryStage,
    CanaryStageEntered,
    CanaryStarted,
    CanarySteered,
    ConditionJudged,
    GateEvent,
    HostRested,
    RollbackHeld,
    RollbackScheduled,
    WatchKept,
    WatchStarted,
    WindowClosed,
)
from runbook_tui.run.gpu.kept import HostEvidence
from runbook_tui.run.hand_events import AnyHandEvent, DoneByHand, HandEvent, NoteWithdrawn, StepMarked
from runbook_tui.run.kernels import KernelVerdict
from runbook_tui.run.people_events import (
    BESIDE,
    AnchorFailed,
    AnyPeopleEvent,
    CancelAsked,
    DriveGiven,
    DriveTaken,
    HeadAnchored,
    IdentityProved,
    NoteAdded,
    PeopleEvent,
    RecordRestored,
    RulesTaken,
    SecondAsked,
    SecondClosed,
    SecondGiven,
    SecondRefused,
    SignOffGiven,
    SignOffRejected,
    SignOffVoided,
)
from runbook_tui.run.rehearsal_events import RehearsalJudged
from runbook_tui.run.sightings import ChangedObject, SeenObject
from runbook_tui.run.trace_events import EvidenceSeen

__all__ = [
    "BESIDE",
    "AnchorFailed",
    "AnyEvent",
    "AnyGateEvent",
    "AnyHandEvent",
    "AnyPeopleEvent",
    "BreakerChanged",
    "CanaryChecked",
    "CanaryEnded",
    "CanaryHeld",
    "CanaryResumed",
    "CanaryStage",
    "CanaryStageEntered",
    "CanaryStarted",
    "CanarySteered",
    "CancelAsked",
    "ChangeObserved",
    "ConditionFired",
    "ConditionJudged",
    "DocumentChanged",
    "DoneByHand",
    "DriveGiven",
    "DriveTaken",
    "Event",
    "EvidenceSeen",
    "FieldFilled",
    "FleetFinished",
    "FleetStarted",
    "GateEvent",
    "GateOverridden",
    "HandEvent",
    "HeadAnchored",
    "HostRested",
    "IdentityProved",
    "JobFinished",
    "JobLost",
    "JobResolved",
    "JobStarted",
    "KernelsValidated",
    "NoteAdded",
    "NoteWithdrawn",
    "OptionChosen",
    "Outcome",
    "PeopleEvent",
    "PlaceGiven",
    "PreflightAccepted",
    "Purpose",
    "Record",
    "RecordRestored",
    "RehearsalJudged",
    "Resolution",
    "RollbackFinished",
    "RollbackHeld",
    "RollbackItemDone",
    "RollbackScheduled",
    "RollbackStarted",
    "RulesTaken",
    "RunFinished",
    "RunHeld",
    "RunReleased",
    "RunStarted",
    "SecondAsked",
    "SecondClosed",
    "SecondGiven",
    "SecondRefused",
    "SignOffGiven",
    "SignOffRejected",
    "SignOffVoided",
    "SnapshotTaken",
    "StepMarked",
    "StepReopened",
    "StepSkipped",
    "StepTicked",
    "TelemetryFrozen",
    "VariableSet",
    "WatchKept",
    "WatchStarted",
    "WindowClosed",
]


class RunStarted(Event, tag=True, frozen=True, kw_only=True):
    title: str
    source: str  # absolute path as opened
    document: str  # sha256 of the bytes; the bytes are a blob of that name
    tool: str  # version of this program
    user: str
    host: str
    target: str = "local"
    profile: str = "default"
    cwd: str = ""  # where the first command starts
    hosts: dict[str, tuple[str, ...]] = msgspec.field(
        default_factory=dict
    )  # what each name of a fleet stands for in this run
    inventory: str = ""  # sha256 of the hosts with their addresses; a blob of that name
    rehearsal: bool = False  # on a stage: nothing of it happened to the real systems
    ticket: str = ""  # of whatever keeps changes: CHG0012345, acme/api#12
    sidecar: str | None = None  # sha256 of the file beside the document, a blob; empty: none; None: it was not kept
    beside: dict[str, str] = msgspec.field(default_factory=dict)  # sha256 of the rule files they name, by that name


class DocumentChanged(Event, tag=True, frozen=True, kw_only=True):
    """The document, or what lies beside it, was edited during the run and taken over."""

    document: str
    added: tuple[str, ...] = ()  # step ids
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()  # same id, other commands
    sidecar: str | None = None  # as in RunStarted
    beside: dict[str, str] = msgspec.field(default_factory=dict)


class VariableSet(Event, tag=True, frozen=True, kw_only=True):
    """A placeholder's value, asked once. The value of a secret is not kept."""

    name: str
    value: str | None
    secret: bool = False


class OptionChosen(Event, tag=True, frozen=True, kw_only=True):
    step: str
    option: str  # section id


class StepTicked(Event, tag=True, frozen=True, kw_only=True):
    step: str
    automatic: bool = False  # all its commands succeeded


class StepReopened(Event, tag=True, frozen=True, kw_only=True):
    """A tick or a skip taken back."""

    step: str
    reason: str = ""


class StepSkipped(Event, tag=True, frozen=True, kw_only=True):
    step: str
    reason: str


class FieldFilled(Event, tag=True, frozen=True, kw_only=True):
    step: str
    value: str


class PlaceGiven(Event, tag=True, frozen=True, kw_only=True):
    """Commands that the document says are typed on `said` go to `target` in this run."""

    said: str
    target: str


class PreflightAccepted(Event, tag=True, frozen=True, kw_only=True):
    """Other machines were looked at before the first change, and a person decided to go on with them."""

    hosts: tuple[str, ...]  # that the run goes on with
    left_out: tuple[str, ...] = ()
    summary: str = ""
    findings: tuple[str, ...] = ()  # what was found, worst first


class FleetStarted(Event, tag=True, frozen=True, kw_only=True):
    """A command goes out to many hosts; each gets a job of its own."""

    group: str
    step: str
    command: str
    fleet: str
    hosts: tuple[str, ...]  # all that the name stands for
    todo: tuple[str, ...]  # those it goes to now, in the order they are taken
    purpose: Purpose = Purpose.STEP


class FleetFinished(Event, tag=True, frozen=True, kw_only=True):
    """No further host of the group will start; what its jobs came to is in their own events."""

    group: str
    stopped: str = ""  # why it did not go on to all hosts


class JobStarted(Event, tag=True, frozen=True, kw_only=True):
    """The intent, durable before the effect. A JobStarted without a result is an unknown outcome."""

    job: str
    step: str
    command: str
    text: str  # as the document has it, placeholders unfilled
    shown: str  # resolved, secrets masked
    target: str
    purpose: Purpose = Purpose.STEP
    attempt: int = 1
    cwd: str | None = None
    timeout: float | None = None
    interactive: bool = False
    boot: str = ""  # the target's boot id when the intent was written
    state_from: str | None = None  # job whose shell state this one continues
    confirmed: bool = False
    group: str = ""  # of a command that goes to many hosts
    second: str = ""  # the request that another person said yes to


class JobFinished(Event, tag=True, frozen=True, kw_only=True):
    job: str
    exit: int | None
    signal: str | None = None
    timed_out: bool = False
    cancelled: bool = False
    leftover: int = 0  # processes that could not be stopped, or that stay in the background
    seconds: float = 0.0
    output: str | None = None  # sha256 of the kept (masked) blob
    output_bytes: int = 0  # of the whole masked stream
    output_sha256: str = ""  # of the whole masked stream
    shell_state: bool = False  # cwd, variables and functions were kept on the target
    detail: str = ""  # what the target said about it, for the operator
    timings: str = ""  # sha256 of when its output came: a blob of that name
    withheld: int = 0  # lines of its output masked as a whole: too many secrets at once to tell where each ends
    barred: str = ""  # sudo or its like in it wanted a password and could ask nobody: that, and what to do


class JobLost(Event, tag=True, frozen=True, kw_only=True):
    """The target was asked and could not tell how the job ended."""

    job: str
    reason: str
    known: str = ""


class JobResolved(Event, tag=True, frozen=True, kw_only=True):
    job: str
    resolution: Resolution
    reason: str
    barred: str = ""  # as with a job that finished


class ConditionFired(Event, tag=True, frozen=True, kw_only=True):
    step: str
    text: str
    evidence: str = ""
    automatic: bool = False  # seen by a signal, not by a person


class GateOverridden(Event, tag=True, frozen=True, kw_only=True):
    """Somebody went on against what held them; the verdict stays what it was."""

    step: str
    reason: str
    until: datetime | None = None  # None: for as long as the run lasts


class SnapshotTaken(Event, tag=True, frozen=True, kw_only=True):
    """What a command is about to change, as it stood just before; written together with the intent."""

    job: str
    step: str
    system: str
    namespace: str
    snapshot: str  # sha256 of the blob
    objects: tuple[SeenObject, ...]
    complete: bool = False
    obstacles: tuple[str, ...] = ()


class ChangeObserved(Event, tag=True, frozen=True, kw_only=True):
    """What is otherwise after a command."""

    job: str
    changes: tuple[ChangedObject, ...] | None
    snapshot: str = ""  # sha256 of the blob
    note: str = ""


class KernelsValidated(Event, tag=True, frozen=True, kw_only=True):
    """What a finished command printed of a kernel validation, judged; or that it printed none although it had to."""

    job: str
    verdict: KernelVerdict


class RunHeld(Event, tag=True, frozen=True, kw_only=True):
    """Everything stays as it is: no command that changes something is started until it is released."""

    reason: str


class RunReleased(Event, tag=True, frozen=True, kw_only=True):
    reason: str = ""


class RollbackStarted(Event, tag=True, frozen=True, kw_only=True):
    reason: str
    items: tuple[str, ...]
    steps: tuple[str, ...] = ()  # those whose changes are taken back


class RollbackItemDone(Event, tag=True, frozen=True, kw_only=True):
    """An item of the rollback plan that a person did by hand, or chose to leave out."""

    item: str
    skipped: bool = False
    reason: str = ""


class RollbackFinished(Event, tag=True, frozen=True, kw_only=True):
    succeeded: bool
    reason: str = ""


class RunFinished(Event, tag=True, frozen=True, kw_only=True):
    outcome: Outcome
    reason: str = ""


class TelemetryFrozen(Event, tag=True, frozen=True, kw_only=True):
    """What the GPUs of the job's host did while it ran, as far as this process saw it."""

    job: str
    evidence: HostEvidence


AnyEvent = (
    RunStarted
    | DocumentChanged
    | VariableSet
    | OptionChosen
    | StepTicked
    | StepReopened
    | StepSkipped
    | FieldFilled
    | PlaceGiven
    | PreflightAccepted
    | FleetStarted
    | FleetFinished
    | JobStarted
    | JobFinished
    | JobLost
    | TelemetryFrozen
    | JobResolved
    | ConditionFired
    | GateOverridden
    | SnapshotTaken
    | ChangeObserved
    | KernelsValidated
    | RunHeld
    | RunReleased
    | RollbackStarted
    | RollbackItemDone
    | RollbackFinished
    | RunFinished
    | RehearsalJudged
    | EvidenceSeen
    | AnyGateEvent
    | AnyPeopleEvent
    | AnyHandEvent
)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the journal keeps it."""

    run: str
    seq: int  # 1-based, gapless
    at: datetime  # UTC
    actor: str  # "ana@bastion"
    epoch: int  # of the drive under which it was written; 0 for readers' notes
    event: AnyEvent
    prev: str  # hex sha256
    hash: str
