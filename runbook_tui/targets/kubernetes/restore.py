"""Puts recorded objects back: by identity, with preconditions, watched to the end. Safe to do twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from runbook_tui.document.kinds import WORKLOADS
from runbook_tui.run.live import Phase
from runbook_tui.run.recorded import Part
from runbook_tui.targets.kubernetes import traffic
from runbook_tui.targets.kubernetes.clusters import Cluster
from runbook_tui.targets.kubernetes.essence import CAUSE, Decision, Essence, Verdict, decide, essence, pointer, value_at
from runbook_tui.targets.kubernetes.faults import KubeError, Stale, Unfit, Unreachable
from runbook_tui.targets.kubernetes.following import Follower, selector_of
from runbook_tui.targets.kubernetes.mirror import Mirror
from runbook_tui.targets.kubernetes.resources import Resource, known
from runbook_tui.targets.kubernetes.rollout import Workload
from runbook_tui.targets.kubernetes.snapshot import Recorded

TRIES = 12  # of one patch, each after reading again
BY_VERSION = 3  # of these with a test of the resource version; then of the values themselves, for status never rests
AT_ONCE = 6  # objects being written; the first write does not wait for the reading of all
AWAY = 180.0  # seconds that an API server may be away in the middle of it
SLACK = 30.0  # seconds on top of a workload's own progress deadline
PROGRESS = 600.0  # seconds, where a workload names none


class Outcome(StrEnum):
    RESTORED = "restored"
    ALREADY = "already as recorded"
    CONFLICT = "changed by somebody else"
    FAILED = "failed"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    title: str
    outcome: Outcome
    says: str

    @property
    def good(self) -> bool:
        return self.outcome in (Outcome.RESTORED, Outcome.ALREADY)


class Restorer:
    """One cluster, one rollback."""

    def __init__(self, cluster: Cluster, *, cause: str, say: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._api = cluster.api
        self._cause = cause
        self._say = say
        self.first_write: float | None = None  # monotonic seconds
        self._mirrors: dict[tuple[str, str], Mirror[Workload]] = {}
        self._watching: list[asyncio.Task[None]] = []
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def close(self) -> None:
        """Watch no longer."""
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)

    async def put_back(self, part: Part, before: Recorded, afters: Sequence[Recorded], *, force: bool) -> Result:
        """One object. Never raises a KubeError: what went wrong is its result, and the others go on."""

        def result(outcome: Outcome, says: str) -> Result:
            self._say(f"{part.title}: {says}")
            return Result(key=part.key, title=part.title, outcome=outcome, says=says)

        try:
            resource = await self._resource(before)
            async with self._gate:
                decision, now, since = await self._written(resource, before, afters, force=force)
            if decision.verdict is Verdict.CONFLICT:
                return result(Outcome.CONFLICT, _conflict(decision, now))
            already = decision.verdict is Verdict.ALREADY
            trouble = await self._rolled(before, part.title, since) if before.kind in WORKLOADS else ""
            if trouble:
                return result(Outcome.FAILED, trouble)
            says = "is as recorded already" if already else f"put back ({part.restores})"
            return result(Outcome.ALREADY if already else Outcome.RESTORED, says + await self._identity(before))
        except KubeError as error:
            return result(Outcome.FAILED, str(error))

    async def take_off(self, part: Part, before: Recorded) -> Result:
        """Take the traffic off what is new, and nothing else."""
        try:
            resource = await self._resource(before)
            path = resource.path(before.namespace, before.name)
            now = await self._api.get(path)
            patch = traffic.aborted(before.kind, before.essence or {}, now)
            if patch:
                now = await self._api.patch(path, patch)
            says = traffic.split_of(before.kind, now).sentence if patch else "has no weight to take off"
        except KubeError as error:
            self._say(f"{part.title}: {error}")
            return Result(key=part.key, title=part.title, outcome=Outcome.FAILED, says=str(error))
        self._say(says)
        outcome = Outcome.RESTORED if patch else Outcome.FAILED
        return Result(key=part.key, title=part.title, outcome=outcome, says=says)

    # --- writing ---

    async def _resource(self, before: Recorded) -> Resource:
        found = await self._cluster.recorder.resources.find(before.kind, before.version)
        if found is None:
            raise KubeError(f"the cluster does not know {before.kind} any more")
        return found

    async def _written(
        self, resource: Resource, before: Recorded, afters: Sequence[Recorded], *, force: bool
    ) -> tuple[Decision, dict[str, Any] | None, int]:
        """Read, decide, write; again when somebody was faster or the server was away.

        The decision, what was there when it was taken, and the resource version from which on it holds.
        """
        path = resource.path(before.namespace, before.name)
        away_since = 0.0
        tries = since = 0
        while True:
            try:
                now = await self._api.find(path)
                left = [one.essence for one in afters]
                live = essence(now, autoscaled=before.autoscaled)
                decision = decide(before.essence, left, live, force=force)
                if tries and decision.verdict is Verdict.ALREADY:  # an earlier try did it, its answer was lost
                    decision = msgspec.structs.replace(decision, verdict=Verdict.PATCH)
                    return decision, now, _version(now)
                if decision.verdict not in (Verdict.ALREADY, Verdict.CONFLICT):
                    tries += 1
                    since = await self._write(resource, before, decision, now, live, by_version=tries <= BY_VERSION)
            except Unreachable as error:
                away_since = away_since or time.monotonic()
                if time.monotonic() - away_since > AWAY:
                    raise
                self._say(f"{error}; asked again")
                await asyncio.sleep(0.5)
            except (Unfit, Stale):
                if tries >= TRIES:
                    raise
                await asyncio.sleep(0.02 * tries)
            else:
                return decision, now, since

    async def _write(
        self,
        resource: Resource,
        before: Recorded,
        decision: Decision,
        now: dict[str, Any] | None,
        live: Essence | None,
        *,
        by_version: bool,
    ) -> int:
        """The resource version of what was written."""
        self.first_write = self.first_write or time.monotonic()
        path = resource.path(before.namespace, before.name)
        if decision.verdict is Verdict.DELETE and now is not None:
            await self._api.delete(path, uid=now["metadata"]["uid"])
        elif decision.verdict is Verdict.CREATE and before.manifest is not None:
            return _version(await self._api.post(resource.path(before.namespace), _anew(before.manifest)))
        elif decision.verdict is Verdict.PATCH and now is not None:
            guarded = self._guarded(before, decision, now, live, by_version=by_version)
            return _version(await self._api.patch(path, guarded))
        return 0

    def _guarded(
        self, before: Recorded, decision: Decision, now: dict[str, Any], live: Essence | None, *, by_version: bool
    ) -> list[dict[str, Any]]:
        meta = now["metadata"]
        guards = [{"op": "test", "path": "/metadata/uid", "value": meta["uid"]}]
        if by_version:
            guards.append({"op": "test", "path": "/metadata/resourceVersion", "value": meta["resourceVersion"]})
        else:
            for one in decision.paths:
                value = value_at(live or {}, one)
                if value_at(now, one) == value:
                    guards.append({"op": "test", "path": pointer(one), "value": value})
        notes: list[dict[str, Any]] = []
        if before.kind in WORKLOADS:
            if not meta.get("annotations") and not any(op["path"] == "/metadata/annotations" for op in decision.patch):
                notes.append({"op": "add", "path": "/metadata/annotations", "value": {}})
            notes.append({"op": "add", "path": pointer(("metadata", "annotations", CAUSE)), "value": self._cause})
        return [*guards, *decision.patch, *notes]

    # --- what comes of it ---

    async def _rolled(self, before: Recorded, title: str, since: int) -> str:
        """Wait for a workload's rollout; why it did not come to its end, or nothing."""
        if before.essence is None:
            return ""  # it was removed again: there is nothing to wait for
        spec = before.essence.get("spec") or {}
        among = self._mirror(before.kind, before.namespace)
        selector = selector_of(spec)
        follower = Follower(self._api, before.kind, before.namespace, before.name, selector, among=among)
        follower.start()
        try:
            deadline = float(spec.get("progressDeadlineSeconds") or PROGRESS) + SLACK
            stands = await follower.done(say=lambda line: self._say(f"{title}: {line}"), deadline=deadline, since=since)
        finally:
            await follower.stop()
        if stands.phase is Phase.DONE:
            return ""
        if stands.phase is Phase.FAILED:
            return f"put back, but its rollout failed: {stands.says}"
        return f"put back, but not at its end after {deadline:.0f} s: {follower.workload.trouble or stands.says}"

    def _mirror(self, kind: str, namespace: str) -> Mirror[Workload]:
        """All workloads of a kind: one watch, however many are put back."""
        if (kind, namespace) not in self._mirrors:
            mirror = Mirror(self._api, known(kind).path(namespace), Workload)
            self._mirrors[kind, namespace] = mirror
            self._watching.append(asyncio.ensure_future(mirror.run()))
        return self._mirrors[kind, namespace]

    async def _identity(self, before: Recorded) -> str:
        """Whether the very ReplicaSet that was recorded runs again."""
        if before.identity is None or not before.identity.name:
            return ""
        try:
            same = await self._api.find(known("ReplicaSet").path(before.namespace, before.identity.name))
        except KubeError:
            return ""
        if same is None or same["metadata"]["uid"] != before.identity.uid:
            return "; the recorded ReplicaSet is gone, a new one runs its template"
        number = (same["metadata"].get("annotations") or {}).get("deployment.kubernetes.io/revision", "")
        was = before.identity.revision
        return f"; revision {number} is the recorded one" + (f", then numbered {was}" if was != number else "")


