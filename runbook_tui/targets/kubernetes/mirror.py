"""A list of objects kept up to date: list, watch, and again after whatever breaks a watch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from runbook_tui.targets.kubernetes.api import Api
from runbook_tui.targets.kubernetes.faults import Gone, KubeError, NotAllowed, NotThere

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0  # seconds between two tries
LOOK_EVERY = 10.0  # seconds: a server that was frozen is noticed by a question of its own


class Meta(msgspec.Struct, frozen=True):
    name: str = ""
    uid: str = ""
    resourceVersion: str = ""  # noqa: N815  # as the API spells it
    labels: Mapping[str, str] | None = None
    ownerReferences: tuple[dict[str, Any], ...] | None = None  # noqa: N815
    deletionTimestamp: str | None = None  # noqa: N815
    creationTimestamp: str | None = None  # noqa: N815
    generation: int = 0
    annotations: Mapping[str, str] | None = None


class HasMeta(Protocol):
    @property
    def metadata(self) -> Meta: ...


T = TypeVar("T", bound=HasMeta)


class Mirror(Generic[T]):
    """Objects of one path, by uid. `trouble` says why they may be old; `at` is when the server last said something."""

    def __init__(
        self, api: Api, path: str, kind: type[T], *, changed: Callable[[], None] = lambda: None, **query: str
    ) -> None:
        self._api = api
        self._path = path
        self._kind = kind
        self._query = query
        self._changed = changed
        self._version = ""
        self.items: dict[str, T] = {}
        self.listed = asyncio.Event()
        self.trouble = ""
        self.at = 0.0
        self.lists = 0  # how often all was read

    async def run(self) -> None:
        """Until cancelled. Ends by itself only when the cluster refuses."""
        pause = FIRST_PAUSE
        while True:
            try:
                if not self._version:
                    await self._list()
                    pause = FIRST_PAUSE
                await self._watch()
            except (NotAllowed, NotThere) as error:
                self._say(str(error))
                self.listed.set()
                return
            except Gone:
                self._version = ""
            except KubeError as error:
                self._say(str(error))
                self._version = ""  # what happened meanwhile is not known: read all of it again
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _list(self) -> None:
        found, version = await self._api.list_as(self._path, self._kind, self._query)
        self.lists += 1
        self.items = {item.metadata.uid: item for item in found}
        self._version = version
        self._heard()
        self.listed.set()

    async def _watch(self) -> None:
        """One watch, to its end; beside it a small question now and then, for a frozen server ends no watch."""
        watching = asyncio.ensure_future(self._follow())
        try:
            while True:
                done, _ = await asyncio.wait({watching}, timeout=LOOK_EVERY)
                if done:
                    return watching.result()
                if time.monotonic() - self.at >= LOOK_EVERY:
                    await self._api.answers()
                    self.at = time.monotonic()
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _follow(self) -> None:
        decoder = msgspec.json.Decoder(self._kind)
        async for event in self._api.watch(self._path, self._version, self._query):
            item = decoder.decode(event.object)
            self._version = item.metadata.resourceVersion or self._version
            if event.type == "DELETED":
                self.items.pop(item.metadata.uid, None)
            elif event.type != "BOOKMARK":
                self.items[item.metadata.uid] = item
            self._heard()

    def _heard(self) -> None:
        self.at = time.monotonic()
        self.trouble = ""
        self._changed()

    def _say(self, trouble: str) -> None:
        self.trouble = trouble
        self._changed()
