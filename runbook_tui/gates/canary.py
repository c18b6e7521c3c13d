"""A new version gets its traffic in stages, each for a time, as long as its checks are good. Pure.

The state is the run's (`CanaryState`), so that a canary goes on where it was after a crash: deadlines are times of day,
no stage begins anew, and none is left before enough of its checks have passed, however long nobody was there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from runbook_tui.document import conditions, rules
from runbook_tui.run.events import CanaryStage
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.state import CanaryState

DEFAULT = (
    CanaryStage(weight=5, seconds=300.0),
    CanaryStage(weight=25, seconds=600.0),
    CanaryStage(weight=100, seconds=900.0),
)
EVERY = 30.0  # seconds between two checks
SHORTEST = 0.2  # seconds between two checks: a stage is left between them
DURATION = 300.0  # of a stage that names only its weight
COVERAGE = 0.8  # of the checks of a stage that must have passed


class BadCanary(OperatorError):
    """What is said of the canary cannot be carried out; no traffic was moved."""


class Act(StrEnum):
    ENTER = "enter"  # send a stage its traffic
    CHECK = "check"
    ABORT = "abort"  # take the traffic back
    PROMOTE = "promote"
    WAIT = "wait"


class Next(msgspec.Struct, frozen=True, kw_only=True):
    act: Act
    stage: int = -1
    reason: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says of its canary."""

    stages: tuple[CanaryStage, ...] = DEFAULT
    every: float = EVERY
    command: str = ""  # that sets the weight: {weight} and {stable} are percent
    target: str | None = None
    checks: tuple[str, ...] = ()  # sentences that must hold, as in the document: "error rate < 5%"
    requests: str = ""  # the signal that counts requests of the new version
    least: float = 0.0  # of them, before a check says anything
    allowed: int = 0  # checks in a row that may fail
    lasting: float | None = None  # seconds for which the checks must be good, instead of what they say themselves


def decide(canary: CanaryState, now: datetime, *, allowed: int = 0) -> Next:
    """What is to be done now. `allowed` is how many checks may fail without one that passes between them."""
    if canary.outcome is not None:
        return Next(act=Act.WAIT)
    if canary.steered == "abort":
        return Next(act=Act.ABORT, reason=canary.reason)
    if canary.steered == "promote":
        return Next(act=Act.PROMOTE, reason=canary.reason)
    if canary.stage < 0:
        return Next(act=Act.ENTER, stage=0)
    if canary.last == "fail" and canary.failures > allowed and _of_this_stage(canary):
        return Next(act=Act.ABORT, reason=canary.detail)
    entered = canary.entered or canary.started
    if now >= (canary.checked or entered) + timedelta(seconds=canary.every):
        return Next(act=Act.CHECK, stage=canary.stage)
    stage = canary.stages[canary.stage]
    over = canary.deadline is not None and now >= canary.deadline
    soaked = over and canary.last == "pass" and canary.checks >= wanted(stage.seconds, canary.every)
    if canary.held is not None or not soaked or not held_good(canary):
        return Next(act=Act.WAIT)
    if canary.stage + 1 < len(canary.stages):
        return Next(act=Act.ENTER, stage=canary.stage + 1)
    return Next(act=Act.PROMOTE)


def wanted(seconds: float, every: float) -> int:
    """Checks that must have passed in that time."""
    return max(1, math.ceil(COVERAGE * seconds / every - 1e-9))


def held_good(canary: CanaryState) -> bool:
    """Whether the checks were good in this stage for as long as they say, one after the other."""
    if canary.holding <= 0:
        return True
    if canary.good_since is None or canary.checked is None:
        return False
    long = (canary.checked - canary.good_since).total_seconds() >= canary.holding
    return long and len(canary.good) >= wanted(canary.holding, canary.every)


def _of_this_stage(canary: CanaryState) -> bool:
    return canary.checked is not None and (canary.entered is None or canary.checked >= canary.entered)


# --- what a document says --------------------------------------------------------------------------

_STAGE = re.compile(r"^\s*(\d{1,3})\s*%?(?:\s*(?:for|:|@|\s)\s*(\d[\w.]*)\s*(?:s(?:ec(?:onds?)?)?)?)?\s*$")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$")


