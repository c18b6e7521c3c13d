"""What happens to a system while a command changes it, as a screen shows it. Values only; a watcher makes them."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Phase(StrEnum):
    WAITING = "waiting"  # the change was not taken up yet
    MOVING = "moving"
    DONE = "done"
    FAILED = "failed"
    PAUSED = "paused"
    GONE = "gone"


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """Where a workload stands."""

    phase: Phase
    says: str  # one line
    wanted: int = 0
    updated: int = 0
    ready: int = 0
    available: int = 0


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the tree below a workload."""

    depth: int
    title: str
    word: str
    good: bool | None = None  # None: neither good nor bad
    new: bool = False  # belongs to what comes, not to what goes


class LiveChange(msgspec.Struct, frozen=True, kw_only=True):
    """A workload while it changes."""

    title: str
    rollout: Rollout
    branches: tuple[Branch, ...] = ()
    warnings: tuple[str, ...] = ()
    trouble: str = ""  # why this may be old
    age: float = 0.0  # seconds since the system last said something
