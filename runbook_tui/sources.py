"""Signals from what a document, its sidecar or the command line says of them.

rbt:
prometheus: http://127.0.0.1:9090
every: 15s
signals:
error rate: {query: 'sum(rate(errors[1m])) / sum(rate(requests[1m]))', unit: ratio}
p95 latency: {text: 'http://127.0.0.1:8400/admin/metrics', query: 'histogram_quantile(...)', unit: s}
health: {http: 'http://127.0.0.1:8400/', take: ok}
disk usage: {host: disk, path: /var}
gpu utilization: {gpu: utilization, take: mean, devices: [0, 1], host: gpu-07}
pods failing: {kubernetes: deployment/api, namespace: shop, take: failing}
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from runbook_tui.document import rules, worded
from runbook_tui.document.annotation import MEASURED
from runbook_tui.document.conditions import read as read_sentence
from runbook_tui.document.mapped import COUNTED, misspelt, other_time, plain, unasked
from runbook_tui.document.runbook import Condition, Polarity, Runbook, StepRole
from runbook_tui.gates.condition import OPPOSITE, Check
from runbook_tui.gates.stated import GATE, Timing, check_of
from runbook_tui.kubernetes import OwnWorkloads
from runbook_tui.lab.parts import GATEWAY
from runbook_tui.lab.process import read_record
from runbook_tui.places import state_folder
from runbook_tui.run.ports import OperatorError, Signal, SignalError
from runbook_tui.run.targets import LOCAL
from runbook_tui.run.workloads import Workloads
from runbook_tui.signals.alertmanager import HEARTBEAT, AlertSignal
from runbook_tui.signals.gpu.presence import driver_here
from runbook_tui.signals.gpu.samples import GpuMetric, metric_named, of_this_machine, unit_of
from runbook_tui.signals.gpu.watch import GpuSource
from runbook_tui.signals.host import HostSignal
from runbook_tui.signals.http import Expected, HttpSignal
from runbook_tui.signals.kubernetes import OVER, UNITS, KubernetesSignal, workload_of
from runbook_tui.signals.prometheus import LOOKBACK, PrometheusServer, PrometheusSignal
from runbook_tui.signals.text import TextEndpoint, TextSignal
from runbook_tui.signals.web import Web
from runbook_tui.watching import Watched

GPU_EVERY = 5.0  # seconds between two readings for conditions
LAB = "lab"  # as `text`: the page of the lab's gateway; lab/PART that of another part
KINDS = ("query", "http", "alerts", "kubernetes", "gpu")  # `host` alone is this machine; beside `gpu` it names one


class BadMapping(OperatorError):
    """What is said of a signal cannot be used; nothing was asked."""


class Manual(msgspec.Struct, frozen=True, kw_only=True):
    """A condition nobody asks a source about: a person judges it."""

    condition: Condition
    why: str
    mistaken: bool = False  # a signal is named for it, and cannot answer it: nobody meant a person to judge


class Gpus(Protocol):
    """The way to the GPUs of machines."""

    @property
    def meant(self) -> str | None:
        """Whose GPUs a sentence speaks of that names no machine; None where there are none."""
        ...

    def of(self, name: str) -> Sequence[GpuSource]:
        """Those of a host, or of all hosts of a fleet. Raises OperatorError for a name that is not known."""
        ...

    async def close(self) -> None: ...


class GpusHere:
    """Those of the machine here, and no other's."""

    def __init__(self) -> None:
        self._source: GpuSource | None = None

    @property
    def meant(self) -> str | None:
        return LOCAL if driver_here() else None

    def of(self, name: str) -> Sequence[GpuSource]:
        if name != LOCAL:
            raise BadMapping(f"nothing leads to the GPUs of {name} from here")
        self._source = self._source or of_this_machine(GPU_EVERY)
        return (self._source,)

    async def close(self) -> None:
        if self._source is not None:
            await self._source.close()


