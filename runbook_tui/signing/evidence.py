"""What a run is verified from: the journal's own rows, or a bundle read back. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from runbook_tui.run.stored import StoredEvent, StoredOutput

__all__ = ["Evidence", "Head", "StoredEvent", "StoredOutput"]


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Where the record stood, noted outside of it."""

    seq: Any  # a number, unless somebody changed it
    hash: Any  # of that event
    source: str  # who kept it, in words: "the exported head", "refs/heads/audit of git@…"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a run is judged by."""

    run: str
    events: tuple[StoredEvent, ...]  # in stored order
    blobs: Mapping[str, bytes]  # by the name they are stored under, unchecked; may read them only when asked
    outputs: Mapping[str, StoredOutput] | None = None  # by job; None: nothing but the events tells of outputs
    unproved: tuple[str, ...] = ()  # what lies beside the record and nothing in it proves, in words
    last: Head | None = None  # what the store itself says of its end
    heads: tuple[Head, ...] = ()  # what others say of it
    signers: bytes | None = None  # the verifier's own allowed_signers; None: what the run recorded
    policy: bytes | None = None  # the verifier's own policy.yaml; None: what the run recorded
    revoked: bytes | None = None  # keys revoked since: a KRL, or one public key a line; None: what the run recorded
    now: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))
