"""Targets of a run that stand for others: what they are told to run is decided by the stage."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runbook_tui.rehearsal.staging import Act, Staged
from runbook_tui.run.ports import Job, JobExit, JobOrder, JobReport, Standing, Target
from runbook_tui.targeting import RunTargets

if TYPE_CHECKING:
    from runbook_tui.run.fleet import Fleet
    from runbook_tui.run.preflight import Probe

Decide = Callable[[JobOrder, str], tuple[Staged, str]]  # the order and the host's name: what happens, and what is shown


class StagedTarget:
    """Another target, asked to run only what the stage allows."""

    def __init__(self, name: str, inner: Target, decide: Decide) -> None:
        self._name = name
        self._inner = inner
        self._decide = decide

    @property
    def name(self) -> str:
        return self._name

    async def boot_id(self) -> str:
        return await self._inner.boot_id()

    async def start(self, order: JobOrder) -> Job:
        return await self._inner.start(self._staged(order))

    async def inspect(self, run: str, job: str, *, boot: str) -> JobReport:
        return await self._inner.inspect(run, job, boot=boot)

    async def seal(self, run: str, job: str) -> JobReport:
        return await self._inner.seal(run, job)

    async def attach(self, run: str, job: str) -> Job:
        return await self._inner.attach(run, job)

    async def run_in_terminal(self, order: JobOrder) -> JobExit:
        return await self._inner.run_in_terminal(self._staged(order))

    async def put_file(self, source: Path, name: str) -> str:
        return await self._inner.put_file(source, name)

    async def get_file(self, source: str, destination: Path) -> None:
        await self._inner.get_file(source, destination)

    def use_password(self, password: str | None) -> None:
        """Nobody is asked for one on a stage."""

    async def forget(self, run: str) -> None:
        await self._inner.forget(run)

    def _staged(self, order: JobOrder) -> JobOrder:
        staged, shown = self._decide(order, self._name)
        match staged.act:
            case Act.RUN:
                return order
            case Act.INSTEAD:
                said = f"on the stage, instead of: {shown}\n$ {staged.text}"
                return replace(order, text=f"printf '%s\\n' {shlex.quote(said)}\n{staged.text}", password=None)
            case _:
                said = f"WOULD RUN on {self._name}: {shown}\nnothing was run ({staged.why})"
                return replace(order, text=f"printf '%s\\n' {shlex.quote(said)}", env={}, password=None)


class StageTargets:
    """Implements `run.targets.Targets`: every name of the document leads to the stage."""

    def __init__(self, inner: RunTargets, decide: Decide) -> None:
        self._inner = inner
        self._decide = decide

    def fleet(self, name: str) -> Fleet:
        return self._inner.fleet(name)

    def target(self, host: str) -> Target:
        return StagedTarget(host, self._inner.target(host), self._decide)

    def accept(self, name: str) -> None:
        """Every name the document writes is a name of the stage."""

    async def probe(self, host: str, *, sudo: bool) -> Probe:
        return await self._inner.probe(host, sudo=sudo)

    async def trust(self, host: str) -> str:
        return await self._inner.trust(host)

    def use_password(self, host: str, password: str) -> None:
        """Nobody is asked for one on a stage."""

    def forget_password(self, host: str) -> None:
        """None is ever given."""

    def password(self, host: str) -> str | None:  # noqa: ARG002
        return None

    def standings(self) -> Mapping[str, Standing]:
        return self._inner.standings()

    async def close(self) -> None:
        await self._inner.close()
