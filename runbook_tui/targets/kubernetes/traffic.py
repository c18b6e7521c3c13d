"""Moving traffic: a Service's selector (blue and green), an HTTPRoute's weights, an ingress-nginx canary's weight.

Every write is a JSON patch that first tests what it replaces: a second switch, or one somebody else made meanwhile, is
refused by the cluster instead of done. Gateway API: a backend's share is its weight by the sum of all; a merge patch
would replace the whole list of backends, so none is ever sent.
"""

from __future__ import annotations

from typing import Any

import msgspec

from runbook_tui.targets.kubernetes.api import Api
from runbook_tui.targets.kubernetes.essence import pointer
from runbook_tui.targets.kubernetes.faults import KubeError, Stale, Unfit
from runbook_tui.targets.kubernetes.resources import known

CANARY = "nginx.ingress.kubernetes.io/canary"
WEIGHT = f"{CANARY}-weight"
TOTAL = f"{CANARY}-weight-total"
Patch = list[dict[str, Any]]


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """How traffic is divided now."""

    title: str
    shares: tuple[tuple[str, float], ...]  # backend, percent

    def share(self, backend: str) -> float:
        return next((percent for name, percent in self.shares if name == backend), 0.0)

    @property
    def sentence(self) -> str:
        return f"{self.title}: " + ", ".join(f"{name} {percent:g} %" for name, percent in self.shares)


class NotSplit(KubeError):
    """The object divides no traffic in a way that can be changed here."""


def switched(service: dict[str, Any], wanted: dict[str, str]) -> Patch:
    """The patch that makes a Service select `wanted` as well, testing what it selects now. Empty when it does."""
    selector = (service.get("spec") or {}).get("selector") or {}
    patch: Patch = [{"op": "test", "path": "/metadata/uid", "value": service["metadata"]["uid"]}]
    for key, value in sorted(wanted.items()):
        at = pointer(("spec", "selector", key))
        if selector.get(key) == value:
            continue
        if key in selector:
            patch += [{"op": "test", "path": at, "value": selector[key]}, {"op": "replace", "path": at, "value": value}]
        else:
            patch.append({"op": "add", "path": at, "value": value})
    return patch if len(patch) > 1 else []


def weighted(route: dict[str, Any], backend: str, percent: float) -> Patch:
    """The patch that gives one backend of an HTTPRoute its share and the others the rest, as they shared it before.

    In every rule that names the backend beside another one. Raises NotSplit when there is none.
    """
    patch: Patch = [{"op": "test", "path": "/metadata/uid", "value": route["metadata"]["uid"]}]
    found = False
    for number, rule in enumerate((route.get("spec") or {}).get("rules") or ()):
        backends = rule.get("backendRefs") or []
        names = [str(one.get("name")) for one in backends]
        if backend not in names or len(names) < 2:
            continue
        found = True
        for at, weight in enumerate(_weights(backends, names.index(backend), percent)):
            place = pointer(("spec", "rules", str(number), "backendRefs", str(at)))
            patch.append({"op": "test", "path": f"{place}/name", "value": names[at]})
            if "weight" in backends[at]:
                patch.append({"op": "test", "path": f"{place}/weight", "value": backends[at]["weight"]})
            patch.append({"op": "add", "path": f"{place}/weight", "value": weight})
    if not found:
        raise NotSplit(f"httproute/{route['metadata']['name']} has no rule that divides between {backend} and another")
    return patch


