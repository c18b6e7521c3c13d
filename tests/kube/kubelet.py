"""Plays the kubelet: reports pods as running and ready, unless their image is bad. Nothing is ever started."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
from datetime import UTC, datetime

import aiohttp

AT_ONCE = 16  # status patches under way


class Kubelet:
    """A watch on all pods, in a thread; comes back when the API server was away."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kubelet", daemon=True)
        self._task: asyncio.Future[None] | None = None

    def start(self) -> None:
        self._thread.start()
        self._task = asyncio.run_coroutine_threadsafe(self._always(), self._loop)  # type: ignore[assignment]

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(BaseException):
                asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    async def _always(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connector = aiohttp.TCPConnector(ssl=context, limit=0)
        headers = {"Authorization": f"Bearer {self._token}"}
        async with aiohttp.ClientSession(headers=headers, connector=connector, read_bufsize=2**21) as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError):
                    await self._watch(session)
                await asyncio.sleep(0.2)

    async def _watch(self, session: aiohttp.ClientSession) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        waiting: set[asyncio.Task[None]] = set()
        timeout = aiohttp.ClientTimeout(total=None, sock_read=30)
        query = {"watch": "true", "fieldSelector": "status.phase=Pending", "timeoutSeconds": "60"}
        async with session.get(f"{self._url}/api/v1/pods", params=query, timeout=timeout) as answer:
            while line := await answer.content.readline():
                event = json.loads(line)
                pod = event.get("object", {})
                if event.get("type") not in ("ADDED", "MODIFIED") or pod.get("status", {}).get("containerStatuses"):
                    continue
                task = asyncio.create_task(self._report(session, pod, gate))
                waiting.add(task)
                task.add_done_callback(waiting.discard)

    async def _report(self, session: aiohttp.ClientSession, pod: dict, gate: asyncio.Semaphore) -> None:
        where = pod["metadata"]
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        containers = pod["spec"]["containers"]
        bad = any("bad" in one["image"] for one in containers)
        state = {"waiting": {"reason": "ImagePullBackOff"}} if bad else {"running": {"startedAt": now}}
        ready = "False" if bad else "True"
        status = {
            "phase": "Pending" if bad else "Running",
            "conditions": [
                {"type": "Ready", "status": ready, "lastTransitionTime": now},
                {"type": "ContainersReady", "status": ready, "lastTransitionTime": now},
            ],
            "containerStatuses": [
                {
                    "name": one["name"],
                    "image": one["image"],
                    "imageID": f"sha256:{one['image']}",
                    "ready": not bad,
                    "restartCount": 0,
                    "state": state,
                }
                for one in containers
            ],
        }
        url = f"{self._url}/api/v1/namespaces/{where['namespace']}/pods/{where['name']}/status"
        kind = {"Content-Type": "application/merge-patch+json"}
        with contextlib.suppress(aiohttp.ClientError, asyncio.TimeoutError, OSError):
            async with gate, session.patch(url, data=json.dumps({"status": status}), headers=kind) as answer:
                await answer.read()
