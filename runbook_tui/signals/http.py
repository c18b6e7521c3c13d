"""HTTP health checks: status, body, a value in JSON, latency, how long a certificate is good."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from runbook_tui.run.ports import Sample, SignalError
from runbook_tui.signals.web import Answer, Unreachable, Web

TAKES = ("ok", "status", "latency", "tls_days", "json")


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What makes an answer a good one."""

    status: tuple[int, ...] = (200,)
    contains: str | None = None  # in the body
    path: str | None = None  # in its JSON: $.checks[0].state
    equals: Any = None  # what stands there; with `path`


class HttpSignal:
    """One value of one URL.

    `ok`: 1 when the answer is as expected, else 0, also when nobody answers: that is what the check is for.
    `status`, `latency` (ms), `tls_days`, `json` (the number at `path`): without an answer there is no value.
    """

    def __init__(
        self, url: str, web: Web, *, take: str = "ok", expected: Expected | None = None, deadline: float = 5.0,
        name: str = "", token: str | None = None,
    ) -> None:  # fmt: skip
        if take not in TAKES:
            raise SignalError(f"{take!r} is not one of {', '.join(TAKES)}")
        self._url = url
        self._web = web
        self._take = take
        self._expected = expected or Expected()
        self._deadline = deadline
        self._name = name or f"{take} of {url}"
        self._token = token

    @property
    def name(self) -> str:
        return self._name

    async def read(self) -> Sequence[Sample]:
        if self._take == "tls_days":
            until = await self._web.certificate_end(self._url, deadline=self._deadline)
            now = datetime.now(UTC)
            days = (until - now).total_seconds() / 86_400
            return [Sample(name=self._name, value=days, at=now, unit="d")]
        try:
            answer = await self._web.get(self._url, deadline=self._deadline, token=self._token)
        except Unreachable:
            if self._take == "ok":
                return [Sample(name=self._name, value=0.0, at=datetime.now(UTC))]
            raise
        value, unit = self._value(answer)
        return [Sample(name=self._name, value=value, at=answer.at, unit=unit)]

    async def close(self) -> None:
        """The session is shared."""

    def _value(self, answer: Answer) -> tuple[float | None, str]:
        match self._take:
            case "status":
                return float(answer.status), ""
            case "latency":
                return answer.seconds * 1000, "ms"
            case "json":
                return _number(at_path(_json(answer, self._url), self._expected.path or "$", self._url)), ""
            case _:
                return float(self._good(answer)), ""

    def _good(self, answer: Answer) -> bool:
        wanted = self._expected
        if answer.status not in wanted.status:
            return False
        if wanted.contains is not None and wanted.contains not in answer.body.decode("utf-8", "replace"):
            return False
        if wanted.path is None:
            return True
        try:
            found = at_path(_json(answer, self._url), wanted.path, self._url)
        except SignalError:
            return False
        return same(found, wanted.equals) if wanted.equals is not None else bool(found)


def same(found: Any, wanted: Any) -> bool:
    """Whether this value of a JSON answer is the one that is wanted.

    What is wanted may be written as text, as on a command line: `true`, `1` and `null` are what JSON means by them,
    where the answer holds no text. True and 1 are two things, as they are in JSON.
    """
    if isinstance(wanted, str) and not isinstance(found, str):
        try:
            wanted = json.loads(wanted)
        except ValueError:
            return False
    return isinstance(found, bool) == isinstance(wanted, bool) and bool(found == wanted)


def at_path(value: Any, path: str, source: str = "") -> Any:
    """What stands at `$.a.b[0]`. Raises SignalError when nothing does."""
    for name, index in re.findall(r"\.?([^.\[\]$]+)|\[(-?\d+)\]", path.removeprefix("$")):
        try:
            value = value[int(index)] if index else value[name]
        except (KeyError, IndexError, TypeError):
            raise SignalError(f"there is no {path} in the answer of {source}") from None
    return value


def _json(answer: Answer, url: str) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        raise SignalError(f"{url} does not answer in JSON") from None


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, (int, float)) and math.isfinite(value):
        return float(value)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise SignalError(f"{value!r} is no number") from None
    return number if math.isfinite(number) else None