def _weights(backends: list[dict[str, Any]], chosen: int, percent: float) -> list[int]:
    """Weights that add up to 1000, so that a tenth of a percent can be said."""
    mine = round(percent * 10)
    others = [int(one.get("weight", 1)) for at, one in enumerate(backends) if at != chosen]
    rest, whole = 1000 - mine, sum(others)
    shared = [rest * one // whole for one in others] if whole else [rest // len(others)] * len(others)
    shared[0] += rest - sum(shared)
    shared.insert(chosen, mine)
    return shared


def canaried(ingress: dict[str, Any], percent: float) -> Patch:
    """The patch that gives an ingress-nginx canary its weight. Raises NotSplit when the ingress is no canary."""
    meta = ingress["metadata"]
    notes = meta.get("annotations") or {}
    if notes.get(CANARY) != "true":
        raise NotSplit(f'ingress/{meta["name"]} is no canary: {CANARY} is not "true"')
    at = pointer(("metadata", "annotations", WEIGHT))
    patch: Patch = [{"op": "test", "path": "/metadata/uid", "value": meta["uid"]}]
    if WEIGHT in notes:
        patch.append({"op": "test", "path": at, "value": notes[WEIGHT]})
    return [*patch, {"op": "add", "path": at, "value": str(round(percent * _total(notes) / 100))}]


def _total(notes: dict[str, str]) -> int:
    text = notes.get(TOTAL, "100")
    return int(text) if text.isdigit() and int(text) else 100


def split_of(kind: str, thing: dict[str, Any]) -> Split:
    """How an object divides traffic now."""
    title = f"{kind.lower()}/{thing['metadata']['name']}"
    spec = thing.get("spec") or {}
    if kind == "HTTPRoute":
        rule = next((one for one in spec.get("rules") or () if len(one.get("backendRefs") or ()) > 1), None)
        backends = (rule or next(iter(spec.get("rules") or [{}]))).get("backendRefs") or []
        whole = sum(int(one.get("weight", 1)) for one in backends)
        shares = [(str(one.get("name")), 100 * int(one.get("weight", 1)) / whole if whole else 0.0) for one in backends]
        return Split(title=title, shares=tuple(shares))
    if kind == "Ingress":
        notes = thing["metadata"].get("annotations") or {}
        percent = 100 * int(notes.get(WEIGHT, "0") or 0) / _total(notes) if notes.get(CANARY) == "true" else 100.0
        return Split(title=title, shares=(("canary", percent), ("stable", 100 - percent)))
    selector = ", ".join(f"{key}={value}" for key, value in sorted((spec.get("selector") or {}).items()))
    return Split(title=title, shares=((selector, 100.0),))


def aborted(kind: str, before: dict[str, Any], now: dict[str, Any]) -> Patch:
    """The patch that takes the traffic off what has more of it than recorded; empty where there is no weight."""
    if kind == "Ingress":
        return canaried(now, 0)
    if kind != "HTTPRoute":
        return []
    was = split_of(kind, {**before, "metadata": now["metadata"]})
    patch: Patch = []
    for backend, percent in split_of(kind, now).shares:
        if percent > was.share(backend):
            patch += weighted(now, backend, 0) if not patch else []
    return patch


class Traffic:
    """The traffic of one namespace of one cluster."""

    def __init__(self, api: Api, namespace: str) -> None:
        self._api = api
        self._namespace = namespace

    async def read(self, kind: str, name: str) -> Split:
        """How it is divided now. Raises KubeError."""
        return split_of(kind, await self._api.get(known(kind).path(self._namespace, name)))

    async def set_weight(self, kind: str, name: str, backend: str, percent: float, *, dry_run: bool = False) -> Split:
        """Give a backend (of an ingress: its canary) this share. Raises KubeError; nothing was changed then."""
        if not 0 <= percent <= 100:
            raise NotSplit(f"{percent:g} % is no share of traffic")
        thing = await self._api.get(known(kind).path(self._namespace, name))
        patch = canaried(thing, percent) if kind == "Ingress" else weighted(thing, backend, percent)
        return split_of(kind, await self._patch(kind, name, patch, thing, dry_run=dry_run))

    async def switch(
        self, name: str, wanted: dict[str, str], *, only_from: dict[str, str] | None = None, dry_run: bool = False
    ) -> Split:
        """Let a Service lead to pods with these labels; `only_from` is what it must select now.

        Refused (NotSplit) when no ready endpoint would be left: capacity first, traffic second.
        """
        thing = await self._api.get(known("Service").path(self._namespace, name))
        selector = dict((thing.get("spec") or {}).get("selector") or {})
        for key, value in (only_from or {}).items():
            if selector.get(key) != value:
                raise Stale(
                    f"service/{name} selects {key}={selector.get(key)}, not {key}={value}: nothing was switched"
                )
        patch = switched(thing, wanted)
        if not patch:
            return split_of("Service", thing)
        await self._has_capacity(name, {**selector, **wanted})
        return split_of("Service", await self._patch("Service", name, patch, thing, dry_run=dry_run))

    async def _has_capacity(self, name: str, selector: dict[str, str]) -> None:
        query = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
        pods = await self._api.get(known("Pod").path(self._namespace), labelSelector=query, limit="50")
        for pod in pods.get("items") or ():
            conditions = (pod.get("status") or {}).get("conditions") or ()
            if any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions):
                return
        raise NotSplit(f"no pod with {query} is ready: service/{name} was not switched to nothing")

    async def _patch(
        self, kind: str, name: str, patch: Patch, thing: dict[str, Any], *, dry_run: bool
    ) -> dict[str, Any]:
        try:
            return await self._api.patch(known(kind).path(self._namespace, name), patch, dry_run=dry_run)
        except Unfit as error:
            was = split_of(kind, thing).sentence
            raise Stale(f"{was} when it was read, and somebody else changed it just then: nothing was moved") from error
