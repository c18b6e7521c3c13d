"""What of an object a command may change and a way back puts back; and how, without touching anybody else's work. Pure.

An essence leaves out what the cluster itself writes (status, versions, the controllers' notes). Of Secrets only hashes
are kept. Three essences decide: before this run, after it, and now. A place that is now as this run left it is put
back; one that already is as before is left alone; anything else is somebody else's, and then nothing is touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

Essence = dict[str, Any]
Path = tuple[str, ...]

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
CAUSE = "kubernetes.io/change-cause"
_THEIRS = ("deployment.kubernetes.io/", "autoscaling.alpha.kubernetes.io/", "control-plane.alpha.kubernetes.io/",
           "pv.kubernetes.io/", "deprecated.daemonset.template.generation", CAUSE)  # fmt: skip
_LEFT_OUT = frozenset(["apiVersion", "kind", "metadata", "status"])
_WHOLE = frozenset(["rules", "selector", "ports", "template"])  # put back in one piece
_MISSING = object()


class Verdict(StrEnum):
    ALREADY = "already"  # it stands as it did before
    PATCH = "patch"
    CREATE = "create"
    DELETE = "delete"
    CONFLICT = "conflict"  # somebody else changed it


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """How one object is put back."""

    verdict: Verdict
    patch: tuple[dict[str, Any], ...] = ()  # JSON patch operations, preconditions not yet among them
    paths: tuple[Path, ...] = ()  # what they touch, or where the conflict is


def essence(thing: Mapping[str, Any] | None, *, autoscaled: bool = False) -> Essence | None:
    """The essence of an object as the API server gives it; None stays None (it is not there)."""
    if thing is None:
        return None
    kind = thing.get("kind", "")
    meta = thing.get("metadata") or {}
    out: Essence = {key: value for key, value in thing.items() if key not in _LEFT_OUT}
    if kind == "Node":
        spec = thing.get("spec") or {}
        return {"spec": {key: spec[key] for key in ("unschedulable", "taints") if key in spec}}
    if kind == "Pod":
        return {"spec": {}}  # a pod is not changed, it is replaced
    if kind == "Secret":
        out = {"type": thing.get("type"), "data": hashes(thing)}
    if autoscaled and isinstance(out.get("spec"), dict):
        out["spec"] = {key: value for key, value in out["spec"].items() if key != "replicas"}
    annotations = {
        key: value
        for key, value in (meta.get("annotations") or {}).items()
        if not key.startswith(_THEIRS) and not (kind == "Secret" and key == LAST_APPLIED)
    }
    out["metadata"] = {"labels": dict(meta.get("labels") or {}), "annotations": annotations}
    return out


def hashes(secret: Mapping[str, Any]) -> dict[str, str]:
    """The values of a Secret as hashes, each salted with the object's own uid."""
    salt = str((secret.get("metadata") or {}).get("uid", ""))
    data = secret.get("data") or {}
    return {key: "sha256:" + hashlib.sha256(f"{salt}\n{value}".encode()).hexdigest() for key, value in data.items()}


def digest(of: Essence | None) -> str:
    """Equal essences have equal digests; empty for what is not there."""
    return "" if of is None else hashlib.sha256(msgspec.json.encode(of, order="sorted")).hexdigest()


def differences(one: Essence | None, other: Essence | None) -> tuple[Path, ...]:
    """The places in which two essences differ, each as fine as it is put back."""
    found: list[Path] = []
    _compare(one or {}, other or {}, (), found)
    return tuple(found)


def _compare(one: Mapping[str, Any], other: Mapping[str, Any], at: Path, found: list[Path]) -> None:
    for key in sorted({*one, *other}):
        left, right = one.get(key, _MISSING), other.get(key, _MISSING)
        if left == right:
            continue
        deeper = len(at) < 2 and key not in _WHOLE and isinstance(left, Mapping) and isinstance(right, Mapping)
        if deeper and isinstance(left, Mapping) and isinstance(right, Mapping):
            _compare(left, right, (*at, key), found)
        else:
            found.append((*at, key))


def decide(
    before: Essence | None, afters: Sequence[Essence | None], now: Essence | None, *, force: bool = False
) -> Decision:
    """How to put an object back.

    `afters` are the states in which this run left it, oldest first; none of them known means that whatever it is now
    is taken for this run's doing. `force` puts it back whoever changed it.
    """
    if now == before:
        return Decision(verdict=Verdict.ALREADY)
    anything = force or not afters
    if before is None:
        ours = anything or now in list(afters)
        return Decision(verdict=Verdict.DELETE if ours else Verdict.CONFLICT)
    if now is None:
        ours = anything or None in list(afters)
        return Decision(verdict=Verdict.CREATE if ours else Verdict.CONFLICT)
    left = [after for after in afters if after is not None]
    touched = {path for after in left for path in differences(before, after)} if left else set(differences(before, now))
    patch: list[dict[str, Any]] = []
    paths: list[Path] = []
    conflicts: list[Path] = []
    made: set[Path] = set()
    for path in sorted(touched):
        value = value_at(now, path)
        if value == value_at(before, path):
            continue
        if not anything and value not in [value_at(after, path) for after in left]:
            conflicts.append(path)
            continue
        patch += _operation(before, now, path, made)
        paths.append(path)
    if conflicts:
        return Decision(verdict=Verdict.CONFLICT, paths=tuple(conflicts))
    return Decision(verdict=Verdict.PATCH if patch else Verdict.ALREADY, patch=tuple(patch), paths=tuple(paths))


def value_at(of: Mapping[str, Any], path: Path) -> Any:
    """The value at a path, or a mark that equals nothing but itself."""
    value: Any = of
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return _MISSING
        value = value[key]
    return value


def pointer(path: Path) -> str:
    """A path as a JSON pointer (RFC 6901)."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)


def _operation(before: Essence, now: Essence, path: Path, made: set[Path]) -> list[dict[str, Any]]:
    value = value_at(before, path)
    if value is _MISSING:
        return [{"op": "remove", "path": pointer(path)}]
    parents: list[dict[str, Any]] = []
    for depth in range(1, len(path)):  # JSON patch makes no parents by itself
        parent = path[:depth]
        if value_at(now, parent) in (_MISSING, {}) and parent != ("metadata",) and parent not in made:
            made.add(parent)
            parents.append({"op": "add", "path": pointer(parent), "value": {}})
    return [*parents, {"op": "add", "path": pointer(path), "value": value}]
