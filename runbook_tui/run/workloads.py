"""What a cluster tells of a workload's pods: the seam between who asks the cluster and who judges."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """Which one is meant; empty fields are those of the kubeconfig."""

    kind: str  # Deployment, StatefulSet or DaemonSet
    name: str
    namespace: str = ""
    context: str = ""

    @property
    def shown(self) -> str:
        return f"{self.kind.lower()}/{self.name}" + (f" in {self.namespace}" if self.namespace else "")


class PodSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One pod of a workload."""

    uid: str
    ready: bool
    failing: str = ""  # why it fails, in the cluster's word; empty when it does not
    newest: bool = True  # of the revision that is rolled out now
    made: datetime  # UTC
    restarts: tuple[int, ...] = ()  # of each container, since the pod was made
    restarted: tuple[datetime | None, ...] = ()  # when each container last ended, as far as it is told


class WorkloadSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A workload as one answer of the cluster has it."""

    at: datetime  # UTC, by the clock of the API server
    desired: int
    available: int
    behind: bool = False  # the controller has not looked at the newest change: its counts are of the one before
    pods: Sequence[PodSeen] = ()  # those that are being deleted are left out


class Workloads(Protocol):
    """The clusters of this process."""

    async def look(self, at: Workload) -> WorkloadSeen | None:
        """How it stands; None when there is none. Raises OperatorError when the cluster cannot be asked."""
        ...

    async def close(self) -> None: ...
