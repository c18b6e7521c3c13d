"""Signals from what a document, its sidecar or the command line says of them.

rbt:
prometheus: http://127.0.0.1:9090
every: 15s
signals:
error rate: {query: 'sum(rate(errors[1m])) / sum(rate(requests[1m]))', unit: ratio}
p95 latency: {text: 'http://127.0.0.1:8400/admin/metrics', query: 'histogram_quantile(...)', unit: s}
health: {http: 'http://127.0.0.1:8400/', take: ok}
disk usage: {host: disk, path: /var}
gpu utilization: {gpu: utilization, take: mean, devices: [0, 1]}
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from runbook_tui.document import rules
from runbook_tui.document.runbook import Condition, Runbook, StepRole
from runbook_tui.gates.condition import OPPOSITE, Check
from runbook_tui.gates.stated import GATE, Timing, check_of
from runbook_tui.run.ports import OperatorError, Signal
from runbook_tui.signals.alertmanager import HEARTBEAT, AlertSignal
from runbook_tui.signals.gpu.presence import driver_here
from runbook_tui.signals.gpu.samples import GpuMetric, metric_named, of_this_machine, unit_of
from runbook_tui.signals.gpu.watch import GpuSource
from runbook_tui.signals.host import HostSignal
from runbook_tui.signals.http import Expected, HttpSignal
from runbook_tui.signals.prometheus import LOOKBACK, PrometheusServer, PrometheusSignal
from runbook_tui.signals.text import TextEndpoint, TextSignal
from runbook_tui.signals.web import Web
from runbook_tui.watching import Watched

GPU_EVERY = 5.0  # seconds between two readings for conditions
KINDS = ("query", "http", "host", "alerts", "gpu")


class BadMapping(OperatorError):
    """What is said of a signal cannot be used; nothing was asked."""


class Manual(msgspec.Struct, frozen=True, kw_only=True):
    """A condition nobody asks a source about: a person judges it."""

    condition: Condition
    why: str


class Sources:
    """The servers and endpoints of one run; signals over the same one share its connections."""

    def __init__(self, defaults: Mapping[str, Any] | None = None, *, gpus: GpuSource | None = None) -> None:
        """`gpus` are this machine's, when somebody reads them already; they stay theirs."""
        self._defaults = defaults or {}
        self._web = Web(verify=self._defaults.get("verify", True) is not False)
        self._servers: dict[str, PrometheusServer] = {}
        self._endpoints: dict[str, TextEndpoint] = {}
        self._gpus = gpus
        self._own_gpus = False

    def signal(self, name: str, said: Any) -> tuple[Signal, str]:
        """The signal a mapping describes, and its unit. Raises BadMapping."""
        spec = {"query": said} if isinstance(said, str) else said
        if not isinstance(spec, Mapping) or sum(kind in spec for kind in KINDS) != 1:
            raise BadMapping(f"the signal “{name}” wants a query, or one of http, host, alerts and gpu")
        if "query" in spec:
            signal = self._query(name, spec)
        elif "http" in spec:
            signal = self._http(name, spec)
        elif "alerts" in spec:
            signal = self._alerts(name, spec)
        elif "gpu" in spec:
            return self._gpu(name, spec)
        else:
            signal = HostSignal(
                str(spec["host"]), path=str(spec.get("path", "/")), process=str(spec.get("process", "")), name=name
            )
        return signal, str(spec.get("unit", _UNITS.get(str(spec.get("take", spec.get("host", ""))), "")))

    async def close(self) -> None:
        await self._web.close()
        if self._gpus is not None and self._own_gpus:
            await self._gpus.close()

    def _query(self, name: str, spec: Mapping[str, Any]) -> Signal:
        token = self._token(spec)
        text = spec.get("text") or (None if "prometheus" in spec else self._defaults.get("text"))
        if text:
            endpoint = self._endpoints.setdefault(str(text), TextEndpoint(str(text), self._web, token=token))
            return TextSignal(endpoint, str(spec["query"]), name=name)
        url = spec.get("prometheus") or self._defaults.get("prometheus") or os.environ.get("RBT_PROMETHEUS")
        if not url:
            raise BadMapping(
                f"the signal “{name}” is a query and nothing says of which server: set `prometheus` or `text`"
            )
        server = self._servers.setdefault(str(url), PrometheusServer(str(url), self._web, token=token))
        lookback = _seconds(spec.get("lookback"), LOOKBACK)
        return PrometheusSignal(server, str(spec["query"]), name=name, lookback=lookback)

    def _alerts(self, name: str, spec: Mapping[str, Any]) -> Signal:
        url = spec.get("alertmanager") or self._defaults.get("alertmanager")
        if not url:
            raise BadMapping(f"the signal “{name}” counts alerts, and no `alertmanager` says of which server")
        filters = spec["alerts"] if isinstance(spec["alerts"], list) else [spec["alerts"]]
        heartbeat = str(spec.get("heartbeat", HEARTBEAT))
        words = [str(one) for one in filters]
        return AlertSignal(str(url), self._web, words, heartbeat=heartbeat, name=name, token=self._token(spec))

    def _gpu(self, name: str, spec: Mapping[str, Any]) -> tuple[Signal, str]:
        metric = metric_named(f"gpu {spec['gpu']}") or metric_named(str(spec["gpu"]))
        if metric is None:
            raise BadMapping(f"the signal “{name}” names {spec['gpu']!r}, which is nothing GPUs tell")
        if self._gpus is None:
            self._gpus, self._own_gpus = of_this_machine(GPU_EVERY), True
        unit = "%" if str(spec.get("unit", "")).strip() == "%" and unit_of(metric) == "ratio" else unit_of(metric)
        said = spec.get("devices", [])
        devices = [str(one) for one in (said if isinstance(said, list) else [said])]
        reduce = str(spec.get("take", "max"))
        try:
            signal = GpuMetric(self._gpus, metric, reduce=reduce, percent=unit == "%", devices=devices)
        except OperatorError as error:
            raise BadMapping(str(error)) from None
        return signal, unit

    def _http(self, name: str, spec: Mapping[str, Any]) -> Signal:
        status = spec.get("status", 200)
        expected = Expected(
            status=tuple(int(one) for one in (status if isinstance(status, list) else [status])),
            contains=spec.get("contains"),
            path=spec.get("json"),
            equals=spec.get("equals"),
        )
        take = str(spec.get("take", "ok"))
        return HttpSignal(
            str(spec["http"]), self._web, take=take, expected=expected, name=name, token=self._token(spec),
            deadline=_seconds(spec.get("deadline"), 5.0),
        )  # fmt: skip

    def _token(self, spec: Mapping[str, Any]) -> str | None:
        """A secret is named, never written: the variable of the environment that holds it."""
        variable = spec.get("token_env") or self._defaults.get("token_env")
        return os.environ.get(str(variable)) if variable else None


