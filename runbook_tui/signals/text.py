"""Any endpoint that speaks the Prometheus text format, scraped directly."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from runbook_tui.run.ports import Sample, SignalError
from runbook_tui.signals.expression import Expression, Labels, Scrape
from runbook_tui.signals.web import Answer, Web

SOONEST = 0.1  # seconds between two scrapes; expressions over one endpoint share them
OLDEST = 300.0  # seconds a value with a time of its own may lie back; what is younger is taken as old as it is
MOST = 600  # scrapes kept


class TextEndpoint:
    """Scrapes one URL and keeps, for the expressions over it, as many scrapes as their ranges want."""

    def __init__(
        self, url: str | Callable[[], str], web: Web, *, token: str | None = None, deadline: float = 5.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`url` may be asked anew for each scrape, in a thread: it raises SignalError while there is none."""
        self._url = url
        self._web = web
        self._token = token
        self._deadline = deadline
        self._monotonic = monotonic
        self._names: set[str] = set()
        self._longest = 0.0
        self._kept: deque[Scrape] = deque(maxlen=MOST)
        self._at: datetime | None = None
        self._scraping = asyncio.Lock()

    def wants(self, expression: Expression) -> None:
        self._names |= expression.names
        self._longest = max(self._longest, expression.longest)

    async def scrapes(self) -> tuple[datetime, Sequence[Scrape]]:
        """When the newest scrape was taken, and all that are kept; scrapes anew unless that was just now.

        Raises SignalError.
        """
        async with self._scraping:
            if not self._kept or self._monotonic() - self._kept[-1].at >= SOONEST:
                url = self._url if isinstance(self._url, str) else await asyncio.to_thread(self._url)
                answer = await self._web.get(url, deadline=self._deadline, token=self._token)
                if answer.status != 200:
                    raise SignalError(f"{url} answers {answer.status}")
                series, ages = await asyncio.to_thread(_parse, answer, url, frozenset(self._names))
                self._kept.append(Scrape(at=self._monotonic(), series=series, ages=ages))
                self._at = answer.at
                self._forget()
        if self._at is None:
            raise SignalError("it was never read")
        return self._at, tuple(self._kept)

    def _forget(self) -> None:
        """Keep one scrape from before the longest range, and always two."""
        edge = self._kept[-1].at - self._longest
        while len(self._kept) > 2 and self._kept[1].at <= edge:
            self._kept.popleft()


class TextSignal:
    """One expression over an endpoint."""

    def __init__(self, endpoint: TextEndpoint, expression: str, *, name: str = "", unit: str = "") -> None:
        self._endpoint = endpoint
        self._expression = Expression(expression)
        endpoint.wants(self._expression)
        self._name = name or expression
        self._unit = unit

    @property
    def name(self) -> str:
        return self._name

    async def read(self) -> Sequence[Sample]:
        at, scrapes = await self._endpoint.scrapes()
        age = self._expression.age(scrapes[-1])
        return [
            Sample(
                name=self._name,
                value=value if math.isfinite(value) else None,
                at=at - timedelta(seconds=age),
                age=age,
                labels=dict(labels),
                unit=self._unit,
            )
            for labels, value in self._expression.evaluate(scrapes).items()
        ]

    async def close(self) -> None:
        """The endpoint is shared."""


Parsed = tuple[dict[tuple[str, Labels], float], dict[tuple[str, Labels], float]]


def _parse(answer: Answer, url: str, names: frozenset[str]) -> Parsed:
    """The wanted series, and how old those are that tell it.

    Raises SignalError when it is not the text format, or a value is too old.
    """
    from prometheus_client.parser import text_string_to_metric_families

    series: dict[tuple[str, Labels], float] = {}
    ages: dict[tuple[str, Labels], float] = {}
    try:
        for family in text_string_to_metric_families(answer.body.decode()):
            for sample in family.samples:
                if sample.name not in names:
                    continue
                age = 0.0 if sample.timestamp is None else answer.at.timestamp() - float(sample.timestamp)
                if age > OLDEST:
                    raise SignalError(f"{url}: {sample.name} is {age:.0f} s old")
                key = (sample.name, tuple(sorted(sample.labels.items())))
                series[key] = float(sample.value)
                if age > 0:
                    ages[key] = age
    except (ValueError, UnicodeDecodeError, IndexError, KeyError) as error:
        raise SignalError(f"{url} does not speak the Prometheus text format ({error})") from None
    return series, ages
