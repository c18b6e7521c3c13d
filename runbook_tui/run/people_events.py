"""Who drove, said and signed what, in the past tense. Fields are stored: add with defaults, never rename or remove."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.run.event import Event


class PeopleEvent(Event, frozen=True, kw_only=True):
    """Base of what people did beside the steps."""


class DriveTaken(PeopleEvent, tag=True, frozen=True, kw_only=True):
    material: ClassVar[bool] = False

    epoch: int
    holder: str
    reason: str = ""


class DriveGiven(PeopleEvent, tag=True, frozen=True, kw_only=True):
    material: ClassVar[bool] = False

    epoch: int
    reason: str = ""
    to: str = ""  # the terminal it is meant for, which takes it then


class NoteAdded(PeopleEvent, tag=True, frozen=True, kw_only=True):
    step: str
    text: str


class SignOffGiven(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """Somebody signed. Without a statement it is a name that was typed, and no signature."""

    material: ClassVar[bool] = False

    step: str
    role: str
    name: str
    meaning: str
    statement: str = ""  # sha256 of the signed bytes; a blob of that name
    signature: str = ""  # sha256 of the SSH signature over them; a blob of that name
    signer: str = ""  # principal
    fingerprint: str = ""  # of the key
    scope: str = "final"  # final, or gate: later steps do not touch it
    covers: int = 0  # the last event it covers
    steps: tuple[str, ...] = ()  # of a gate: those whose change voids it
    complete: bool = True  # as many have signed for the role as have to
    deputy: bool = False
    how: str = ""  # agent, file or detached


class SignOffRejected(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """Somebody who might have signed says no, with a reason, under the same kind of signature."""

    material: ClassVar[bool] = False

    step: str
    role: str
    name: str
    meaning: str  # why not
    statement: str = ""
    signature: str = ""
    signer: str = ""
    fingerprint: str = ""
    covers: int = 0
    how: str = ""


class SignOffVoided(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """A sign-off was taken back."""

    material: ClassVar[bool] = False

    step: str
    reason: str


class SecondAsked(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """Before these commands start another person has to say yes. The request dies with the drive it was made under."""

    material: ClassVar[bool] = False

    request: str
    step: str
    commands: tuple[str, ...]  # exactly as they will run, secrets masked
    places: tuple[str, ...]  # where each goes
    digest: str  # sha256 over all of that
    effect: str
    person: str  # who asks
    principal: str = ""
    seconds: float = 0.0  # for which it stands


class SecondGiven(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """Another person said yes. Whether it counts is judged when the command is to start, and by whoever verifies."""

    material: ClassVar[bool] = False

    request: str
    digest: str
    person: str
    principal: str = ""  # empty: nothing proves who it was
    fingerprint: str = ""
    statement: str = ""  # what was signed, as it was signed
    signature: str = ""  # SSHSIG, armoured
    how: str = ""
    user: str = ""
    uid: int = -1
    host: str = ""


class SecondRefused(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """Another person said no."""

    material: ClassVar[bool] = False

    request: str
    person: str
    reason: str = ""


class SecondClosed(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """A request stands no more: it expired, was withdrawn, or what it was about is another command now."""

    material: ClassVar[bool] = False

    request: str
    reason: str


class CancelAsked(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """Somebody who does not drive wants the running command cancelled; whoever drives does it at once."""

    material: ClassVar[bool] = False

    job: str
    reason: str


class RecordRestored(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """The record goes on from a copy or from what could be saved; the last `lost` events before this one are gone."""

    source: str
    lost: int = 0


class RulesTaken(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """The policy and the list of signers that hold from here on; each is a blob, empty where there is none."""

    policy: str = ""  # sha256
    signers: str = ""
    revoked: str = ""
    authors: tuple[str, ...] = ()  # of the document, as its front matter and its history say
    reason: str = ""


class IdentityProved(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """A terminal proved by a key whom it speaks for, while it drove."""

    material: ClassVar[bool] = False

    principal: str
    fingerprint: str
    challenge: str = ""  # sha256 of what was signed; a blob of that name
    signature: str = ""
    how: str = ""


class HeadAnchored(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """Where the record stood was written down outside of this machine."""

    material: ClassVar[bool] = False

    place: str  # its name: never an address with a password
    seq: int
    hash: str  # of that event


class AnchorFailed(PeopleEvent, tag=True, frozen=True, kw_only=True):
    """It could not be written down there; told once, tried again until it is."""

    material: ClassVar[bool] = False

    place: str
    seq: int
    reason: str


AnyPeopleEvent = (
    DriveTaken
    | DriveGiven
    | NoteAdded
    | SignOffGiven
    | SignOffRejected
    | SignOffVoided
    | SecondAsked
    | SecondGiven
    | SecondRefused
    | SecondClosed
    | CancelAsked
    | RulesTaken
    | IdentityProved
    | RecordRestored
    | HeadAnchored
    | AnchorFailed
)
BESIDE = (
    NoteAdded,
    CancelAsked,
    SecondGiven,
    SecondRefused,
    SignOffGiven,
    SignOffRejected,
    HeadAnchored,
    AnchorFailed,
)
"""What people who do not drive, and what runs in the background, may add at any time.

It never stands against what the driver is about to write.
"""
