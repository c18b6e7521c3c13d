"""What the conditions of a document are asked of on the stage, and time made fast for them. Pure.

A signal that the document takes from elsewhere is taken from the lab, by its name; one that no part of the lab stands
in for is left to a person, and said so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from runbook_tui.document import rules as times
from runbook_tui.document.mapped import asked_by, plain
from runbook_tui.document.runbook import Condition, Runbook
from runbook_tui.gates.canary import lasting_of, plan_of
from runbook_tui.gates.stated import Alert
from runbook_tui.rehearsal.alerts import on_stage as staged_alerts
from runbook_tui.rehearsal.rules import Rules
from runbook_tui.sources import LAB, settings, signals_of

EVERY = 0.5  # seconds between two values
SHORTEST = 2.0  # seconds of a range that a rate is taken over
_RANGE = re.compile(r"\[(\d+(?:\.\d+)?)(ms|s|m|h|d)\]")
_LOCAL = re.compile(r"^https?://(?:127\.0\.0\.1|localhost)(?::\d+)?(/\S*)?$")
_PERCENTILE = re.compile(r"\bp(\d{2})\b")
_TIMES = ("every", "for", "warmup", "keep", "lookback", "stale", "deadline")


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The document and its settings as they are watched on the stage."""

    runbook: Runbook
    sidecar: dict[str, Any]
    taken_over: tuple[str, ...]  # signals the lab answers now, instead of what the document says
    left_out: tuple[str, ...]  # signals and alerts nothing on the stage answers
    alerts: tuple[Alert, ...] = ()  # of rule files, asked of the lab


def on_stage(
    runbook: Runbook, sidecar: Mapping[str, Any] | None, rules: Rules, *, gateway: int, metrics: int,
    alerts: Sequence[Alert] = (),
) -> Measured:  # fmt: skip
    """`gateway` and `metrics` are the ports of the lab's parts, `alerts` those of the document's rule files."""
    said = settings(runbook.front_matter, sidecar)
    urls = {"gateway": f"http://127.0.0.1:{gateway}/admin/metrics", "metrics": f"http://127.0.0.1:{metrics}/metrics",
            "url": f"http://127.0.0.1:{gateway}"}  # fmt: skip
    own = signals_of(said)
    by_rule = {plain(name): _filled(spec, urls) for name, spec in rules.signals.items()}
    found: dict[str, Any] = {}
    taken_over, left_out = [], []
    for name in dict.fromkeys((*own, *_asked(runbook, said))):
        spec = own.get(name)
        staged = by_rule.get(name) or _kept(spec, urls, said)
        if staged is None:
            staged = _guessed(name, urls)
            if staged is not None:
                taken_over.append(name)
            elif spec is not None:
                left_out.append(name)
        if staged is not None:
            found[name] = _hurried(staged, rules.faster)
    watched, unheard = staged_alerts(
        alerts, by_rule, urls["metrics"] if metrics else urls["gateway"], every=EVERY,
        hurried=lambda spec: _hurried(spec, rules.faster), sooner=lambda seconds: seconds / rules.faster,
    )  # fmt: skip
    settled: dict[str, Any] = {"signals": found, "every": EVERY, "text": urls["gateway"]}
    if "canary" in said:
        settled["canary"] = _canary(said["canary"], rules.faster)
    whole = msgspec.structs.replace(
        runbook,
        front_matter={},
        triggers=tuple(_sooner(one, rules.faster) for one in runbook.triggers),
        conditions=tuple(_sooner(one, rules.faster) for one in runbook.conditions),
    )
    return Measured(
        runbook=whole, sidecar={"rbt": settled}, taken_over=tuple(taken_over), left_out=(*left_out, *unheard),
        alerts=watched,
    )  # fmt: skip


def _asked(runbook: Runbook, said: Mapping[str, Any]) -> Iterable[str]:
    """The names of everything a condition or a canary asks for."""
    for condition in (*runbook.triggers, *runbook.conditions):
        if condition.metric:
            yield plain(condition.metric)
    yield from asked_by(said.get("canary"))