def plan_of(said: Any) -> Plan:
    """The plan a mapping describes. Raises BadCanary with what is wrong."""
    if said is True or said is None:
        said = {}
    if not isinstance(said, Mapping):
        said = {"stages": said}
    stages = stages_of(said["stages"]) if "stages" in said else DEFAULT
    every = _seconds(said.get("every", EVERY))
    if every < SHORTEST:
        raise BadCanary(f"every {every:g} s is too often for a canary's checks: {SHORTEST:g} s is the shortest")
    checks = said.get("checks", ())
    return Plan(
        stages=stages,
        every=every,
        command=splitter(said),
        target=said.get("target"),
        checks=tuple(str(one) for one in (checks if isinstance(checks, (list, tuple)) else [checks])),
        requests=str(said.get("requests", "")),
        least=_number(said, "least"),
        allowed=int(_number(said, "allowed")),
        lasting=_seconds(said["for"]) if "for" in said else None,
    )


def lasting_of(plan: Plan) -> float:
    """Seconds for which the checks must be good by their own sentences; `for:` of the plan takes their place."""
    if plan.lasting is not None:
        return plan.lasting
    return max((conditions.read(one, 0).duration or 0.0 for one in plan.checks), default=0.0)


def stages_of(said: Any) -> tuple[CanaryStage, ...]:
    """`5% 300s, 25% 600s, 100% 900s`, a list of such, or `10/25/50/100`. Raises BadCanary."""
    parts = re.split(r"[,/]", said) if isinstance(said, str) else list(said) if isinstance(said, (list, tuple)) else []
    stages = []
    for part in parts:
        if isinstance(part, Mapping):
            weight, seconds = part.get("weight"), _seconds(part.get("for", DURATION))
        else:
            found = _STAGE.match(str(part))
            if found is None:
                raise BadCanary(f"{part!r} is no stage: write 5% 300s")
            weight, seconds = int(found[1]), _seconds(found[2]) if found[2] else DURATION
        if not isinstance(weight, int) or not 0 < weight <= 100:
            raise BadCanary(f"a stage sends between 1 and 100 % of the traffic, not {weight!r}")
        stages.append(CanaryStage(weight=weight, seconds=seconds))
    if not stages:
        raise BadCanary("the canary has no stages")
    if [stage.weight for stage in stages] != sorted({stage.weight for stage in stages}):
        raise BadCanary("the weights of the stages must rise")
    if stages[-1].weight != 100:
        raise BadCanary(f"the last stage sends {stages[-1].weight} %: it must send 100 %")
    return tuple(stages)


def splitter(said: Mapping[str, Any]) -> str:
    """The command that sets the weight: the document's own, the lab's, an HTTPRoute's or an ingress-nginx canary's."""
    if "command" in said:
        return str(said["command"])
    namespace = f" -n {_name(said['namespace'])}" if "namespace" in said else ""
    if "httproute" in said:
        return (
            f"rbt traffic weight httproute/{_name(said['httproute'])} {_name(said.get('canary'))}={{weight}}{namespace}"
        )
    if "ingress" in said:
        return f"rbt traffic weight ingress/{_name(said['ingress'])} canary={{weight}}{namespace}"
    if "lab" in said:
        return "rbt lab weights v1={stable} v2={weight}"
    raise BadCanary("the canary does not say how traffic is divided: set one of command, httproute, ingress or lab")


def weighed(command: str, weight: int) -> str:
    """The command for one weight."""
    return command.replace("{weight}", str(weight)).replace("{stable}", str(100 - weight))


def _number(said: Mapping[str, Any], key: str) -> float:
    given = said.get(key, 0)
    try:
        number = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise BadCanary(f"`{key}: {given}` of the canary is no number")
    return number


def _name(said: Any) -> str:
    if not isinstance(said, str) or not _NAME.match(said):
        raise BadCanary(f"{said!r} is no name of a Kubernetes object")
    return said


def _seconds(said: Any) -> float:
    found: float | None
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        found = float(said)
    else:
        text = str(said)
        found = float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else rules.seconds(text)
    if found is None or not 0 < found < 7 * 86_400:
        raise BadCanary(f"{said!r} is no time for a stage: write 300s or 5m")
    return found
