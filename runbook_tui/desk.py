"""What the app needs of the outside, joined: implements `tui.ports.Desk`.

Imported before the first frame, so it loads `wiring` and all that hangs on it only when it is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_tui.run.estimate import Pace
from runbook_tui.run.events import CancelAsked, DocumentChanged, NoteAdded, RunHeld, RunReleased
from runbook_tui.run.fold import fold
from runbook_tui.run.gauges import Gauge, recorded
from runbook_tui.run.kernel_gate import read_kernels
from runbook_tui.run.live import LiveChange
from runbook_tui.run.output import joined
from runbook_tui.run.policy import Refused
from runbook_tui.run.ports import JournalError, OperatorError
from runbook_tui.run.preview import Preview, preview
from runbook_tui.run.rollback import RollbackPlan, rollback_plan
from runbook_tui.run.state import JobPhase, RunState
from runbook_tui.signals.gpu.presence import driver_here
from runbook_tui.tui.ports import Driving, GpuView, LabView, LibraryEntry, RunView, Watched

if TYPE_CHECKING:
    from types import ModuleType

    from runbook_tui.document.runbook import Runbook
    from runbook_tui.run.events import Record
    from runbook_tui.run.kernels import KernelProgress
    from runbook_tui.run.output import OutputBuffer
    from runbook_tui.run.people import Company, Who
    from runbook_tui.run.ports import Journal, RunSummary, Standing
    from runbook_tui.tui.signing_port import Signer

SKIPPED_FOLDERS = frozenset({"node_modules", "site-packages", "build", "dist", "venv"})
SKIPPED_NAMES = frozenset({"readme", "changelog", "license", "contributing", "code_of_conduct", "security", "history"})
SHIPPED = Path(__file__).parent.parent / "runbooks"  # of a checkout: what to begin with where nothing is near
DEPTH = 3
MOST_FILES = 300
AGAIN = 1.0  # seconds until a record that could not be read is looked for again
HEAD = 4096  # bytes in which a document's title is looked for


class LocalDesk:
    """The journal and the documents of this machine, for one app."""

    drives = True

    def __init__(
        self,
        *,
        target: str = "local",
        profile: str = "default",
        ticket: str = "",
        inventories: Sequence[str] = (),
        gpus: Callable[[], Any] | None = None,
    ) -> None:
        self._new = {
            "target": target,
            "profile": profile,
            "inventories": tuple(inventories),
            "ticket": ticket,
        }  # of a run begun here
        self._make_gpus = gpus  # other GPUs than this machine's own
        self._gpus: Any = None
        self._driven: Driving | None = None  # the run at hand, when this process drives it
        self._open = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._kept: Any = None
        self._company: Any = None

    async def entries(self) -> Sequence[LibraryEntry]:
        """Runs, newest first, then the runbooks near the current folder."""
        reading = await _reading()
        journal = await self._journal()
        runs = sorted(await journal.runs(), key=lambda run: run.last, reverse=True)
        rows = [await _run_entry(reading, journal, run) for run in runs]
        near = await asyncio.to_thread(lambda: list(_documents_near(Path.cwd())))
        return [*rows, *(near or await asyncio.to_thread(lambda: list(_documents_near(SHIPPED))))]

    async def understand(self, path: str) -> Runbook:
        reading = await _reading()
        runbook: Runbook = await asyncio.to_thread(reading.read_runbook, Path(path))
        return runbook

    async def new_run(self, path: str) -> Driving:
        wiring = await _wiring()
        await asyncio.to_thread(wiring.put_rbt_on_path)
        conductor: Driving = await wiring.start_run(await self._journal(), Path(path), **self._new)
        self._driven = conductor
        return conductor

    async def resume(self, run: str, *, take: bool = False) -> Driving:
        """An empty name is the newest unfinished run."""
        wiring, reading = await _wiring(), await _reading()
        await asyncio.to_thread(wiring.put_rbt_on_path)
        journal = await self._journal()
        conductor: Driving = await wiring.open_run(journal, await reading.find_run(journal, run or None), take=take)
        self._driven = conductor
        return conductor

    async def watch(self, run: str) -> Watched:
        """An empty name is the newest unfinished run."""
        reading = await _reading()
        journal = await self._journal()
        name = await reading.find_run(journal, run or None)
        state, runbook = await reading.load(journal, name)
        return WatchedRun(journal, state, runbook)

    async def meet(self, run: str, *, driving: bool) -> Company:
        doing = "driving" if driving else "observing"
        here: Any = self._company
        if here is None or here.run != run:
            company = await asyncio.to_thread(_company)
            await self.part()
            wiring = await _wiring()
            me = await asyncio.to_thread(_me)
            speaks = lambda: _speaking(self._driven, me)  # noqa: E731
            here = self._company = company.LocalCompany(wiring.state_folder(), run, me, doing=doing, speaks=speaks)
            await here.enter()
            if self._company is not here:  # the run was left meanwhile
                await here.leave()
        here.do(doing)
        met: Company = here
        return met

    async def part(self) -> None:
        company, self._company = self._company, None
        if company is not None:
            await company.leave()

    async def unfinished_run_of(self, path: str) -> str | None:
        source = str(await asyncio.to_thread(lambda: Path(path).absolute()))
        open_runs = [
            run
            for run in await (await self._journal()).runs()
            if run.outcome is None and run.source == source and not run.rehearsal
        ]
        return max(open_runs, key=lambda run: run.last).run if open_runs else None

    async def leave(self, driving: Driving, *, to: str = "") -> None:
        self._driven = None
        await driving.close()
        await (await self._journal()).give_drive(driving.state.run, to=to)

    async def signer(self, run: str) -> Signer:
        def load() -> ModuleType:
            from runbook_tui import signer

            return signer

        module = await asyncio.to_thread(load)
        made: Signer = module.LocalSigner(await self._journal(), run)
        return made

    async def lab(self, view: RunView) -> LabView | None:
        """The lab of this state folder, where the document speaks to it."""
        from runbook_tui.on_lab import lab_of
        from runbook_tui.places import state_folder

        return await asyncio.to_thread(lab_of, state_folder() / "lab", view.runbook)

    async def gpus(self) -> GpuView | None:
        """The GPUs that the run at hand looks at, else those of this machine; None where there is no driver."""
        of_run: GpuView | None = getattr(getattr(self._driven, "witness", None), "telemetry", None)
        if of_run is not None and self._make_gpus is None:
            return of_run
        if self._gpus is None:
            if self._make_gpus is not None:
                self._gpus = self._make_gpus()
            elif not await asyncio.to_thread(driver_here):
                return None
            else:
                reading, telemetry = await _reading(), await asyncio.to_thread(_telemetry)
                self._gpus = telemetry.of_this_machine(reading.SystemClock())
            self._gpus.start()
        view: GpuView = self._gpus
        return view

    async def close(self) -> None:
        """Close the journal; every write under way ends first."""
        await self.part()
        if self._gpus is not None:
            await self._gpus.close()
        await self._open.aclose()

    async def _journal(self) -> Journal:
        reading = await _reading()
        async with self._opening:
            if self._kept is None:
                self._kept = await self._open.enter_async_context(reading.open_journal())
            journal: Journal = self._kept
        return journal


class WatchedRun:
    """A run that somebody else drives, kept up to date."""

    busy: str | None = None
    current_job: str | None = None
    pace = Pace()
    unheard = ""

    def __init__(self, journal: Journal, state: RunState, runbook: Runbook) -> None:
        self.runbook = runbook
        self.state = state
        self._journal = journal
        self._listeners: list[Callable[[RunState], None]] = []
        self._following = asyncio.create_task(self._follow())

    def subscribe(self, listener: Callable[[RunState], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def standings(self) -> Mapping[str, Standing]:
        return {}  # only the driver has links to hosts

    def preview(self, step_id: str) -> Preview:
        return preview(self.runbook, self.state, step_id)

    def gauges(self) -> Sequence[Gauge]:
        return recorded(self.state)

    def rollback_plan(self) -> RollbackPlan:
        return rollback_plan(self.runbook, self.state)

    def live_change(self, job_id: str) -> tuple[LiveChange, ...]:  # noqa: ARG002  # only the driver watches it
        return ()

    def live_output(self, job_id: str) -> OutputBuffer | None:  # noqa: ARG002  # only the driver has it
        return None

    async def kept_output(self, job_id: str) -> bytes:
        return joined(await self._journal.read_output(self.state.run, job_id))

    def live_kernels(self, job_id: str) -> KernelProgress | None:  # noqa: ARG002  # only the driver has it
        return None

    async def kept_kernels(self, job_id: str) -> KernelProgress | None:
        from runbook_tui.validation.reading import KernelReader

        return await asyncio.to_thread(read_kernels, KernelReader(), await self.kept_output(job_id))

    async def comment(self, step: str, text: str) -> None:
        if not text.strip():
            raise Refused("the note is empty")
        self.take_in(await self._journal.add_note(self.state.run, [NoteAdded(step=step, text=text)]))

    async def answer(self, request: str, *, yes: bool, reason: str = "", on_terminal: bool = False) -> None:
        from runbook_tui import seconding

        asked = self.state.seconds.get(request)
        if asked is None or self.state.wanted_second is not asked:
            raise Refused("that is not asked for any more: nothing was said")
        said = await asyncio.to_thread(
            seconding.answer, self.state.run, asked, yes=yes, reason=reason, on_terminal=on_terminal
        )
        self.take_in(await self._journal.add_note(self.state.run, [said]))

    async def hold(self, reason: str) -> None:
        await self._stop(RunHeld(reason=reason.strip()))

    async def release(self) -> None:
        await self._stop(RunReleased())

    async def ask_cancel(self, reason: str) -> None:
        running = next((job for job in self.state.jobs.values() if job.phase is JobPhase.RUNNING), None)
        if running is None:
            raise Refused("no command is running any more")
        await self._stop(CancelAsked(job=running.job, reason=reason.strip()))

    async def _stop(self, event: RunHeld | RunReleased | CancelAsked) -> None:
        from runbook_tui import seconding

        await asyncio.to_thread(seconding.may_stop, self.state.run, self.state.profile)
        self.take_in(await self._journal.add_note(self.state.run, [event]))

    async def close(self) -> None:
        self._following.cancel()
        with suppress(asyncio.CancelledError):
            await self._following

    async def _follow(self) -> None:
        """For ever: what cannot be read is told, then read from its start, as another record may lie there by now."""
        while True:
            try:
                await self._hear()
            except OperatorError as error:
                self._tell(str(error))
            await asyncio.sleep(AGAIN)
            with suppress(OperatorError):
                self.state, self.runbook = await (await _reading()).load(self._journal, self.state.run)
                self._tell("")

    async def _hear(self) -> None:
        async for records in self._journal.changes(self.state.run, self.state.seq):
            if records[0].seq == self.state.seq + 1 and records[0].prev != self.state.head:
                raise JournalError("Another record of this run was put in the place of the one that was shown here.")
            if any(isinstance(record.event, DocumentChanged) for record in records):
                _, self.runbook = await (await _reading()).load(self._journal, self.state.run)
            self.take_in(records)

    def _tell(self, unheard: str) -> None:
        self.unheard = unheard
        for listener in list(self._listeners):
            listener(self.state)

    def take_in(self, records: list[Record]) -> None:
        """Fold what is in the journal already; seen twice it changes nothing."""
        if not records or records[0].seq > self.state.seq + 1:
            return  # what lies between comes with the next look
        self.state = fold(records, self.state)
        for listener in list(self._listeners):
            listener(self.state)


async def _wiring() -> ModuleType:
    """Loaded in a thread: the screen stays alive meanwhile."""

    def load() -> ModuleType:
        from runbook_tui import wiring

        return wiring

    return await asyncio.to_thread(load)


async def _reading() -> ModuleType:
    """What reads documents and runs, loaded in a thread too."""

    def load() -> ModuleType:
        from runbook_tui import records

        return records

    return await asyncio.to_thread(load)


def _me() -> Who:
    """Whom this terminal says it speaks for, and whose key it has."""
    from runbook_tui.company import who_here
    from runbook_tui.seconding import claimed

    return claimed(who_here())


def _speaking(driven: Driving | None, me: Who) -> Who:
    """Whom this terminal speaks for: proved by a key while it drives, else as it says."""
    from runbook_tui.seconding import speaking

    return speaking(getattr(getattr(driven, "warden", None), "speaker", None), me)


def _company() -> ModuleType:
    from runbook_tui import company

    return company


def _telemetry() -> ModuleType:
    from runbook_tui import telemetry

    return telemetry


async def _run_entry(reading: ModuleType, journal: Journal, one: RunSummary) -> LibraryEntry:
    from runbook_tui.run.progress import progress

    done = total = took = None
    people: tuple[str, ...] = ()
    trouble = ""
    try:
        state, runbook = await reading.load(journal, one.run)
        counts = progress(runbook, state)
        done, total = counts.settled, counts.total
        people = tuple(dict.fromkeys(holder.partition("@")[0] for holder in state.drivers))
        ended = state.finished or state.last
        took = (ended - state.started).total_seconds() if ended and state.started else None
    except OperatorError as error:
        trouble = str(error)
    return LibraryEntry(
        title=f"{one.title} · {one.ticket}" if one.ticket else one.title,
        source=one.source,
        run=one.run,
        outcome=one.outcome,
        driver=one.driver,
        done=done,
        total=total,
        last=one.last,
        people=people,
        took=took,
        trouble=trouble,
        rehearsal=one.rehearsal,
    )


def _documents_near(folder: Path) -> Iterator[LibraryEntry]:
    for count, path in enumerate(sorted(_markdown_files(folder, DEPTH), key=_nearness)):
        if count >= MOST_FILES:
            return
        with suppress(OSError):
            last = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            yield LibraryEntry(title=_title(path), source=str(path), last=last)


def _markdown_files(folder: Path, depth: int) -> Iterator[Path]:
    with suppress(OSError):
        for entry in sorted(folder.iterdir()):
            if entry.name.startswith("."):
                continue
            if entry.is_dir() and not entry.is_symlink() and depth > 1 and entry.name not in SKIPPED_FOLDERS:
                yield from _markdown_files(entry, depth - 1)
            elif entry.suffix.lower() in (".md", ".markdown") and entry.stem.lower() not in SKIPPED_NAMES:
                yield entry


def _nearness(path: Path) -> tuple[bool, int, str]:
    """Folders named for runbooks first, then the nearest."""
    return ("runbook" not in path.parent.name.lower(), len(path.parts), str(path))


def _title(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(HEAD).decode("utf-8", "replace")
    for line in head.splitlines():
        if line.startswith("# "):
            return line[2:].strip()
    return path.stem
