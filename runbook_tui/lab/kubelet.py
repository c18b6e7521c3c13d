"""Plays the kubelet where no container starts: tells of pods what one would, running and ready, or a bad image."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

AT_ONCE = 16  # statuses of pods under way


class Kubelet:
    """A watch on all pods that wait; comes back when the API server was away."""

    def __init__(self, url: str, token: str, *, bad: Callable[[], bool] = lambda: False) -> None:
        """`bad`: no image at all can be pulled now."""
        self._url = url
        self._token = token
        self._bad = bad
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kubelet", daemon=True)
        self._task: Any = None

    def start(self) -> None:
        """In a thread of its own."""
        self._thread.start()
        self._task = asyncio.run_coroutine_threadsafe(self.live(), self._loop)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(BaseException):
                asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    async def live(self) -> None:
        """Until cancelled."""
        import aiohttp

        headers = {"Authorization": f"Bearer {self._token}"}
        connector = aiohttp.TCPConnector(ssl=unverified(), limit=0)
        async with aiohttp.ClientSession(headers=headers, connector=connector, read_bufsize=2**21) as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError, ValueError):
                    await self._watch(session)
                await asyncio.sleep(0.2)

    async def _watch(self, session: aiohttp.ClientSession) -> None:
        import aiohttp

        gate = asyncio.Semaphore(AT_ONCE)
        waiting: set[asyncio.Task[None]] = set()
        timeout = aiohttp.ClientTimeout(total=None, sock_read=30)
        query = {"watch": "true", "fieldSelector": "status.phase=Pending", "timeoutSeconds": "60"}
        async with session.get(f"{self._url}/api/v1/pods", params=query, timeout=timeout) as answer:
            while line := await answer.content.readline():
                event = json.loads(line)
                pod = event.get("object", {})
                if event.get("type") in ("ADDED", "MODIFIED") and not pod.get("status", {}).get("containerStatuses"):
                    task = asyncio.create_task(self._report(session, pod, gate))
                    waiting.add(task)
                    task.add_done_callback(waiting.discard)

    async def _report(self, session: aiohttp.ClientSession, pod: dict[str, Any], gate: asyncio.Semaphore) -> None:
        import aiohttp

        where = pod["metadata"]
        url = f"{self._url}/api/v1/namespaces/{where['namespace']}/pods/{where['name']}/status"
        kind = {"Content-Type": "application/merge-patch+json"}
        body = json.dumps({"status": pod_status(pod, bad=self._bad())})
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with gate, session.patch(url, data=body, headers=kind) as answer:
                await answer.read()


def pod_status(pod: dict[str, Any], *, bad: bool) -> dict[str, Any]:
    """What a kubelet would report; an image called bad cannot be pulled."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    containers = pod["spec"]["containers"]
    bad = bad or any("bad" in one["image"] for one in containers)
    ready = "False" if bad else "True"
    return {
        "phase": "Pending" if bad else "Running",
        "conditions": [
            {"type": kind, "status": ready, "lastTransitionTime": now} for kind in ("Ready", "ContainersReady")
        ],
        "containerStatuses": [
            {
                "name": one["name"],
                "image": one["image"],
                "imageID": f"sha256:{one['image']}",
                "ready": not bad,
                "restartCount": 0,
                "state": {"waiting": {"reason": "ImagePullBackOff"}} if bad else {"running": {"startedAt": now}},
            }
            for one in containers
        ],
    }


def unverified() -> ssl.SSLContext:
    """For a server on loopback that this lab has started itself."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
