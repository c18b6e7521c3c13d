"""What the app needs of the outside, as small protocols; `wiring` implements them. Imports no Textual."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:  # the first frame knows nothing of runs, GPUs and other machines
    from runbook_tui.document.runbook import Runbook
    from runbook_tui.run.changes import DocumentDiff
    from runbook_tui.run.estimate import Pace
    from runbook_tui.run.gauges import Gauge
    from runbook_tui.run.gpu.model import GpuHost, GpuProcess
    from runbook_tui.run.gpu.trail import Trail
    from runbook_tui.run.gpu.verdicts import Check
    from runbook_tui.run.intents import Intent
    from runbook_tui.run.kernels import KernelProgress
    from runbook_tui.run.live import LiveChange
    from runbook_tui.run.output import OutputBuffer
    from runbook_tui.run.people import Company
    from runbook_tui.run.ports import HandOver, Standing
    from runbook_tui.run.preflight import Preflight
    from runbook_tui.run.preview import Preview
    from runbook_tui.run.rollback import RollbackPlan
    from runbook_tui.run.state import JobState, RunState
    from runbook_tui.tui.signing_port import Signer


class LibraryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the library: a run, or a runbook that can be walked."""

    title: str
    source: str  # path of the document
    run: str | None = None  # None: a runbook
    outcome: str | None = None  # of a run; None while it is open
    driver: str | None = None  # who drives it now, if anybody does
    done: int | None = None
    total: int | None = None  # of a run: steps of the walk
    boxes: int | None = None  # of a runbook, when it was counted
    commands: int | None = None
    last: datetime | None = None  # last activity of a run, or of the file
    people: tuple[str, ...] = ()  # names of those who have driven a run, the first one first
    took: float | None = None  # seconds from a run's beginning to its end, or to what happened last
    trouble: str = ""  # why it cannot be opened, for the operator
    rehearsal: bool = False  # a run on a stage


class RunView(Protocol):
    """A run as a screen reads it. The Conductor is one; so is a run that is only watched."""

    @property
    def runbook(self) -> Runbook: ...

    @property
    def state(self) -> RunState: ...

    @property
    def busy(self) -> str | None:
        """What this process does now, or None."""
        ...

    @property
    def unheard(self) -> str:
        """Why nothing is heard of what others do to the run; empty while it is."""
        ...

    @property
    def current_job(self) -> str | None:
        """The job this process follows, or None."""
        ...

    @property
    def pace(self) -> Pace:
        """What earlier runs of the same document tell of its times."""
        ...

    def standings(self) -> Mapping[str, Standing]:
        """How this process stands with the hosts it has asked for."""
        ...

    def gauges(self) -> Sequence[Gauge]:
        """The watched conditions as they stand now, as far as this process knows."""
        ...

    def subscribe(self, listener: Callable[[RunState], None]) -> Callable[[], None]:
        """Hear of every new state, on the loop of the app; the result ends it."""
        ...

    def preview(self, step_id: str) -> Preview: ...

    def rollback_plan(self) -> RollbackPlan: ...

    def live_change(self, job_id: str) -> tuple[LiveChange, ...]:
        """What happens to the system that a job changes, while this process watches it."""
        ...

    def live_output(self, job_id: str) -> OutputBuffer | None: ...

    async def kept_output(self, job_id: str) -> bytes: ...

    def live_kernels(self, job_id: str) -> KernelProgress | None:
        """What a job followed by this process has printed of a kernel validation; None when nothing."""
        ...

    async def kept_kernels(self, job_id: str) -> KernelProgress | None:
        """The same of a job whose output is kept."""
        ...


class Watched(RunView, Protocol):
    """A run that somebody else drives: read, commented, and said yes or no to where that is asked for."""

    async def comment(self, step: str, text: str) -> None: ...

    async def hold(self, reason: str) -> None:
        """Nothing that changes something is started until it is released. Raises Refused where policy forbids it."""
        ...

    async def release(self) -> None: ...

    async def ask_cancel(self, reason: str) -> None:
        """The driver's process cancels the command that runs, at once. Raises Refused."""
        ...

    async def answer(self, request: str, *, yes: bool, reason: str = "", on_terminal: bool = False) -> None:
        """Say yes or no to what the driver asks for. Raises OperatorError with the reason when it cannot be said.

        Nothing is asked on the terminal unless `on_terminal`: it raises WantsTerminal where that would help.
        """
        ...

    async def close(self) -> None: ...


