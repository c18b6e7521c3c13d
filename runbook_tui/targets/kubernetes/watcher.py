"""Looks at a cluster before, while and after commands change it; implements `run.ports.Watcher`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from runbook_tui.document import kubectl
from runbook_tui.document.kinds import WORKLOADS
from runbook_tui.document.kubectl import KubectlCall
from runbook_tui.run.events import JobStarted
from runbook_tui.run.live import LiveChange
from runbook_tui.run.ports import JobOrder, NeedsOverride
from runbook_tui.run.rollback import RESTORER, RestoreOrder
from runbook_tui.run.sightings import Changed, Seen, Sighting
from runbook_tui.targets.kubernetes import preflight, recorder, snapshot
from runbook_tui.targets.kubernetes.clusters import Cluster, Clusters
from runbook_tui.targets.kubernetes.faults import KubeError
from runbook_tui.targets.kubernetes.following import Follower, selector_of
from runbook_tui.targets.kubernetes.leases import Leases, Taken
from runbook_tui.targets.kubernetes.preflight import Planned
from runbook_tui.targets.kubernetes.recorder import Record, Wanted
from runbook_tui.targets.kubernetes.rehearsal import rehearse
from runbook_tui.targets.kubernetes.traffic import Traffic
from runbook_tui.targets.loop import OwnLoop
from runbook_tui.targets.shell_state import ShellState

LONGEST = 15.0  # seconds that looking before a command may take
AFTERWARDS = 10.0  # seconds that looking after it may take
MOST_FOLLOWED = 4  # workloads shown live at once
REDRAW = 0.2  # seconds

Planning = Callable[[], Sequence[Planned]]
StateOf = Callable[[str, str | None], ShellState]


class KubernetesWatcher:
    """One run's eyes. Commands for other machines are not looked at: their kubeconfig is not this one."""

    def __init__(
        self,
        loop: OwnLoop,
        clusters: Clusters,
        *,
        holder: str,
        planned: Planning,
        shell_state: StateOf,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._loop = loop
        self._clusters = clusters
        self._holder = holder
        self._planned = planned
        self._shell_state = shell_state
        self._environ = environ
        self._views: dict[str, tuple[LiveChange, ...]] = {}
        self._followed: list[Follower] = []
        self._drawing: asyncio.Task[None] | None = None
        self._leases: dict[str, Leases] = {}
        self._asked: set[str] = set()  # systems whose permissions were asked for

    # --- on the loop of the run ---

    async def before(self, intent: JobStarted, order: JobOrder, *, overridden: bool) -> Seen | None:
        if intent.target == RESTORER:
            return await self._looked(self._before_restore(order), changing=False)
        if intent.target != "local" or not _speaks(order.text):
            return None
        state = await asyncio.to_thread(self._shell_state, order.run, order.state_from)
        calls = kubectl.calls(order.text, {**state.values, **order.env})
        changing = [call for call in calls if call.changes]
        followed = [call for call in calls if call.follows]
        if not changing and not followed:
            return None
        environ = {**(os.environ if self._environ is None else self._environ), **state.exported, **order.env}
        folder = Path(order.home) / (order.cwd or state.folder or "")
        sole = len(changing) == 1 and kubectl.sole(order.text) is not None
        looking = self._before(intent.job, calls, environ, folder, sole=sole, overridden=overridden)
        return await self._looked(looking, changing=bool(changing))

    async def _looked(self, looking: Coroutine[Any, Any, Seen | None], *, changing: bool) -> Seen | None:
        try:
            async with asyncio.timeout(LONGEST):
                return await self._loop.run(looking)
        except TimeoutError:
            return _blind(f"the cluster did not answer within {LONGEST:.0f} s") if changing else None
        except Taken as error:
            raise NeedsOverride(str(error)) from None
        except KubeError as error:
            return _blind(str(error)) if changing else None

    async def rehearse(self, order: JobOrder) -> tuple[str, ...]:
        state = await asyncio.to_thread(self._shell_state, order.run, order.state_from)
        found = kubectl.calls(order.text, {**state.values, **order.env})
        changing = [call for call in found if call.changes]
        if len(changing) != 1 or len(found) != 1 or changing[0].unclear:
            raise KubeError("only a single call of kubectl, with nothing in it that the shell must fill, has a dry run")
        environ = {**(os.environ if self._environ is None else self._environ), **state.exported, **order.env}
        folder = Path(order.home) / (order.cwd or state.folder or "")
        return await self._loop.run(self._rehearsed(changing[0], environ, folder))

    async def _rehearsed(self, call: KubectlCall, environ: Mapping[str, str], folder: Path) -> tuple[str, ...]:
        cluster = await self._clusters.of(environ, explicit=call.kubeconfig, context=call.context)
        return await rehearse(cluster, call, environ, folder)

    async def share(self, order: JobOrder) -> float | None:
        if "rbt traffic weight" not in order.text:
            return None
        state = await asyncio.to_thread(self._shell_state, order.run, order.state_from)
        call = kubectl.sole(order.text)
        if call is None or len(call.objects) != 1 or len(call.assignments) != 1:
            return None
        environ = {**(os.environ if self._environ is None else self._environ), **state.exported, **order.env}
        try:
            async with asyncio.timeout(LONGEST):
                return await self._loop.run(self._share(call, environ))
        except TimeoutError:
            raise KubeError(f"the cluster did not say within {LONGEST:.0f} s how traffic is divided") from None

    async def _share(self, call: KubectlCall, environ: Mapping[str, str]) -> float:
        cluster = await self._clusters.of(environ, explicit=call.kubeconfig, context=call.context)
        one, backend = call.objects[0], call.assignments[0].partition("=")[0]
        place = Traffic(cluster.api, call.namespace or cluster.api.how.namespace)
        return (await place.read(one.kind, one.name)).share(backend)

    async def after(self, sighting: Sighting, content: bytes) -> Changed:
        if not sighting.objects:
            return Changed(changes=None, note="nothing was recorded before")
        try:
            async with asyncio.timeout(AFTERWARDS):
                return await self._loop.run(self._after(content))
        except TimeoutError:
            return Changed(changes=None, note=f"the cluster did not answer within {AFTERWARDS:.0f} s")
        except KubeError as error:
            return Changed(changes=None, note=str(error))

    def live(self, job: str) -> tuple[LiveChange, ...]:
        return self._views.get(job, ())

    async def close(self) -> None:
        """The run is left: nothing is followed any more, its leases are given back."""
        await self._loop.run(self._close())

    # --- on the loop of Kubernetes ---

    async def _before(
        self,
        job: str,
        calls: Sequence[KubectlCall],
        environ: Mapping[str, str],
        folder: Path,
        *,
        sole: bool,
        overridden: bool,
    ) -> Seen | None:
        one = next((call for call in calls if call.changes or call.follows), calls[0])
        cluster = await self._clusters.of(environ, explicit=one.kubeconfig, context=one.context)
        if not any(call.changes for call in calls):
            await self._follow_named(job, cluster, calls)
            return None
        if not overridden:
            await self._preflight(cluster, folder)
        record = await cluster.recorder.before(calls, folder, sole=sole)
        if not overridden:
            _armed(record)
            await self._hold(cluster, record)
        await self._follow(job, cluster, record.snapshot.objects)
        kept = msgspec.structs.replace(record.snapshot, kubeconfig=one.kubeconfig or "")
        return Seen(
            system=cluster.api.how.system,
            namespace=one.namespace or cluster.api.how.namespace,
            objects=recorder.seen(record),
            content=snapshot.encode(kept),
            complete=record.complete,
            obstacles=record.obstacles,
        )

    async def _before_restore(self, order: JobOrder) -> Seen | None:
        """A restore is looked at too: what it leaves is this run's doing when it is done again."""
        wanted = msgspec.json.decode(order.env["RBT_RESTORE"], type=RestoreOrder)
        cluster = next(
            (one for one in self._clusters.open if one.api.how.system == wanted.system),
            None,
        )
        if cluster is None:
            return None
        keys = [part.key.split("/", 2) for part in wanted.parts]
        before = await cluster.recorder.of_keys(Wanted(kind, place, name) for kind, place, name in keys)
        await self._follow(order.job, cluster, before.objects)
        record = Record(snapshot=before, complete=True, obstacles=())
        return Seen(
            system=wanted.system,
            namespace=before.namespace,
            objects=recorder.seen(record),
            content=snapshot.encode(before),
            complete=True,
        )

    async def _after(self, content: bytes) -> Changed:
        before = snapshot.decode(content)
        environ = dict(os.environ if self._environ is None else self._environ)
        cluster = next((one for one in self._clusters.open if one.api.how.system == before.system), None)
        if cluster is None:
            cluster = await self._clusters.named(
                before.system, environ, explicit=before.kubeconfig or None, context=before.context
            )
        now = await cluster.recorder.again(before)
        return Changed(changes=recorder.changes(before, now), content=snapshot.encode(now))

    async def _preflight(self, cluster: Cluster, folder: Path) -> None:
        """Once for a run and a cluster, before its first change. Raises NeedsOverride."""
        system = cluster.api.how.system
        if system in self._asked:
            return
        wanted = [one for one in self._planned() if one.call.context in (None, cluster.api.how.context)]
        lacking = await preflight.missing(cluster.api, cluster.recorder.resources, wanted, folder)
        if lacking:
            told = "; ".join(dict.fromkeys(one.sentence for one in lacking[:3]))
            more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
            raise NeedsOverride(f"on {system} you {told}{more}. Nothing was run")
        self._asked.add(system)

    async def _hold(self, cluster: Cluster, record: Record) -> None:
        """Take the lease of every workload the command names. Raises Taken."""
        leases = self._leases.setdefault(cluster.api.how.system, Leases(cluster.api, self._holder))
        named = [one for one in record.snapshot.objects if one.kind in WORKLOADS and one.direct and one.essence]
        await asyncio.gather(*(leases.take(one.kind, one.namespace, one.name) for one in named))

    async def _follow_named(self, job: str, cluster: Cluster, calls: Sequence[KubectlCall]) -> None:
        names = [
            Wanted(one.kind, call.namespace or cluster.api.how.namespace, one.name)
            for call in calls
            for one in call.objects
            if one.kind in WORKLOADS and one.name
        ]
        seen = await cluster.recorder.of_keys(names[:MOST_FOLLOWED])
        await self._follow(job, cluster, seen.objects)

    async def _follow(self, job: str, cluster: Cluster, objects: Sequence[snapshot.Recorded]) -> None:
        """Show these workloads from now on, those of the command before no longer."""
        await self._unfollow()
        named = [one for one in objects if one.kind in WORKLOADS and one.essence is not None and one.direct]
        self._followed = [
            Follower(cluster.api, one.kind, one.namespace, one.name, selector_of((one.essence or {})["spec"]))
            for one in named[:MOST_FOLLOWED]
        ]
        for follower in self._followed:
            follower.start()
        if self._followed:
            self._drawing = asyncio.ensure_future(self._draw(job))

    async def _draw(self, job: str) -> None:
        """Views are values: a screen on another thread reads them as they are."""
        while True:
            self._views = {job: tuple(follower.view() for follower in self._followed)}
            await asyncio.sleep(REDRAW)

    async def _unfollow(self) -> None:
        if self._drawing is not None:
            self._drawing.cancel()
            self._drawing = None
        followed, self._followed = self._followed, []
        await asyncio.gather(*(follower.stop() for follower in followed))

    async def _close(self) -> None:
        await self._unfollow()
        for leases in self._leases.values():
            await leases.release()


def _speaks(text: str) -> bool:
    """Whether a command may speak to Kubernetes at all: cheap, before the grammar is asked."""
    return any(word in text for word in ("kubectl", "rbt traffic", "oc ", "k "))


def _armed(record: Record) -> None:
    """Refuse where the cluster itself keeps nothing to go back to."""
    for one in record.snapshot.objects:
        spec = (one.essence or {}).get("spec") or {}
        if one.kind == "Deployment" and one.direct and spec.get("revisionHistoryLimit") == 0:
            raise NeedsOverride(
                f"deployment/{one.name} has revisionHistoryLimit 0: the cluster keeps nothing to go back to, and the "
                "way back cannot be armed. Set it to 2 or more first. Nothing was run"
            )


def _blind(why: str) -> Seen:
    """Nothing could be recorded: the command runs all the same, and the plan says why it knows no way back."""
    return Seen(system="", namespace="", objects=(), content=b"{}", obstacles=(f"nothing was recorded: {why}",))
