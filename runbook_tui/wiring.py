"""The one place where concrete parts are put together."""

from __future__ import annotations

import asyncio
import os
import secrets
import shlex
import shutil
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from runbook_tui import prepared
from runbook_tui.anchoring import keep_anchored
from runbook_tui.anchors import read_anchors
from runbook_tui.authorities import authorities_here, authors_of
from runbook_tui.beginning import begun
from runbook_tui.company import who_here
from runbook_tui.cues import cue
from runbook_tui.document.gpu_maps import asks_for_gpus, speaks_of_gpus
from runbook_tui.document.runbook import Runbook
from runbook_tui.gate_policy import read_gate_policy
from runbook_tui.gates.breaker import Breakers
from runbook_tui.gpu_machines import of_run
from runbook_tui.journal.spool import Spool
from runbook_tui.keeping import keep_copies
from runbook_tui.kubernetes import Kubernetes
from runbook_tui.lookout import Watch, keep_watch
from runbook_tui.papers import PapersOnDisk, read_written
from runbook_tui.places import state_folder
from runbook_tui.records import (
    BadInput,
    SystemClock,
    new_name,
    parse_written,
    parsed_sidecar,
    read_runbook,
    whoami,
    written_of,
)
from runbook_tui.rehearsed import check_rehearsed, read_rehearsal_policy
from runbook_tui.run.conductor import Conductor
from runbook_tui.run.estimate import durations, pace_of
from runbook_tui.run.events import AnyEvent
from runbook_tui.run.fleet import Fleet
from runbook_tui.run.fold import fold
from runbook_tui.run.gauges import starting
from runbook_tui.run.hidden import given
from runbook_tui.run.ledger import Ledger
from runbook_tui.run.looking import look
from runbook_tui.run.onlookers import Witness
from runbook_tui.run.ports import Clock, Journal, JournalError, Lines
from runbook_tui.run.preflight import HostKey, Preflight
from runbook_tui.run.recognising import recogniser
from runbook_tui.run.rollback import RESTORER
from runbook_tui.run.second import SecondPerson
from runbook_tui.run.state import RunState
from runbook_tui.run.stopping import Obedience
from runbook_tui.run.targets import LOCAL
from runbook_tui.run.workloads import Workloads
from runbook_tui.run.written import Written
from runbook_tui.seconding import PolicyRule, refuse_to_start, refuse_to_take, speaking
from runbook_tui.signals.gpu.presence import driver_here
from runbook_tui.targeting import RunTargets, fleets_of, inventory_notes, thawed
from runbook_tui.targets.local import LocalTarget
from runbook_tui.validation.reading import KernelReader
from runbook_tui.warden import HouseWarden

EARLIER = 5  # runs of the same document whose times are looked at
LONG_RUN = 20_000  # events; longer ones are left out
SETTLED = 3.0  # seconds after which a run that was opened stands
PAGING = 20.0  # seconds that calling a person may take


def put_rbt_on_path() -> None:
    """Commands of a runbook may call `rbt` itself: let them find the one that runs them."""
    own = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", os.defpath)
    if own not in path.split(os.pathsep):
        os.environ["PATH"] = own + os.pathsep + path
    if shutil.which("kubectl") is None:
        _stand_in_for_kubectl()


def _stand_in_for_kubectl() -> None:
    """Where kubectl is not installed, its commands of a way back run as written: `rbt kubectl` does them."""
    folder = state_folder().absolute() / "bin"
    script = folder / "kubectl"
    text = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m runbook_tui kubectl "$@"\n'
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        script.write_text(text)
        script.chmod(0o755)
        os.environ["PATH"] += os.pathsep + str(folder)


