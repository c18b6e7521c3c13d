"""A host as a target: commands start there under the same supervisor as here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from runbook_tui.run.fleet import HostSpec
from runbook_tui.run.ports import Clock, JobExit, JobOrder, JobReport, Standing, TargetError
from runbook_tui.targets import order as wire
from runbook_tui.targets.ssh.job import SshJob
from runbook_tui.targets.ssh.link import Link
from runbook_tui.targets.ssh.loop import SshLoop
from runbook_tui.targets.ssh.remote import Remote
from runbook_tui.targets.ssh.settings import SshSettings

GRACE = 5.0
SESSIONS = 4  # looked for at once: the job, its output, one to stop it, and one more


class SshTarget:
    """One account on one host. Every method may be called from any loop; the work is done on the ssh loop."""

    def __init__(
        self, loop: SshLoop, spec: HostSpec, link: Callable[[], Link], settings: SshSettings, *, clock: Clock
    ) -> None:
        self._loop = loop
        self.spec = spec
        self._make_link = link
        self._settings = settings
        self._clock = clock
        self._remote: Remote | None = None
        self._boot: tuple[int, str] = (0, "")  # of which connection
        self._password: str | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def standing(self) -> Standing:
        return self._remote.link.standing if self._remote else Standing()

    def use_password(self, password: str | None) -> None:
        """For sudo on this host; kept in memory, forgotten when the host refuses it."""
        self._password = password
        if self._remote is not None:
            self._remote.password = password

    async def boot_id(self) -> str:
        return await self._loop.run(self._boot_id())

    async def start(self, order: JobOrder) -> SshJob:
        """Start it, or attach to it when it is there already; in both cases it runs no more than once.

        Raises TargetError; when that is an Unreachable, whether it started is not known.
        """
        order = self._placed(order)
        parts = wire.payload(order)
        words: tuple[str, ...] = ("run", *wire.arguments(order, parts), "1" if parts.password else "", "0")
        data = parts.data
        if self.spec.become is None and (short := wire.in_lines(order, parts)) is not None:
            words, data = ("go", *short[0]), short[1]
        job = await self._job(order.run, order.job, boot=self._boot[1], grace=order.grace)
        await self._loop.run(job.start(words, data))
        return job

    async def inspect(self, run: str, job: str, *, boot: str) -> JobReport:
        words = ("inspect", wire.checked_name(run), wire.checked_name(job), boot)
        return wire.report(await self._loop.run(self._ask(*words)))

    async def seal(self, run: str, job: str) -> JobReport:
        return wire.report(await self._loop.run(self._ask("seal", wire.checked_name(run), wire.checked_name(job))))

    async def attach(self, run: str, job: str) -> SshJob:
        return await self._job(wire.checked_name(run), wire.checked_name(job), boot="", grace=GRACE)

    async def forget(self, run: str) -> None:
        """Remove a run's folders; those of jobs that still run stay, and the TargetError raised then names them."""
        text = await self._loop.run(self._say("forget", wire.checked_name(run)))
        kept = [line.removeprefix("kept ") for line in text.splitlines() if line.startswith("kept ")]
        if kept:
            raise TargetError(f"Still running on {self.spec.name}, and so kept: {', '.join(kept)}.")
        wire.understood("forget", text)

    async def run_in_terminal(self, order: JobOrder) -> JobExit:
        """Run it on the caller's terminal, by a pty over there; when the link breaks the job loses its terminal."""
        from runbook_tui.targets.ssh.terminal import Session

        order = replace(self._placed(order), password=None)  # sudo asks on the terminal
        parts = wire.payload(order)
        await self._loop.run(self._boot_id())  # the scripts are there from now on
        job = await self._job(order.run, order.job, boot=self._boot[1], grace=order.grace)
        remote = await self._loop.run(self._there())
        await self._loop.run(Session(remote, order.run, order.job).run(wire.arguments(order, parts), parts.data))
        return await job.wait()

    async def put_file(self, source: Path, name: str) -> str:
        return await self._loop.run(self._put(source, wire.checked_name(name)))

    async def get_file(self, source: str, destination: Path) -> None:
        await self._loop.run(self._get(source, destination))

    async def greet(self) -> None:
        """Connect, and see that the scripts are there. Raises TargetError."""

        async def hello() -> None:
            await Remote(self._make_link(), None, answer_timeout=self._settings.answer_timeout).ask("boot")

        await self._loop.run(hello())

    async def probe(self, become: str | None) -> tuple[str, str, int]:
        """What probe.sh says of the host, how the server calls itself, and how many sessions it takes at once."""
        return await self._loop.run(self._probe(become))

    async def not_followed(self) -> tuple[str, ...]:
        """What ssh_config says of this host and is not followed here, a sentence each."""

        async def read() -> tuple[str, ...]:
            return (await self._make_link().where()).ignored

        return await self._loop.run(read())

    # --- on the ssh loop ---

    async def _there(self) -> Remote:
        if self._remote is None:
            self._remote = Remote(self._make_link(), self.spec.become, answer_timeout=self._settings.answer_timeout)
            self._remote.password = self._password
        return self._remote

    async def _ask(self, *words: str) -> dict[str, str]:
        return await (await self._there()).ask(*words)

    async def _say(self, *words: str) -> str:
        return await (await self._there()).say(*words)

    async def _put(self, source: Path, name: str) -> str:
        from runbook_tui.targets.ssh import files

        return await files.put((await self._there()).link, source, name)

    async def _get(self, source: str, destination: Path) -> None:
        from runbook_tui.targets.ssh import files

        await files.get((await self._there()).link, source, destination)

    async def _probe(self, become: str | None) -> tuple[str, str, int]:
        plain = Remote(self._make_link(), None, answer_timeout=self._settings.answer_timeout)
        words = await plain.say("probe", *([become] if become else []))
        return words, await plain.link.server_version(), await plain.link.sessions_at_once(SESSIONS)

    async def _boot_id(self) -> str:
        """Asked once a connection: a machine cannot be restarted under an open one."""
        remote = await self._there()
        connection = id(await remote.link.connection())
        if self._boot[0] != connection:
            self._boot = (connection, (await remote.ask("boot"))["boot"])
        return self._boot[1]

    async def _job(self, run: str, job: str, *, boot: str, grace: float) -> SshJob:
        if (remote := self._remote) is None:
            remote = await self._loop.run(self._there())
        settings = self._settings
        return SshJob(self._loop, remote, settings, run, job, boot=boot, clock=self._clock, grace=grace)

    def _placed(self, order: JobOrder) -> JobOrder:
        """A run's folder is one of this machine; over there it starts at home, or where the inventory says."""
        return replace(order, home=self.spec.cwd or "")