class Sources:
    """The servers and endpoints of one run; signals over the same one share its connections."""

    def __init__(
        self, defaults: Mapping[str, Any] | None = None, *, gpus: Gpus | None = None, workloads: Workloads | None = None
    ) -> None:
        """`gpus` and `workloads` are closed with this; without them they are asked over connections of their own."""
        self._defaults = defaults or {}
        self._web = Web(verify=self._defaults.get("verify", True) is not False)
        self._servers: dict[str, PrometheusServer] = {}
        self._endpoints: dict[str, TextEndpoint] = {}
        self._gpus = gpus or GpusHere()
        self._workloads = workloads

    def signal(self, name: str, said: Any) -> tuple[Signal, str]:
        """The signal a mapping describes, and its unit. Raises BadMapping, or another OperatorError."""
        try:
            return self._signal(name, said)
        except (TypeError, ValueError, AttributeError, SignalError) as error:
            raise BadMapping(f"the signal “{name}” cannot be used as it is written: {error}") from None

    def _signal(self, name: str, said: Any) -> tuple[Signal, str]:
        spec = {"query": said} if isinstance(said, str) else said
        if not isinstance(spec, Mapping) or sum(kind in spec for kind in KINDS) != int(_remote(spec)):
            raise BadMapping(f"the signal “{name}” wants a query, or one of http, host, alerts, kubernetes and gpu")
        if "query" in spec:
            signal = self._query(name, spec)
        elif "http" in spec:
            signal = self._http(name, spec)
        elif "alerts" in spec:
            signal = self._alerts(name, spec)
        elif "gpu" in spec:
            return self._gpu(name, spec)
        elif "kubernetes" in spec:
            return self._kubernetes(name, spec)
        else:
            signal = HostSignal(
                str(spec["host"]), path=str(spec.get("path", "/")), process=str(spec.get("process", "")), name=name
            )
        return signal, str(spec.get("unit", _UNITS.get(str(spec.get("take", spec.get("host", ""))), "")))

    async def close(self) -> None:
        await self._web.close()
        await self._gpus.close()
        if self._workloads is not None:
            await self._workloads.close()

    def of_gpus(self, condition: Condition) -> dict[str, Any] | None:
        """What a condition of GPUs means where nothing is said of it: the device that is worst counts."""
        metric = metric_named(condition.metric or "")
        host = self._gpus.meant if metric is not None else None
        if host is None:
            return None
        op = condition.op or ">"
        bad = OPPOSITE.get(op, op) if condition.severity == GATE else op
        percent = condition.unit is None and condition.value is not None and condition.value > 1.0
        take = "min" if bad.startswith("<") else "max"
        return {"gpu": metric, "take": take, "unit": "%" if percent else "", "host": host}

    def _query(self, name: str, spec: Mapping[str, Any]) -> Signal:
        token = self._token(spec)
        text = spec.get("text") or (None if "prometheus" in spec else self._defaults.get("text"))
        if text:
            where = _lab_page(str(text)) if str(text).partition("/")[0] == LAB else str(text)
            endpoint = self._endpoints.setdefault(str(text), TextEndpoint(where, self._web, token=token))
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
        unit = "%" if str(spec.get("unit", "")).strip() == "%" and unit_of(metric) == "ratio" else unit_of(metric)
        said = spec.get("devices", [])
        devices = [str(one) for one in (said if isinstance(said, list) else [said])]
        reduce = str(spec.get("take", "max"))
        try:
            found = self._gpus.of(str(spec.get("host", LOCAL)))
            signal = GpuMetric(found, metric, reduce=reduce, percent=unit == "%", devices=devices)
        except OperatorError as error:
            raise BadMapping(str(error)) from None
        return signal, unit

    def _kubernetes(self, name: str, spec: Mapping[str, Any]) -> tuple[Signal, str]:
        self._workloads = self._workloads or OwnWorkloads()
        take = str(spec.get("take", "ready_share"))
        place = {key: str(spec.get(key, "")) for key in ("namespace", "context")}
        try:
            of = workload_of(str(spec["kubernetes"]), **place)
            over = _seconds(spec.get("over"), OVER)
            signal = KubernetesSignal(self._workloads, of, take, over=over, name=name)
        except SignalError as error:
            raise BadMapping(f"the signal “{name}”: {error}") from None
        return signal, UNITS[take]

    def _http(self, name: str, spec: Mapping[str, Any]) -> Signal:
        said, contains, path = spec.get("status", 200), spec.get("contains"), spec.get("json")
        codes = [int(one) if str(one).isdigit() else 0 for one in (said if isinstance(said, list) else [said])]
        if not codes or not all(100 <= one <= 599 for one in codes):
            raise BadMapping(f"the signal “{name}”: status is a number like 200, or a list of them, not {said!r}")
        expected = Expected(
            status=tuple(codes),
            contains=None if contains is None else str(contains),
            path=None if path is None else str(path),
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


_WITHIN = re.compile(
    r"\b(?:within|in|over|during)\b\D{0,12}(\d[\d.]*)\s*"
    r"(s|seconds?|secs?|m|minutes?|mins?|h|hours?|hrs?|d|days?)\b", re.IGNORECASE
)  # fmt: skip
_UNITS = {"latency": "ms", "tls_days": "d", "cpu": "%", "memory": "%", "disk": "%", "process_memory": "B"}


def _lab_page(text: str) -> Callable[[], str]:
    """Where a part of the lab tells what it measures, on whatever port it runs now: `lab` is its gateway."""
    part = text.partition("/")[2] or GATEWAY

    def where() -> str:
        record = read_record(state_folder() / "lab", part)
        if record is None:
            raise SignalError("the lab does not run: rbt lab up" + (f" {part}" if part != GATEWAY else ""))
        return f"http://127.0.0.1:{record.port}{'/admin' if part == GATEWAY else ''}/metrics"

    return where


def _remote(spec: Mapping[str, Any]) -> bool:
    """Whether one of KINDS is wanted; `host` alone asks this machine."""
    return "host" not in spec or "gpu" in spec


def signals_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of signals, by plain name. Raises BadMapping when it is no mapping: then nothing is known of any."""
    signals = said.get("signals") or {}
    if not isinstance(signals, Mapping):
        raise BadMapping("`signals` names each signal and what answers it: `error rate: {query: …}`")
    return {plain(name): spec for name, spec in signals.items()}


def signal_named(name: str, said: Mapping[str, Any], sources: Sources) -> Signal | None:
    """The signal of that name; None where there is none. Raises BadMapping."""
    known, found = signals_of(said), plain(name)
    return sources.signal(name, known[found])[0] if found in known else None


def settings(front_matter: Mapping[str, Any], sidecar: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What is said of signals for the whole document: the `rbt:` mapping, the sidecar's words first."""
    found: dict[str, Any] = {}
    for said in (front_matter, sidecar or {}):
        inner = said.get("rbt")
        whole = {**said, **(inner if isinstance(inner, Mapping) else {})}
        if said is front_matter and not (isinstance(inner, Mapping) and "rules" in inner):
            whole.pop("rules", None)  # a word that stands in many a front matter, and speaks of other things
        before, signals = found.get("signals"), whole.get("signals")
        found.update({key: whole[key] for key in MEASURED if key in whole})
        if isinstance(before, Mapping) and (signals is None or isinstance(signals, Mapping)):
            found["signals"] = {**before, **(signals or {})}
    return found


def measured_hosts(said: Mapping[str, Any]) -> set[str]:
    """The machines whose GPUs are asked for by name."""
    named = said.get("signals")
    specs = named.values() if isinstance(named, Mapping) else ()
    return {str(spec["host"]) for spec in specs if isinstance(spec, Mapping) and {"gpu", "host"} <= spec.keys()}


def of_runbook(
    runbook: Runbook, said: Mapping[str, Any], sources: Sources, *, triggers: bool = True, gates: bool = False,
    timing: Timing | None = None,
) -> tuple[list[Watched], list[Manual]]:  # fmt: skip
    """The document's conditions that signals answer, and those a person judges. Raises BadMapping."""
    timing = timing or Timing(every=interval_of(said))
    known = signals_of(said)
    wrong = unasked(known, said.get("canary"), runbook.triggers, runbook.conditions)
    watched: list[Watched] = []
    manual: list[Manual] = []
    seen: dict[tuple[object, ...], bool] = {}  # what was said, and whether as an order to go back
    for condition in _conditions(runbook, triggers=triggers, gates=gates):
        orders = condition.polarity is Polarity.DO and condition in runbook.triggers
        key = (condition.metric, condition.op, condition.value, condition.duration, condition.baseline_factor)
        if condition.metric is not None and seen.get(key) in (True, orders) and condition.step is None:
            continue  # said again in another place of the document, and no more strongly
        seen[key] = seen.get(key, False) or orders
        found = _watched(condition, known, sources, timing, wrong, number=len(watched))
        if isinstance(found, Watched):
            within = {**said, **_spec_of(known, condition)}
            found = msgspec.structs.replace(_within(runbook, found, within), orders=orders)
        (manual if isinstance(found, Manual) else watched).append(found)  # type: ignore[arg-type]
    return watched, manual


def of_sentence(text: str, said: Mapping[str, Any], sources: Sources, *, every: float) -> Watched | Manual:
    """What a sentence says must hold, outside the document: watched, or why it cannot be. Raises BadMapping."""
    known = signals_of(said)
    condition = read_sentence(text, 0, severity=GATE)
    if condition.metric is None:
        return Manual(condition=condition, why="it states no threshold")
    return _watched(condition, known, sources, Timing(every=every), {}, number=0)


def _conditions(runbook: Runbook, *, triggers: bool, gates: bool) -> Iterable[Condition]:
    if triggers:
        steps = {step.id for step in runbook.steps if step.role is StepRole.TRIGGER}
        yield from (one for one in runbook.triggers if one.step is None or one.step in steps)
        yield from (one for one in runbook.conditions if one.severity in ("critical", "warning"))
    if gates:
        yield from (one for one in runbook.conditions if one.severity == "gate")


def _watched(
    condition: Condition, known: Mapping[str, Any], sources: Sources, timing: Timing, wrong: Mapping[str, str], *,
    number: int,
) -> Watched | Manual:  # fmt: skip
    """`wrong` are signals that nothing asks for, by what the condition is called that one is likely meant for."""
    try:
        condition = worded.measured(condition, known)
    except worded.BadMeasure as error:
        raise BadMapping(str(error)) from None
    if condition.metric is None:
        meant = wrong.get(plain(condition.text))
        why = "it states no threshold" + (f", and {misspelt(meant)}" if meant else "")
        return Manual(condition=condition, why=why, mistaken=meant is not None)
    name = plain(condition.metric)
    spec = known[name] if name in known else sources.of_gpus(condition)
    if spec is None and name not in known:
        meant = wrong.get(name)
        why = f"no signal is called “{condition.metric}”" + (f", and {misspelt(meant)}" if meant else "")
        return Manual(condition=condition, why=why, mistaken=meant is not None)
    condition, spec = _counted(condition, spec)
    note = ""
    if isinstance(spec, Mapping) and "for" in spec and condition.duration is not None:
        _seconds(spec["for"], 0.0)
        if (other := other_time(condition, spec)) is not None:
            lasting, note = other
            condition = msgspec.structs.replace(condition, duration=lasting)
    signal, unit = sources.signal(str(condition.metric), spec)
    said = spec if isinstance(spec, Mapping) else {}
    own = Timing(
        every=_interval(said.get("every"), timing.every),
        warmup=_seconds(said.get("warmup"), timing.warmup),
        observe=timing.observe,
        least=int(_number(said, "least", timing.least)),
        coverage=timing.coverage,
    )
    check = check_of(
        condition, id=condition.step or f"{_kind(condition)}-{condition.line}-{number}", unit=unit or None,
        baseline=_number(said, "baseline", None), timing=own,
    )  # fmt: skip
    if isinstance(check, str):
        return Manual(condition=condition, why=check, mistaken=name in known)
    asked = msgspec.json.encode(spec, enc_hook=str, order="sorted").decode()
    check = msgspec.structs.replace(_damped(check, said), note=note)
    return Watched(check=check, signal=signal, question=asked)


def _kind(condition: Condition) -> str:
    return "criterion" if condition.severity == GATE else "condition"


def _spec_of(known: Mapping[str, Any], condition: Condition) -> Mapping[str, Any]:
    spec = known.get(plain(condition.metric or ""))
    return spec if isinstance(spec, Mapping) else {}


def _within(runbook: Runbook, watched: Watched, said: Mapping[str, Any]) -> Watched:
    """Watched between two steps, where that is said: before the first there may be nothing to ask."""
    after, until = (_step(runbook, said.get(key)) for key in ("after", "until"))
    return msgspec.structs.replace(watched, after=after, until=until)


def _step(runbook: Runbook, said: Any) -> str | None:
    """The step of that id, or whose title begins so. Raises BadMapping."""
    if said is None:
        return None
    found = next((one.id for one in runbook.steps if said in (one.id, one.title)), None)
    found = found or next((one.id for one in runbook.steps if plain(one.title).startswith(plain(said))), None)
    if found is None:
        raise BadMapping(f"no step of the document is called “{said}”: conditions cannot wait for it")
    return found


def _counted(condition: Condition, spec: Any) -> tuple[Condition, Any]:
    """Restarts "in 10 minutes" are counted over that time: they need not go on for as long."""
    if not isinstance(spec, Mapping) or spec.get("take") not in COUNTED:
        return condition, spec
    window = condition.duration
    if window is None and (found := _WITHIN.search(condition.text)):
        window = rules.seconds(found[1] + found[2][0].lower())
    over = {"over": window} if window else {}
    return msgspec.structs.replace(condition, duration=None), {**over, **spec}


def _damped(check: Check, said: Mapping[str, Any]) -> Check:
    try:
        return msgspec.structs.replace(
            check,
            clear=_number(said, "clear", None),
            keep=_seconds(said.get("keep"), 0.0),
            stale=_seconds(said.get("stale"), 0.0) or None,
        )
    except ValueError as error:
        raise BadMapping(str(error)) from None


def _seconds(said: Any, default: float) -> float:
    if said is None:
        return default
    number = isinstance(said, (int, float)) and not isinstance(said, bool)
    found = float(said) if number else rules.seconds(str(said))
    if found is None or not (math.isfinite(found) and found >= 0):
        raise BadMapping(f"{said!r} is no time: write 30s, 5m or 1h30m")
    return found


def interval_of(said: Mapping[str, Any]) -> float:
    """Seconds between two questions, where a signal says nothing of its own. Raises BadMapping."""
    return _interval(said.get("every"), 15.0)


def _interval(said: Any, default: float) -> float:
    """Between two questions. Raises BadMapping also for none at all."""
    found = _seconds(said, default)
    if found <= 0:
        raise BadMapping(f"`every: {said}` is no time between two questions: write 30s, 5m or 1h30m")
    return found


Default = TypeVar("Default", float, None)


def _number(said: Mapping[str, Any], key: str, default: Default) -> float | Default:
    """A finite number, written as one or as text. Raises BadMapping."""
    given = said.get(key)
    if given is None:
        return default
    try:
        number = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise BadMapping(f"`{key}: {given}` is no number")
    return number
