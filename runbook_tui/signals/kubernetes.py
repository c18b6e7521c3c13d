"""Pods of a workload as samples: how many are ready, fail, restart. Who asks the cluster is passed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from runbook_tui.run.ports import Sample, SignalError
from runbook_tui.run.workloads import PodSeen, Workload, Workloads, WorkloadSeen

UNITS: Mapping[str, str] = {
    "ready": "",
    "ready_share": "%",
    "desired": "",
    "available": "",
    "unavailable": "",
    "failing": "%",
    "failing_pods": "",
    "restarts": "",
    "restart_rate": "",  # a minute
    "restarts_since_rollout": "",
}
KINDS = {
    name: kind
    for kind, names in {
        "Deployment": ("deployment", "deployments", "deploy"),
        "StatefulSet": ("statefulset", "statefulsets", "sts"),
        "DaemonSet": ("daemonset", "daemonsets", "ds"),
    }.items()
    for name in names
}
OVER = 600.0  # seconds that restarts are counted over
MOST = 100_000  # restarts remembered


class KubernetesSignal:
    """One value of a workload.

    `ready`, `available`, `unavailable`, `desired` are pods; `ready_share` and `failing` are percent of the pods wanted;
    `restarts` are those of the last `over` seconds, `restart_rate` the same for each minute, `restarts_since_rollout`
    those of the newest revision's pods. What is not there gives no sample, what is not known one without a value.
    """

    def __init__(self, workloads: Workloads, of: Workload, take: str, *, over: float = OVER, name: str = "") -> None:
        if take not in UNITS:
            raise SignalError(f"{take!r} is not one of {', '.join(UNITS)}")
        self._workloads = workloads
        self._of = of
        self._take = take
        self._name = name or f"{take} of {of.shown}"
        self._restarts = Restarts(over)
        self._over = over

    @property
    def name(self) -> str:
        return self._name

    async def read(self) -> Sequence[Sample]:
        """One sample, or none where there is no such workload. Raises OperatorError when the cluster cannot say."""
        seen = await self._workloads.look(self._of)
        if seen is None:
            return []
        value = self._value(seen)
        return [Sample(name=self._name, value=value, at=seen.at, unit=UNITS[self._take])]

    async def close(self) -> None:
        """The connection belongs to others as well."""

    def _value(self, seen: WorkloadSeen) -> float | None:
        match self._take:
            case "restarts" | "restart_rate":
                self._restarts.take(seen)
                count = self._restarts.count
                return count if count is None or self._take == "restarts" else 60 * count / self._over
            case "restarts_since_rollout":
                newest = [pod for pod in seen.pods if pod.newest]
                return None if seen.behind or not newest else float(sum(sum(pod.restarts) for pod in newest))
            case "desired":
                return float(seen.desired)
        if seen.behind:  # the pods are those of the change before
            return None
        ready = sum(pod.ready for pod in seen.pods)
        failing = sum(bool(pod.failing) for pod in seen.pods)
        match self._take:
            case "ready":
                return float(ready)
            case "available":
                return float(seen.available)
            case "unavailable":
                return float(max(0, seen.desired - seen.available))
            case "failing_pods":
                return float(failing)
        if seen.desired == 0:  # nothing is wanted: no share of it is good or bad
            return None
        if self._take == "ready_share":
            return 100 * min(1.0, ready / seen.desired)
        missing = max(0, seen.desired - len(seen.pods))  # wanted, and not even made
        return 100 * (failing + missing) / max(seen.desired, len(seen.pods))


class Restarts:
    """The restarts of the last seconds, counted from what pods say of themselves: their sum since they were made.

    What happened before the first look is told by a pod that is younger than the window, that never restarted, or
    whose last restart is older; of any other it is not known, and then nothing is, until the window has been watched.
    """

    def __init__(self, over: float) -> None:
        self._over = timedelta(seconds=over)
        self._known: dict[tuple[str, int], int] = {}
        self._seen: deque[tuple[datetime, int]] = deque(maxlen=MOST)
        self._unknown_until: datetime | None = None
        self._first: datetime | None = None
        self._at: datetime | None = None

    def take(self, seen: WorkloadSeen) -> None:
        """Take in one look."""
        since = seen.at - self._over
        if self._at is not None and seen.at < self._at - timedelta(seconds=1):
            return  # an older answer than the one before
        gap = self._at is None or seen.at - self._at > self._over
        self._at = seen.at
        if gap:
            self._known.clear()
            self._seen.clear()
            self._unknown_until = None
            self._first = seen.at
        now: dict[tuple[str, int], int] = {}
        for pod in seen.pods:
            for number, count in enumerate(pod.restarts):
                key = (pod.uid, number)
                now[key] = count
                more = count - self._known[key] if key in self._known else self._before(pod, number, count, since)
                if more > 0:
                    self._seen.append((seen.at, more))
        self._known = now
        while self._seen and self._seen[0][0] < since:
            self._seen.popleft()

    @property
    def count(self) -> float | None:
        """Restarts within the window; None while that is not known."""
        if self._at is None or (self._unknown_until is not None and self._at < self._unknown_until):
            return None
        return float(sum(count for _, count in self._seen))

    def _before(self, pod: PodSeen, number: int, count: int, since: datetime) -> int:
        """The restarts of a container seen for the first time that fall within the window."""
        if count == 0 or pod.made >= since:
            return count
        ended = pod.restarted[number] if number < len(pod.restarted) else None
        if ended is not None and ended < since:
            return 0
        if ended is not None and count == 1:
            return 1
        self._unknown_until = since + 2 * self._over
        return 0


def workload_of(said: str, *, namespace: str = "", context: str = "") -> Workload:
    """What `deployment/api` names. Raises SignalError."""
    kind, _, name = said.strip().partition("/")
    if kind.lower() not in KINDS or not name or "/" in name:
        raise SignalError(f"{said!r} names no workload: deployment/NAME, statefulset/NAME or daemonset/NAME")
    return Workload(kind=KINDS[kind.lower()], name=name, namespace=namespace, context=context)
