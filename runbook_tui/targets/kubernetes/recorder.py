"""Records what commands are about to change, and looks afterwards what they changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from runbook_tui.document.kinds import WORKLOADS, canonical
from runbook_tui.document.kubectl import KubectlCall
from runbook_tui.run.sightings import ChangedObject, SeenObject
from runbook_tui.targets.kubernetes import manifests, words
from runbook_tui.targets.kubernetes.api import Api
from runbook_tui.targets.kubernetes.essence import digest, essence
from runbook_tui.targets.kubernetes.faults import KubeError, NotThere
from runbook_tui.targets.kubernetes.following import selector_of
from runbook_tui.targets.kubernetes.resources import Resource, Resources, known
from runbook_tui.targets.kubernetes.snapshot import Identity, Recorded, Snapshot

AT_ONCE = 24  # requests under way
MOST = 300  # objects of one snapshot that a command only may mean
READ = 6.0  # seconds for one request
_NOISE = ("managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink", "deletionTimestamp")


class Wanted(msgspec.Struct, frozen=True):
    """An object that a command means."""

    kind: str
    namespace: str
    name: str
    version: str = ""
    direct: bool = True


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot and what is to be said about it."""

    snapshot: Snapshot
    complete: bool
    obstacles: tuple[str, ...]


