"""One at a time: a Lease (coordination.k8s.io) for each workload that a run changes, renewed while the run is open.

Who may not write Leases works without; the plan's preconditions still hold, and the preflight says so.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_tui.targets.kubernetes.api import Api
from runbook_tui.targets.kubernetes.faults import KubeError, Stale, Unfit
from runbook_tui.targets.kubernetes.resources import LEASE

LASTS = 60  # seconds without renewal after which a lease is anybody's
RENEW = 15.0  # seconds
_NOTE = "runbook-tui/workload"


class Taken(KubeError):
    """Somebody else is changing the workload."""


class Leases:
    """Those this process holds in one cluster."""

    def __init__(self, api: Api, holder: str) -> None:
        self._api = api
        self._holder = holder
        self._held: dict[str, str] = {}  # path -> workload
        self._renewing: asyncio.Task[None] | None = None

    async def take(self, kind: str, namespace: str, name: str) -> bool:
        """Hold the workload. Raises Taken while another holds it; False where Leases may not be written."""
        lease = lease_name(kind, name)
        path = LEASE.path(namespace, lease)
        if path in self._held:
            return True
        try:
            for _ in range(3):
                try:
                    await self._take(path, namespace, lease, f"{kind.lower()}/{name}")
                    break
                except (Stale, Unfit):
                    continue  # somebody was faster: look who
        except KubeError as error:
            if error.status in (403, 404):
                return False
            raise
        self._held[path] = f"{kind.lower()}/{name}"
        if self._renewing is None:
            self._renewing = asyncio.ensure_future(self._renew())
        return True

    async def release(self) -> None:
        """Let go of all of them; those that cannot be reached end by themselves."""
        if self._renewing is not None:
            self._renewing.cancel()
            self._renewing = None
        held, self._held = list(self._held), {}
        for path in held:
            try:
                found = await self._api.find(path, deadline=3.0)
                if found and found["spec"].get("holderIdentity") == self._holder:
                    await self._api.delete(path, uid=found["metadata"]["uid"], deadline=3.0)
            except KubeError:
                continue

    async def _take(self, path: str, namespace: str, lease: str, workload: str) -> None:
        found = await self._api.find(path, deadline=3.0)
        now = datetime.now(UTC)
        spec = {
            "holderIdentity": self._holder,
            "leaseDurationSeconds": LASTS,
            "acquireTime": _stamp(now),
            "renewTime": _stamp(now),
        }
        if found is None:
            meta = {"name": lease, "annotations": {_NOTE: workload}}
            body = {"apiVersion": LEASE.version, "kind": "Lease", "metadata": meta, "spec": spec}
            await self._api.post(LEASE.path(namespace), body, deadline=3.0)
            return
        holder = str(found["spec"].get("holderIdentity") or "")
        until = _until(found["spec"])
        if holder and holder != self._holder and until > now:
            since = str(found["spec"].get("acquireTime", ""))[11:19]
            raise Taken(
                f"{workload} is being changed by {holder} since {since} UTC: two at once would undo each other's work. "
                f"It is free again when that run ends, at the latest {LASTS} s after its program did"
            )
        found["spec"] = spec
        await self._api.put(path, found, deadline=3.0)  # with its resource version: 409 when somebody was faster

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW)
            for path in list(self._held):
                try:
                    found = await self._api.find(path, deadline=5.0)
                    if found and found["spec"].get("holderIdentity") == self._holder:
                        found["spec"]["renewTime"] = _stamp(datetime.now(UTC))
                        await self._api.put(path, found, deadline=5.0)
                except KubeError:
                    continue  # the next round tries again; it holds for a minute


def lease_name(kind: str, name: str) -> str:
    """A name that a Lease may have."""
    plain = re.sub(r"[^a-z0-9.-]", "-", f"rbt-{kind.lower()}-{name}".lower())
    return plain if len(plain) <= 63 else f"{plain[:52]}-{hashlib.sha256(plain.encode()).hexdigest()[:10]}"


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _until(spec: dict[str, Any]) -> datetime:
    """When the lease ends by itself; a broken one is over."""
    try:
        renewed = datetime.fromisoformat(str(spec["renewTime"]))
        return renewed + timedelta(seconds=int(spec.get("leaseDurationSeconds") or LASTS))
    except (KeyError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
