"""The kubectl commands that a way back needs, without kubectl: status, restart, undo, history, scale, set image.

The requests are those that kubectl sends (facts of its wire log), with a precondition where it sends none.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from runbook_tui.document.kinds import WORKLOADS
from runbook_tui.document.kubectl import KubectlCall, ObjectName
from runbook_tui.run.live import Phase
from runbook_tui.targets.kubernetes.api import MERGE, STRATEGIC
from runbook_tui.targets.kubernetes.clusters import Cluster
from runbook_tui.targets.kubernetes.faults import KubeError, NotThere
from runbook_tui.targets.kubernetes.following import Follower, selector_of
from runbook_tui.targets.kubernetes.resources import known

VERBS = ("rollout status", "rollout restart", "rollout undo", "rollout history", "scale", "set image")
FOR_EVER = 7 * 24 * 3600.0  # seconds: kubectl waits without a limit
_REVISION = "deployment.kubernetes.io/revision"
_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
Say = Callable[[str], None]


async def perform(cluster: Cluster, call: KubectlCall, say: Say) -> int:
    """Do what the call says; an exit status. Raises KubeError with the reason when the cluster refuses."""
    deeds: dict[str, Callable[[Cluster, KubectlCall, ObjectName, Say], Awaitable[int]]] = {
        "rollout status": _status,
        "rollout restart": _restart,
        "rollout undo": _undo,
        "rollout history": _history,
        "scale": _scale,
        "set image": _set_image,
    }
    deed = deeds.get(call.verb)
    if deed is None:
        raise KubeError(
            f"kubectl is not installed here, and {call.verb!r} is none of what rbt does by itself: {', '.join(VERBS)}"
        )
    named = [one for one in call.objects if one.name]
    if not named or any(one.kind not in WORKLOADS for one in named):
        raise KubeError(
            "kubectl is not installed here; rbt by itself wants a deployment, statefulset or daemonset by name"
        )
    return max([await deed(cluster, call, one, say) for one in named])


def seconds(text: str | None, otherwise: float) -> float:
    """A duration as kubectl writes it (`10m`, `1h30m`, `0` for none)."""
    found = _DURATION.findall(text or "")
    return sum(float(number) * _UNITS[unit] for number, unit in found) or otherwise


def _place(cluster: Cluster, call: KubectlCall) -> str:
    return call.namespace or cluster.api.how.namespace


async def _status(cluster: Cluster, call: KubectlCall, one: ObjectName, say: Say) -> int:
    namespace = _place(cluster, call)
    thing = await cluster.api.get(known(one.kind).path(namespace, one.name))
    follower = Follower(cluster.api, one.kind, namespace, one.name, selector_of(thing["spec"]))
    follower.start()
    try:
        deadline = seconds(call.option("--timeout"), FOR_EVER)
        stands = await follower.done(say=say, deadline=deadline, heal=False)
    finally:
        await follower.stop()
    if stands.phase is Phase.DONE:
        say(f'{one.kind.lower()} "{one.name}" successfully rolled out')
        return 0
    why = stands.says if stands.phase in (Phase.FAILED, Phase.GONE) else f"not at its end in time: {stands.says}"
    say(f"error: {why}")
    return 1


async def _restart(cluster: Cluster, call: KubectlCall, one: ObjectName, say: Say) -> int:
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    template = {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": stamp}}}
    await _patch(cluster, call, one, {"spec": {"template": template}})
    say(f"{one} restarted")
    return 0


async def _scale(cluster: Cluster, call: KubectlCall, one: ObjectName, say: Say) -> int:
    wanted = call.option("--replicas") or ""
    if not wanted.isdigit():
        raise KubeError("scale wants --replicas=COUNT")
    path = known(one.kind).path(_place(cluster, call), one.name) + "/scale"
    expected = call.option("--current-replicas")
    body: dict[str, Any] = {"spec": {"replicas": int(wanted)}}
    if expected is not None:
        now = await cluster.api.get(path)
        if str(now["spec"].get("replicas", 0)) != expected:
            raise KubeError(f"{one} has {now['spec'].get('replicas', 0)} replicas, not {expected}: nothing was changed")
        body["metadata"] = {"resourceVersion": now["metadata"]["resourceVersion"]}
    await cluster.api.patch(path, body, kind=MERGE, dry_run=call.dry_run)
    say(f"{one} scaled")
    return 0


async def _set_image(cluster: Cluster, call: KubectlCall, one: ObjectName, say: Say) -> int:
    thing = await cluster.api.get(known(one.kind).path(_place(cluster, call), one.name))
    spec = thing["spec"]["template"]["spec"]
    images = dict(pair.split("=", 1) for pair in call.assignments)
    every = images.pop("*", None)
    body: dict[str, list[dict[str, str]]] = {}
    for group in ("containers", "initContainers"):
        for container in spec.get(group) or ():
            image = images.pop(container["name"], every)
            if image is not None:
                body.setdefault(group, []).append({"name": container["name"], "image": image})
    if images:
        raise KubeError(f"{one} has no container {', '.join(sorted(images))}: nothing was changed")
    await _patch(cluster, call, one, {"spec": {"template": {"spec": body}}})
    say(f"{one} image updated")
    return 0


async def _patch(cluster: Cluster, call: KubectlCall, one: ObjectName, body: dict[str, Any]) -> None:
    path = known(one.kind).path(_place(cluster, call), one.name)
    await cluster.api.patch(path, body, kind=STRATEGIC, dry_run=call.dry_run)


# --- revisions -----------------------------------------------------------------------------------


async def _revisions(cluster: Cluster, call: KubectlCall, one: ObjectName) -> tuple[dict[str, Any], dict[int, Any]]:
    """The workload, and what is kept of its revisions by number, numbers of before an undo included."""
    namespace = _place(cluster, call)
    thing = await cluster.api.get(known(one.kind).path(namespace, one.name))
    kind = "ReplicaSet" if one.kind == "Deployment" else "ControllerRevision"
    listed = await cluster.api.all_of(known(kind).path(namespace), labelSelector=selector_of(thing["spec"]))
    uid = thing["metadata"]["uid"]
    kept: dict[int, Any] = {}
    for item in listed:
        meta = item["metadata"]
        if not any(owner.get("uid") == uid and owner.get("controller") for owner in meta.get("ownerReferences") or ()):
            continue
        notes = meta.get("annotations") or {}
        number = int(notes.get(_REVISION, 0)) if kind == "ReplicaSet" else int(item["revision"])
        kept[number] = item
        for before in filter(None, notes.get(f"{_REVISION}-history", "").split(",")):
            kept.setdefault(int(before), item)
    return thing, kept


async def _history(cluster: Cluster, call: KubectlCall, one: ObjectName, say: Say) -> int:
    _, kept = await _revisions(cluster, call, one)
    say(str(one))
    for number in sorted(kept):
        template = (kept[number].get("spec") or kept[number].get("data", {}).get("spec", {})).get("template") or {}
        images = ", ".join(one["image"] for one in (template.get("spec") or {}).get("containers") or ())
        cause = (kept[number]["metadata"].get("annotations") or {}).get("kubernetes.io/change-cause", "")
        say(f"{number:>4}  {images}  {cause}".rstrip())
    return 0


async def _undo(cluster: Cluster, call: KubectlCall, one: ObjectName, say: Say) -> int:
    thing, kept = await _revisions(cluster, call, one)
    if (thing["spec"].get("paused")) and one.kind == "Deployment":
        raise KubeError(f"{one} is paused: resume it first. Nothing was changed")
    wanted = int(call.option("--to-revision") or 0)
    notes = thing["metadata"].get("annotations") or {}
    now = int(notes.get(_REVISION, 0)) if one.kind == "Deployment" else max(kept, default=0)
    if not wanted:
        earlier = [number for number in kept if number < now and kept[number] is not kept.get(now)]
        if not earlier:
            raise NotThere(f"{one} has no revision before {now}: nothing was changed")
        wanted = max(earlier)
    if wanted not in kept:
        raise NotThere(
            f"{one} has no revision {wanted} (kept: {', '.join(map(str, sorted(kept)))}): nothing was changed"
        )
    path = known(one.kind).path(_place(cluster, call), one.name)
    if one.kind == "Deployment":
        await cluster.api.patch(path, _template_patch(thing, kept[wanted]), dry_run=call.dry_run)
    else:
        body = {**kept[wanted]["data"], "metadata": {"resourceVersion": thing["metadata"]["resourceVersion"]}}
        await cluster.api.patch(path, body, kind=STRATEGIC, dry_run=call.dry_run)
    say(f"{one} rolled back to revision {wanted}")
    return 0


def _template_patch(thing: dict[str, Any], replica_set: dict[str, Any]) -> list[dict[str, Any]]:
    """Only the template, and only of the object that was read: kubectl replaces all annotations, we keep them."""
    template = replica_set["spec"]["template"]
    labels = {key: value for key, value in template["metadata"]["labels"].items() if key != "pod-template-hash"}
    meta = thing["metadata"]
    return [
        {"op": "test", "path": "/metadata/uid", "value": meta["uid"]},
        {"op": "test", "path": "/spec/template", "value": thing["spec"]["template"]},
        {
            "op": "replace",
            "path": "/spec/template",
            "value": {**template, "metadata": {**template["metadata"], "labels": labels}},
        },
    ]