class Recorder:
    """One cluster, read only."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.resources = Resources(api)
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def before(self, calls: Sequence[KubectlCall], folder: Path, *, sole: bool) -> Record:
        """Everything these calls will change, and what belongs to it. Raises KubeError when the cluster is away."""
        troubles: list[str] = []
        wanted: dict[tuple[str, str, str], Wanted] = {}
        for call in calls:
            if not (call.changes or call.dry_run):
                continue
            for one in await self._meant(call, folder, troubles):
                wanted.setdefault((one.kind, one.namespace, one.name), one)
        objects = await self._recorded(wanted.values(), troubles)
        around: list[str] = []  # what belongs to it and cannot be seen makes the record no less complete
        near = await self._neighbours(objects, around)
        new = [one for one in near if (one.kind, one.namespace, one.name) not in wanted]
        objects += await self._recorded(new, around)
        objects = await self._identified(_with_autoscaling(objects))
        snapshot = self._snapshot(objects)
        told = tuple(dict.fromkeys([*troubles, *around]))
        return Record(snapshot=snapshot, complete=sole and not troubles, obstacles=told)

    async def again(self, snapshot: Snapshot) -> Snapshot:
        """The same objects as they are now. Raises KubeError when one of them cannot be read."""
        troubles: list[str] = []
        wanted = [Wanted(one.kind, one.namespace, one.name, one.version, one.direct) for one in snapshot.objects]
        objects = await self._recorded(wanted, troubles)
        if troubles:
            raise KubeError("; ".join(troubles[:3]))
        autoscaled = {one.key for one in snapshot.objects if one.autoscaled}
        return self._snapshot([_autoscaled(one) if one.key in autoscaled else one for one in objects])

    async def of_keys(self, wanted: Iterable[Wanted]) -> Snapshot:
        """These very objects."""
        return self._snapshot(_with_autoscaling(await self._recorded(wanted, [])))

    def _snapshot(self, objects: list[Recorded]) -> Snapshot:
        how = self._api.how
        return Snapshot(
            system=how.system,
            context=how.context,
            namespace=how.namespace,
            taken=datetime.now(UTC),
            objects=tuple(objects),
        )

    # --- which objects ---

    async def _meant(self, call: KubectlCall, folder: Path, troubles: list[str]) -> list[Wanted]:
        namespace = call.namespace or self._api.how.namespace
        found: list[Wanted] = []
        if call.files or call.kustomize:
            read = await asyncio.to_thread(
                manifests.read, call.files, folder, recursive=call.option("--recursive") is not None
            )
            if not _pipes(call):
                troubles += [f"not recorded: {why}" for why in read.unread]
            if call.kustomize:
                troubles.append(f"not recorded: what kustomize makes of {call.kustomize}")
            for one in read.objects:
                place = one["metadata"].get("namespace") or namespace
                found.append(Wanted(one["kind"], place, one["metadata"]["name"], str(one.get("apiVersion", ""))))
        if call.option("--prune") is not None:
            troubles.append("not recorded: what --prune deletes")
        names = [name for name in call.objects if not any(word in str(name.name) for word in "$`")]
        for name in names:
            if name.name:
                found.append(Wanted(name.kind, namespace, name.name))
            elif not (call.files or call.kustomize):
                found += await self._all_of(name.kind, namespace, call.selector)
        if call.verb == "autoscale":
            found += [Wanted("HorizontalPodAutoscaler", namespace, name.name) for name in names if name.name]
        if call.verb == "expose":
            found += [Wanted("Service", namespace, call.option("--name") or name.name) for name in names]
        if call.unclear:
            troubles.append(f"only the shell knows {', '.join(call.unclear)}: what it names was looked for by its kind")
            for kind in {name.kind for name in call.objects} - {name.kind for name in names} or WORKLOADS:
                found += [
                    msgspec.structs.replace(one, direct=False)
                    for one in await self._all_of(canonical(kind), namespace, None)
                ]
        return found

    async def _all_of(self, kind: str, namespace: str, selector: str | None) -> list[Wanted]:
        resource = await self.resources.find(kind)
        if resource is None or kind == "Pod":
            return []
        query = {"labelSelector": selector} if selector else {}
        try:
            listed = await self._api.all_of(resource.path(namespace), **query)
        except KubeError:
            return []
        return [Wanted(resource.kind, namespace, one["metadata"]["name"]) for one in listed[:MOST]]

    async def _neighbours(self, objects: list[Recorded], troubles: list[str]) -> list[Wanted]:
        """What belongs to the workloads among these: configuration, services, routes, autoscalers."""
        found: list[Wanted] = []
        workloads = [one for one in objects if one.kind in WORKLOADS and one.essence is not None]
        services = {(one.namespace, one.name) for one in objects if one.kind == "Service"}
        for namespace in {one.namespace for one in workloads} | {place for place, _ in services}:
            here = [one for one in workloads if one.namespace == namespace]
            templates = [(one, (one.essence or {})["spec"].get("template") or {}) for one in here]
            for _, template in templates:
                found += [Wanted(kind, namespace, name, direct=False) for kind, name in _configuration(template)]
            labels = [(template.get("metadata") or {}).get("labels") or {} for _, template in templates]
            for service in await self._list("Service", namespace, troubles):
                selector = (service.get("spec") or {}).get("selector") or {}
                if selector and any(selector.items() <= mine.items() for mine in labels):
                    services.add((namespace, service["metadata"]["name"]))
                    found.append(Wanted("Service", namespace, service["metadata"]["name"], direct=False))
            mine = {name for place, name in services if place == namespace}
            for kind in ("HTTPRoute", "Ingress") if mine else ():
                for route in await self._list(kind, namespace, troubles):
                    if mine & _backends(route):
                        found.append(Wanted(kind, namespace, route["metadata"]["name"], direct=False))
            names = {(one.kind, one.name) for one in here}
            for scaler in await self._list("HorizontalPodAutoscaler", namespace, troubles):
                target = (scaler.get("spec") or {}).get("scaleTargetRef") or {}
                if (target.get("kind"), target.get("name")) in names:
                    name = scaler["metadata"]["name"]
                    found.append(Wanted("HorizontalPodAutoscaler", namespace, name, direct=False))
        return list(dict.fromkeys(found))

    async def _list(self, kind: str, namespace: str, troubles: list[str]) -> list[dict[str, Any]]:
        try:
            return await self._api.all_of(known(kind).path(namespace))
        except NotThere:
            return []  # this cluster does not serve the kind
        except KubeError as error:
            if error.status == 403:
                troubles.append(f"not recorded: {kind.lower()}s, they may not be read")
                return []
            raise

    # --- the objects ---

    async def _recorded(self, wanted: Iterable[Wanted], troubles: list[str]) -> list[Recorded]:
        found = await asyncio.gather(*(self._read(one, troubles) for one in wanted))
        return [one for one in found if one is not None]

    async def _read(self, wanted: Wanted, troubles: list[str]) -> Recorded | None:
        name = words.title(wanted.kind, wanted.name)
        async with self._gate:
            resource = await self.resources.find(wanted.kind, wanted.version)
            if resource is None:
                troubles.append(f"not recorded: {name}, the cluster does not know such a kind")
                return None
            try:
                thing = await self._api.find(resource.path(wanted.namespace, wanted.name), deadline=READ)
            except KubeError as error:
                if error.status == 403:
                    troubles.append(f"not recorded: {name}, it may not be read")
                    return None
                raise
        return _record(resource, wanted, thing)

    async def _identified(self, objects: list[Recorded]) -> list[Recorded]:
        async def one_of(one: Recorded) -> Recorded:
            if one.kind != "Deployment" or one.essence is None:
                return one
            async with self._gate:
                identity = await self._identity(one)
            return msgspec.structs.replace(one, identity=identity)

        return list(await asyncio.gather(*map(one_of, objects)))

    async def _identity(self, one: Recorded) -> Identity | None:
        """The ReplicaSet that runs a deployment's template, and the images its pods really have."""
        selector = selector_of((one.essence or {})["spec"])
        try:
            sets = await self._api.all_of(known("ReplicaSet").path(one.namespace), labelSelector=selector)
            pods = await self._api.get(
                known("Pod").path(one.namespace), labelSelector=selector, limit="3", deadline=READ
            )
        except KubeError:
            return None
        revision = (one.manifest or {}).get("metadata", {}).get("annotations", {}).get(_REVISION, "")
        for mine in sets:
            meta = mine["metadata"]
            notes = meta.get("annotations") or {}
            owned = any(owner.get("uid") == one.uid for owner in meta.get("ownerReferences") or ())
            if owned and notes.get(_REVISION) == revision:
                return Identity(
                    revision=revision,
                    name=meta["name"],
                    uid=meta["uid"],
                    hash=(meta.get("labels") or {}).get("pod-template-hash", ""),
                    history=notes.get(_REVISION + "-history", ""),
                    images={
                        status["name"]: status.get("imageID", "")
                        for pod in pods.get("items") or ()
                        for status in (pod.get("status") or {}).get("containerStatuses") or ()
                    },
                )
        return None


