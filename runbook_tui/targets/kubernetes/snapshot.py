"""A snapshot: objects as they stood at one moment, as the journal keeps them. Values only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from runbook_tui.run.ports import TargetError
from runbook_tui.targets.kubernetes.essence import Essence

FORMAT = 1


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a workload ran, by names that stay: revision numbers are given anew by every undo."""

    revision: str = ""
    name: str = ""  # of the ReplicaSet
    uid: str = ""
    hash: str = ""  # pod-template-hash
    history: str = ""  # numbers it had before
    images: dict[str, str] = {}  # container -> image ID with its digest


class Recorded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One object."""

    kind: str
    version: str
    namespace: str
    name: str
    essence: Essence | None = None  # None: it is not there
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    manifest: dict[str, Any] | None = None  # to make it anew; never of a Secret
    autoscaled: bool = False  # its replicas are an autoscaler's
    identity: Identity | None = None
    direct: bool = True

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The content of a snapshot's blob."""

    format: int = FORMAT
    system: str
    context: str
    namespace: str
    taken: datetime
    objects: tuple[Recorded, ...]
    kubeconfig: str = ""  # where a command named its own

    @property
    def by_key(self) -> dict[str, Recorded]:
        return {one.key: one for one in self.objects}


def encode(snapshot: Snapshot) -> bytes:
    return msgspec.json.encode(snapshot)


def decode(data: bytes) -> Snapshot:
    """Raises TargetError for what this version cannot read; nothing is then put back from it."""
    try:
        snapshot = msgspec.json.decode(data, type=Snapshot)
    except msgspec.DecodeError as error:
        raise TargetError(f"The recorded snapshot cannot be read ({error}). Nothing was put back from it.") from None
    if snapshot.format != FORMAT:
        raise TargetError(f"The recorded snapshot has format {snapshot.format}, which this version does not know.")
    return snapshot