def _version(thing: dict[str, Any] | None) -> int:
    """A resource version as a number (they are etcd's revisions); 0 where it is none."""
    text = str(((thing or {}).get("metadata") or {}).get("resourceVersion", ""))
    return int(text) if text.isdigit() else 0


def _anew(manifest: dict[str, Any]) -> dict[str, Any]:
    return {**manifest, "metadata": {key: value for key, value in manifest["metadata"].items() if key != "uid"}}


def _conflict(decision: Decision, now: dict[str, Any] | None) -> str:
    """Who changed it, as the cluster knows it."""
    if now is None:
        return "somebody else deleted it: nothing was written"
    places = ", ".join("the pod template" if one == ("spec", "template") else ".".join(one) for one in decision.paths)
    owners = [
        (str(one.get("time", "")), number, one)
        for number, one in enumerate(now["metadata"].get("managedFields") or ())
        if one.get("manager") not in _CLUSTER and any(_owns(one, path) for path in decision.paths)
    ]
    newest: dict[str, Any] = max(owners)[2] if owners else {}
    who = f" ({newest['manager']}, {newest.get('time', 'at an unknown time')})" if newest.get("manager") else ""
    return f"somebody else changed {places or 'it'} after this run{who}: nothing was overwritten"


def _owns(entry: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Whether a field manager wrote at a path (FieldsV1: `f:spec` within `f:...`)."""
    place: Any = entry.get("fieldsV1") or {}
    for key in path:
        place = place.get(f"f:{key}") if isinstance(place, dict) else None
    return place is not None


_CLUSTER = frozenset(["kube-controller-manager", "kubelet", "kube-scheduler", "runbook-tui"])
