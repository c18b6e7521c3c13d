"""What gates saw and decided, in the past tense. Fields are stored: add with defaults, never rename or remove."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from runbook_tui.run.event import Event


class GateEvent(Event, frozen=True, kw_only=True):
    """Base of what gates saw and decided."""


class ConditionJudged(GateEvent, tag=True, frozen=True, kw_only=True):
    """The verdict on a watched condition is another than before."""

    condition: str
    text: str
    verdict: str  # pass, fail, no_data, insufficient or error
    step: str = ""  # of the document, when it comes from one
    value: float | None = None
    threshold: float | None = None
    unit: str = ""
    detail: str = ""
    gate: bool = False  # states what must hold before its step is done


class RollbackScheduled(GateEvent, tag=True, frozen=True, kw_only=True):
    """A machine will take the run back at `due`, unless somebody holds it. Once in a run."""

    reason: str
    due: datetime
    step: str = ""


class RollbackHeld(GateEvent, tag=True, frozen=True, kw_only=True):
    """The count-down was stopped: a person decides."""

    reason: str = ""


class CanaryStage(msgspec.Struct, frozen=True, kw_only=True):
    weight: int  # percent of the traffic
    seconds: float  # for which it is watched at least


class CanaryStarted(GateEvent, tag=True, frozen=True, kw_only=True):
    step: str
    stages: tuple[CanaryStage, ...]
    every: float  # seconds between two checks
    holding: float = 0.0  # seconds for which its checks must have been good before a stage is left
    second: str = ""  # the request that another person said yes to, for all of its weights


class CanaryStageEntered(GateEvent, tag=True, frozen=True, kw_only=True):
    """The intent to send that much traffic; its command follows. The deadline holds across restarts."""

    stage: int
    weight: int
    deadline: datetime


class CanaryChecked(GateEvent, tag=True, frozen=True, kw_only=True):
    material: ClassVar[bool] = False

    stage: int
    verdict: str
    detail: str = ""


class CanaryHeld(GateEvent, tag=True, frozen=True, kw_only=True):
    """The weight stays until somebody resumes."""

    reason: str
    stuck: bool = False  # the traffic could not be divided, again and again: a person is wanted


class CanaryResumed(GateEvent, tag=True, frozen=True, kw_only=True):
    reason: str = ""


class CanarySteered(GateEvent, tag=True, frozen=True, kw_only=True):
    """A person decided for it: promote or abort, whatever its stages and checks say."""

    to: str
    reason: str = ""


class CanaryEnded(GateEvent, tag=True, frozen=True, kw_only=True):
    outcome: str  # promoted or aborted
    reason: str = ""


class BreakerChanged(GateEvent, tag=True, frozen=True, kw_only=True):
    material: ClassVar[bool] = False

    target: str
    state: str  # closed, open or half-open
    failures: int = 0
    until: datetime | None = None  # when an open one lets a probe through
    reason: str = ""


class HostRested(GateEvent, tag=True, frozen=True, kw_only=True):
    """A command for many hosts went past this one: its breaker is open."""

    group: str
    host: str
    reason: str


class WatchStarted(GateEvent, tag=True, frozen=True, kw_only=True):
    """From here on the windows after a deployment are counted."""

    material: ClassVar[bool] = False


class WatchKept(GateEvent, tag=True, frozen=True, kw_only=True):
    """A window was watched for so many seconds more: every condition was heard in them."""

    material: ClassVar[bool] = False

    window: str
    seconds: float
    verdict: str = ""  # the worst that the conditions together came to meanwhile


class WindowClosed(GateEvent, tag=True, frozen=True, kw_only=True):
    """A window after the deployment is over, and what was seen in it."""

    window: str
    verdict: str
    detail: str = ""


AnyGateEvent = (
    ConditionJudged
    | RollbackScheduled
    | RollbackHeld
    | CanaryStarted
    | CanaryStageEntered
    | CanaryChecked
    | CanaryHeld
    | CanaryResumed
    | CanarySteered
    | CanaryEnded
    | BreakerChanged
    | HostRested
    | WatchStarted
    | WatchKept
    | WindowClosed
)