_REVISION = "deployment.kubernetes.io/revision"


def seen(record: Record) -> tuple[SeenObject, ...]:
    """A record as an event tells it."""
    return tuple(
        SeenObject(
            key=one.key,
            title=words.title(one.kind, one.name),
            state=words.state(one.kind, one.essence),
            digest=digest(one.essence),
            tier=words.tier(one.kind, one.essence, one.essence),
            direct=one.direct,
            obstacle=words.obstacle(one.kind, one.manifest or ({} if one.essence else None)),
        )
        for one in record.snapshot.objects
    )


def changes(before: Snapshot, after: Snapshot) -> tuple[ChangedObject, ...]:
    """What is otherwise, as an event tells it."""
    found = []
    now = after.by_key
    for one in before.objects:
        other = now.get(one.key)
        if other is None or digest(one.essence) == digest(other.essence):
            continue
        found.append(
            ChangedObject(
                key=one.key,
                title=words.title(one.kind, one.name),
                what=words.change(one.kind, one.essence, other.essence),
                restores=words.state(one.kind, one.essence),
                digest=digest(other.essence),
                tier=words.tier(one.kind, one.essence, other.essence),
                not_restored=words.not_restored(one.kind, one.essence, other.essence),
            )
        )
    return tuple(found)


def _record(resource: Resource, wanted: Wanted, thing: dict[str, Any] | None) -> Recorded:
    place = wanted.namespace if resource.namespaced else ""
    if thing is None:
        return Recorded(
            kind=resource.kind, version=resource.version, namespace=place, name=wanted.name, direct=wanted.direct
        )
    thing.setdefault("kind", resource.kind)
    meta = thing["metadata"]
    secret = resource.kind == "Secret"
    manifest = {key: value for key, value in thing.items() if key != "status"}
    manifest["metadata"] = {key: value for key, value in meta.items() if key not in _NOISE or key == "ownerReferences"}
    return Recorded(
        kind=resource.kind,
        version=resource.version,
        namespace=place,
        name=wanted.name,
        essence=essence(thing),
        uid=meta.get("uid", ""),
        resource_version=meta.get("resourceVersion", ""),
        generation=int(meta.get("generation") or 0),
        manifest=None if secret else manifest,
        direct=wanted.direct,
    )


def _with_autoscaling(objects: list[Recorded]) -> list[Recorded]:
    """The replicas of a workload that an autoscaler looks after are the autoscaler's."""
    scaled = set()
    for one in objects:
        if one.kind == "HorizontalPodAutoscaler" and one.essence is not None:
            target = one.essence["spec"].get("scaleTargetRef") or {}
            scaled.add((target.get("kind"), one.namespace, target.get("name")))
    return [_autoscaled(one) if (one.kind, one.namespace, one.name) in scaled else one for one in objects]


def _autoscaled(one: Recorded) -> Recorded:
    if one.essence is None or "replicas" not in (one.essence.get("spec") or {}):
        return msgspec.structs.replace(one, autoscaled=True)
    spec = {key: value for key, value in one.essence["spec"].items() if key != "replicas"}
    return msgspec.structs.replace(one, autoscaled=True, essence={**one.essence, "spec": spec})


def _configuration(template: dict[str, Any]) -> set[tuple[str, str]]:
    """ConfigMaps and Secrets that a pod template refers to."""
    spec = template.get("spec") or {}
    found: set[tuple[str, str]] = set()
    for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        sources = [*(container.get("envFrom") or ())]
        sources += [one.get("valueFrom") or {} for one in container.get("env") or ()]
        for source in sources:
            for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret"),
                              ("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):  # fmt: skip
                if name := (source.get(key) or {}).get("name"):
                    found.add((kind, name))
    for volume in spec.get("volumes") or ():
        for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
            if name := (source.get("configMap") or {}).get("name"):
                found.add(("ConfigMap", name))
            secret = source.get("secret") or {}
            if name := secret.get("secretName") or secret.get("name"):
                found.add(("Secret", name))
    return found


def _backends(route: dict[str, Any]) -> set[str]:
    """The services that a route or an ingress leads to."""
    spec = route.get("spec") or {}
    found = {str(one.get("name")) for rule in spec.get("rules") or () for one in rule.get("backendRefs") or ()}
    for rule in spec.get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ():
            found.add(str(((path.get("backend") or {}).get("service") or {}).get("name")))
    found.add(str(((spec.get("defaultBackend") or {}).get("service") or {}).get("name")))
    return found


def _pipes(call: KubectlCall) -> bool:
    """Whether it reads another call's output, which is looked at by itself."""
    return call.files == ("-",)
