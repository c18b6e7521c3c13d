"""Where objects of a kind are found: known kinds by heart, others by asking the API server."""

from __future__ import annotations

from typing import Any

import msgspec

from runbook_tui.document import kinds
from runbook_tui.targets.kubernetes.api import Api
from runbook_tui.targets.kubernetes.faults import NotThere


class Resource(msgspec.Struct, frozen=True):
    """A kind as one API server serves it."""

    kind: str
    version: str  # "apps/v1", "v1"
    plural: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        return self.version.rpartition("/")[0]

    def path(self, namespace: str, name: str = "") -> str:
        """The path of one object, or of all."""
        root = f"/apis/{self.version}" if "/" in self.version else f"/api/{self.version}"
        place = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{root}{place}/{self.plural}" + (f"/{name}" if name else "")


_KNOWN = {
    one.kind: one
    for one in (
        Resource("Deployment", "apps/v1", "deployments"),
        Resource("StatefulSet", "apps/v1", "statefulsets"),
        Resource("DaemonSet", "apps/v1", "daemonsets"),
        Resource("ReplicaSet", "apps/v1", "replicasets"),
        Resource("ControllerRevision", "apps/v1", "controllerrevisions"),
        Resource("Pod", "v1", "pods"),
        Resource("ConfigMap", "v1", "configmaps"),
        Resource("Secret", "v1", "secrets"),
        Resource("Service", "v1", "services"),
        Resource("ServiceAccount", "v1", "serviceaccounts"),
        Resource("PersistentVolumeClaim", "v1", "persistentvolumeclaims"),
        Resource("Event", "v1", "events"),
        Resource("Namespace", "v1", "namespaces", namespaced=False),
        Resource("Node", "v1", "nodes", namespaced=False),
        Resource("PersistentVolume", "v1", "persistentvolumes", namespaced=False),
        Resource("Ingress", "networking.k8s.io/v1", "ingresses"),
        Resource("HorizontalPodAutoscaler", "autoscaling/v1", "horizontalpodautoscalers"),
        Resource("Lease", "coordination.k8s.io/v1", "leases"),
        Resource("HTTPRoute", "gateway.networking.k8s.io/v1", "httproutes"),
        Resource("Job", "batch/v1", "jobs"),
        Resource("Role", "rbac.authorization.k8s.io/v1", "roles"),
        Resource("RoleBinding", "rbac.authorization.k8s.io/v1", "rolebindings"),
        Resource("ClusterRole", "rbac.authorization.k8s.io/v1", "clusterroles", namespaced=False),
        Resource("ClusterRoleBinding", "rbac.authorization.k8s.io/v1", "clusterrolebindings", namespaced=False),
    )
}
LEASE = _KNOWN["Lease"]
EVENT = _KNOWN["Event"]


def known(kind: str) -> Resource:
    """A kind that every cluster serves."""
    return _KNOWN[kind]


class Resources:
    """The kinds of one API server, asked for once."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._asked: dict[str, Resource] | None = None

    async def find(self, kind: str, version: str = "") -> Resource | None:
        """The kind as served here, or None; `version` as a manifest writes it decides between several."""
        name = kinds.canonical(kind)
        by_heart = _KNOWN.get(name)
        if by_heart is not None and version in ("", by_heart.version):
            return by_heart
        if self._asked is None:
            self._asked = await self._ask()
        return self._asked.get(f"{version}/{name}".lower()) or self._asked.get(name.lower()) or by_heart

    async def _ask(self) -> dict[str, Resource]:
        """Every kind under its kind, plural, singular and short names; the preferred version wins."""
        found: dict[str, Resource] = {}
        groups = (await self._api.get("/apis")).get("groups") or []
        preferred = [group["preferredVersion"]["groupVersion"] for group in groups]
        others = [one["groupVersion"] for group in groups for one in group["versions"]]
        for version in ["v1", *preferred, *others]:
            if f"asked {version}" in found:
                continue
            found[f"asked {version}"] = _KNOWN["Pod"]  # only a mark: asked once
            try:
                served = await self._api.get(f"/apis/{version}" if "/" in version else f"/api/{version}")
            except NotThere:
                continue
            for one in served.get("resources") or []:
                _take_in(found, version, one)
        return {name: resource for name, resource in found.items() if not name.startswith("asked ")}


def _take_in(found: dict[str, Resource], version: str, one: dict[str, Any]) -> None:
    if "/" in one["name"]:
        return
    resource = Resource(one["kind"], version, one["name"], bool(one.get("namespaced")))
    found.setdefault(f"{version}/{one['kind']}".lower(), resource)
    for name in (one["kind"], one["name"], one.get("singularName") or "", *(one.get("shortNames") or ())):
        if name:
            found.setdefault(name.lower(), resource)
