"""What a run needs of the outside, as small protocols. The other rooms implement them; `wiring` joins them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec

from runbook_tui.run.events import AnyEvent, Record
from runbook_tui.run.kernels import KernelProgress, KernelVerdict


class Clock(Protocol):
    def now(self) -> datetime:
        """The time of day, UTC, for the record."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for durations."""
        ...


class Identity(Protocol):
    @property
    def actor(self) -> str:
        """Who acts, as it stands in the record: user@host."""
        ...


class OperatorError(Exception):
    """Base of every error meant for the operator: what happened, what is safe, what to do next."""

    exit_code = 2  # of the command line


# --- the journal ---------------------------------------------------------------------------------


class JournalError(OperatorError):
    """The journal could not be read or written; nothing was done that it does not hold."""


class Conflict(JournalError):
    """Somebody else wrote to this run first: read again, then decide."""


class Driven(JournalError):
    """Another live terminal drives this run."""

    def __init__(self, message: str, holder: str) -> None:
        super().__init__(message)
        self.holder = holder


class Fenced(JournalError):
    """The drive was taken over by somebody else; this terminal may only read."""


class UnknownRun(JournalError):
    """No run of that name."""


class OutputRange(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a job's output as kept: `data` starts at byte `offset` of the masked stream."""

    offset: int
    data: bytes


class OutputPiece(msgspec.Struct, frozen=True, kw_only=True):
    """Live output of a job: `data` starts at byte `offset` of its (masked) stream."""

    job: str
    offset: int
    data: bytes


class KeptOutput(msgspec.Struct, frozen=True, kw_only=True):
    """A finished job's output: first 1 MB, last 9 MB; sha256 and size are of the whole stream.

    An empty sha256 is an unknown one: the stream went on in another process that did not feed it from its start.
    """

    blob: str | None  # sha256 of the kept bytes, None when there was no output
    bytes: int
    sha256: str
    dropped: int  # bytes left out in the middle


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    run: str
    title: str
    source: str
    document: str
    started: datetime
    last: datetime
    events: int
    head: str
    outcome: str | None  # None while it is open
    driver: str | None  # holder of a live drive
    ticket: str = ""
    rehearsal: bool = False


class Journal(Protocol):
    """Append-only record of runs. Every method raises JournalError (or a subclass) and nothing else."""

    async def open_run(self, run: str, first: Sequence[AnyEvent], blobs: Mapping[str, bytes]) -> list[Record]:
        """Create the run, take its drive (epoch 1), store its blobs and first events in one transaction."""
        ...

    async def take_drive(
        self, run: str, holder: str, *, force: bool = False, reason: str = ""
    ) -> tuple[int, list[Record]]:
        """Become the one driver: a new epoch and its DriveTaken.

        Raises Driven while another live process drives, unless forced.
        """
        ...

    async def give_drive(self, run: str, *, to: str = "") -> None:
        """Let go of the drive, for the terminal `to` to take (also released by the kernel when the process dies)."""
        ...

    async def append(
        self, run: str, events: Sequence[AnyEvent], *, expected: int, blobs: Mapping[str, bytes] | None = None
    ) -> list[Record]:
        """Write events after sequence number `expected`; returns only when they are durable.

        Raises Conflict when the run's head is another, Fenced when this process's epoch is no longer the run's.
        Never half: all or none. Not cancellable once sent; a cancelled caller must read again.
        """
        ...

    async def add_note(
        self, run: str, events: Sequence[AnyEvent], *, blobs: Mapping[str, bytes] | None = None,
        expected: int | None = None,
    ) -> list[Record]:  # fmt: skip
        """Append from somebody who does not drive; Conflict where `expected` is named and no more the last event."""

    async def read(self, run: str, after: int = 0) -> list[Record]:
        """Records with seq > after, in order, chain checked."""
        ...

    async def runs(self) -> list[RunSummary]: ...

    async def blob(self, sha256: str) -> bytes: ...

    async def write_outputs(self, run: str, pieces: Sequence[OutputPiece]) -> None:
        """Keep pieces of live output, in one transaction; nothing is kept twice."""
        ...

    async def pass_output(self, run: str, pieces: Sequence[OutputPiece], *, ahead: int) -> bool:
        """Take pieces, each following the one before, for the hash of their stream alone.

        Nothing of them is kept, as `ahead` bytes or more came after them.

        False, and nothing happened, where that is not so: it is to be written then. What is written next of the stream
        goes on where it ended, `ahead` bytes or more at once.
        """
        ...

    async def read_output(self, run: str, job: str, after: int = 0) -> list[OutputRange]:
        """What is kept of a job's output, live or finished, from byte `after`."""
        ...

    async def output_size(self, run: str, job: str) -> int:
        """Bytes of the stream seen so far: where a reattached job goes on writing."""
        ...

    async def finish_output(self, run: str, job: str, last: Sequence[OutputPiece] = ()) -> KeptOutput:
        """Join what is kept and the last pieces, in order, into one blob (stored, not yet named by an event)."""
        ...

    def changes(self, run: str, after: int) -> AsyncIterator[list[Record]]:
        """Records as they come, from this or another process, until cancelled."""
        ...

    async def close(self) -> None: ...


# --- where commands run --------------------------------------------------------------------------


class TargetError(OperatorError):
    """The target could not be used; says whether anything may have happened there."""


class JobOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A command ready to run. Values travel in `env`, never inside `text`."""

    run: str
    job: str  # unique in the world; also the lock that makes starting idempotent
    text: str
    shell: str = "bash"
    cwd: str | None = None  # None: where the shell state says, else `home`
    home: str  # where the first command of a run starts
    env: Mapping[str, str] = {}
    state_from: str | None = None  # job id whose saved cwd, variables and functions are restored first
    timeout: float | None = None  # seconds; kept by the target itself, also when nobody watches
    grace: float = 5.0  # seconds between TERM and KILL
    password: str | None = None  # for `sudo` in the text; goes to it through a pipe and is kept nowhere

    def __repr__(self) -> str:
        return f"JobOrder(run={self.run!r}, job={self.job!r})"


class JobPhase(StrEnum):
    ABSENT = "absent"  # never reached the target: starting it cannot run it twice
    RUNNING = "running"
    EXITED = "exited"
    VANISHED = "vanished"  # it was there, it is not running, and it left no exit status


class JobReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the target knows about a job."""

    phase: JobPhase
    detail: str = ""  # for the operator, one sentence
    exit: int | None = None
    output_bytes: int = 0
    started: float | None = None  # epoch seconds on the target's clock


class JobExit(msgspec.Struct, frozen=True, kw_only=True):
    exit: int | None  # None: unknown, never success
    signal: str | None = None
    timed_out: bool = False
    cancelled: bool = False
    leftover: int = 0  # processes still alive: failed to stop, or left in the background on purpose
    seconds: float = 0.0
    shell_state: bool = False
    detail: str = ""


HandOver = Callable[[Callable[[], Awaitable[JobExit]]], Awaitable[JobExit]]  # gives the caller's terminal to a command


class Job(Protocol):
    """A command on a target. It does not depend on the object, the app or the link being alive."""

    @property
    def id(self) -> str: ...

    def output(self, offset: int = 0) -> AsyncIterator[bytes]:
        """Chunks (at most 64 KiB) from that byte on, ending when the job has ended and all was read."""
        ...

    async def wait(self) -> JobExit: ...

    async def cancel(self) -> JobExit:
        """End the whole process tree: TERM, grace, KILL, verified; tells how many are left."""
        ...


class StandingPhase(StrEnum):
    """How we stand with a host."""

    IDLE = "idle"  # not asked for yet
    CONNECTING = "connecting"
    OPEN = "open"
    LOST = "lost"  # was open; made again when it is needed
    RECONNECTING = "reconnecting"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # its key or our login is not accepted: a person has to see to it


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    phase: StandingPhase = StandingPhase.IDLE
    detail: str = ""  # for the operator
    since: datetime | None = None


class Target(Protocol):
    @property
    def name(self) -> str: ...

    async def boot_id(self) -> str: ...

    async def start(self, order: JobOrder) -> Job:
        """Start it, or attach when a job of that id is there already. Raises TargetError when it did not start."""
        ...

    async def inspect(self, run: str, job: str, *, boot: str) -> JobReport:
        """Ask about a job whose intent was written when the boot id was `boot`."""
        ...

    async def seal(self, run: str, job: str) -> JobReport:
        """Make sure that a job which never arrived never will, by taking its lock.

        A job that is there is left alone; the report tells which it was.
        """
        ...

    async def attach(self, run: str, job: str) -> Job: ...

    async def run_in_terminal(self, order: JobOrder) -> JobExit:
        """Run it with the caller's terminal handed over; output is copied into the job's folder."""
        ...

    async def put_file(self, source: Path, name: str) -> str:
        """Copy a file of this machine to a new one over there; its path, which a job then checks and moves."""
        ...

    async def get_file(self, source: str, destination: Path) -> None:
        """Copy a file from there; what was at `destination` is replaced whole."""
        ...

    def use_password(self, password: str | None) -> None:
        """For sudo there; kept in memory only."""
        ...

    async def forget(self, run: str) -> None:
        """Remove the job folders of a finished run."""
        ...


class NeedsOverride(OperatorError):
    """It must not start as things are; a person may say that it shall all the same (OVERRIDE)."""

    exit_code = 3


# --- what is read out of an output ---


class KernelReading(Protocol):
    """Reads a kernel validation out of the output of one job, while it comes."""

    @property
    def progress(self) -> KernelProgress: ...

    @property
    def seen(self) -> bool:
        """Whether the output has told of a kernel validation so far."""
        ...

    def feed(self, data: bytes) -> None: ...

    def verdict(self, status: int | None) -> KernelVerdict | None:
        """The verdict of a command that ended with this exit status; None when it printed no validation."""
        ...


# --- what is measured ----------------------------------------------------------------------------


class SignalError(OperatorError):
    """A source gave no samples this time, and why; never to be read as a good value."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value. A value the source cannot give is None, never 0."""

    name: str
    value: float | None
    at: datetime  # UTC, by the clock of the source where it has one
    age: float = 0.0  # seconds that had passed since `at` when it was read, where the source knows
    labels: Mapping[str, str] = {}
    unit: str = ""


class Signal(Protocol):
    """A source of samples: one sweep per `read`, each within its own deadline."""

    @property
    def name(self) -> str: ...

    async def read(self) -> Sequence[Sample]:
        """The newest sweep. Raises SignalError when there is none; an empty sweep is an answer, not an error."""
        ...

    async def close(self) -> None: ...


class Lines(Protocol):
    """Commands on one machine whose lines are read as they come: for telemetry, never for what changes anything."""

    @property
    def host(self) -> str: ...

    def lines(self, command: str) -> AsyncIterator[str]:
        """Each line of standard output without its end; closing the iterator stops the command there.

        Raises SignalError when the command cannot be started, the link is lost, or it ends with another status than
        0 (with the end of its standard error). Waits as long as the command is silent: the caller sets deadlines.
        """
        ...