async def start_run(
    journal: Journal,
    path: Path,
    *,
    target: str = LOCAL,
    profile: str = "default",
    ticket: str = "",
    inventories: Sequence[str] = (),
) -> Conductor:
    """A new run of the document at `path`; this process drives it.

    Raises OperatorError when the document cannot be used or there is no such target.
    """

    def read() -> tuple[Path, Written, Runbook, dict[str, Fleet]]:
        absolute = path.absolute()
        written, runbook = read_written(absolute)
        if not runbook.steps:
            raise BadInput(f"{absolute} has no steps: there is nothing in it to run, to tick or to sign")
        from runbook_tui.sources import measured_hosts, settings

        measured = measured_hosts(settings(runbook.front_matter, parsed_sidecar(written.sidecar, absolute)))
        return absolute, written, runbook, fleets_of(runbook, target, inventories, measured=measured)

    (source, written, runbook, fleets), _ = await asyncio.gather(
        asyncio.to_thread(read),
        asyncio.to_thread(recogniser),  # nearly a second, without the interpreter
    )
    wanted = await asyncio.to_thread(read_rehearsal_policy)
    await check_rehearsed(journal, written.names, profile, SystemClock().now(), wanted)
    first, blobs = begun(
        runbook, written, actor=whoami(), target=target, profile=profile, cwd=str(source.parent), fleets=fleets,
        ticket=ticket,
    )  # fmt: skip
    await asyncio.to_thread(read_anchors)  # one that cannot be read stops here, not at the first sign-off
    rules = await asyncio.to_thread(authorities_here)
    begin: list[AnyEvent] = [first]
    if rules.any:
        begin.append(rules.as_event(await asyncio.to_thread(authors_of, source, runbook.front_matter)))
        blobs |= rules.blobs()
    name = await new_name(journal)
    await asyncio.to_thread(refuse_to_start, name, profile)
    records = await journal.open_run(name, begin, blobs)
    return _conductor(journal, fold(records), runbook, fleets, written)


