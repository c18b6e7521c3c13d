"""Alertmanager: how many alerts fire.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
No alert is also what a dead Prometheus sends, so quiet counts only while the heartbeat alert arrives: one that always
fires, `Watchdog` in most installations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from runbook_tui.run.ports import Sample, SignalError
from runbook_tui.signals.web import Answer, Web

HEARTBEAT = "Watchdog"


class _Alert(msgspec.Struct):
    labels: dict[str, str]


class AlertSignal:
    """The number of firing alerts that match all filters (`alertname="HighErrors"`), silenced ones not counted.

    Without its heartbeat there is no value; an empty `heartbeat` trusts silence, which nobody should.
    """

    def __init__(
        self, url: str, web: Web, filters: Sequence[str], *, heartbeat: str = HEARTBEAT, name: str = "",
        token: str | None = None, deadline: float = 5.0,
    ) -> None:  # fmt: skip
        self._url = url.rstrip("/")
        self._web = web
        self._filters = tuple(filters)
        self._heartbeat = heartbeat
        self._name = name or f"alerts {', '.join(filters)}"
        self._token = token
        self._deadline = deadline

    @property
    def name(self) -> str:
        return self._name

    async def read(self) -> Sequence[Sample]:
        wanted = [self._count(self._filters)]
        if self._heartbeat:
            wanted.append(self._count([f'alertname="{self._heartbeat}"']))
        firing, *beats = await asyncio.gather(*wanted)
        if beats and not beats[0]:
            return []
        return [Sample(name=self._name, value=float(firing), at=datetime.now(UTC))]

    async def close(self) -> None:
        """The session is shared."""

    async def _count(self, filters: Sequence[str]) -> int:
        answer = await self._web.get(
            f"{self._url}/api/v2/alerts",
            params=[
                ("active", "true"),
                ("silenced", "false"),
                ("inhibited", "false"),
                *(("filter", f) for f in filters),
            ],
            deadline=self._deadline,
            token=self._token,
        )
        return len(_alerts(answer, self._url))


def _alerts(answer: Answer, url: str) -> list[_Alert]:
    if answer.status != 200:
        raise SignalError(f"{url} answers {answer.status}: {answer.body[:200].decode('utf-8', 'replace').strip()}")
    try:
        return msgspec.json.decode(answer.body, type=list[_Alert])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SignalError(f"{url} does not answer as an Alertmanager does") from None
