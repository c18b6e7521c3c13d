"""How far a rollout is, and the tree of what it moves. Pure; the rules are those of kubectl's rollout_status.go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from runbook_tui.run.live import Branch, Phase, Rollout
from runbook_tui.targets.kubernetes.mirror import Meta


class Workload(msgspec.Struct, frozen=True):
    """A Deployment, StatefulSet or DaemonSet, only what a rollout shows."""

    metadata: Meta
    spec: dict[str, Any]
    status: dict[str, Any] = {}  # frozen, and msgspec copies it


class ReplicaSet(msgspec.Struct, frozen=True):
    metadata: Meta
    spec: dict[str, Any] = {}
    status: dict[str, Any] = {}


class ContainerState(msgspec.Struct, frozen=True):
    reason: str = ""


class Container(msgspec.Struct, frozen=True):
    ready: bool = False
    restartCount: int = 0  # noqa: N815
    state: dict[str, ContainerState | None] = {}


class Condition(msgspec.Struct, frozen=True):
    type: str
    status: str = ""
    reason: str = ""
    message: str = ""


class PodStatus(msgspec.Struct, frozen=True):
    phase: str = ""
    reason: str = ""
    conditions: tuple[Condition, ...] | None = None
    containerStatuses: tuple[Container, ...] | None = None  # noqa: N815


class Pod(msgspec.Struct, frozen=True):
    """One pod, only what the tree shows: thousands of them are kept at once."""

    metadata: Meta
    status: PodStatus = PodStatus()

    @property
    def ready(self) -> bool:
        return any(one.type == "Ready" and one.status == "True" for one in self.status.conditions or ())

    @property
    def word(self) -> str:
        """How it is, as `kubectl get pods` says it."""
        if self.metadata.deletionTimestamp:
            return "Terminating"
        for container in self.status.containerStatuses or ():
            for kind in ("waiting", "terminated"):
                state = container.state.get(kind)
                if state is not None and state.reason:
                    return state.reason
        return self.status.reason or self.status.phase or "Unknown"

    @property
    def restarts(self) -> int:
        return sum(one.restartCount for one in self.status.containerStatuses or ())


class Warned(msgspec.Struct, frozen=True):
    """A warning event."""

    metadata: Meta
    reason: str = ""
    message: str = ""
    count: int | None = 1
    involvedObject: dict[str, Any] = {}  # noqa: N815


def rollout(kind: str, one: Workload | None) -> Rollout:
    """Where a workload stands; None is one that is not there any more."""
    if one is None:
        return Rollout(phase=Phase.GONE, says="it is not there any more")
    if kind == "DaemonSet":
        return _daemon_set(one)
    spec, status = one.spec, one.status
    wanted = int(spec.get("replicas", 1))
    updated, ready = int(status.get("updatedReplicas", 0)), int(status.get("readyReplicas", 0))
    available, all_ = int(status.get("availableReplicas", 0)), int(status.get("replicas", 0))
    if kind == "StatefulSet":
        available = max(available, ready)
    counts = {"wanted": wanted, "updated": updated, "ready": ready, "available": available}

    def stands(phase: Phase, says: str) -> Rollout:
        return Rollout(phase=phase, says=says, **counts)

    if int(status.get("observedGeneration", 0)) < one.metadata.generation:
        return stands(Phase.WAITING, "waiting for the controller to see the change")
    for condition in status.get("conditions") or ():
        if condition.get("type") == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            return stands(Phase.FAILED, str(condition.get("message") or "its progress deadline is over"))
    if spec.get("paused") and (updated < wanted or all_ > updated):
        return stands(Phase.PAUSED, "paused: it does not go on by itself")
    if kind == "StatefulSet":
        return _stateful_set(one, counts)
    if updated < wanted:
        return stands(Phase.MOVING, f"{updated} of {wanted} pods are new")
    if all_ > updated:
        return stands(Phase.MOVING, f"{all_ - updated} old pods are still there")
    if available < updated:
        return stands(Phase.MOVING, f"{available} of {updated} new pods are available")
    return stands(Phase.DONE, f"{available} of {wanted} pods are new and available")


def _stateful_set(one: Workload, counts: dict[str, int]) -> Rollout:
    status = one.status
    wanted, updated, ready = counts["wanted"], counts["updated"], counts["ready"]
    strategy = one.spec.get("updateStrategy") or {}
    partition = int((strategy.get("rollingUpdate") or {}).get("partition") or 0)
    if ready < wanted:
        return Rollout(phase=Phase.MOVING, says=f"{ready} of {wanted} pods are ready", **counts)
    if strategy.get("type") != "OnDelete" and updated < wanted - partition:
        same = status.get("updateRevision") == status.get("currentRevision")
        if not same:
            return Rollout(phase=Phase.MOVING, says=f"{updated} of {wanted - partition} pods are new", **counts)
    return Rollout(phase=Phase.DONE, says=f"{ready} of {wanted} pods are ready", **counts)


def _daemon_set(one: Workload) -> Rollout:
    status = one.status
    wanted = int(status.get("desiredNumberScheduled", 0))
    updated, available = int(status.get("updatedNumberScheduled", 0)), int(status.get("numberAvailable", 0))
    counts = {"wanted": wanted, "updated": updated, "ready": int(status.get("numberReady", 0)), "available": available}
    if int(status.get("observedGeneration", 0)) < one.metadata.generation:
        return Rollout(phase=Phase.WAITING, says="waiting for the controller to see the change", **counts)
    if updated < wanted:
        return Rollout(phase=Phase.MOVING, says=f"{updated} of {wanted} pods are new", **counts)
    if available < wanted:
        return Rollout(phase=Phase.MOVING, says=f"{available} of {wanted} pods are available", **counts)
    return Rollout(phase=Phase.DONE, says=f"{available} of {wanted} pods are available", **counts)


def old_pods(kind: str, one: Workload, pods: Iterable[Pod]) -> list[Pod]:
    """Pods of a StatefulSet that do not run its update revision: kubectl calls such a rollout done all the same."""
    if kind != "StatefulSet":
        return []
    revision = one.status.get("updateRevision")
    label = "controller-revision-hash"
    return [pod for pod in pods if revision and (pod.metadata.labels or {}).get(label) != revision]


def tree(
    kind: str,
    one: Workload | None,
    sets: Iterable[ReplicaSet],
    pods: Iterable[Pod],
    *,
    most: int = 8,
) -> tuple[Branch, ...]:
    """ReplicaSets, the newest first, and the pods of each; of many pods only those that are not well, and a count."""
    if one is None:
        return ()
    owned: dict[str, list[Pod]] = {}
    for pod in pods:
        for owner in pod.metadata.ownerReferences or ():
            if owner.get("controller"):
                owned.setdefault(str(owner.get("uid")), []).append(pod)
    if kind != "Deployment":
        revision = one.status.get("updateRevision")
        mine = owned.get(one.metadata.uid, [])
        return tuple(_pods(mine, 0, most, lambda pod: _hash(pod) == revision if revision else False))
    out: list[Branch] = []
    mine_sets = [
        one_set
        for one_set in sets
        if any(owner.get("uid") == one.metadata.uid for owner in one_set.metadata.ownerReferences or ())
    ]
    mine_sets.sort(key=lambda one_set: _revision(one_set.metadata.annotations), reverse=True)
    for number, one_set in enumerate(mine_sets):
        members = owned.get(one_set.metadata.uid, [])
        if not members and number and not int(one_set.status.get("replicas", 0)):
            continue
        ready = sum(pod.ready for pod in members)
        wanted = int(one_set.spec.get("replicas", 0))
        title = f"revision {_revision(one_set.metadata.annotations)}  {one_set.metadata.name}"
        out.append(
            Branch(depth=0, title=title, word=f"{ready} of {wanted} ready", good=ready == wanted, new=number == 0)
        )
        out += _pods(members, 1, most if number == 0 else max(2, most // 2), lambda _: number == 0)  # noqa: B023
    return tuple(out)


def _pods(pods: list[Pod], depth: int, most: int, new: Any) -> list[Branch]:
    """The worst first; what does not fit is counted."""
    ranked = sorted(pods, key=lambda pod: (pod.ready, pod.metadata.name))
    shown = ranked if len(ranked) <= most else ranked[: most - 1]
    out = []
    for pod in shown:
        restarts = f", {pod.restarts} restarts" if pod.restarts else ""
        word = ("ready" if pod.ready and pod.word == "Running" else pod.word) + restarts
        good = True if pod.ready else None if pod.word in ("Pending", "ContainerCreating", "Terminating") else False
        out.append(Branch(depth=depth, title=pod.metadata.name, word=word, good=good, new=bool(new(pod))))
    if len(shown) < len(ranked):
        rest = ranked[len(shown) :]
        ready = sum(pod.ready for pod in rest)
        word = f"{ready} ready" if ready == len(rest) else f"{ready} of {len(rest)} ready"
        out.append(Branch(depth=depth, title=f"and {len(rest):,} more pods", word=word, good=ready == len(rest)))
    return out


def warnings(events: Iterable[Warned], names: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """The newest warnings about these objects."""
    wanted = set(names)
    mine = [event for event in events if str(event.involvedObject.get("name")) in wanted]
    mine.sort(key=lambda event: int(event.metadata.resourceVersion or 0), reverse=True)
    told: list[str] = []
    for event in mine:
        text = f"{event.reason}: {event.message}".strip()
        if text not in told:
            told.append(text)
    return tuple(told[:most])


def _hash(pod: Pod) -> str | None:
    return (pod.metadata.labels or {}).get("controller-revision-hash")


def _revision(annotations: Mapping[str, str] | None) -> int:
    try:
        return int((annotations or {}).get("deployment.kubernetes.io/revision", 0))
    except ValueError:
        return 0
