"""A conductor for a run on the stage: the same hands as for a real one, other targets, no way out."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from runbook_tui.beginning import begun
from runbook_tui.document.runbook import Runbook
from runbook_tui.gate_policy import GatePolicy
from runbook_tui.gates.breaker import Breakers
from runbook_tui.kubernetes import Kubernetes
from runbook_tui.lookout import keep_watch
from runbook_tui.overseer import Overseer
from runbook_tui.records import SystemClock
from runbook_tui.rehearsal.measured import Measured
from runbook_tui.rehearsal.stage import Stage, hosts_named
from runbook_tui.rehearsal.target import StageTargets
from runbook_tui.run.conductor import Conductor
from runbook_tui.run.fleet import Fleet
from runbook_tui.run.fold import fold
from runbook_tui.run.gauges import starting
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.ports import Journal
from runbook_tui.run.rollback import RESTORER
from runbook_tui.run.written import Written
from runbook_tui.targeting import RunTargets
from runbook_tui.targets.local import LocalTarget
from runbook_tui.validation.reading import KernelReader


async def open_rehearsal(
    journal: Journal, stage: Stage, runbook: Runbook, written: Written, *, measured: Measured,
    named: Mapping[str, Fleet], target: str, profile: str, actor: str,
) -> tuple[Conductor, Ledger]:  # fmt: skip
    """A new run in the record, marked as a rehearsal, and who drives it."""
    clock = SystemClock()
    fleets = stage.fleets(named, iter([*hosts_named(runbook), *([target] if target != "local" else [])]))
    first, blobs = begun(
        runbook, written, actor=actor, target=target, profile=profile, cwd=str(stage.place.work), fleets=fleets,
        rehearsal=True,
    )  # fmt: skip
    state = fold(await journal.open_run("", [first], blobs))
    ledger = Ledger(journal, state)
    local = LocalTarget(stage.place.state, clock=clock, environ=stage.environ())
    others: dict[str, Any] = {name: local for name in first.hosts if stage.leads_to(name) != "ssh"}
    others |= {one.name: local for fleet in fleets.values() for one in fleet.hosts if stage.leads_to(one.name) != "ssh"}
    kubernetes = None
    if stage.has("kube"):
        jobs = stage.place.state / "jobs"
        kubernetes = Kubernetes(journal, lambda: measured.runbook, run=state.run, actor=actor, jobs=jobs)
        others[RESTORER] = kubernetes.target
    inner = RunTargets(local, fleets, clock=clock, others=others)
    conductor = Conductor(
        ledger,
        measured.runbook,
        StageTargets(inner, lambda order, name: stage.decide(ledger.state, order, name)),
        actor=actor,
        new_id=lambda: f"{state.run}.{secrets.token_hex(5)}",
        papers=_Still(written, runbook),
        written=written,
        watcher=kubernetes,
        kernels=KernelReader,
    )
    conductor.must_leave(stage.leaves)
    conductor.guard.breakers = Breakers(state.gates.breakers, clock)
    conductor.watch = starting
    conductor.beside(keep_watch(conductor, _begin(conductor, measured)))
    return conductor, ledger


def _begin(conductor: Conductor, measured: Measured) -> Callable[[], Awaitable[Overseer]]:
    """The watch over the conditions, by what the lab says; what the document takes back on is taken back at once."""
    policy = GatePolicy(automatic_rollback=True, countdown=0.0)

    async def begin() -> Overseer:
        return Overseer(conductor, measured.sidecar, policy=policy, clock=SystemClock(), alerts=measured.alerts)

    return begin


class _Still:
    """Implements `run.written.Papers`: nobody edits anything during a rehearsal."""

    def __init__(self, written: Written, runbook: Runbook) -> None:
        self._written = written
        self._runbook = runbook

    async def read(self) -> Written:
        return self._written

    async def parse(self, _: Written) -> Runbook:
        return self._runbook
