"""Kubernetes for one run: connections, the watcher of its commands, the target that puts back. Joined in `wiring`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from runbook_tui.document import kubectl
from runbook_tui.document.runbook import Runbook
from runbook_tui.run.ports import Journal, OperatorError
from runbook_tui.targets import shell_state
from runbook_tui.targets.kubernetes.clusters import Clusters
from runbook_tui.targets.kubernetes.preflight import Planned
from runbook_tui.targets.kubernetes.target import KubernetesTarget
from runbook_tui.targets.kubernetes.watcher import KubernetesWatcher
from runbook_tui.targets.kubernetes.workloads import ClusterWorkloads
from runbook_tui.targets.loop import OwnLoop

WARM_AFTER = 1.0  # seconds: the screen first
CLOSING = 5.0  # seconds that letting go may take


class Kubernetes(KubernetesWatcher):
    """Nothing is imported, opened or asked before a command of the run speaks to a cluster, or `warm` is called."""

    def __init__(
        self,
        journal: Journal,
        runbook: Callable[[], Runbook],
        *,
        run: str,
        actor: str,
        jobs: Path,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._own = OwnLoop("kubernetes")
        self._all = Clusters()
        self._about = runbook
        super().__init__(
            self._own,
            self._all,
            holder=f"{actor}, run {run}",
            planned=lambda: planned(runbook()),
            shell_state=lambda of, job: shell_state.read(jobs, of, job),
            environ=environ,
        )
        self.target = KubernetesTarget(self._own, self._all, read_blob=journal.blob, actor=actor, environ=environ)
        self.workloads = ClusterWorkloads(self._own, self._all, environ=environ)

    async def warm(self, *, after: float = WARM_AFTER) -> None:
        """Open the connection that the document's commands will want, so that the way back starts at once."""
        await asyncio.sleep(after)
        if any(one.call.changes or one.call.follows for one in await asyncio.to_thread(planned, self._about())):
            with suppress(OperatorError):
                await self._own.run(self._warm())

    async def close(self) -> None:
        with suppress(TimeoutError, OperatorError):
            async with asyncio.timeout(CLOSING):
                if self._all.used:
                    await super().close()
                    await self._own.run(self._all.close())
        self._own.stop()

    async def _warm(self) -> None:
        cluster = await self._all.of(dict(os.environ))
        await cluster.api.answers()


class OwnWorkloads(ClusterWorkloads):
    """Workloads over connections of their own, where no run has any."""

    def __init__(self) -> None:
        self._own = OwnLoop("kubernetes")
        self._all = Clusters()
        super().__init__(self._own, self._all)

    async def close(self) -> None:
        with suppress(TimeoutError, OperatorError):
            async with asyncio.timeout(CLOSING):
                if self._all.used:
                    await self._own.run(self._all.close())
        self._own.stop()


def planned(runbook: Runbook) -> Sequence[Planned]:
    """Every call that the document makes, and where."""
    found = []
    for command in runbook.commands:
        step = runbook.step_by_id.get(command.step or "")
        for call in kubectl.calls(command.text):
            title = step.title if step else command.text.split("\n", 1)[0]
            found.append(Planned(call=call, title=title, line=command.line))
    return found
