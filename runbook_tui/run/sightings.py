"""What was seen of a system before and after a command: values that stand in the record.

A watcher (see `ports.Watcher`) makes them; contents lie in the journal as blobs, events hold what a plan and a screen
need. Secrets are only ever hashes.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class Tier(StrEnum):
    """In which order recorded things are put back: capacity must be there before traffic comes."""

    CONFIGURATION = "configuration"
    CAPACITY = "capacity"
    TRAFFIC = "traffic"
    SHRINK = "shrink"  # what was made or made larger: given up last


class SeenObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One object as it stood before a command."""

    key: str  # kind/namespace/name
    title: str  # for people: "deployment/api"
    state: str  # in words: "api:1.2.9, 2 replicas"
    digest: str  # of what a command may change in it; empty when it was not there
    tier: Tier = Tier.CONFIGURATION
    direct: bool = True  # the command names it; else it only belongs to one that it names
    obstacle: str = ""  # why it cannot be put back, as a sentence


class ChangedObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One object that a command left otherwise than it found it."""

    key: str
    title: str
    what: str  # "image api:1.2.9 → api:1.3.0"
    restores: str  # what putting it back means: "image api:1.2.9, 2 replicas"
    digest: str  # as it stands now; empty when it is gone
    tier: Tier = Tier.CONFIGURATION
    not_restored: str = ""  # what putting it back does not bring back


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """Before and after one job, as the state of a run keeps it."""

    job: str
    step: str
    at: datetime
    rollback: bool  # the job was part of a rollback
    system: str  # where: "bed (https://127.0.0.1:6443)"
    namespace: str  # what a command means that names none
    before: str  # sha256 of the blob
    objects: tuple[SeenObject, ...]
    complete: bool  # all that the command can change was looked at
    obstacles: tuple[str, ...] = ()
    after: str | None = None  # sha256 of the blob
    changes: tuple[ChangedObject, ...] | None = None  # None: nobody looked afterwards
    note: str = ""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a watcher says before a command: goes into the record with the intent."""

    system: str
    namespace: str
    objects: tuple[SeenObject, ...]
    content: bytes
    complete: bool = False
    obstacles: tuple[str, ...] = ()


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What a watcher says after a command."""

    changes: tuple[ChangedObject, ...] | None
    content: bytes = b""
    note: str = ""