async def look_at(
    path: Path,
    *,
    target: str,
    inventories: Sequence[str],
    trust_new: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Preflight | None:
    """A preflight without a run; None when commands of the document go to no other machine.

    `say` hears what the inventories hold without effect. With `trust_new` keys that are not known are taken over
    first. Raises OperatorError.
    """

    def read() -> tuple[Runbook, dict[str, Fleet]]:
        runbook = read_runbook(path)
        for note in inventory_notes(runbook, inventories):
            say(note)
        return runbook, fleets_of(runbook, target, inventories)

    runbook, fleets = await asyncio.to_thread(read)
    clock = SystemClock()
    targets = RunTargets(LocalTarget(state_folder(), clock=clock), fleets, clock=clock)
    state = RunState(target=target, hosts={name: fleet.names for name, fleet in fleets.items()})
    try:
        found = await look(targets, runbook, state)
        new = [verdict.host for verdict in found.verdicts if verdict.probe.key is HostKey.NEW] if found else []
        if trust_new and new:
            for host in new:
                await targets.trust(host)
            found = await look(targets, runbook, state)
        return found
    finally:
        await targets.close()


async def open_run(journal: Journal, run: str, *, take: bool = False) -> Conductor:
    """An existing run, driven by this process from now on.

    Raises Driven while another live terminal drives it, unless `take` says to take over.
    """
    before = fold((await journal.read(run))[:1])
    if before.rehearsal:
        raise BadInput(
            f"{run} is a rehearsal: its stage is gone, and it cannot be gone on with. rbt status {run} shows it"
        )
    if take:
        await asyncio.to_thread(refuse_to_take, run, before.profile)
    reason = "taken over" if take else "resumed"
    await journal.take_drive(run, whoami(), force=take, reason=reason)
    state = fold(await journal.read(run))
    written = await written_of(journal, state)
    runbook, _ = await asyncio.gather(
        asyncio.to_thread(parse_written, written, Path(state.source)), asyncio.to_thread(recogniser)
    )
    fleets = thawed(await journal.blob(state.inventory)) if state.inventory else {}
    return _conductor(journal, state, runbook, fleets, written)


def _conductor(
    journal: Journal, state: RunState, runbook: Runbook, fleets: Mapping[str, Fleet], written: Written
) -> Conductor:
    clock = SystemClock()
    kubernetes = Kubernetes(
        journal, lambda: conductor.runbook, run=state.run, actor=whoami(), jobs=state_folder().absolute() / "jobs"
    )
    local = LocalTarget(state_folder(), clock=clock)
    targets = RunTargets(local, fleets, clock=clock, others={RESTORER: kubernetes.target})
    for target in state.accepted.values():
        targets.accept(target)
    ledger = Ledger(journal, state)
    conductor: Conductor = Conductor(
        ledger,
        runbook,
        targets,
        actor=whoami(),
        new_id=lambda: f"{state.run}.{secrets.token_hex(5)}",
        papers=PapersOnDisk(Path(state.source)),
        written=written,
        watcher=kubernetes,
        witness=_witness(lambda: conductor.runbook, runbook, targets, state=lambda: ledger.state, clock=clock),
        kernels=KernelReader,
        page=page,
        shelf=lambda: Spool(state_folder()),
        hidden=given(runbook, os.environ),
    )
    warden = HouseWarden(ledger, clock=clock)
    conductor.warden = warden
    conductor.second = SecondPerson(
        ledger,
        lambda: speaking(warden.speaker, who_here()),
        PolicyRule(lambda: ledger.state, lambda: warden.policy),
        new_id=lambda: secrets.token_hex(5),
    )
    conductor.subscribe(cue(state_folder() / "lab", lambda: conductor.runbook, seen=len(state.jobs)))
    conductor.beside(kubernetes.warm())
    if fleets:
        conductor.beside(targets.warm())
    conductor.beside(_learn_times(journal, conductor))
    conductor.guard.breakers = Breakers(state.gates.breakers, clock)
    conductor.watch = starting
    begin = _begin_watch(conductor, clock=clock, targets=targets, workloads=kubernetes.workloads)
    conductor.beside(keep_watch(conductor, begin))
    conductor.subscribe(Obedience(conductor, state))
    conductor.beside(ledger.follow())
    conductor.beside(keep_anchored(ledger, now=clock.now))
    conductor.beside(_keep_prepared())
    conductor.beside(keep_copies(conductor, state_folder(), now=clock.now))
    return conductor


def _witness(
    now: Callable[[], Runbook], runbook: Runbook, targets: RunTargets, *, state: Callable[[], RunState], clock: Clock
) -> Witness | None:
    """Who looks at GPUs: where there are some here, or the document speaks of them."""
    if not (driver_here() or speaks_of_gpus(runbook.lines) or asks_for_gpus(runbook)):
        return None
    from runbook_tui.telemetry import Telemetry, here
    from runbook_tui.witness import GpuWitness

    def reach(host: str) -> Lines | None:
        return None if host == LOCAL else targets.hosts.lines(targets.fleet(host).hosts[0])

    telemetry = Telemetry()
    if driver_here():
        telemetry.add(LOCAL, lambda: here(clock))
    return GpuWitness(telemetry, runbook, now, state=state, clock=clock, reach=reach)


async def _keep_prepared() -> None:
    """What reading took long to make, for the next start; once the screen stands."""
    await asyncio.sleep(SETTLED)
    await asyncio.to_thread(prepared.keep)


async def _learn_times(journal: Journal, conductor: Conductor) -> None:
    """How long the commands took in the newest runs of the same document."""
    source, own = conductor.state.source, conductor.state.run
    try:
        earlier = [run for run in await journal.runs() if run.source == source and run.run != own and not run.rehearsal]
        newest = sorted(earlier, key=lambda run: run.last)[-EARLIER:]
        states = [fold(await journal.read(run.run)) for run in newest if run.events < LONG_RUN]
    except JournalError:
        return  # a courtesy: the run may be over and the journal closed before it is known
    conductor.times, conductor.pace = durations(states), pace_of(states)


def _begin_watch(
    conductor: Conductor, *, clock: Clock, targets: RunTargets, workloads: Workloads
) -> Callable[[], Awaitable[Watch]]:
    """How the watch over the conditions of a run is begun."""
    machines = of_run(conductor.witness, targets, lambda: conductor.runbook, lambda: conductor.state, clock)

    async def begin() -> Watch:
        await asyncio.to_thread(import_module, "runbook_tui.overseer")  # a tenth of a second, not on the loop
        from runbook_tui.alerting import alerts_said
        from runbook_tui.overseer import Overseer
        from runbook_tui.sources import settings

        source = Path(conductor.state.source)
        written = conductor.written
        sidecar = await asyncio.to_thread(parsed_sidecar, written.sidecar, source)
        policy = await asyncio.to_thread(read_gate_policy)
        said = settings(conductor.runbook.front_matter, sidecar)
        alerts = await asyncio.to_thread(alerts_said, said, source.parent, kept=written.files)
        return Overseer(
            conductor, sidecar, policy=policy, clock=clock, gpus=machines, workloads=workloads, alerts=alerts
        )

    return begin


async def page(text: str) -> None:
    """Call a person: the command in RBT_PAGE, with the text in RBT_PAGE_TEXT; nothing where none is set."""
    command = os.environ.get("RBT_PAGE")
    if not command:
        return
    try:
        process = await asyncio.create_subprocess_shell(
            command,
            env={**os.environ, "RBT_PAGE_TEXT": text},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(PAGING):
            await process.wait()
    except (OSError, TimeoutError):
        return  # the screen says it anyway
