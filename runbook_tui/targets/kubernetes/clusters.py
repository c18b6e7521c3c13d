"""The clusters of this process: one connection for each kubeconfig and context, kept warm."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from runbook_tui.targets.kubernetes import kubeconfig
from runbook_tui.targets.kubernetes.api import Api
from runbook_tui.targets.kubernetes.faults import KubeError
from runbook_tui.targets.kubernetes.recorder import Recorder


class Cluster(msgspec.Struct, frozen=True):
    api: Api
    recorder: Recorder


class Clusters:
    """Lives on the loop of Kubernetes. A kubeconfig that changed on disk is read again."""

    def __init__(self) -> None:
        self._open: dict[tuple[object, ...], Cluster] = {}
        self._lock: asyncio.Lock | None = None

    async def of(
        self, environ: Mapping[str, str], *, explicit: str | None = None, context: str | None = None
    ) -> Cluster:
        """The cluster that a command with this environment means. Raises NoCluster."""
        self._lock = self._lock or asyncio.Lock()
        key = (explicit, context, environ.get("KUBECONFIG"), *_stamps(environ, explicit))
        async with self._lock:
            found = self._open.get(key)
            if found is not None and not found.api.stale:
                return found
            api = await Api.open(environ, explicit=explicit, context=context)
            if found is not None:
                await found.api.close()
            cluster = Cluster(api, Recorder(api))
            self._open[key] = cluster
            return cluster

    async def named(self, system: str, environ: Mapping[str, str], *, explicit: str | None, context: str) -> Cluster:
        """The cluster that a record names. Raises KubeError when that context leads elsewhere by now."""
        cluster = await self.of(environ, explicit=explicit, context=context)
        if cluster.api.how.system != system:
            raise KubeError(
                f"the context {context} now leads to {cluster.api.how.server}, the record is of {system}: "
                "nothing was put back"
            )
        return cluster

    @property
    def open(self) -> list[Cluster]:
        """Those that were asked for, the newest first."""
        return list(reversed(self._open.values()))

    @property
    def used(self) -> bool:
        """Whether a connection was ever opened."""
        return bool(self._open)

    async def close(self) -> None:
        for cluster in self._open.values():
            await cluster.api.close()
        self._open.clear()
        self._lock = None  # of a loop that may end now


def _stamps(environ: Mapping[str, str], explicit: str | None) -> tuple[object, ...]:
    stamps: list[object] = []
    for path in kubeconfig.paths(environ, explicit):
        try:
            stamps.append((str(path), path.stat().st_mtime_ns))
        except OSError:
            stamps.append((str(path), 0))
    return tuple(stamps)