class Driving(RunView, Protocol):
    """What the walk needs of a Conductor."""

    async def perform(self, intent: Intent) -> None: ...

    async def recover(self) -> list[JobState]: ...

    async def rehearse(self, step_id: str) -> tuple[str, ...]: ...

    async def preflight(self) -> Preflight | None:
        """Look at the other machines of this run; None when there is none."""
        ...

    async def trust(self, hosts: Sequence[str]) -> list[str]:
        """Take over the new keys of these hosts, which a person has compared."""
        ...

    async def document_diff(self) -> DocumentDiff | None: ...

    async def close(self) -> None:
        """Let go of the hosts; commands under way go on there."""
        ...

    def hand_over_terminal(self, hand_over: HandOver | None) -> None: ...


class GpuView(Protocol):
    """GPUs as a screen reads them. Nothing here waits for a driver."""

    def hosts(self) -> Sequence[GpuHost]:
        """Every source's newest reading with its age, or why there is none."""
        ...

    def trail(self, uuid: str) -> Trail:
        """What a device did lately; empty for one that is not known."""
        ...

    def health(self) -> Sequence[Check]:
        """The health table over what is known now."""
        ...

    async def ask_now(self) -> None:
        """Have what changes seldom read at the next moment too."""
        ...

    def end_process(self, host: GpuHost, process: GpuProcess) -> str:
        """Ask a process to end; says what was done. Raises OperatorError with the reason when it was not."""
        ...


class LabFault(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can go wrong in the lab."""

    name: str
    does: str
    part: str
    strength: str = ""
    on: bool = False
    waits: str = ""  # the step it waits for


class LabView(Protocol):
    """The lab that a run is on, as a screen sees it. Blocking: each reads or writes a small file."""

    def faults(self) -> Sequence[LabFault]: ...

    def switch(self, name: str) -> str:
        """On with it, or off where it is on; says what was done. Raises OperatorError."""
        ...

    def none(self) -> str:
        """All off; says what was."""
        ...


class Desk(Protocol):
    """Where runbooks and runs come from. Every method raises OperatorError (or a subclass) for the operator to read."""

    drives: bool  # runs are started and driven from here; otherwise they are read, and signed

    async def entries(self) -> Sequence[LibraryEntry]:
        """Runbooks found near, and runs, newest first."""
        ...

    async def understand(self, path: str) -> Runbook:
        """The document as it is understood; nothing of it is started."""
        ...

    async def new_run(self, path: str) -> Driving: ...

    async def resume(self, run: str, *, take: bool = False) -> Driving:
        """Drive an existing run. Raises Driven while another live terminal does, unless `take`."""
        ...

    async def watch(self, run: str) -> Watched: ...

    async def part(self) -> None:
        """Be seen no more."""
        ...

    async def unfinished_run_of(self, path: str) -> LibraryEntry | None:
        """The newest open run of that document."""
        ...

    async def leave(self, driving: Driving, *, to: str = "") -> None:
        """Let go of a run: the drive is given back, or to that terminal; its commands go on where they run."""
        ...

    async def meet(self, run: str, *, driving: bool) -> Company:
        """Be seen at this run, and see who else is there, until it is left."""
        ...

    async def signer(self, run: str) -> Signer:
        """Who signs in that run with a key of this terminal's owner."""
        ...

    async def gpus(self) -> GpuView | None:
        """The GPUs that are watched, from now on; None where there is no driver."""
        ...

    async def lab(self, view: RunView) -> LabView | None:
        """The lab, where it is up and the run is on it."""
        ...

    async def close(self) -> None:
        """The app ends: every write under way ends first."""
        ...
