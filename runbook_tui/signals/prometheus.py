"""A Prometheus server, asked in PromQL: exactly one series or an error, and its own clock.

https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from runbook_tui.run.ports import Sample, SignalError
from runbook_tui.signals.fresh import fresh
from runbook_tui.signals.web import Answer, Web

LOOKBACK = 120.0  # seconds a series may be silent before it counts as gone; the server itself would wait 300


class _Data(msgspec.Struct):
    result_type: str = msgspec.field(name="resultType", default="")
    result: Any = None


class _Body(msgspec.Struct):
    status: str = ""
    data: _Data | None = None
    error: str = ""
    warnings: tuple[str, ...] = ()


class PrometheusServer:
    """The instant-query API of one server."""

    def __init__(self, url: str, web: Web, *, token: str | None = None, deadline: float = 5.0) -> None:
        self.url = url.rstrip("/")
        self._web = web
        self._token = token
        self._deadline = deadline

    async def query(self, expression: str, *, lookback: float = LOOKBACK, at: datetime | None = None) -> list[Sample]:
        """The series the expression has now, by the server's clock, or had at a time; NaN is a value of None.

        Raises SignalError when the server cannot be asked, refuses the expression or answers with another form.
        """
        params = {
            "query": fresh(expression, lookback),
            "timeout": f"{self._deadline:g}s",
        }
        if at is not None:
            params["time"] = f"{at.timestamp():.3f}"
        answer = await self._web.get(
            f"{self.url}/api/v1/query", params=params, deadline=self._deadline, token=self._token
        )
        return _samples(expression, self._read(answer))

    def _read(self, answer: Answer) -> _Data:
        try:
            body = msgspec.json.decode(answer.body, type=_Body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise SignalError(f"{self.url} answers {answer.status}, and not as a Prometheus server does") from None
        if body.status != "success" or body.data is None:
            raise SignalError(f"{self.url} refuses the query: {body.error or answer.status}")
        if body.warnings:
            raise SignalError(f"{self.url} has only a part of the answer: {'; '.join(body.warnings)}")
        return body.data


class PrometheusSignal:
    """One PromQL expression as a signal."""

    def __init__(
        self, server: PrometheusServer, expression: str, *, name: str = "", unit: str = "", lookback: float = LOOKBACK
    ) -> None:
        self._server = server
        self._expression = expression
        self._name = name or expression
        self._unit = unit
        self._lookback = lookback

    @property
    def name(self) -> str:
        return self._name

    async def read(self) -> Sequence[Sample]:
        """Every series of the answer; it is for the reader to want exactly one."""
        samples = await self._server.query(self._expression, lookback=self._lookback)
        return [msgspec.structs.replace(sample, name=self._name, unit=self._unit) for sample in samples]

    async def close(self) -> None:
        """The connections are the server's and are shared."""


def _samples(expression: str, data: _Data) -> list[Sample]:
    try:
        if data.result_type == "scalar":
            return [_sample(expression, {}, data.result)]
        if data.result_type == "vector":
            return [_sample(expression, one["metric"], one["value"]) for one in data.result]
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        raise SignalError(f"the answer to {expression} cannot be read") from None
    raise SignalError(f"{expression} is a {data.result_type or 'nothing'}: a gate wants one number, not a series")


def _sample(name: str, labels: dict[str, str], pair: Sequence[Any]) -> Sample:
    value = float(pair[1])
    return Sample(
        name=name,
        value=value if math.isfinite(value) else None,
        at=datetime.fromtimestamp(float(pair[0]), UTC),
        labels=labels,
    )