def _kept(spec: Any, urls: Mapping[str, str], said: Mapping[str, Any]) -> Any:
    """A signal that speaks of the lab already; None for one that is taken from elsewhere."""
    if not isinstance(spec, Mapping):
        return None
    moved = dict(spec)
    if "query" in spec and not {"text", "prometheus"} & set(spec) and "text" in said:
        moved["text"] = said["text"]  # where the document's queries go
    for key in ("text", "http"):
        if str(moved.get(key)).partition("/")[0] == LAB:
            continue  # the stage's own, on whatever port it runs
        if key in moved:
            match = _LOCAL.match(str(moved[key]))
            if match is None:
                return None
            path = match[1] or "/"
            is_page = path == "/metrics"
            moved[key] = urls["metrics"] if is_page else urls["url"] + path
    return moved if "text" in moved or "http" in moved else None


def _guessed(name: str, urls: Mapping[str, str]) -> dict[str, Any] | None:
    """The lab's own value of that name."""
    whose = '{version="v2"}' if "canary" in name or "new" in name.split() else ""
    page = urls["gateway"]
    errors = f"sum(rate(lab_gateway_errors_total{whose}[3s])) / sum(rate(lab_gateway_requests_total{whose}[3s]))"
    if "error" in name or "failure rate" in name:
        return {"text": page, "query": errors, "unit": "ratio"}
    if name in ("availability", "success rate", "completion rate", "job completion rate"):
        return {"text": page, "query": f"1 - {errors}", "unit": "ratio"}
    if "latency" in name or "response time" in name:
        share = int(match[1]) / 100 if (match := _PERCENTILE.search(name)) else 0.95
        query = f"max(histogram_quantile({share:g}, rate(lab_gateway_request_duration_seconds_bucket{whose}[3s])))"
        return {"text": page, "query": query, "unit": "s"}
    if name.endswith("requests"):
        return {"text": page, "query": f"sum(increase(lab_gateway_requests_total{whose}[3s]))"}
    if "disk" in name:
        return {"text": urls["metrics"], "query": "lab_store_disk_used_ratio", "unit": "ratio"}
    if "gpu" in name and "util" in name:
        return {"text": urls["metrics"], "query": "max(DCGM_FI_DEV_GPU_UTIL)", "unit": "%"}
    return None


def _filled(spec: Any, urls: Mapping[str, str]) -> Any:
    """{gateway}, {metrics} and {url} of a rule."""
    if not isinstance(spec, Mapping):
        return spec
    filled = dict(spec)
    for key in ("text", "http"):
        for name, url in urls.items():
            if key in filled:
                filled[key] = str(filled[key]).replace(f"{{{name}}}", url)
    return filled


def _hurried(spec: Any, faster: float) -> Any:
    if not isinstance(spec, Mapping):
        return spec
    soon = dict(spec)
    for key in _TIMES:
        seconds = _seconds(soon.get(key))
        if seconds is not None:
            soon[key] = max(EVERY, seconds / faster)
    if "query" in soon:
        soon["query"] = _RANGE.sub(lambda match: _range(match, faster), str(soon["query"]))
    return soon


def _range(match: re.Match[str], faster: float) -> str:
    seconds = _seconds(match[1] + match[2]) or SHORTEST
    return f"[{max(SHORTEST, seconds / faster):.0f}s]"


def _seconds(said: Any) -> float | None:
    if said is None or isinstance(said, bool):
        return None
    return float(said) if isinstance(said, (int, float)) else times.seconds(str(said))


def _canary(said: Any, faster: float) -> dict[str, Any]:
    """The same stages, sooner over, and the traffic moved by the lab."""
    plan = plan_of(said)
    stages = ", ".join(f"{stage.weight}% {max(1.0, stage.seconds / faster):g}s" for stage in plan.stages)
    kept = {key: said[key] for key in ("checks", "allowed", "requests") if isinstance(said, Mapping) and key in said}
    return {
        **kept,
        "lab": True,
        "stages": stages,
        "every": max(EVERY, plan.every / faster),
        **({"for": max(EVERY, lasting / faster)} if (lasting := lasting_of(plan)) else {}),
        **({"least": max(1.0, plan.least / faster)} if plan.least else {}),
    }


def _sooner(condition: Condition, faster: float) -> Condition:
    if condition.duration is None:
        return condition
    return msgspec.structs.replace(condition, duration=max(EVERY, condition.duration / faster))
