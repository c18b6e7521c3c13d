"""A workload followed while it changes: for a screen, and for whoever waits for its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec

from runbook_tui.run.live import LiveChange, Phase, Rollout
from runbook_tui.targets.kubernetes import rollout as r
from runbook_tui.targets.kubernetes.api import Api
from runbook_tui.targets.kubernetes.faults import KubeError, NotThere
from runbook_tui.targets.kubernetes.mirror import Mirror
from runbook_tui.targets.kubernetes.resources import known

BELIEVED_AFTER = 1.5  # seconds that a deadline must stay exceeded: right after an undo it may be the old one's
STUCK_AFTER = 1.0  # seconds after which an old pod that is not ready is taken for stuck
LOOK = 0.1  # seconds between two looks of one who waits
SILENT = 15.0  # seconds without a word from the server before one who waits asks by itself


class Follower:
    """Watches one workload, its ReplicaSets, its pods and the warnings about them, until stopped.

    With `among`, a mirror of all workloads of the kind that somebody else keeps, it waits for the end of a rollout and
    shows nothing: twenty of them then cost one watch.
    """

    def __init__(
        self,
        api: Api,
        kind: str,
        namespace: str,
        name: str,
        selector: str,
        *,
        among: Mirror[r.Workload] | None = None,
    ) -> None:
        self._api = api
        self.kind = kind
        self.name = name
        self.namespace = namespace
        self._news = asyncio.Event()
        self._parts: list[Mirror[r.Workload] | Mirror[r.Pod] | Mirror[r.ReplicaSet] | Mirror[r.Warned]] = []
        self.workload: Mirror[r.Workload] = among or self._mirror(
            kind, r.Workload, fieldSelector=f"metadata.name={name}"
        )
        self.pods: Mirror[r.Pod] = self._mirror("Pod", r.Pod, labelSelector=selector)
        self.sets: Mirror[r.ReplicaSet] = self._mirror("ReplicaSet", r.ReplicaSet, labelSelector=selector)
        self.events: Mirror[r.Warned] = self._mirror("Event", r.Warned, fieldSelector="type=Warning")
        if among is None:
            self._parts += [self.workload, self.pods, self.events]
            self._parts += [self.sets] if kind == "Deployment" else []
        elif kind == "StatefulSet":
            self._parts += [self.pods]  # to see which are stuck
        self._tasks: list[asyncio.Task[None]] = []
        self._last: LiveChange | None = None

    def _mirror(self, kind: str, of: type, **query: str) -> Mirror:  # type: ignore[type-arg]
        return Mirror(self._api, known(kind).path(self.namespace), of, changed=self._news.set, **query)

    def start(self) -> None:
        self._tasks = [asyncio.ensure_future(part.run()) for part in self._parts]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def one(self) -> r.Workload | None:
        return next((one for one in self.workload.items.values() if one.metadata.name == self.name), None)

    def view(self) -> LiveChange:
        """How it stands now; cheap when nothing has changed since."""
        if self._last is None or self._news.is_set():
            self._news.clear()
            self._last = self._drawn()
        age = time.monotonic() - self.workload.at if self.workload.at else 0.0
        return msgspec.structs.replace(self._last, age=age, trouble=self.workload.trouble)

    def _drawn(self) -> LiveChange:
        one = self.one
        sets = list(self.sets.items.values())
        pods = list(self.pods.items.values())
        stands = (
            r.rollout(self.kind, one)
            if self.workload.listed.is_set()
            else Rollout(phase=Phase.WAITING, says="asking the API server")
        )
        names = [self.name, *(part.metadata.name for part in sets), *(pod.metadata.name for pod in pods)]
        return LiveChange(
            title=f"{self.kind.lower()}/{self.name}",
            rollout=stands,
            branches=r.tree(self.kind, one, sets, pods),
            warnings=r.warnings(self.events.items.values(), names),
        )

    def stands(self, since: int = 0) -> Rollout:
        """Where the rollout stands; what is older than resource version `since` says nothing of it yet."""
        one = self.one
        if since and (one is None or int(one.metadata.resourceVersion or 0) < since):
            return Rollout(phase=Phase.WAITING, says="waiting to hear of the change")
        return r.rollout(self.kind, one)

    async def done(self, *, say: Callable[[str], None], deadline: float, heal: bool = True, since: int = 0) -> Rollout:
        """Wait for the rollout's end: done, failed, gone, or where it stands when `deadline` (seconds) is over.

        A pod of a StatefulSet that still is an old one and not ready is deleted, for its controller never does that
        (kubernetes#67250).
        """
        end = time.monotonic() + deadline
        told, failed_since, healed = "", 0.0, set[str]()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + deadline):
                await self.workload.listed.wait()
        stands = self.stands(since)
        began = time.monotonic()
        while time.monotonic() < end:
            stands = self.stands(since)
            line = self.workload.trouble or stands.says
            if line != told:
                say(line)
                told = line
            if not self.workload.trouble:
                old = r.old_pods(self.kind, self.one, self.pods.items.values()) if self.one else []
                if stands.phase is Phase.DONE and not old:
                    return stands
                if stands.phase is Phase.GONE:
                    return stands
                failed_since = (failed_since or time.monotonic()) if stands.phase is Phase.FAILED else 0.0
                if failed_since and time.monotonic() - failed_since >= BELIEVED_AFTER:
                    return stands
                if heal and old and time.monotonic() - began >= STUCK_AFTER:
                    await self._heal(old, healed, say)
            await asyncio.sleep(LOOK)
        return stands

    async def _heal(self, old: list[r.Pod], healed: set[str], say: Callable[[str], None]) -> None:
        for pod in old:
            if pod.ready or pod.metadata.uid in healed or pod.metadata.deletionTimestamp:
                continue
            healed.add(pod.metadata.uid)
            path = known("Pod").path(self.namespace, pod.metadata.name)
            try:
                await self._api.delete(path, uid=pod.metadata.uid)
                say(f"pod {pod.metadata.name} was stuck on the old revision: deleted, its controller makes a new one")
            except NotThere:
                continue
            except KubeError as error:
                say(f"pod {pod.metadata.name} is stuck on the old revision and could not be deleted: {error}")


def selector_of(spec: dict[str, object]) -> str:
    """A workload's selector as a query writes it."""
    selector = spec.get("selector")
    if not isinstance(selector, dict):
        return ""
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for one in selector.get("matchExpressions") or ():
        key, operator, values = one.get("key"), one.get("operator"), ",".join(one.get("values") or ())
        if operator in ("In", "NotIn"):
            parts.append(f"{key} {operator.lower()} ({values})")
        else:
            parts.append(str(key) if operator == "Exists" else f"!{key}")
    return ",".join(parts)
