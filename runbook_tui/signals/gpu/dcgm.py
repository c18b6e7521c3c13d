"""GPUs of clusters: dcgm-exporter's pages, over HTTP or through kubectl."""

from __future__ import annotations

import asyncio
import re
import shlex
import time
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from runbook_tui.run.gpu.model import Gpu, GpuHost, Source
from runbook_tui.run.ports import Clock, Lines, SignalError
from runbook_tui.signals.gpu import dcgm_page
from runbook_tui.signals.gpu.holder import Holder
from runbook_tui.signals.web import Web

PATIENCE = 8.0  # seconds for a page
SILENT = 10.0  # seconds beyond the interval
_POD = re.compile(r"^k8s:(?P<space>[a-z0-9.-]+)/(?P<pod>[a-z0-9.-]+)(?::(?P<port>\d+))?$")

Page = Callable[[], Awaitable[str]]


def http_page(url: str) -> Page:
    """The page at a URL. Raises SignalError when it is no http address."""
    if not url.startswith(("http://", "https://")):
        raise SignalError(f"{url!r} is no address of a dcgm-exporter: http://HOST:9400/metrics, or k8s:NAMESPACE/POD")
    address = url if "/" in url.partition("://")[2] else f"{url}/metrics"

    async def fetch() -> str:
        web = Web()
        try:
            answer = await web.get(address, deadline=PATIENCE)
        finally:
            await web.close()
        if answer.status != 200:
            raise SignalError(f"{address} answers {answer.status}")
        return answer.body.decode("utf-8", "replace")

    return fetch


def pod_page(address: str, lines: Lines) -> Page:
    """The page of a pod, through kubectl's own access: `k8s:NAMESPACE/POD[:PORT]`. Raises SignalError."""
    match = _POD.match(address)
    if match is None:
        raise SignalError(f"{address!r} names no pod: k8s:NAMESPACE/POD or k8s:NAMESPACE/POD:PORT")
    path = f"/api/v1/namespaces/{match['space']}/pods/{match['pod']}:{match['port'] or 9400}/proxy/metrics"

    async def fetch() -> str:
        return "\n".join([line async for line in lines.lines(f"exec kubectl get --raw {shlex.quote(path)}")])

    return fetch


class DcgmSource(Holder):
    """One exporter's page, which may tell of several machines; started and closed by its owner."""

    def __init__(self, clock: Clock, where: str, page: Page, *, interval: float = 5.0) -> None:
        super().__init__(clock, where, Source.DCGM, silent_after=interval + SILENT)
        self._where = where
        self._page = page
        self._interval = interval
        self._gpus: dict[str, Gpu] = {}
        self._task: asyncio.Task[None] | None = None
        self._now = asyncio.Event()

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep_reading())

    async def ask_now(self) -> None:
        self._now.set()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _keep_reading(self) -> None:
        while True:
            try:
                async with asyncio.timeout(PATIENCE + 2):
                    text = await self._page()
                self._read(text)
            except SignalError as error:
                self.fail(str(error))
            except TimeoutError:
                self.fail(f"{self._where} does not answer")
            except Exception as error:  # noqa: BLE001 - a page may be any nonsense; the next one is read all the same
                self.fail(f"the page of {self._where} cannot be read: {error!r}")
            self._now.clear()
            try:
                async with asyncio.timeout(self._interval):
                    await self._now.wait()
            except TimeoutError:
                continue

    def _read(self, text: str) -> None:
        found = dcgm_page.hosts(text, where=self._where, before=self._gpus, at=time.time())
        if not found:
            self.fail(f"{self._where} tells of no GPU: it is no dcgm-exporter, or its page is empty")
            return
        self._gpus = {gpu.uuid: gpu for host in found for gpu in host.gpus}
        self.put(_joined(found, self._where))


def _joined(found: tuple[GpuHost, ...], where: str) -> GpuHost:
    """One reading of a page; devices of several machines are named after them."""
    if len(found) == 1:
        return found[0]
    gpus = tuple(replace(gpu, name=f"{host.host}: {gpu.name}") for host in found for gpu in host.gpus)
    return replace(found[0], host=where, gpus=gpus, fake=any(host.fake for host in found))
