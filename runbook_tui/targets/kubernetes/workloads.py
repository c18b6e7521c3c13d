"""How a workload's pods stand, as gates want to know it; implements `run.workloads.Workloads`."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from runbook_tui.run.workloads import PodSeen, Workload, WorkloadSeen
from runbook_tui.targets.kubernetes.api import Api
from runbook_tui.targets.kubernetes.clusters import Clusters
from runbook_tui.targets.kubernetes.faults import KubeError, NotThere
from runbook_tui.targets.kubernetes.mirror import Meta
from runbook_tui.targets.kubernetes.resources import known
from runbook_tui.targets.kubernetes.rollout import ReplicaSet
from runbook_tui.targets.kubernetes.rollout import Workload as Described
from runbook_tui.targets.loop import OwnLoop

SHARED = 1.0  # seconds that one answer serves every condition over the same workload
DEADLINE = 8.0  # seconds for all questions of one look
UNREADY = timedelta(seconds=60)  # a pod that is not ready for longer fails
_STARTING = ("ContainerCreating", "PodInitializing", "")
_OVER = ("Succeeded", "Failed")  # no pod that its controller counts: it makes another


class Ended(msgspec.Struct, frozen=True):
    reason: str = ""
    exitCode: int = 0  # noqa: N815  # as the API spells it
    finishedAt: datetime | None = None  # noqa: N815


class State(msgspec.Struct, frozen=True):
    waiting: Ended | None = None
    terminated: Ended | None = None


class Container(msgspec.Struct, frozen=True):
    restartCount: int = 0  # noqa: N815
    state: State = State()
    lastState: State = State()  # noqa: N815


class Condition(msgspec.Struct, frozen=True):
    type: str = ""
    status: str = ""
    reason: str = ""
    lastTransitionTime: datetime | None = None  # noqa: N815


class Status(msgspec.Struct, frozen=True):
    phase: str = ""
    reason: str = ""
    conditions: tuple[Condition, ...] | None = None
    containerStatuses: tuple[Container, ...] | None = None  # noqa: N815
    initContainerStatuses: tuple[Container, ...] | None = None  # noqa: N815


class Pod(msgspec.Struct, frozen=True):
    metadata: Meta
    status: Status = Status()


class ClusterWorkloads:
    """Asked from any loop; the questions are put on the loop of Kubernetes."""

    def __init__(self, loop: OwnLoop, clusters: Clusters, *, environ: Mapping[str, str] | None = None) -> None:
        self._loop = loop
        self._clusters = clusters
        self._environ = environ
        self._looks: dict[Workload, tuple[float, asyncio.Task[WorkloadSeen | None]]] = {}

    async def look(self, at: Workload) -> WorkloadSeen | None:
        """How it stands; None when there is none. Raises KubeError when the cluster cannot or will not say."""
        return await self._loop.run(self._shared(at))

    async def close(self) -> None:
        """The connections belong to whoever opened them."""

    async def _shared(self, at: Workload) -> WorkloadSeen | None:
        now = time.monotonic()
        begun, task = self._looks.get(at, (0.0, None))
        if task is None or now - begun > SHARED:
            task = asyncio.create_task(self._look(at))
            self._looks[at] = (now, task)
        return await asyncio.shield(task)

    async def _look(self, at: Workload) -> WorkloadSeen | None:
        try:
            async with asyncio.timeout(DEADLINE):
                environ = dict(os.environ if self._environ is None else self._environ)
                cluster = await self._clusters.of(environ, context=at.context or None)
                return await _seen(cluster.api, at)
        except TimeoutError:
            raise KubeError(f"{at.shown}: the cluster did not answer within {DEADLINE:g} s") from None


async def _seen(api: Api, at: Workload) -> WorkloadSeen | None:
    namespace = at.namespace or api.how.namespace
    try:
        body = await api.raw("GET", known(at.kind).path(namespace, at.name))
    except NotThere:
        return None
    one = msgspec.json.decode(body, type=Described)
    selector = _selector(one)
    pods, _ = await api.list_as(known("Pod").path(namespace), Pod, {"labelSelector": selector})
    newest = await _newest(api, at.kind, one, namespace, selector)
    now = datetime.now(UTC) + timedelta(seconds=api.ahead)
    status, daemons = one.status, at.kind == "DaemonSet"
    desired = status.get("desiredNumberScheduled", 0) if daemons else one.spec.get("replicas", 1)
    available = status.get("numberAvailable" if daemons else "availableReplicas", 0)
    if at.kind == "StatefulSet":  # servers before 1.22 do not tell it
        available = max(available, status.get("readyReplicas", 0))
    return WorkloadSeen(
        at=now,
        desired=int(desired),
        available=int(available),
        behind=int(status.get("observedGeneration", 0)) < one.metadata.generation,
        pods=tuple(
            _pod(pod, newest, now)
            for pod in pods
            if not pod.metadata.deletionTimestamp and pod.status.phase not in _OVER
        ),
    )


def _pod(pod: Pod, newest: Mapping[str, str], now: datetime) -> PodSeen:
    status, labels = pod.status, pod.metadata.labels or {}
    containers = (*(status.initContainerStatuses or ()), *(status.containerStatuses or ()))
    ended = [one.lastState.terminated for one in containers]
    made = _time(pod.metadata.creationTimestamp) or now
    told = next((one for one in status.conditions or () if one.type == "Ready"), None)
    return PodSeen(
        uid=pod.metadata.uid,
        ready=told is not None and told.status == "True",
        failing=_failing(status, containers, told, made, now),
        newest=bool(newest) and all(labels.get(key) == value for key, value in newest.items()),
        made=made,
        restarts=tuple(one.restartCount for one in containers),
        restarted=tuple(None if one is None else one.finishedAt for one in ended),
    )


def _failing(
    status: Status, containers: tuple[Container, ...], told: Condition | None, made: datetime, now: datetime
) -> str:
    if told is not None and told.status == "True":
        return ""
    if status.phase == "Unknown":
        return status.reason or "its node is silent"
    for one in containers:
        if one.state.waiting is not None and one.state.waiting.reason not in _STARTING:
            return one.state.waiting.reason
        if one.state.terminated is not None and one.state.terminated.exitCode:
            return one.state.terminated.reason or "Error"
    placed = next((one for one in status.conditions or () if one.type == "PodScheduled"), None)
    if placed is not None and placed.status == "False":
        return placed.reason or "not scheduled"
    since = (told.lastTransitionTime if told is not None else None) or made
    return "not ready" if now - since > UNREADY else ""


async def _newest(api: Api, kind: str, one: Described, namespace: str, selector: str) -> dict[str, str]:
    """The labels of the pods of the revision that is rolled out now; empty when that is not known."""
    if kind == "StatefulSet":
        revision = one.status.get("updateRevision")
        return {"controller-revision-hash": str(revision)} if revision else {}
    if kind == "DaemonSet":
        generation = (one.metadata.annotations or {}).get("deprecated.daemonset.template.generation")
        return {"pod-template-generation": generation} if generation else {}
    sets, _ = await api.list_as(known("ReplicaSet").path(namespace), ReplicaSet, {"labelSelector": selector})
    mine = [
        one_set
        for one_set in sets
        if any(owner.get("uid") == one.metadata.uid for owner in one_set.metadata.ownerReferences or ())
    ]
    if not mine:
        return {}
    last = max(mine, key=_revision)
    name = (last.metadata.labels or {}).get("pod-template-hash")
    return {"pod-template-hash": name} if name else {}


def _revision(one: ReplicaSet) -> int:
    said = (one.metadata.annotations or {}).get("deployment.kubernetes.io/revision", "0")
    return int(said) if said.isdigit() else 0


def _selector(one: Described) -> str:
    said = one.spec.get("selector") or {}
    parts = [f"{key}={value}" for key, value in (said.get("matchLabels") or {}).items()]
    for rule in said.get("matchExpressions") or ():
        key, values = rule.get("key"), ",".join(rule.get("values") or ())
        match rule.get("operator"):
            case "In":
                parts.append(f"{key} in ({values})")
            case "NotIn":
                parts.append(f"{key} notin ({values})")
            case "Exists":
                parts.append(str(key))
            case "DoesNotExist":
                parts.append(f"!{key}")
    return ",".join(parts)


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
