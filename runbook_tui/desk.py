"""What the app needs of the outside, joined: implements `tui.ports.Desk`.

Imported before the first frame, so it loads `wiring` and all that hangs on it only when it is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_tui.run.ports import OperatorError
from runbook_tui.signals.gpu.presence import driver_here
from runbook_tui.tui.ports import Driving, GpuView, LabView, LibraryEntry, RunView, Watched

if TYPE_CHECKING:
    from types import ModuleType

    from runbook_tui.document.runbook import Runbook
    from runbook_tui.run.people import Company, Who
    from runbook_tui.run.ports import Journal, RunSummary
    from runbook_tui.tui.signing_port import Signer

SKIPPED_FOLDERS = frozenset({"node_modules", "site-packages", "build", "dist", "venv"})
SKIPPED_NAMES = frozenset({"readme", "changelog", "license", "contributing", "code_of_conduct", "security", "history"})
SHIPPED = Path(__file__).parent.parent / "runbooks"  # of a checkout: what to begin with where nothing is near
DEPTH = 3
MOST_FILES = 300
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
        onlooking = await asyncio.to_thread(import_module, "runbook_tui.onlooking")
        watched: Watched = onlooking.WatchedRun(journal, state, runbook)
        return watched

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

    async def unfinished_run_of(self, path: str) -> LibraryEntry | None:
        source = str(await asyncio.to_thread(lambda: Path(path).absolute()))
        journal = await self._journal()
        open_runs = [
            run for run in await journal.runs() if run.outcome is None and run.source == source and not run.rehearsal
        ]
        if not open_runs:
            return None
        return await _run_entry(await _reading(), journal, max(open_runs, key=lambda run: run.last))

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
