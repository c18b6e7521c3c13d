"""May I? Asked of the cluster for every verb of the plan before the first step, forward and back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from runbook_tui.document.kinds import WORKLOADS
from runbook_tui.document.kubectl import KubectlCall
from runbook_tui.targets.kubernetes import manifests
from runbook_tui.targets.kubernetes.api import Api
from runbook_tui.targets.kubernetes.faults import KubeError
from runbook_tui.targets.kubernetes.resources import Resources

AT_ONCE = 16
REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_PATCHING = frozenset(
    ["set", "patch", "annotate", "label", "edit", "rollout", "cordon", "uncordon", "taint", "traffic"]
)


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A call that a document will make, and where it says so."""

    call: KubectlCall
    title: str
    line: int


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """One permission."""

    verb: str
    kind: str
    namespace: str
    name: str = ""
    subresource: str = ""


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A permission that is not there, and what for."""

    need: Need
    why: str

    @property
    def sentence(self) -> str:
        thing = f"{self.need.kind.lower()}s" + (f"/{self.need.subresource}" if self.need.subresource else "")
        return f"may not {self.need.verb} {thing} in {self.need.namespace} ({self.why})"


async def missing(
    api: Api, resources: Resources, planned: Iterable[Planned], folder: Path, *, deadline: float = 10.0
) -> list[Missing]:
    """What the plan needs and the cluster will not allow. Raises KubeError when it cannot be asked."""
    wanted: dict[Need, str] = {}
    for one in planned:
        why = f"“{one.title}”, line {one.line}"
        for need in _forward(one.call, api.how.namespace, folder):
            wanted.setdefault(need, why)
        for need in _back(one.call, api.how.namespace):
            wanted.setdefault(need, f"the way back from {why}")
    gate = asyncio.Semaphore(AT_ONCE)

    async def allowed(need: Need) -> bool:
        resource = await resources.find(need.kind)
        if resource is None:
            return True  # the cluster does not serve it: the command itself will say so
        attributes = {
            "verb": need.verb,
            "group": resource.group,
            "resource": resource.plural,
            "subresource": need.subresource,
            "namespace": need.namespace if resource.namespaced else "",
            "name": need.name,
        }
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        async with gate:
            answer = await api.post(REVIEW, body)
        return bool((answer.get("status") or {}).get("allowed"))

    try:
        async with asyncio.timeout(deadline):
            answers = await asyncio.gather(*map(allowed, wanted))
    except TimeoutError:
        raise KubeError(f"the cluster did not say within {deadline:.0f} s what is allowed") from None
    return [Missing(need=need, why=why) for (need, why), yes in zip(wanted.items(), answers, strict=True) if not yes]


def _forward(call: KubectlCall, default: str, folder: Path) -> list[Need]:
    """What the call itself needs."""
    namespace = call.namespace or default
    first = call.verb.split(" ", 1)[0]
    named = [(one.kind, one.name) for one in call.objects]
    if call.files:
        read = manifests.read(call.files, folder, recursive=call.option("--recursive") is not None)
        named += [(str(one["kind"]), str(one["metadata"]["name"])) for one in read.objects]
    verbs: Sequence[str] = ()
    if first == "apply":
        verbs = ("get", "create", "patch")
    elif first in _PATCHING and call.verb != "rollout status":
        verbs = ("get", "patch")
    elif first in ("create", "run", "expose", "autoscale"):
        verbs = ("create",)
    elif first == "delete":
        verbs = ("delete",)
    elif first in ("get", "wait", "describe") or call.verb == "rollout status":
        verbs = ("get", "list", "watch") if call.follows else ("get",)
    needs = [Need(verb=verb, kind=kind, namespace=namespace) for kind, _ in named for verb in verbs]
    if first == "scale":
        needs += [
            Need(verb="patch", kind=kind, namespace=namespace, subresource="scale")
            for kind, _ in named
            if kind != "Pod"
        ]
    if first == "drain":
        needs = [
            Need(verb="get", kind="Node", namespace=""),
            Need(verb="patch", kind="Node", namespace=""),
            Need(verb="create", kind="Pod", namespace=namespace, subresource="eviction"),
        ]
    return needs


def _back(call: KubectlCall, default: str) -> list[Need]:
    """What taking it back needs."""
    if not call.changes:
        return []
    namespace = call.namespace or default
    needs: list[Need] = []
    for one in call.objects:
        if one.kind in WORKLOADS:
            needs += [Need(verb=verb, kind=one.kind, namespace=namespace) for verb in ("get", "list", "watch", "patch")]
            needs += [Need(verb=verb, kind="Pod", namespace=namespace) for verb in ("list", "watch")]
        if one.kind == "Deployment":
            needs += [Need(verb=verb, kind="ReplicaSet", namespace=namespace) for verb in ("list", "watch")]
        if one.kind == "StatefulSet":
            needs.append(Need(verb="delete", kind="Pod", namespace=namespace))
        if one.kind in ("ConfigMap", "Service", "HTTPRoute", "Ingress", "HorizontalPodAutoscaler"):
            needs += [Need(verb=verb, kind=one.kind, namespace=namespace) for verb in ("get", "patch")]
        if call.verb.startswith("create") and one.kind not in ("Secret", "Namespace"):
            needs.append(Need(verb="delete", kind=one.kind, namespace=namespace))
    return needs