_UNITS = {"latency": "ms", "tls_days": "d", "cpu": "%", "memory": "%", "disk": "%", "process_memory": "B"}


def settings(front_matter: Mapping[str, Any], sidecar: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What is said of signals for the whole document: the `rbt:` mapping, the sidecar's words first."""
    found: dict[str, Any] = {}
    for said in (front_matter, sidecar or {}):
        inner = said.get("rbt")
        whole = {**said, **(inner if isinstance(inner, Mapping) else {})}
        for key in ("prometheus", "alertmanager", "text", "every", "token_env", "verify", "canary", "windows"):
            if key in whole:
                found[key] = whole[key]
        if isinstance(whole.get("signals"), Mapping):
            found["signals"] = {**found.get("signals", {}), **whole["signals"]}
    return found


def of_runbook(
    runbook: Runbook, said: Mapping[str, Any], sources: Sources, *, triggers: bool = True, gates: bool = False,
    timing: Timing | None = None,
) -> tuple[list[Watched], list[Manual]]:  # fmt: skip
    """The document's conditions that signals answer, and those a person judges. Raises BadMapping."""
    timing = timing or Timing(every=_seconds(said.get("every"), 15.0))
    known = {plain(name): spec for name, spec in (said.get("signals") or {}).items()}
    watched: list[Watched] = []
    manual: list[Manual] = []
    seen: set[tuple[object, ...]] = set()
    for condition in _conditions(runbook, triggers=triggers, gates=gates):
        key = (condition.metric, condition.op, condition.value, condition.duration, condition.baseline_factor)
        if condition.metric is not None and key in seen and condition.step is None:
            continue  # said again in another place of the document
        seen.add(key)
        found = _watched(condition, known, sources, timing, number=len(watched))
        (manual if isinstance(found, Manual) else watched).append(found)  # type: ignore[arg-type]
    return watched, manual


def _conditions(runbook: Runbook, *, triggers: bool, gates: bool) -> Iterable[Condition]:
    if triggers:
        steps = {step.id for step in runbook.steps if step.role is StepRole.TRIGGER}
        yield from (one for one in runbook.triggers if one.step is None or one.step in steps)
        yield from (one for one in runbook.conditions if one.severity in ("critical", "warning"))
    if gates:
        yield from (one for one in runbook.conditions if one.severity == "gate")


def _watched(
    condition: Condition, known: Mapping[str, Any], sources: Sources, timing: Timing, *, number: int
) -> Watched | Manual:
    if condition.metric is None:
        return Manual(condition=condition, why="it states no threshold")
    spec = known.get(plain(condition.metric))
    if spec is None:
        spec = _of_gpus(condition)
    if spec is None:
        return Manual(condition=condition, why=f"no signal is called “{condition.metric}”")
    signal, unit = sources.signal(condition.metric, spec)
    said = spec if isinstance(spec, Mapping) else {}
    own = Timing(
        every=_seconds(said.get("every"), timing.every),
        warmup=_seconds(said.get("warmup"), timing.warmup),
        observe=timing.observe,
        least=int(said.get("least", timing.least)),
        coverage=timing.coverage,
    )
    check = check_of(
        condition, id=condition.step or f"condition-{condition.line}-{number}", unit=unit or None,
        baseline=said.get("baseline"), timing=own,
    )  # fmt: skip
    if isinstance(check, str):
        return Manual(condition=condition, why=check)
    return Watched(check=_damped(check, said), signal=signal)


def _of_gpus(condition: Condition) -> dict[str, Any] | None:
    """The GPUs here, where a condition speaks of GPUs and there are some: the device that is worst counts."""
    metric = metric_named(condition.metric or "")
    if metric is None or not driver_here():
        return None
    op = condition.op or ">"
    bad = OPPOSITE.get(op, op) if condition.severity == GATE else op
    percent = condition.unit is None and condition.value is not None and condition.value > 1.0
    return {"gpu": metric, "take": "min" if bad.startswith("<") else "max", "unit": "%" if percent else ""}


def _damped(check: Check, said: Mapping[str, Any]) -> Check:
    try:
        return msgspec.structs.replace(
            check,
            clear=float(said["clear"]) if "clear" in said else None,
            keep=_seconds(said.get("keep"), 0.0),
            stale=_seconds(said.get("stale"), 0.0) or None,
        )
    except ValueError as error:
        raise BadMapping(str(error)) from None


def plain(name: str) -> str:
    return " ".join(str(name).lower().replace("_", " ").replace("-", " ").split())


def _seconds(said: Any, default: float) -> float:
    if said is None:
        return default
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        return float(said)
    found = rules.seconds(str(said))
    if found is None:
        raise BadMapping(f"{said!r} is no time: write 30s, 5m or 1h30m")
    return found
