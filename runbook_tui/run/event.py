"""What every event of a run has in common."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import msgspec


class Purpose(StrEnum):
    STEP = "step"
    ROLLBACK = "rollback"
    VERIFY = "verify"
    ABORT = "abort"  # traffic taken off what is new; nothing else


class Outcome(StrEnum):
    COMPLETED = "completed"
    ABORTED = "aborted"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"  # only a rollback that failed ends a run so


class Resolution(StrEnum):
    """What a person said about a job whose outcome the target cannot tell."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOT_RUN = "not_run"


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """Base of all events; the tag is the class name."""

    material: ClassVar[bool] = True  # whether it changes what people sign for, see `run.material`
