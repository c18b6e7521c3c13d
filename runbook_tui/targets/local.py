"""Commands on this machine, each kept by a supervisor that outlives the app."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from runbook_tui.run.ports import Clock, JobExit, JobOrder, JobReport, TargetError
from runbook_tui.targets import order as wire
from runbook_tui.targets.job import LocalJob
from runbook_tui.targets.supervisor import Supervisor


class LocalTarget:
    """The machine the app runs on; jobs live in `folder`/jobs, and commands start with `environ` (the app's own)."""

    def __init__(self, folder: Path, *, clock: Clock, environ: Mapping[str, str] | None = None) -> None:
        self._clock = clock
        self._supervisor = Supervisor(folder.absolute() / "jobs", environ)
        self._boot = ""

    @property
    def name(self) -> str:
        return "local"

    async def boot_id(self) -> str:
        if not self._boot:  # this machine cannot be rebooted while this process lives
            self._boot = (await self._supervisor.ask("boot"))["boot"]
        return self._boot

    async def start(self, order: JobOrder) -> LocalJob:
        """Start it, or attach to it when it is there already; in both cases it runs no more than once.

        A cancelled caller leaves the start under way: ask `inspect` before anything else.
        """
        order = _placed(order)
        parts = wire.payload(order)
        words = wire.arguments(order, parts)
        environ = {"RBT_SUDO": "1"} if parts.password else {}
        answer = await self._supervisor.ask(
            "start", str(self._supervisor.jobs), *words, data=parts.data, environ=environ
        )
        if "started" not in answer and "attached" not in answer:
            raise TargetError(f"The supervisor's answer was not understood ({answer}); the command may have started.")
        return self._job(order.run, order.job)

    async def inspect(self, run: str, job: str, *, boot: str) -> JobReport:
        return wire.report(await self._supervisor.ask_about("inspect", run, job, boot))

    async def seal(self, run: str, job: str) -> JobReport:
        return wire.report(await self._supervisor.ask_about("seal", run, job))

    async def attach(self, run: str, job: str) -> LocalJob:
        found = self._job(run, job)
        if not found.folder.is_dir():
            raise TargetError(f"There is no job {job} of run {run} on this machine.")
        return found

    async def put_file(self, source: Path, name: str) -> str:
        part = self._supervisor.jobs.parent / f".rbt-{wire.checked_name(name)}.part"
        await self._supervisor.in_thread(lambda: _copied(source, part))
        return str(part)

    async def get_file(self, source: str, destination: Path) -> None:
        await self._supervisor.in_thread(lambda: _copied(Path(source).expanduser(), destination))

    def use_password(self, password: str | None) -> None:
        """Nothing to do: it comes with each order."""

    async def forget(self, run: str) -> None:
        """Remove a run's folders; those of jobs that still run stay, and the TargetError raised then names them."""
        text = await self._supervisor.say("forget", str(self._supervisor.jobs), wire.checked_name(run))
        kept = [line.removeprefix("kept ") for line in text.splitlines() if line.startswith("kept ")]
        if kept:
            raise TargetError(f"Still running, and so kept: {', '.join(kept)}. Everything else of {run} was removed.")
        wire.understood("forget", text)

    async def run_in_terminal(self, order: JobOrder) -> JobExit:
        """Run it on the caller's terminal. Raises TargetError when there is none, or when the job was there already.

        If the app ends meanwhile the job loses its terminal, but not its result: `inspect` tells it.
        """
        from runbook_tui.targets.terminal import Handover  # pexpect and termios only when needed

        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise TargetError("There is no terminal to hand over. Nothing was run.")
        order = replace(_placed(order), password=None)  # sudo asks on the terminal
        parts = wire.payload(order)
        words = wire.arguments(order, parts)
        handover = Handover(
            self._supervisor.command("terminal", str(self._supervisor.jobs), *words),
            self._supervisor.folder(order.run, order.job),
            parts.data,
            self._supervisor.environ,
        )
        await self._supervisor.in_thread(handover.run)
        return await self._job(order.run, order.job).wait()

    def _job(self, run: str, job: str) -> LocalJob:
        return LocalJob(self._supervisor, run, job, self._clock)


def _copied(source: Path, destination: Path) -> None:
    """Whole or not at all. Raises TargetError."""
    part = destination.with_name(f"{destination.name}.rbt-part")
    try:
        shutil.copyfile(source, part)
        part.replace(destination)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise TargetError(
            f"{source} cannot be copied to {destination}: {error.strerror}. Nothing there was changed."
        ) from error


def _placed(order: JobOrder) -> JobOrder:
    return replace(order, home=str(Path(order.home).expanduser().absolute()))
