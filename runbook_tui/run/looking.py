"""Looks at every other machine of a run before anything is changed there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from runbook_tui.document.runbook import Runbook
from runbook_tui.run.intents import AcceptPreflight
from runbook_tui.run.ports import TargetError
from runbook_tui.run.preflight import Preflight, Probe, preflight
from runbook_tui.run.state import RunState
from runbook_tui.run.targets import Targets
from runbook_tui.run.together import together
from runbook_tui.run.where import other_machines

AT_ONCE = 16  # hosts


async def look(targets: Targets, runbook: Runbook, state: RunState) -> Preflight | None:
    """The verdict on each; None when the run goes to no other machine. Changes nothing, here or there.

    Raises TargetError when it was ended before every host had answered.
    """
    machines = other_machines(runbook, state)
    if not machines:
        return None
    probes: dict[str, Probe] = {}
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(host: str, *, sudo: bool) -> None:
        async with gate:
            probes[host] = await targets.probe(host, sudo=sudo)

    await together(one(host, sudo=sudo) for host, sudo in machines.items())
    if ended := [host for host in machines if host not in probes]:  # the run is left meanwhile, and its links closed
        raise TargetError(f"The look at {these(ended)} was ended before it was over. Nothing was changed there.")
    return preflight(state.target, [probes[host] for host in machines])


def decision(found: Preflight) -> AcceptPreflight:
    """Go on with what is fit, as it stands in the record."""
    return AcceptPreflight(
        hosts=found.fit,
        left_out=found.unfit,
        summary=found.summary,
        findings=tuple(f"{level.value}: {hosts}: {text}" for level, hosts, text in found.told_together),
    )


def these(hosts: Sequence[str]) -> str:
    """A few words for them."""
    return hosts[0] if len(hosts) == 1 else f"{hosts[0]} and {len(hosts) - 1} more"
