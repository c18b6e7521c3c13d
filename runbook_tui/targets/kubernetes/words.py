"""Objects and their changes in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runbook_tui.document.kinds import WORKLOADS
from runbook_tui.run.sightings import Tier
from runbook_tui.targets.kubernetes.essence import Essence, Path, differences, value_at

_TRAFFIC = frozenset(["Service", "HTTPRoute", "Ingress", "GRPCRoute", "VirtualService"])
_DATA = frozenset(["Namespace", "PersistentVolumeClaim", "PersistentVolume", "CustomResourceDefinition"])
_CANARY = "nginx.ingress.kubernetes.io/canary"


def title(kind: str, name: str) -> str:
    return f"{kind.lower()}/{name}"


def state(kind: str, thing: Essence | None) -> str:
    """What an object is, as short as it tells two states apart."""
    if thing is None:
        return "not there"
    spec = thing.get("spec") or {}
    match kind:
        case "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet":
            parts = [", ".join(images(spec.get("template")))]
            if "replicas" in spec:
                parts.append(f"{spec['replicas']} replicas")
            return ", ".join(part for part in parts if part)
        case "ConfigMap":
            return _entries({**(thing.get("data") or {}), **(thing.get("binaryData") or {})})
        case "Secret":
            return _entries(thing.get("data") or {}) + " (hashes only)"
        case "Service":
            return "to " + ", ".join(f"{key}={value}" for key, value in sorted((spec.get("selector") or {}).items()))
        case "HTTPRoute":
            return "weights " + " : ".join(f"{name} {weight}" for name, weight in weights(thing))
        case "Ingress":
            notes = (thing.get("metadata") or {}).get("annotations") or {}
            return f"canary weight {notes.get(_CANARY + '-weight', '0')}" if notes.get(_CANARY) == "true" else "rules"
        case "HorizontalPodAutoscaler":
            return f"{spec.get('minReplicas', 1)} to {spec.get('maxReplicas')} replicas"
        case "Node":
            return "cordoned" if spec.get("unschedulable") else "takes pods"
        case _:
            return "as it was"


def _entries(data: Mapping[str, Any]) -> str:
    names = ", ".join(sorted(data)[:3]) + (" …" if len(data) > 3 else "")
    return f"{len(data)} {'entry' if len(data) == 1 else 'entries'}" + (f": {names}" if names else "")


def images(template: Mapping[str, Any] | None) -> list[str]:
    """The images of a pod template, without the registry's name."""
    spec = (template or {}).get("spec") or {}
    return [str(one.get("image", "")).rsplit("/", 1)[-1] for one in spec.get("containers") or []]


def weights(route: Essence) -> list[tuple[str, int]]:
    """The backends of an HTTPRoute's first rule and their weights."""
    rules = (route.get("spec") or {}).get("rules") or [{}]
    return [(str(one.get("name")), int(one.get("weight", 1))) for one in rules[0].get("backendRefs") or []]


def change(kind: str, before: Essence | None, after: Essence | None) -> str:
    """What is otherwise, in words; never the contents of anything."""
    if before is None:
        return f"made: {state(kind, after)}"
    if after is None:
        return f"deleted (was {state(kind, before)})"
    old, new = state(kind, before), state(kind, after)
    if old != new:
        return f"{old} → {new}"
    return "changed in " + ", ".join(_place(path) for path in differences(before, after)[:4])


def _place(path: Path) -> str:
    if path == ("spec", "template"):
        return "the pod template"
    if path and path[0] in ("data", "binaryData"):
        return path[-1]
    return ".".join(path)


def tier(kind: str, before: Essence | None, after: Essence | None) -> Tier:
    """When it is put back: what gives capacity before what moves traffic, and what takes capacity away last."""
    if before is None:
        return Tier.SHRINK
    if kind in _TRAFFIC:
        return Tier.TRAFFIC
    if kind in WORKLOADS or kind in {"HorizontalPodAutoscaler", "Node", "ReplicaSet"}:
        place = ("spec", "replicas")
        old, new = value_at(before, place), value_at(after or {}, place)
        only_size = after is not None and set(differences(before, after)) == {place}
        grew = isinstance(old, int) and isinstance(new, int) and old < new
        return Tier.SHRINK if only_size and grew else Tier.CAPACITY
    return Tier.CONFIGURATION


def obstacle(kind: str, thing: Mapping[str, Any] | None) -> str:
    """Why an object could not be put back once it is changed, or nothing."""
    if thing is None:
        return "data is not deleted by machine" if kind in _DATA else ""
    if kind in {"PersistentVolumeClaim", "PersistentVolume", "Namespace"}:
        return "what it held does not come back"
    if kind == "Secret":
        return "its values are never recorded: put it back from where secrets are kept"
    if kind == "Pod":
        owned = (thing.get("metadata") or {}).get("ownerReferences")
        return "its controller makes a new one" if owned else "a bare pod does not come back"
    if kind == "Job":
        return "what a job did is not undone"
    if kind == "Deployment":
        spec = thing.get("spec") or {}
        if spec.get("revisionHistoryLimit") == 0:
            return "revisionHistoryLimit is 0: the cluster keeps nothing to go back to"
        if spec.get("paused"):
            return "it is paused: a rollout back would not begin"
    return ""


def not_restored(kind: str, before: Essence | None, after: Essence | None) -> str:
    """What putting it back does not bring back."""
    if kind == "Node":
        return "pods that were drained do not move back"
    if kind == "StatefulSet":
        return "what its pods wrote meanwhile stays"
    if before is not None and after is None and kind in WORKLOADS:
        return "it is made anew: its history of revisions is gone"
    return ""
