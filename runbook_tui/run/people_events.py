"""Who drove, said and signed what, in the past tense. Fields are stored: add with defaults, never rename or remove."""

from __future__ import annotations

from runbook_tui.run.event import Event


class PeopleEvent(Event, frozen=True, kw_only=True):
    """Base of what people did beside the steps."""


class DriveTaken(PeopleEvent, tag=True, frozen=True, kw_only=True):
    epoch: int
    holder: str
    reason: str = ""


class DriveGiven(PeopleEvent, tag=True, frozen=True, kw_only=True):
    epoch: int
    reason: str = ""


class NoteAdded(PeopleEvent, tag=True, frozen=True, kw_only=True):
    step: str
    text: str


class SignOffGiven(PeopleEvent, tag=True, frozen=True, kw_only=True):
    step: str
    role: str
    name: str
    meaning: str


class SignOffVoided(PeopleEvent, tag=True, frozen=True, kw_only=True):
    step: str
    reason: str


class RecordRestored(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """The record goes on from a copy or from what could be saved; the last `lost` events before this one are gone."""

    source: str
    lost: int = 0


AnyPeopleEvent = DriveTaken | DriveGiven | NoteAdded | SignOffGiven | SignOffVoided | RecordRestored
