"""A Prometheus server, asked in PromQL: exactly one series or an error, and its own clock.

https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from runbook_tui.run.ports import Sample, SignalError
from runbook_tui.signals.fresh import fresh
from runbook_tui.signals.web import Answer, Params, Web

LOOKBACK = 120.0  # seconds a series may be silent before it counts as gone; the server itself would wait 300


class _Data(msgspec.Struct):
    result_type: str = msgspec.field(name="resultType", default="")
    result: Any = None


class _Body(msgspec.Struct):
    status: str = ""
    data: _Data | None = None
    error: str = ""
    warnings: tuple[str, ...] = ()


_READER = msgspec.json.Decoder(_Body)


class PrometheusServer:
    """The instant-query API of one server."""

    def __init__(self, url: str, web: Web, *, token: str | None = None, deadline: float = 5.0) -> None:
        self.url = url.rstrip("/")
        self._web = web
        self._token = token
        self._deadline = deadline
        self._queries = f"{self.url}/api/v1/query"
        self._asking: dict[tuple[str, float], asyncio.Future[list[Sample]]] = {}

    async def query(self, expression: str, *, lookback: float = LOOKBACK, at: datetime | None = None) -> list[Sample]:
        """The series the expression has now, by the server's clock, or had at a time; NaN is a value of None.

        Raises SignalError when the server cannot be asked, refuses the expression or answers with another form.
        """
        params = {"query": fresh(expression, lookback), "timeout": f"{self._deadline:g}s"}
        if at is not None:
            params["time"] = f"{at.timestamp():.3f}"
            return await self._asked(expression, params)
        key = (expression, lookback)
        while (same := self._asking.get(key)) is not None:
            # the same is being asked at this moment: its answer is ours
            await asyncio.wait((same,))
            if not same.cancelled():
                return same.result()
        mine = self._asking[key] = asyncio.get_running_loop().create_future()
        try:
            samples = await self._asked(expression, params)
        except Exception as error:
            mine.set_exception(error)
            mine.exception()  # nobody else may be waiting, and it is told here already
            raise
        else:
            mine.set_result(samples)
            return samples
        finally:
            mine.cancel()  # who asked was stopped: the others ask themselves
            del self._asking[key]

    async def _asked(self, expression: str, params: Params) -> list[Sample]:
        answer = await self._web.get(self._queries, params=params, deadline=self._deadline, token=self._token)
        return _samples(expression, self._read(answer))

    def _read(self, answer: Answer) -> _Data:
        try:
            body = _READER.decode(answer.body)
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
