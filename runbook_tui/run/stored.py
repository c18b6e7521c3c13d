"""A run as it lies in the store, unchecked: for whoever verifies or exports it. Values only."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec


class StoredEvent(NamedTuple):
    """An event as stored; what is not text was changed by somebody."""

    seq: Any
    prev: Any
    hash: Any
    body: Any  # the canonical JSON as it was hashed


class StoredOutput(msgspec.Struct, frozen=True, kw_only=True):
    """What the store says of a job's output. The kept bytes are a blob: all of it, or its head and its tail."""

    total: int  # bytes of the whole stream
    kept: str | None  # sha256 of the kept bytes; None while it was never finished, or when there was none
    sha256: str | None  # of the whole stream


class StoredRun(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one run."""

    run: str
    events: tuple[StoredEvent, ...]  # in the order of their numbers
    outputs: dict[str, StoredOutput] = {}  # by job
    seq: Any = None  # what the store itself says of the last event
    head: Any = None
