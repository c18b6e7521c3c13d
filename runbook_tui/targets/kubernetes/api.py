"""Requests to one API server: every one with a deadline, every refusal a KubeError. Lives on the loop of Kubernetes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import msgspec

from runbook_tui.targets.kubernetes.faults import KubeError, NoCluster, Unreachable, fault
from runbook_tui.targets.kubernetes.kubeconfig import Access, access

T = TypeVar("T")

CONNECT = 5.0  # seconds
DEADLINE = 10.0  # seconds for one request, unless the caller says otherwise
CLOCK = 1.5  # seconds two clocks may differ and be called equal
PAGE = 500  # objects of one list request
STILL = 75.0  # seconds of silence in a watch after which its link is taken for dead; the server ends it sooner
SERVER_ENDS = 55  # seconds after which the server ends a watch by itself
RENEW = timedelta(minutes=1)  # before credentials expire
JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
FIELD_MANAGER = "runbook-tui"


class Page(msgspec.Struct):
    metadata: dict[str, Any]
    items: list[msgspec.Raw] | None = None


class WatchLine(msgspec.Struct):
    type: str
    object: msgspec.Raw = msgspec.Raw(b"{}")


class Api:
    """One cluster as one user."""

    def __init__(self, how: Access, client: Any) -> None:
        self.how = how
        self._client = client
        self.requests = 0
        self.ahead = 0.0  # seconds by which the server's clock is ahead of ours, as its answers say

    @classmethod
    async def open(
        cls,
        environ: Mapping[str, str],
        *,
        explicit: str | None = None,
        context: str | None = None,
    ) -> Api:
        """Read the configuration and make a client; nothing is sent yet. Raises NoCluster."""
        how = await access(environ, explicit=explicit, context=context)
        try:
            return cls(how, await _client(how))
        except NoCluster:
            raise
        except Exception as error:  # noqa: BLE001  # the library says what is wrong with a kubeconfig in many ways
            raise NoCluster(f"the kubeconfig's context {how.context} cannot be used: {error}") from None

    @property
    def stale(self) -> bool:
        """Whether its credentials are about to expire: open another."""
        return self.how.expires is not None and datetime.now(UTC) > self.how.expires - RENEW

    async def close(self) -> None:
        await self._client.close()

    # --- requests ---

    async def get(self, path: str, *, deadline: float = DEADLINE, **query: str) -> dict[str, Any]:
        return await self.request("GET", path, query=query, deadline=deadline)

    async def find(self, path: str, *, deadline: float = DEADLINE) -> dict[str, Any] | None:
        """The object, or None when there is none."""
        try:
            return await self.request("GET", path, deadline=deadline)
        except KubeError as error:
            if error.status == 404:
                return None
            raise

    async def all_of(self, path: str, **query: str) -> list[dict[str, Any]]:
        """All objects, page by page; for thousands of them use `list_as`."""
        found, _ = await self.list_as(path, dict[str, Any], query)
        return found

    async def list_as(
        self, path: str, kind: type[T], query: Mapping[str, str] | None = None, *, deadline: float = DEADLINE
    ) -> tuple[list[T], str]:
        """All objects, only what `kind` asks for kept, and the resource version to watch from."""
        found: list[T] = []
        decoder = msgspec.json.Decoder(kind)
        more = ""
        while True:
            asked = {**(query or {}), "limit": str(PAGE), **({"continue": more} if more else {})}
            body = await self.raw("GET", path, query=asked, deadline=deadline)
            page = msgspec.json.decode(body, type=Page)
            found += [decoder.decode(item) for item in page.items or ()]
            more = page.metadata.get("continue") or ""
            if not more:
                return found, str(page.metadata.get("resourceVersion", ""))

    async def patch(
        self,
        path: str,
        body: Any,
        *,
        kind: str = JSON_PATCH,
        dry_run: bool = False,
        deadline: float = DEADLINE,
        manager: str = FIELD_MANAGER,
    ) -> dict[str, Any]:
        query = {"fieldManager": manager, **({"dryRun": "All"} if dry_run else {})}
        return await self.request("PATCH", path, query=query, body=body, kind=kind, deadline=deadline)

    async def post(self, path: str, body: Any, *, deadline: float = DEADLINE, **query: str) -> dict[str, Any]:
        return await self.request("POST", path, query=query, body=body, deadline=deadline)

    async def put(self, path: str, body: Any, *, deadline: float = DEADLINE, **query: str) -> dict[str, Any]:
        return await self.request("PUT", path, query=query, body=body, deadline=deadline)

    async def delete(
        self, path: str, *, uid: str | None = None, deadline: float = DEADLINE, propagation: str = "Background"
    ) -> dict[str, Any]:
        """Delete; with `uid` only that very object."""
        body: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        if uid:
            body["preconditions"] = {"uid": uid}
        return await self.request("DELETE", path, body=body, deadline=deadline)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        kind: str = "application/json",
        deadline: float = DEADLINE,
    ) -> dict[str, Any]:
        """One request, answered with an object. Raises KubeError; Unreachable when no answer came in time."""
        data = await self.raw(method, path, query=query, body=body, kind=kind, deadline=deadline)
        answer: dict[str, Any] = msgspec.json.decode(data) if data else {}
        return answer

    async def raw(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        kind: str = "application/json",
        deadline: float = DEADLINE,
    ) -> bytes:
        """The bytes of the answer."""
        what = f"{method} {path}"
        import aiohttp

        self.requests += 1
        try:
            async with asyncio.timeout(deadline):
                patience = aiohttp.ClientTimeout(connect=CONNECT)
                response = await self._send(method, path, query, patience, body=body, kind=kind)
                data: bytes = await response.read()
        except TimeoutError:
            raise Unreachable(f"{self.how.context}: no answer within {deadline:g} s ({what})") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{self.how.context}: {_reason(error)} ({what})") from None
        self._hear(response.headers.get("Date"))
        if not 200 <= response.status <= 299:
            raise fault(response.status, data, f"{self.how.context}, {what}")
        return data

    async def watch(self, path: str, since: str, query: Mapping[str, str] | None = None) -> AsyncIterator[WatchLine]:
        """Changes after a resource version, until the server or the link ends it.

        Raises Gone when that version is no longer known, Unreachable when the link breaks or is silent for too long.
        Bookmarks are handed on: they carry the version to go on from.
        """
        import aiohttp

        asked = {
            **(query or {}),
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": since,
            "timeoutSeconds": str(SERVER_ENDS),
        }
        what = f"watch {path}"
        patience = aiohttp.ClientTimeout(total=None, connect=CONNECT, sock_read=STILL)
        try:
            async with asyncio.timeout(DEADLINE):
                response = await self._send("GET", path, asked, patience)
            try:
                if response.status != 200:
                    raise fault(response.status, await response.read(), f"{self.how.context}, {what}")
                while line := await response.content.readline():
                    event = msgspec.json.decode(line, type=WatchLine)
                    if event.type == "ERROR":
                        said = msgspec.json.decode(event.object)
                        raise fault(int(said.get("code") or 500), bytes(event.object), f"{self.how.context}, {what}")
                    yield event
            finally:
                response.close()
        except TimeoutError:
            raise Unreachable(f"{self.how.context}: the watch went silent ({what})") from None
        except (aiohttp.ClientError, OSError, msgspec.DecodeError, ValueError) as error:
            raise Unreachable(f"{self.how.context}: {_reason(error)} ({what})") from None

    async def answers(self, deadline: float = 2.0) -> float:
        """Seconds until the server answered; warms the connection. Raises KubeError."""
        begun = time.monotonic()
        await self.request("GET", "/version", deadline=deadline)
        return time.monotonic() - begun

    def _hear(self, date: str | None) -> None:
        """The server's clock; a header of whole seconds says nothing about less than a second and a half."""
        with suppress(TypeError, ValueError):
            ahead = (parsedate_to_datetime(date or "") - datetime.now(UTC)).total_seconds()
            if abs(ahead - self.ahead) > CLOCK:
                self.ahead = ahead

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        patience: Any,
        *,
        body: Any = None,
        kind: str = "application/json",
    ) -> Any:
        return await self._client.call_api(
            path,
            method,
            query_params=list((query or {}).items()),
            header_params={"Accept": "application/json", "Content-Type": kind, "User-Agent": "runbook-tui"},
            body=body,
            auth_settings=["BearerToken"],
            _preload_content=False,
            _request_timeout=patience,
        )


async def _client(how: Access) -> Any:
    """Imports the library: about a second of work, always on this loop and never before the first frame."""
    from kubernetes_asyncio import client
    from kubernetes_asyncio.config import kube_config

    configuration = type.__call__(client.Configuration)
    configuration.connection_pool_maxsize = 128
    loader = kube_config.KubeConfigLoader(config_dict=how.config, active_context=how.context)
    await loader.load_and_set(configuration)
    return client.ApiClient(configuration)


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
