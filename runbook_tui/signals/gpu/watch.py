"""Several sources watched together: what is known now, what was lately, and who wants to hear of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from runbook_tui.run.gpu.model import GpuHost
from runbook_tui.run.gpu.trail import Trail

MOST_DEVICES = 4096  # trails kept


class GpuSource(Protocol):
    """One way to one machine's GPUs."""

    @property
    def host(self) -> str: ...

    def start(self) -> None: ...

    def latest(self) -> GpuHost: ...

    def subscribe(self, listener: Callable[[GpuHost], None]) -> Callable[[], None]: ...

    async def ask_now(self) -> None: ...

    async def close(self) -> None: ...


class GpuWatch:
    """Started when somebody looks; closed by its owner."""

    def __init__(self, sources: Sequence[GpuSource] = ()) -> None:
        self.sources: list[GpuSource] = list(sources)
        self._trails: dict[str, Trail] = {}
        self._listeners: list[Callable[[GpuHost], None]] = []
        self._ends: list[Callable[[], None]] = []

    def start(self) -> None:
        for source in self.sources[len(self._ends) :]:
            self._ends.append(source.subscribe(self._take))
            source.start()

    def add(self, source: GpuSource) -> None:
        """Watch one more from now on."""
        self.sources.append(source)
        self.start()

    def hosts(self) -> tuple[GpuHost, ...]:
        """Every source's newest reading; never waits."""
        return tuple(source.latest() for source in self.sources)

    def trail(self, uuid: str) -> Trail:
        return self._trails.get(uuid) or Trail(0)

    def subscribe(self, listener: Callable[[GpuHost], None]) -> Callable[[], None]:
        """Hear of every reading on the loop; the result ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def ask_now(self) -> None:
        for source in self.sources:
            await source.ask_now()

    async def close(self) -> None:
        for end in self._ends:
            end()
        self._ends = []
        for source in self.sources:
            await source.close()

    def _take(self, host: GpuHost) -> None:
        for gpu in host.gpus:
            if gpu.uuid not in self._trails and len(self._trails) < MOST_DEVICES:
                self._trails[gpu.uuid] = Trail()
            if gpu.uuid in self._trails and gpu.error is None:
                self._trails[gpu.uuid].add(gpu)
        for listener in list(self._listeners):
            listener(host)
