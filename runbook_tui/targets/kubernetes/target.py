"""Where recorded objects are put back: a target whose commands are restores.

The work is done in this process and ends with it. It is safe to do again, for every object is read before it is
touched: a job that was cut off is told as ended with `CUT_OFF`, and the rollback goes on with it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

import msgspec

from runbook_tui.run.ports import JobExit, JobOrder, JobPhase, JobReport, TargetError
from runbook_tui.run.recorded import Part
from runbook_tui.run.rollback import RESTORER, RestoreOrder
from runbook_tui.targets.kubernetes.clusters import Clusters
from runbook_tui.targets.kubernetes.faults import KubeError
from runbook_tui.targets.kubernetes.feed import Feed
from runbook_tui.targets.kubernetes.restore import Outcome, Restorer, Result
from runbook_tui.targets.kubernetes.snapshot import Recorded, Snapshot, decode
from runbook_tui.targets.loop import OwnLoop

CUT_OFF = 75  # exit status: the process ended in the middle; doing it again is safe (EX_TEMPFAIL)
CONFLICT = 9  # exit status: somebody else changed something, and it was left alone
_CUT_OFF = "it was cut off in the middle with the program; doing it again is safe"
ReadBlob = Callable[[str], Awaitable[bytes]]


class RestoreJob:
    """One restore under way in this process."""

    def __init__(self, job: str) -> None:
        self._job = job
        self.feed = Feed()
        self.future: Future[JobExit] | None = None

    @property
    def id(self) -> str:
        return self._job

    def output(self, offset: int = 0) -> AsyncIterator[bytes]:
        return self.feed.read(offset)

    async def wait(self) -> JobExit:
        if self.future is None:
            return JobExit(exit=CUT_OFF, detail=_CUT_OFF)
        return await asyncio.shield(asyncio.wrap_future(self.future))

    async def cancel(self) -> JobExit:
        """Stop it where it is; what was put back so far stays so."""
        if self.future is not None:
            self.future.cancel()
        self.feed.close()
        return JobExit(exit=None, cancelled=True, detail="what was put back so far stays so")


class KubernetesTarget:
    """Restores, one after the other or several at once."""

    def __init__(
        self,
        loop: OwnLoop,
        clusters: Clusters,
        *,
        read_blob: ReadBlob,
        actor: str,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._loop = loop
        self._clusters = clusters
        self._read_blob = read_blob
        self._actor = actor
        self._environ = environ
        self._jobs: dict[str, RestoreJob] = {}
        self.first_write: float | None = None  # of the newest job, monotonic seconds

    @property
    def name(self) -> str:
        return RESTORER

    async def boot_id(self) -> str:
        return RESTORER

    async def start(self, order: JobOrder) -> RestoreJob:
        if order.job in self._jobs:
            return self._jobs[order.job]
        try:
            wanted = msgspec.json.decode(order.env.get("RBT_RESTORE", ""), type=RestoreOrder)
        except msgspec.DecodeError:
            raise TargetError(
                "Only what was recorded is put back here, no command is run. Nothing was changed."
            ) from None
        names = {part.before for part in wanted.parts} | {name for part in wanted.parts for name in part.afters}
        blobs = {name: decode(await self._read_blob(name)) for name in sorted(names)}
        job = RestoreJob(order.job)
        self._jobs[order.job] = job
        job.future = self._loop.start(self._work(job, wanted, blobs, order))
        return job

    async def inspect(self, run: str, job: str, *, boot: str) -> JobReport:  # noqa: ARG002
        mine = self._jobs.get(job)
        if mine is not None and mine.future is not None and not mine.future.done():
            return JobReport(phase=JobPhase.RUNNING)
        return JobReport(phase=JobPhase.EXITED, exit=CUT_OFF, detail=_CUT_OFF)

    async def seal(self, run: str, job: str) -> JobReport:
        return await self.inspect(run, job, boot="")

    async def attach(self, run: str, job: str) -> RestoreJob:  # noqa: ARG002
        if job in self._jobs:
            return self._jobs[job]
        gone = RestoreJob(job)
        gone.feed.say(_CUT_OFF)
        gone.feed.close()
        return gone

    async def run_in_terminal(self, order: JobOrder) -> JobExit:
        return await (await self.start(order)).wait()

    async def put_file(self, source: Path, name: str) -> str:  # noqa: ARG002
        raise TargetError(f"{source.name} cannot be sent to a cluster. Nothing was done.")

    async def get_file(self, source: str, destination: Path) -> None:  # noqa: ARG002
        raise TargetError(f"{source} cannot be fetched from a cluster. Nothing was done.")

    async def probe(self) -> str:
        return ""

    def use_password(self, password: str | None) -> None:
        """Nothing here wants one."""

    async def forget(self, run: str) -> None:
        """Nothing is left behind anywhere."""

    # --- on the loop of Kubernetes ---

    async def _work(
        self, job: RestoreJob, wanted: RestoreOrder, blobs: Mapping[str, Snapshot], order: JobOrder
    ) -> JobExit:
        begun = time.monotonic()
        try:
            results = await self._restored(job, wanted, blobs, order)
        except KubeError as error:
            job.feed.say(str(error))
            return JobExit(exit=1, seconds=time.monotonic() - begun, detail=str(error))
        finally:
            job.feed.close()
        bad = [result for result in results if not result.good]
        code = 0 if not bad else CONFLICT if any(one.outcome is Outcome.CONFLICT for one in bad) else 1
        detail = "; ".join(f"{one.title}: {one.says}" for one in bad[:3])
        return JobExit(exit=code, seconds=time.monotonic() - begun, detail=detail)

    async def _restored(
        self, job: RestoreJob, wanted: RestoreOrder, blobs: Mapping[str, Snapshot], order: JobOrder
    ) -> list[Result]:
        first = blobs[wanted.parts[0].before]
        environ = dict(self._environ if self._environ is not None else os.environ)
        cluster = await self._clusters.named(
            wanted.system, environ, explicit=first.kubeconfig or None, context=first.context
        )
        cause = f"runbook {order.run}: put back as it was before, by {self._actor}"
        restorer = Restorer(cluster, cause=cause, say=job.feed.say)

        async def one(part: Part) -> Result:
            before = blobs[part.before].by_key[part.key]
            if wanted.abort:
                return await restorer.take_off(part, before)
            known = [blobs[name].by_key for name in part.afters]
            afters: list[Recorded] = [objects[part.key] for objects in known if part.key in objects]
            force = part.key in wanted.force
            return await restorer.put_back(part, before, afters, force=force)

        try:
            return list(await asyncio.gather(*map(one, wanted.parts)))
        finally:
            self.first_write = restorer.first_write
            await restorer.close()
